"""How each way a try can end is dealt with: nothing twice, nothing lost, in order, and somebody hears of what is stuck."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import select
from sqlalchemy.exc import OperationalError, ProgrammingError

from bot.core.events import Event
from bot.core.ports import Acknowledge, MaybeSent, NotSent, RateLimited, Refused
from bot.core.replies import Outcome
from schedules.housekeeping import Housekeeping
from schedules.relay import Timing
from storage.ledger import deliveries
from storage.ledger.deliveries import DEAD, MOST_TRIES, PENDING, SENDING, SENT, UNKNOWN
from storage.ledger.inbox import InboxEntry
from tests.schedules.stage import DEATH, LEASE, TIMING, After, Stage

pytestmark = pytest.mark.asyncio(loop_scope="session")

# Too busy, certainly not sent


async def test_a_place_that_is_too_busy_waits_as_long_as_told_and_no_try_is_counted(stage: Stage) -> None:
    await stage.posts("a", 1, 2)
    stage.wire.will("send", *[RateLimited(30)] * 10)  # more often than a delivery may be tried
    await stage.relay.drain()
    assert stage.wire.calls["send"] == 1

    for _ in range(9):
        stage.skip(29.5)
        before = stage.wire.calls["send"]
        await stage.relay.drain()
        assert stage.wire.calls["send"] == before
        stage.skip(1)
        await stage.relay.drain()
        assert stage.wire.calls["send"] == before + 1
    assert (await stage.delivery(1)).tries == 0

    stage.wire.plan.clear()
    stage.skip(31)
    await stage.relay.drain()
    assert stage.wire.texts("a") == ["note 1", "note 2"]
    assert (await stage.delivery(1)).tries == 1


async def test_what_was_not_sent_is_tried_again_later_and_later_and_its_lane_waits(stage: Stage) -> None:
    stage.wire.will("send", NotSent("no connection"), NotSent("no connection"))
    await stage.posts("a", 1, 2)
    await stage.relay.turn()
    stage.skip(1.1)
    await stage.relay.turn()
    await stage.posts("b", 3)
    await stage.relay.drain()
    assert (stage.wire.texts("a"), stage.wire.texts("b")) == ([], ["note 3"])
    stage.skip(2.0)  # the second wait is twice the first, and as long as it has been away
    assert await stage.relay.turn() == 0
    stage.skip(0.2)
    await stage.relay.drain()
    assert stage.wire.texts("a") == ["note 1", "note 2"]
    assert stage.wire.calls["arrived"] == 0  # nothing was unclear


async def test_an_outage_of_the_platform_however_long_loses_nothing(stage: Stage) -> None:
    stage.wire.will("send", *[NotSent("no connection")] * 3 * MOST_TRIES)
    await stage.posts("a", 1, 2)
    for _ in range(3 * MOST_TRIES + 1):
        await stage.relay.drain()
        stage.skip(61)
    assert stage.wire.texts("a") == ["note 1", "note 2"]


async def test_a_short_outage_is_as_short_however_many_it_meets_and_a_later_one_begins_anew(stage: Stage) -> None:
    for note in range(1, 4):
        stage.wire.will("send", *[NotSent("no connection")] * 3)
        for place in "abc":
            await stage.posts(place, note)
        await stage.relay.drain()
        stage.skip(1.1)
        await stage.relay.drain()
        assert [stage.wire.texts(place)[-1:] for place in "abc"] == [[f"note {note}"]] * 3


async def test_what_is_never_clear_is_given_up_after_some_tries(stage: Stage) -> None:
    stage.wire.will("send", *[MaybeSent("dropped", settled=True)] * MOST_TRIES)
    await stage.posts("a", 1, 2)
    for _ in range(MOST_TRIES + 1):
        await stage.relay.drain()
        stage.skip(61)
    assert await stage.state(1) == DEAD
    assert stage.wire.texts("a") == ["note 2"]
    assert f"I couldn't post the note card in #a: It could not be sent in {MOST_TRIES} tries." in stage.wire.texts(
        "ada"
    )


# Nobody knows


@pytest.mark.parametrize(("settled", "wait"), [(True, TIMING.settled), (False, LEASE)])
@pytest.mark.parametrize("stored", [True, False])
async def test_what_may_have_been_sent_is_asked_for_before_it_is_sent_again(
    stage: Stage, settled: bool, wait: float, stored: bool
) -> None:
    error = MaybeSent("no answer", settled=settled)
    stage.wire.will("send", After(error) if stored else error)
    await stage.posts("a", 1, 2)
    await stage.relay.drain()
    stage.skip(wait - 0.5)
    assert await stage.relay.turn() == 0
    assert (stage.wire.calls["send"], stage.wire.calls["arrived"]) == (1, 0)
    stage.skip(1)
    await stage.relay.drain()
    assert stage.wire.calls["arrived"] == 1
    assert stage.wire.texts("a") == ["note 1", "note 2"]
    assert stage.wire.calls["send"] == (2 if stored else 3)
    found = await stage.delivery(1)
    assert (found.state, found.remote_id, found.owner) == (SENT, "1", None)


async def test_a_message_that_arrived_unseen_shows_the_newest_state_afterwards(stage: Stage) -> None:
    stage.wire.will("send", After(MaybeSent("502", settled=True)))
    await stage.posts("a", 1)
    await stage.relay.drain()
    stage.notes.words[1] = "note 1, mended"
    async with stage.database.write() as db:
        await deliveries.want_redraw(db, "note", 1)
    stage.skip(3)
    await stage.relay.drain()
    assert stage.wire.texts("a") == ["note 1, mended"]


async def test_a_death_while_sending_is_resolved_by_whoever_comes_next(stage: Stage) -> None:
    other = stage.another_relay()
    stage.wire.will("send", After(DEATH()), DEATH())
    await stage.posts("a", 1, 2)
    await stage.posts("b", 3, 4)
    await stage.relay.turn()
    assert await other.turn() == 0
    stage.skip(LEASE + 1)
    await other.drain()
    assert sorted(stage.wire.texts("a") + stage.wire.texts("b")) == ["note 1", "note 2", "note 3", "note 4"]
    assert stage.wire.texts("a") == ["note 1", "note 2"]
    assert stage.wire.texts("b") == ["note 3", "note 4"]
    assert stage.wire.calls["arrived"] == 2


@pytest.mark.parametrize("arrived", [True, False])
async def test_where_nothing_can_be_known_a_facilitator_decides(stage: Stage, arrived: bool) -> None:
    stage.wire.cannot_tell = True
    error = MaybeSent("502", settled=True)
    stage.wire.will("send", After(error) if arrived else error)
    await stage.posts("a", 1, 2)
    await stage.relay.drain()
    stage.skip(3)
    await stage.relay.drain()
    assert await stage.state(1) == UNKNOWN
    assert stage.wire.texts("a")[-1] == "note 2"  # it does not block what comes after it
    assert stage.wire.texts("ada") == ["I'm not sure the note card reached #a. Please have a look."]

    said = await stage.presses("ada", "It's there" if arrived else "Post it")
    assert said == ("Noted: it is there." if arrived else "I'm sending it again.")
    await stage.relay.drain()
    assert await stage.state(1) == SENT
    assert sorted(stage.wire.texts("a")) == ["note 1", "note 2"]
    assert stage.wire.texts("ada") == ["About the note card in #a: settled."]


async def test_what_cannot_be_asked_is_never_sent_again_blindly(stage: Stage) -> None:
    trouble = [
        NotSent("no connection"),
        MaybeSent("502", settled=True),
        MaybeSent("?"),
        RateLimited(1),
        ValueError("?"),
    ]
    stage.wire.will("send", After(MaybeSent("502", settled=True)))
    stage.wire.will("arrived", *trouble, *trouble)
    await stage.posts("a", 1, 2)
    await stage.relay.drain()
    for asked in range(1, 2 * len(trouble) + 1):  # oftener than a delivery may be tried
        stage.skip(LEASE + 1)
        await stage.relay.drain()
        assert (stage.wire.calls["send"], stage.wire.calls["arrived"]) == (1, asked)
        assert await stage.state(1) == SENDING
    stage.skip(LEASE + 1)
    await stage.relay.drain()
    assert stage.wire.texts("a") == ["note 1", "note 2"]


async def test_a_question_without_an_answer_is_not_taken_for_a_no(stage: Stage) -> None:
    async def silent() -> None:
        await asyncio.Event().wait()

    hasty = stage.another_relay(Timing(lease=LEASE, send=0.02, settled=2.0, redraw_pause=0.0))
    stage.wire.will("send", silent)
    stage.wire.will("arrived", silent)
    await stage.posts("a", 1)
    await hasty.drain()
    assert await stage.state(1) == SENDING
    stage.skip(LEASE + 1)
    await hasty.drain()
    assert (stage.wire.calls["send"], stage.wire.calls["arrived"]) == (1, 1)
    stage.skip(LEASE + 1)
    await hasty.drain()
    assert stage.wire.texts("a") == ["note 1"]


async def test_where_asking_is_refused_a_facilitator_decides_and_the_lane_goes_on(stage: Stage) -> None:
    """We were removed from the place meanwhile, say: asking again will never help."""
    stage.wire.will("send", MaybeSent("502", settled=True))
    stage.wire.will("arrived", Refused("I'm not in this channel."))
    await stage.posts("a", 1, 2)
    await stage.relay.drain()
    stage.skip(3)
    await stage.relay.drain()
    assert await stage.state(1) == UNKNOWN
    assert stage.wire.texts("a") == ["note 2"]
    assert "I'm not sure the note card reached #a. Please have a look." in stage.wire.texts("ada")


# Never to be sent


async def test_a_refusal_ends_it_and_what_depends_on_it_and_try_again_revives_both(stage: Stage) -> None:
    stage.wire.will("send", Refused("I'm not in this channel; invite me."))
    await stage.posts("a", 1)
    await stage.posts("a", 2, thread_of=("note", 1))
    await stage.tells("ben", 3, after=("note", 1))
    await stage.posts("a", 4)
    await stage.relay.drain()
    assert [await stage.state(note) for note in (1, 2, 3, 4)] == [DEAD, DEAD, DEAD, SENT]
    assert "could not be sent: I'm not in this channel" in (await stage.delivery(3)).reason
    assert stage.wire.texts("ada") == ["I couldn't post the note card in #a: I'm not in this channel; invite me."]
    async with stage.database.read() as db:  # the report was written down until it was told
        assert list(await db.scalars(select(InboxEntry))) == []

    # It fails again: that is told again.
    stage.wire.will("send", Refused("Still not."))
    assert await stage.presses("ada", "Try again") == "I'm sending it again."
    await stage.relay.drain()
    assert stage.wire.texts("ada")[-1] == "I couldn't post the note card in #a: Still not."
    assert [await stage.state(note) for note in (1, 2, 3)] == [DEAD, DEAD, DEAD]

    await stage.presses("ada", "Try again")
    await stage.relay.drain()
    assert [await stage.state(note) for note in (1, 2, 3)] == [SENT, SENT, SENT]
    assert stage.wire.texts("a") == ["note 4", "note 1", "note 2"]
    reply = next(one for one in stage.wire.shown if one.text == "note 2")
    assert reply.thread == next(one.id for one in stage.wire.shown if one.text == "note 1")
    assert stage.wire.texts("ben") == ["note 3"]
    assert await stage.relay.idle()


async def test_try_again_revives_what_depends_on_what_depended(stage: Stage) -> None:
    stage.wire.will("send", Refused("No."))
    await stage.posts("a", 1)
    await stage.tells("ben", 2, after=("note", 1))
    await stage.tells("ada", 3, after=("note", 2))
    await stage.relay.drain()
    assert [await stage.state(note) for note in (1, 2, 3)] == [DEAD, DEAD, DEAD]
    await stage.presses("ada", "Try again")
    await stage.relay.drain()
    assert [await stage.state(note) for note in (1, 2, 3)] == [SENT, SENT, SENT]


@pytest.mark.parametrize(
    "fault", [KeyError("a fault of ours"), ProgrammingError("SELECT", {}, Exception("no such column"))]
)
async def test_a_card_that_cannot_be_drawn_is_given_up_at_once_and_blocks_nobody(
    stage: Stage, fault: Exception
) -> None:
    async def fails() -> None:
        raise fault

    stage.notes.while_drawing[1] = fails
    await stage.posts("a", 1, 2)
    await stage.relay.drain()
    assert await stage.state(1) == DEAD
    assert stage.wire.texts("a") == ["note 2"]
    assert "I couldn't post the note card in #a: It could not be drawn. Reference R-" in stage.wire.texts("ada")[0]


async def test_a_card_that_cannot_be_drawn_for_want_of_a_database_is_drawn_later(stage: Stage) -> None:
    async def fails() -> None:
        raise OperationalError("SELECT", {}, Exception("the server closed the connection"))

    stage.notes.while_drawing[1] = fails
    await stage.posts("a", 1, 2)
    await stage.relay.drain()
    assert await stage.state(1) == PENDING
    stage.skip(2)
    await stage.relay.drain()
    assert stage.wire.texts("a") == ["note 1", "note 2"]
    assert stage.wire.calls["arrived"] == 0


async def test_a_platform_that_is_not_connected_ends_it_but_never_what_may_have_arrived(stage: Stage) -> None:
    stage.wire.will("send", After(MaybeSent("502", settled=True)))
    await stage.posts("a", 1)
    await stage.relay.drain()
    alone = stage.another_relay()
    alone._platforms = {}
    await stage.posts("b", 2)
    stage.skip(3)
    await alone.turn()
    assert [await stage.state(note) for note in (1, 2)] == [UNKNOWN, DEAD]


async def test_after_its_time_it_is_not_sent_any_more(stage: Stage) -> None:
    await stage.posts("a", 1, until=stage.clock.now() + timedelta(hours=1))
    await stage.posts("a", 2, until=stage.clock.now() + timedelta(hours=3))
    stage.clock.advance(timedelta(hours=2))
    await stage.relay.drain()
    assert stage.wire.texts("a") == ["note 2"]
    assert (await stage.delivery(1)).state == DEAD
    assert "too late" in (await stage.delivery(1)).reason


async def test_what_arrived_before_its_time_was_over_counts_as_sent(stage: Stage) -> None:
    stage.wire.will("send", After(MaybeSent("502", settled=True)))
    await stage.posts("a", 1, until=stage.clock.now() + timedelta(hours=1))
    await stage.relay.drain()
    stage.clock.advance(timedelta(hours=2))
    stage.skip(3)
    await stage.relay.drain()
    assert await stage.state(1) == SENT


async def test_who_should_hear_of_it_hears_of_it_though_the_process_died_in_between(
    stage: Stage, tmp_path: Path
) -> None:
    async def dies(event: Event, acknowledge: Acknowledge) -> Outcome:
        raise DEATH

    doomed = stage.another_relay(dispatch=dies)
    stage.wire.will("send", Refused("No."))
    await stage.posts("a", 1)
    await doomed.turn()
    assert await stage.state(1) == DEAD

    stage.clock.advance(timedelta(minutes=2))
    keep = Housekeeping(stage.database, stage.clock, {}, stage.dispatch.replay, tmp_path)
    assert await keep.pick_up() == 1
    assert await keep.pick_up() == 0
    await stage.relay.drain()
    assert stage.wire.texts("ada") == ["I couldn't post the note card in #a: No."]
