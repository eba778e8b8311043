"""The same statements without us: what one dispatched event sends to the database, written down and sent again by the driver."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any, Protocol

import aiosqlite
import psycopg
from sqlalchemy import event
from sqlalchemy.engine import Engine

from bench.community import FIRST_NEW_ID
from storage.ledger.deliveries import new_uid

UID = re.compile("[a-z2-7]{24}")
NEW_ID = re.compile(r"\b[6789]\d{6}\b")
# Statements whose answer holds the id of a new row, and its table.
TELLS_IDS = re.compile(r"INSERT INTO (question|invitation|search_doc) |SELECT (delivery)\.id\b")
Parameters = Any  # a tuple or a dict; for many rows at once a list of those


@dataclass(frozen=True, slots=True)
class Statement:
    sql: str
    parameters: Parameters
    tells: str  # the table of whose new rows the answer tells the ids, or empty


@dataclass(frozen=True)
class Recording:
    """One transaction's statements in order, and the ids of the rows it made: table → ids as they first occur."""

    statements: list[Statement] = field(default_factory=list)
    ids: dict[str, list[int]] = field(default_factory=lambda: {table: [] for table in FIRST_NEW_ID})


@contextmanager
def recorded(newest: Mapping[str, int] = MappingProxyType({})) -> Iterator[Recording]:
    """Record what every engine of SQLAlchemy sends meanwhile. Only one event may be under way.

    ``newest``: table → the highest id before; the rows up to there may be asked for, but are not this one's.
    """
    recording = Recording()

    def listen(_connection: Any, _cursor: Any, sql: str, parameters: Any, _context: Any, _many: bool) -> None:
        if sql.startswith("BEGIN"):
            return
        tells = TELLS_IDS.match(sql)
        for id in map(int, NEW_ID.findall(str(parameters))):
            table = next(table for table, first in FIRST_NEW_ID.items() if first // 1_000_000 == id // 1_000_000)
            if id > newest.get(table, 0) and id not in recording.ids[table]:
                recording.ids[table].append(id)
        recording.statements.append(Statement(sql, parameters, tells[tells.lastindex or 0] if tells else ""))

    event.listen(Engine, "before_cursor_execute", listen)
    try:
        yield recording
    finally:
        event.remove(Engine, "before_cursor_execute", listen)


class Driver(Protocol):
    """A connection of the driver alone."""

    async def begin(self, *, writes: bool = True) -> None: ...
    async def run(self, statement: Statement, parameters: Parameters) -> Sequence[Sequence[Any]]: ...
    async def commit(self) -> None: ...
    async def close(self) -> None: ...


class BareSQLite:
    """aiosqlite by its quickest way: one trip to its thread for each statement."""

    def __init__(self, connection: aiosqlite.Connection) -> None:
        self._connection = connection

    @classmethod
    async def open(cls, address: str) -> BareSQLite:
        connection = await aiosqlite.connect(address, isolation_level=None)
        for pragma in ("journal_mode=WAL", "foreign_keys=ON", "secure_delete=ON", "synchronous=FULL"):  # as ours has
            await connection.execute_fetchall(f"PRAGMA {pragma}")
        return cls(connection)

    async def begin(self, *, writes: bool = True) -> None:
        await self._connection.execute_fetchall("BEGIN IMMEDIATE" if writes else "BEGIN")

    async def run(self, statement: Statement, parameters: Parameters) -> Sequence[Sequence[Any]]:
        if isinstance(parameters, list):
            await self._connection.executemany(statement.sql, parameters)
            return []
        if statement.tells and statement.sql.startswith("INSERT") and "RETURNING" not in statement.sql:
            last = await self._connection.execute_insert(statement.sql, parameters)
            return [last] if last else []
        return list(await self._connection.execute_fetchall(statement.sql, parameters))

    async def commit(self) -> None:
        await self._connection.commit()

    async def close(self) -> None:
        await self._connection.close()


class BarePostgreSQL:
    def __init__(self, connection: psycopg.AsyncConnection[Any]) -> None:
        self._connection = connection

    @classmethod
    async def open(cls, address: str) -> BarePostgreSQL:
        return cls(await psycopg.AsyncConnection.connect(address, prepare_threshold=None))

    async def begin(self, *, writes: bool = True) -> None:
        """The driver begins by itself, with the first statement."""

    async def run(self, statement: Statement, parameters: Parameters) -> Sequence[Sequence[Any]]:
        if isinstance(parameters, list):
            await self._connection.cursor().executemany(statement.sql.encode(), parameters)
            return []
        cursor = await self._connection.execute(statement.sql.encode(), parameters)
        return await cursor.fetchall() if cursor.description else []

    async def commit(self) -> None:
        await self._connection.commit()

    async def close(self) -> None:
        await self._connection.close()


async def replay(driver: Driver, recording: Recording, key: str) -> None:
    """Send a recording's statements again in one transaction, with ids, keys and uids of this run."""
    run = _Run(recording, key)
    await driver.begin()
    for statement in recording.statements:
        rows = await driver.run(statement, run.fresh(statement.parameters))
        if statement.tells:
            run.learn(statement.tells, [row[0] for row in rows])
    await driver.commit()


class _Run:
    """What one replay knows of its own rows."""

    def __init__(self, recording: Recording, key: str) -> None:
        self._unknown = {table: list(reversed(ids)) for table, ids in recording.ids.items()}
        self._mine: dict[int, int] = {}
        self._key = key

    def learn(self, table: str, ids: list[int]) -> None:
        for id in ids:
            if self._unknown[table] and id not in self._mine.values():
                self._mine[self._unknown[table].pop()] = id

    def fresh(self, parameters: Parameters) -> Parameters:
        if isinstance(parameters, list):
            return [self.fresh(one) for one in parameters]
        if isinstance(parameters, Mapping):
            return {name: self._value(value) for name, value in parameters.items()}
        return tuple(map(self._value, parameters))

    def _value(self, value: Any) -> Any:
        if isinstance(value, int):
            return self._mine.get(value, value)
        if isinstance(value, str):
            if UID.fullmatch(value):
                return new_uid()
            if value.startswith(("event-", "draft-")):
                return f"{value[:6]}{self._key}"
            if ":" in value:
                return NEW_ID.sub(lambda found: str(self._mine.get(int(found[0]), found[0])), value)
        return value
