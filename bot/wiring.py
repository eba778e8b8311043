"""Where everything is joined: the one place that knows every room of the house."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import structlog
from sqlalchemy import text

import bot.rituals
from adapters.local.app import LocalPlatform
from bot.core.clock import Clock, SystemClock
from bot.core.ports import Dispatch, Platform, Suggest
from bot.core.registry import Registry, scan
from bot.dispatch import Dispatcher
from bot.limits import Limits
from bot.services.drawing import Drawing
from bot.services.suggesting import Suggesting
from schedules.clockwork import clockwork
from schedules.housekeeping import Housekeeping
from schedules.relay import Relay, Timing
from schedules.tick import Tick
from storage import migrate
from storage.engine import Database

log = structlog.get_logger("rounds")
# Makes a platform once there is something to give its events to.
Connect = Callable[[Dispatch, Registry, Suggest], Platform]


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
    ) -> None:
        self.clock = clock or SystemClock()
        self.registry = registry or scan(bot.rituals)
        self.database = database
        self.dispatch = Dispatcher(self.registry, database, self.clock, self._wake, limits)
        suggest = Suggesting(database)
        platforms = [connect(self.dispatch, self.registry, suggest) for connect in connects]
        for platform in platforms:
            self.registry.check_platform(platform.profile)
        self.platforms = {platform.profile.name: platform for platform in platforms}
        drawing = Drawing(database, self.registry, self.clock)
        self.relay = Relay(database, drawing, self.platforms, self.clock, self.dispatch, timing)
        self.tick = Tick(database, self.clock, self.dispatch)
        self.housekeeping = Housekeeping(database, self.clock, self.platforms, self.dispatch.replay, backups)
        self._scheduler = clockwork(self.tick, self.housekeeping)
        self._relaying: asyncio.Task[None] | None = None

    def _wake(self) -> None:
        self.relay.wake()

    async def start(self) -> None:
        """Raises WrongSchema when the database was not migrated."""
        await asyncio.to_thread(migrate.check, self.database.url)
        self._relaying = asyncio.create_task(self.relay.run(), name="relay")
        for platform in self.platforms.values():
            await platform.start()  # which reports its directory
        self.housekeeping.refreshed_at = self.clock.now()
        await self.housekeeping.pick_up(older_than=timedelta(0))
        self._scheduler.start()
        log.info("started", platforms=sorted(self.platforms), commands=len(self.registry.commands))

    async def stop(self) -> None:
        """Take nothing new, finish what is under way, close the connections, then the database."""
        await self.disconnect()
        await self.database.close()
        log.info("stopped")

    async def disconnect(self) -> None:
        """The same with the database left open."""
        if self._scheduler.running:
            self._scheduler.shutdown(wait=False)
        for platform in self.platforms.values():
            await platform.stop_receiving()
        self.relay.stop()
        if self._relaying is not None:
            await self._relaying
        for platform in self.platforms.values():
            await platform.close()

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
    return lambda dispatch, registry, suggest: LocalPlatform(url, token, dispatch, registry, suggest)


def new_token() -> str:
    return secrets.token_urlsafe(24)
