"""python -m bench.hour: an hour of ordinary life on Slack and Discord at once, in which everything goes wrong all the time.

Two processes on PostgreSQL serve a strict pretend Slack (its limits by tier included) and a strict pretend Discord. Eighteen
people ask, answer, reply, share and search; prompts fall due. Meanwhile one of the processes is killed again and again, both
are frozen, connections are cut, the database restarts and crashes, and both platforms fail, refuse, and tell things twice or
in another order. In the end each thing that was taken has to stand once. Writes docs/hour.svg if told to.
"""

from __future__ import annotations

import argparse
import asyncio
import random
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path

from sqlalchemy import func, select

from bench.hour.ground import Act, Ground, begin_rhythms, ground
from bench.hour.load import Book, Busy
from bench.hour.mischief import Trouble
from bench.hour.verdict import Verdict, judge
from bench.hour.watching import Watch
from bench.picture import Chart, Curve, picture
from storage.ledger import deliveries
from storage.ledger.inbox import InboxEntry
from tests.reliability.processes import until

PROMPTS_A_MINUTE = 5
SETTLES = (
    600.0  # seconds in the end: what fails while the database is away is tried again after a minute, then two; Slack
)
# tells once more, after six minutes, what nobody took


async def run(folder: Path, minutes: float, seed: int) -> tuple[Verdict, str]:
    dice = random.Random(seed)
    async with ground(folder) as field:
        book, watch, trouble = Book(), Watch(field), Trouble(field, dice)
        busy = [Busy(one, book, dice, platform) for platform, people in field.people.items() for one in people]
        for person in busy:
            await person.joins()
        begin = time.monotonic()
        end = begin + minutes * 60
        prompts = round(minutes * PROMPTS_A_MINUTE)
        await begin_rhythms(field.database, prompts, minutes * 60 - 30)
        known: dict[str, dict[str, list[str]]] = {platform: {} for platform in field.people}
        async with asyncio.TaskGroup() as together:
            together.create_task(watch.goes_on(end))
            together.create_task(trouble.goes_on(end))
            for person in busy:
                together.create_task(person.lives(end, known[person.platform]))
        unsettled = []
        try:
            await until("everything is sent and redrawn", lambda: _settled(field), seconds=SETTLES, every=1.0)
        except AssertionError as error:
            unsettled.append(str(error))
        verdict = await judge(field, book, trouble, watch, prompts, begin, end)
        verdict.wrong.extend(unsettled)
        acts = await field.acts()
        for bot in field.bots:
            await bot.stop()
        return verdict, _drawn(acts, watch, trouble, begin, round(minutes))


async def _settled(field: Ground) -> bool:
    async with field.database.read() as db:
        waiting = await db.scalar(select(func.count()).select_from(InboxEntry))
        if waiting or await deliveries.due(db, datetime.now(UTC)):
            return False
    return not (await field.slack.state())["waiting"]


def _drawn(acts: list[Act], watch: Watch, trouble: Trouble, begin: float, minutes: int) -> str:
    def minute(at: float) -> int:
        return min(minutes - 1, max(0, int((at - begin) / 60)))

    taken, failed, slow = [0] * minutes, [0] * minutes, [0.0] * minutes
    for act in acts:
        (taken if act.answered else failed)[minute(act.at)] += 1
    for number in range(minutes):
        times = sorted(act.seconds for act in acts if act.answered and minute(act.at) == number)
        slow[number] = times[int(len(times) * 0.95)] * 1000 if times else 0.0
    wrong = [0] * minutes
    for since, _, _ in trouble.windows:
        wrong[minute(since)] += 1
    memory, files, connections = [0.0] * minutes, [0.0] * minutes, [0.0] * minutes
    for one in watch.samples:
        number = minute(one.at)
        memory[number] = one.memory[-1] or memory[number]
        files[number] = one.files[-1] or files[number]
        connections[number] = one.connections or connections[number]
    charts = [
        Chart(
            "Commands, presses and forms in each minute",
            "minute",
            [Curve("answered", taken, bars=True), Curve("not answered", failed), Curve("troubles begun", wrong)],
        ),
        Chart("Until the answer, p95, milliseconds", "minute", [Curve("of those that were answered", slow)]),
        Chart(
            "The process that lived through it", "minute", [Curve("MB of memory", memory), Curve("open files", files)]
        ),
        Chart("Both processes", "minute", [Curve("connections to the database", connections)]),
    ]
    return picture(charts, f"{minutes} minutes of trouble")


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m bench.hour", description=__doc__)
    parser.add_argument("--minutes", type=float, default=60.0)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--svg", type=Path, help="where the picture goes")
    parser.add_argument("--keep", type=Path, help="a folder for what the processes print; else it is thrown away")
    given = parser.parse_args()
    if given.keep:
        given.keep.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        verdict, drawn = asyncio.run(run(given.keep or Path(folder), given.minutes, given.seed))
    if given.svg:
        given.svg.write_text(drawn)
    print(f"{given.minutes:g} minutes, seed {given.seed}")
    print("\n".join(verdict.lines))
    print(
        "\n".join(f"WRONG: {line}" for line in verdict.wrong)
        or "nothing lost, nothing twice, nothing late, nothing grows"
    )
    raise SystemExit(bool(verdict.wrong))


if __name__ == "__main__":
    main()
