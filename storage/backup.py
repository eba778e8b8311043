"""Backups of an SQLite database: a consistent copy while it is in use, checked before it counts as one.

PostgreSQL has tools of its own for this (pg_dump, base backups), which are better than anything here could be.
"""

from __future__ import annotations

import asyncio
import os
import sqlite3
from contextlib import closing
from pathlib import Path

from storage.engine import Database


class BackupFailed(Exception):
    """The copy is not good, or cannot be put back. The message says why; nothing was replaced."""


HOW_ON_POSTGRESQL = (
    "This community is kept in PostgreSQL, whose own tools make and restore backups:\n"
    '  pg_dump --format=custom --file=rounds.dump "$ROUNDS_DATABASE_URL"\n'
    '  pg_restore --clean --if-exists --dbname="$ROUNDS_DATABASE_URL" rounds.dump'
)


async def back_up(database: Database, to: Path) -> None:
    """Copy the database as it is at one instant. Raises BackupFailed; an earlier file of that name is replaced at the end."""
    assert database.url.database is not None
    await asyncio.to_thread(_copy, Path(database.url.database), to)


def back_up_file(source: Path, to: Path) -> None:
    """The same without a running event loop. Blocks."""
    if not source.exists():
        raise BackupFailed(f"There is no database at {source}.")
    _copy(source, to)


def _copy(source: Path, to: Path) -> None:
    to.parent.mkdir(parents=True, exist_ok=True)
    partial = to.with_name(to.name + ".partial")
    partial.unlink(missing_ok=True)
    with closing(sqlite3.connect(source, timeout=30)) as live, closing(sqlite3.connect(partial)) as copy:
        live.backup(copy)  # all pages at once, from one snapshot: writers go on beside it
        copy.execute("PRAGMA journal_mode=DELETE")  # one file, with nothing beside it
        _check(copy)
    os.replace(partial, to)


def _check(copy: sqlite3.Connection) -> None:
    verdict = [row[0] for row in copy.execute("PRAGMA integrity_check")]
    if verdict != ["ok"]:
        raise BackupFailed(f"The copy is damaged: {verdict[0]}")
    broken = copy.execute("PRAGMA foreign_key_check").fetchall()
    if broken:
        raise BackupFailed(f"The copy has {len(broken)} rows without what they point to.")


def restore(backup: Path, database: Path) -> None:
    """Put a backup in the database's place. Blocks. Raises BackupFailed when it is damaged or not one of Rounds'.

    What stood there is kept beside it, with ``.before-restore`` after its name.
    """
    if not backup.exists():
        raise BackupFailed(f"There is no backup at {backup}.")
    with closing(sqlite3.connect(f"file:{backup}?mode=ro", uri=True)) as copy:
        try:
            _check(copy)
            copy.execute("SELECT version_num FROM alembic_version").fetchone()
        except sqlite3.DatabaseError as error:
            raise BackupFailed(f"{backup} is not a backup of Rounds: {error}") from error
    database.parent.mkdir(parents=True, exist_ok=True)
    fresh = database.with_name(database.name + ".restoring")
    fresh.unlink(missing_ok=True)
    with closing(sqlite3.connect(f"file:{backup}?mode=ro", uri=True)) as copy, closing(sqlite3.connect(fresh)) as new:
        copy.backup(new)
    if database.exists():
        _copy(database, database.with_name(database.name + ".before-restore"))
    for beside in ("-wal", "-shm"):
        database.with_name(database.name + beside).unlink(missing_ok=True)
    os.replace(fresh, database)


def keep_newest(folder: Path, count: int) -> None:
    """Delete all but the newest daily backups."""
    for old in sorted(folder.glob("rounds-????-??-??.db"))[:-count]:
        old.unlink()
