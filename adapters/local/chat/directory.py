"""Queries on people and places, and the one rule of who sees what."""

from __future__ import annotations

from dataclasses import astuple, fields
from typing import Any

import aiosqlite

from adapters.local.chat.model import DIRECT, Directory, Person, Place, Problem, check_person, check_place

# For a person p and a place c. Everything that asks "who sees this" asks it here.
SEES = """(p.active AND (
    EXISTS (SELECT 1 FROM member m WHERE m.place = c.id AND m.person = p.id) OR NOT (c.closed OR p.guest)))"""


def _person(row: aiosqlite.Row) -> Person:
    return Person(row["id"], row["name"], row["zone"], bool(row["guest"]), bool(row["active"]), bool(row["admin"]))


def _place(row: aiosqlite.Row) -> Place:
    return Place(row["id"], row["name"], bool(row["closed"]), bool(row["archived"]), bool(row["forum"]))


async def people(db: aiosqlite.Connection) -> list[Person]:
    return [_person(row) for row in await db.execute_fetchall("SELECT * FROM person ORDER BY id")]


async def person(db: aiosqlite.Connection, id: str) -> Person:
    """Raises Problem (404)."""
    for row in await db.execute_fetchall("SELECT * FROM person WHERE id = ?", (id,)):
        return _person(row)
    raise Problem(404, "no_such_person", "There is nobody with this id.")


async def acting(db: aiosqlite.Connection, id: str) -> Person:
    """A person who does something. Raises Problem (404, or 403 when their account is closed)."""
    found = await person(db, id)
    if not found.active:
        raise Problem(403, "not_allowed", "This account is closed.")
    return found


async def places(db: aiosqlite.Connection) -> list[Place]:
    return [_place(row) for row in await db.execute_fetchall("SELECT * FROM place ORDER BY id")]


async def place(db: aiosqlite.Connection, id: str) -> Place:
    """A place, or a person's conversation with the bot. Raises Problem (404)."""
    if id.startswith(DIRECT):
        partner = await person(db, id.removeprefix(DIRECT))
        return Place(id, partner.name, closed=True)
    for row in await db.execute_fetchall("SELECT * FROM place WHERE id = ?", (id,)):
        return _place(row)
    raise Problem(404, "no_such_place", "There is no place with this id.")


async def visible_place(db: aiosqlite.Connection, id: str, reader: str) -> Place:
    """A place as a person finds it: one they do not see does not exist for them. Raises Problem (404)."""
    found = await place(db, id)
    if reader not in await readers(db, id):
        raise Problem(404, "no_such_place", "There is no place with this id.")
    return found


async def visible_places(db: aiosqlite.Connection, reader: str) -> list[Place]:
    query = f"SELECT c.* FROM place c, person p WHERE p.id = ? AND {SEES} ORDER BY c.id"
    return [_place(row) for row in await db.execute_fetchall(query, (reader,))]


async def readers(db: aiosqlite.Connection, place: str) -> list[str]:
    """The ids of all who see a place or a conversation with the bot."""
    if place.startswith(DIRECT):
        rows = await db.execute_fetchall("SELECT id FROM person WHERE id = ? AND active", (place.removeprefix(DIRECT),))
    else:
        query = f"SELECT p.id FROM person p, place c WHERE c.id = ? AND {SEES} ORDER BY p.id"
        rows = await db.execute_fetchall(query, (place,))
    return [row["id"] for row in rows]


async def members(db: aiosqlite.Connection) -> dict[str, list[str]]:
    """Place id → the people added to it."""
    found: dict[str, list[str]] = {}
    for row in await db.execute_fetchall("SELECT place, person FROM member ORDER BY place, person"):
        found.setdefault(row["place"], []).append(row["person"])
    return found


async def add(db: aiosqlite.Connection, item: Person | Place) -> None:
    """Raises Problem: 400 when malformed, 409 when the id is taken."""
    _check(item)
    table = type(item).__name__.lower()
    if list(await db.execute_fetchall(f"SELECT 1 FROM {table} WHERE id = ?", (item.id,))):
        raise Problem(409, "taken", "This id is taken.")
    marks = ", ".join("?" * len(fields(item)))
    await db.execute(f"INSERT INTO {table} VALUES ({marks})", astuple(item))


async def change(db: aiosqlite.Connection, item: Person | Place) -> None:
    """Write every field of somebody or something that exists. Raises Problem (400)."""
    _check(item)
    names = [field.name for field in fields(item) if field.name != "id"]
    values: list[Any] = [getattr(item, name) for name in names]
    settings = ", ".join(f"{name} = ?" for name in names)
    await db.execute(f"UPDATE {type(item).__name__.lower()} SET {settings} WHERE id = ?", (*values, item.id))


def _check(item: Person | Place) -> None:
    if isinstance(item, Person):
        check_person(item)
    else:
        check_place(item)


async def set_member(db: aiosqlite.Connection, place: str, person: str, member: bool) -> None:
    if member:
        await db.execute("INSERT INTO member VALUES (?, ?) ON CONFLICT DO NOTHING", (place, person))
    else:
        await db.execute("DELETE FROM member WHERE place = ? AND person = ?", (place, person))


async def seed(db: aiosqlite.Connection, beginning: Directory) -> None:
    """Fill a workspace that has nobody in it; any other stays as it is. Raises Problem (400)."""
    if list(await db.execute_fetchall("SELECT 1 FROM person LIMIT 1")):
        return
    for person in beginning.people:
        await add(db, person)
    for place in beginning.places:
        await add(db, place)
    for place_id, ids in beginning.members:
        for id in ids:
            await set_member(db, place_id, id, True)
