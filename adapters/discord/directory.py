"""What there is in a server, reported as events; and who is in its closed channels, as far as Discord lets us know.

Without the privileged intent there is no list of members. People become known by what they do, and each time they do something
their roles tell which closed channels they can read.
"""

from __future__ import annotations

import asyncio
import uuid
from collections import defaultdict
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from typing import Any

import structlog

from adapters.discord import inbound, permissions
from adapters.discord.http import DiscordHttp
from adapters.discord.permissions import SEND_MESSAGES, VIEW_CHANNEL
from adapters.discord.profile import ref
from adapters.discord.servers import FORUM, Servers
from bot.core.clock import Clock
from bot.core.events import CameOrWent, Event, PersonChanged, PlaceChanged, Ref, WorkspaceConnected
from bot.core.ports import Refused, SendError

Json = dict[str, Any]
log = structlog.get_logger("rounds.discord")
Report = Callable[[Event], Awaitable[None]]
SAID_AGAIN_AFTER = timedelta(hours=6)
MOST_MET = 50_000


class Directory:
    def __init__(self, http: DiscordHttp, servers: Servers, report: Report, clock: Clock) -> None:
        self._http, self._servers, self._report, self._clock = http, servers, report, clock
        self._met: dict[Ref, tuple[datetime, tuple[Any, ...]]] = {}  # what was last seen of each person
        self._closed: dict[str, set[str]] = {}  # server → its closed channels
        # One look at a server at a time, from asking to reporting: else what was seen before a channel was closed could be
        # reported after it.
        self.turns: defaultdict[str, asyncio.Lock] = defaultdict(asyncio.Lock)

    async def guilds(self) -> list[str]:
        """Raises SendError."""
        return [str(guild["id"]) for guild in await self._http.ask("GET", "/users/@me/guilds")]

    async def report_guild(self, guild: str) -> None:
        """The server and its channels. Raises SendError."""
        async with self.turns[guild]:
            await self._report_guild(guild)

    async def _report_guild(self, guild: str) -> None:
        about = await self._servers.guild(guild)
        installer = ref(guild, about["owner_id"])
        name = str(about.get("name") or guild)
        await self._report(WorkspaceConnected(_key(), ref(guild, ""), name, installer))
        await self._meet_owner(guild, str(about["owner_id"]))
        member = await self._servers.member(guild, self._http.user)
        for channel in await self._servers.channels(guild):
            await self._report_channel(guild, channel, member)

    async def _meet_owner(self, guild: str, owner: str) -> None:
        member = await self._servers.member(guild, owner)
        if member is not None:
            await self.meet(guild, member)

    async def report_place(self, guild: str, channel: str) -> None:
        """One channel as it is now. Raises SendError."""
        async with self.turns[guild]:
            try:
                found = await self._servers.channel(channel, fresh=True)
            except Refused:
                await self._report_gone(guild, channel)
            else:
                await self._report_channel(guild, found, await self._servers.member(guild, self._http.user))

    async def _report_channel(self, guild: str, channel: Json, member: Json | None) -> None:
        """One that we cannot see is none of ours; one that we cannot post in is of no use."""
        ours = await self._servers.may(guild, channel, member) if member else 0
        place, closed = ref(guild, channel["id"]), await self._servers.is_closed(guild, channel)
        known = self._closed.setdefault(guild, set())
        (known.add if closed else known.discard)(place.id)
        if not ours & VIEW_CHANNEL:
            if closed:
                await self._report(PlaceChanged(_key(), place, "", True, archived=True))
            return
        unusable = not ours & SEND_MESSAGES
        name, forum = str(channel.get("name") or ""), channel["type"] == FORUM
        await self._report(PlaceChanged(_key(), place, name, closed, archived=unusable, forum=forum))

    async def gone(self, guild: str, channel: str) -> None:
        """A channel was deleted."""
        async with self.turns[guild]:
            await self._report_gone(guild, channel)

    async def _report_gone(self, guild: str, channel: str) -> None:
        """Deleted, or hidden from us: nothing of it is for anybody's eyes any more."""
        self._closed.get(guild, set()).discard(channel)
        self._servers.forget_channel(channel)
        await self._report(PlaceChanged(_key(), ref(guild, channel), "", True, archived=True))

    async def meet(self, guild: str, member: Json) -> None:
        """Somebody did something: who they are, and which closed channels they can read. Raises SendError."""
        event = inbound.person(_key(), guild, member)
        if event is None:
            return
        now = self._clock.now()
        seen = (event.name, tuple(sorted(map(str, member.get("roles") or ()))), frozenset(self._closed.get(guild, ())))
        at, before = self._met.get(event.who, (now - SAID_AGAIN_AFTER, ()))
        if before == seen and now - at < SAID_AGAIN_AFTER:
            return
        if len(self._met) >= MOST_MET:
            self._met.clear()
        self._met[event.who] = (now, seen)
        await self._report(event)
        await self._report_closed(guild, member, event.who, now)

    def has_met(self, who: Ref) -> bool:
        return who in self._met

    async def _report_closed(self, guild: str, member: Json, who: Ref, now: datetime) -> None:
        about = await self._servers.guild(guild)
        for id in sorted(self._closed.get(guild, ())):
            channel = self._servers.known_channel(id)
            if channel is not None:
                here = bool(permissions.of_member(about, channel, member) & VIEW_CHANNEL)
                await self._report(CameOrWent(_key(), ref(guild, id), who, here, now))

    async def meet_again(self, guild: str) -> None:
        """Those we know, as they are now: who left is not told of otherwise. Raises SendError."""
        for who in [who for who in self._met if who.workspace == guild]:
            member = await self._servers.member(guild, who.id)
            _, seen = self._met.pop(who)
            if member is not None:
                await self.meet(guild, member)
            else:
                await self._report(PersonChanged(_key(), who, str(seen[0]), "", active=False))

    async def logged(self, work: Awaitable[None]) -> None:
        try:
            await work
        except SendError as error:
            log.warning("discord.not_reported", error=str(error))


def _key() -> str:
    return f"sync:{uuid.uuid4().hex}"
