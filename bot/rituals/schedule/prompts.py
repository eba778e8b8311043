"""What is posted on the dates of a schedule: a facilitator's own words."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from bot.context import Context
from bot.core.errors import Fixable
from bot.core.people import Role, Viewer
from bot.core.replies import Effect, Post, Reply, Withdraw
from bot.core.ritual import Occasion
from bot.core.text import Typed
from bot.core.ui import Button, Card, say
from bot.recurrence.saying import in_words
from bot.rituals.schedule.declared import MoreOfPrompt, RemovePrompt, WhyRemoved, ritual
from bot.services.rhythms import coming, recurrence_of
from storage import audit
from storage.ledger import rhythms
from storage.ledger.rhythms import REMOVED, Occurrence, Rhythm

OWN_WORDS = "own words"


@ritual.rhythm(OWN_WORDS)
async def post_own_words(ctx: Context, occasion: Occasion) -> Post:
    rhythm = await ctx.db.get_one(Rhythm, occasion.rhythm)
    happened = await rhythms.occurrence(ctx.db, rhythm.id, occasion.slot)
    return Post("prompt", happened, space=rhythm.space_id)


@ritual.card("prompt")
async def prompt_card(db: AsyncSession, occurrence_id: int, viewer: Viewer, now: datetime) -> Card | None:
    found = await rhythms.of_occurrence(db, occurrence_id)
    if found is None or found[1].community_id != viewer.community or found[0].state == REMOVED:
        return None
    return Card(
        body=(str(found[1].more.get("text", "")),), buttons=(Button("More", MoreOfPrompt(occurrence=occurrence_id)),)
    )


async def _posted(ctx: Context, occurrence_id: int) -> tuple[Occurrence, Rhythm]:
    """What was posted, and its schedule. Raises Fixable."""
    found = await rhythms.of_occurrence(ctx.db, occurrence_id)
    rhythm = await rhythms.get(ctx.db, found[1].id, ctx.viewer, ctx.now) if found else None
    if found is None or rhythm is None:
        raise Fixable("This is gone, or you can't see the channel it stands in any more.")
    return found[0], rhythm


@ritual.click(role=Role.MEMBER, reads=True)
async def more_of_prompt(ctx: Context, click: MoreOfPrompt) -> Reply:
    """Why it is posted; a facilitator can take it away."""
    occurrence, rhythm = await _posted(ctx, click.occurrence)
    words = ("A facilitator scheduled it: ", in_words(recurrence_of(rhythm)), ".")
    may = ctx.member.role >= Role.FACILITATOR and occurrence.state != REMOVED
    return Reply(
        Card(body=words, buttons=(Button("Remove", RemovePrompt(occurrence=occurrence.id), "danger"),) if may else ())
    )


@ritual.click(role=Role.FACILITATOR, form=WhyRemoved)
async def remove_prompt(ctx: Context, click: RemovePrompt, form: WhyRemoved) -> tuple[Effect, ...]:
    """It goes from its channel. Its words go, too, where nothing else is posted of them."""
    occurrence, rhythm = await _posted(ctx, click.occurrence)
    await rhythms.held(ctx.db, rhythm.id)
    await ctx.db.refresh(occurrence)
    if occurrence.state == REMOVED:
        raise Fixable("This is gone already.")
    occurrence.state = REMOVED
    of = f"prompt:{occurrence.id}"
    audit.note(ctx.db, ctx.community.id, ctx.member.id, ctx.now, "prompt.removed", of, form.reason)
    await ctx.db.flush()
    goes_on = rhythm.ended_at is None and bool(coming(rhythm, ctx.now, 1))
    if not goes_on and not await rhythms.ever(ctx.db, rhythm.id):
        rhythm.more, rhythm.title = {}, ""
    rest = (" Its next dates stay as they are: ", Typed("facilitate schedule"), " changes or ends them.")
    gone = (Withdraw("prompt", occurrence.id), Withdraw("round_up", occurrence.id))
    return (*gone, Reply(say("It is gone from its channel.", *(rest if goes_on else ()))))
