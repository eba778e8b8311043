"""A conversation as the page shows it: a page of it at a time, each message with what stands around it."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import aiosqlite

from adapters.local.chat.model import BOT, Json, Problem

PAGE = 100
BOT_NAME = "Rounds"
FACES = 3  # of those who replied

SEEN = "m.place = ? AND (m.only_for IS NULL OR m.only_for = ?)"
# A message that was deleted stands while there are replies to it.
STANDS = """(NOT m.deleted OR EXISTS (SELECT 1 FROM message r WHERE r.thread = m.id AND NOT r.deleted
    AND (r.only_for IS NULL OR r.only_for = ?)))"""


@dataclass(frozen=True, slots=True)
class Page:
    """Messages, oldest first. ``earlier``: there are more before them."""

    messages: list[Json]
    earlier: bool


async def page(
    db: aiosqlite.Connection,
    place: str,
    reader: str,
    *,
    thread: int | None = None,
    before: int | None = None,
    limit: int = PAGE,
) -> Page:
    """The newest messages of a place, or the newest replies of a thread; with ``before`` those that came earlier."""
    where, given = [SEEN, STANDS], [place, reader, reader]
    more: list[tuple[str, Any]] = [("m.thread = ?", thread)] if thread is not None else []
    more += [("m.id < ?", before)] if before is not None else []
    if thread is None:
        where.append("m.thread IS NULL")
    condition = " AND ".join([*where, *(text for text, _ in more)])
    rows = list(
        await db.execute_fetchall(
            f"SELECT m.* FROM message m WHERE {condition} ORDER BY m.id DESC LIMIT ?",
            (*given, *(value for _, value in more), limit + 1),
        )
    )[::-1]
    shown = await _shown(db, rows, reader)
    earlier = len(rows) > limit
    for previous, message in pairwise(shown):
        message["previous"] = _neighbour(previous)
    return Page(shown[1:] if earlier else shown, earlier)


async def one(db: aiosqlite.Connection, place: str, reader: str, id: int, thread: int | None = None) -> Json | None:
    """One message with what stands before it; None when it does not stand there, or not for this reader."""
    found = (await page(db, place, reader, thread=thread, before=id + 1, limit=1)).messages
    return found[0] if found and found[0]["id"] == id else None


async def after(db: aiosqlite.Connection, place: str, reader: str, id: int, thread: int | None = None) -> Json | None:
    """The message that follows where one was: its neighbour has changed."""
    which, more = ("m.thread = ?", (thread,)) if thread is not None else ("m.thread IS NULL", ())
    query = f"SELECT m.id FROM message m WHERE {SEEN} AND {STANDS} AND {which} AND m.id > ? ORDER BY m.id LIMIT 1"
    for row in await db.execute_fetchall(query, (place, reader, reader, *more, id)):
        return await one(db, place, reader, row["id"], thread)
    return None


async def root(db: aiosqlite.Connection, place: str, reader: str, id: int) -> Json:
    """What a thread begins with. Raises Problem (404)."""
    found = await one(db, place, reader, id)
    if found is None or found["private"]:
        raise Problem(404, "no_such_message", "There is no such message in this place.")
    return found


async def root_of(db: aiosqlite.Connection, place: str, reader: str, id: int) -> int:
    """The message that a message's thread begins with, or itself. Raises Problem (404)."""
    query = f"SELECT m.id, m.thread FROM message m WHERE {SEEN} AND m.id = ?"
    for row in await db.execute_fetchall(query, (place, reader, id)):
        return int(row["thread"] or row["id"])
    raise Problem(404, "no_such_message", "There is no such message in this place.")


async def _shown(db: aiosqlite.Connection, rows: Sequence[aiosqlite.Row], reader: str) -> list[Json]:
    names = {row["id"]: row["name"] for row in await db.execute_fetchall("SELECT id, name FROM person")}
    threads = await _threads(db, [row["id"] for row in rows if row["thread"] is None], reader, names)
    return [
        {
            **{name: row[name] for name in ("id", "place", "thread", "author", "text", "created_ms")},
            "name": _name(row["author"], names),
            "card": json.loads(row["card"]) if row["card"] else None,
            "private": row["only_for"] is not None,
            "edited": bool(row["edited"]),
            "deleted": bool(row["deleted"]),
            "replies": threads.get(row["id"]),
            "previous": None,
        }
        for row in rows
    ]


async def _threads(
    db: aiosqlite.Connection, roots: Iterable[int], reader: str, names: dict[str, str]
) -> dict[int, Json]:
    """Root → how many replies, when the last was, the id of the last by somebody else, and who wrote some of them."""
    ids = list(roots)
    marks = ", ".join("?" * len(ids))
    found: dict[int, Json] = {}
    for row in await db.execute_fetchall(
        "SELECT thread, author, COUNT(*) AS count, MAX(id) AS last, MAX(created_ms) AS last_ms FROM message"
        f" WHERE thread IN ({marks}) AND NOT deleted AND (only_for IS NULL OR only_for = ?)"
        " GROUP BY thread, author ORDER BY last DESC",
        (*ids, reader),
    ):
        thread = found.setdefault(row["thread"], {"count": 0, "last": 0, "last_ms": 0, "names": []})
        thread["count"] += row["count"]
        thread["last"] = max(thread["last"], 0 if row["author"] == reader else row["last"])
        thread["last_ms"] = max(thread["last_ms"], row["last_ms"])
        if len(thread["names"]) < FACES:
            thread["names"].append(_name(row["author"], names))
    return found


def _name(author: str, names: dict[str, str]) -> str:
    return BOT_NAME if author == BOT else names.get(author, author)


def _neighbour(message: Json) -> Json:
    return {name: message[name] for name in ("id", "author", "private", "deleted", "created_ms")}
