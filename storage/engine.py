"""Opening the database. SQLite: one writer that takes the write lock at once, and readers beside it. PostgreSQL: a pool.

Why this shape on SQLite: a transaction that begins with a read and then writes fails at once when another wrote meanwhile,
whatever the busy timeout; and the driver's own transaction control loses updates. So we send BEGIN ourselves.
"""

from __future__ import annotations

import asyncio
import contextlib
import sqlite3
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import ColumnElement, Interval, event, func, literal
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError, DBAPIError, OperationalError
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession, async_sessionmaker, create_async_engine

from bot.core.errors import NotYet
from storage import sqlite
from storage.types import UTCDateTime

BUSY_TIMEOUT_MS = 10_000
READERS = 4
# PostgreSQL: serialization failure, deadlock, lock not available, admin shutdown, crash shutdown, cannot connect now; and
# unique violation, since two who write the same thing at once both find that it is not there.
PASSING_SQLSTATES = frozenset({"40001", "40P01", "55P03", "57P01", "57P02", "57P03", "23505"})


def database_url(text: str) -> URL:
    """The address with the driver we use. Raises ValueError for any other kind of database."""
    try:
        url = make_url(text)
    except ArgumentError:
        raise ValueError("This is not the address of a database, like postgresql://user:password@host/name.") from None
    match url.get_backend_name():
        case "sqlite":
            return url.set(drivername="sqlite+aiosqlite")
        case "postgresql" | "postgres":
            return url.set(drivername="postgresql+psycopg")
        case other:
            raise ValueError(f"Rounds keeps its data in SQLite or PostgreSQL, not in {other}.")


class Database:
    """The two ways into the database: ``write()`` for a unit of work, ``read()`` for looking."""

    def __init__(self, url: str, *, pool_size: int = 10) -> None:
        self.url = database_url(url)
        self.is_sqlite = self.url.get_backend_name() == "sqlite"
        self.writers = 1 if self.is_sqlite else pool_size  # transactions that can write at the same time
        if self.is_sqlite:
            if self.url.database:
                Path(self.url.database).parent.mkdir(parents=True, exist_ok=True)
            self._writer = _sqlite_engine(self.url, "BEGIN IMMEDIATE", pool_size=1)
            self._reader = _sqlite_engine(self.url, "BEGIN", pool_size=READERS, only_reads=True)
        else:
            self._writer = _postgres_engine(self.url, pool_size)
            self._reader = self._writer.execution_options(postgresql_readonly=True)
        self._write_session = async_sessionmaker(self._writer, expire_on_commit=False)
        self._read_session = async_sessionmaker(self._reader, expire_on_commit=False)

    @asynccontextmanager
    async def write(self) -> AsyncIterator[AsyncSession]:
        """One transaction: committed at the end, rolled back when anything is raised."""
        async with self._write_session.begin() as session:
            yield session

    @asynccontextmanager
    async def read(self) -> AsyncIterator[AsyncSession]:
        """A look that changes nothing; it does not wait for writers. A write in it raises."""
        async with self._read_session() as session:
            yield session

    @property
    def engine(self) -> AsyncEngine:
        """The writing engine, for migrations and tests."""
        return self._writer

    def machine_now(self, ahead: timedelta = timedelta(0)) -> ColumnElement[datetime]:
        """The real time now, for leases and pace: the database server's clock where there is one, so that several machines
        agree. Not the community's clock, which a rehearsal can move."""
        if self.is_sqlite:
            return literal(datetime.now(UTC) + ahead, UTCDateTime())
        return func.clock_timestamp(type_=UTCDateTime()) + literal(ahead, Interval())

    async def forget_what_was_deleted(self) -> None:
        """SQLite keeps earlier pages in its log of writes until that is moved over; PostgreSQL cleans up by itself."""
        if self.is_sqlite:
            await asyncio.to_thread(_move_log, str(self.url.database))

    async def close(self) -> None:
        await self._writer.dispose()
        await self._reader.dispose()


def _move_log(path: str) -> None:
    with contextlib.closing(sqlite3.connect(path, timeout=BUSY_TIMEOUT_MS / 1000)) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")


def _sqlite_engine(url: URL, begin: str, pool_size: int, *, only_reads: bool = False) -> AsyncEngine:
    engine = create_async_engine(
        url,
        hide_parameters=True,
        pool_size=pool_size,
        max_overflow=0,
        pool_timeout=60,
        connect_args={"async_creator_fn": sqlite.connect},
    )

    @event.listens_for(engine.sync_engine, "connect")
    def on_connect(connection: Any, _record: Any) -> None:
        connection.isolation_level = None  # the driver begins nothing by itself
        cursor = connection.cursor()
        for pragma in (
            "journal_mode=WAL",
            f"busy_timeout={BUSY_TIMEOUT_MS}",
            "foreign_keys=ON",
            "secure_delete=ON",
            "synchronous=FULL",
            f"query_only={only_reads:d}",
        ):
            cursor.execute(f"PRAGMA {pragma}")
        cursor.close()

    @event.listens_for(engine.sync_engine, "begin")
    def on_begin(connection: Any) -> None:
        connection.exec_driver_sql(begin)

    return engine


def _postgres_engine(url: URL, pool_size: int) -> AsyncEngine:
    engine = create_async_engine(
        url,
        hide_parameters=True,  # they are people's words, and errors are logged
        pool_size=pool_size,
        max_overflow=0,
        pool_pre_ping=True,
        # Prepared statements do not survive PgBouncer's transaction pooling.
        connect_args={"prepare_threshold": None},
    )

    @event.listens_for(engine.sync_engine, "connect")
    def on_connect(connection: Any, _record: Any) -> None:
        # Among a million items it would take a search for much work, and compile it first, which takes longer than the search.
        cursor = connection.cursor()
        cursor.execute("SET jit = off")
        cursor.close()
        connection.commit()

    return engine


def is_passing(error: Exception) -> bool:
    """Whether the same transaction may well succeed if it is run again: busy, deadlocked, or the server restarted."""
    if not isinstance(error, DBAPIError):
        return False
    if getattr(error.orig, "sqlstate", None) in PASSING_SQLSTATES or error.connection_invalidated:
        return True
    return isinstance(error, OperationalError) and "database is locked" in str(error.orig)


def may_pass(error: Exception) -> bool:
    """The same, also when one could not even connect, or came too early."""
    return is_passing(error) or isinstance(error, OperationalError | NotYet)
