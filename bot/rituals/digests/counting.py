"""Counting how busy threads are: a facilitator's switch for a channel, off at first, with a notice. Numbers, never words."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from bot.context import Context
from bot.core.events import Talked, ThreadReply
from bot.core.people import Viewer
from bot.core.replies import Effect, Post, Redraw
from bot.core.text import Bold
from bot.core.ui import Button, Card
from bot.rituals.digests.declared import LeaveMeOut, ritual
from storage import activity, audit
from storage.communities import Place


@ritual.on(Talked)
async def somebody_talked(ctx: Context, event: Talked) -> None:
    await _heard(ctx, event.thread, event.at)


@ritual.on(ThreadReply)
async def somebody_replied(ctx: Context, event: ThreadReply) -> None:
    await _heard(ctx, event.thread, event.at)


async def _heard(ctx: Context, thread: str, at: datetime) -> None:
    if ctx.place is not None and at > ctx.now - activity.KEPT:
        await activity.heard(ctx.db, ctx.place.id, thread, ctx.member.id, at)


async def count_threads(ctx: Context, place: Place, *, on: bool) -> tuple[Effect, ...]:
    """Switch it; the channel is told."""
    if not await activity.switch(ctx.db, place.id, ctx.now, on=on):
        return ()
    action = "activity.on" if on else "activity.off"
    audit.note(ctx.db, ctx.community.id, ctx.member.id, ctx.now, action, f"place:{place.id}")
    notice = Post("activity_notice", place.id, place=place.id)
    return (Redraw("activity_notice", place.id), *((notice,) if on else ()))


@ritual.card("activity_notice")
async def notice(db: AsyncSession, place_id: int, viewer: Viewer, now: datetime) -> Card | None:
    """To the channel: what is counted, and the way out."""
    place = await db.get(Place, place_id)
    if place is None or viewer.place != place.id:
        return None
    if not await activity.is_counted(db, place.id):
        return Card(body=("Threads here are not counted any more.",))
    words = (
        "From now on I count, here, how many replies a thread gets and from how many people, for digests: ",
        Bold("numbers, never words"),
        f". Who wrote and where is forgotten after {activity.KEPT.days} days.",
    )
    return Card(body=words, buttons=(Button("Leave my messages out", LeaveMeOut(place=place.id)),))
