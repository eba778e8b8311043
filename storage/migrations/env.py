"""Alembic's entry: the connection is given by storage/migrate.py."""

from __future__ import annotations

from typing import Any

from alembic import context

from storage.schema import TABLES


def include_object(_object: Any, name: str | None, type_: str, _reflected: bool, _compare_to: Any) -> bool:
    """FTS5 keeps tables of its own beside search_fts; they are not ours to compare."""
    return not (type_ == "table" and name is not None and name.startswith("search_fts"))


context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=TABLES,
    render_as_batch=True,
    include_object=include_object,
    transactional_ddl=True,
)
context.run_migrations()
