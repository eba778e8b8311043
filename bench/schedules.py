"""python -m bench.schedules: what recurs, in an installation with a hundred thousand rhythms beside one with a thousand.

Both are filled in bulk. First the whole program begins over each, in a process of its own. Then a hundred timers fall due, again
and again, then a hundred rhythms; ticks of both installations take turns, so that whatever else the machine does slows both. The
tick, the dispatcher and the rituals are the real ones. A tick takes fifty of a kind, so two of them find a hundred.
"""

from __future__ import annotations

import argparse
import asyncio
import gc
import logging
import os
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path
from statistics import median

import structlog
from sqlalchemy import func, insert, select, update

import bot.rituals
from bench import starting
from bench.databases import Server, servers
from bench.figures import machine, p95, table
from bench.rhythms import EVERY, HUNDRED, SOON_DUE, TIMERS_FROM, Size, fill, put_off, timers_due
from bot.core.clock import MovableClock
from bot.core.registry import scan
from bot.dispatch import Dispatcher
from bot.rituals.sessions.declared import Soon, soon_key
from schedules.tick import AT_ONCE, Tick
from storage import migrate
from storage.engine import Database
from storage.ledger import timers
from storage.ledger.deliveries import Delivery
from storage.ledger.rhythms import Rhythm
from storage.sessions import Session
from tests.support.plans import Sent, plans, read_as_a_whole, sent

RHYTHMS, TIMERS, NOTHING = "100 rhythms due", "100 timers due", "nothing due"
IDLE = 5  # ticks with nothing due after each hundred
STARTS = 5
TICKED = ("statements", "few: median ms", "p95", "many: median ms", "p95", "ratio of medians", "ratio of p95s")
STARTED = ("start: median s", "slowest", "memory before: MB", "ready", "after so many messages")


class Installation:
    """The statements of its ticks, and how long they took in milliseconds."""

    def __init__(self, url: str, size: Size) -> None:
        self.database, self.size = Database(url), size
        self.took: dict[str, list[float]] = defaultdict(list)
        self._clock = MovableClock(frozen_at=TIMERS_FROM - EVERY)
        dispatch = Dispatcher(scan(bot.rituals), self.database, self._clock, lambda: None)
        self._tick = Tick(self.database, self._clock, dispatch)

    async def a_hundred(self, what: str, number: int) -> None:
        await self._ticks(what, number)
        await self._afterwards(what, number)

    async def warm_up(self, what: str) -> list[Sent]:
        """The first hundred, which does not count, and the statements of its ticks."""
        with sent() as statements:
            await self._ticks(what, 0)
        await self._afterwards(what, 0)
        self.took.pop(what)
        return statements

    async def _ticks(self, what: str, number: int) -> None:
        at = timers_due(number) if what == TIMERS else self.size.moment(number)
        self._clock.advance(at - self._clock.now())
        gc.collect()
        for _ in range(HUNDRED // AT_ONCE):
            await self._timed(what, AT_ONCE)

    async def _afterwards(self, what: str, number: int) -> None:
        """Ticks that find nothing. Then the meetings are moved, so that there are as many timers as before."""
        for _ in range(IDLE):
            await self._timed(NOTHING, 0)
        if what == RHYTHMS:
            return
        due, of = timers_due(number + SOON_DUE), Session.id.in_(self.size.reminded(number))
        async with self.database.write() as db:
            moved = update(Session).where(of).values(sequence=Session.sequence + 1, starts_at=due + timedelta(hours=1))
            rows = [
                {"community_id": community, "due": due, "action": Soon(session=id).pack(), "key": soon_key(id)}
                for id, community in await db.execute(moved.returning(Session.id, Session.community_id))
            ]
            await db.execute(insert(timers.Timer), rows)

    async def _timed(self, what: str, due: int) -> None:
        began = time.perf_counter()
        assert await self._tick.run_due() == due
        self.took[what].append((time.perf_counter() - began) * 1000)

    async def check(self, hundreds: int) -> None:
        """Each has happened and is on its way, and none has failed."""
        async with self.database.read() as db:
            made = await db.execute(select(Delivery.card, func.count()).group_by(Delivery.card))
            assert {card: count for card, count in made} == dict.fromkeys(
                ("prompt", "session_soon"), hundreds * HUNDRED
            )
            assert await db.scalar(select(func.sum(Rhythm.failures))) == 0
            assert await db.scalar(select(func.count()).select_from(timers.Timer)) == self.size.rhythms


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m bench.schedules", description=__doc__)
    for name, value in (("few", 1_000), ("many", 100_000), ("hundreds", 40)):
        parser.add_argument(f"--{name}", type=int, default=value, help="(%(default)s)")
    parser.add_argument("--only", choices=("sqlite", "postgresql"), help="one of the databases; else both")
    given = parser.parse_args()
    warnings = structlog.make_filtering_bound_logger(logging.WARNING)
    structlog.configure(wrapper_class=warnings, logger_factory=structlog.PrintLoggerFactory(sys.stderr))
    sizes = Size(given.few), Size(given.many)
    with tempfile.TemporaryDirectory(prefix="rounds-bench-") as folder, servers(Path(folder)) as both:
        print(machine(both[1].admin_address), end="\n\n")
        for server in both:
            if given.only in (None, server.name.lower()):
                _measure(server, sizes, given.hundreds)


def _measure(server: Server, sizes: Sequence[Size], hundreds: int) -> None:
    urls = [server.empty() for _ in sizes]
    for url, size in zip(urls, sizes, strict=True):
        began = time.perf_counter()
        migrate.upgrade(url)
        asyncio.run(fill(url, size))
        _say(f"{server.name}: {size.rhythms:,} rhythms in {time.perf_counter() - began:.0f} s")
    table(("database", "rhythms", *STARTED), _starts(server, urls, sizes))
    table(("database", "a tick with", *TICKED), asyncio.run(_in_turns(server.name, urls, sizes, hundreds)))


def _starts(server: Server, urls: Sequence[str], sizes: Sequence[Size]) -> list[tuple[str, ...]]:
    found: list[list[starting.Began]] = [[] for _ in sizes]
    for turn in range(STARTS):
        for which in range(len(sizes)) if turn % 2 else reversed(range(len(sizes))):
            found[which].append(starting.begin(urls[which], sizes[which]))
    rows: list[tuple[str, ...]] = []
    for url, size, begun in zip(urls, sizes, found, strict=True):
        at_work = starting.begin(server.copy(url), size, starting.HUNDREDS)
        seconds = [it.seconds for it in begun]
        held = (f"{median(it.empty for it in begun):.0f}", f"{median(it.ready for it in begun):.0f}")
        later = f"{at_work.messages:,}: {at_work.later:.0f} (when ready {at_work.ready:.0f})"
        rows.append((server.name, f"{size.rhythms:,}", f"{median(seconds):.2f}", f"{max(seconds):.2f}", *held, later))
    return rows


async def _in_turns(name: str, urls: Sequence[str], sizes: Sequence[Size], hundreds: int) -> list[tuple[str, ...]]:
    """A hundred of each, and so on; which comes first changes. The first hundred of each warms up."""
    few, many = (Installation(url, size) for url, size in zip(urls, sizes, strict=True))
    statements: dict[str, list[Sent]] = {}
    for what in (TIMERS, RHYTHMS):
        if what == RHYTHMS:
            await put_off(few.database)
            await put_off(many.database)
        await few.warm_up(what)
        statements[what] = await many.warm_up(what)
        for number in range(1, hundreds + 1):
            for one in (few, many) if number % 2 else (many, few):
                await one.a_hundred(what, number)
            _say(f"{name}: {number} of {hundreds}, {what}; load {os.getloadavg()[0]:.1f}")
    await _explain(name, many, [one for found in statements.values() for one in found])
    for one in (few, many):
        await one.check(hundreds + 1)
        await one.database.close()
    return [_row(name, what, few.took[what], many.took[what], statements) for what in (RHYTHMS, TIMERS, NOTHING)]


async def _explain(name: str, many: Installation, statements: Sequence[Sent]) -> None:
    """How the many find what is due, and which tables they read as a whole to do it."""
    planned = await plans(many.database, statements)
    for sql, plan in planned.items():
        if "LIMIT" in sql and ("FROM rhythm" in sql or "FROM timer" in sql):
            print(f"{name}, {' '.join(sql.split())}\n{plan}\n")
    print(f"{name}: {len(planned)} different statements; read as a whole: {read_as_a_whole(planned) or 'no table'}\n")


def _row(name: str, what: str, few: list[float], many: list[float], sent: dict[str, list[Sent]]) -> tuple[str, ...]:
    count = f"{len(sent[what]) / (HUNDRED // AT_ONCE):,.0f}" if what in sent else ""
    times = [f"{value:.0f}" for value in (median(few), p95(few), median(many), p95(many))]
    return (name, what, count, *times, f"{median(many) / median(few):.2f}×", f"{p95(many) / p95(few):.2f}×")


def _say(line: str) -> None:
    print(line, file=sys.stderr, flush=True)


if __name__ == "__main__":
    main()
