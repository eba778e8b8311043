"""What waits for something else, and the rights at the moment of sending."""

from __future__ import annotations

import asyncio

import pytest

from bot.core.ports import MaybeSent, NotSent, RateLimited, Refused
from bot.core.replies import Withdraw
from storage.ledger import deliveries
from storage.ledger.deliveries import DEAD, PENDING, SENT, UNKNOWN, WITHHELD
from tests.schedules.stage import Stage, ref

pytestmark = pytest.mark.asyncio(loop_scope="session")

# What waits for something else


async def test_what_follows_something_waits_for_it_and_stands_in_its_thread(stage: Stage) -> None:
    stage.wire.will("send", NotSent("no connection"))
    await stage.posts("a", 1)
    await stage.relay.drain()
    await stage.posts("a", 2, thread_of=("note", 1))
    await stage.tells("ben", 3, after=("note", 1))
    await stage.relay.drain()
    assert stage.wire.texts("ben") == []
    stage.skip(2)
    await stage.relay.drain()
    assert [one.text for one in stage.wire.shown if one.to == ref("a")] == ["note 1", "note 2"]
    assert [one.thread for one in stage.wire.shown if one.text == "note 2"] == [stage.wire.shown[0].id]
    assert stage.wire.texts("ben") == ["note 3"]


async def test_what_waits_for_something_unclear_goes_on_waiting_and_others_pass(stage: Stage) -> None:
    stage.wire.cannot_tell = True
    stage.wire.will("send", MaybeSent("502", settled=True))
    await stage.posts("a", 1)
    await stage.posts("a", 2, thread_of=("note", 1))
    await stage.posts("a", 3)
    await stage.relay.drain()
    stage.skip(3)
    await stage.relay.drain()
    assert [await stage.state(note) for note in (1, 2, 3)] == [UNKNOWN, PENDING, SENT]
    assert await stage.relay.idle()  # nothing can be done about it but by a person
    await stage.presses("ada", "Post it")
    await stage.relay.drain()
    assert stage.wire.texts("a") == ["note 3", "note 1", "note 2"]


async def test_what_is_wanted_after_something_that_failed_waits_for_try_again(stage: Stage) -> None:
    stage.wire.will("send", Refused("No."))
    await stage.posts("a", 1)
    await stage.relay.drain()
    await stage.posts("a", 2, thread_of=("note", 1))
    await stage.posts("a", 3)
    await stage.relay.drain()
    assert stage.wire.texts("a") == ["note 3"]
    assert await stage.relay.idle()
    await stage.presses("ada", "Try again")
    await stage.relay.drain()
    assert stage.wire.texts("a") == ["note 3", "note 1", "note 2"]


async def test_what_was_withdrawn_before_it_was_sent_is_not_sent_nor_what_waits_for_it(stage: Stage) -> None:
    await stage.posts("a", 1)
    await stage.tells("ben", 2, after=("note", 1))
    await stage.tells("ada", 3, after=("note", 2))
    await stage.posts("a", 4)
    await stage.carries_out(Withdraw("note", 1))
    await stage.relay.drain()
    assert [await stage.state(note) for note in (1, 2, 3, 4)] == [WITHHELD, DEAD, DEAD, SENT]
    assert (await stage.delivery(1)).reason == "It was withdrawn before it was sent."
    assert stage.wire.texts("a") == ["note 4"]
    assert stage.wire.calls["send"] == 1


async def test_what_is_withdrawn_while_it_is_claimed_is_not_sent(stage: Stage) -> None:
    """On PostgreSQL the claim waits for the one who withdraws it, and must then look again."""
    await stage.posts("a", 1, 2)
    async with stage.database.write() as db:
        await deliveries.withdraw(db, "note", 1)
        claiming = asyncio.create_task(stage.relay.turn())
        await asyncio.sleep(0.1)  # the claim gets as far as it can
    await claiming
    await stage.another_relay().drain()  # and the lane is not kept by who found nothing to do in it
    assert await stage.state(1) == WITHHELD
    assert stage.wire.texts("a") == ["note 2"]


async def test_with_a_key_it_is_posted_once_in_each_place(stage: Stage) -> None:
    for _ in range(2):
        await stage.posts("a", 1, key="weekly")
        await stage.posts("b", 1, key="weekly")
        await stage.relay.drain()
    await asyncio.gather(*(stage.posts("c", 1, key="weekly") for _ in range(5)))
    await stage.relay.drain()
    assert [stage.wire.texts(place) for place in "abc"] == [["note 1"]] * 3


# Rights, at the moment of sending


async def test_who_was_removed_from_a_closed_place_before_it_was_sent_gets_nothing(stage: Stage) -> None:
    await stage.tells("ben", 1, about="closed")
    await stage.relay.drain()
    assert stage.wire.texts("ben") == ["note 1"]
    await stage.tells("ben", 2, about="closed")
    stage.wire.readers["closed"].clear()
    await stage.relay.drain()
    assert stage.wire.texts("ben") == ["note 1"]
    found = await stage.delivery(2)
    assert (found.state, found.reason) == (WITHHELD, "They can no longer see where it comes from.")


@pytest.mark.parametrize("trouble", [NotSent("no connection"), MaybeSent("502"), RateLimited(1)])
async def test_rights_that_cannot_be_asked_now_are_asked_later_and_nothing_is_unclear(
    stage: Stage, trouble: Exception
) -> None:
    stage.wire.cannot_tell = True
    stage.wire.will("can_see", trouble)
    await stage.tells("ben", 1, about="closed")
    await stage.relay.drain()
    assert (await stage.delivery(1)).state == PENDING
    stage.skip(2)
    await stage.relay.drain()
    assert stage.wire.texts("ben") == ["note 1"]
    assert (stage.wire.calls["send"], stage.wire.calls["arrived"]) == (1, 0)


async def test_a_card_that_is_gone_is_not_sent_and_the_reason_is_kept(stage: Stage) -> None:
    stage.notes.words[1] = None
    await stage.posts("a", 1, 2)
    await stage.relay.drain()
    assert stage.wire.texts("a") == ["note 2"]
    assert (await stage.delivery(1)).reason == "What it shows is gone, or not for them."
