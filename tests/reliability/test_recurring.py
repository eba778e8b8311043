"""What recurs, while its processes are killed and frozen at random and the network fails: each date happens once, none is lost.

The seed of a run is printed; ROUNDS_TEST_SEED repeats it.
"""

from __future__ import annotations

import asyncio
import random
from collections import Counter

import pytest
from sqlalchemy import func, select

from storage.ledger.deliveries import SENT, Delivery
from storage.ledger.rhythms import HAPPENED, Occurrence
from tests.reliability.processes import Ground, until
from tests.reliability.test_kills import FAULTS, looking_into

RHYTHMS, FEWEST = 120, 4  # due within six seconds; and so often somebody is killed or frozen
FROZEN = (0.5, 2.5)  # seconds; longer than a lease (1.5), and shorter


async def happen_all(field: Ground, dice: random.Random, processes: int) -> None:
    bots = await field.bots(processes)
    await field.api.set_faults(**FAULTS, retry_after=0.2, slow_ms=30, seed=dice.randrange(10**6))
    await field.person("ada").types(f"/recur {RHYTHMS}")

    async def all_arrived() -> bool:
        return len({one.text for one in await field.notes()}) == RHYTHMS

    done: Counter[str] = Counter()
    while sum(done.values()) < FEWEST or not await all_arrived():
        await asyncio.sleep(dice.uniform(0.1, 0.8))  # the moment is chance; nothing depends on it
        which = dice.randrange(len(bots))
        if dice.random() < 0.5:
            await bots[which].kill()
            bots[which] = await field.bot()
            done["killed"] += 1
        else:
            bots[which].freeze()
            await asyncio.sleep(dice.uniform(*FROZEN))
            bots[which].thaw()
            done["frozen"] += 1
        if sum(done.values()) > 3 * FEWEST:
            break
    await until("everything has arrived", all_arrived, every=0.3)
    await field.api.set_faults()

    async with looking_into(field.database) as database:

        async def settled() -> bool:
            async with database.read() as db:
                return set(await db.scalars(select(Delivery.state).distinct())) == {SENT}

        await until("every row is settled", settled)
        async with database.read() as db:
            happened = await db.scalar(select(func.count()).where(Occurrence.state == HAPPENED).select_from(Occurrence))
            every = await db.scalar(select(func.count()).select_from(Occurrence))
    counts = Counter(one.text for one in await field.notes())
    print(f"{RHYTHMS} rhythms, {dict(done)}, {happened} happened, {sum(counts.values())} messages")
    assert (happened, every) == (RHYTHMS, RHYTHMS)
    assert (len(counts), set(counts.values())) == (RHYTHMS, {1})
    for bot in bots:
        await bot.stop()


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
async def test_one_process_on_sqlite(field: Ground, chance: random.Random) -> None:
    await happen_all(field, chance, processes=1)


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
async def test_two_processes_on_postgresql(field: Ground, chance: random.Random) -> None:
    await happen_all(field, chance, processes=2)
