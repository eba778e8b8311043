"""Channels: which of them the community uses for questions."""

from __future__ import annotations

from pydantic import Field

from bot.context import Context
from bot.core.errors import Fixable
from bot.core.events import PlaceChanged
from bot.core.forms import Choice, Form, Option, Prefill
from bot.core.people import Role
from bot.core.replies import Effect, Post, Reply
from bot.core.ritual import Ritual
from bot.core.text import Channel
from bot.core.ui import say
from storage import audit, communities, visibility
from storage.communities import QUESTIONS, Place

ritual = Ritual("channels")
USUAL_NAME = "questions"  # a channel of this name is used for questions until a facilitator chooses


class UseForQuestions(Form, title="Channel for questions", submit="Use it"):
    place: Choice = Field(title="Which channel shall questions go to?")


async def channels(ctx: Context, _: str) -> Prefill:
    used = {place.id for place in await communities.places(ctx.db, ctx.community.id, QUESTIONS)}
    options = []
    for place in await communities.places(ctx.db, ctx.community.id):
        if await visibility.sees(ctx.db, place.space_id, ctx.viewer, ctx.now):
            label = f"#{place.name}{' (closed)' if place.closed else ''}{' — used now' if place.id in used else ''}"
            options.append(Option(str(place.id), label[:75]))
    if not options:
        raise Fixable("I am in no channel yet. Invite me to one, then try again.")
    return Prefill(options={"place": tuple(options)})


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
    audit.note(ctx.db, ctx.community.id, ctx.member.id, ctx.now, "channel.used", f"place:{place.id}", QUESTIONS)
    return (await _use(ctx, place), Reply(say("Questions can go to ", Channel(place.name, place.ref), " now.")))


@ritual.on(PlaceChanged)
async def a_usual_name(ctx: Context, event: PlaceChanged) -> Effect | None:
    if ctx.place is None or ctx.place.name != USUAL_NAME or ctx.place.closed or ctx.place.archived:
        return None
    if await communities.places(ctx.db, ctx.community.id, QUESTIONS):
        return None
    return await _use(ctx, ctx.place)


async def _use(ctx: Context, place: Place) -> Effect:
    await communities.use_for(ctx.db, place, QUESTIONS)
    return Post("welcome", ctx.community.id, place=place.id, key="welcome")
