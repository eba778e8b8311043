"""Links to where a card stands."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from bot.core.people import Viewer
from bot.core.text import MessageLink
from storage import visibility
from storage.ledger import deliveries


async def links_to(
    db: AsyncSession, card: str, subjects: list[int], label: str, viewer: Viewer, now: datetime
) -> dict[int, MessageLink]:
    """Subject id → a link to its card in a place the viewer can read, so in a workspace where they have an account."""
    posts = [post for post in await deliveries.posts(db, card, subjects) if post.remote_id]
    places = await visibility.readable(db, {post.place_id for post in posts if post.place_id}, viewer, now)
    return {
        post.subject: MessageLink(label, places[post.place_id].ref, post.remote_id)
        for post in posts
        if post.place_id in places
    }
