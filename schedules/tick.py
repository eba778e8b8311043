"""The tick: finds what is due and says so to the dispatcher. Every process ticks; the database decides who acts."""

from __future__ import annotations

import asyncio

import structlog

from bot.core.clock import Clock
from bot.core.events import Event, RhythmDue, TimerDue
from bot.core.ports import Dispatch
from storage.engine import Database, may_pass
from storage.ledger import rhythms, timers

log = structlog.get_logger("rounds.tick")
AT_ONCE = 50


async def _nobody_waits() -> None:
    """What falls due has nobody to acknowledge to."""


class Tick:
    def __init__(self, database: Database, clock: Clock, dispatch: Dispatch) -> None:
        self._database, self._clock, self._dispatch = database, clock, dispatch

    async def run_due(self) -> int:
        """Run what is due now, oldest first, and return how much that was. A database that is away is tried next time."""
        try:
            async with self._database.read() as db:
                due = await timers.due(db, self._clock.now(), AT_ONCE)
                recurring = await rhythms.due(db, self._clock.now(), AT_ONCE)
        except Exception as error:
            if not may_pass(error):
                raise
            log.warning("tick.database_away")
            return 0
        # The due time is part of the key: a timer that was put off is another event than the one it was before.
        events: list[Event] = [TimerDue(f"timer:{timer_id}:{at.isoformat()}", timer_id) for timer_id, at in due]
        events += [RhythmDue(f"rhythm:{id}:{rev}:{at.isoformat()}", id) for id, rev, at in recurring]
        await asyncio.gather(*(self._dispatch(event, _nobody_waits) for event in events))
        return len(events)
