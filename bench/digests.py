"""python -m bench.digests: all the weekly digests of an installation fall due in one hour. What does each hundred of them take?

They are put together as in production (the tick finds what is due, the dispatcher runs it) and drawn and sent by the relay, to a
platform in memory that takes everything at once. Beside it stands an installation with half the members, and half as much to
read in each of as many communities; both work in turns, so that whatever else the machine does slows both.

If all of it takes more than about twice as long as half of it, a member's digest takes longer the more others there are.
"""

from __future__ import annotations

import argparse
import asyncio
import logging
import resource
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median
from typing import Any

import structlog
from sqlalchemy import event, func, select
from sqlalchemy.engine import Engine

import bot.rituals
from bench.asking import NO_LIMITS
from bench.community import NOW
from bench.databases import Server, servers
from bench.figures import machine, table
from bench.readers import PLATFORM, Size, fill
from bot.core.clock import MovableClock
from bot.core.events import Ref
from bot.core.ports import Outgoing
from bot.core.registry import scan
from bot.dispatch import Dispatcher
from bot.services.drawing import Drawing
from schedules.relay import Timing
from schedules.tick import AT_ONCE, Tick
from storage import migrate
from storage.digests import DigestIssue
from storage.engine import Database
from storage.ledger.deliveries import SENT, Delivery
from tests.schedules.stage import StepRelay, Wire

HUNDRED = 100
MEGABYTE = 1024  # in what getrusage counts on Linux


class Everybody(Wire):
    """A platform on which everybody is still where they were, and which keeps nothing of what it is sent."""

    async def send(self, message: Outgoing) -> str:
        self.calls["send"] += 1
        return str(self.calls["send"])

    async def can_see(self, person: Ref, place: Ref) -> bool:
        return True


@dataclass(frozen=True)
class Took:
    """What each hundred took: seconds and statements, to put together and to draw and send."""

    built: list[float] = field(default_factory=list)
    drawn: list[float] = field(default_factory=list)
    to_build: list[int] = field(default_factory=list)
    to_draw: list[int] = field(default_factory=list)
    processor: list[float] = field(default_factory=list)  # seconds of this process; PostgreSQL's are not in it

    def seconds(self) -> list[float]:
        return [built + drawn for built, drawn in zip(self.built, self.drawn, strict=True)]


class Installation:
    def __init__(self, url: str) -> None:
        self.database, self.took = Database(url), Took()
        clock, registry, platform = MovableClock(frozen_at=NOW), scan(bot.rituals), Everybody()
        dispatch = Dispatcher(registry, self.database, clock, lambda: None, NO_LIMITS)
        self._tick = Tick(self.database, clock, dispatch)
        drawing = Drawing(self.database, registry, clock)
        self._relay = StepRelay(self.database, drawing, {PLATFORM: platform}, clock, dispatch, Timing(lease=600.0))

    async def a_hundred(self) -> None:
        worked = time.process_time()
        with counted() as statements:
            began = time.perf_counter()
            for _ in range(HUNDRED // AT_ONCE):
                assert await self._tick.run_due() == AT_ONCE
            self.took.built.append(time.perf_counter() - began)
            self.took.to_build.append(len(statements))
        with counted() as statements:
            began = time.perf_counter()
            while await self._relay.turn():
                pass
            self.took.drawn.append(time.perf_counter() - began)
            self.took.to_draw.append(len(statements))
        self.took.processor.append(time.process_time() - worked)

    async def sent(self) -> int:
        """How many digests arrived; each that was put together."""
        async with self.database.read() as db:
            made = await db.scalar(select(func.count()).where(DigestIssue.at == NOW)) or 0
            sent = select(func.count()).where(Delivery.card == "digest", Delivery.state == SENT)
            assert await db.scalar(sent) == made
        return made


@contextmanager
def counted() -> Iterator[list[str]]:
    """The statements that every engine of SQLAlchemy sends meanwhile."""
    found: list[str] = []

    def listen(_connection: Any, _cursor: Any, sql: str, _parameters: Any, _context: Any, _many: bool) -> None:
        if not sql.startswith("BEGIN"):
            found.append(sql)

    event.listen(Engine, "before_cursor_execute", listen)
    try:
        yield found
    finally:
        event.remove(Engine, "before_cursor_execute", listen)


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m bench.digests", description=__doc__)
    for name, value in (("communities", 50), ("members", 10_000), ("items", 200_000)):
        parser.add_argument(f"--{name}", type=int, default=value, help="(%(default)s)")
    parser.add_argument("--hundreds", type=int, help="stop after so many hundreds of digests of the whole; else all")
    parser.add_argument("--only", choices=("sqlite", "postgresql"), help="one of the databases; else both")
    given = parser.parse_args()
    warnings = structlog.make_filtering_bound_logger(logging.WARNING)
    structlog.configure(wrapper_class=warnings, logger_factory=structlog.PrintLoggerFactory(sys.stderr))
    size = Size(given.communities, given.members, given.items)
    hundreds = max(3, min(given.hundreds or size.members, size.members // HUNDRED))
    with tempfile.TemporaryDirectory(prefix="rounds-bench-") as folder, servers(Path(folder)) as both:
        print(machine(both[1].admin_address), end="\n\n")
        chosen = [server for server in both if given.only in (None, server.name.lower())]
        rows = [row for server in chosen for row in _measured(server, size, hundreds)]
    print(f"A hundred digests, of {size.communities} communities\n")
    head = (
        "database",
        "members / things to read",
        "measured",
        "built: s",
        "drawn: s",
        "statements to build",
        "to draw",
    )
    table((*head, "last fifth / first", "all of them / of the half"), rows)


def _measured(server: Server, size: Size, hundreds: int) -> list[tuple[str, ...]]:
    sizes = (size.half(), size)
    urls = [server.empty() for _ in sizes]
    for url in urls:
        migrate.upgrade(url)
    with ProcessPoolExecutor(len(urls)) as pool:  # in processes of their own: so the memory measured is not theirs
        list(pool.map(fill, urls, sizes))
    half, whole, grew = asyncio.run(_in_turns(urls, hundreds))
    print(f"{server.name}: memory grew by {grew / MEGABYTE:.0f} MB after the first hundred, at its peak\n")
    total = 2 * median(whole.seconds()) / median(half.seconds())
    of_processor = 2 * median(whole.processor) / median(half.processor)
    rows = [
        _row(server.name, f"{it.members:,} / {it.items:,}", took) for it, took in zip(sizes, (half, whole), strict=True)
    ]
    return [(*rows[0], ""), (*rows[1], f"{total:.2f}×; processor {of_processor:.2f}×")]


def _row(database: str, size: str, took: Took) -> tuple[str, ...]:
    statements = (f"{median(took.to_build):,.0f}", f"{median(took.to_draw):,.0f}")
    times = (f"{median(took.built):.1f}", f"{median(took.drawn):.1f}")
    return (database, size, f"{len(took.built) * HUNDRED:,}", *times, *statements, _drift(took.seconds()))


def _drift(seconds: Sequence[float]) -> str:
    """How much longer a hundred takes at the end than at the beginning."""
    some = max(1, len(seconds) // 5)
    return f"{median(seconds[-some:]) / median(seconds[:some]):.2f}×"


async def _in_turns(urls: Sequence[str], hundreds: int) -> tuple[Took, Took, int]:
    """Two hundreds of the whole, one of the half, and so on; which comes first changes. The first of each warms up."""
    half, whole = (Installation(url) for url in urls)
    await half.a_hundred()
    await whole.a_hundred()
    half.took, whole.took = Took(), Took()
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    for number in range(1, hundreds):
        await whole.a_hundred()
        if number % 2 == 0:
            await half.a_hundred()
        print(f"{number + 1} of {hundreds} hundreds: {whole.took.seconds()[-1]:.0f} s", file=sys.stderr, flush=True)
    grew = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before
    for one in (half, whole):
        assert await one.sent()
        await one.database.close()
    return half.took, whole.took, grew


if __name__ == "__main__":
    main()
