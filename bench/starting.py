"""python -m bench.starting: the whole program begins over a database that bench.schedules has filled.

Prints how long that takes, and the memory of the process: when it is ready, and after what was due has happened and was sent.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import logging
import subprocess
import sys
import time
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import structlog

from bench.digests import Everybody
from bench.rhythms import EVERY, HUNDRED, TIMERS_FROM, Size, put_off
from bot.core.clock import MovableClock
from bot.wiring import Rounds
from storage.engine import Database
from storage.ledger import rhythms

ROOT = Path(__file__).parent.parent
HUNDREDS = 5  # that happen, where that is asked for
LONGEST = 600.0  # seconds
KILOBYTES = 1024


@dataclass(frozen=True, slots=True)
class Began:
    """``seconds`` until it was ready. Megabytes that the process holds: before it opened the database, when it was ready, after
    so many messages had been sent."""

    seconds: float
    empty: float
    ready: float
    later: float = 0.0
    messages: int = 0


def memory() -> float:
    """Megabytes of this process that are in memory now."""
    for line in Path("/proc/self/status").read_text().splitlines():
        if line.startswith("VmRSS:"):
            return int(line.split()[1]) / KILOBYTES
    raise LookupError("the system does not say")


async def _begin(url: str, size: Size, hundreds: int) -> Began:
    clock, empty = MovableClock(frozen_at=TIMERS_FROM - EVERY), memory()
    platform: Any = Everybody()  # as much of a platform as is needed here
    began = time.perf_counter()
    rounds = Rounds(Database(url), [lambda _inside: platform], clock=clock)
    await rounds.start()
    assert await rounds.healthy()
    seconds, ready = time.perf_counter() - began, memory()
    if hundreds:
        await put_off(rounds.database)
    for number in range(hundreds):
        clock.advance(size.moment(number) - clock.now())
        while not await _over(rounds):  # noqa: ASYNC110  (its own clock and relay tell nobody)
            await asyncio.sleep(0.1)
    later, sent = memory(), platform.calls["send"]
    await rounds.stop()
    assert sent == hundreds * HUNDRED
    return Began(seconds, empty, ready, later, sent)


async def _over(rounds: Rounds) -> bool:
    """Whether the program's own clock has found all that is due, and its relay has sent it."""
    now = rounds.clock.now()
    async with rounds.database.read() as db:
        due = await rhythms.due(db, now, 1)
    return not due and await rounds.relay.idle()


def begin(url: str, size: Size, hundreds: int = 0) -> Began:
    """In a process of its own."""
    command = [sys.executable, "-m", "bench.starting", url, str(size.rhythms), str(hundreds)]
    done = subprocess.run(command, cwd=ROOT, check=True, stdout=subprocess.PIPE, text=True, timeout=LONGEST)
    return Began(**json.loads(done.stdout))


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m bench.starting", description=__doc__)
    parser.add_argument("url")
    parser.add_argument("rhythms", type=int)
    parser.add_argument("hundreds", type=int)
    given = parser.parse_args()
    warnings = structlog.make_filtering_bound_logger(logging.WARNING)
    structlog.configure(wrapper_class=warnings, logger_factory=structlog.PrintLoggerFactory(sys.stderr))
    logging.getLogger("apscheduler").setLevel(logging.ERROR)  # a tick may take longer than a second
    print(json.dumps(asdict(asyncio.run(_begin(given.url, Size(given.rhythms), given.hundreds)))))


if __name__ == "__main__":
    main()
