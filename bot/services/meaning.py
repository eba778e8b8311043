"""What texts mean, asked of a model that must never hold up anybody: in a thread of its own, one text at a time."""

from __future__ import annotations

import asyncio
from concurrent.futures import ThreadPoolExecutor

import structlog

from bot.core.meaning import Embedder, Meaning

log = structlog.get_logger("rounds.meaning")
WITHIN = 1.0  # seconds that somebody who waits for an answer is made to wait for this


async def means_nothing(text: str) -> Meaning | None:
    """Where there is no model."""
    return None


class Meanings:
    """Implements bot.core.ports.Means."""

    def __init__(self, embedder: Embedder, within: float = WITHIN) -> None:
        self._embedder, self._within = embedder, within
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="meaning")

    @property
    def model(self) -> str:
        return self._embedder.model

    async def __call__(self, text: str) -> Meaning | None:
        """Nothing for no text, and where the model fails or takes too long: then one finds by words alone."""
        if not text:
            return None
        try:
            async with asyncio.timeout(self._within):
                return await self.of(text)
        except Exception as error:  # whatever it is, it keeps nobody from finding
            log.warning("meaning.unknown", error=type(error).__name__)
            return None

    async def of(self, text: str) -> Meaning:
        """The same for whom nobody waits. Raises what the model raises."""
        return await asyncio.get_running_loop().run_in_executor(self._thread, self._of, text)

    def close(self) -> None:
        """What is under way ends by itself; what waits is not begun."""
        self._thread.shutdown(wait=False, cancel_futures=True)

    def _of(self, text: str) -> Meaning:
        return Meaning.of(self.model, self._embedder(text))
