"""Several processes, frozen ones among them: nothing twice, each place in its order and at its pace."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest

from bot.core.events import DeliveryStuck
from bot.core.ports import Refused
from bot.core.replies import Post
from schedules.relay import Timing
from storage import communities
from storage.engine import Database
from storage.ledger import sending
from storage.ledger.deliveries import SENDING, SENT, Delivery, Lane
from tests.schedules.stage import DEATH, LEASE, Stage

pytestmark = pytest.mark.asyncio(loop_scope="session")

# Leases


async def test_who_was_frozen_before_sending_does_not_send(stage: Stage) -> None:
    other = stage.another_relay()

    async def frozen() -> None:
        stage.skip(LEASE + 1)
        await other.drain()

    stage.notes.while_drawing[1] = frozen
    await stage.posts("a", 1, 2, 3)
    await stage.relay.drain()
    assert stage.wire.texts("a") == ["note 1", "note 2", "note 3"]
    found = await stage.delivery(1)
    assert (found.state, found.remote_id, found.tries) == (SENT, "1", 2)


async def test_who_was_frozen_after_sending_changes_nothing_afterwards(stage: Stage) -> None:
    other = stage.another_relay()
    sending, go_on = asyncio.Event(), asyncio.Event()

    async def slow() -> None:
        sending.set()
        await go_on.wait()

    async def frozen_with_the_answer_in_hand() -> None:
        stage.skip(LEASE + 1)
        await other.turn()  # asks, and finds it
        stage.wire.will("send", slow)
        others.append(asyncio.create_task(other.turn()))
        await sending.wait()

    others: list[asyncio.Task[int]] = []
    stage.wire.afterwards = frozen_with_the_answer_in_hand
    await stage.posts("a", 1, 2)
    await stage.relay.turn()
    # The lane is the other one's, who is sending the second note, whatever the first one wrote.
    assert await stage.another_relay().turn() == 0
    go_on.set()
    await others[0]
    await other.drain()
    assert stage.wire.texts("a") == ["note 1", "note 2"]
    assert (stage.wire.calls["send"], stage.wire.calls["arrived"]) == (2, 1)


async def test_a_late_settling_changes_nothing(stage: Stage) -> None:
    """Not in the delivery and not in the lane, even where the same process has taken both again."""
    await stage.posts("a", 1, 2)

    async def claim(owner: str) -> Delivery:
        async with stage.database.write() as db:
            (claimed,) = await sending.claim(
                db, stage.database, owner, lease=timedelta(seconds=LEASE), now=stage.clock.now(), limit=5
            )
        return claimed.delivery

    first = await claim("A")
    stage.skip(LEASE + 1)
    second = await claim("A")
    assert (first.id, first.tries, second.id, second.tries) == (second.id, 1, first.id, 2)
    async with stage.database.write() as db:
        assert not await sending.settle(db, stage.database, first, SENT, remote_id="wrong")
    async with stage.database.write() as db:
        await sending.leave_ambiguous(db, stage.database, first, timedelta(0))
    stage.skip(1)
    async with stage.database.write() as db:
        lane = await db.get_one(Lane, second.lane)
        assert (lane.owner, (await db.get_one(Delivery, second.id)).state) == ("A", SENDING)
        assert (
            await sending.claim(db, stage.database, "B", lease=timedelta(seconds=LEASE), now=stage.clock.now(), limit=5)
            == []
        )
    async with stage.database.write() as db:
        assert await sending.settle(db, stage.database, second, SENT, remote_id="right")
    assert (await stage.delivery(1)).remote_id == "right"


async def test_a_process_that_took_its_own_delivery_again_is_not_confused(stage: Stage) -> None:
    """Frozen, and awake again: its relay finds the lane free and takes it a second time while the first task still waits."""

    async def frozen() -> None:
        stage.skip(LEASE + 1)
        stage.wire.will("send", slow)
        second.append(asyncio.create_task(stage.relay._take_work()))
        await sending.wait()

    async def slow() -> None:
        sending.set()
        await go_on.wait()

    second: list[asyncio.Task[int]] = []
    sending, go_on = asyncio.Event(), asyncio.Event()
    other = stage.another_relay()
    stage.notes.while_drawing[1] = frozen
    await stage.posts("a", 1, 2)
    assert await stage.relay._take_work() == 1
    first = next(iter(stage.relay._under_way))
    await first  # gave up: its lease was over
    assert await other.turn() == 0  # the lane is taken: the second task is sending its head
    go_on.set()
    await asyncio.wait(stage.relay._under_way)
    await other.drain()
    assert stage.wire.texts("a") == ["note 1", "note 2"]


async def test_who_slept_through_a_try_again_is_not_confused_either(stage: Stage) -> None:
    """Tries are counted anew then, so they alone do not tell the process's second try from its first."""
    other = stage.another_relay()
    sending, go_on = asyncio.Event(), asyncio.Event()

    async def slow() -> None:
        sending.set()
        await go_on.wait()

    async def frozen() -> None:
        stage.skip(LEASE + 1)
        stage.wire.will("send", Refused("No."))
        await other.drain()
        await stage.presses("ada", "Try again")
        stage.wire.will("send", slow)
        second.append(asyncio.create_task(stage.relay._take_work()))
        await sending.wait()

    second: list[asyncio.Task[int]] = []
    stage.notes.while_drawing[1] = frozen
    await stage.posts("a", 1)
    assert await stage.relay._take_work() == 1
    await next(iter(stage.relay._under_way))
    assert await stage.state(1) == SENDING
    await other.drain()
    go_on.set()
    await asyncio.wait(stage.relay._under_way)
    await other.drain()
    assert stage.wire.texts("a") == ["note 1"]


async def test_nothing_overtakes_what_is_unclear(stage: Stage) -> None:
    """Whose lease ended is asked about first, also where its lane's lease ended a little before its own."""
    stage.wire.will("send", DEATH())
    await stage.posts("a", 1, 2)
    await stage.relay.turn()
    async with stage.database.write() as db:  # as if the claim's statements had been five seconds apart
        lane = await db.get_one(Lane, f"place:{stage.places['a'].id}")
        assert lane.lease_until is not None
        lane.lease_until -= timedelta(seconds=5)
    stage.skip(LEASE - 2)
    await stage.another_relay().drain()
    stage.skip(5)
    await stage.another_relay().drain()
    assert stage.wire.texts("a") == ["note 1", "note 2"]


async def test_several_at_once_keep_the_order_of_each_place_and_send_nothing_twice(stage: Stage) -> None:
    # With the machine's own clock.
    bases = [Database(stage.database.url.render_as_string(hide_password=False)) for _ in range(2)]
    relays = [
        stage.another_relay(Timing(lease=20, send=5, poll=0.01, at_once=3), database=base)
        for base in bases
        for _ in "12"
    ]
    for note in range(36):
        await stage.posts("abc"[note % 3], note)
    running = [asyncio.create_task(relay.run()) for relay in relays]
    async with asyncio.timeout(20):
        while not await stage.relay.idle():
            await asyncio.sleep(0.01)
    for relay in relays:
        relay.stop()
    await asyncio.gather(*running)
    for n, place in enumerate("abc"):
        assert stage.wire.texts(place) == [f"note {note}" for note in range(n, 36, 3)]
    for base in bases:
        await base.close()


async def test_the_pace_of_a_place_is_kept_by_all_together(stage: Stage) -> None:
    stage.wire.pace = 1.0
    other = stage.another_relay()
    await stage.posts("a", 1, 2, 3)
    await stage.posts("b", 4)
    for sent in (2, 3, 4):  # one in each place, then one a second
        await stage.relay.drain()
        await other.drain()
        assert len(stage.wire.shown) == sent
        stage.skip(0.9)
        await other.drain()
        assert len(stage.wire.shown) == sent
        stage.skip(0.2)


async def test_posts_to_a_space_reach_each_of_its_places(stage: Stage) -> None:
    space = stage.places["a"].space_id
    async with stage.database.write() as db:
        (await db.get_one(communities.Place, stage.places["b"].id)).space_id = space
    await stage.carries_out(Post("note", 1, space=space, key="once"))
    await stage.carries_out(Post("note", 1, space=space, key="once"))
    await stage.relay.drain()
    assert (stage.wire.texts("a"), stage.wire.texts("b")) == (["note 1"], ["note 1"])


async def test_being_told_of_something_that_is_gone_does_no_harm(stage: Stage) -> None:
    await stage.hear(DeliveryStuck("stuck:999:x", 999))
