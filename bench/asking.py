"""/ask through the dispatcher, and the same statements by the driver alone: one after the other, in turns."""

from __future__ import annotations

import asyncio
import gc
import time
from collections.abc import Awaitable, Callable, Sequence
from itertools import count

from sqlalchemy import text

import bot.rituals
from bench.bare import BarePostgreSQL, BareSQLite, Driver, Recording, recorded, replay
from bench.community import FIRST_NEW_ID, NOW, OTHERS, Writer, ref
from bench.databases import Server, SQLite
from bench.figures import Pair
from bot.core.clock import MovableClock
from bot.core.events import Submit, Value
from bot.core.registry import scan
from bot.core.replies import Said
from bot.dispatch import Dispatcher
from bot.limits import Limits
from storage.engine import Database

QUESTIONS = 400  # asked and answered before
TEXTS = 20  # different questions, asked in turns
POOL = 10  # connections, as many as storage.engine opens
NO_LIMITS = Limits(in_flight=10_000, burst_per_person=1_000_000, acknowledge_within=60.0)
_numbers = count(1)


class Community:
    """A community's dispatcher, without platforms: nobody waits for an acknowledgement, and nothing is delivered."""

    def __init__(self, url: str) -> None:
        self.database = Database(url)
        clock, registry = MovableClock(frozen_at=NOW), scan(bot.rituals)
        self.dispatch = Dispatcher(registry, self.database, clock, lambda: None, NO_LIMITS)

    async def acknowledged(self) -> None: ...


class Asker(Community):
    """Members who ask the same questions again and again."""

    def __init__(self, url: str) -> None:
        super().__init__(url)
        writer = Writer(2)
        self._texts = [writer.question() for _ in range(TEXTS)]

    async def ask(self, which: int) -> None:
        text, number = self._texts[which % TEXTS], next(_numbers)
        values: dict[str, Value] = {"title": text.title, "details": text.details, "tags": list(text.tags)}
        who = ref(str(which % OTHERS + 1))
        event = Submit(f"event-{number}", who, ref("questions"), "/ask", f"draft-{number}", values)
        outcome = await self.dispatch(event, self.acknowledged)
        assert isinstance(outcome, Said), outcome


async def recordings(url: str) -> list[Recording]:
    """What each of the questions sends to the database."""
    asker, found = Asker(url), []
    for which in range(TEXTS):
        await asker.ask(which)  # what is looked up once in a program's life is looked up here
        with recorded(await _newest(asker.database)) as recording:
            await asker.ask(which)
        assert len(recording.ids["invitation"]) == 3, "each of the questions should find people"
        found.append(recording)
    await asker.database.close()
    return found


async def _newest(database: Database) -> dict[str, int]:
    async with database.read() as db:
        return {table: await db.scalar(text(f"SELECT max(id) FROM {table}")) or 0 for table in FIRST_NEW_ID}


async def bare_driver(server: Server, address: str) -> Driver:
    return await (BareSQLite if isinstance(server, SQLite) else BarePostgreSQL).open(address)


async def timed(work: Awaitable[object]) -> float:
    start = time.perf_counter()
    await work
    return (time.perf_counter() - start) * 1000


async def one_at_a_time(server: Server, ours: str, bare: str, recorded: Sequence[Recording], rounds: int) -> Pair:
    """Each on its own copy of the database, each question once a round; who begins changes with every question."""
    asker, driver, pair = Asker(ours), await bare_driver(server, server.address(bare)), Pair()
    for turn in range(rounds + 1):
        times: dict[str, list[float]] = {"ours": [], "bare": []}
        gc.collect()
        for which in range(TEXTS):
            for who in ("ours", "bare") if which % 2 else ("bare", "ours"):
                work = asker.ask(which) if who == "ours" else replay(driver, recorded[which], str(next(_numbers)))
                times[who].append(await timed(work))
        if turn:  # the first round warms up
            pair.ours.append(times["ours"])
            pair.bare.append(times["bare"])
    await asker.database.close()
    await driver.close()
    return pair


async def many_at_once(
    server: Server, ours: str, bare: str, recorded: Sequence[Recording], *, at_once: int, rounds: int
) -> list[tuple[float, float]]:
    """Questions per second, ours and the bare driver's, round by round; both have as many connections as our pool."""
    asker = Asker(ours)
    drivers: asyncio.Queue[Driver] = asyncio.Queue()
    for _ in range(min(at_once, POOL)):
        drivers.put_nowait(await bare_driver(server, server.address(bare)))

    async def by_the_driver(which: int) -> None:
        driver = await drivers.get()
        await replay(driver, recorded[which % TEXTS], str(next(_numbers)))
        drivers.put_nowait(driver)

    found = []
    for turn in range(rounds + 1):
        pace = {}
        order: list[tuple[str, Callable[[int], Awaitable[object]]]] = [("ours", asker.ask), ("bare", by_the_driver)]
        for who, act in order if turn % 2 else reversed(order):
            gc.collect()
            pace[who] = await _pace(act, at_once)
        if turn:
            found.append((pace["ours"], pace["bare"]))
    await asker.database.close()
    while not drivers.empty():
        await drivers.get_nowait().close()
    return found


async def _pace(act: Callable[[int], Awaitable[object]], at_once: int) -> float:
    left = iter(range(3 * TEXTS))

    async def worker() -> None:
        for which in left:
            await act(which)

    start = time.perf_counter()
    await asyncio.gather(*(worker() for _ in range(at_once)))
    return 3 * TEXTS / (time.perf_counter() - start)
