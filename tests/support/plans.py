"""What the database would do for statements that were sent: by which index it finds rows, or that it reads a whole table."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from sqlalchemy import event
from sqlalchemy.engine import Engine

from storage.engine import Database
from storage.schema import TABLES

READS_IT_ALL = re.compile(r"\bSCAN (\w+)|\bSeq Scan on (\w+)")  # SQLite; PostgreSQL


@dataclass(frozen=True, slots=True)
class Sent:
    sql: str
    parameters: Any  # a tuple or a dict; for many rows at once a list of those


@contextmanager
def sent() -> Iterator[list[Sent]]:
    """The statements that every engine of SQLAlchemy sends meanwhile."""
    found: list[Sent] = []

    def listen(_connection: Any, _cursor: Any, sql: str, parameters: Any, _context: Any, _many: bool) -> None:
        if not sql.startswith("BEGIN"):
            found.append(Sent(sql, parameters))

    event.listen(Engine, "before_cursor_execute", listen)
    try:
        yield found
    finally:
        event.remove(Engine, "before_cursor_execute", listen)


async def plans(database: Database, statements: Iterable[Sent], *, small: bool = False) -> dict[str, str]:
    """What it would do for each, by statement; none is run.

    ``small``: its tables hold a few rows, so that PostgreSQL would rather read them all. It is told to do so only where
    it has no index for what is asked.
    """
    found: dict[str, str] = {}
    explain = "EXPLAIN QUERY PLAN" if database.is_sqlite else "EXPLAIN"
    async with database.engine.connect() as connection:
        if small and not database.is_sqlite:
            await connection.exec_driver_sql("SET LOCAL enable_seqscan = off")
        for one in statements:
            if one.sql not in found:
                parameters = one.parameters[0] if isinstance(one.parameters, list) else one.parameters
                rows = await connection.exec_driver_sql(f"{explain} {one.sql}", parameters)
                found[one.sql] = "\n".join(str(row[-1]) for row in rows)
    return found


def read_as_a_whole(planned: dict[str, str]) -> set[str]:
    """The tables of which some statement reads every row."""
    found = {name for plan in planned.values() for pair in READS_IT_ALL.findall(plan) for name in pair}
    return found & set(TABLES.tables)  # SQLite also says so of values in the statement itself
