"""Threads that people begin, messages that they put forward, and what digests say of both."""

from __future__ import annotations

import json
from typing import Any

from sqlalchemy import func, select

from storage.activity import BusyThread, Voice
from storage.communities import Place
from storage.forwarded import Forwarded
from storage.ledger.inbox import InboundEvent
from tests.support.waiting import until
from tests.support.world import World

LINE = "Worth a look"


async def counts_threads(world: World, place: str = "questions") -> None:
    async with world.database.read() as db:
        here = await db.scalar(select(Place.id).where(Place.name == place))
    facilitator = world.person("ada")
    await facilitator.types("/facilitate channels")
    await facilitator.submits(place=str(here), counting="on")
    await facilitator.sees("numbers, never words")
    await world.settles()


async def voices(world: World) -> dict[str, dict[str, int]]:
    """Thread → how many people wrote in it, and how often."""
    query = select(BusyThread.thread, func.count(), func.sum(Voice.replies)).join(Voice).group_by(BusyThread.thread)
    async with world.database.read() as db:
        return {thread: {"people": people, "replies": replies} for thread, people, replies in await db.execute(query)}


async def hears(world: World, replies: int) -> None:
    """What is typed reaches the program on its own time."""

    async def heard() -> bool:
        return sum(one["replies"] for one in (await voices(world)).values()) >= replies

    await until(heard)


async def acted_on(world: World, prefix: str) -> int:
    """How many events were written down whose keys begin so."""
    async with world.database.read() as db:
        return await db.scalar(select(func.count()).where(InboundEvent.key.startswith(prefix))) or 0


async def puts_forward(world: World, words: str | int, line: str = LINE) -> None:
    proposer = world.person("ben")
    await proposer.chooses_in_menu("Save to Rounds…", of=words)
    await proposer.submits(what="digest", why=line)
    await proposer.sees("It may stand in the next digest")


async def nothing_is_put_forward(world: World) -> None:
    async def nothing() -> bool:
        async with world.database.read() as db:
            return not await db.scalar(select(func.count()).select_from(Forwarded))

    await until(nothing)
    await world.settles()


async def gets_a_digest(world: World) -> Any:
    """Dana wants one; what she sees when it comes."""
    reader = world.person("dana")
    await reader.presses("Weekly digest of this channel", on="Welcome to")
    await reader.sees("Weekly digest of")
    await world.passes(days=3)
    return await reader.sees("your digest")


def links_in(item: Any) -> str:
    return json.dumps(item)
