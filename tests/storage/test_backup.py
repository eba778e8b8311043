"""Backups of SQLite: taken while it is in use, of one instant, checked; put back whole or not at all."""

from __future__ import annotations

import asyncio
import sqlite3
from contextlib import closing
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, select

from storage import audit, migrate
from storage.audit import AuditEntry
from storage.backup import BackupFailed, back_up, back_up_file, keep_newest, restore
from storage.engine import Database
from storage.members import Member
from tests.storage.filler import filled
from tests.storage.rows import NOW, a_community, a_member


@pytest.fixture
def path(tmp_path: Path, sqlite_template: Path) -> Path:
    """A database with something in every table."""
    path = tmp_path / "rounds.db"
    path.write_bytes(sqlite_template.read_bytes())
    filled(f"sqlite:///{path}")
    return path


def dump(path: Path) -> list[str]:
    with closing(sqlite3.connect(path)) as connection:
        return list(connection.iterdump())


def files(folder: Path) -> set[str]:
    return {path.name for path in folder.iterdir()}


# Taking one


async def test_a_backup_under_load_is_of_one_instant(tmp_path: Path, sqlite_template: Path) -> None:
    """Each transaction moves one from one member to the other and writes it down: so the sum stays, and the count fits."""
    path = tmp_path / "busy.db"
    path.write_bytes(sqlite_template.read_bytes())
    database = Database(f"sqlite:///{path}")
    async with database.write() as db:
        community = await a_community(db)
        ids = [(await a_member(db, community, weekly_cap=cap)).id for cap in (1000, 0)]
    stop, written = asyncio.Event(), 0

    async def write() -> None:
        nonlocal written
        while not stop.is_set():
            async with database.write() as db:
                giver, taker = [await db.get_one(Member, id) for id in ids]
                giver.weekly_cap -= 1
                await db.flush()
                taker.weekly_cap += 1
                audit.note(db, community.id, None, NOW, "moved", "one", "words " * 100)
            written += 1

    writers = [asyncio.create_task(write()) for _ in range(2)]
    moved = []
    for number in range(5):
        enough = written + 5
        while written < enough:
            await asyncio.sleep(0.001)
        copy = tmp_path / "backups" / f"{number}.db"
        await back_up(database, copy)
        with closing(sqlite3.connect(copy)) as connection:
            given, taken = [
                connection.execute("SELECT weekly_cap FROM member WHERE id = ?", (id,)).fetchone()[0] for id in ids
            ]
            (count,) = connection.execute("SELECT count(*) FROM audit").fetchone()
        assert (given, taken) == (1000 - count, count)
        moved.append(count)
    stop.set()
    await asyncio.gather(*writers)
    async with database.read() as db:
        now = await db.scalar(select(func.count()).select_from(AuditEntry))
    await database.close()
    assert moved == sorted(moved)
    assert 0 < moved[0] < moved[-1] <= (now or 0)  # writers went on all the while
    assert files(tmp_path / "backups") == {f"{number}.db" for number in range(5)}


def test_a_backup_holds_everything_and_is_one_file(path: Path, tmp_path: Path) -> None:
    copy = tmp_path / "somewhere" / "else" / "copy.db"
    back_up_file(path, copy)
    assert dump(copy) == dump(path)
    assert files(copy.parent) == {"copy.db"}
    migrate.check(f"sqlite:///{copy}")


def test_an_earlier_backup_of_that_name_is_replaced(path: Path, tmp_path: Path) -> None:
    copy = tmp_path / "copy.db"
    copy.write_text("an earlier one")
    back_up_file(path, copy)
    assert dump(copy) == dump(path)


def test_a_database_cannot_be_its_own_backup(path: Path) -> None:
    before = dump(path)
    with pytest.raises(BackupFailed, match=r"is the database itself\. Name another file"):
        back_up_file(path, path.parent / ".." / path.parent.name / path.name)
    assert dump(path) == before


def test_a_backup_of_nothing_says_so(tmp_path: Path) -> None:
    with pytest.raises(BackupFailed, match="There is no database at"):
        back_up_file(tmp_path / "missing.db", tmp_path / "copy.db")
    assert files(tmp_path) == set()


def test_a_backup_of_a_damaged_database_is_refused_and_the_last_good_one_stays(path: Path, tmp_path: Path) -> None:
    copy = tmp_path / "copy.db"
    back_up_file(path, copy)
    good = copy.read_bytes()
    damage(path)
    with pytest.raises(BackupFailed, match=r"damaged|could not be written"):
        back_up_file(path, copy)
    assert copy.read_bytes() == good
    assert not [name for name in files(tmp_path) if "partial" in name]


def test_a_backup_in_which_rows_point_nowhere_is_refused(path: Path, tmp_path: Path) -> None:
    with closing(sqlite3.connect(path)) as connection:  # foreign keys are off
        connection.execute("DELETE FROM community WHERE id = 1")
        connection.commit()
    with pytest.raises(BackupFailed, match=r"The copy has \d+ rows without what they point to"):
        back_up_file(path, tmp_path / "copy.db")
    assert not [name for name in files(tmp_path) if "copy" in name]


def test_a_backup_where_none_can_be_written_says_so(path: Path, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")
    (tmp_path / "folder").mkdir()
    for to in (tmp_path / "file" / "copy.db", tmp_path / "folder"):
        with pytest.raises(BackupFailed, match=f"The backup could not be written to {to}"):
            back_up_file(path, to)
    assert not [name for name in files(tmp_path) if "partial" in name]


def damage(path: Path) -> None:
    """Write nonsense over every page but the first."""
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    content = path.read_bytes()
    path.write_bytes(content[:8192] + b"\x5a" * (len(content) - 8192))


# Putting one back


def test_what_is_put_back_elsewhere_is_the_same(path: Path, tmp_path: Path) -> None:
    copy, elsewhere = tmp_path / "copy.db", tmp_path / "new" / "machine" / "rounds.db"
    back_up_file(path, copy)
    restore(copy, elsewhere)
    assert dump(elsewhere) == dump(path)
    assert files(elsewhere.parent) == {"rounds.db"}


async def test_what_happened_since_is_gone_and_kept_beside(path: Path, tmp_path: Path) -> None:
    copy = tmp_path / "copy.db"
    back_up_file(path, copy)
    before = dump(path)
    database = Database(f"sqlite:///{path}")
    async with database.write() as db:
        await a_community(db, "Sample: made since")
    await database.close()
    since = dump(path)
    restore(copy, path)
    assert dump(path) == before
    assert dump(path.with_name("rounds.db.before-restore")) == since
    database = Database(f"sqlite:///{path}")
    async with database.write() as db:  # and it is as good as any
        await a_community(db)
    await database.close()


def test_what_only_stands_in_the_log_is_gone_too_and_kept_beside(path: Path, tmp_path: Path) -> None:
    """As after a crash: the newest rows are in the write-ahead log, not in the file."""
    copy = tmp_path / "copy.db"
    back_up_file(path, copy)
    before = dump(path)
    crashed = tmp_path / "crashed"
    crashed.mkdir()
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("UPDATE community SET name = 'Sample: made since'")
        connection.commit()
        for name in ("rounds.db", "rounds.db-wal"):
            (crashed / name).write_bytes((tmp_path / name).read_bytes())
    assert b"made since" not in (crashed / "rounds.db").read_bytes()
    restore(copy, crashed / "rounds.db")
    assert dump(crashed / "rounds.db") == before
    assert "made since" in "".join(dump(crashed / "rounds.db.before-restore"))


def test_a_damaged_database_can_be_replaced(path: Path, tmp_path: Path) -> None:
    copy = tmp_path / "copy.db"
    back_up_file(path, copy)
    before = dump(path)
    damage(path)
    damaged = path.read_bytes()
    restore(copy, path)
    assert dump(path) == before
    assert path.with_name("rounds.db.before-restore").read_bytes() == damaged


def test_a_backup_from_before_a_migration_is_put_back(path: Path, tmp_path: Path) -> None:
    older, elsewhere = tmp_path / "older.db", tmp_path / "elsewhere.db"
    filled(f"sqlite:///{older}", migrate.revisions()[0])
    restore(older, elsewhere)
    migrate.upgrade(f"sqlite:///{elsewhere}")
    migrate.check(f"sqlite:///{elsewhere}")


@pytest.mark.parametrize("name", ["50% done.db", "what?.db", "a#b.db", "with space.db", "夜間.db"])
def test_a_backup_may_have_any_name(path: Path, tmp_path: Path, name: str) -> None:
    back_up_file(path, tmp_path / name)
    restore(tmp_path / name, tmp_path / "elsewhere.db")
    assert dump(tmp_path / "elsewhere.db") == dump(path)


def foreign(path: Path, *statements: str) -> None:
    with closing(sqlite3.connect(path)) as connection:
        for statement in statements:
            connection.execute(statement)
        connection.commit()


ALEMBIC = "CREATE TABLE alembic_version (version_num TEXT)"
NOT_BACKUPS: dict[str, tuple[Any, str]] = {
    "text": (lambda path: path.write_text("Dear diary, " * 1000), "is not a backup of Rounds"),
    "empty": (lambda path: path.write_bytes(b""), "is not a backup of Rounds"),
    "folder": (lambda path: path.mkdir(), "is not a backup of Rounds"),
    "somebody-elses": (lambda path: foreign(path, "CREATE TABLE diary (id INTEGER)"), "is not a backup of Rounds"),
    "unnumbered": (lambda path: foreign(path, ALEMBIC), "It is at no revision"),
    "newer": (
        lambda path: foreign(path, ALEMBIC, "INSERT INTO alembic_version VALUES ('9999')"),
        "It is at 9999, which this version of Rounds does not know",
    ),
    "orphans": (
        lambda path: foreign(
            path,
            "CREATE TABLE parent (id INTEGER PRIMARY KEY)",
            "CREATE TABLE child (parent INTEGER REFERENCES parent (id))",
            "INSERT INTO child VALUES (1)",
        ),
        "The copy has 1 rows without what they point to",
    ),
}


@pytest.mark.parametrize(("write", "message"), NOT_BACKUPS.values(), ids=NOT_BACKUPS)
def test_what_is_no_backup_is_refused_and_nothing_is_replaced(
    path: Path, tmp_path: Path, write: Any, message: str
) -> None:
    write(tmp_path / "given")
    before, there = dump(path), files(tmp_path)
    with pytest.raises(BackupFailed, match=message):
        restore(tmp_path / "given", path)
    assert dump(path) == before
    assert files(tmp_path) == there


def test_a_damaged_backup_is_refused_and_nothing_is_replaced(path: Path, tmp_path: Path) -> None:
    copy = tmp_path / "copy.db"
    back_up_file(path, copy)
    damage(copy)
    before = dump(path)
    with pytest.raises(BackupFailed, match=r"damaged|is not a backup"):
        restore(copy, path)
    with pytest.raises(BackupFailed, match="There is no backup at"):
        restore(tmp_path / "missing.db", path)
    assert dump(path) == before
    assert "rounds.db.before-restore" not in files(tmp_path)


# Keeping some


def test_the_newest_daily_backups_are_kept_and_nothing_else_is_touched(tmp_path: Path) -> None:
    days = [date(2026, 2, 26) + timedelta(days=number) for number in range(10)]
    for day in days:
        (tmp_path / f"rounds-{day}.db").touch()
    (tmp_path / "rounds-before-the-move.db").touch()
    keep_newest(tmp_path, 7)
    assert files(tmp_path) == {*(f"rounds-{day}.db" for day in days[3:]), "rounds-before-the-move.db"}
