"""A ritual that posts: many notes at once, one, one after long preparation."""

from __future__ import annotations

import asyncio
from datetime import datetime
from pathlib import Path

from sqlalchemy.ext.asyncio import AsyncSession

from bot.context import Context
from bot.core.people import Role, Viewer
from bot.core.ports import Outside
from bot.core.replies import Direct, Effect, Kind, Post, Reply
from bot.core.ritual import Ritual
from bot.core.ui import Card, say
from storage import communities

EVERY_DIRECT = 10  # the last of so many goes to whoever asked for it


def flooding(folder: Path) -> Ritual:
    """``/think n`` waits as long as there is a file ``n`` in the folder."""
    ritual = Ritual("flood")

    @ritual.card("note")
    async def draw(db: AsyncSession, subject: int, viewer: Viewer, now: datetime) -> Card | None:
        return say(f"note {subject}.")

    @ritual.command("flood", "Post so many notes in all places", role=Role.MEMBER)
    async def flood(ctx: Context, typed: str) -> tuple[Effect, ...]:
        places = await communities.places(ctx.db, ctx.community.id)
        wanted: list[Effect] = []
        for number in range(int(typed)):
            if number % EVERY_DIRECT == EVERY_DIRECT - 1:
                wanted.append(Direct("note", number, to=ctx.member.id, kind=Kind.ASKED_FOR))
            else:
                wanted.append(Post("note", number, place=places[number % len(places)].id))
        return (*wanted, Reply(say("It is written down.")))

    @ritual.command("do", "Post one note", role=Role.MEMBER)
    async def do(ctx: Context, typed: str) -> tuple[Effect, ...]:
        (place, *_) = await communities.places(ctx.db, ctx.community.id)
        return (Post("note", int(typed), place=place.id), Reply(say(f"Noted: {typed}.")))

    async def thinks(outside: Outside, typed: str) -> None:
        while (folder / typed).exists():
            await asyncio.sleep(0.01)

    @ritual.command("think", "Post one note after long preparation", role=Role.MEMBER, prepare=thinks)
    async def think(ctx: Context, typed: str) -> tuple[Effect, ...]:
        return await do(ctx, typed)

    return ritual
