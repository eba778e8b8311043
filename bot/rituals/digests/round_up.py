"""The digest of a channel in the channel itself: what a facilitator schedules as a round-up."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy.ext.asyncio import AsyncSession

from bot.context import Context
from bot.core.people import Viewer
from bot.core.replies import Post
from bot.core.ritual import Occasion
from bot.core.ui import Button, Card
from bot.rituals.digests.cards import drawn
from bot.rituals.digests.composing import composed
from bot.rituals.digests.declared import ritual
from bot.rituals.digests.gathering import Reader, candidates
from bot.rituals.schedule import MoreOfPrompt
from storage import communities, digests
from storage.digests import Line
from storage.ledger import rhythms
from storage.ledger.rhythms import REMOVED, Rhythm

WEEK, INSTANT = timedelta(days=7), timedelta(microseconds=1)


@ritual.rhythm("round-up", "A round-up of what is new in the channel", default="every Friday 16:00")
async def post_round_up(ctx: Context, occasion: Occasion) -> Post | None:
    """Nothing new: nothing is posted."""
    rhythm = await ctx.db.get_one(Rhythm, occasion.rhythm)
    happened = await rhythms.occurrence(ctx.db, rhythm.id, occasion.slot)
    places = await communities.places_of_space(ctx.db, rhythm.space_id)
    if not places:
        return None
    lines = await _lines(ctx.db, Viewer(ctx.community.id, place=places[0].id), rhythm.id, occasion.at)
    await digests.keep_round_up(ctx.db, happened, lines)
    return Post("round_up", happened, space=rhythm.space_id) if lines else None


@ritual.card("round_up")
async def round_up_card(db: AsyncSession, occurrence_id: int, viewer: Viewer, now: datetime) -> Card | None:
    """What a digest of the channel would say to everybody who reads it."""
    found = await rhythms.of_occurrence(db, occurrence_id)
    if found is None or found[1].community_id != viewer.community or found[0].state == REMOVED:
        return None
    lines = await drawn(db, await digests.round_up(db, occurrence_id), viewer, now)
    if not lines:
        return None
    return Card(
        "New in this channel", sections=lines, buttons=(Button("More", MoreOfPrompt(occurrence=occurrence_id)),)
    )


async def _lines(db: AsyncSession, viewer: Viewer, rhythm_id: int, at: datetime) -> list[Line]:
    """What was new before then, since the round-up before: so nothing is told in two of them, and nothing in none."""
    since = await rhythms.before(db, rhythm_id, at) or at - WEEK
    until = at - INSTANT
    return composed(await candidates(db, Reader(viewer, since, since), until), {}, until)
