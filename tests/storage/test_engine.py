"""Opening the database: several at once lose nothing, and who only looks neither waits nor changes anything."""

from __future__ import annotations

import asyncio
import sqlite3
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select, text, update
from sqlalchemy.exc import DBAPIError, IntegrityError, OperationalError

from storage import engine
from storage.communities import Community, Workspace
from storage.engine import Database, database_url, is_passing
from storage.members import Account, Member
from storage.sqlite import Connection
from tests.storage.rows import NOW, a_community, a_member, add


async def a_known_member(database: Database) -> int:
    async with database.write() as db:
        return (await a_member(db, await a_community(db), weekly_cap=0)).id


async def cap_of(database: Database, member_id: int) -> int:
    async with database.read() as db:
        return (await db.get_one(Member, member_id)).weekly_cap


# Transactions


async def test_what_a_transaction_did_is_kept_whole(database: Database) -> None:
    member_id = await a_known_member(database)
    async with database.read() as db:
        assert await db.get(Member, member_id) is not None


async def test_what_fails_leaves_nothing_behind(database: Database) -> None:
    async def fail() -> None:
        async with database.write() as db:
            await a_known_member_in(db)
            raise LookupError("stop")

    async def a_known_member_in(db: Any) -> None:
        await a_member(db, await a_community(db))

    with pytest.raises(LookupError):
        await fail()
    async with database.read() as db:
        assert list(await db.scalars(select(Community))) == []


async def test_a_row_that_points_nowhere_is_refused(database: Database) -> None:
    with pytest.raises(IntegrityError):
        async with database.write() as db:
            await add(db, Workspace(community_id=999, platform="slack", remote_id="T1", name="x"))


async def test_what_a_statement_changed_is_counted(database: Database) -> None:
    member_id = await a_known_member(database)
    async with database.write() as db:
        changed = update(Member).where(Member.id == member_id).values(weekly_cap=3)
        assert (await db.execute(changed)).rowcount == 1  # type: ignore[attr-defined]
        assert list(await db.scalars(changed.returning(Member.weekly_cap))) == [3]
        assert (await db.execute(changed.where(Member.weekly_cap == 9))).rowcount == 0  # type: ignore[attr-defined]


async def test_many_who_read_and_then_write_lose_no_update(database: Database) -> None:
    member_id = await a_known_member(database)

    async def one_more() -> None:
        async with database.write() as db:
            member = await db.get_one(Member, member_id, with_for_update=True)
            await asyncio.sleep(0.001)
            member.weekly_cap += 1

    await asyncio.gather(*(one_more() for _ in range(25)))
    assert await cap_of(database, member_id) == 25


async def test_two_that_share_a_database_read_then_write_and_both_succeed(database_url: str) -> None:
    first, second = Database(database_url), Database(database_url)
    member_id = await a_known_member(first)

    async def several(database: Database) -> None:
        for _ in range(10):
            async with database.write() as db:
                (await db.get_one(Member, member_id, with_for_update=True)).weekly_cap += 1

    await asyncio.gather(several(first), several(second))
    assert await cap_of(first, member_id) == 20
    await first.close()
    await second.close()


async def test_who_looks_does_not_wait_for_who_writes(database: Database) -> None:
    member_id = await a_known_member(database)
    async with database.write() as db:
        (await db.get_one(Member, member_id)).weekly_cap = 99
        await db.flush()
        async with asyncio.timeout(2):
            assert await cap_of(database, member_id) == 0  # as it was last committed
    assert await cap_of(database, member_id) == 99


async def test_who_writes_does_not_wait_for_who_looks(database: Database) -> None:
    member_id = await a_known_member(database)
    async with database.read() as looking:
        assert (await looking.get_one(Member, member_id)).weekly_cap == 0
        async with asyncio.timeout(2), database.write() as db:
            (await db.get_one(Member, member_id)).weekly_cap = 1
    assert await cap_of(database, member_id) == 1


async def test_a_write_in_a_look_is_refused_not_lost(database: Database) -> None:
    async with database.read() as db:
        with pytest.raises(DBAPIError, match=r"readonly|read-only"):
            await add(db, Community(name="x", created_at=NOW))
    async with database.write() as db:  # and the connection is as good as before
        await a_community(db)
    async with database.read() as db:
        assert len(list(await db.scalars(select(Community)))) == 1


async def test_no_statement_is_compiled_before_it_is_run(postgres_url: str) -> None:
    """What PostgreSQL calls JIT would take longer than the search that it is meant to speed up."""
    database = Database(postgres_url)
    try:
        async with database.read() as look, database.write() as work:
            assert [await db.scalar(text("SHOW jit")) for db in (look, work)] == ["off", "off"]
    finally:
        await database.close()


async def test_the_machines_time_goes_on_within_a_transaction(database: Database) -> None:
    """Leases are measured by it, and a transaction may have begun a while ago."""
    minute = timedelta(minutes=1)
    async with database.read() as db:
        before = datetime.now(UTC)
        first = (await db.execute(select(database.machine_now()))).scalar_one()
        await asyncio.sleep(0.02)
        second = (await db.execute(select(database.machine_now()))).scalar_one()
        ahead = (await db.execute(select(database.machine_now(minute)))).scalar_one()
        assert second - first >= timedelta(seconds=0.015)
        assert second + minute <= ahead < second + 2 * minute
        assert abs(first - before) < minute


# SQLite's own


@pytest.fixture
async def sqlite(tmp_path: Path, sqlite_template: Path) -> Any:
    path = tmp_path / "own.db"
    path.write_bytes(sqlite_template.read_bytes())
    database = Database(f"sqlite:///{path}")
    yield database
    await database.close()


async def test_every_connection_to_sqlite_is_set_up(sqlite: Database) -> None:
    wanted = {"journal_mode": "wal", "foreign_keys": 1, "secure_delete": 1, "synchronous": 2, "busy_timeout": 10_000}
    async with sqlite.write() as writing, sqlite.read() as looking:
        for db, query_only in ((writing, 0), (looking, 1)):
            found = {name: await db.scalar(text(f"PRAGMA {name}")) for name in wanted}
            assert found == wanted
            assert await db.scalar(text("PRAGMA query_only")) == query_only


async def test_a_statement_is_one_trip_to_the_thread_of_sqlites_driver(
    sqlite: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    member_id = await a_known_member(sqlite)
    trips, go = [], Connection._execute

    async def counted(connection: Connection, what: Any, *given: Any, **named: Any) -> Any:
        trips.append(what)
        return await go(connection, what, *given, **named)

    assert await cap_of(sqlite, member_id) == 0  # the connection is set up now
    monkeypatch.setattr(Connection, "_execute", counted)
    async with sqlite.read() as db:
        assert (await db.execute(select(Member.id, Member.weekly_cap))).all() == [(member_id, 0)]
    monkeypatch.undo()
    assert len(trips) == 3  # BEGIN, the query with its rows, ROLLBACK


async def test_a_writer_takes_the_lock_before_it_reads(sqlite: Database) -> None:
    assert sqlite.url.database is not None
    async with sqlite.write() as db:
        await db.execute(select(Community))
        with closing(sqlite3.connect(sqlite.url.database, timeout=0)) as other, pytest.raises(sqlite3.OperationalError):
            other.execute("BEGIN IMMEDIATE")


async def test_what_was_deleted_is_not_in_the_file_any_more(sqlite: Database) -> None:
    assert sqlite.url.database is not None
    marker = "Sample-secret-words-" * 50
    async with sqlite.write() as db:
        community = await add(db, Community(name=marker, created_at=NOW))
    async with sqlite.write() as db:
        await db.delete(await db.get_one(Community, community.id))
    await sqlite.close()
    with closing(sqlite3.connect(sqlite.url.database)) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    assert b"Sample-secret-words" not in Path(sqlite.url.database).read_bytes()


async def test_the_folder_of_a_new_database_is_made(tmp_path: Path) -> None:
    database = Database(f"sqlite:///{tmp_path / 'some' / 'where' / 'rounds.db'}")
    async with database.read() as db:
        assert await db.scalar(text("SELECT 1")) == 1
    await database.close()
    assert (tmp_path / "some" / "where" / "rounds.db").exists()


# Addresses, and trouble that passes


@pytest.mark.parametrize(
    ("given", "driver"),
    [
        ("sqlite:///rounds.db", "sqlite+aiosqlite"),
        ("postgresql://localhost/rounds", "postgresql+psycopg"),
        ("postgres://localhost/rounds", "postgresql+psycopg"),
        ("postgresql+asyncpg://localhost/rounds", "postgresql+psycopg"),
    ],
    ids=range(4),
)
def test_the_driver_is_ours_to_choose(given: str, driver: str) -> None:
    assert database_url(given).drivername == driver


def test_another_kind_of_database_is_refused() -> None:
    with pytest.raises(ValueError, match="in SQLite or PostgreSQL, not in mysql"):
        Database("mysql://localhost/rounds")


async def test_a_database_that_stays_locked_is_trouble_that_passes(
    tmp_path: Path, sqlite_template: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "locked.db"
    path.write_bytes(sqlite_template.read_bytes())
    monkeypatch.setattr(engine, "BUSY_TIMEOUT_MS", 50)
    database = Database(f"sqlite:///{path}")
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(OperationalError) as caught:
            await a_known_member(database)
        assert is_passing(caught.value)
    await a_known_member(database)
    await database.close()


async def test_a_deadlock_is_trouble_that_passes_for_one_of_two(both: tuple[Database, Database]) -> None:
    _, postgres = both
    ids = [await a_known_member(postgres), await a_known_member(postgres)]
    each_holds_one = asyncio.Barrier(2)

    async def both_of(order: list[int]) -> None:
        async with postgres.write() as db:
            await db.get_one(Member, order[0], with_for_update=True)
            await each_holds_one.wait()
            await db.get_one(Member, order[1], with_for_update=True)

    results = await asyncio.gather(both_of(ids), both_of(ids[::-1]), return_exceptions=True)
    (error,) = [result for result in results if isinstance(result, Exception)]
    assert is_passing(error)


async def test_a_connection_that_was_cut_is_trouble_that_passes(both: tuple[Database, Database]) -> None:
    _, postgres = both

    async def cut_off() -> None:
        async with postgres.write() as db:
            mine = await db.scalar(text("SELECT pg_backend_pid()"))
            async with postgres.write() as other:
                await other.execute(text("SELECT pg_terminate_backend(:pid)"), {"pid": mine})
            await db.execute(text("SELECT 1"))

    with pytest.raises(DBAPIError) as caught:
        await cut_off()
    assert is_passing(caught.value)
    assert await a_known_member(postgres)


async def test_losing_a_race_for_a_key_is_trouble_that_passes(both: tuple[Database, Database]) -> None:
    _, postgres = both
    member_id = await a_known_member(postgres)

    async def take() -> None:
        async with postgres.write() as db:
            await add(db, Account(member_id=member_id, platform="slack", workspace="T1", remote_id="U1"))

    await take()
    with pytest.raises(IntegrityError) as caught:
        await take()
    assert is_passing(caught.value)


async def test_a_mistake_of_ours_does_not_pass(database: Database) -> None:
    with pytest.raises(DBAPIError) as caught:
        async with database.write() as db:
            await db.execute(text("SELECT nonsense FROM nowhere"))
    assert not is_passing(caught.value)
    with pytest.raises(IntegrityError) as broken:
        async with database.write() as db:
            await add(db, Workspace(community_id=999, platform="slack", remote_id="T1", name="x"))
    assert not is_passing(broken.value)
    assert not is_passing(ValueError("database is locked"))
