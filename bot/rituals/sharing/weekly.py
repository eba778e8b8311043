"""The tip of the week: a tip that was not shown yet, so that each has its turn; then those shown longest ago."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from bot.context import Context
from bot.core.people import Viewer
from bot.core.replies import Post
from bot.core.ritual import Occasion
from bot.core.text import Bold, Quoted, Span, shortened
from bot.core.ui import Button, Card
from bot.rituals.sharing.cards import EXCERPT
from bot.rituals.sharing.declared import Thank, TriedItem, UsedIt, ritual
from bot.services.links import links_to
from storage import items, members
from storage.ledger.rhythms import Rhythm


@ritual.rhythm("tip of the week", "A tip of the week", default="every Monday 9:00")
async def tip_of_the_week(ctx: Context, occasion: Occasion) -> Post | None:
    """Among those of the channel's own; with none there, nothing is posted."""
    rhythm = await ctx.db.get_one(Rhythm, occasion.rhythm)
    tip = await items.next_to_show(ctx.db, rhythm.space_id, ctx.now)
    return Post("tip_of_the_week", tip.id, space=rhythm.space_id) if tip else None


@ritual.card("tip_of_the_week")
async def weekly_card(db: AsyncSession, item_id: int, viewer: Viewer, now: datetime) -> Card | None:
    item = await items.get(db, item_id, viewer, now)
    if item is None:
        return None
    words: list[Span] = ["A tip by ", await members.as_person(db, item.author_id), ": ", Bold(item.title), "\n"]
    words.append(Quoted(shortened(item.text, EXCERPT)))
    links = await links_to(db, "item", [item.id], "Open", viewer, now)
    words += ["\n", links[item.id]] if item.id in links else []
    buttons = (
        Button("I used this", UsedIt(item=item.id)),
        Button("I tried it", TriedItem(item=item.id)),
        Button("Thanks", Thank(item=item.id)),
    )
    return Card("The tip of the week", tuple(words), buttons=buttons)
