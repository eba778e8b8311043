"""python -m bench.month: a simulated month of questions through the product, and whether everybody was left in peace.

The dispatcher, the rituals, the timers and the relay are the real ones; the platform is in memory and takes everything at once;
the clock jumps from one event to the next. People are made up from a seed: what they allow, what they know, how they react.
What is checked afterwards comes from the database's rows and from what the platform was given, by code that shares nothing
with the gate. Exit code 1 where a promise was broken. docs/asking.md says what the figures mean.
"""

from __future__ import annotations

import argparse
import asyncio
import gc
import logging
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from zoneinfo import ZoneInfo

import structlog

from bench.figures import table
from bench.outcome import Came, broken, figures, pictured, read
from bench.people import COMMUNITY_ZONE, DAY, FACILITATORS, LONGEST_END, START, Month, Plan, in_one_thread
from storage import migrate


async def simulate(
    url: str, plan: Plan, told: Callable[[str], None] = lambda line: None, *, alone: bool = False
) -> tuple[Month, Came]:
    """Live through it, on an empty database with the newest schema, until nothing moves any more.

    ``alone``: nothing else in this process uses SQLite, so it may be made faster (``in_one_thread``).
    """
    month = Month(url, plan)
    if alone and month.database.is_sqlite:
        in_one_thread(month.database)
    await month.begin()
    for day in range(plan.days + LONGEST_END):
        began = time.perf_counter()
        await month.run(START + (day + 1) * DAY)
        told(f"day {day + 1}: {time.perf_counter() - began:.0f} s, {len(month.chat.messages):,} messages so far")
        if day >= plan.days and await month.still():
            break
    ward = {id: month.left.get(id) for id in month.closed}
    came = await read(month.database, month.people, month.chat.sent_at, ward)
    await month.database.close()
    return month, came


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m bench.month", description=__doc__)
    for name, value in (("members", 300), ("days", 30), ("questions", 200), ("seed", 1)):
        parser.add_argument(f"--{name}", type=int, default=value, help="(%(default)s)")
    parser.add_argument("--picture", type=Path, help="write the picture there")
    given = parser.parse_args()
    warnings = structlog.make_filtering_bound_logger(logging.WARNING)
    structlog.configure(wrapper_class=warnings, logger_factory=structlog.PrintLoggerFactory(sys.stderr))
    gc.freeze()
    gc.set_threshold(100_000, 50, 100)  # so many objects live long here
    plan, began = Plan(given.members, given.days, given.questions, given.seed), time.perf_counter()
    with tempfile.TemporaryDirectory(prefix="rounds-month-") as folder:
        url = f"sqlite:///{folder}/month.db"
        migrate.upgrade(url)
        month, came = asyncio.run(
            simulate(url, plan, lambda line: print(line, file=sys.stderr, flush=True), alone=True)
        )
    print(f"{plan}, {(time.perf_counter() - began) / 60:.0f} minutes\n")
    promises = broken(came.people, came.messages, came.asked)
    table(
        ("promise", "broken"),
        [(promise, f"{len(lines)} times" if lines else "never") for promise, lines in promises.items()],
    )
    for promise, lines in promises.items():
        for line in lines[:5]:
            print(f"{promise}: {line}")
    table(("", "figure"), figures(came, plan.days, FACILITATORS, ZoneInfo(COMMUNITY_ZONE)))
    table(
        ("what people were told when it could not be", "times"),
        [(it, str(n)) for it, n in month.refused.most_common(8)],
    )
    if given.picture:
        given.picture.parent.mkdir(parents=True, exist_ok=True)
        given.picture.write_text(pictured(came, START))
    return 1 if any(promises.values()) else 0


if __name__ == "__main__":
    sys.exit(main())
