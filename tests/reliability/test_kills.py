"""Killed at any moment, and with a network that fails in every way, each message stands once, in its place's order.

The seed of a run is printed; ROUNDS_TEST_SEED repeats it.
"""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from sqlalchemy import func, select

from adapters.local.client import Seen
from storage.engine import Database
from storage.ledger.deliveries import SENT, Delivery
from storage.ledger.inbox import InboxEntry
from tests.reliability.processes import PLACES, Ground, Process, until
from tests.reliability.trial import EVERY_DIRECT, EVERY_REPLY

POSTS = 200
FEWEST_KILLS, SECONDS_OF_KILLING = 6, 8
FAULTS = {"fail_before": 0.04, "fail_after": 0.04, "drop_before": 0.04, "drop_after": 0.04, "rate_limit": 0.05}


@asynccontextmanager
async def looking_into(url: str) -> AsyncIterator[Database]:
    database = Database(url)
    yield database
    await database.close()


async def all_arrived(field: Ground) -> bool:
    return len({one.text for one in await field.notes()}) == POSTS


async def kills(field: Ground, bots: list[Process], chance: random.Random) -> int:
    """Kill one or the other at random moments and start it again, for some time or until everything has arrived."""
    count, over = 0, time.monotonic() + SECONDS_OF_KILLING
    while count < FEWEST_KILLS or (time.monotonic() < over and not await all_arrived(field)):
        await asyncio.sleep(chance.uniform(0.05, 0.7))  # the moment is chance; nothing depends on it
        which = chance.randrange(len(bots))
        await bots[which].kill()
        count += 1
        bots[which] = await field.bot()
    return count


def check_order(notes: list[Seen]) -> None:
    """Each once; in each place in the order in which they were wanted; replies in their threads; links after their posts."""
    texts = [one.text for one in notes]
    assert len(texts) == len(set(texts)) == POSTS
    ids = {number_of(one): one.id for one in notes}
    roots: dict[int, int] = {}
    placed: dict[str, list[int]] = {}
    for number in range(POSTS):
        lane = number % len(PLACES)
        is_direct = lane in roots and number % EVERY_DIRECT == EVERY_DIRECT - 1
        is_reply = lane in roots and number % EVERY_REPLY == EVERY_REPLY - 1 and not is_direct
        one = next(one for one in notes if number_of(one) == number)
        assert (one.kind, one.place.startswith("dm-")) == ("reply" if is_reply else "message", is_direct)
        if is_direct:
            assert one.id > ids[roots[lane]]
        else:
            assert one.place == PLACES[lane]
            placed.setdefault(one.place, []).append(one.id)
        if is_reply:
            assert one.item["thread"] == ids[roots[lane]]
        if not is_direct and not is_reply:
            roots[lane] = number
    for place, arrived in placed.items():
        assert arrived == sorted(arrived), place


def number_of(note: Seen) -> int:
    return int(note.text.removeprefix("note ").split(".")[0])


async def delivers_all(field: Ground, chance: random.Random, processes: int) -> None:
    bots = await field.bots(processes)
    await field.person("ada").types(f"/flood {POSTS}")
    await field.api.set_faults(**FAULTS, retry_after=0.2, slow_ms=30, seed=chance.randrange(10**6))
    began = time.monotonic()
    count = await kills(field, bots, chance)
    await until("everything has arrived", lambda: all_arrived(field), every=0.3)
    took = time.monotonic() - began
    await field.api.set_faults()

    async with looking_into(field.database) as database:

        async def settled() -> bool:
            async with database.read() as db:
                states = set(await db.scalars(select(Delivery.state).distinct()))
                left = await db.scalar(select(func.count()).select_from(InboxEntry))
                return states == {SENT} and left == 0

        await until("every row is settled", settled)
        async with database.read() as db:
            again = await db.scalar(select(func.count()).where(Delivery.tries > 1).select_from(Delivery))
    check_order(await field.notes())
    asked, busy = field.logged("delivery.ambiguous"), field.logged("too busy")
    print(
        f"{POSTS} notes, {count} kills, {asked} unclear ends, {busy} × 429, {again} tried more than once, {took:.1f} s"
    )
    assert count >= FEWEST_KILLS
    assert asked > 0
    assert busy > 0
    for bot in bots:
        await bot.stop()


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
async def test_one_process_on_sqlite(field: Ground, chance: random.Random) -> None:
    await delivers_all(field, chance, processes=1)


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
async def test_two_processes_on_postgresql(field: Ground, chance: random.Random) -> None:
    await delivers_all(field, chance, processes=2)
