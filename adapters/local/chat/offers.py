"""What the bot offers people: its commands, and its entries in the menu of every message."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Annotated

import aiosqlite
from pydantic import Field

from adapters.local.chat.model import Json
from adapters.local.chat.native import Strict


class Command(Strict):
    """``fields``: the titles of the fields of the form that it opens, if it opens one."""

    name: str
    summary: str
    fields: Annotated[list[str], Field(default_factory=list)]


async def commands(db: aiosqlite.Connection) -> list[Json]:
    rows = await db.execute_fetchall("SELECT * FROM offered ORDER BY name")
    return [{"name": row["name"], "summary": row["summary"], "fields": json.loads(row["fields"])} for row in rows]


async def publish(db: aiosqlite.Connection, offered: Iterable[Command]) -> bool:
    """Replaces what was offered before. Returns whether that was something else."""
    before = await commands(db)
    rows = {one.name: (one.name, one.summary, json.dumps(one.fields)) for one in offered}
    await db.execute("DELETE FROM offered")
    await db.executemany("INSERT INTO offered VALUES (?, ?, ?)", list(rows.values()))
    return before != await commands(db)


async def shortcuts(db: aiosqlite.Connection) -> list[str]:
    return [row["name"] for row in await db.execute_fetchall("SELECT name FROM shortcut ORDER BY name")]


async def publish_shortcuts(db: aiosqlite.Connection, names: Iterable[str]) -> bool:
    """The same for the menu of every message."""
    before = await shortcuts(db)
    await db.execute("DELETE FROM shortcut")
    await db.executemany("INSERT INTO shortcut VALUES (?)", [(name,) for name in dict.fromkeys(names)])
    return before != await shortcuts(db)
