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
from bot.core.text import Channel, Span, shortened
from bot.core.ui import say
from bot.rituals.digests import count_threads
from storage import audit, communities, visibility
from storage.communities import QUESTIONS, TALK, Place
from storage.search import index

ritual = Ritual("channels")
CHOSEN = "channel.used"  # in the audit log
USUAL_NAME = "questions"  # a channel of this name is used for questions until a facilitator chooses


AS_IT_IS, ON, OFF = "same", "on", "off"
USES = (
    Option(QUESTIONS, "Questions are posted there"),
    Option(TALK, "Not for questions any more"),
    Option(AS_IT_IS, "Leave it as it is"),
)


COUNTING = (
    Option(AS_IT_IS, "Leave it as it is"),
    Option(ON, "Count busy threads for digests: in numbers, and the channel is told"),
    Option(OFF, "Don't count them"),
)


class UseForQuestions(Form, title="Channel for questions", submit="Save"):
    place: Choice = Field(title="Which channel?", description="I must be in it: let me in there first.")
    purpose: Annotated[Choice, Options(USES)] = Field(default=AS_IT_IS, title="What is it for?")
    counting: Annotated[Choice, Options(COUNTING)] = Field(default=AS_IT_IS, title="Busy threads")


async def channels(ctx: Context, _: str) -> Prefill:
    used = {place.id for place in await communities.places(ctx.db, ctx.community.id, QUESTIONS)}
    here = ctx.place.id if ctx.place else None
    # The likeliest first: a platform may offer the first few only.
    places = sorted(await _choices(ctx), key=lambda place: (place.id != here, place.id not in used))
    options = []
    for place in places:
        notes = "".join(
            note
            for note, applies in (
                (" (closed)", place.closed),
                (" (out of reach)", place.archived),
                (" — used now", place.id in used),
            )
            if applies
        )
        options.append(Option(str(place.id), f"#{shortened(place.name, 40)}{notes}"))
    if not options:
        raise Fixable("I am in no channel yet. Invite me to one, then try again.")
    return Prefill({"purpose": AS_IT_IS if used else QUESTIONS, "counting": AS_IT_IS}, {"place": tuple(options)})


async def _choices(ctx: Context) -> list[Place]:
    """Those that this person can see; also what was for questions and is out of reach, so that it can be dropped."""
    listed = await communities.places(ctx.db, ctx.community.id)
    listed += await communities.places(ctx.db, ctx.community.id, QUESTIONS, archived=True)
    return [place for place in listed if await visibility.sees(ctx.db, place.space_id, ctx.viewer, ctx.now)]


@ritual.command(
    "facilitate channels",
    "Choose a channel for questions",
    role=Role.FACILITATOR,
    form=UseForQuestions,
    prefill=channels,
)
async def choose(ctx: Context, form: UseForQuestions) -> tuple[Effect, ...]:
    place = {str(place.id): place for place in await _choices(ctx)}.get(form.place)
    if place is None:
        raise Fixable("Please choose one of the channels.", "place")
    if place.archived and form.purpose == QUESTIONS:
        raise Fixable("I can't post in this channel: unarchive it and let me in first.", "place")
    counted = () if form.counting == AS_IT_IS else await count_threads(ctx, place, on=form.counting == ON)
    if form.purpose == AS_IT_IS:
        return _only_counted(form, place, counted)
    audit.note(ctx.db, ctx.community.id, ctx.member.id, ctx.now, CHOSEN, f"place:{place.id}", form.purpose)
    where = Channel(place.name, place.ref)
    if form.purpose == TALK:
        await communities.use_no_more(ctx.db, place)
        return (*counted, Redraw("setup", ctx.community.id), Reply(say("Questions no longer go to ", where, ".")))
    effects = *counted, await _use(ctx, place), Redraw("setup", ctx.community.id)
    words: list[Span] = ["Questions can go to ", where, " now. My welcome there has [Join] and [Ask]."]
    if len(await communities.places_of_space(ctx.db, place.space_id)) > 1:
        words += [" What is asked there is also shown in the community's other workspace, and the other way round."]
    return (*effects, Reply(say(*words)))


def _only_counted(form: UseForQuestions, place: Place, counted: tuple[Effect, ...]) -> tuple[Effect, ...]:
    if form.counting == AS_IT_IS:
        raise Fixable("This changes nothing: choose what it is for, or whether its threads are counted.", "purpose")
    said = "are counted for digests now" if form.counting == ON else "are not counted any more"
    return (*counted, Reply(say("Busy threads in ", Channel(place.name, place.ref), f" {said}.")))


@ritual.on(PlaceChanged)
async def a_usual_name(ctx: Context, event: PlaceChanged) -> Effect | None:
    if ctx.place is None or ctx.place.name != USUAL_NAME or ctx.place.closed or ctx.place.archived:
        return None
    if await communities.places(ctx.db, ctx.community.id, QUESTIONS):
        return None
    if await audit.happened(ctx.db, ctx.community.id, CHOSEN):
        return None  # a facilitator has chosen, perhaps none
    return await _use(ctx, ctx.place)


async def _use(ctx: Context, place: Place) -> Effect:
    may_share = not await index.holds_anything(ctx.db, place.space_id)
    await communities.use_for(ctx.db, place, QUESTIONS, may_share=may_share)
    return Post("welcome", ctx.community.id, place=place.id, key="welcome")
