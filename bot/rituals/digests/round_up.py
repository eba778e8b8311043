"""The digest of a channel in the channel itself: what a facilitator schedules as a round-up."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy.ext.asyncio import AsyncSession

from bot.context import Context
from bot.core.people import Viewer
from bot.core.replies import Post
from bot.core.ritual import Occasion
from bot.core.ui import Card
from bot.rituals.digests.cards import drawn
from bot.rituals.digests.composing import composed
from bot.rituals.digests.declared import ritual
from bot.rituals.digests.gathering import Reader, candidates
from storage import communities
from storage.digests import Line
from storage.ledger import rhythms
from storage.ledger.rhythms import Rhythm

WEEK, INSTANT = timedelta(days=7), timedelta(microseconds=1)


@ritual.rhythm("round-up", "A round-up of what is new in the channel", default="every Friday 16:00")
async def post_round_up(ctx: Context, occasion: Occasion) -> Post | None:
    """Nothing new: nothing is posted."""
    rhythm = await ctx.db.get_one(Rhythm, occasion.rhythm)
    happened = await rhythms.occurrence(ctx.db, rhythm.id, occasion.slot)
    places = await communities.places_of_space(ctx.db, rhythm.space_id)
    if not places:
        return None
    anything = await _lines(ctx.db, Viewer(ctx.community.id, place=places[0].id), rhythm.id, occasion.at)
    return Post("round_up", happened, space=rhythm.space_id) if anything else None


@ritual.card("round_up")
async def round_up_card(db: AsyncSession, occurrence_id: int, viewer: Viewer, now: datetime) -> Card | None:
    """What a digest of the channel would say to everybody who reads it."""
    found = await rhythms.of_occurrence(db, occurrence_id)
    if found is None or found[1].community_id != viewer.community:
        return None
    occurrence, rhythm = found
    lines = await drawn(db, await _lines(db, viewer, rhythm.id, occurrence.due), viewer, now)
    return Card("New in this channel", sections=lines) if lines else None


async def _lines(db: AsyncSession, viewer: Viewer, rhythm_id: int, at: datetime) -> list[Line]:
    """What was new before then, since the round-up before: so nothing is told in two of them, and nothing in none."""
    since = await rhythms.before(db, rhythm_id, at) or at - WEEK
    until = at - INSTANT
    return composed(await candidates(db, Reader(viewer, since), until), {}, until)
