"""Telling those who wait that something they see has changed."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterable


class Changes:
    """A number per person that grows with every change they can see, also over restarts."""

    def __init__(self) -> None:
        # Milliseconds run ahead of any count of changes, so a number from before a restart is never the larger one.
        self._start = self._count = int(time.time() * 1000)
        self._last: dict[str, int] = {}
        self._next = asyncio.Event()
        self._closed = False

    def of(self, person: str) -> int:
        return self._last.get(person, self._start)

    def tell(self, people: Iterable[str]) -> None:
        self._count += 1
        self._last.update(dict.fromkeys(people, self._count))
        self._wake()

    async def wait(self, person: str, after: int, seconds: float) -> int:
        """The person's number once it is above ``after``, or the old one when the seconds are over."""
        try:
            async with asyncio.timeout(seconds):
                while self.of(person) <= after and not self._closed:
                    await self._next.wait()
        except TimeoutError:
            pass
        return self.of(person)

    def close(self) -> None:
        """Let everybody go who waits, now and later."""
        self._closed = True
        self._wake()

    def _wake(self) -> None:
        waited_for, self._next = self._next, asyncio.Event()
        waited_for.set()
