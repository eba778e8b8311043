"""Storing what must be acknowledged before it is done, many at a time.

When commits are slow, one commit for each event would make acknowledgements late. So events that arrive while a batch is
being committed wait for the next batch, which takes them all.
"""

from __future__ import annotations

import asyncio

from bot.core.clock import Clock
from bot.core.events import Event, platform_of, to_json
from storage.engine import Database
from storage.ledger import inbox


class Intake:
    def __init__(self, database: Database, clock: Clock) -> None:
        self._database, self._clock = database, clock
        self._waiting: list[tuple[tuple[str, str, str], asyncio.Future[None]]] = []
        self._writer: asyncio.Task[None] | None = None

    async def store(self, event: Event) -> None:
        """Return once the event's payload is committed. Raises what the database raises."""
        # Not with the batch: an event that cannot be written down fails alone.
        row = (platform_of(event), event.key, to_json(event))
        stored: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting.append((row, stored))
        if self._writer is None or self._writer.done():
            self._writer = asyncio.create_task(self._write_batches(), name="intake")
        await stored

    async def _write_batches(self) -> None:
        while self._waiting:
            batch, self._waiting = self._waiting, []
            try:
                async with self._database.write() as db:
                    await inbox.store(db, [row for row, _ in batch], self._clock.now())
            except Exception as error:
                for _, stored in batch:
                    if not stored.done():
                        stored.set_exception(error)
            else:
                for _, stored in batch:
                    if not stored.done():
                        stored.set_result(None)

    async def done(self, event: Event) -> None:
        async with self._database.write() as db:
            await inbox.forget(db, platform_of(event), event.key)
