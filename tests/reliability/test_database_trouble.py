"""The database is slow, busy, or restarts under us: acknowledgements are in time, and what was begun is done once."""

from __future__ import annotations

import asyncio
import shutil
import sqlite3
import time
from collections.abc import AsyncIterator
from contextlib import closing
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

import psycopg
import pytest
from sqlalchemy import event as on
from sqlalchemy import func, select, text
from sqlalchemy.engine import make_url
from sqlalchemy.exc import OperationalError
from sqlalchemy.util import await_only

import storage.engine
from bot.core.clock import SystemClock
from bot.core.events import Command, Event, PlaceChanged, Ref, Submit, ThreadReply, WorkspaceConnected
from bot.core.registry import Registry
from bot.core.replies import Outcome, Said
from bot.dispatch import Dispatcher
from bot.limits import Limits
from schedules.housekeeping import Housekeeping
from storage import communities
from storage.drafts import Draft
from storage.engine import Database
from storage.ledger.deliveries import Delivery
from storage.ledger.inbox import InboxEntry
from tests.reliability.trial import Hold, trial

PLACE, ADA = Ref("local", "local", "p1"), Ref("local", "local", "ada")


@dataclass
class Desk:
    database: Database
    dispatch: Dispatcher
    acknowledged: dict[str, float] = field(default_factory=dict)  # an event's key → how many seconds it took

    async def does(self, event: Event) -> Outcome:
        began = time.monotonic()

        async def acknowledge() -> None:
            self.acknowledged.setdefault(event.key, time.monotonic() - began)

        outcome = await self.dispatch(event, acknowledge)
        await acknowledge()
        return outcome

    async def command(self, number: int, what: str = "do") -> Outcome:
        return await self.does(Command(f"{what} {number}", ADA, PLACE, f"{what} {number}"))

    async def notes(self) -> list[int]:
        async with self.database.read() as db:
            return list(await db.scalars(select(Delivery.subject).order_by(Delivery.subject)))

    async def inbox(self) -> int:
        async with self.database.read() as db:
            return await db.scalar(select(func.count()).select_from(InboxEntry)) or 0


async def desk_over(database: Database, folder: Path | None = None) -> Desk:
    registry = Registry([trial(Hold(folder, lambda line: None))])
    limits = Limits(acknowledge_within=0.2, burst_per_person=1000, tries=9)
    dispatch = Dispatcher(registry, database, SystemClock(), lambda: None, limits)
    made = Desk(database, dispatch)
    await made.does(WorkspaceConnected("w", Ref("local", "local", "local"), "Sample", ADA))
    await made.does(PlaceChanged("p", PLACE, "p1", closed=False))
    made.acknowledged.clear()
    return made


@pytest.fixture
async def desk(database_url: str, tmp_path: Path) -> AsyncIterator[Desk]:
    database = Database(database_url)
    yield await desk_over(database, tmp_path)
    await database.close()


async def test_with_slow_commits_everything_is_acknowledged_soon_and_done_in_the_end(desk: Desk) -> None:
    """Thirty events at once, and each commit takes 60 ms: one after the other they would keep the last one waiting for 2 s."""
    on.listen(desk.database.engine.sync_engine, "commit", lambda _: await_only(asyncio.sleep(0.06)))
    outcomes = await asyncio.gather(*(desk.command(number) for number in range(30)))
    assert [type(outcome) for outcome in outcomes] == [Said] * 30
    assert len(desk.acknowledged) == 30
    assert max(desk.acknowledged.values()) < 1.0, sorted(desk.acknowledged.values())[-5:]
    assert await desk.notes() == list(range(30))
    assert await desk.inbox() == 0


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
async def test_handlers_that_wait_for_a_lock_do_not_keep_others_from_being_acknowledged(desk: Desk) -> None:
    count = 15  # more than there are connections
    async with desk.database.engine.connect() as holder:
        await holder.execute(text("SELECT pg_advisory_lock(n) FROM generate_series(1, :count) AS n"), {"count": count})
        waiting = asyncio.gather(*(desk.command(number, "wait") for number in range(1, count + 1)))
        async with asyncio.timeout(10):
            while len(desk.acknowledged) < count:
                await asyncio.sleep(0.01)
        assert max(desk.acknowledged.values()) < 1.0
        assert not waiting.done()
        await holder.execute(text("SELECT pg_advisory_unlock_all()"))
    assert [type(outcome) for outcome in await waiting] == [Said] * count
    assert await desk.notes() == list(range(1, count + 1))
    assert await desk.inbox() == 0


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
async def test_a_database_that_is_busy_is_tried_again(database_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Another program holds the file for longer than we wait at a time."""
    monkeypatch.setattr(storage.engine, "BUSY_TIMEOUT_MS", 50)
    database = Database(database_url)
    desk = await desk_over(database)
    with closing(sqlite3.connect(str(database.url.database), isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        doing = asyncio.create_task(desk.command(1))
        await asyncio.sleep(0.15)  # some tries fail
        assert not doing.done()
        other.execute("ROLLBACK")
    assert isinstance(await doing, Said)
    assert await desk.notes() == [1]
    await database.close()


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
async def test_what_a_restart_of_the_database_interrupts_is_done_once(
    desk: Desk, database_url: str, postgres_admin: str
) -> None:
    """Every connection is cut, and for a while nobody gets a new one, as when a server restarts; others' databases go on."""
    admin = make_url(postgres_admin).set(drivername="postgresql").render_as_string(hide_password=False)
    name = str(make_url(database_url).database)
    async with desk.database.engine.connect() as holder:
        await holder.execute(text("SELECT pg_advisory_lock(n) FROM generate_series(1, 3) AS n"))
        doing = [asyncio.create_task(desk.command(number, "wait")) for number in (1, 2, 3)]
        async with asyncio.timeout(10):
            while len(desk.acknowledged) < 3:
                await asyncio.sleep(0.01)
        with closing(psycopg.connect(admin, autocommit=True)) as server:
            server.execute(f'ALTER DATABASE "{name}" ALLOW_CONNECTIONS false'.encode())
            server.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s", [name])
            await asyncio.sleep(0.2)  # some tries fail
            assert not any(task.done() for task in doing)
            server.execute(f'ALTER DATABASE "{name}" ALLOW_CONNECTIONS true'.encode())
        assert [type(outcome) for outcome in await asyncio.gather(*doing)] == [Said] * 3
        await holder.invalidate()
    assert await desk.notes() == [1, 2, 3]
    assert await desk.inbox() == 0


async def test_what_platforms_report_while_the_database_is_away_is_not_acknowledged(desk: Desk, tmp_path: Path) -> None:
    """So that they send it again: nobody waits for an answer that could say that it failed."""
    nowhere = Database(
        f"sqlite:///{tmp_path / 'gone' / 'rounds.db'}" if desk.database.is_sqlite else "postgresql://127.0.0.1:9/no"
    )
    shutil.rmtree(tmp_path / "gone", ignore_errors=True)
    away = Dispatcher(desk.dispatch.registry, nowhere, SystemClock(), lambda: None, Limits(tries=2))
    with pytest.raises(OperationalError):
        await away(ThreadReply("reply", ADA, PLACE, "1", "2", SystemClock().now()), nobody_waits)
    with pytest.raises(OperationalError):
        await away.replay(ThreadReply("reply", ADA, PLACE, "1", "2", SystemClock().now()))
    # A person is told, and can do it again.
    outcome = await away(Command("c", ADA, PLACE, "do 1"), nobody_waits)
    assert isinstance(outcome, Said)
    assert "Something failed on our side" in outcome.card.as_text()
    await nowhere.close()


async def nobody_waits() -> None: ...


async def test_what_is_done_is_told_so_though_its_payload_cannot_be_forgotten(desk: Desk, tmp_path: Path) -> None:
    (tmp_path / "preparing-1").touch()
    doing = asyncio.create_task(desk.command(1, "think"))
    async with asyncio.timeout(10):
        while not desk.acknowledged:
            await asyncio.sleep(0.01)
    desk.dispatch._intake._database = Database("postgresql://127.0.0.1:9/no")
    (tmp_path / "preparing-1").unlink()
    outcome = await doing
    assert isinstance(outcome, Said)
    assert outcome.card.as_text() == "Noted: 1."
    assert await desk.inbox() == 1  # until it is picked up, and found to be done


async def test_a_form_that_was_acknowledged_before_a_crash_and_is_wrong_is_kept_as_a_draft(
    desk: Desk, tmp_path: Path
) -> None:
    """It is closed already, so an error beside its field would be seen by nobody."""
    sent = Submit("s", ADA, PLACE, "/write", "draft", {"number": ""})
    await desk.dispatch._intake.store(sent)
    keep = Housekeeping(desk.database, SystemClock(), {}, desk.dispatch.replay, tmp_path)
    assert await keep.pick_up(older_than=timedelta(seconds=-1)) == 1
    async with desk.database.read() as db:
        (draft,) = list(await db.scalars(select(Draft)))
        assert draft.filled == {"number": ""}
        assert len(list(await db.scalars(select(communities.Community)))) == 1
    assert await desk.inbox() == 0


async def test_an_event_that_cannot_be_written_down_fails_alone(desk: Desk) -> None:
    broken = Command("broken", ADA, PLACE, "do \ud800")
    results = await asyncio.gather(
        desk.dispatch._intake.store(Command("a", ADA, PLACE, "do 1")),
        desk.dispatch._intake.store(broken),
        desk.dispatch._intake.store(Command("b", ADA, PLACE, "do 2")),
        return_exceptions=True,
    )
    assert [isinstance(result, Exception) for result in results] == [False, True, False]
    assert await desk.inbox() == 2
