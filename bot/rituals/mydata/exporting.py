"""A copy of what is kept of a member: a ZIP with everything as JSON, and with what they wrote as a page to read."""

from __future__ import annotations

import json
from datetime import date, datetime
from html import escape
from typing import Any

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.context import Context
from bot.core.packing import zipped
from bot.core.people import Role, Viewer
from bot.core.replies import Direct, Effect, Kind, Reply
from bot.core.ui import Attachment, Card, say
from bot.rituals.mydata.declared import GiveMeACopy, ritual
from storage import erasing
from storage.answers import Answer
from storage.items import Item, ItemNote
from storage.members import Member
from storage.questions import Question

SECRET = {"token_hash", "code_hash"}  # what opens something
Rows = list[dict[str, Any]]


@ritual.click(role=Role.MEMBER, even_blocked=True)
async def give_me_a_copy(ctx: Context, click: GiveMeACopy) -> tuple[Effect, ...]:
    key = f"copy:{ctx.member.id}:{ctx.now.timestamp()}"
    return (
        Direct("my_data", ctx.member.id, ctx.member.id, Kind.OWN_DATA, key=key, account=ctx.account),
        Reply(say("I'm sending you a file with all of it, in a direct message.")),
    )


@ritual.card("my_data")
async def copy_card(db: AsyncSession, member_id: int, viewer: Viewer, now: datetime) -> Card | None:
    """To the member alone."""
    if viewer.member != member_id:
        return None
    member = await db.get_one(Member, member_id)
    tables = await everything_of(db, member)
    complete = json.dumps(tables, default=_plain, ensure_ascii=False, indent=1)
    packed = zipped({"data.json": complete, "index.html": await _page(db, member, tables, now)})
    words = "All that is kept of you, as of now: index.html is to be read, data.json is complete."
    return Card("Your data", (words,), attachment=Attachment("my-data.zip", packed))


async def everything_of(db: AsyncSession, member: Member) -> dict[str, Rows]:
    """Table → its rows that are about this member, as plain values."""
    own = {column.name: getattr(member, column.name) for column in Member.__table__.columns}
    found: dict[str, Rows] = {"member": [own]}
    for table, column in reversed(erasing.columns_to_members()):
        shown = [one for one in table.columns if one.name not in SECRET]
        rows = await db.execute(select(*shown).where(column == member.id).order_by(*table.primary_key.columns))
        if taken := [dict(row) for row in rows.mappings()]:
            found.setdefault(table.name, []).extend(taken)
    return found


def _plain(value: object) -> str:
    return value.isoformat() if isinstance(value, datetime | date) else str(value)


async def _page(db: AsyncSession, member: Member, tables: dict[str, Rows], now: datetime) -> str:
    asked = list(await db.scalars(select(Question).where(Question.asker_id == member.id).order_by(Question.id)))
    given = list(await db.scalars(select(Answer).where(Answer.author_id == member.id).order_by(Answer.id)))
    shared = list(await db.scalars(select(Item).where(Item.author_id == member.id).order_by(Item.id)))
    notes = list(await db.scalars(select(ItemNote).where(ItemNote.author_id == member.id).order_by(ItemNote.id)))
    sections = [
        ("What you asked", [(one.title, one.details, one.created_at) for one in asked]),
        (
            "What you answered",
            [(one.setting, one.text or "(your words are not kept)", one.created_at) for one in given],
        ),
        ("What you shared", [(f"{one.kind}: {one.title}", one.text, one.created_at) for one in shared]),
        ("Your notes", [("", one.text, one.created_at) for one in notes]),
    ]
    body = [f"<h1>{escape(member.name)}</h1><p>As of {now:%d %B %Y, %H:%M} UTC.</p>"]
    for title, entries in sections:
        body.append(f"<h2>{title}</h2>" + ("".join(map(_entry, entries)) or "<p>Nothing.</p>"))
    counts = "".join(f"<li>{escape(name)}: {len(rows)}</li>" for name, rows in sorted(tables.items()))
    body.append(f"<h2>All of it</h2><p>data.json holds these rows of the database:</p><ul>{counts}</ul>")
    head = '<!doctype html><html lang="en"><meta charset="utf-8"><title>Your data</title><body>'
    return head + "".join(body) + "</body></html>"


def _entry(entry: tuple[str, str, datetime]) -> str:
    title, text, at = entry
    words = escape(text).replace("\n", "<br>")
    return f"<h3>{escape(title)}</h3><p>{words}</p><p><small>{at:%d %B %Y}</small></p>"
