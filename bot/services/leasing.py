"""Being the one process that does something, taking turns with the others, and finding whose a message was."""

from __future__ import annotations

import asyncio
import time
from collections import deque
from datetime import timedelta

from sqlalchemy.exc import TimeoutError as PoolTimeout

from bot.core.events import Ref
from storage.engine import Database, may_pass
from storage.ledger import deliveries, inbox, leases

# Seconds that a request waits to learn when its turn is; a database that does not answer is as good as away.
WITHIN = 1.0
LATEST = 50  # answers of the database; some seconds of a busy process


class Leasing:
    """Implements bot.core.ports.Leases."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def take(self, name: str, owner: str, seconds: float) -> bool:
        async with self._database.write() as db:
            return await leases.take(db, self._database, name, owner, timedelta(seconds=seconds))

    async def give_up(self, name: str, owner: str) -> None:
        async with self._database.write() as db:
            await leases.give_up(db, name, owner)


class Turns:
    """Implements bot.core.ports.Turns."""

    def __init__(self, database: Database) -> None:
        self._database = database
        # How far the database's clock is behind ours, as its latest answers made it seem: the quickest of them tells best, and
        # with it turns begin on one clock, however long an answer took.
        self._behind: deque[float] = deque(maxlen=LATEST)

    async def __call__(self, name: str, lasts: float) -> float:
        if self._database.is_sqlite:  # which one process has to itself
            return 0.0
        try:
            async with asyncio.timeout(WITHIN), self._database.write() as db:
                begins, now = await leases.next_turn(db, self._database, name, lasts)
            answered = time.monotonic()
            self._behind.append(answered - now.timestamp())
            return max(0.0, begins.timestamp() + min(self._behind) - answered)
        except Exception as error:
            if not isinstance(error, TimeoutError | PoolTimeout) and not may_pass(error):
                raise
            return 0.0


class Newest:
    """Implements bot.core.ports.Newest."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def __call__(self, platform: str, kind: str) -> str:
        async with self._database.read() as db:
            return await inbox.newest(db, platform, kind)


class Whose:
    """Implements bot.core.ports.Whose."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def __call__(self, delivery: str) -> Ref | None:
        async with self._database.read() as db:
            return await deliveries.recipient(db, delivery)
