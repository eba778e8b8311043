"""The whole program with one command more, which writes to every place and every person: python -m bench.broadcast_bot."""

from __future__ import annotations

import asyncio
import gc
import signal

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

import bot.rituals
from bot import logs
from bot.context import Context
from bot.core.people import Role, Viewer
from bot.core.registry import Registry, scan
from bot.core.replies import Direct, Effect, Kind, Post, Reply
from bot.core.ritual import Ritual
from bot.core.ui import Card, say
from bot.settings import Settings
from bot.wiring import Rounds, real_platforms
from storage import communities
from storage.engine import Database
from storage.members import Member

CARD, WORDS = "broadcast", "Bed alarms are tested on Friday."


def broadcast() -> Ritual:
    ritual = Ritual("broadcast")

    @ritual.card(CARD)
    async def draw(db: AsyncSession, subject: int, viewer: Viewer, now: object) -> Card:
        return say(f"{WORDS} ({subject})")

    @ritual.command("broadcast", "Write to every place and every person", role=Role.MEMBER)
    async def everywhere(ctx: Context, typed: str) -> tuple[Effect, ...]:
        places = await communities.places(ctx.db, ctx.community.id)
        people = await ctx.db.scalars(select(Member.id).where(Member.community_id == ctx.community.id))
        posts = [Post(CARD, number, place=place.id) for number, place in enumerate(places)]
        told = [Direct(CARD, number, to=id, kind=Kind.ASKED_FOR) for number, id in enumerate(people, len(posts))]
        return (*posts, *told, Reply(say("It is written down.")))

    return ritual


async def run() -> None:
    settings = Settings()
    over = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, over.set)
    rituals = Registry([broadcast(), *scan(bot.rituals).rituals])
    rounds = Rounds(Database(settings.database_url), real_platforms(settings), registry=rituals)
    await rounds.start()
    await over.wait()
    await rounds.stop()


if __name__ == "__main__":
    gc.freeze()  # as bot/__main__.py does
    logs.set_up()
    asyncio.run(run())
