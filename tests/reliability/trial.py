"""A ritual to try the machinery with: it posts many things, and it can be slow in every way a real one can."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from bot.context import Context
from bot.core.forms import Form, Line
from bot.core.people import Role, Viewer
from bot.core.ports import Outside
from bot.core.replies import Direct, Effect, Kind, Post, Redraw, Reply
from bot.core.ritual import Occasion, Ritual
from bot.core.ui import Action, Card, say
from bot.recurrence.rule import Recurrence
from bot.services.rhythms import plan
from storage import communities, members
from storage.ledger.rhythms import Rhythm

# Every so many there is a reply to the place's newest post that is not one, and a direct message that links to that post.
EVERY_REPLY, EVERY_DIRECT = 5, 10
DUE_EVERY_MS = 50


class Hold:
    """Places in the program where it waits as long as a file stands in a folder, and says so first."""

    def __init__(self, folder: Path | None, tell: Callable[[str], None] = print) -> None:
        self._folder, self._tell = folder, tell

    async def at(self, where: str) -> None:
        if self._folder is None or not (file := self._folder / where.replace(" ", "-")).exists():
            return
        self._tell(where)
        while file.exists():
            await asyncio.sleep(0.01)


class Note(Form, title="Write a note"):
    number: Line


class Press(Action, prefix="trial.press"):
    number: int


class Ring(Action, prefix="trial.ring"):
    number: int


def trial(hold: Hold) -> Ritual:
    ritual = Ritual("trial")

    @ritual.card("note")
    async def draw(db: AsyncSession, subject: int, viewer: Viewer, now: datetime) -> Card | None:
        await hold.at(f"drawing {subject}")
        return say(f"note {subject}.")

    async def one(ctx: Context, number: int) -> tuple[Effect, ...]:
        (place, *_) = await communities.places(ctx.db, ctx.community.id)
        return (Post("note", number, place=place.id), Reply(say(f"Noted: {number}.")))

    @ritual.command("flood", "Post so many notes in all places", role=Role.MEMBER)
    async def flood(ctx: Context, typed: str) -> tuple[Effect, ...]:
        places = await communities.places(ctx.db, ctx.community.id)
        people = await members.joined(ctx.db, ctx.community.id) or [ctx.member]
        roots: dict[int, int] = {}
        wanted: list[Effect] = []
        for number in range(int(typed)):
            place = places[number % len(places)]
            root = roots.get(place.id)
            if root is not None and number % EVERY_DIRECT == EVERY_DIRECT - 1:
                to = people[number % len(people)].id
                wanted.append(Direct("note", number, to=to, kind=Kind.ASKED_FOR, after=("note", root)))
            elif root is not None and number % EVERY_REPLY == EVERY_REPLY - 1:
                wanted.append(Post("note", number, place=place.id, thread_of=("note", root)))
            else:
                roots[place.id] = number
                wanted.append(Post("note", number, place=place.id))
        return (*wanted, Reply(say("It is written down.")))

    @ritual.command("do", "Post one note", role=Role.MEMBER)
    async def do(ctx: Context, typed: str) -> tuple[Effect, ...]:
        return await one(ctx, int(typed))

    @ritual.command("write", "Post one note by form", role=Role.MEMBER, form=Note)
    async def write(ctx: Context, form: Note) -> tuple[Effect, ...]:
        return await one(ctx, int(form.number))

    async def thinks(outside: Outside, typed: str) -> None:
        await hold.at(f"preparing {typed}")

    @ritual.command("think", "Post one note after long preparation", role=Role.MEMBER, prepare=thinks)
    async def think(ctx: Context, typed: str) -> tuple[Effect, ...]:
        return await one(ctx, int(typed))

    @ritual.command("wait", "Post one note after waiting for a lock in the database", role=Role.MEMBER)
    async def wait(ctx: Context, typed: str) -> tuple[Effect, ...]:
        effects = await one(ctx, int(typed))
        await ctx.db.execute(text("SELECT pg_advisory_xact_lock(:number)"), {"number": int(typed)})
        return effects

    @ritual.command("recur", "Begin so many rhythms, each due at its own moment of the next seconds", role=Role.MEMBER)
    async def recur(ctx: Context, typed: str) -> Reply:
        places = await communities.places(ctx.db, ctx.community.id)
        for number in range(int(typed)):
            start = (ctx.now + timedelta(milliseconds=500 + DUE_EVERY_MS * number)).replace(tzinfo=None)
            made = Rhythm(
                community_id=ctx.community.id,
                space_id=places[number % len(places)].space_id,
                made_by=ctx.member.id,
                name="chime",
                title="Chime",
                recurrence=Recurrence(start, "UTC").to_json(),
                more={"number": number},
                watermark=ctx.now,
                created_at=ctx.now,
                lead=0,
                paused=False,
                rev=1,
                failures=0,
            )
            plan(made)
            ctx.db.add(made)
        return Reply(say("They begin."))

    @ritual.rhythm("chime")
    async def chime(ctx: Context, occasion: Occasion) -> Post:
        rhythm = await ctx.db.get_one(Rhythm, occasion.rhythm)
        return Post("note", rhythm.more["number"], space=rhythm.space_id)

    @ritual.click(role=Role.MEMBER)
    async def press(ctx: Context, click: Press) -> tuple[Effect, ...]:
        return (*await one(ctx, click.number), Redraw("note", click.number))

    @ritual.timer
    async def ring(ctx: Context, due: Ring) -> tuple[Effect, ...]:
        return await one(ctx, due.number)

    return ritual
