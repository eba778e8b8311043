"""Rhythms as they go on: which dates are due, which happen, which were missed; and what an edit changes."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, timedelta
from secrets import token_hex

from sqlalchemy.ext.asyncio import AsyncSession

from bot.core.ritual import Occasion
from bot.recurrence.rule import (
    EXTRA,
    Recurrence,
    Slot,
    add_extra,
    instant,
    is_a_date_of,
    local_wall,
    slots_after,
    slots_between,
)
from storage.ledger import rhythms
from storage.ledger.rhythms import HAPPENED, MISSED, Rhythm

MOST_MADE_UP = 100  # dates that are written down as missed after a long time away
INSTANT = timedelta(microseconds=1)
KEPT = timedelta(days=60)  # added dates, after they were


def recurrence_of(rhythm: Rhythm) -> Recurrence:
    return Recurrence.from_json(rhythm.recurrence)


def plan(rhythm: Rhythm) -> None:
    """Say what is due next."""
    lead = timedelta(seconds=rhythm.lead)
    rhythm.next_due = None
    if not rhythm.paused and rhythm.ended_at is None:
        slots = slots_after(recurrence_of(rhythm), rhythm.watermark + lead, 1)
        rhythm.next_due = slots[0].at - lead if slots else None


def changed(rhythm: Rhythm, now: datetime, recurrence: Recurrence | None = None) -> None:
    """After an edit, or a pause that ends: what would have been due meanwhile is over. A date that happened happens no more."""
    if recurrence is not None:
        lately = {name: wall for name, wall in recurrence.extra.items() if instant(wall, recurrence.zone) > now - KEPT}
        rhythm.recurrence = replace(recurrence, extra=lately).to_json()
    rhythm.rev += 1
    rhythm.failures, rhythm.reference = 0, ""
    rhythm.watermark = max(rhythm.watermark, now) if not rhythm.lead else now - timedelta(seconds=rhythm.lead)
    plan(rhythm)


def coming(rhythm: Rhythm, now: datetime, limit: int) -> list[Slot]:
    """Its next dates."""
    return slots_after(recurrence_of(rhythm), now, limit)


def run_at_once(rhythm: Rhythm, now: datetime) -> None:
    """Add a date that is now. Raises ValueError where it has one at this very second."""
    recurrence = recurrence_of(rhythm)
    wall = local_wall(now, recurrence.zone).replace(microsecond=0)
    rhythm.recurrence = add_extra(recurrence, f"now-{token_hex(4)}", wall).to_json()
    rhythm.rev += 1
    # In the hour that clocks repeat, the wall time of now is that of an hour ago.
    rhythm.watermark = instant(wall, recurrence.zone) - INSTANT
    rhythm.next_due = now


def slot_of(recurrence: Recurrence, key: str) -> Slot | None:
    """One of its dates by its key, however far away; nothing where it has no such date (any more)."""
    if key.startswith(EXTRA):
        wall = recurrence.extra.get(key.removeprefix(EXTRA))
        moved = False
    else:
        day = date.fromisoformat(key)
        stands = day not in recurrence.skipped and is_a_date_of(recurrence, day)
        moved = day in recurrence.moved
        wall = recurrence.moved.get(day, datetime.combine(day, recurrence.start.time())) if stands else None
    if wall is None:
        return None
    at = instant(wall, recurrence.zone)
    return Slot(key, local_wall(at, recurrence.zone), at, moved)


async def take_due(db: AsyncSession, rhythm_id: int, late: timedelta, now: datetime) -> list[Occasion]:
    """What of a rhythm is to happen now, for the one transaction that does it; nothing when it is not due (any more).

    After a time away the latest date happens if it is no more than ``late`` past; what happens ahead of its date (a meeting
    is announced) happens for every date that is still to come. The others are written down as missed.
    """
    rhythm = await rhythms.held(db, rhythm_id)
    if rhythm is None or rhythm.next_due is None or rhythm.next_due > now:
        return []
    lead = timedelta(seconds=rhythm.lead)
    slots = slots_between(recurrence_of(rhythm), rhythm.watermark + lead + INSTANT, now + lead + INSTANT)[
        -MOST_MADE_UP:
    ]
    known = await rhythms.known(db, rhythm.id, [slot.key for slot in slots])
    fresh = [slot for slot in slots if slot.key not in known]
    in_time = [slot for slot in fresh if (slot.at > now if lead else now - slot.at <= late)]
    happening = in_time if lead else in_time[-1:]
    occasions = []
    for slot in fresh:
        state = HAPPENED if slot in happening else MISSED
        if await rhythms.claim(db, rhythm.id, slot.key, slot.at - lead, state, now) and state == HAPPENED:
            occasions.append(Occasion(rhythm.id, slot.key, slot.at))
    rhythm.watermark, rhythm.failures, rhythm.reference = now, 0, ""
    plan(rhythm)
    await db.flush()
    return occasions
