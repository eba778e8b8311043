"""Cards that stand somewhere are brought up to date: seldom, one edit at a time, and the last state wins."""

from __future__ import annotations

import asyncio
from dataclasses import replace

import pytest
import pytest_asyncio

from bot.core.ports import Gone, MaybeSent, NotSent, RateLimited, Refused
from bot.core.replies import Redraw, Withdraw
from storage.ledger.deliveries import SENT, WITHHELD
from tests.schedules.stage import LEASE, TIMING, After, Stage

pytestmark = pytest.mark.asyncio(loop_scope="session")


@pytest_asyncio.fixture(loop_scope="session")
async def posted(stage: Stage) -> Stage:
    """Note 1 stands in a; somebody may change it."""
    await stage.posts("a", 1)
    await stage.relay.drain()
    return stage


async def change(stage: Stage, version: int, times: int = 1) -> None:
    stage.notes.words[1] = f"version {version}"
    await stage.carries_out(*[Redraw("note", 1)] * times)


async def test_a_hundred_wishes_become_two_edits_and_the_last_state_wins(posted: Stage) -> None:
    """One edit for what was wanted before it began, one for what was wanted while it was under way."""
    await change(posted, 1, times=50)

    async def meanwhile() -> None:
        await change(posted, 2, times=50)

    posted.wire.will("redraw", meanwhile)
    await posted.relay.drain()
    assert posted.wire.calls["redraw"] == 2
    assert posted.wire.texts("a") == ["version 2"]
    assert await posted.relay.idle()


async def test_a_wish_during_the_drawing_is_not_lost(posted: Stage) -> None:
    await change(posted, 1)

    async def meanwhile() -> None:
        await change(posted, 2)

    posted.notes.while_drawing[1] = meanwhile
    await posted.relay.drain()
    assert posted.wire.texts("a") == ["version 2"]


async def test_a_wish_before_it_was_sent_needs_no_edit(stage: Stage) -> None:
    await stage.posts("a", 1)
    await change(stage, 1, times=10)
    await stage.relay.drain()
    assert stage.wire.texts("a") == ["version 1"]
    assert stage.wire.calls["redraw"] == 0


async def test_a_wish_while_it_is_being_sent_leads_to_an_edit(stage: Stage) -> None:
    async def meanwhile() -> None:
        await change(stage, 1)

    await stage.posts("a", 1)
    stage.wire.will("send", meanwhile)
    await stage.relay.drain()
    assert stage.wire.texts("a") == ["version 1"]
    assert stage.wire.calls["redraw"] == 1


async def test_one_edit_of_a_copy_is_under_way_at_a_time_and_after_it_comes_a_pause(posted: Stage) -> None:
    calm = posted.another_relay(replace(TIMING, redraw_pause=1.0))
    other = posted.another_relay()
    took = []

    async def meanwhile() -> None:
        await change(posted, 2)
        took.append(await other.turn())

    posted.wire.will("redraw", meanwhile)
    await change(posted, 1)
    await calm.drain()
    await other.drain()
    assert took == [0]
    assert posted.wire.calls["redraw"] == 1
    posted.skip(1.1)
    await other.drain()
    assert posted.wire.texts("a") == ["version 2"]


async def test_every_copy_is_redrawn_and_no_other_card(posted: Stage) -> None:
    await posted.posts("b", 1, 2)
    await posted.tells("ben", 1)
    await posted.relay.drain()
    await change(posted, 1)
    await posted.relay.drain()
    assert [posted.wire.texts(to) for to in ("a", "b", "ben")] == [
        ["version 1"],
        ["version 1", "note 2"],
        ["version 1"],
    ]
    assert posted.wire.calls["redraw"] == 3


@pytest.mark.parametrize(
    ("trouble", "wait"), [(RateLimited(30), 30), (NotSent("no connection"), 2), (After(MaybeSent("502")), 2)]
)
async def test_an_edit_that_fails_is_tried_again(posted: Stage, trouble: Exception, wait: float) -> None:
    posted.wire.will("redraw", trouble, trouble)
    await change(posted, 1)
    await posted.relay.drain()
    for _ in range(2):
        posted.skip(wait - 0.1)
        assert await posted.relay.turn() == 0
        posted.skip(0.2)
        await posted.relay.drain()
    assert posted.wire.calls["redraw"] == 3
    assert posted.wire.texts("a") == ["version 1"]


@pytest.mark.parametrize("trouble", [Gone("no such message"), Refused("The channel is archived.")])
async def test_what_cannot_be_edited_any_more_is_left_alone(posted: Stage, trouble: Exception) -> None:
    posted.wire.will("redraw", trouble)
    await change(posted, 1)
    await posted.relay.drain()
    posted.skip(LEASE + 1)
    await posted.relay.drain()
    assert posted.wire.calls["redraw"] == 1
    assert await posted.relay.idle()
    await change(posted, 2)
    await posted.relay.drain()
    assert posted.wire.calls["redraw"] == (1 if isinstance(trouble, Gone) else 2)


async def test_a_card_that_is_gone_is_deleted_where_it_stands_once(posted: Stage) -> None:
    posted.notes.words[1] = None
    await posted.carries_out(Withdraw("note", 1))
    await posted.relay.drain()
    assert posted.wire.texts("a") == []
    await posted.carries_out(Redraw("note", 1))
    await posted.relay.drain()
    assert (posted.wire.calls["delete"], posted.wire.calls["redraw"]) == (1, 0)
    assert await posted.state(1) == WITHHELD


async def test_what_follows_a_message_that_is_gone_does_not_wait_for_ever(posted: Stage) -> None:
    """A reply has nowhere to stand any more; a direct message goes without its link."""
    posted.wire.will("send", RateLimited(30), RateLimited(30))
    await posted.posts("a", 2, thread_of=("note", 1))
    await posted.tells("ben", 3, after=("note", 1))
    await posted.relay.drain()
    posted.wire.plan["send"].clear()  # one refusal may have kept both back: they have one workspace
    posted.wire.will("redraw", Gone("a moderator deleted it"))
    await change(posted, 1)
    await posted.relay.drain()
    posted.skip(31)
    await posted.relay.drain()
    assert [await posted.state(note) for note in (1, 2, 3)] == [WITHHELD, WITHHELD, SENT]
    assert (await posted.delivery(2)).reason == "What it belongs to is no longer there."
    assert await posted.relay.idle()


async def test_what_stands_below_a_message_that_is_taken_away_is_taken_away_as_well(posted: Stage) -> None:
    """Whichever of them is looked at first: below a message that is gone its replies stay on the platform."""
    await posted.posts("a", 2, thread_of=("note", 1))
    await posted.relay.drain()
    assert posted.wire.texts("a") == ["note 1", "note 2"]
    for note in (1, 2):
        posted.notes.words[note] = None
        await posted.carries_out(Withdraw("note", note))
        await posted.relay.drain()
    assert posted.wire.texts("a") == []
    assert [await posted.state(note) for note in (1, 2)] == [WITHHELD, WITHHELD]


async def test_who_was_frozen_while_drawing_does_not_bring_back_an_old_state(posted: Stage) -> None:
    other = posted.another_relay()

    async def frozen() -> None:
        posted.skip(LEASE + 1)
        await change(posted, 2)
        await other.drain()

    await change(posted, 1)
    posted.notes.while_drawing[1] = frozen
    await posted.relay.drain()
    assert posted.wire.texts("a") == ["version 2"]
    assert posted.wire.calls["redraw"] == 1


async def test_an_edit_that_arrives_late_is_followed_by_another(posted: Stage) -> None:
    other = posted.another_relay()

    async def frozen() -> None:  # the request was written; it takes effect after the other one's
        posted.skip(LEASE + 1)
        await change(posted, 2)
        await other.drain()
        assert posted.wire.texts("a") == ["version 2"]

    await change(posted, 1)
    posted.wire.will("redraw", frozen)
    await posted.relay.turn()
    await other.drain()
    assert posted.wire.texts("a") == ["version 2"]
    assert posted.wire.calls["redraw"] == 3


async def test_who_lost_the_right_to_see_it_loses_the_message(stage: Stage) -> None:
    await stage.tells("ben", 1, about="closed")
    await stage.relay.drain()
    assert stage.wire.texts("ben") == ["note 1"]
    stage.wire.readers["closed"].clear()
    await change(stage, 1)
    await stage.relay.drain()
    assert stage.wire.texts("ben") == []


async def test_wishes_of_many_at_once_all_count(posted: Stage) -> None:
    running = asyncio.create_task(posted.relay.run())
    for version in range(1, 6):
        await asyncio.gather(*(change(posted, version) for _ in range(5)))
    async with asyncio.timeout(10):
        while not await posted.relay.idle():
            await asyncio.sleep(0.01)
    posted.relay.stop()
    await running
    assert posted.wire.texts("a") == ["version 5"]
