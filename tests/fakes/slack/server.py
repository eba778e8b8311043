"""A Slack on this machine: strict towards the app that talks to it, and full of people that a test drives."""

from __future__ import annotations

import asyncio
import contextlib
import copy
import itertools
from collections.abc import Callable, Coroutine
from datetime import UTC, datetime
from typing import Any, Self

from aiohttp import web

from tests.fakes.slack import events, fields
from tests.fakes.slack.apps import App, Scopes
from tests.fakes.slack.control import routes as control_routes
from tests.fakes.slack.delivery import Delivery
from tests.fakes.slack.faults import Faults
from tests.fakes.slack.hooks import Hooks
from tests.fakes.slack.limits import ACKNOWLEDGE, TRIGGER
from tests.fakes.slack.model import Channel, Install, Json, Message, Team, User, id_of
from tests.fakes.slack.oauth import OAuth
from tests.fakes.slack.people import People
from tests.fakes.slack.rates import Rates
from tests.fakes.slack.web_api import WebApi


class FakeSlack:
    """``async with FakeSlack() as slack:`` then point the app at ``slack.api_url`` with ``slack.token``.

    ``clock`` gives message times and the age of response URLs. ``ack_seconds``, ``trigger_seconds`` are real seconds.
    ``retry_factor`` shortens the waits before an event is sent again. ``events_url``: HTTP mode.
    """

    def __init__(
        self,
        *,
        clock: Callable[[], datetime] | None = None,
        port: int = 0,
        events_url: str = "",
        limits: str = "off",
        speed: float = 1.0,
        ack_seconds: float = ACKNOWLEDGE,
        trigger_seconds: float = TRIGGER,
        retry_factor: float = 0.001,
        sample: bool = True,
    ) -> None:
        self.clock = clock or (lambda: datetime.now(UTC))
        self.ack_seconds, self.trigger_seconds, self.retry_factor = ack_seconds, trigger_seconds, retry_factor
        self.app, self.faults, self.rates = App(), Faults(), Rates(limits, speed)
        self.app.events_url = events_url
        self.teams: dict[str, Team] = {}
        self.violations: list[Json] = []
        self.calls: list[Json] = []  # method, team, args, error ("" for a good one)
        self.acks: list[Json] = []  # kind, at (monotonic), seconds, ok, attempt
        self.late = 0  # commands, actions and the like that were not acknowledged in time
        self.version = 0
        self._changed = asyncio.Event()
        self._numbers, self._last_ts = itertools.count(1), 0
        self._port, self.url = port, ""
        self._runner: web.AppRunner | None = None
        self._tasks: set[asyncio.Task[Any]] = set()
        self.delivery, self.hooks = Delivery(self), Hooks(self)
        self.people: People = People(self)
        self.oauth, self.web_api = OAuth(self), WebApi(self)
        self.add_team("T0ROUNDS", "Sample Community", "sample")
        if sample:
            self._sample()

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(self, *error: object) -> None:
        await self.stop()

    async def start(self) -> str:
        """Serve on 127.0.0.1. Returns the URL."""
        application = web.Application(client_max_size=64 * 1024 * 1024)
        application.add_routes(control_routes(self))
        application.add_routes(self.web_api.routes())
        application.add_routes(self.hooks.routes())
        application.add_routes(self.oauth.routes())
        application.add_routes(self.delivery.sockets.routes())
        self._runner = runner = web.AppRunner(application, access_log=None, shutdown_timeout=0.1)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", self._port).start()
        self._port = runner.addresses[0][1]
        self.url = f"http://127.0.0.1:{self._port}"
        return self.url

    async def stop(self) -> None:
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        self.changed()
        await self.delivery.close()
        if self._runner is not None:
            await self._runner.cleanup()

    # The first workspace, for tests that need no more than one

    @property
    def team(self) -> Team:
        return next(iter(self.teams.values()))

    @property
    def token(self) -> str:
        return self.team.install.token

    @property
    def api_url(self) -> str:
        return f"{self.url}/api/"

    def install(self, manifest: Json) -> None:
        """What an app's manifest says counts from now on. Raises ValueError for what Slack would not take."""
        self.app.load(manifest)
        for team in self.teams.values():
            if manifest.get("oauth_config", {}).get("scopes", {}).get("bot") is not None:
                team.install.scopes = set(manifest["oauth_config"]["scopes"]["bot"])

    # The workspace's inhabitants

    def add_team(self, id: str, name: str, domain: str, *, suffix: str = "", installed: bool = True) -> Team:
        """Another workspace. ``suffix`` ends its ids, which are unique in all of Slack."""
        bot = id_of("U", self.app.name, suffix)
        install = Install(f"xoxb-{id}-1", bot, id_of("B", self.app.name, suffix), set(Scopes.USUAL), installed)
        install.gone = "account_inactive" if installed else "invalid_auth"
        team = Team(id, name, domain, install, suffix)
        team.users["USLACKBOT"] = User("USLACKBOT", "slackbot", "Slackbot", id)
        team.users[bot] = User(bot, self.app.name, self.app.name.title(), id, bot=True)
        self.teams[id] = team
        return team

    def add_person(
        self, name: str, real_name: str = "", zone: str = "UTC", *, team: Team | None = None, **more: Any
    ) -> User:
        team = team or self.team
        more.setdefault("team_id", team.id)
        user = User(id_of("U", name, team.suffix), name, real_name or name.title(), zone=zone, **more)
        user.updated = int(self.clock().timestamp())
        team.users[user.id] = user
        events.team_join(self, team, user)
        self.changed()
        return user

    def add_place(
        self,
        name: str,
        *,
        closed: bool = False,
        bot: bool = True,
        members: tuple[str, ...] = (),
        team: Team | None = None,
    ) -> Channel:
        """A channel. ``bot``: whether the app is in it."""
        team = team or self.team
        channel = Channel(id_of("C", name, team.suffix), name, int(self.clock().timestamp()), private=closed)
        channel.general = name == "general"
        channel.members = [team.person(member).id for member in members]
        channel.members += [team.install.bot_user] if bot else []
        team.channels[channel.id] = channel
        self.changed()
        return channel

    def _sample(self) -> None:
        people = {"ada": {"admin": True, "owner": True, "primary_owner": True}, "gus": {"guest": True}}
        for name in ("ada", "ben", "chidi", "dana", "emre", "gus"):
            more: Json = people.get(name, {})
            self.add_person(name, f"Sample: {name.title()} {name[0].upper()}.", "UTC", **more)
        everybody = ("ada", "ben", "chidi", "dana", "emre")
        self.add_place("general", members=everybody)
        self.add_place("questions", members=everybody)
        self.add_place("ward-team", closed=True, members=("ada", "ben", "chidi"))

    # What the parts share

    def now(self) -> float:
        """Seconds since 1970, by the clock."""
        return self.clock().timestamp()

    def next_ts(self) -> str:
        """A message's id: its time, later than every other's."""
        self._last_ts = max(self._last_ts + 1, round(self.now() * 1_000_000))
        return f"{self._last_ts // 1_000_000}.{self._last_ts % 1_000_000:06d}"

    def number(self) -> int:
        return next(self._numbers)

    def id(self, letter: str) -> str:
        """An id that no test has to know."""
        return f"{letter}0{self.number():08d}"

    def with_ids(self, blocks: list[Json]) -> list[Json]:
        """A copy in which every block and element has an id, as Slack gives them."""
        blocks = copy.deepcopy(blocks)
        for block in blocks:
            block.setdefault("block_id", f"auto{self.number()}")
            holders = block.get("elements", []) if block["type"] == "actions" else []
            for element in [*holders, *(block[key] for key in ("element", "accessory") if key in block)]:
                if element["type"] != "image":
                    element.setdefault("action_id", f"auto{self.number()}")
        return blocks

    def post(self, team: Team, channel: Channel, message: Message) -> Message:
        """Put a message into a channel and tell the app."""
        if message.to is not None:
            channel.ephemerals.append(message)
        else:
            channel.messages.append(message)
            events.message(self, team, channel, message)
        self.changed()
        return message

    def bot_message(self, team: Team, text: str, blocks: list[Json] | None, **more: Any) -> Message:
        install = team.install
        made = Message(self.next_ts(), install.bot_user, text, bot_id=install.bot_id, app_id=self.app.id, **more)
        made.blocks = self.with_ids(blocks) if blocks else None
        return made

    def notice(self, team: Team, user: User, channel: Channel | None, text: str) -> None:
        """Slack itself tells one person something, where they are."""
        place = channel or team.dm(user)
        place.ephemerals.append(Message(self.next_ts(), "USLACKBOT", text, to=user.id))
        self.changed()

    def violation(self, where: str, problems: list[str], given: Any = None) -> None:
        self.violations.append({"where": where, "problems": problems, "given": given})

    def changed(self) -> None:
        self.version += 1
        self._changed.set()
        self._changed = asyncio.Event()

    async def change_after(self, version: int, wait: float) -> int:
        """The present version, once it is past the one given or time is up (seconds)."""
        if self.version <= version and wait > 0:
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._changed.wait(), wait)
        return self.version

    async def until(self, condition: Callable[[], Any], within: float = 5.0) -> Any:
        """Wait for something that this object shows: ``await slack.until(lambda: slack.late)``."""
        async with asyncio.timeout(within):
            while not (found := condition()):
                await self._changed.wait()
            return found

    def begin(self, work: Coroutine[Any, Any, Any]) -> None:
        task = asyncio.ensure_future(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    # What happens to the connections, and the end

    async def close_sockets(self) -> int:
        """Cut the app's sockets without a word. Returns how many there were."""
        return await self.delivery.sockets.cut()

    async def request_refresh(self) -> None:
        """Ask every socket for a reconnect, as Slack does every few hours. The old ones work until the app closes them."""
        await self.delivery.sockets.refresh()

    def go_deaf(self, *, new_ones_too: bool = False) -> None:
        """The sockets stay open, and nothing is answered on them any more, not even pings; only a close is."""
        self.delivery.sockets.go_deaf(new_ones_too)

    def uninstall(self, team: Team | None = None, *, gone: str = "account_inactive") -> None:
        """The app is removed from a workspace: it hears of it, and its token is worth nothing."""
        team = team or self.team
        events.uninstalled(self, team)
        team.install.active, team.install.gone = False, gone
        self.changed()

    def fields_of(self, blocks: list[Json]) -> dict[str, Json]:
        return fields.beginning(blocks)
