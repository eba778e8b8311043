"""What is old goes, what was left behind is picked up, and a copy is kept of each day."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import select

from bot.core.events import Click, Command, Event, ThreadReply, platform_of, to_json
from bot.core.ports import MaybeSent, NotSent, Refused
from bot.core.replies import Said
from schedules.housekeeping import BACKUPS_KEPT, EVENTS_KEPT, UNSENT_KEPT, Housekeeping
from storage import drafts
from storage.drafts import Draft
from storage.engine import Database
from storage.ledger import deliveries, inbox
from storage.ledger.deliveries import DEAD, SENT, Delivery
from storage.ledger.inbox import InboundEvent, InboxEntry
from tests.schedules.stage import NOON, Stage, nobody_waits, ref

pytestmark = pytest.mark.asyncio(loop_scope="session")


@pytest.fixture
def keep(stage: Stage, tmp_path: Path) -> Housekeeping:
    platforms = {"fake": stage.wire}
    return Housekeeping(stage.database, stage.clock, platforms, stage.dispatch.replay, tmp_path / "backups")


async def left_behind(stage: Stage, *events: Event) -> None:
    """Acknowledged, and then the process died."""
    async with stage.database.write() as db:
        rows = [(platform_of(event), event.key, to_json(event)) for event in events]
        await inbox.store(db, rows, stage.clock.now())


async def waiting(stage: Stage) -> list[str]:
    async with stage.database.read() as db:
        return list(await db.scalars(select(InboxEntry.key).order_by(InboxEntry.key)))


async def test_what_is_old_goes_and_what_is_younger_stays(stage: Stage, keep: Housekeeping) -> None:
    async def begins(key: str) -> None:
        async with stage.database.write() as db:
            await inbox.claim(db, "fake", key, stage.clock.now())
            await drafts.put(db, key, stage.members["ben"].id, "/ask", ref("a"), {}, stage.clock.now())

    async def remains() -> tuple[list[str], list[str]]:
        async with stage.database.read() as db:
            events = list(await db.scalars(select(InboundEvent.key).order_by(InboundEvent.key)))
            return events, list(await db.scalars(select(Draft.id).order_by(Draft.id)))

    await begins("old")
    stage.clock.advance(timedelta(days=1))
    await begins("young")
    await keep.purge()
    assert await remains() == (["old", "young"], ["old", "young"])
    stage.clock.advance(EVENTS_KEPT - timedelta(days=1) + timedelta(seconds=1))
    await keep.purge()
    assert await remains() == (["young"], ["young"])


async def test_deliveries_that_were_given_up_go_and_sent_ones_stay(stage: Stage, keep: Housekeeping) -> None:
    await stage.posts("a", 1)
    await stage.relay.drain()
    stage.wire.will("send", Refused("No."))
    await stage.posts("b", 2)
    await stage.relay.drain()
    await stage.posts("b", 3, thread_of=("note", 2))  # waits for what failed
    stage.clock.advance(UNSENT_KEPT + timedelta(days=1))
    await stage.posts("b", 4)
    await keep.purge()
    assert [await stage.state(note) for note in (1, 2, 4)] == [SENT, DEAD, "pending"]

    # What waited is given up, too; then both go, what waited first.
    async with stage.database.write() as db:
        (await db.get_one(Delivery, (await stage.delivery(3)).id)).state = DEAD
    await keep.purge()
    await keep.purge()
    async with stage.database.read() as db:
        query = select(Delivery.subject).where(Delivery.card == "note").order_by(Delivery.subject)
        assert list(await db.scalars(query)) == [1, 4]


async def test_what_was_left_behind_is_done_once_and_answered(stage: Stage, keep: Housekeeping) -> None:
    stage.wire.will("send", Refused("No."))
    await stage.posts("a", 1)
    await stage.relay.drain()
    packed = stage.wire.button("ada", "Try again").action.pack()
    done, undone = (Click(key, ref("ada"), ref("ada"), packed, answer_to="token") for key in ("done", "undone"))
    await stage.dispatch(done, nobody_waits)
    await left_behind(stage, done, undone)
    assert await keep.pick_up() == 0  # not yet: perhaps somebody is at it
    stage.clock.advance(timedelta(minutes=2))
    assert await keep.pick_up() == 2
    assert await waiting(stage) == []
    assert await keep.pick_up() == 0
    assert [type(outcome).__name__ for outcome in stage.wire.answered] == ["Said"]  # who did the other has answered it
    await stage.relay.drain()
    assert stage.wire.texts("a") == ["note 1"]


async def test_an_answer_that_comes_too_late_is_no_reason_to_do_it_again(stage: Stage, keep: Housekeeping) -> None:
    stage.wire.will("answer", NotSent("no connection"), MaybeSent("?"))
    await left_behind(stage, *(Command(key, ref("ben"), ref("a"), "nonsense") for key in "xy"))
    stage.clock.advance(timedelta(minutes=2))
    assert await keep.pick_up() == 2
    assert await waiting(stage) == []


async def test_one_that_cannot_be_read_keeps_nobody_waiting(stage: Stage, keep: Housekeeping) -> None:
    """Written by another version, say. A start must not fail for it."""
    async with stage.database.write() as db:
        await inbox.store(db, [("fake", "a", '{"kind": "of old"}')], stage.clock.now())
    await left_behind(stage, Command("b", ref("ben"), ref("a"), "nonsense"))
    stage.clock.advance(timedelta(minutes=2))
    assert await keep.pick_up() == 1
    assert await waiting(stage) == ["a"]


async def test_what_people_said_in_threads_is_picked_up_without_an_answer(stage: Stage, keep: Housekeeping) -> None:
    await left_behind(stage, ThreadReply("t", ref("ben"), ref("a"), "1", "2", NOON))
    stage.clock.advance(timedelta(minutes=2))
    assert await keep.pick_up() == 1
    assert stage.wire.answered == []


async def test_directories_are_asked_for_again_and_a_silent_platform_does_no_harm(
    stage: Stage, keep: Housekeeping
) -> None:
    stage.wire.will("report_directory", NotSent("no connection"))
    await keep.refresh_directories()
    await keep.refresh_directories()
    assert stage.wire.calls["report_directory"] == 2


async def test_seven_backups_are_kept_and_each_is_whole(stage: Stage, keep: Housekeeping) -> None:
    for day in range(BACKUPS_KEPT + 3):
        await stage.posts("a", day)
        await keep.backup()
        await keep.backup()  # twice on one day: the later one counts
        stage.clock.advance(timedelta(days=1))
    kept = sorted(path.name for path in keep.backups.glob("*")) if keep.backups.exists() else []
    if not stage.database.is_sqlite:  # PostgreSQL's own tools do that
        assert kept == []
        return
    days = [NOON + timedelta(days=day) for day in range(3, BACKUPS_KEPT + 3)]
    assert kept == [f"rounds-{day:%Y-%m-%d}.db" for day in days]
    with closing(sqlite3.connect(keep.backups / kept[0])) as copy:
        assert copy.execute("SELECT count(*) FROM delivery").fetchone() == (4,)


async def test_a_backup_waits_for_no_writer(stage: Stage, keep: Housekeeping) -> None:
    if not stage.database.is_sqlite:
        await keep.backup()
        return
    other = Database(stage.database.url.render_as_string(hide_password=False))
    async with other.write() as db:
        await deliveries.enqueue(db, "place:1", "note", 1, stage.community.id, datetime.now(NOON.tzinfo))
        await keep.backup()
    await other.close()
    assert len(list(keep.backups.glob("*.db"))) == 1


async def test_a_reader_is_told_what_went_wrong_with_what_was_left_behind(stage: Stage, keep: Housekeeping) -> None:
    await left_behind(stage, Click("c", ref("ben"), ref("a"), "nobody.knows"))
    stage.clock.advance(timedelta(minutes=2))
    await keep.pick_up()
    (outcome,) = stage.wire.answered
    assert isinstance(outcome, Said)
    assert "no longer does anything" in outcome.card.as_text()
