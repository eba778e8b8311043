"""Backups of an SQLite database: a consistent copy while it is in use, checked before it counts as one.

PostgreSQL has tools of its own for this (pg_dump, base backups), which are better than anything here could be.
"""

from __future__ import annotations

import asyncio
import os
import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from storage.engine import Database
from storage.migrate import revisions


class BackupFailed(Exception):
    """The copy is not good, or cannot be put back. The message says why; nothing was replaced."""


HOW_ON_POSTGRESQL = (
    "This community is kept in PostgreSQL, whose own tools make and restore backups (they know addresses without +psycopg):\n"
    '  url=$(echo "$ROUNDS_DATABASE_URL" | sed s/+psycopg//)\n'
    '  pg_dump --format=custom --file=rounds.dump "$url"\n'
    '  pg_restore --clean --if-exists --dbname="$url" rounds.dump'
)


async def back_up(database: Database, to: Path) -> None:
    """Copy the database as it is at one instant. Raises BackupFailed; an earlier file of that name is replaced at the end."""
    assert database.url.database is not None
    await asyncio.to_thread(back_up_file, Path(database.url.database), to)


def back_up_file(source: Path, to: Path) -> None:
    """The same without a running event loop. Blocks."""
    if not source.exists():
        raise BackupFailed(f"There is no database at {source}.")
    if to.exists() and to.samefile(source):
        raise BackupFailed(f"{to} is the database itself. Name another file for its backup.")
    partial = to.with_name(to.name + ".partial")
    with _failing_as(f"The backup could not be written to {to}"):
        try:
            to.parent.mkdir(parents=True, exist_ok=True)
            partial.unlink(missing_ok=True)
            with closing(sqlite3.connect(source, timeout=30)) as live, closing(sqlite3.connect(partial)) as copy:
                live.backup(copy)  # all pages at once, from one snapshot: writers go on beside it
                copy.execute("PRAGMA journal_mode=DELETE")  # one file, with nothing beside it
                _check(copy)
            os.replace(partial, to)
        finally:
            partial.unlink(missing_ok=True)


def _check(copy: sqlite3.Connection) -> None:
    verdict = [row[0] for row in copy.execute("PRAGMA integrity_check")]
    if verdict != ["ok"]:
        raise BackupFailed(f"The copy is damaged: {verdict[0]}")
    broken = copy.execute("PRAGMA foreign_key_check").fetchall()
    if broken:
        raise BackupFailed(f"The copy has {len(broken)} rows without what they point to.")


def restore(backup: Path, database: Path) -> None:
    """Put a backup in the database's place. Blocks. Raises BackupFailed when it is damaged or not one of Rounds'.

    What stood there is kept beside it, good or not, with ``.before-restore`` after its name.
    """
    if not backup.exists():
        raise BackupFailed(f"There is no backup at {backup}.")
    fresh = database.with_name(database.name + ".restoring")
    address = f"{backup.resolve().as_uri()}?mode=ro"  # as_uri, since a path may have a ? or % in it
    with _failing_as(f"{backup} is not a backup of Rounds"), closing(sqlite3.connect(address, uri=True)) as copy:
        _check(copy)
        _check_revision(copy)
    with _failing_as(f"The backup could not be put at {database}"):
        database.parent.mkdir(parents=True, exist_ok=True)
        fresh.unlink(missing_ok=True)
        with closing(sqlite3.connect(address, uri=True)) as copy, closing(sqlite3.connect(fresh)) as new:
            copy.backup(new)
        for beside in ("", "-wal"):  # byte for byte: what is damaged cannot be copied otherwise
            standing = database.with_name(database.name + beside)
            kept = database.with_name(f"{database.name}.before-restore{beside}")
            kept.unlink(missing_ok=True)
            if standing.exists():
                shutil.copyfile(standing, kept)
        for beside in ("-wal", "-shm"):
            database.with_name(database.name + beside).unlink(missing_ok=True)
        os.replace(fresh, database)


def _check_revision(copy: sqlite3.Connection) -> None:
    row = copy.execute("SELECT version_num FROM alembic_version").fetchone()
    if row is None or row[0] not in revisions():
        raise BackupFailed(f"It is at {row[0] if row else 'no revision'}, which this version of Rounds does not know.")


@contextmanager
def _failing_as(what: str) -> Iterator[None]:
    try:
        yield
    except (OSError, sqlite3.Error) as error:
        raise BackupFailed(f"{what}: {error}") from error


def keep_newest(folder: Path, count: int) -> None:
    """Delete all but the newest daily backups."""
    for old in sorted(folder.glob("rounds-????-??-??.db"))[:-count]:
        old.unlink()
