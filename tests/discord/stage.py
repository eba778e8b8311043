"""A ritual made for trying the adapter: what is slow, says nothing, asks much, or posts much."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field
from datetime import datetime
from typing import Annotated, Any

from pydantic import Field
from sqlalchemy.ext.asyncio import AsyncSession

from bot.context import Context
from bot.core.errors import Fixable
from bot.core.forms import Choice, Form, Line, Number, Option, Options, Paragraph, Tags, YesNo
from bot.core.people import Role, Viewer
from bot.core.ports import Outside
from bot.core.replies import Direct, Effect, Kind, Post, Reply
from bot.core.ritual import Ritual
from bot.core.ui import Action, Button, Card, say
from bot.limits import Limits
from storage import communities
from tests.support.world import World


class Many(Form, title="Many questions"):
    name: Line = Field(title="Its name", max_length=80)
    number: Number = Field(title="How many are there?")
    details: Paragraph = Field("", title="Details")
    size: Annotated[Choice, Options((Option("s", "Small"), Option("l", "Large")))] = Field("s", title="How large?")
    sure: YesNo = Field(False, title="Are you sure?")
    where: Line = Field(title="Where is it?")
    words: Tags = Field((), title="Words for it")


class Press(Action, prefix="stage.press"):
    number: int


class Shown(Action, prefix="stage.shown"):
    number: int


class Aloud(Action, prefix="stage.aloud"):
    pass


class Told(Form, title="Tell me"):
    text: Line = Field(title="Text")


@dataclass
class Stage:
    """The ritual, and what its handlers wait for."""

    ritual: Ritual = field(default_factory=lambda: Ritual("stage"))
    gate: asyncio.Event = field(default_factory=asyncio.Event)
    done: list[str] = field(default_factory=list)


def a_stage() -> Stage:
    """``/slow``, ``/aloud`` and the buttons wait for the gate; ``/flood n`` posts, every tenth to who asked for it."""
    it = Stage()
    it.gate.set()
    ritual = it.ritual

    async def waits(outside: Outside, given: Any) -> None:
        await it.gate.wait()

    async def act(words: str) -> None:
        it.done.append(words)

    @ritual.command("slow", "Answer privately", role=Role.MEMBER, prepare=waits, typed="Words")
    async def slow(ctx: Context, typed: str) -> Reply:
        await act(typed)
        return Reply(say("Slowly: ", typed))

    @ritual.command("aloud", "Answer for all", role=Role.MEMBER, prepare=waits, private=False, typed="Words")
    async def aloud(ctx: Context, typed: str) -> Reply:
        await act(typed)
        return Reply(say("Aloud: ", typed))

    @ritual.command("silent", "Do and say nothing", role=Role.MEMBER, prepare=waits)
    async def silent(ctx: Context, typed: str) -> None:
        await act("silent")

    @ritual.command("long", "Answer at length", role=Role.MEMBER)
    async def long(ctx: Context, typed: str) -> Reply:
        return Reply(Card(body=("\n".join(f"Line {number} of many words." for number in range(400)),)))

    @ritual.command("many", "Ask much", role=Role.MEMBER, prepare=waits, form=Many)
    async def many(ctx: Context, form: Many) -> Reply:
        await act(form.name)
        if form.where == "nowhere":
            raise Fixable("There is no such place.", "where")
        said = f"{form.number} of {form.name}, {form.size}, {form.sure}, {form.where}, {'+'.join(form.words)}"
        return Reply(say(said, "; ", form.details))

    @ritual.command("buttons", "Show some", role=Role.MEMBER)
    async def buttons(ctx: Context, typed: str) -> tuple[Effect, ...]:
        return (Direct("buttons", 1, to=ctx.member.id, kind=Kind.ASKED_FOR), *_posts("buttons", 1, await _places(ctx)))

    @ritual.command("flood", "Post so many notes", role=Role.MEMBER, typed="How many")
    async def flood(ctx: Context, typed: str) -> tuple[Effect, ...]:
        places = await _places(ctx)
        wanted: list[Effect] = []
        for number in range(int(typed)):
            if number % EVERY_DIRECT == EVERY_DIRECT - 1:
                wanted.append(Direct("note", number, to=ctx.member.id, kind=Kind.ASKED_FOR))
            else:
                wanted.append(Post("note", number, place=places[number % len(places)]))
        return (*wanted, Reply(say("It is written down.")))

    @ritual.command("below", "Post a note in the thread of the first", role=Role.MEMBER)
    async def below(ctx: Context, typed: str) -> tuple[Effect, ...]:
        place = (await _places(ctx))[0]
        return (Post("note", 1, place=place, thread_of=("note", 0)), Reply(say("It is written down.")))

    @ritual.command("plain", "Post a note without a button", role=Role.MEMBER)
    async def plain(ctx: Context, typed: str) -> tuple[Effect, ...]:
        return (Post("plain", 1, place=(await _places(ctx))[-1]), Reply(say("It is written down.")))

    @ritual.card("note")
    async def note(db: AsyncSession, subject: int, viewer: Viewer, now: datetime) -> Card | None:
        discussed = subject % 3 == 0
        return Card(f"note {subject}.", buttons=(Button("Press", Press(number=subject)),), discussed=discussed)

    @ritual.card("plain")
    async def plainly(db: AsyncSession, subject: int, viewer: Viewer, now: datetime) -> Card | None:
        return say(f"plain note {subject}.")

    @ritual.card("buttons")
    async def some(db: AsyncSession, subject: int, viewer: Viewer, now: datetime) -> Card | None:
        return Card(
            "Some buttons",
            buttons=(Button("Press", Press(number=7)), Button("Tell", Shown(number=8)), Button("Aloud", Aloud())),
        )

    @ritual.click(role=Role.MEMBER)
    async def press(ctx: Context, click: Press) -> Reply | None:
        await act(f"press {click.number} in {ctx.community.name}")
        return Reply(say(f"Pressed {click.number} in {ctx.community.name}."))

    @ritual.click(role=Role.MEMBER, form=Told)
    async def shown(ctx: Context, click: Shown, form: Told) -> Reply:
        await act(f"told {form.text} in {ctx.community.name}")
        return Reply(say(f"Told in {ctx.community.name}: {form.text}"))

    @ritual.click(role=Role.MEMBER, private=False, prepare=waits)
    async def pressed_aloud(ctx: Context, click: Aloud) -> Reply:
        return Reply(say("Pressed for all to see."))

    return it


# How a test opens a world on the stage, see conftest.
OpenWorld = Callable[..., AbstractAsyncContextManager[tuple[World, Stage]]]
QUICK = Limits(acknowledge_within=0.2, form_within=0.5, burst_per_person=1000)
EVERY_DIRECT = 10  # the last of so many goes to whoever asked for it


async def _places(ctx: Context) -> list[int]:
    return [place.id for place in await communities.places(ctx.db, ctx.community.id)]


def _posts(card: str, subject: int, places: list[int]) -> tuple[Any, ...]:
    return tuple(Post(card, subject, place=place) for place in places[:1])


async def drops_and_forgets(world: World) -> None:
    """Discord ends the gateway's connection, and does not take it up again where it was."""
    await world.api.gateway("forget")
    await world.api.drop_gateways()
