"""Where everything is joined: the one place that knows every room of the house."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import structlog
from sqlalchemy import text

import bot.rituals
from adapters.discord.app import DiscordPlatform
from adapters.discord.inspection import invitation
from adapters.discord.settings import DiscordSettings
from adapters.local.app import LocalPlatform
from adapters.slack.app import SlackPlatform
from adapters.slack.settings import SlackSettings
from adapters.web.pages import Pages
from bot.core.clock import Clock, SystemClock
from bot.core.inside import Inside
from bot.core.meaning import Embedder
from bot.core.ports import LookUp, Platform
from bot.core.registry import Registry, scan
from bot.dispatch import Dispatcher
from bot.limits import Limits
from bot.services.calendar import Calendars
from bot.services.counting import Counting
from bot.services.drawing import Drawing
from bot.services.home import Home
from bot.services.installations import SealedInstallations
from bot.services.leasing import Leasing, Newest, Turns, Whose
from bot.services.meaning import Meanings, means_nothing
from bot.services.reaching import looks_nothing_up
from bot.services.suggesting import Suggesting
from bot.settings import Settings
from schedules.clockwork import Clockwork
from schedules.housekeeping import Housekeeping
from schedules.relay import Relay, Timing
from schedules.tick import Tick
from storage import migrate
from storage.engine import Database
from storage.search.learning import Learning

log = structlog.get_logger("rounds")
NOT_INSTALLED = """\
ROUNDS_SEMANTIC is on, but what it needs is not installed ({missing} is missing). Either install it beside Rounds,
    pip install --require-hashes --requirement requirements-semantic.txt
(from a checkout: make run EXTRAS=semantic; an image: docker compose build --build-arg EXTRAS=semantic), or turn it off."""
# Makes a platform once there is something to give its events to.
Connect = Callable[[Inside], Platform]


class NotInstalled(Exception):
    """Something is turned on that is not installed. The message says how to install it."""


class Rounds:
    """The whole program over one database: start it, stop it. Platforms are connected last and stop taking events first."""

    def __init__(
        self,
        database: Database,
        connects: list[Connect],
        *,
        clock: Clock | None = None,
        limits: Limits | None = None,
        timing: Timing | None = None,
        registry: Registry | None = None,
        backups: Path = Path("data/backups"),
        keys: Sequence[str] = (),
        look_up: LookUp = looks_nothing_up,
        public_url: str = "",
        embedder: Embedder | None = None,
    ) -> None:
        """``keys`` encrypt the tokens of workspaces. With an ``embedder`` one finds by meaning, too.

        Raises Misdeclared when a platform cannot offer what rituals declare."""
        self.clock = clock or SystemClock()
        self.registry = registry or scan(bot.rituals)
        self.database = database
        self.meanings = Meanings(embedder) if embedder else None
        means = self.meanings or means_nothing
        self.dispatch = Dispatcher(self.registry, database, self.clock, self._wake, limits, look_up, public_url, means)
        self.counting = Counting(database)
        inside = Inside(
            self.dispatch,
            self.registry,
            Suggesting(database),
            Home(database, self.registry, self.clock),
            lambda platform: SealedInstallations(database, self.clock, platform, keys),
            self.clock,
            Leasing(database),
            Turns(database),
            Whose(database),
            Newest(database),
            self.counting,
        )
        self.calendars = Calendars(database, self.clock)
        platforms = [connect(inside) for connect in connects]
        for platform in platforms:
            self.registry.check_platform(platform.profile)
        self.platforms = {platform.profile.name: platform for platform in platforms}
        self.dispatch.platforms |= self.platforms
        events = frozenset(platform.profile.name for platform in platforms if platform.profile.events)
        self.dispatch.offered = replace(self.dispatch.offered, events=events)
        drawing = Drawing(database, self.registry, self.clock)
        self.relay = Relay(database, drawing, self.platforms, self.clock, self.dispatch, timing)
        self.tick = Tick(database, self.clock, self.dispatch)
        self.housekeeping = Housekeeping(database, self.clock, self.platforms, self.dispatch.replay, backups)
        if self.meanings is not None:
            self.housekeeping.learning = Learning(database, self.meanings.model, self.meanings.of)
        self._clockwork = Clockwork(self.tick, self.housekeeping)
        self._relaying: asyncio.Task[None] | None = None

    def _wake(self) -> None:
        self.relay.wake()
        self.counting.forget()

    async def start(self) -> None:
        """Raises WrongSchema when the database was not migrated."""
        await asyncio.to_thread(migrate.check, self.database.url)
        self._relaying = asyncio.create_task(self.relay.run(), name="relay")
        for platform in self.platforms.values():
            await platform.start()  # which reports its directory
        self.housekeeping.refreshed_at = self.clock.now()
        await self.housekeeping.pick_up(older_than=timedelta(0))
        self._clockwork.start()
        log.info("started", platforms=sorted(self.platforms), commands=len(self.registry.commands))

    async def stop(self) -> None:
        """Take nothing new, finish what is under way, close the connections, then the database."""
        await self.disconnect()
        await self.database.close()
        log.info("stopped")

    async def disconnect(self) -> None:
        """The same with the database left open."""
        await self._clockwork.stop()
        for platform in self.platforms.values():
            await platform.stop_receiving()
        self.relay.stop()
        if self._relaying is not None:
            await self._relaying
        for platform in self.platforms.values():
            await platform.close()
        await self.dispatch.finish()
        if self.meanings is not None:
            self.meanings.close()

    async def settle(self) -> None:
        """Wait until nothing is due, under way or out of date. For rehearsals and tests, after the clock was moved."""
        await self.housekeeping.refresh_when_due()
        while await self.tick.run_due() or not await self.relay.idle():
            self.relay.wake()
            await asyncio.sleep(0.005)

    async def healthy(self) -> bool:
        """Whether the database answers and the relay runs."""
        if self._relaying is None or self._relaying.done():
            return False
        try:
            async with asyncio.timeout(2), self.database.read() as db:
                await db.execute(text("SELECT 1"))
        except Exception as error:
            log.error("database.away", error=type(error).__name__)
            return False
        return True


def local_connect(url: str, token: str) -> Connect:
    """A connection to the local chat service at ``url``."""
    return lambda inside: LocalPlatform(url, token, inside.dispatch, inside.registry, inside.suggest, inside.counts)


def slack_connect(settings: Settings) -> Connect:
    """A connection to Slack."""
    slack = SlackSettings(
        bot_token=settings.slack_bot_token.get_secret_value(),
        app_token=settings.slack_app_token.get_secret_value(),
        signing_secret=settings.slack_signing_secret.get_secret_value(),
        client_id=settings.slack_client_id,
        client_secret=settings.slack_client_secret.get_secret_value(),
        api_url=settings.slack_api_url,
        command_prefix=settings.slack_command_prefix,
        config_token=settings.slack_config_token.get_secret_value(),
        app_id=settings.slack_app_id,
        history=settings.slack_history,
        connections=settings.slack_connections,
    )
    return lambda inside: SlackPlatform(slack, inside)


def discord_settings(settings: Settings) -> DiscordSettings:
    return DiscordSettings(
        token=settings.discord_token.get_secret_value(),
        api_base=settings.discord_api_base,
        gateway=settings.discord_gateway,
        guilds=tuple(guild.strip() for guild in settings.discord_guilds.split(",") if guild.strip()),
    )


def discord_connect(settings: Settings) -> Connect:
    """A connection to Discord."""
    discord = discord_settings(settings)
    return lambda inside: DiscordPlatform(discord, inside)


async def discord_invitation(settings: Settings) -> str:
    """The address by which the bot is added to a server. Raises SendError."""
    return await invitation(discord_settings(settings))


def real_platforms(settings: Settings) -> list[Connect]:
    """A connection to each platform whose tokens are set."""
    found = [slack_connect(settings)] if settings.uses_slack else []
    return [*found, discord_connect(settings)] if settings.discord_token.get_secret_value() else found


def looking_up(settings: Settings) -> LookUp:
    """How pages on the web are looked up. Nothing of it has to be closed."""
    return Pages() if settings.fetch_links else looks_nothing_up


def embedder(settings: Settings) -> Embedder | None:
    """The model by which one finds by meaning, too, where that is on. Raises NotInstalled."""
    if not settings.semantic:
        return None
    try:
        from adapters.meaning.minilm import MiniLM  # here, so that nothing of it is loaded where it is off

        return MiniLM()
    except ImportError as error:
        raise NotInstalled(NOT_INSTALLED.format(missing=error.name)) from error


def new_token() -> str:
    return secrets.token_urlsafe(24)
