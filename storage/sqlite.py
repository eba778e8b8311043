"""SQLite's driver with one trip to its thread for a statement.

aiosqlite gives each connection a thread, and SQLAlchemy goes there four times for a statement: for a cursor, to execute, for the
rows, to close it. Of a short statement's time that is most.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from contextlib import closing
from functools import partial
from typing import Any, NamedTuple, Self

import aiosqlite


class _Ended(NamedTuple):
    """What a statement left behind."""

    rows: list[Any]
    description: Any
    rowcount: int
    lastrowid: int | None


class Cursor:
    """What SQLAlchemy needs of a cursor. All rows are fetched with the statement."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self.arraysize = 1
        self._ended = _Ended([], None, -1, None)

    async def __aenter__(self) -> Self:
        return self

    async def execute(self, sql: str, parameters: Sequence[Any] = ()) -> None:
        self._ended = await self._connection.goes_through(_execute, sql, parameters)

    async def executemany(self, sql: str, parameters: Sequence[Sequence[Any]]) -> None:
        self._ended = await self._connection.goes_through(_executemany, sql, parameters)

    async def fetchall(self) -> list[Any]:
        return self._ended.rows

    async def close(self) -> None:
        """It was closed when the statement had ended."""

    @property
    def description(self) -> Any:
        return self._ended.description

    @property
    def rowcount(self) -> int:
        return self._ended.rowcount

    @property
    def lastrowid(self) -> int | None:
        return self._ended.lastrowid


class Connection(aiosqlite.Connection):
    def cursor(self) -> Cursor:  # type: ignore[override]
        return Cursor(self)

    async def rollback(self) -> None:
        if self.in_transaction:  # SQLAlchemy's pool makes sure once more
            await super().rollback()

    async def goes_through(self, run: Any, sql: str, parameters: Any) -> _Ended:
        """Do this in the connection's thread."""
        ended: _Ended = await self._execute(run, self._conn, sql, parameters)  # type: ignore[no-untyped-call]
        return ended


def connect(*address: Any, **options: Any) -> Connection:
    """As ``aiosqlite.connect``, for SQLAlchemy's ``async_creator_fn``."""
    connection = Connection(partial(sqlite3.connect, *address, **options), iter_chunk_size=64)
    connection._thread.daemon = True  # as SQLAlchemy does with its own: a connection left open keeps no process alive
    return connection


def _execute(connection: sqlite3.Connection, sql: str, parameters: Sequence[Any]) -> _Ended:
    with closing(connection.cursor()) as cursor:
        cursor.execute(sql, parameters)
        return _Ended(cursor.fetchall(), cursor.description, cursor.rowcount, cursor.lastrowid)


def _executemany(connection: sqlite3.Connection, sql: str, parameters: Sequence[Sequence[Any]]) -> _Ended:
    with closing(connection.cursor()) as cursor:
        cursor.executemany(sql, parameters)
        return _Ended([], None, cursor.rowcount, cursor.lastrowid)
