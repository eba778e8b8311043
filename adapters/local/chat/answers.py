"""What a bot may answer to what a person did, and the forms that answers open."""

from __future__ import annotations

import json
import secrets
from dataclasses import dataclass

import aiosqlite

from adapters.local.chat import messages
from adapters.local.chat.model import BOT, Json, Problem
from adapters.local.chat.native import Answer, DoneAnswer, ErrorsAnswer, FormAnswer, MessageAnswer

LIFE_MS = 30 * 60 * 1000
USES = 5  # of answers that come after the acknowledgement


@dataclass(frozen=True, slots=True)
class Occasion:
    """Something a person did that the bot may answer. ``form``: the form they sent."""

    token: str
    person: str
    place: str
    thread: int | None
    form: str | None


async def begin(db: aiosqlite.Connection, occasion: Occasion, now_ms: int) -> None:
    await db.execute("DELETE FROM occasion WHERE expires_ms < ?", (now_ms,))
    await db.execute(
        "INSERT INTO occasion VALUES (?, ?, ?, ?, ?, ?, ?)",
        (occasion.token, occasion.person, occasion.place, occasion.thread, occasion.form, now_ms + LIFE_MS, USES),
    )


async def find(db: aiosqlite.Connection, token: str) -> Occasion | None:
    for row in await db.execute_fetchall("SELECT * FROM occasion WHERE token = ?", (token,)):
        return Occasion(row["token"], row["person"], row["place"], row["thread"], row["form"])
    return None


async def use(db: aiosqlite.Connection, token: str, now_ms: int) -> Occasion:
    """For an answer after the acknowledgement. Raises Problem (404) when it comes too late or too often."""
    used = await db.execute(
        "UPDATE occasion SET uses = uses - 1 WHERE token = ? AND uses > 0 AND expires_ms >= ?", (token, now_ms)
    )
    occasion = await find(db, token)
    if not used.rowcount or occasion is None:
        raise Problem(404, "expired", "It is too late to answer this, or it was answered too often.")
    return occasion


async def apply(db: aiosqlite.Connection, occasion: Occasion, answer: Answer | None, now_ms: int) -> Json:
    """Do what the bot answered. Returns the ids of the form or message that came of it.

    Raises Problem: 400 for errors without a form, 409 when that form is no longer open.
    """
    if isinstance(answer, ErrorsAnswer):
        await _set_errors(db, occasion, answer.errors)
        return {"form": occasion.form}
    if occasion.form is not None:
        await close_form(db, occasion.form)
    match answer:
        case FormAnswer():
            return {"form": await _open_form(db, occasion, answer, now_ms)}
        case MessageAnswer():
            only_for = occasion.person if answer.private else None
            card = answer.card.model_dump(mode="json")
            id = await messages.add(
                db, occasion.place, BOT, now_ms, thread=occasion.thread, card=card, only_for=only_for
            )
            return {"message": id}
        case DoneAnswer() | None:
            return {}


async def _set_errors(db: aiosqlite.Connection, occasion: Occasion, errors: dict[str, str]) -> None:
    if occasion.form is None:
        raise Problem(400, "malformed", "Errors can only answer a form that was sent.")
    done = await db.execute("UPDATE form SET errors = ? WHERE id = ? AND open", (json.dumps(errors), occasion.form))
    if not done.rowcount:
        raise Problem(409, "form_closed", "The form is no longer open.")


async def _open_form(db: aiosqlite.Connection, occasion: Occasion, answer: FormAnswer, now_ms: int) -> str:
    id = f"form-{secrets.token_hex(6)}"
    view = answer.form.model_dump(mode="json", exclude={"values", "errors"})
    await db.execute(
        "INSERT INTO form (id, person, place, thread, view, given, errors, opened_ms) VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
        (
            id,
            occasion.person,
            occasion.place,
            occasion.thread,
            json.dumps(view),
            json.dumps(answer.form.values),
            json.dumps(answer.form.errors),
            now_ms,
        ),
    )
    return id


def _form(row: aiosqlite.Row) -> Json:
    return {
        "id": row["id"],
        "place": row["place"],
        "thread": row["thread"],
        "opened_ms": row["opened_ms"],
        "view": json.loads(row["view"]),
        "values": json.loads(row["given"]),
        "errors": json.loads(row["errors"]),
    }


async def open_forms(db: aiosqlite.Connection, person: str, place: str) -> list[Json]:
    rows = await db.execute_fetchall(
        "SELECT * FROM form WHERE person = ? AND place = ? AND open ORDER BY opened_ms, rowid", (person, place)
    )
    return [_form(row) for row in rows]


async def open_form(db: aiosqlite.Connection, id: str, person: str) -> Json:
    """Raises Problem (404)."""
    for row in await db.execute_fetchall("SELECT * FROM form WHERE id = ? AND person = ? AND open", (id, person)):
        return _form(row)
    raise Problem(404, "no_such_form", "There is no open form with this id.")


async def fill_form(db: aiosqlite.Connection, id: str, values: Json) -> None:
    """Keep what was typed, so that a form that stays open shows it."""
    await db.execute("UPDATE form SET given = ?, errors = '{}' WHERE id = ?", (json.dumps(values), id))


async def close_form(db: aiosqlite.Connection, id: str) -> None:
    """What was typed into it goes."""
    await db.execute("UPDATE form SET open = 0, given = '{}', errors = '{}' WHERE id = ?", (id,))


def new_token() -> str:
    return secrets.token_urlsafe(16)
