"""Rows for every table of a database, whatever its tables are: found by reflection, so a new table needs nothing here."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

import sqlalchemy as sa

from storage import migrate

ROWS = 3


def tables_of(connection: sa.Connection) -> list[sa.Table]:
    """Our tables as they stand in the database, those that are pointed to first."""
    found = sa.MetaData()
    found.reflect(connection)
    ours = [table for table in found.sorted_tables if not table.name.startswith("search_fts")]
    return [table for table in ours if table.name != "alembic_version"]


def fill(connection: sa.Connection) -> dict[str, int]:
    """Put ROWS rows into every table; returns how many each has then."""
    keys: dict[str, list[Any]] = {}
    tables = tables_of(connection)
    for table in tables:
        keys[table.name] = [insert(connection, table, number, keys) for number in range(ROWS)]
    return counts(connection, tables)


def insert(connection: sa.Connection, table: sa.Table, number: int, keys: dict[str, list[Any]]) -> Any:
    """Insert one row with something in every column; returns the first part of its key."""
    values = {
        column.name: _value(table, column, number, keys)
        for column in table.columns
        if column.computed is None and not _numbered_by_the_database(table, column)
    }
    return connection.execute(table.insert().values(values)).inserted_primary_key[0]  # type: ignore[index]


def counts(connection: sa.Connection, tables: list[sa.Table] | None = None) -> dict[str, int]:
    return {
        table.name: connection.execute(sa.select(sa.func.count()).select_from(table)).scalar_one()
        for table in tables or tables_of(connection)
    }


def contents(connection: sa.Connection) -> dict[str, list[tuple[Any, ...]]]:
    """Everything there is, in an order that does not depend on how it is stored."""
    return {
        table.name: sorted((tuple(row) for row in connection.execute(sa.select(table))), key=repr)
        for table in tables_of(connection)
    }


def filled(url: str, to: str = "head") -> dict[str, int]:
    """Migrate an empty database as far as ``to`` and fill it."""
    migrate.upgrade(url, to)
    engine = migrate.blocking_engine(url)
    with engine.begin() as connection:
        found = fill(connection)
    engine.dispose()
    return found


def _numbered_by_the_database(table: sa.Table, column: sa.Column[Any]) -> bool:
    is_its_id = list(table.primary_key.columns) == [column] and not column.foreign_keys
    return is_its_id and isinstance(column.type, sa.Integer)


def _value(table: sa.Table, column: sa.Column[Any], number: int, keys: dict[str, list[Any]]) -> Any:
    for foreign in column.foreign_keys:
        pointed_to = keys.get(foreign.column.table.name)
        return pointed_to[number % len(pointed_to)] if pointed_to else None  # none yet: a row of its own table
    match column.type:
        case sa.Boolean():
            return bool(number % 2)
        case sa.Integer() | sa.Numeric() | sa.Float():
            return number + 1
        case sa.DateTime():
            aware = datetime(2026, 3, 4, 10, number, tzinfo=UTC)
            return aware if column.type.timezone else aware.replace(tzinfo=None)
        case sa.Date():
            return date(2026, 3, 4 + number)
        case sa.JSON():
            return [f"{column.name}-{number}"]
        case sa.String():
            return f"{table.name} {column.name} {number}"
        case sa.LargeBinary():
            return bytes([number])
        case other:
            raise NotImplementedError(f"{table.name}.{column.name}: what goes into a {other!r}?")
