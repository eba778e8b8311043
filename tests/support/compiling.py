"""Statements are compiled once for all tests of a process, as in a program that goes on running.

SQLAlchemy keeps what it compiled for each engine, and most tests open engines of their own: a quarter of their time would go into
compiling the same statements. They are the same for every engine of one kind of database.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import event
from sqlalchemy.dialects.postgresql.psycopg import PGDialectAsync_psycopg
from sqlalchemy.dialects.sqlite.aiosqlite import SQLiteDialect_aiosqlite
from sqlalchemy.engine import Connection, Dialect, Engine
from sqlalchemy.util import LRUCache

COMPILED: LRUCache[Any, Any] = LRUCache(5_000)


def once() -> None:
    """From now on, whatever engine a statement is sent by. What was compiled is found by the dialect, among other things."""
    event.listen(Engine, "engine_connect", _use_what_was_compiled)
    for kind in (SQLiteDialect_aiosqlite, PGDialectAsync_psycopg):
        kind.__eq__, kind.__hash__ = _is_of_this_kind, _kind  # type: ignore[assignment, method-assign]


def _use_what_was_compiled(connection: Connection) -> None:
    connection.engine._compiled_cache = COMPILED


def _is_of_this_kind(one: Dialect, other: object) -> bool:
    return type(one) is type(other)


def _kind(one: Dialect) -> int:
    return hash(type(one))
