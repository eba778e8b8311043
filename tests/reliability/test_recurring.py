"""What recurs, while its processes are killed and frozen at random, PostgreSQL restarts and the network fails: each date happens
once, none is lost.

The seed of a run is printed; ROUNDS_TEST_SEED repeats it.
"""

from __future__ import annotations

import asyncio
import random
import re
import signal
import sqlite3
import time
from collections import Counter
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import pytest
from sqlalchemy import func, select
from sqlalchemy.engine import make_url

from storage import migrate
from storage.ledger.deliveries import SENT, Delivery
from storage.ledger.rhythms import HAPPENED, Occurrence, Rhythm
from tests.reliability.processes import Ground, ground, until
from tests.reliability.test_kills import FAULTS, looking_into
from tests.reliability.trial import DUE_EVERY_MS
from tests.support.postgres import Server, throw_away_server

RHYTHMS, FEWEST = 120, 4  # due within six seconds; and so often at least somebody is killed or frozen
FROZEN = (0.5, 2.5)  # seconds; longer than a lease (1.5), and shorter
AWAY = (0.0, 1.5)  # seconds between the end of a database server and its next beginning


@dataclass(frozen=True)
class Outcome:
    """``happened`` of ``dates`` written down; how often each message stands; how often a process was killed or frozen, or the
    database restarted."""

    dates: int
    happened: int
    messages: Counter[str]
    trouble: Counter[str]


def stand(field: Ground) -> Counter[str]:
    """Which notes stand in the chat service, each how often: read from its own database, as a person sees the newest alone."""
    with closing(sqlite3.connect(field.folder / "chat.db")) as chat:
        cards = chat.execute("SELECT card FROM message WHERE card IS NOT NULL AND NOT deleted").fetchall()
    return Counter(found[0] for (card,) in cards if (found := re.search(r"note \d+\.", card)))


async def happen_all(
    field: Ground,
    dice: random.Random,
    processes: int,
    rhythms: int = RHYTHMS,
    within: float = 60.0,
    server: Server | None = None,
) -> Outcome:
    """Begin rhythms, trouble their processes until all have happened, then look at what stands. ``within``: seconds.

    ``server``: where the database is, if it may be restarted.
    """
    bots = await field.bots(processes)
    await field.api.set_faults(**FAULTS, retry_after=0.2, slow_ms=30, seed=dice.randrange(10**6))
    await field.person("ada").types(f"/recur {rhythms}")
    ends, trouble = time.monotonic() + rhythms * DUE_EVERY_MS / 1000, Counter[str]()
    async with looking_into(field.database) as database:

        async def begun() -> bool:
            async with database.read() as db:
                return await db.scalar(select(func.count()).select_from(Rhythm)) == rhythms

        await until("every rhythm is written down", begun)  # a command that a restart interrupts is refused, not lost

    async def all_arrived() -> bool:
        return len(stand(field)) == rhythms

    while trouble.total() < FEWEST or time.monotonic() < ends:
        await asyncio.sleep(dice.uniform(0.1, 0.8))  # the moment is chance; nothing depends on it
        which = dice.randrange(len(bots))
        if server is not None and (dice.random() < 0.2 or not trouble.total()):
            how = dice.choice((signal.SIGINT, signal.SIGQUIT))
            await asyncio.to_thread(server.stop, how)
            await asyncio.sleep(dice.uniform(*AWAY))
            await asyncio.to_thread(server.start)
            trouble["database restarted" if how == signal.SIGINT else "database crashed"] += 1
        elif dice.random() < 0.5:
            await bots[which].kill()
            bots[which] = await field.bot()
            trouble["killed"] += 1
        else:
            bots[which].freeze()
            await asyncio.sleep(dice.uniform(*FROZEN))
            bots[which].thaw()
            trouble["frozen"] += 1
    await until("everything has arrived", all_arrived, seconds=within, every=0.3)
    await field.api.set_faults()

    async with looking_into(field.database) as database:

        async def settled() -> bool:
            async with database.read() as db:
                return set(await db.scalars(select(Delivery.state).distinct())) == {SENT}

        await until("every row is settled", settled)
        async with database.read() as db:
            happened = await db.scalar(select(func.count()).where(Occurrence.state == HAPPENED).select_from(Occurrence))
            every = await db.scalar(select(func.count()).select_from(Occurrence))
    for bot in bots:
        await bot.stop()
    return Outcome(every or 0, happened or 0, stand(field), trouble)


def check(found: Outcome, rhythms: int = RHYTHMS) -> None:
    print(f"{rhythms} rhythms, {dict(found.trouble)}, {found.happened} happened, {found.messages.total()} messages")
    print("not once:", {note: times for note, times in found.messages.items() if times != 1})
    assert (found.dates, found.happened) == (rhythms, rhythms)
    assert (len(found.messages), set(found.messages.values())) == (rhythms, {1})


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
async def test_one_process_on_sqlite(field: Ground, chance: random.Random) -> None:
    check(await happen_all(field, chance, processes=1))


async def test_two_processes_on_postgresql_that_restarts(tmp_path: Path, chance: random.Random) -> None:
    """A server of its own: others' tests go on meanwhile. What fails while it is away is tried again after a minute, then two."""
    with throw_away_server() as server:
        migrate.upgrade(make_url(server.url))
        async with ground(server.url, tmp_path) as field:
            check(await happen_all(field, chance, processes=2, within=240.0, server=server))
