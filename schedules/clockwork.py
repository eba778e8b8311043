"""APScheduler as the clock inside the process: it only says "now"; what is due stands in the database."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

from apscheduler.schedulers.asyncio import AsyncIOScheduler

from schedules.housekeeping import Housekeeping
from schedules.tick import Tick

ENDS_WITHIN = 10.0  # seconds that a job under way is given when the program stops


class Clockwork:
    """Every named job. Late runs are made up once (coalesce), never several at a time."""

    def __init__(self, tick: Tick, keep: Housekeeping) -> None:
        self._running: set[asyncio.Task[Any]] = set()
        self._scheduler = AsyncIOScheduler(
            timezone="UTC", job_defaults={"coalesce": True, "max_instances": 1, "misfire_grace_time": None}
        )
        self._add(tick.run_due, "tick", "interval", seconds=1)
        self._add(keep.pick_up, "pick up what was left behind", "interval", minutes=1)
        self._add(keep.purge, "purge", "interval", hours=1)
        self._add(keep.refresh_when_due, "refresh directories", "interval", seconds=10)
        self._add(keep.backup, "backup", "cron", hour=3, minute=10)
        if keep.learning is not None:
            self._add(keep.learn, "learn what items mean", "interval", seconds=5)
        self._add(keep.take_stock, "take stock", "cron", hour=3, minute=40)

    def start(self) -> None:
        self._scheduler.start()

    async def stop(self) -> None:
        """Begin nothing more. What is under way may end, unless that takes too long."""
        if not self._scheduler.running:
            return
        self._scheduler.pause()
        if self._running:
            await asyncio.wait(self._running, timeout=ENDS_WITHIN)
        self._scheduler.shutdown(wait=False)

    def _add(self, job: Callable[[], Awaitable[Any]], name: str, trigger: str, **when: int) -> None:
        async def run() -> None:
            task = asyncio.ensure_future(job())
            self._running.add(task)
            try:
                await task
            finally:
                self._running.discard(task)

        self._scheduler.add_job(run, trigger, id=name, name=name, **when)
