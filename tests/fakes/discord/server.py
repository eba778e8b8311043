"""A small, strict Discord on 127.0.0.1: the REST API, the gateway, and people to drive it with under /fake/."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from aiohttp import web

from tests.fakes.discord import (
    control,
    limits,
    rest_channels,
    rest_guilds,
    rest_interactions,
    rest_messages,
)
from tests.fakes.discord.errors import Json
from tests.fakes.discord.faults import Faults, Limiter
from tests.fakes.discord.gateway import Gateway
from tests.fakes.discord.http import PREFIX, Api
from tests.fakes.discord.interactions import Interactions
from tests.fakes.discord.messages import Messages
from tests.fakes.discord.model import Clock, Guild, State, User
from tests.fakes.discord.people import People

TOKEN = "fake-token"


def _now() -> datetime:
    return datetime.now(UTC)


class FakeDiscord:
    """Begins with one guild that the bot is in and nobody else but its owner; fill it with ``people``.

    ``clock`` drives snowflakes, tokens' lives and nonces; the first response is waited for in real seconds.
    ``privileged``: which privileged intents the application was granted. ``requests_a_second``: None for no limit.
    ``auto_archives``: threads are archived when the clock passes their time without a word.
    """

    def __init__(
        self,
        *,
        token: str = TOKEN,
        clock: Clock = _now,
        respond_within: float = limits.FIRST_RESPONSE_SECONDS,
        token_lives: float = limits.TOKEN_SECONDS,
        nonce_seconds: float = limits.NONCE_SECONDS,
        requests_a_second: int | None = limits.REQUESTS_A_SECOND,
        heartbeat: float = limits.HEARTBEAT_SECONDS,
        privileged: int = 0,
        dm_opens: int = limits.DM_OPENS,
        auto_archives: bool = True,
        name: str = "Sample community",
    ) -> None:
        self.token, self.privileged = token, privileged
        self.respond_within, self.token_lives, self.nonce_seconds = respond_within, token_lives, nonce_seconds
        self.dm_opens, self.auto_archives = dm_opens, auto_archives
        self.files: dict[str, bytes] = {}
        """What was attached, by the path of its address."""
        self.number = 0
        self._changed = asyncio.Event()
        self._runner: web.AppRunner | None = None
        self._ending = False
        self.url = ""
        self.state = State(clock)
        bot = User(self.state.new_id(), "rounds", "Rounds", bot=True)
        self.state.bot = self.state.application = bot.id
        self.state.users[bot.id] = bot
        self.gateway = Gateway(self, heartbeat=heartbeat)
        self.faults, self.limiter = Faults(), Limiter(requests_a_second)
        self.messages, self.interactions, self.people = Messages(self), Interactions(self), People(self)
        self.guild = self.people.found_guild(name)
        self.api = Api(self, rest_guilds.routes, rest_channels.routes, rest_messages.routes, rest_interactions.routes)
        # What tests look at afterwards
        self.violations: list[Json] = []
        """Bodies that Discord would refuse as malformed, and addresses that it does not have."""
        self.refusals: list[str] = []
        """Every request that was turned down, like "POST /channels/1/messages 403 50001"."""
        self.late: list[Json] = []
        """Interactions without a response in time."""
        self.acks: list[Json] = []
        """First responses: id, type, what, by (the response's type), seconds."""
        self.requests: list[tuple[float, str]] = []
        """When (monotonic seconds) and what, like "GET /users/@me"."""
        self.invalid_requests = 0
        """Answers with 401, 403 or 429; see limits.INVALID_REQUESTS."""

    async def start(self, port: int = 0) -> str:
        """Returns the address, like http://127.0.0.1:1234."""
        app = web.Application(client_max_size=limits.FILE_BYTES * 2)
        app.router.add_get("/gateway/", self.gateway.handle)
        app.router.add_route("*", PREFIX + "/{path:.*}", self.api.handle)
        app.router.add_get("/attachments/{id}/{name}", self._file)
        control.add_routes(app, self)
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.5)
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", port)
        await site.start()
        self.url = f"http://127.0.0.1:{self._runner.addresses[0][1]}"
        return self.url

    async def stop(self) -> None:
        self._ending = True
        self.interactions.stop()
        self.gateway.drop()
        self.changed()
        if self._runner is not None:
            await self._runner.cleanup()
            self._runner = None

    async def _file(self, request: web.Request) -> web.Response:
        found = self.files.get(request.path)
        return web.Response(status=404) if found is None else web.Response(body=found)

    def pass_time(self) -> None:
        """What the clock alone brings about: events begin and end."""
        rest_guilds.pass_time(self)

    @property
    def api_base(self) -> str:
        """For discord.http.Route.BASE."""
        return self.url + PREFIX

    @property
    def gateway_url(self) -> str:
        """For discord.gateway.DiscordWebSocket.DEFAULT_GATEWAY."""
        return self.url.replace("http", "ws", 1) + "/gateway/"

    def guild_named(self, name: str) -> Guild:
        """The guild of that name; the first one for an empty name."""
        return next((one for one in self.state.guilds.values() if one.name == name), self.guild) if name else self.guild

    def changed(self) -> None:
        """Somebody may see something else than before."""
        self.number += 1
        self._changed.set()
        self._changed = asyncio.Event()

    async def wait(self, after: int, seconds: float) -> int:
        """Until something has changed since that number, or so many seconds have passed. Returns the number."""
        deadline = time.monotonic() + seconds
        while self.number <= after and (left := deadline - time.monotonic()) > 0 and not self._ending:
            try:
                async with asyncio.timeout(left):
                    await self._changed.wait()
            except TimeoutError:
                break
        return self.number

    async def until(self, fits: Callable[[], Any], seconds: float = 5.0) -> Any:
        """Wait for a condition. Returns what it gave; raises TimeoutError."""
        deadline = time.monotonic() + seconds
        while not (found := fits()):
            if (left := deadline - time.monotonic()) <= 0 or self._ending:
                raise TimeoutError(f"still not so after {seconds} s")
            await self.wait(self.number, left)
        return found
