"""A workspace that is sent too much is left alone as a whole, and nobody else waits for it."""

from __future__ import annotations

import asyncio
from dataclasses import replace

import pytest

from bot.core.events import PlaceChanged, Ref, WorkspaceConnected
from bot.core.ports import RateLimited
from bot.core.replies import Direct, Kind, Post
from bot.services import effects, identity
from bot.services.leasing import Turns
from schedules.resting import CAREFUL, LONGEST_REST
from storage import communities
from storage.ledger import deliveries, leases
from tests.schedules.stage import TIMING, Stage
from tests.support.waiting import until

pytestmark = pytest.mark.asyncio(loop_scope="session")


async def posts_elsewhere(stage: Stage, note: int) -> None:
    """In the one place of another workspace, which has a community of its own."""
    there, now = Ref("fake", "elsewhere", ""), stage.clock.now()
    place = Ref("fake", "elsewhere", "d")
    async with stage.database.write() as db:
        about = WorkspaceConnected("", there, "Elsewhere", Ref("fake", "elsewhere", "zoe"))
        community = await identity.workspace_connected(db, about, now)
        await identity.place_changed(db, PlaceChanged("", place, "d", closed=False))
        (kept,) = await communities.places(db, community.id)
        await effects.carry_out(db, community, (Post("note", note, place=kept.id),), now)


async def has_rested(stage: Stage) -> None:
    """The workspace said that a message to "a" was too much, and its rest is just over."""
    stage.wire.will("send", RateLimited(0.5))
    await stage.posts("a", 1)
    await stage.relay.drain()
    stage.skip(0.6)


async def test_all_its_places_wait_and_another_workspace_does_not(stage: Stage) -> None:
    stage.wire.will("send", RateLimited(30))
    await stage.posts("a", 1)
    await stage.relay.drain()
    await stage.posts("b", 2)
    await posts_elsewhere(stage, 3)
    await stage.relay.drain()
    assert stage.wire.texts("b") == []
    assert stage.wire.texts("d") == ["note 3"]

    stage.skip(LONGEST_REST + 0.1)
    await stage.relay.drain()
    assert stage.wire.texts("b") == ["note 2"]
    assert stage.wire.texts("a") == []  # which waits for as long as was asked
    stage.skip(30)
    await stage.relay.drain()
    assert stage.wire.texts("a") == ["note 1"]


async def test_after_a_rest_the_first_that_is_too_much_is_the_only_one(stage: Stage) -> None:
    await has_rested(stage)
    for place, note in (("b", 2), ("c", 3), ("closed", 4)):
        await stage.posts(place, note)
    stage.wire.will("send", RateLimited(0.5))
    await stage.relay.drain()
    assert stage.wire.calls["send"] == 2
    assert [note for note in range(1, 5) if (await stage.delivery(note)).tries] == []  # none of it counts as a try

    stage.skip(0.6)
    await stage.relay.drain()
    assert sorted(one.text for one in stage.wire.shown) == ["note 1", "note 2", "note 3", "note 4"]


async def test_when_it_was_quiet_for_some_moments_messages_go_side_by_side_again(stage: Stage) -> None:
    stage.wire.will("send", RateLimited(0.5))
    await stage.posts("a", 1)
    await stage.relay.drain()
    stage.skip(0.5 + CAREFUL + 0.1)
    both = asyncio.Barrier(2)

    async def meets() -> None:
        async with asyncio.timeout(10):
            await both.wait()

    stage.wire.will("send", meets, meets)
    await stage.posts("b", 2)
    await stage.relay.drain()
    assert len(stage.wire.shown) == 2


async def test_turns_follow_each_other_whoever_takes_them(stage: Stage) -> None:
    async def next_turn(lasts: float, name: str = "requests") -> float:
        async with stage.database.write() as db:
            begins, now = await leases.next_turn(db, stage.database, name, lasts)
            return (begins - now).total_seconds()

    assert await next_turn(10.0) == 0.0
    assert await next_turn(5.0) == pytest.approx(10.0, abs=0.01)
    assert await next_turn(5.0, "others") == 0.0
    stage.skip(12.0)
    assert await next_turn(1.0) == pytest.approx(3.0, abs=0.01)
    stage.skip(60.0)  # what nobody took is not made up for
    assert await next_turn(1.0) == 0.0
    assert await next_turn(1.0) == pytest.approx(1.0, abs=0.01)


async def test_what_can_wait_goes_last(stage: Stage) -> None:
    """A morning's digests keep nobody from seeing a question."""
    ben, ada = (stage.members[name].id for name in ("ben", "ada"))
    await stage.carries_out(*(Direct("note", n, to=who, kind=Kind.DIGEST) for n, who in ((1, ben), (2, ada))))
    await stage.posts("a", 3)
    await stage.tells("ben", 4)
    one_at_a_time = stage.another_relay(replace(TIMING, at_once=1))
    await one_at_a_time.drain()
    order = [one.text for one in stage.wire.shown]
    assert order[-1] == "note 2"
    assert order.index("note 1") < order.index("note 4")  # what one person is told stays in its order
    assert len(order) == 4


async def test_what_became_of_a_question_comes_before_what_can_wait(stage: Stage) -> None:
    await stage.posts("a", 1)
    await stage.relay.drain()
    async with stage.database.write() as db:
        await deliveries.want_redraw(db, "note", 1)
    await stage.carries_out(Direct("note", 2, to=stage.members["ben"].id, kind=Kind.DIGEST))
    one_at_a_time = stage.another_relay(replace(TIMING, at_once=1))
    await one_at_a_time.turn()
    assert (stage.wire.calls["redraw"], stage.wire.texts("ben")) == (1, [])
    await one_at_a_time.drain()
    assert stage.wire.texts("ben") == ["note 2"]


async def test_a_workspace_that_answers_slowly_after_its_rest_keeps_nobody_else_waiting(stage: Stage) -> None:
    await has_rested(stage)
    answers = asyncio.Event()
    stage.wire.will("send", answers.wait)
    await stage.posts("b", 2)
    await stage.posts("c", 3)
    relay = stage.another_relay(replace(TIMING, at_once=2))
    relay._resting = stage.relay._resting
    going = asyncio.create_task(relay.run())

    async def asked() -> bool:
        return stage.wire.calls["send"] == 2

    async def served() -> bool:
        return stage.wire.texts("d") == ["note 4"]

    await until(asked)
    await posts_elsewhere(stage, 4)
    await until(served, within=TIMING.send / 2)
    answers.set()
    relay.stop()
    await going


async def test_what_hangs_keeps_nobody_waiting_where_there_is_room(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("schedules.relay.BY_THE_HANDFUL", 1)
    answers = asyncio.Event()
    stage.wire.will("send", answers.wait)
    await stage.posts("a", 1)
    relay = stage.another_relay(replace(TIMING, at_once=2))
    going = asyncio.create_task(relay.run())

    async def asked() -> bool:
        return stage.wire.calls["send"] == 1

    async def served() -> bool:
        return stage.wire.texts("b") == ["note 2"]

    await until(asked)
    await stage.posts("b", 2)
    stage.skip(TIMING.poll)
    await until(served, within=TIMING.send / 2)
    answers.set()
    relay.stop()
    await going


async def test_whoever_is_frozen_while_taking_a_turn_keeps_nobody_waiting(stage: Stage) -> None:
    take = Turns(stage.database)
    async with stage.database.write() as frozen:
        await leases.next_turn(frozen, stage.database, "requests", 60.0)
        async with asyncio.timeout(10):
            assert await take("requests", 1.0) == 0.0
