"""The connection to Slack: Bolt receives and checks, we understand, dispatch and answer.

Everything goes through one middleware rather than Bolt's listeners: Bolt acknowledges an event before its listener is done, so
that a crash would lose it; here the acknowledgement is ours to give.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Coroutine
from functools import partial
from typing import Any

import structlog
from aiohttp import web
from slack_bolt.adapter.aiohttp import to_aiohttp_response
from slack_bolt.app.async_app import AsyncApp
from slack_bolt.authorization import AuthorizeResult
from slack_bolt.context.async_context import AsyncBoltContext
from slack_bolt.response import BoltResponse

from adapters.slack import door, forms, inbound, inspection, install, manifest
from adapters.slack.answering import Answering
from adapters.slack.directory import Directory
from adapters.slack.inbound import AnswerTo, Forget, HomeOpened, Malformed, PlaceMayHaveChanged, Stranger, Typing
from adapters.slack.profile import PROFILE
from adapters.slack.settings import SlackSettings
from adapters.slack.sockets import Sockets
from adapters.slack.workspaces import Workspaces
from bot.core.errors import NotYet
from bot.core.events import CameOrWent, Event, FromAPerson, Ref, Submit, Talked
from bot.core.forms import Option
from bot.core.inside import Inside
from bot.core.ports import Finding, Refused, Route, SendError
from bot.core.replies import Outcome, Said
from bot.core.ui import say
from bot.services.installations import NoKey

log = structlog.get_logger("rounds.slack")
OK, BAD_REQUEST, NOT_SIGNED = 200, 400, 401
NOT_NOW = 503  # Slack sends an event again that was not acknowledged
Json = dict[str, Any]


class SlackPlatform(Answering):
    """Implements bot.core.ports.Platform."""

    profile = PROFILE

    def __init__(self, settings: SlackSettings, inside: Inside) -> None:
        """Raises Misdeclared when Slack cannot offer what the rituals declare."""
        self._settings, self._inside = settings, inside
        inside.registry.check_platform(PROFILE)
        self._installations = inside.installations(PROFILE.name)
        workspaces = Workspaces(
            settings.api_url, settings.bot_token, self._installations, settings.command_prefix, history=settings.history
        )
        super().__init__(workspaces, inside.home)
        self._directory = Directory(workspaces, self._installations, self._report, inside.clock)
        self._receiving = True
        self._tasks: set[asyncio.Task[Any]] = set()
        self._starting: asyncio.Task[None] | None = None
        self._failed_once = asyncio.Event()  # the first try to start
        self._listing: dict[str, asyncio.Task[None]] = {}  # workspace → the report of its people
        self._sockets: Sockets | None = None
        self.bolt: AsyncApp | None = None

    # Life

    @property
    def connected(self) -> bool:
        return self._starting is not None and self._starting.done() and not self._starting.cancelled()

    async def start(self) -> None:
        """Connect and report the directory. Where Slack does not answer, that goes on in the background."""

        # Functions, not methods: Bolt looks at the names of their arguments, and would fill in "self".
        async def authorize(team_id: str | None) -> AuthorizeResult | None:
            return await self.workspaces.authorize(team_id)

        async def take(body: Json, context: AsyncBoltContext) -> BoltResponse:
            return await self._take(body, context)

        self.bolt = AsyncApp(
            client=self.workspaces.client(),
            signing_secret=self._settings.signing_secret or "none",
            authorize=authorize,  # type: ignore[arg-type]  # Bolt takes None, too
            user_facing_authorize_error_message="I am not installed in this workspace any more.",
        )
        self.bolt.middleware(take)
        self.bolt.error(_not_taken)
        self._starting = asyncio.create_task(self._get_going(), name="slack start")
        failed = asyncio.create_task(self._failed_once.wait())
        await asyncio.wait(
            {self._starting, failed}, timeout=self._settings.patience, return_when=asyncio.FIRST_COMPLETED
        )
        failed.cancel()

    async def _get_going(self) -> None:
        wait = self._settings.again_after
        while True:
            try:
                await self.report_directory()
                break
            except SendError as error:
                log.warning("slack.cannot_start", error=str(error), again_in=wait)
            except Exception:
                log.exception("slack.cannot_start")
            self._failed_once.set()
            await asyncio.sleep(wait)
            wait = min(60.0, wait * 2)
        if self._settings.app_token and self._receiving:
            assert self.bolt is not None
            settings = self._settings
            self._sockets = Sockets(self.bolt, settings.app_token, settings.connections, settings.watch)
            await self._sockets.start(settings.patience)
        log.info("slack.started", socket_mode=self._sockets is not None)

    async def stop_receiving(self) -> None:
        self._receiving = False
        endless = [*self._listing.values(), *([self._starting] if self._starting is not None else [])]
        for task in endless:
            task.cancel()
        await asyncio.gather(*endless, return_exceptions=True)
        while self._tasks:
            await asyncio.wait(self._tasks)

    async def close(self) -> None:
        await self.stop_receiving()
        if self._sockets is not None:
            await self._sockets.close()
        await self.workspaces.close()

    async def report_directory(self) -> None:
        for team in await self.workspaces.teams():
            self.workspaces.renew(team)
            try:
                await self._report_team(team)
            except Refused as error:  # we were removed from there, say: the others are reported all the same
                log.warning("slack.workspace_not_reported", workspace=team, error=str(error))

    async def _report_team(self, team: str) -> None:
        """The people of a large workspace take minutes: what can be done without knowing them all does not wait for them."""
        await self._directory.report_workspace(team)
        listing = self._listing.get(team)
        if listing is None or listing.done():
            listing = self._listing[team] = asyncio.create_task(self._report_people(team), name="slack people")
        await asyncio.wait({listing}, timeout=self._settings.patience / 2)

    async def _report_people(self, team: str) -> None:
        """Again until it could be done: without it nobody is known to look after a new workspace."""
        wait = self._settings.again_after
        while True:
            try:
                await self._directory.report_people(team)
                return
            except Refused as error:
                log.warning("slack.people_not_reported", workspace=team, error=str(error))
                return
            except SendError as error:
                log.warning("slack.people_not_reported", workspace=team, error=str(error), again_in=wait)
            except Exception:
                log.exception("slack.people_not_reported", workspace=team)
            await asyncio.sleep(wait)
            wait = min(60.0, wait * 2)

    async def _stop_reporting(self, team: str) -> None:
        """What is still reported of a workspace's people would make it one of ours again."""
        if listing := self._listing.pop(team, None):
            listing.cancel()
            await asyncio.wait({listing})

    async def _report(self, event: Event) -> None:
        """To its end, also when whoever reports is told to stop: a query that is cancelled midway costs its connection."""
        work = self._spawn(self._inside.dispatch(event, _nothing))
        try:
            await asyncio.shield(work)
        except asyncio.CancelledError:
            await asyncio.wait({work})
            raise

    async def inspect(self, workspace: str) -> tuple[Finding, ...]:
        connected = await self._sockets.connected() if self._sockets is not None else None
        return await inspection.inspect(
            self.workspaces, self._inside.registry, self._settings, workspace, connected=connected
        )

    async def words(self, place: Ref, message: str, thread: str) -> str:
        text, _ = inbound.neutral(
            await self.text_of(place, message, thread),
            place.workspace,
            partial(self._directory.name_of, place.workspace),
        )
        return text

    # The web

    def routes(self) -> tuple[Route, ...]:
        """Signed HTTP where there is a secret to check signatures with; the pages for installing where there is a client."""
        found: list[Route] = []
        if self._settings.signing_secret:
            found.append(("POST", manifest.EVENTS_PATH, self._request))
        if self._settings.client_id:
            found += [("GET", install.INSTALL_PATH, self._install), ("GET", install.REDIRECT_PATH, self._installed)]
        return tuple(found)

    async def _request(self, request: web.Request) -> web.Response:
        if self.bolt is None or not self._receiving:
            return web.Response(status=NOT_NOW)
        body = await request.read()
        if not door.is_signed(self._settings.signing_secret, request.headers, body, time.time()):
            return web.Response(status=OK if door.is_ssl_check(body) else NOT_SIGNED)
        try:
            return await to_aiohttp_response(await self.bolt.async_dispatch(door.read(request, body)))
        except inbound.MALFORMED as error:  # Bolt's: what goes wrong in our part never gets so far
            return await to_aiohttp_response(await _not_taken(error))

    async def _install(self, request: web.Request) -> web.Response:
        return await to_aiohttp_response(await self._flow().handle_installation(door.read(request, b"")))

    async def _installed(self, request: web.Request) -> web.Response:
        try:
            return await to_aiohttp_response(await self._flow().handle_callback(door.read(request, b"")))
        except NoKey as error:
            log.error("slack.not_installed", error=str(error))
            return web.Response(status=NOT_NOW, text=f"Not installed. {error}")

    def _flow(self) -> Any:
        if self._oauth is None:
            settings = self._settings
            store = install.KeptInstallations(self._installations, self._new_team)
            self._oauth = install.oauth_flow(
                self.workspaces.client(),
                settings.client_id,
                settings.client_secret,
                manifest.scopes(history=settings.history),
                store,
                self._inside.clock,
            )
        return self._oauth

    _oauth: Any = None

    async def _new_team(self, team: str) -> None:
        self.workspaces.renew(team)
        self._directory.forget(team)
        self._spawn(self._logged(self._report_team(team)))

    # What comes in

    async def _take(self, body: Json, context: AsyncBoltContext) -> BoltResponse:
        """One request of Slack's, checked by Bolt already. What is returned is the acknowledgement."""
        if not self._receiving:
            return BoltResponse(status=NOT_NOW)
        team = str(context.team_id or "")
        try:
            names = partial(self._directory.name_of, team)
            what = inbound.understood(body, team, str(context.bot_user_id or ""), self._settings.command_prefix, names)
        except Malformed as error:
            log.error("slack.malformed", kind=str(body.get("type", "command"))[:40], error=str(error))
            return BoltResponse(status=OK)
        try:
            answer: BoltResponse = await self._spawn(
                self._act(what, body)
            )  # to its end, also when the socket is closed
            return answer
        except NotYet:
            return BoltResponse(status=NOT_NOW)
        except Exception:
            log.exception("slack.failed", kind=type(what).__name__)
            return BoltResponse(status=NOT_NOW)

    async def _act(self, what: inbound.Understood, body: Json) -> BoltResponse:
        match what:
            case None:
                return BoltResponse(status=OK)
            case Typing():
                return BoltResponse(status=OK, body=await self._options(what))
            case HomeOpened():
                self._spawn(self._logged(self._show_home(what.who)))
                return BoltResponse(status=OK)
            case Stranger():
                words = say("I only serve the people of the workspace that I am installed in.")
                self._spawn(
                    self._logged(self.tell(what.who, Ref("slack", what.who.workspace, ""), what.answer_to, words))
                )
                return BoltResponse(status=OK)
            case PlaceMayHaveChanged(place):
                async with asyncio.timeout(self._settings.look_up_within):
                    await self._directory.report_place(place)
                return BoltResponse(status=OK)
            case CameOrWent(place=place):
                async with self._directory.looking_at(place):  # not before a list that is older was written down
                    return await self._hear(what)
            case _ if isinstance(what, inbound.SAID) and not self._settings.history:
                return BoltResponse(status=OK)  # Slack goes on sending it until the permission is taken back
            case Talked(place=place):
                return await self._hear(what) if await self._inside.counts(place) else BoltResponse(status=OK)
            case Forget(event):
                team = event.workspace.workspace
                await self._stop_reporting(team)
                await self._inside.dispatch(event, _nothing)
                await self.workspaces.forget(team)
                self._directory.forget(team)
                return BoltResponse(status=OK)
            case _ if isinstance(what, FromAPerson):
                return await self._act_for(what, body)
            case _:
                return await self._hear(what)

    async def _hear(self, event: Event) -> BoltResponse:
        """A report: acknowledged once it is stored or done. What raises is not, so it comes again."""
        work = await self._dispatched(event)
        if work.done():
            work.result()
        return BoltResponse(status=OK)

    async def _act_for(self, event: FromAPerson, body: Json) -> BoltResponse:
        # Somebody new is a guest, who sees least, until Slack has said more; for that is waited a moment.
        await asyncio.wait({self._spawn(self._directory.meet(event.who))}, timeout=self._settings.meet_within)
        work = await self._dispatched(event)
        if not work.done():
            self._spawn(self._logged(self._answer_later(event, work)))
            return BoltResponse(status=OK)
        outcome = work.result()
        if isinstance(event, Submit):
            within = self.in_the_form(event, outcome, body["view"])
            if within is not None:
                if isinstance(outcome, Said) and AnswerTo.unpacked(event.answer_to).home:
                    self._spawn(self._logged(self.show_home(event.who)))
                return BoltResponse(status=OK, body=within)
        self._spawn(self._logged(self.answer(event, outcome)))
        return BoltResponse(status=OK)

    async def _dispatched(self, event: Event) -> asyncio.Task[Outcome]:
        """The work on an event, when it is done, or at the moment it is to be acknowledged all the same."""
        early = asyncio.Event()

        async def acknowledge() -> None:
            early.set()

        work: asyncio.Task[Outcome] = self._spawn(self._inside.dispatch(event, acknowledge))
        waiting = asyncio.create_task(early.wait())
        await asyncio.wait({work, waiting}, return_when=asyncio.FIRST_COMPLETED)
        waiting.cancel()
        return work

    async def _answer_later(self, event: FromAPerson, work: asyncio.Task[Outcome]) -> None:
        await self.answer(event, await work)

    async def _options(self, typing: Typing) -> Json:
        """Suggestions, the typed words first: a tag may be new. When it fails they see what they typed."""
        typed = typing.typed.strip()
        found: tuple[str, ...] = ()
        try:
            async with asyncio.timeout(self._settings.look_up_within):
                found = await self._inside.suggest(typing.who, typed)
        except Exception as error:
            log.warning("slack.cannot_suggest", error=type(error).__name__)
        labels = dict.fromkeys([*([typed] if typed and typed not in found else []), *found])
        return {"options": [forms.option(Option(label, label)) for label in labels]}

    async def _show_home(self, who: Ref) -> None:
        await self._directory.meet(who)
        await self.show_home(who)

    # Work on the side

    def _spawn(self, work: Coroutine[Any, Any, Any]) -> asyncio.Task[Any]:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task

    async def _logged(self, work: Coroutine[Any, Any, Any]) -> None:
        """What nobody waits for: what goes wrong is at least written down."""
        try:
            await work
        except SendError as error:
            log.warning("slack.answer_not_given", error=str(error))
        except Exception:
            log.exception("slack.answer_failed")


async def _not_taken(error: Exception) -> BoltResponse:
    """What Bolt itself could not do with a request, before it was ours."""
    if isinstance(error, inbound.MALFORMED):
        log.error("slack.malformed", kind="request", error=type(error).__name__)
        return BoltResponse(status=BAD_REQUEST)
    log.warning("slack.not_taken", error=type(error).__name__)  # Slack could not be asked whose it is
    return BoltResponse(status=NOT_NOW)


async def _nothing() -> None:
    """Nobody waits for this acknowledgement."""
