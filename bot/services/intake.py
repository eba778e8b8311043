"""Storing what must be acknowledged before it is done, and forgetting it when it is: many in one commit.

When commits are slow, one commit for each event would make acknowledgements late, and use up the connections that the work
itself needs. So what comes while a batch is being committed waits for the next batch, which takes it all.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from bot.core.clock import Clock
from bot.core.events import Event, platform_of, to_json
from storage.engine import Database
from storage.ledger import inbox

Stored = tuple[str, str, str]
Done = tuple[str, str]


class Intake:
    def __init__(self, database: Database, clock: Clock) -> None:
        self._database, self._clock = database, clock
        self._waiting: list[tuple[Stored | Done, asyncio.Future[None]]] = []
        self._writer: asyncio.Task[None] | None = None

    async def store(self, event: Event) -> None:
        """Return once the event's payload is committed. Raises what the database raises."""
        # Not with the batch: an event that cannot be written down fails alone.
        await self._in_a_batch((platform_of(event), event.key, to_json(event)))

    async def done(self, event: Event) -> None:
        """Return once the event's payload is forgotten. Raises what the database raises."""
        await self._in_a_batch((platform_of(event), event.key))

    async def finish(self) -> None:
        """Wait until nothing is being written."""
        if self._writer is not None:
            await asyncio.wait({self._writer})

    async def _in_a_batch(self, row: Stored | Done) -> None:
        written: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting.append((row, written))
        if self._writer is None or self._writer.done():
            self._writer = asyncio.create_task(self._write_batches(), name="intake")
        await written

    async def _write_batches(self) -> None:
        while self._waiting:
            batch, self._waiting = self._waiting, []
            try:
                await self._write([row for row, _ in batch])
            except Exception as error:
                for _, written in batch:
                    if not written.done():
                        written.set_exception(error)
            else:
                for _, written in batch:
                    if not written.done():
                        written.set_result(None)

    async def _write(self, rows: Sequence[Stored | Done]) -> None:
        stored: list[Stored] = [row for row in rows if len(row) == 3]
        done: list[Done] = [row for row in rows if len(row) == 2]
        async with self._database.write() as db:
            if stored:
                await inbox.store(db, stored, self._clock.now())
            if done:
                await inbox.forget_all(db, done)
