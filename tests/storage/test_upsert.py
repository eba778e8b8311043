"""Being the first: among many who try at once exactly one is, on both databases."""

from __future__ import annotations

import asyncio

from sqlalchemy import func, select

from storage.engine import Database
from storage.ledger import inbox
from storage.ledger.inbox import InboundEvent
from storage.upsert import insert_or_nothing
from tests.storage.rows import NOW, undone


async def test_exactly_one_of_ten_who_try_at_once_is_the_first(database: Database) -> None:
    async def attempt() -> bool:
        async with database.write() as db:
            first = await insert_or_nothing(db, InboundEvent, platform="slack", key="Ev1", at=NOW)
            await asyncio.sleep(0.01)
            return first

    async with asyncio.timeout(20):
        results = await asyncio.gather(*(attempt() for _ in range(10)))
    assert sorted(results) == [False] * 9 + [True]
    async with database.read() as db:
        assert await db.scalar(select(func.count()).select_from(InboundEvent)) == 1


async def test_when_the_first_gives_up_the_next_one_is_the_first(database: Database) -> None:
    async with undone(database) as db:
        assert await inbox.claim(db, "slack", "Ev1", NOW)
    async with database.write() as db:
        assert await inbox.claim(db, "slack", "Ev1", NOW)
    async with database.write() as db:
        assert not await inbox.claim(db, "slack", "Ev1", NOW)
        assert await inbox.claim(db, "discord", "Ev1", NOW)
        assert not await inbox.claim(db, "discord", "Ev1", NOW)
