"""In which places threads are counted: asked for every message that is written in a thread, so it is remembered for a while."""

from __future__ import annotations

import asyncio
import time

from bot.core.events import Ref
from storage import activity
from storage.engine import Database

BELIEVED = 15.0  # seconds: another process may have switched it


class Counting:
    """Implements bot.core.ports.Counts."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._places: frozenset[Ref] | None = None
        self._until = 0.0
        self._looking = asyncio.Lock()

    async def __call__(self, place: Ref) -> bool:
        async with self._looking:  # one after the other: an older look must not replace a newer one
            if self._places is None or time.monotonic() >= self._until:
                self._until = time.monotonic() + BELIEVED
                async with self._database.read() as db:
                    self._places = await activity.counted_places(db)
            return place in self._places

    def forget(self) -> None:
        """Something was committed here: it may have been this."""
        self._until = 0.0
