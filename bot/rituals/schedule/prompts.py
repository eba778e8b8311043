"""What is posted on the dates of a schedule: a facilitator's own words, a round-up of what is new."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy.ext.asyncio import AsyncSession

from bot.context import Context
from bot.core.people import Viewer
from bot.core.replies import Post
from bot.core.ritual import Occasion
from bot.core.text import Bold, Span
from bot.core.ui import Card, Section
from bot.rituals.schedule.declared import ritual
from bot.services.links import links_to
from storage import communities, items, questions
from storage.ledger import rhythms
from storage.ledger.rhythms import Rhythm
from storage.search import index
from storage.search.index import Filters, Match

OWN_WORDS = "own words"
ROUND_UP = "round-up"
SHOWN = 8
WEEK = timedelta(days=7)


@ritual.rhythm(OWN_WORDS)
async def post_own_words(ctx: Context, occasion: Occasion) -> Post:
    rhythm = await ctx.db.get_one(Rhythm, occasion.rhythm)
    happened = await rhythms.occurrence(ctx.db, rhythm.id, occasion.slot)
    return Post("prompt", happened, space=rhythm.space_id)


@ritual.card("prompt")
async def prompt_card(db: AsyncSession, occurrence_id: int, viewer: Viewer, now: datetime) -> Card | None:
    found = await rhythms.of_occurrence(db, occurrence_id)
    if found is None or found[1].community_id != viewer.community:
        return None
    return Card(body=(str(found[1].more.get("text", "")),))


@ritual.rhythm(ROUND_UP, "A round-up of what is new in the channel", default="every Friday 16:00")
async def post_round_up(ctx: Context, occasion: Occasion) -> Post | None:
    """Nothing new: nothing is posted."""
    rhythm = await ctx.db.get_one(Rhythm, occasion.rhythm)
    happened = await rhythms.occurrence(ctx.db, rhythm.id, occasion.slot)
    since = await rhythms.before(ctx.db, rhythm.id, occasion.at) or occasion.at - WEEK
    places = await communities.places_of_space(ctx.db, rhythm.space_id)
    if not places:
        return None
    anything = await _new(ctx.db, Viewer(ctx.community.id, place=places[0].id), since, occasion.at, ctx.now)
    return Post("round_up", happened, space=rhythm.space_id) if anything else None


@ritual.card("round_up")
async def round_up_card(db: AsyncSession, occurrence_id: int, viewer: Viewer, now: datetime) -> Card | None:
    """What was asked and shared in the channel since the round-up before, with links."""
    found = await rhythms.of_occurrence(db, occurrence_id)
    if found is None or found[1].community_id != viewer.community:
        return None
    occurrence, rhythm = found
    since = await rhythms.before(db, rhythm.id, occurrence.due) or occurrence.due - WEEK
    new = await _new(db, viewer, since, occurrence.due, now)
    lines = [line for match in new if (line := await _line(db, match, viewer, now)) is not None]
    return Card("New in this channel", sections=tuple(lines)) if lines else None


async def _new(db: AsyncSession, viewer: Viewer, since: datetime, until: datetime, now: datetime) -> list[Match]:
    """What was asked and shared where the viewer is, the newest first."""
    return await index.find(db, "", viewer, now, filters=Filters(after=since, before=until), limit=SHOWN)


async def _line(db: AsyncSession, match: Match, viewer: Viewer, now: datetime) -> Section | None:
    is_question = match.kind == questions.KIND
    it = await (questions.get if is_question else items.get)(db, match.subject, viewer, now)
    if it is None:
        return None
    card = "question" if is_question else "item"
    links = await links_to(db, card, [match.subject], "Open", viewer, now)
    words: list[Span] = ["Asked: " if is_question else f"Shared, a {match.kind}: ", Bold(it.title)]
    words += [" · ", links[match.subject]] if match.subject in links else []
    return Section(tuple(words))
