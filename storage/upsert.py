"""INSERT … ON CONFLICT, which both databases have and spell the same."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Table, literal_column
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncSession

from storage.base import Base


def insert_for(db: AsyncSession, model: type[Base]) -> Any:
    """The dialect's own insert, for on_conflict_do_nothing and on_conflict_do_update."""
    table = model.__table__
    assert isinstance(table, Table)
    is_sqlite = db.get_bind().dialect.name == "sqlite"
    return sqlite.insert(table) if is_sqlite else postgresql.insert(table)


async def insert_or_nothing(db: AsyncSession, model: type[Base], **values: Any) -> bool:
    """Insert a row unless one with the same unique key is there. True for exactly one caller, however many try at once."""
    statement = insert_for(db, model).values(**values).on_conflict_do_nothing().returning(literal_column("1"))
    return (await db.execute(statement)).scalar() is not None
