"""The connection to Discord: what the gateway and the API tell us, understood, dispatched and answered."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Awaitable, Callable, Coroutine, Sequence
from dataclasses import replace
from functools import partial
from typing import Any, TypeVar

import structlog

from adapters.discord import commands, inbound, inspection
from adapters.discord.answering import Answering
from adapters.discord.directory import Directory
from adapters.discord.gateway import Gateway
from adapters.discord.http import DiscordHttp
from adapters.discord.inbound import MALFORMED, Malformed, Typing
from adapters.discord.interested import Interested
from adapters.discord.profile import PROFILE, SUGGESTION, SUGGESTIONS, ref
from adapters.discord.replies import Replies
from adapters.discord.servers import THREADS, Servers
from adapters.discord.settings import DiscordSettings, point_at
from bot.core.clock import SystemClock
from bot.core.events import Click, Command, Event, FromAPerson, Ref, Shortcut, Submit, WorkspaceGone
from bot.core.inside import Inside
from bot.core.ports import Finding, Gone, Refused, Route, SendError
from bot.core.registry import Found
from bot.core.replies import Outcome

Json = dict[str, Any]
T = TypeVar("T")
log = structlog.get_logger("rounds.discord")
LOOKED_UP_WITHIN = 1.0  # seconds of the three that Discord waits, to learn who presses in a direct message
# Seconds between tries to report something while the database, or Discord itself, is away.
PAUSES = (0.5, 1.0, 2.0, 5.0, 10.0, 30.0)


class DiscordPlatform(Answering):
    """Implements bot.core.ports.Platform."""

    profile = PROFILE

    def __init__(self, settings: DiscordSettings, inside: Inside) -> None:
        """Raises Misdeclared when Discord cannot offer what the rituals declare."""
        self._settings, self._inside = settings, inside
        self._commands = commands.commands(inside.registry)
        known = inside.registry.commands.items()
        self._filters = {name: frozenset(item.name for item in spec.filters) for name, spec in known}
        point_at(settings)
        http = DiscordHttp(settings.token, settings.per_second, inside.turns)
        super().__init__(http, Servers(http), SystemClock())
        self._directory = Directory(http, self.servers, self._report, inside.clock)
        self._replies = Replies(http, self.servers, self._directory, self._report, inside)
        self._interested = Interested(self.events, self.servers, self._directory, self._report)
        self._gateway = Gateway(settings.token, inside.leases, settings.lease, self._dispatched)
        self._stopping = asyncio.Event()
        self._tasks: set[asyncio.Task[Any]] = set()
        self._starting: asyncio.Task[None] | None = None
        self._failed_once = asyncio.Event()  # the first try to start
        self._guilds_of: dict[str, str] = {}  # person → the server they last acted in

    # Life

    @property
    def connected(self) -> bool:
        return self._starting is not None and self._starting.done() and not self._starting.cancelled()

    async def start(self) -> None:
        """Connect and report the directory. Where Discord does not answer, that goes on in the background."""
        self._starting = asyncio.create_task(self._get_going(), name="discord start")
        failed = asyncio.create_task(self._failed_once.wait())
        await asyncio.wait(
            {self._starting, failed}, timeout=self._settings.patience, return_when=asyncio.FIRST_COMPLETED
        )
        failed.cancel()

    async def _get_going(self) -> None:
        wait = 1.0
        while True:
            try:
                await self.http.start()
                await self.report_directory()
                await self._sync_commands()
                break
            except SendError as error:
                log.warning("discord.cannot_start", error=str(error), again_in=wait)
            except Exception:
                log.exception("discord.cannot_start")
            self._failed_once.set()
            await asyncio.sleep(wait)
            wait = min(60.0, wait * 2)
        self._gateway.start()
        await self._gateway.first_tried.wait()
        log.info("discord.started", owner=self._gateway.is_owner)

    async def _sync_commands(self) -> None:
        """Register the commands where they differ from what Discord has; anywhere else is left alone. Raises SendError."""
        app = self.http.user  # an application and its bot have one id
        for guild in self._settings.guilds or ("",):
            path = "/applications/{app}/guilds/{guild_id}/commands" if guild else "/applications/{app}/commands"
            ids: dict[str, Any] = {"app": app, **({"guild_id": guild} if guild else {})}
            if not commands.are_the_same(self._commands, list(await self.http.ask("GET", path, **ids))):
                await self.http.ask("PUT", path, self._commands, **ids)
                log.info("discord.commands_registered", number=len(self._commands), guild=guild or "everywhere")

    async def stop_receiving(self) -> None:
        self._stopping.set()
        if self._starting is not None:
            self._starting.cancel()
            await asyncio.gather(self._starting, return_exceptions=True)
        while self._tasks:
            await asyncio.wait(self._tasks)

    async def close(self) -> None:
        await self.stop_receiving()
        await self._gateway.close()
        await self.http.close()

    async def report_directory(self) -> None:
        for guild in await self._directory.guilds():
            self.servers.forget_guild(guild)
            await self._directory.report_guild(guild)
            await self._directory.meet_again(guild)
            await self._interested.catch_up(guild)

    async def inspect(self, workspace: str) -> tuple[Finding, ...]:
        return await inspection.inspect(
            self.http, self.servers, self._directory, self._gateway, self.events, self._commands, workspace
        )

    def routes(self) -> tuple[Route, ...]:
        """None: Discord reaches us by the gateway."""
        return ()

    async def _report(self, event: Event) -> None:
        async def nothing_to_acknowledge() -> None: ...

        await self._inside.dispatch(event, nothing_to_acknowledge)

    async def _report_each(self, events: Sequence[Event]) -> None:
        for event in events:
            await self._report(event)

    # What the gateway tells

    def _dispatched(self, name: str, native: Json) -> None:
        """One event, as Discord sent it. Nobody sends it again, so what can't be written down now is tried until it can.

        Raises one of MALFORMED.
        """
        if self._stopping.is_set():
            return
        if not isinstance(native, dict):  # nothing that we look at
            return
        inbound.check_ids(native)
        match name:
            case "READY":
                self._replies.connected()
            case "INTERACTION_CREATE":
                self._spawn(self._interaction(native))
            case "MESSAGE_CREATE":
                self._message(native)
            case "GUILD_CREATE" if not native.get("unavailable"):
                self.servers.learn_guild(native)
                for event in native.get("guild_scheduled_events") or ():
                    self.events.learn(event)
                self._spawn(self._guild(native))
            case "GUILD_DELETE" if not native.get("unavailable"):
                self.servers.forget_guild(str(native["id"]))
                gone = WorkspaceGone(
                    f"gone:{native['id']}:{self._inside.clock.now().timestamp()}", ref(native["id"], "")
                )
                self._spawn(self._surely(gone))
            case "CHANNEL_CREATE" | "CHANNEL_UPDATE":
                self.servers.learn_channel(native)
                self._spawn(
                    self._retried(lambda: self._directory.report_place(str(native["guild_id"]), str(native["id"])))
                )
            case "CHANNEL_DELETE":
                self._spawn(self._retried(lambda: self._directory.gone(str(native["guild_id"]), str(native["id"]))))
            case "THREAD_CREATE" | "THREAD_UPDATE":
                self.servers.learn_channel(native)
            case "MESSAGE_DELETE" | "MESSAGE_DELETE_BULK" if native.get("guild_id"):
                self._spawn(self._retried(lambda: self._gone(native)))
            case "THREAD_DELETE":  # a post in a forum goes as a whole
                self.servers.forget_channel(str(native["id"]))
                self._spawn(self._retried(lambda: self._report_each(inbound.gone(native, native))))
            case "GUILD_SCHEDULED_EVENT_CREATE":
                self.events.learn(native)
            case "GUILD_SCHEDULED_EVENT_USER_ADD" | "GUILD_SCHEDULED_EVENT_USER_REMOVE":
                self._spawn(self._interest(native, interested=name.endswith("ADD")))
            case "GUILD_ROLE_CREATE" | "GUILD_ROLE_UPDATE" | "GUILD_ROLE_DELETE" | "GUILD_UPDATE":
                guild = str(native.get("guild_id") or native["id"])
                self.servers.forget_guild(guild)
                self._spawn(self._retried(lambda: self._directory.report_guild(guild)))

    async def _guild(self, native: Json) -> None:
        """A server we were added to, or are connected to again: replies that came meanwhile are caught up with."""
        guild = str(native["id"])
        since = await self._retried(self._replies.unsure_since)
        await self._retried(lambda: self._directory.report_guild(guild))
        await self._retried(lambda: self._interested.catch_up(guild))
        if since is None:
            return
        for thread in native.get("threads") or ():
            await self._retried(partial(self._replies.catch_up, guild, thread, since))

    async def _interest(self, native: Json, *, interested: bool) -> None:
        at = self._inside.clock.now()
        async with self._interested.in_turn:
            await self._retried(lambda: self._interested.pressed(native, at, interested=interested))

    def _message(self, native: Json) -> None:
        """Who and when, in threads of ours alone, and who writes to us; everything else that is said ends here, before any other
        work."""
        author, guild = native.get("author") or {}, str(native.get("guild_id") or "")
        if not guild and (directly := inbound.typed_directly(native)) is not None:
            self._spawn(self._surely(directly))
        if author.get("bot") or not guild:
            return
        if native.get("type") == inbound.USER_JOINED:
            member = {**(native.get("member") or {}), "user": author}
            self._spawn(self._retried(lambda: self._directory.meet(guild, member)))
            return
        channel = self.servers.known_channel(str(native["channel_id"]))
        if channel is None or channel["type"] in THREADS:
            about = {key: native.get(key) for key in ("id", "author", "member", "channel_id", "webhook_id", "type")}
            self._spawn(self._retried(lambda: self._replies.heard(about, guild)))

    async def _gone(self, native: Json) -> None:
        channel = str(int(native["channel_id"]))
        there = self.servers.known_channel(channel) or await self.servers.channel(channel)
        await self._report_each(inbound.gone(native, there))

    # What people do

    async def _interaction(self, native: Json) -> None:
        if not self._gateway.is_owner:  # frozen since: whoever has taken over answers
            return
        try:
            guild = await self._guild_of(native)
            what = inbound.understood(native, guild, self._filters) if guild else None
        except Malformed as error:
            log.error("discord.malformed", kind=native.get("type"), error=str(error))
            return
        try:
            if isinstance(what, Shortcut) and what.thread:
                what = replace(what, thread=await self._replies.begun_with(what.thread, what.place.id))
            match what:
                case Typing():
                    await self._suggest(what)
                case None:
                    log.warning("discord.not_for_us", kind=native.get("type"))
                case _ if isinstance(what, FromAPerson):
                    # Somebody new is a guest, who sees least, until that is written down.
                    if native.get("member"):
                        meeting = self._spawn(self._retried(lambda: self._directory.meet(guild, native["member"])))
                        await asyncio.wait({meeting}, timeout=self._settings.meet_within)
                    elif not self._directory.has_met(what.who):  # in a direct message, which does not say
                        meeting = self._spawn(self._retried(lambda: self._look_up(guild, what.who)))
                        await asyncio.wait({meeting}, timeout=LOOKED_UP_WITHIN)
                    await self._act_for(what)
        except SendError as error:
            log.warning("discord.answer_not_given", error=str(error))
        except Exception:
            log.exception("discord.interaction_failed", kind=native.get("type"))

    async def _look_up(self, guild: str, who: Ref) -> None:
        member = await self.servers.member(guild, who.id)
        if member is not None:
            await self._directory.meet(guild, member)

    async def _guild_of(self, native: Json) -> str:
        """The server an interaction belongs to. Raises Malformed.

        In a direct message Discord does not say; the button does, by the delivery it stands in.
        """
        try:
            guild, user = inbound.guild_of(native), inbound.user_id(native)
            delivery = inbound.answer_to(native).delivery if not guild else ""
        except MALFORMED as error:
            raise Malformed(type(error).__name__) from None
        if not guild and delivery and (whose := await self._inside.whose(delivery)) is not None:
            guild = whose.workspace
        guild = guild or self._guilds_of.get(user, "")
        if len(self._guilds_of) > 10_000:
            self._guilds_of.clear()
        self._guilds_of[user] = guild
        return guild

    async def _act_for(self, event: FromAPerson) -> None:
        early = asyncio.Event()

        async def acknowledge() -> None:
            early.set()

        work: asyncio.Task[Outcome] = self._spawn(self._inside.dispatch(event, acknowledge))
        waiting = asyncio.create_task(early.wait())
        await asyncio.wait({work, waiting}, return_when=asyncio.FIRST_COMPLETED)
        waiting.cancel()
        if work.done():
            await self.respond(event, work.result())
            return
        await self.defer(event, private=self._is_private(event))
        await self.answer(event, await work)

    def _is_private(self, event: FromAPerson) -> bool:
        """As the command or button was declared; also a form's answer is what opened it."""
        match event:
            case Command(words=origin):
                found = self._inside.registry.resolve(origin)
                return found.spec.private if isinstance(found, Found) else True
            case Submit(origin=origin) if origin.startswith("/"):
                spec = self._inside.registry.commands.get(origin[1:])
                return spec is None or spec.private
            case Submit(origin=origin) | Click(packed=origin):
                known = self._inside.registry.click(origin)
                return known is None or known[0].private
            case _:
                return True

    async def _suggest(self, typing: Typing) -> None:
        """Tags for the last word; each suggestion is the whole of what was typed, completed."""
        before, comma, _ = typing.typed.rpartition(",")
        begun = f"{before}{comma} " if comma else ""
        found: tuple[str, ...] = ()
        try:
            async with asyncio.timeout(2):
                found = await self._inside.suggest(typing.who, typing.typed)
        except Exception as error:
            log.warning("discord.cannot_suggest", error=type(error).__name__)
        texts = [text for tag in found if len(text := f"{begun}{tag}") <= SUGGESTION][:SUGGESTIONS]
        await self.suggest(typing.answer_to, [{"name": text, "value": text} for text in texts])

    # Work on the side

    def _spawn(self, work: Coroutine[Any, Any, Any]) -> asyncio.Task[Any]:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task

    async def _surely(self, event: Event) -> None:
        await self._retried(lambda: self._report(event))

    async def _retried(self, make: Callable[[], Awaitable[T]]) -> T | None:
        """Report until it is written down: a database that is away for a while loses nothing of what the gateway told. What
        Discord does not tell is asked for a few times, unless it says no. Nothing comes back of what was given up."""
        for number in range(1000):
            try:
                return await make()
            except SendError as error:
                if isinstance(error, Refused | Gone) or number >= len(PAUSES):
                    log.warning("discord.not_reported", error=str(error))
                    return None
                log.info("discord.report_again", error=str(error), tries=number)
            except MALFORMED as error:
                log.error("discord.malformed", error=type(error).__name__)
                return None
            except Exception as error:
                log.warning("discord.report_again", error=type(error).__name__, tries=number)
            if self._stopping.is_set():
                return None
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(PAUSES[min(number, len(PAUSES) - 1)]):
                    await self._stopping.wait()
        return None
