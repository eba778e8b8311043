"""Channels: which of them the community uses for questions."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from bot.context import Context
from bot.core.errors import Fixable
from bot.core.events import PlaceChanged
from bot.core.forms import Choice, Form, Option, Options, Prefill
from bot.core.people import Role
from bot.core.replies import Effect, Post, Redraw, Reply
from bot.core.ritual import Ritual
from bot.core.text import Channel
from bot.core.ui import say
from storage import audit, communities, visibility
from storage.communities import QUESTIONS, TALK, Place
from storage.search import index

ritual = Ritual("channels")
USUAL_NAME = "questions"  # a channel of this name is used for questions until a facilitator chooses


USES = (Option(QUESTIONS, "Questions are posted there"), Option(TALK, "Not for questions any more"))


class UseForQuestions(Form, title="Channel for questions", submit="Save"):
    place: Choice = Field(title="Which channel?", description="I must be in it: type /invite with my name there first.")
    purpose: Annotated[Choice, Options(USES)] = Field(default=QUESTIONS, title="What is it for?")


async def channels(ctx: Context, _: str) -> Prefill:
    used = {place.id for place in await communities.places(ctx.db, ctx.community.id, QUESTIONS)}
    options = []
    for place in await communities.places(ctx.db, ctx.community.id):
        if await visibility.sees(ctx.db, place.space_id, ctx.viewer, ctx.now):
            label = f"#{place.name}{' (closed)' if place.closed else ''}{' — used now' if place.id in used else ''}"
            options.append(Option(str(place.id), label[:75]))
    if not options:
        raise Fixable("I am in no channel yet. Invite me to one, then try again.")
    return Prefill({"purpose": QUESTIONS}, {"place": tuple(options)})


@ritual.command(
    "facilitate channels",
    "Choose a channel for questions",
    role=Role.FACILITATOR,
    form=UseForQuestions,
    prefill=channels,
)
async def choose(ctx: Context, form: UseForQuestions) -> tuple[Effect, ...]:
    known = {str(place.id): place for place in await communities.places(ctx.db, ctx.community.id)}
    place = known.get(form.place)
    if place is None or not await visibility.sees(ctx.db, place.space_id, ctx.viewer, ctx.now):
        raise Fixable("Please choose one of the channels.", "place")
    audit.note(ctx.db, ctx.community.id, ctx.member.id, ctx.now, "channel.used", f"place:{place.id}", form.purpose)
    where = Channel(place.name, place.ref)
    if form.purpose == TALK:
        await communities.use_no_more(ctx.db, place)
        return (Redraw("setup", ctx.community.id), Reply(say("Questions no longer go to ", where, ".")))
    effects = await _use(ctx, place), Redraw("setup", ctx.community.id)
    return (*effects, Reply(say("Questions can go to ", where, " now. My welcome there has [Join] and [Ask].")))


@ritual.on(PlaceChanged)
async def a_usual_name(ctx: Context, event: PlaceChanged) -> Effect | None:
    if ctx.place is None or ctx.place.name != USUAL_NAME or ctx.place.closed or ctx.place.archived:
        return None
    if await communities.places(ctx.db, ctx.community.id, QUESTIONS):
        return None
    return await _use(ctx, ctx.place)


async def _use(ctx: Context, place: Place) -> Effect:
    may_share = not await index.holds_anything(ctx.db, place.space_id)
    await communities.use_for(ctx.db, place, QUESTIONS, may_share=may_share)
    return Post("welcome", ctx.community.id, place=place.id, key="welcome")
