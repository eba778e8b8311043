"""Digests that were sent tell of things that change or go: then they are drawn anew."""

from __future__ import annotations

from sqlalchemy.ext.asyncio import AsyncSession

from bot.core.replies import Redraw
from storage import digests


async def digests_with(db: AsyncSession, kind: str, *subjects: int) -> list[Redraw]:
    """To be drawn anew: those with a line about one of these, whatever the line says of it; a channel's round-ups, too."""
    told = [Redraw("digest", issue) for issue in await digests.issues_with(db, kind, subjects)]
    return told + [Redraw("round_up", happened) for happened in await digests.round_ups_with(db, kind, subjects)]
