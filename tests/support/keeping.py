"""A ritual that keeps what somebody wrote once they agree, and what there is of it in the database."""

from __future__ import annotations

from typing import Any

from pydantic import Field
from sqlalchemy import select

import storage.schema
from bot.context import Context
from bot.core.errors import Fixable
from bot.core.events import Ref, Shortcut
from bot.core.forms import Form, Paragraph, Prefill
from bot.core.people import Role
from bot.core.ports import Outside
from bot.core.registry import Registry
from bot.core.replies import Confide, Reply
from bot.core.ritual import Ritual
from bot.core.text import Quoted
from bot.core.ui import Action, Button, Card, say
from storage import communities
from storage.audit import note
from storage.base import Base
from storage.engine import Database

ENTRY = "Keep this"
WORDS = "Low *beds* prevent <falls> & worry.\n> They do: https://e.org/a_b*c"


class Offer(Action, prefix="keep.offer"):
    author: str


class Agree(Action, prefix="keep.ok"):
    pass


class Change(Action, prefix="keep.edit"):
    place: str
    message: str
    thread: str = ""


class Kept(Form, title="Keep this", kept=False):
    text: Paragraph = Field(title="Words", max_length=3000)


def consent(words: str) -> Card:
    return Card("Somebody asks", ("May I keep this?\n", Quoted(words)), buttons=(Button("OK", Agree()),))


def keeping(chosen_there: list[Shortcut]) -> Ritual:
    ritual = Ritual("keeping")

    async def from_message(ctx: Context, chosen: Shortcut | Offer) -> Prefill:
        return Prefill({"text": chosen.text if isinstance(chosen, Shortcut) else ""})

    @ritual.shortcut(ENTRY)
    def offered(chosen: Shortcut) -> Offer:
        chosen_there.append(chosen)
        return Offer(author=str(chosen.author))

    @ritual.click(role=Role.MEMBER, form=Kept, prefill=from_message)
    async def offer(ctx: Context, click: Offer, form: Kept) -> Confide:
        if form.text == "wrong":
            raise Fixable("Not like this.", "text")
        return Confide(
            Ref.parse(click.author), consent(form.text), say("They were asked."), say("They can't be asked.")
        )

    @ritual.click(role=Role.MEMBER)
    async def agree(ctx: Context, click: Agree) -> Reply:
        note(ctx.db, ctx.community.id, ctx.member.id, ctx.now, "kept", ctx.quoted)
        return Reply(say("It is kept."))

    async def fetch(outside: Outside, click: Change) -> str:
        where = Ref.parse(click.place)
        known = await outside.read(lambda db: communities.place_of(db, where))
        assert known is not None
        return f"{outside.who.id}: {await outside.words(where, click.message, click.thread)}"

    async def filled(ctx: Context, click: Change) -> Prefill:
        return Prefill({"text": ctx.prepared})

    @ritual.click(role=Role.MEMBER, form=Kept, prefill=filled, beforehand=fetch)
    async def change(ctx: Context, click: Change, form: Kept) -> Reply:
        note(ctx.db, ctx.community.id, ctx.member.id, ctx.now, "kept", form.text)
        return Reply(say("It is kept."))

    return ritual


def registry(chosen_there: list[Shortcut] | None = None) -> Registry:
    """``chosen_there`` gets what was chosen in the menus of messages."""
    return Registry([keeping([] if chosen_there is None else chosen_there)])


async def holding(database: Database, words: str) -> set[str]:
    """The tables of which some row holds the words."""
    assert storage.schema, "every table is known"
    found: set[str] = set()
    async with database.read() as db:
        for table in Base.metadata.sorted_tables:
            rows: Any = await db.execute(select(table))
            if any(words in str(value) for row in rows for value in row):
                found.add(table.name)
    return found
