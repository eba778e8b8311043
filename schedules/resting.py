"""Leaving a workspace alone that asked for it.

A platform may count what a whole workspace is sent without naming the number ("several hundred a minute", one says). So
nothing is kept back until a workspace says that it was too much. Then nobody there is written to for as long as it asks, a
second at most, while everybody elsewhere is; and for some moments after that it is sent one message at a time, so that the
first that is too much is the only one.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from bot.core.events import Ref
from bot.core.ports import RateLimited

Workspace = tuple[str, str]  # platform and workspace
# Seconds. It may have meant one channel alone, whose own lane waits for as long as was asked.
LONGEST_REST = 1.0
CAREFUL = 3.0


class Resting:
    """What this process knows of which workspaces want to be left alone."""

    def __init__(self) -> None:
        self._until: dict[Workspace, float] = {}
        self._one: dict[Workspace, asyncio.Lock] = {}

    def begin(self, to: Ref, retry_after: float) -> None:
        """It asked for ``retry_after`` seconds."""
        place = (to.platform, to.workspace)
        until = time.monotonic() + min(retry_after, LONGEST_REST)
        self._until[place] = max(until, self._until.get(place, until))
        self._one.setdefault(place, asyncio.Lock())

    def now(self) -> list[Workspace]:
        """Who is to be left alone at this moment, or has a line of messages waiting here already."""
        at = time.monotonic()
        busy = {place for place, one in self._one.items() if one.locked()}
        for place in [place for place, until in self._until.items() if until + CAREFUL < at and place not in busy]:
            del self._until[place], self._one[place]
        return [place for place, until in self._until.items() if until > at or place in busy]

    @asynccontextmanager
    async def minding(self, to: Ref) -> AsyncIterator[None]:
        """While something is sent there. Raises RateLimited when it is to be left alone, or too many wait already: whoever waits
        keeps others from being sent.
        """
        one = self._one.get((to.platform, to.workspace))
        if one is None:
            yield
            return
        try:
            async with asyncio.timeout(LONGEST_REST):
                await one.acquire()
        except TimeoutError:
            raise RateLimited(LONGEST_REST) from None
        try:
            left = self._until.get((to.platform, to.workspace), 0.0) - time.monotonic()
            if left > 0:
                raise RateLimited(left)
            yield
        finally:
            one.release()
