"""A dispatcher over a real database, with a ritual made for trying it: what it does can be slow, fail, or be refused."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from itertools import count
from typing import Any

import pytest
from pydantic import Field
from sqlalchemy import select

from bot.context import Context
from bot.core.clock import MovableClock
from bot.core.errors import Fixable
from bot.core.events import Click, Command, PersonChanged, PlaceChanged, Ref, Submit, WorkspaceConnected
from bot.core.forms import Form, Line, Prefill
from bot.core.people import Role
from bot.core.ports import Outside
from bot.core.registry import Registry
from bot.core.replies import Outcome, Reply
from bot.core.ritual import Ritual
from bot.core.ui import Action, say
from bot.dispatch import Dispatcher
from bot.limits import Limits
from storage.audit import AuditEntry, note
from storage.engine import Database

NOON = datetime(2026, 3, 4, 12, 0, tzinfo=UTC)
BEN, PLACE = Ref("local", "w", "ben"), Ref("local", "w", "questions")


class Note(Form, title="Write a note"):
    text: Line = Field(title="Text", max_length=20)


class Press(Action, prefix="try.press"):
    number: int


class Edit(Action, prefix="try.edit"):
    number: int


class FacilitatorsOnly(Action, prefix="try.facilitators"):
    pass


@dataclass
class Tried:
    """The ritual, what its handlers wait for, and what they did."""

    ritual: Ritual = field(default_factory=lambda: Ritual("try"))
    gate: asyncio.Event = field(default_factory=asyncio.Event)
    started: int = 0
    prefill_waits: asyncio.Event = field(default_factory=asyncio.Event)


def tried() -> Tried:
    it = Tried()
    it.gate.set()
    it.prefill_waits.set()
    ritual = it.ritual

    async def write(ctx: Context, words: str) -> Reply:
        it.started += 1
        note(ctx.db, ctx.community.id, ctx.member.id, ctx.now, "tried", words)
        await ctx.db.flush()
        await it.gate.wait()  # only here: a real handler awaits its database alone
        match words:
            case "fail":
                raise RuntimeError("a fault of ours")
            case "refuse":
                raise Fixable("Not like this.", "text")
        return Reply(say("Noted: ", words))

    async def fill(ctx: Context, typed: str) -> Prefill:
        await it.prefill_waits.wait()
        return Prefill({"text": typed or "as before"})

    async def prepared(outside: Outside, form: Note) -> str:
        return form.text.upper()

    @ritual.command("note", "Write a note", role=Role.MEMBER, form=Note, prefill=fill)
    async def note_(ctx: Context, form: Note) -> Reply:
        return await write(ctx, form.text)

    @ritual.command("shout", "Write it large", role=Role.MEMBER, form=Note, prepare=prepared)
    async def shout(ctx: Context, form: Note) -> Reply:
        return await write(ctx, ctx.prepared)

    @ritual.command("do now", "Without a form", role=Role.MEMBER, private=False)
    async def now(ctx: Context, text: str) -> Reply:
        return await write(ctx, text)

    @ritual.command("do count", "Only look", role=Role.MEMBER, reads=True)
    async def counted(ctx: Context, text: str) -> Reply:
        return Reply(say(str(len(list(await ctx.db.scalars(select(AuditEntry).where(AuditEntry.action == "tried")))))))

    @ritual.command("do this", "For facilitators", role=Role.FACILITATOR)
    async def facilitators(ctx: Context, text: str) -> Reply:
        return await write(ctx, text)

    @ritual.click(role=Role.MEMBER)
    async def press(ctx: Context, click: Press) -> Reply:
        return await write(ctx, f"press {click.number}")

    @ritual.click(role=Role.FACILITATOR)
    async def facilitators_press(ctx: Context, click: FacilitatorsOnly) -> Reply:
        return await write(ctx, "press")

    @ritual.click(role=Role.MEMBER, form=Note)
    async def edit(ctx: Context, click: Edit, form: Note) -> Reply:
        return await write(ctx, f"{form.text} {click.number}")

    return it


@dataclass
class Bench:
    """What a test acts with: each method makes an event and dispatches it."""

    tried: Tried
    database: Database
    dispatch: Dispatcher
    acknowledged: int = 0
    keys: Any = field(default_factory=lambda: count(1))

    async def _acknowledge(self) -> None:
        self.acknowledged += 1

    async def of(self, event: Any) -> Outcome:
        return await self.dispatch(event, self._acknowledge)

    def command(self, words: str, who: Ref = BEN) -> Command:
        return Command(f"e{next(self.keys)}", who, PLACE, words)

    def click(self, action: Action, who: Ref = BEN) -> Click:
        return Click(f"e{next(self.keys)}", who, PLACE, action.pack())

    def submit(self, origin: str, draft: str = "", who: Ref = BEN, **values: Any) -> Submit:
        key = f"e{next(self.keys)}"
        return Submit(key, who, PLACE, origin, draft or f"draft-{key}", values)

    async def notes(self) -> list[str]:
        async with self.database.read() as db:
            query = select(AuditEntry.subject).where(AuditEntry.action == "tried").order_by(AuditEntry.id)
            return list(await db.scalars(query))


QUICK = Limits(acknowledge_within=0.2, form_within=1.0, in_flight=5, burst_per_person=1000)


@pytest.fixture
def limits() -> Limits:
    return QUICK


@pytest.fixture
async def bench(database: Database, limits: Limits) -> AsyncIterator[Bench]:
    it = tried()
    dispatcher = Dispatcher(Registry([it.ritual]), database, MovableClock(NOON), lambda: None, limits)
    made = Bench(it, database, dispatcher)
    await made.of(WorkspaceConnected("w1", replace(PLACE, id="w"), "Ward nurses", Ref("local", "w", "ada")))
    await made.of(PersonChanged("w2", BEN, "Sample: Ben B.", "Europe/London"))
    await made.of(PlaceChanged("w3", PLACE, "questions", closed=False))
    made.acknowledged = 0  # on a slow machine the reports above may have been acknowledged early
    yield made
    it.gate.set()
    it.prefill_waits.set()
    await dispatcher.finish()
