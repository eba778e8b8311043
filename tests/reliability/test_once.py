"""The same event twice, one after the other and at once, for two processes' dispatchers over one database: it acts once."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select

from bot.core.clock import MovableClock
from bot.core.events import Click, Command, Event, PersonChanged, PlaceChanged, Ref, Submit, WorkspaceConnected
from bot.core.registry import Registry
from bot.core.replies import Done, Later, Outcome, Said, Wrong
from bot.dispatch import Dispatcher
from bot.limits import Limits
from bot.services import effects
from schedules.tick import Tick
from storage import communities
from storage.engine import Database
from storage.ledger.deliveries import Delivery
from tests.reliability.trial import Hold, Press, Ring, trial

NOON = datetime(2026, 3, 4, 12, 0, tzinfo=UTC)
PLACE, ADA, BEN = (Ref("local", "local", id) for id in ("p1", "ada", "ben"))


@dataclass
class Two:
    """Two dispatchers, each with its own connections."""

    bases: list[Database]
    dispatchers: list[Dispatcher]
    clock: MovableClock

    async def one_after_the_other(self, *events: Event) -> list[Outcome]:
        return [await dispatch(event, nobody_waits) for dispatch, event in zip(self.dispatchers, events, strict=True)]

    async def at_once(self, *events: Event) -> list[Outcome]:
        work = [dispatch(event, nobody_waits) for dispatch, event in zip(self.dispatchers, events, strict=True)]
        return list(await asyncio.gather(*work))

    async def notes(self) -> list[int]:
        async with self.bases[0].read() as db:
            return list(await db.scalars(select(Delivery.subject).order_by(Delivery.id)))


async def nobody_waits() -> None: ...


@pytest.fixture
async def two(database_url: str) -> AsyncIterator[Two]:
    clock = MovableClock(frozen_at=NOON)
    registry = Registry([trial(Hold(None))])
    bases = [Database(database_url), Database(database_url)]
    limits = Limits(burst_per_person=1000)
    dispatchers = [Dispatcher(registry, base, clock, lambda: None, limits) for base in bases]
    made = Two(bases, dispatchers, clock)
    await dispatchers[0](WorkspaceConnected("w", Ref("local", "local", "local"), "Sample", ADA), nobody_waits)
    await dispatchers[0](PlaceChanged("p", PLACE, "p1", closed=False), nobody_waits)
    yield made
    for base in bases:
        await base.close()


def submit(key: str, draft: str, number: str = "7") -> Submit:
    return Submit(key, ADA, PLACE, "/write", draft, {"number": number})


def click(key: str) -> Click:
    return Click(key, ADA, PLACE, Press(number=7).pack())


def command(key: str) -> Command:
    return Command(key, ADA, PLACE, "do 7")


def form(key: str) -> Submit:
    return submit(key, draft=key)


@pytest.mark.parametrize("event", [command, click, form])
async def test_twice_acts_once(two: Two, event: Callable[[str], Event]) -> None:
    first, second = await two.one_after_the_other(event("a"), event("a"))
    assert (type(first), second) == (Said, Done())
    assert await two.notes() == [7]

    outcomes = await two.at_once(event("b"), event("b"))
    assert sorted(type(outcome).__name__ for outcome in outcomes) == ["Done", "Said"]
    assert await two.notes() == [7, 7]


async def test_a_form_sent_twice_acts_once(two: Two) -> None:
    """A double press: two events of their own, one draft."""
    await two.one_after_the_other(submit("a", "x"), submit("b", "x"))
    assert await two.notes() == [7]
    outcomes = await two.at_once(submit("c", "y"), submit("d", "y"))
    assert sorted(type(outcome).__name__ for outcome in outcomes) == ["Done", "Said"]
    assert await two.notes() == [7, 7]


async def test_a_form_that_was_wrong_may_be_sent_again(two: Two) -> None:
    (wrong, right) = await two.one_after_the_other(submit("a", "x", "seven"), submit("b", "x", "7"))
    assert (type(wrong), type(right)) == (Wrong, Said)
    assert await two.notes() == [7]


async def test_a_timer_that_both_find_due_runs_once(two: Two) -> None:
    async with two.bases[0].write() as db:
        community = await communities.of_workspace(db, ADA)
        assert community is not None
        later = tuple(Later(NOON + timedelta(hours=1), Ring(number=n), f"ring {n}") for n in range(5))
        await effects.carry_out(db, community, later, NOON)
    two.clock.advance(timedelta(hours=1))
    ticks = [Tick(base, two.clock, dispatch) for base, dispatch in zip(two.bases, two.dispatchers, strict=True)]
    await asyncio.gather(*(tick.run_due() for tick in ticks))
    assert sorted(await two.notes()) == [0, 1, 2, 3, 4]


async def test_somebody_new_who_acts_twice_at_once_is_one_person(two: Two) -> None:
    outcomes = await two.at_once(Command("a", BEN, PLACE, "do 1"), Command("b", BEN, PLACE, "do 2"))
    assert [type(outcome) for outcome in outcomes] == [Said, Said]
    assert sorted(await two.notes()) == [1, 2]


async def test_two_processes_that_meet_a_new_workspace_together_make_one_community(two: Two) -> None:
    there = Ref("local", "other", "other")
    await two.at_once(
        WorkspaceConnected("a", there, "Other", Ref("local", "other", "eve")),
        WorkspaceConnected("b", there, "Other", Ref("local", "other", "eve")),
    )
    await two.at_once(*(PersonChanged(key, Ref("local", "other", "finn"), "Finn") for key in "cd"))
    await two.at_once(*(PlaceChanged(key, Ref("local", "other", "p"), "p", closed=False) for key in "ef"))
    async with two.bases[0].read() as db:
        assert sorted(await db.scalars(select(communities.Community.name))) == ["Other", "Sample"]
        assert len(list(await db.scalars(select(communities.Place).where(communities.Place.workspace == "other")))) == 1
        community = await communities.of_workspace(db, there)
        assert community is not None
        assert len(list(await db.scalars(select(communities.Space)))) == 2
