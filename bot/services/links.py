"""Links to where a card stands."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from bot.core.people import Viewer
from bot.core.text import MessageLink
from storage import communities, visibility
from storage.ledger import deliveries


async def links_to(
    db: AsyncSession, card: str, subjects: list[int], label: str, viewer: Viewer, now: datetime
) -> dict[int, MessageLink]:
    """Subject id → a link to its card in a place the viewer can read, so in a workspace where they have an account."""
    found: dict[int, MessageLink] = {}
    for post in await deliveries.posts(db, card, subjects):
        place = await db.get_one(communities.Place, post.place_id)
        if post.remote_id and await visibility.reads(db, place, viewer, now):
            found[post.subject] = MessageLink(label, place.ref, post.remote_id)
    return found
