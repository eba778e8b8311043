"""Looking for words everywhere: in every table, the index's own among them, and in files."""

from __future__ import annotations

from pathlib import Path

import sqlalchemy as sa

from storage.engine import Database
from tests.storage.filler import tables_of


async def tables_with(database: Database, word: str) -> dict[str, int]:
    """Table → how many of its rows hold the word (in lower case), in whatever column."""
    found: dict[str, int] = {}
    async with database.read() as db:
        connection = await db.connection()
        names = [table.name for table in await connection.run_sync(tables_of)]
        if database.is_sqlite:
            listed = await db.execute(sa.text("SELECT name FROM sqlite_master WHERE name LIKE 'search_fts_%'"))
            names += [name for (name,) in listed]
        for name in names:
            rows = (await db.execute(sa.text(f'SELECT * FROM "{name}"'))).all()
            hits = sum(
                word in repr([bytes(v) if isinstance(v, memoryview) else v for v in row]).lower() for row in rows
            )
            found |= {name: hits} if hits else {}
    return found


def files_with(folder: Path, begins: str, word: str) -> list[str]:
    """The names of files in a folder that begin so and hold the word. There have to be such files."""
    files = [path for path in folder.iterdir() if path.name.startswith(begins)]
    assert files, f"no {begins}… in {folder}"
    return [path.name for path in files if word.encode() in path.read_bytes().lower()]
