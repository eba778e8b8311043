"""What recurs happens once on each of its dates, however many look, whatever is edited, however long nobody was there."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from functools import partial

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from bot.core.ritual import Occasion
from bot.recurrence.rule import Recurrence, edit_all, local_wall, move, skip, slots_between
from bot.services.rhythms import changed, recurrence_of, run_at_once
from schedules.tick import Tick
from storage.engine import Database
from storage.ledger.rhythms import HAPPENED, MISSED, Occurrence, Rhythm, held
from tests.schedules.stage import Stage

pytestmark = pytest.mark.asyncio(loop_scope="session")
# The stage's clock begins on Wednesday 4 March 2026, 12:00 UTC.
DAILY = Recurrence(datetime(2026, 3, 5, 9, 0), "UTC", "FREQ=DAILY")


def tick_of(stage: Stage, database: Database | None = None) -> Tick:
    base = database or stage.database
    return Tick(base, stage.clock, stage.dispatcher(base))


async def all_that_is_due(stage: Stage) -> None:
    tick = tick_of(stage)
    while await tick.run_due():
        pass


async def dates(stage: Stage, rhythm: int) -> dict[str, str]:
    """Slot → whether it happened."""
    async with stage.database.read() as db:
        rows = await db.scalars(select(Occurrence).where(Occurrence.rhythm_id == rhythm).order_by(Occurrence.due))
        return {one.slot: one.state for one in rows}


async def rhythm_of(stage: Stage, rhythm_id: int) -> Rhythm:
    async with stage.database.write() as db:
        found = await held(db, rhythm_id)
        assert found is not None
        return found


async def test_it_happens_when_it_is_due_and_once(stage: Stage) -> None:
    rhythm = await stage.chimes(DAILY)
    await all_that_is_due(stage)
    assert stage.notes.chimes == []
    stage.clock.advance(timedelta(hours=21))
    await all_that_is_due(stage)
    await all_that_is_due(stage)
    assert stage.notes.chimes == [(rhythm, "2026-03-05")]
    assert (await rhythm_of(stage, rhythm)).next_due == datetime(2026, 3, 6, 9, 0, tzinfo=UTC)


async def test_it_happens_once_however_many_processes_look(stage: Stage) -> None:
    others = [Database(stage.database.url.render_as_string(hide_password=False)) for _ in range(2)]
    made = [await stage.chimes(DAILY) for _ in range(5)]
    stage.clock.advance(timedelta(hours=21))
    ticks = [tick_of(stage, base) for base in (stage.database, *others) * 2]
    await asyncio.gather(*(tick.run_due() for tick in ticks))
    assert sorted(stage.notes.chimes) == [(rhythm, "2026-03-05") for rhythm in made]
    for base in others:
        await base.close()


async def test_after_a_time_away_the_latest_happens_and_the_others_are_missed(stage: Stage) -> None:
    rhythm = await stage.chimes(DAILY)
    stage.clock.advance(timedelta(days=3, hours=3))  # Saturday, 15:00: that day's was six hours ago
    await all_that_is_due(stage)
    assert stage.notes.chimes == [(rhythm, "2026-03-07")]
    assert await dates(stage, rhythm) == {"2026-03-05": MISSED, "2026-03-06": MISSED, "2026-03-07": HAPPENED}


async def test_what_is_too_late_is_missed(stage: Stage) -> None:
    rhythm = await stage.chimes(DAILY)
    stage.clock.advance(timedelta(days=1, hours=3, seconds=1))  # six hours and a second after it
    await all_that_is_due(stage)
    assert stage.notes.chimes == []
    assert await dates(stage, rhythm) == {"2026-03-05": MISSED}


async def test_what_is_announced_ahead_is_announced_until_it_begins(stage: Stage) -> None:
    weekly = Recurrence(datetime(2026, 3, 5, 9, 0), "UTC", "FREQ=WEEKLY;BYDAY=TH")
    rhythm = await stage.chimes(weekly, lead=timedelta(days=7))
    await all_that_is_due(stage)
    assert stage.notes.chimes == [(rhythm, "2026-03-05")]
    stage.clock.advance(
        timedelta(days=9)
    )  # Friday: that of the 12th was not announced in time, that of the 19th still is
    await all_that_is_due(stage)
    assert await dates(stage, rhythm) == {"2026-03-05": HAPPENED, "2026-03-12": MISSED, "2026-03-19": HAPPENED}


async def test_a_run_that_fails_is_tried_again_and_happens_once(stage: Stage) -> None:
    rhythm = await stage.chimes(DAILY)

    def fails(occasion: Occasion) -> None:
        raise RuntimeError("a fault of ours")

    stage.notes.on_chime = fails
    stage.clock.advance(timedelta(hours=21))
    await all_that_is_due(stage)
    assert await dates(stage, rhythm) == {}
    failed = await rhythm_of(stage, rhythm)
    assert (failed.failures, failed.reference[:2]) == (1, "R-")
    stage.notes.on_chime = None
    stage.clock.advance(timedelta(minutes=1))
    await all_that_is_due(stage)
    assert stage.notes.chimes == [(rhythm, "2026-03-05")]
    assert (await rhythm_of(stage, rhythm)).failures == 0


async def test_another_zone_and_hour_on_a_day_that_had_it_does_not_repeat_it(stage: Stage) -> None:
    rhythm = await stage.chimes(DAILY)
    stage.clock.advance(timedelta(hours=21))
    await all_that_is_due(stage)
    later = datetime(2026, 3, 5, 11, 0)

    def edit(row: Rhythm) -> None:
        changed(row, stage.clock.now(), edit_all(recurrence_of(row), start=later, zone="America/New_York"))

    await stage.changes(rhythm, edit)
    stage.clock.advance(timedelta(hours=23))  # Friday, 8:00 UTC: past Thursday, 11:00 in New York
    await all_that_is_due(stage)
    assert stage.notes.chimes == [(rhythm, "2026-03-05")]
    stage.clock.advance(timedelta(hours=8))
    await all_that_is_due(stage)
    assert stage.notes.chimes == [(rhythm, "2026-03-05"), (rhythm, "2026-03-06")]


async def test_what_a_pause_left_out_does_not_come_after_it(stage: Stage) -> None:
    rhythm = await stage.chimes(DAILY)

    def pauses(row: Rhythm) -> None:
        row.paused = True
        changed(row, stage.clock.now())

    def goes_on(row: Rhythm) -> None:
        row.paused = False
        changed(row, stage.clock.now())

    await stage.changes(rhythm, pauses)
    stage.clock.advance(timedelta(days=2))
    await all_that_is_due(stage)
    await stage.changes(rhythm, goes_on)
    await all_that_is_due(stage)
    assert (stage.notes.chimes, await dates(stage, rhythm)) == ([], {})
    stage.clock.advance(timedelta(hours=21))
    await all_that_is_due(stage)
    assert stage.notes.chimes == [(rhythm, "2026-03-07")]


async def test_run_now_leaves_the_other_dates_as_they_are(stage: Stage) -> None:
    rhythm = await stage.chimes(DAILY)
    await stage.changes(rhythm, lambda row: run_at_once(row, stage.clock.now()))
    await all_that_is_due(stage)
    assert [slot[:6] for _, slot in stage.notes.chimes] == ["extra:"]
    stage.clock.advance(timedelta(hours=21))
    await all_that_is_due(stage)
    assert stage.notes.chimes[1:] == [(rhythm, "2026-03-05")]


ZONES = st.sampled_from(["UTC", "Europe/London", "America/New_York", "Australia/Lord_Howe", "Africa/Casablanca"])
STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("time passes"), st.integers(1, 60)),
        st.tuples(st.just("another hour"), st.integers(0, 23)),
        st.tuples(st.just("another zone"), ZONES),
        st.tuples(st.just("skip"), st.just(0)),
        st.tuples(st.just("move"), st.integers(1, 30)),
        st.tuples(st.just("run now"), st.just(0)),
    ),
    max_size=12,
)


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(STEPS)
async def test_whatever_is_edited_each_date_happens_at_most_once_and_none_is_lost(
    stage: Stage, steps: list[tuple[str, int | str]]
) -> None:
    rhythm = await stage.chimes(DAILY)
    stage.notes.chimes.clear()
    for what, amount in [*steps, ("time passes", 30)]:
        now = stage.clock.now()
        before = await rhythm_of(stage, rhythm)
        if what == "time passes":
            stage.clock.advance(timedelta(hours=int(amount)))
            await all_that_is_due(stage)
            # Whatever its dates were in that time, each is written down: it happened or was missed.
            known = await dates(stage, rhythm)
            due = slots_between(recurrence_of(before), before.watermark + timedelta(microseconds=1), stage.clock.now())
            assert {slot.key for slot in due} <= known.keys()
        else:
            await stage.changes(rhythm, partial(_edited, what=what, amount=amount, now=now))
    happened = [slot for slot, state in (await dates(stage, rhythm)).items() if state == HAPPENED]
    assert sorted(slot for id, slot in stage.notes.chimes if id == rhythm) == sorted(happened)
    assert len(happened) == len(set(happened))


def _edited(row: Rhythm, what: str, amount: int | str, now: datetime) -> None:
    recurrence = recurrence_of(row)
    following = slots_between(recurrence, now + timedelta(seconds=1), now + timedelta(days=3))
    try:
        match what:
            case "another hour":
                start = recurrence.start.replace(hour=int(amount))
                changed(row, now, edit_all(recurrence, start=start))
            case "another zone":
                changed(row, now, edit_all(recurrence, zone=str(amount)))
            case "skip" if following:
                changed(row, now, skip(recurrence, following[0].key))
            case "move" if following:
                to = local_wall(now, recurrence.zone).replace(microsecond=0) + timedelta(hours=int(amount))
                changed(row, now, move(recurrence, following[0].key, to))
            case "run now":
                run_at_once(row, now)
    except ValueError:  # there is a date at that time already
        return
