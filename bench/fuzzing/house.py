"""The whole program as it is started, with all three platforms, on this machine alone; and a secret that few may see."""

from __future__ import annotations

import asyncio
import contextlib
import ipaddress
import sys
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from unittest import mock

from aiohttp import web
from cryptography.fernet import Fernet
from pydantic import SecretStr
from sqlalchemy import select

from adapters.discord.app import DiscordPlatform
from adapters.discord.settings import DiscordSettings
from adapters.local.app import LocalPlatform
from adapters.local.chat.service import ChatService
from adapters.local.client import ChatApi, Person
from adapters.slack.app import SlackPlatform
from adapters.slack.manifest import EVENTS_PATH, manifest
from adapters.slack.settings import SlackSettings
from adapters.web.server import serve
from bench.fuzzing.watch import SECRET, Watch
from bot import cli
from bot.core.clock import MovableClock
from bot.core.people import Role
from bot.limits import Limits
from bot.settings import Settings
from bot.wiring import Rounds
from schedules.relay import Timing
from storage.engine import Database
from storage.members import Member
from storage.questions import Question
from tests.fakes.discord import DiscordApi, DiscordPerson, FakeDiscord
from tests.fakes.slack import FakeSlack, SlackApi, SlackPerson
from tests.support.discord import populated
from tests.support.world import PEOPLE

Json = dict[str, Any]
TOKEN = "token-of-the-bot"
ATTACKERS = ("dana", "emre", "gus")  # none of them reads #ward-team or looks after anything
UNLIMITED = Limits(burst_per_person=10**9)  # else most would be refused as too many of one person
TIMING = Timing(redraw_pause=0.0, poll=2.0)
_guarded = False
_inside = False


@dataclass
class House:
    rounds: Rounds
    slack: FakeSlack
    discord: FakeDiscord
    chat: ChatService
    slack_api: SlackApi
    discord_api: DiscordApi
    chat_api: ChatApi
    watch: Watch
    apps: dict[str, tuple[str, int, web.Application]]  # what serves HTTP: its name → host, port, and the routes
    heard: Heard
    roles: dict[int, int] = field(default_factory=dict)
    communities: set[int] = field(default_factory=set)
    kept: dict[int, str] = field(default_factory=dict)

    @property
    def bolt(self) -> Any:
        return self.rounds.platforms["slack"]

    @property
    def gateway(self) -> Any:
        return self.rounds.platforms["discord"]

    @property
    def local(self) -> Any:
        return self.rounds.platforms["local"]

    async def quiet(self, platform: Any, within: float = 15.0) -> bool:
        """Whether everything that a platform does is done within so many seconds."""
        deadline = asyncio.get_running_loop().time() + within
        while platform._tasks:
            left = deadline - asyncio.get_running_loop().time()
            if left <= 0:
                return False
            await asyncio.wait(set(platform._tasks), timeout=left)
        return True

    async def remember(self) -> None:
        """What nobody but those of #ward-team and who looks after them may change."""
        async with self.rounds.database.read() as db:
            self.roles = {member.id: member.role for member in await db.scalars(select(Member))}
            self.communities = set(await db.scalars(select(Member.community_id)))
            rows = await db.scalars(select(Question).where(Question.title.contains(SECRET)))
            self.kept = {row.id: _as_it_is(row) for row in rows}

    async def check(self) -> None:
        """Whether that is still as it was."""
        async with self.rounds.database.read() as db:
            # Whoever invites the program to a server of their own looks after that one.
            for member in await db.scalars(select(Member).where(Member.community_id.in_(self.communities))):
                if member.role != self.roles.get(member.id, Role.MEMBER):
                    self.watch.finds("somebody's role was changed by who may not", f"{member.id}")
            rows = await db.scalars(select(Question).where(Question.id.in_(self.kept)))
            now = {row.id: _as_it_is(row) for row in rows}
        if now != self.kept:
            self.watch.finds("a question was changed by who may not see it", f"{self.kept} -> {now}")


def _as_it_is(question: Question) -> str:
    return f"{question.title} {question.details} {question.state}"


class Heard:
    """Counts what came through Discord's gateway: everything before a mark has been taken when the mark has."""

    def __init__(self) -> None:
        self.upto = 0
        self._news = asyncio.Event()

    def over(self, dispatched: Callable[[str, Json], None]) -> Callable[[str, Json], None]:
        def take(name: str, native: Json) -> None:
            if name == "FUZZED":
                self.upto = native["number"]
                self._news.set()
            else:
                dispatched(name, native)

        return take

    async def wait(self, number: int, within: float) -> bool:
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(within):
                while self.upto < number:
                    self._news.clear()
                    await self._news.wait()
        return self.upto >= number


@asynccontextmanager
async def house(database_url: str, folder: Path, watch: Watch) -> AsyncIterator[House]:
    """``database_url`` is at the newest schema and empty."""
    async with AsyncExitStack() as stack:
        stack.enter_context(only_this_machine())
        slack = await stack.enter_async_context(FakeSlack())
        discord = FakeDiscord(requests_a_second=None, dm_opens=10**9, heartbeat=60.0)
        populated(discord, forum=False)
        await discord.start()
        stack.push_async_callback(discord.stop)
        # Its clock is its own: people of the workspace may put it forward.
        chat = ChatService(folder / "workspace.db", TOKEN, beginning=PEOPLE, clock=MovableClock())
        stack.push_async_callback(chat.stop)
        url, heard = await chat.start(), Heard()
        rounds = _rounds(database_url, folder, slack, discord, url, heard)
        stack.push_async_callback(rounds.stop)
        await rounds.start()
        apps = {"local": _served(chat._runner)}
        apps["public"] = await stack.enter_async_context(_public(rounds))
        host, port, _ = apps["public"]
        slack.install(manifest(rounds.registry, history=True, url=f"http://{host}:{port}"))
        slack.app.events_url = f"http://{host}:{port}{EVENTS_PATH}"
        slack_api = await stack.enter_async_context(SlackApi(slack.url))
        discord_api = await stack.enter_async_context(DiscordApi(discord.url))
        chat_api = await stack.enter_async_context(ChatApi(url, TOKEN))
        made = House(rounds, slack, discord, chat, slack_api, discord_api, chat_api, watch, apps, heard)
        _overhear(made)
        await _settle_in(made)
        rounds.relay.wake = lambda: None  # type: ignore[method-assign]  # it looks now and then, not after each request
        yield made


def _rounds(url: str, folder: Path, slack: FakeSlack, discord: FakeDiscord, chat: str, heard: Heard) -> Rounds:
    on_slack = SlackSettings(
        bot_token=slack.token,
        signing_secret=slack.app.signing_secret,
        client_id=slack.app.client_id,
        client_secret=slack.app.client_secret,
        api_url=slack.api_url,
    )
    on_discord = DiscordSettings(discord.token, discord.api_base, discord.gateway_url, per_second=10_000)

    def to_slack(inside: Any) -> Any:
        platform = SlackPlatform(on_slack, inside)
        platform.pace = 0.0
        return platform

    def to_discord(inside: Any) -> Any:
        platform = DiscordPlatform(on_discord, inside)
        platform.pace = 0.0
        platform._gateway._dispatched = heard.over(platform._dispatched)
        return platform

    def to_chat(inside: Any) -> Any:
        return LocalPlatform(chat, TOKEN, inside.dispatch, inside.registry, inside.suggest, inside.counts)

    return Rounds(
        Database(url),
        [to_slack, to_discord, to_chat],
        clock=MovableClock(),
        limits=UNLIMITED,
        timing=TIMING,
        backups=folder / "backups",
        keys=[Fernet.generate_key().decode()],
        public_url="https://rounds.example.org",
    )


@asynccontextmanager
async def _public(rounds: Rounds) -> AsyncIterator[tuple[str, int, web.Application]]:
    """The public server exactly as the command line begins it, whatever routes that has."""
    begun: list[web.AppRunner] = []

    async def watched(app: web.Application, host: str, port: int) -> web.AppRunner:
        begun.append(await serve(app, host, port))
        return begun[-1]

    settings = Settings(_env_file=None, public_port=0, slack_bot_token=SecretStr(""))
    with mock.patch.object(cli, "serve", watched):
        async with cli._public(settings, rounds):
            yield _served(begun[0])


def _served(runner: Any) -> tuple[str, int, web.Application]:
    host, port = runner.addresses[0][:2]
    return str(host), int(port), runner.app


def _overhear(made: House) -> None:
    """Look at what goes to Discord; what goes to Slack it keeps by itself."""
    read = made.discord.api._read

    async def looked_at(request: web.Request, raw: bytes) -> tuple[Any, list[Json]]:
        body, files = await read(request, raw)
        made.watch.discord(body)
        return body, files

    made.discord.api._read = looked_at  # type: ignore[method-assign]


async def _settle_in(made: House) -> None:
    """On each platform Ben and Chidi join, and Ada asks what is only for those of #ward-team; Ben asks something for all."""
    people: tuple[Callable[[str, str], Any], ...] = (
        lambda name, place: SlackPerson(made.slack_api, name, place),
        lambda name, place: DiscordPerson(made.discord_api, name, place),
        lambda name, place: Person(made.chat_api, name, place),
    )
    for person in people:
        for name in ("ben", "chidi"):  # Ada has, who set it up
            await _joins(person(name, "questions"))
        await _asks(person("ada", "ward-team"), f"{SECRET}: which of us erred?")
        await _asks(person("ben", "questions"), "How long does an opened vial keep?")
        await made.rounds.settle()
    await made.remember()


async def _joins(person: Any) -> None:
    await person.types("/rounds me")
    await person.presses("Join", on="You have not joined")
    await person.submits(can_help="", zone="UTC")
    await person.sees("You joined.")


async def _asks(person: Any, title: str) -> None:
    await person.types(f"/ask {title}")
    await person.submits()


@contextlib.contextmanager
def only_this_machine() -> Iterator[None]:
    """Nothing in here reaches another machine, whatever address it was given."""
    global _guarded, _inside
    if not _guarded:
        sys.addaudithook(_guard)
        _guarded = True
    _inside = True
    try:
        yield
    finally:
        _inside = False


def _guard(event: str, arguments: tuple[Any, ...]) -> None:
    if not _inside or event not in ("socket.connect", "socket.getaddrinfo"):
        return
    host = arguments[0] if event == "socket.getaddrinfo" else arguments[1]
    host = host[0] if isinstance(host, tuple) else host
    if isinstance(host, str) and (host.startswith("/") or host in ("localhost", "")):
        return
    with contextlib.suppress(ValueError):
        if host is None or ipaddress.ip_address(str(host)).is_loopback:
            return
    raise PermissionError("only this machine")
