"""Queries on messages: a place's conversation, private replies among it."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass

import aiosqlite

from adapters.local.chat.model import BOT, Json, Problem

LONGEST_TEXT = 40_000
NEWEST_SHOWN = 200  # messages of a place, with all their replies


@dataclass(frozen=True, slots=True)
class Message:
    """People's messages have a text, the bot's a card. ``only_for``: a private reply, seen by that person alone."""

    id: int
    place: str
    thread: int | None
    author: str
    only_for: str | None
    text: str | None
    card: Json | None
    created_ms: int
    edited: bool
    deleted: bool


def _message(row: aiosqlite.Row) -> Message:
    return Message(
        id=row["id"],
        place=row["place"],
        thread=row["thread"],
        author=row["author"],
        only_for=row["only_for"],
        text=row["text"],
        card=json.loads(row["card"]) if row["card"] else None,
        created_ms=row["created_ms"],
        edited=bool(row["edited"]),
        deleted=bool(row["deleted"]),
    )


async def add(
    db: aiosqlite.Connection,
    place: str,
    author: str,
    now_ms: int,
    *,
    thread: int | None = None,
    text: str | None = None,
    card: Json | None = None,
    delivery: str | None = None,
    only_for: str | None = None,
) -> int:
    """The new message's id; ids only grow."""
    inserted = await db.execute_insert(
        "INSERT INTO message (place, thread, author, only_for, text, card, delivery, created_ms)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
        (place, thread, author, only_for, text, json.dumps(card) if card else None, delivery, now_ms),
    )
    assert inserted is not None
    return int(inserted[0])


async def get(db: aiosqlite.Connection, id: int) -> Message:
    """Raises Problem (404), for a deleted message too."""
    for row in await db.execute_fetchall("SELECT * FROM message WHERE id = ? AND NOT deleted", (id,)):
        return _message(row)
    raise Problem(404, "no_such_message", "There is no message with this id.")


async def own(db: aiosqlite.Connection, id: int) -> Message:
    """A message that the bot may edit or delete. Raises Problem: 404, or 403 for somebody else's."""
    found = await get(db, id)
    if found.only_for is not None:
        raise Problem(404, "no_such_message", "There is no message with this id.")
    if found.author != BOT:
        raise Problem(403, "not_allowed", "This is somebody else's message.")
    return found


async def root(db: aiosqlite.Connection, place: str, id: int) -> Message:
    """The message that a thread of this place begins with. Raises Problem: 404, or 400 when it is itself a reply."""
    found = await get(db, id)
    if found.place != place or found.only_for is not None:
        raise Problem(404, "no_such_message", "There is no such message in this place.")
    if found.thread is not None:
        raise Problem(400, "not_a_root", "A thread begins with a message that is not itself a reply.")
    return found


async def edit(db: aiosqlite.Connection, id: int, card: Json) -> None:
    await db.execute("UPDATE message SET card = ?, edited = 1 WHERE id = ?", (json.dumps(card), id))


async def delete(db: aiosqlite.Connection, id: int) -> None:
    """The words go; the row stays, so that replies keep their place."""
    await db.execute("UPDATE message SET deleted = 1, text = NULL, card = NULL WHERE id = ?", (id,))


async def vanish(db: aiosqlite.Connection, id: int, person: str) -> Message:
    """Remove a private reply. Raises Problem (404) when it is not a private reply to this person."""
    found = await get(db, id)
    if found.only_for != person:
        raise Problem(404, "no_such_message", "There is no private reply with this id.")
    await db.execute("DELETE FROM message WHERE id = ?", (id,))
    return found


async def by_delivery(db: aiosqlite.Connection, delivery: str) -> list[int]:
    """The bot's messages that were sent with this delivery id and still stand."""
    rows = await db.execute_fetchall(
        "SELECT id FROM message WHERE delivery = ? AND NOT deleted ORDER BY id", (delivery,)
    )
    return [row["id"] for row in rows]


def holds_button(card: Json | None, packed: str) -> bool:
    buttons = (
        [*card["buttons"], *(button for section in card["sections"] for button in section["buttons"])] if card else []
    )
    return any(button["kind"] == "button" and button["packed"] == packed for button in buttons)


async def conversation(db: aiosqlite.Connection, place: str, reader: str, thread: int | None = None) -> list[Json]:
    """A place's newest messages as one person sees them, oldest first, replies inside their roots; or one thread."""
    seen = "place = ? AND (only_for IS NULL OR only_for = ?)"
    which, more = ("id = ?", (thread,)) if thread is not None else ("thread IS NULL", ())
    roots = await db.execute_fetchall(
        f"SELECT * FROM (SELECT * FROM message WHERE {seen} AND {which} ORDER BY id DESC LIMIT ?) ORDER BY id",
        (place, reader, *more, NEWEST_SHOWN),
    )
    first = min((row["id"] for row in roots), default=0)
    replies: dict[int, list[Message]] = {}
    for row in await db.execute_fetchall(
        f"SELECT * FROM message WHERE {seen} AND thread >= ? AND NOT deleted ORDER BY id", (place, reader, first)
    ):
        replies.setdefault(row["thread"], []).append(_message(row))
    names = {row["id"]: row["name"] for row in await db.execute_fetchall("SELECT id, name FROM person")}
    shown = [_as_seen(_message(row), replies.get(row["id"], ()), names) for row in roots]
    return [message for message in shown if message["replies"] or not message["deleted"]]


def _as_seen(message: Message, replies: Iterable[Message], names: dict[str, str]) -> Json:
    return {
        "id": message.id,
        "place": message.place,
        "thread": message.thread,
        "author": message.author,
        "name": names.get(message.author, "Rounds"),
        "text": message.text,
        "card": message.card,
        "private": message.only_for is not None,
        "created_ms": message.created_ms,
        "edited": message.edited,
        "deleted": message.deleted,
        "replies": [_as_seen(reply, (), names) for reply in replies],
    }
