"""What falls due happens once, also where several processes look at the clock."""

from __future__ import annotations

import asyncio
import re
from datetime import timedelta

import pytest
from sqlalchemy import func, select

from bot.context import Context
from bot.core.events import TimerDue
from bot.core.replies import Effect, Later, NoLonger, Post
from bot.dispatch import Dispatcher
from bot.limits import Limits
from schedules.tick import AT_ONCE, Tick
from storage.engine import Database
from storage.ledger import timers
from storage.ledger.deliveries import Delivery
from storage.ledger.timers import Timer
from tests.schedules.stage import NOON, Ring, Stage, nobody_waits
from tests.support.plans import sent

pytestmark = pytest.mark.asyncio(loop_scope="session")


def tick_of(stage: Stage, database: Database | None = None) -> Tick:
    base = database or stage.database
    return Tick(base, stage.clock, stage.dispatcher(base))


async def timer_of(stage: Stage, key: str) -> Timer | None:
    async with stage.database.read() as db:
        return await db.scalar(select(Timer).where(Timer.key == key))


async def test_it_rings_when_it_is_due_and_once(stage: Stage) -> None:
    tick = tick_of(stage)
    await stage.later(NOON + timedelta(hours=1), 1, "reminder")
    assert await tick.run_due() == 0
    stage.clock.advance(timedelta(hours=1))
    assert await tick.run_due() == 1
    assert await tick.run_due() == 0
    assert stage.notes.rings == [1]
    assert await timer_of(stage, "reminder") is None


async def test_a_second_one_with_the_same_key_takes_its_place(stage: Stage) -> None:
    tick = tick_of(stage)
    await stage.later(NOON + timedelta(hours=1), 1, "reminder")
    await stage.later(NOON + timedelta(hours=2), 2, "reminder")
    stage.clock.advance(timedelta(hours=1))
    assert await tick.run_due() == 0
    stage.clock.advance(timedelta(hours=1))
    await tick.run_due()
    assert stage.notes.rings == [2]


async def test_one_that_is_forgotten_never_rings(stage: Stage) -> None:
    await stage.later(NOON, 1, "reminder")
    await stage.carries_out(NoLonger("reminder"))
    await tick_of(stage).run_due()
    assert stage.notes.rings == []


async def test_after_it_was_put_off_the_old_event_does_nothing_and_the_new_one_still_comes(stage: Stage) -> None:
    """Between a tick that found it due and the dispatcher that acts on it, somebody put it off."""
    await stage.later(NOON, 1, "reminder")
    found = await timer_of(stage, "reminder")
    assert found is not None
    old = TimerDue(f"timer:{found.id}:{found.due.isoformat()}", found.id)
    await stage.later(NOON + timedelta(hours=1), 1, "reminder")
    await stage.dispatch(old, nobody_waits)
    assert stage.notes.rings == []
    stage.clock.advance(timedelta(hours=1))
    await tick_of(stage).run_due()
    assert stage.notes.rings == [1]


async def test_what_it_asks_for_is_done_with_it_also_the_next_ring(stage: Stage) -> None:
    async def again(ctx: Context, due: Ring) -> tuple[Effect, ...]:
        post = Post("note", due.note, place=stage.places["a"].id)
        return (post, Later(ctx.now + timedelta(hours=1), Ring(note=due.note + 1), "reminder"))

    stage.notes.on_ring = again
    tick = tick_of(stage)
    await stage.later(NOON, 1, "reminder")
    for _ in range(3):
        assert await tick.run_due() == 1
        stage.clock.advance(timedelta(hours=1))
    await stage.relay.drain()
    assert stage.wire.texts("a") == ["note 1", "note 2", "note 3"]


async def test_a_failing_one_is_tried_again_later_and_later_and_keeps_its_reference(stage: Stage) -> None:
    async def fails(ctx: Context, due: Ring) -> tuple[Effect, ...]:
        if due.note == 1:
            raise RuntimeError("a fault of ours")
        return ()

    stage.notes.on_ring = fails
    tick = tick_of(stage)
    await stage.later(NOON, 1, "failing")
    await stage.later(NOON, 2, "working")
    await tick.run_due()
    assert sorted(stage.notes.rings) == [1, 2]
    for wait in (1, 2, 4, 8):
        stage.clock.advance(timedelta(minutes=wait, seconds=-1))
        assert await tick.run_due() == 0
        stage.clock.advance(timedelta(seconds=1))
        assert await tick.run_due() == 1
    for _ in range(5):
        stage.clock.advance(timedelta(hours=1))  # the longest wait
        assert await tick.run_due() == 1
    left = await timer_of(stage, "failing")
    assert left is not None
    assert left.failures == 10
    assert left.reference.startswith("R-")
    # Asked for anew it begins anew.
    await stage.later(stage.clock.now(), 2, "failing")
    await tick.run_due()
    assert await timer_of(stage, "failing") is None


async def test_two_that_fail_together_count_as_one_failure(stage: Stage) -> None:
    await stage.later(NOON, 1, "failing")
    found = await timer_of(stage, "failing")
    assert found is not None
    for reference in ("R-1", "R-2"):  # of two processes that ran it one after the other, each undone
        async with stage.database.write() as db:
            await timers.failed(db, found.id, NOON, reference)
    left = await timer_of(stage, "failing")
    assert left is not None
    assert (left.failures, left.due, left.reference) == (1, NOON + timedelta(minutes=1), "R-1")


async def test_one_that_nobody_knows_is_left_with_its_reference_and_others_ring(stage: Stage) -> None:
    async with stage.database.write() as db:
        await timers.put(db, stage.community.id, NOON, "gone.ritual|1", "old")
    await stage.later(NOON, 1, "reminder")
    await tick_of(stage).run_due()
    assert stage.notes.rings == [1]
    left = await timer_of(stage, "old")
    assert left is not None
    assert left.failures == 1


async def test_two_ticks_at_once_run_each_once(stage: Stage) -> None:
    async def posts(ctx: Context, due: Ring) -> tuple[Effect, ...]:
        return (Post("note", due.note, place=stage.places["a"].id),)

    stage.notes.on_ring = posts
    other = Database(stage.database.url.render_as_string(hide_password=False))
    for note in range(8):
        await stage.later(NOON, note, f"reminder {note}")
    await asyncio.gather(*(tick.run_due() for tick in (tick_of(stage), tick_of(stage, other)) * 2))
    async with stage.database.read() as db:
        posted = list(await db.scalars(select(Delivery.subject).order_by(Delivery.subject)))
        left = await db.scalar(select(func.count()).select_from(Timer))
    assert (posted, left) == (list(range(8)), 0)
    await other.close()


async def test_one_that_takes_long_is_written_down_nowhere_else(stage: Stage) -> None:
    """It stands as due until it is done; what is acknowledged early would be stored, and taken away again."""
    await stage.later(NOON, 1, "reminder")
    hurried = Dispatcher(stage.registry, stage.database, stage.clock, lambda: None, Limits(acknowledge_within=0.0))
    with sent() as statements:
        assert await Tick(stage.database, stage.clock, hurried).run_due() == 1
    assert stage.notes.rings == [1]
    assert [one.sql for one in statements if re.search(r"\binbox\b", one.sql)] == []


async def test_many_come_in_rounds_the_oldest_first(stage: Stage) -> None:
    async with stage.database.write() as db:
        for note in range(AT_ONCE + 3):
            due = NOON - timedelta(minutes=note)
            await timers.put(db, stage.community.id, due, Ring(note=note).pack(), f"reminder {note}")
    tick = tick_of(stage)
    assert [await tick.run_due() for _ in range(3)] == [AT_ONCE, 3, 0]
    assert sorted(stage.notes.rings[-3:]) == [0, 1, 2]
