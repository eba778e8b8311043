"""Alembic's entry: the connection is given by storage/migrate.py."""

from __future__ import annotations

from typing import Any

from alembic import context

from storage.schema import TABLES


def include_object(thing: Any, name: str | None, type_: str, _reflected: bool, _compare_to: Any) -> bool:
    """FTS5 keeps tables of its own beside search_fts, PostgreSQL a generated column with its index: not ours to compare."""
    match type_:
        case "table":
            return name is None or not name.startswith("search_fts")
        case "column":
            return (thing.table.name, name) != ("search_doc", "words")
        case _:
            return name != "ix_search_doc_words"


context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=TABLES,
    render_as_batch=True,
    include_object=include_object,
    transactional_ddl=True,
)
context.run_migrations()
