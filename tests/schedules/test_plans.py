"""However many rhythms and timers there are, a tick reads only what is due: each of its statements finds its rows by an index."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from bot.context import Context
from bot.core.replies import Effect, Post
from bot.recurrence.rule import Recurrence
from schedules.tick import Tick
from tests.schedules.stage import NOON, Ring, Stage
from tests.support.plans import Sent, plans, read_as_a_whole, sent

pytestmark = pytest.mark.asyncio(loop_scope="session")
WEEKLY = Recurrence(datetime(2026, 3, 4, 13, 0), "UTC", "FREQ=WEEKLY;BYDAY=WE")


async def of_a_tick(stage: Stage) -> list[Sent]:
    """What is sent by a tick that finds a rhythm and a timer due."""

    async def posts(ctx: Context, due: Ring) -> tuple[Effect, ...]:
        return (Post("note", due.note, space=stage.places["a"].space_id),)

    stage.notes.on_ring = posts
    await stage.chimes(WEEKLY)
    await stage.later(NOON + timedelta(hours=1), 1, "reminder")
    stage.clock.advance(timedelta(hours=1))
    with sent() as statements:
        assert await Tick(stage.database, stage.clock, stage.dispatch).run_due() == 2
    assert (len(stage.notes.chimes), stage.notes.rings) == (1, [1])
    return statements


async def test_a_tick_reads_no_table_as_a_whole(stage: Stage) -> None:
    planned = await plans(stage.database, await of_a_tick(stage), small=True)
    assert len(planned) > 10
    assert read_as_a_whole(planned) == set()


@pytest.mark.parametrize(("table", "index"), [("rhythm", "ix_rhythm_next_due"), ("timer", "ix_timer_due")])
async def test_what_is_due_is_found_by_its_index(stage: Stage, table: str, index: str) -> None:
    planned = await plans(stage.database, await of_a_tick(stage), small=True)
    looks = [plan for sql, plan in planned.items() if f"FROM {table}" in sql and "LIMIT" in sql]
    assert len(looks) == 1
    assert index in looks[0]


async def test_a_table_read_as_a_whole_is_seen(stage: Stage) -> None:
    planned = await plans(stage.database, [Sent("SELECT title FROM rhythm WHERE title <> ''", ())], small=True)
    assert read_as_a_whole(planned) == {"rhythm"}
