"""python -m bench: how fast Rounds is, as ratios to what the same statements take without it. About two minutes.

Our times and the driver's are taken in turns, each on its own copy of one database, so that whatever else the machine does
slows both. docs/performance.md says what the figures mean.
"""

from __future__ import annotations

import argparse
import asyncio
import tempfile
from pathlib import Path
from statistics import median

from bench import asking, finding, profiling
from bench.databases import Server, servers
from bench.figures import Pair, flat, machine, p95, ratio, table

TIMES = ("median ms", "p95", "driver: median ms", "p95", "ratio of medians")
AT_ONCE = (1, 20)
FOUND_AMONG = (1_000, 10_000)


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument(
        "--profile", action="store_true", help="say where the time of /ask goes, instead of measuring it"
    )
    parser.add_argument("--rounds", type=int, default=10, help="rounds of 20 questions (%(default)s)")
    given = parser.parse_args()
    fewer = max(3, given.rounds // 2)
    with tempfile.TemporaryDirectory(prefix="rounds-bench-") as folder, servers(Path(folder)) as both:
        print(machine(both[1].admin_address), end="\n\n")
        filled = {server.name: server.filled(asking.QUESTIONS) for server in both}
        if given.profile:
            for server in both:
                asyncio.run(profiling.show(server.name, server.copy(filled[server.name])))
            return
        print(f"/ask in a community of 100 with {asking.QUESTIONS} earlier questions\n")
        rows = [asyncio.run(_asking(server, filled[server.name], given.rounds)) for server in both]
        table(("database", "statements", *TIMES), rows)
        print(f"Questions per second on {both[1].name}, so many asked at once\n")
        rows = [asyncio.run(_many(both[1], filled[both[1].name], at_once, fewer)) for at_once in AT_ONCE]
        table(("at once", "questions/s", "driver: questions/s", "driver / Rounds"), rows)
        print("/find, against the query that fetches its candidates from the index\n")
        rows = [_finding(server, size, fewer) for server in both for size in FOUND_AMONG]
        table(("database", "questions", "statements", *TIMES), rows)


def _row(pair: Pair) -> tuple[str, ...]:
    ours, bare = flat(pair.ours), flat(pair.bare)
    times = [f"{value:.1f}" for value in (median(ours), p95(ours), median(bare), p95(bare))]
    return (*times, ratio(pair.ratios()))


async def _asking(server: Server, filled: str, rounds: int) -> tuple[str, ...]:
    recordings = await asking.recordings(server.copy(filled))
    pair = await asking.one_at_a_time(server, server.copy(filled), server.copy(filled), recordings, rounds)
    statements = median(len(recording.statements) for recording in recordings)
    return (server.name, f"{statements:.0f}", *_row(pair))


async def _many(server: Server, filled: str, at_once: int, rounds: int) -> tuple[str, ...]:
    recordings = await asking.recordings(server.copy(filled))
    ours, bare = server.copy(filled), server.copy(filled)
    paces = await asking.many_at_once(server, ours, bare, recordings, at_once=at_once, rounds=rounds)
    mine, drivers = median(pace[0] for pace in paces), median(pace[1] for pace in paces)
    return (str(at_once), f"{mine:.0f}", f"{drivers:.0f}", ratio([pace[1] / pace[0] for pace in paces]))


def _finding(server: Server, size: int, rounds: int) -> tuple[str, ...]:
    url = server.filled(size)
    statements, pair = asyncio.run(finding.compare(server, url, rounds))
    return (server.name, f"{size:,}", f"{statements:.0f}", *_row(pair))


if __name__ == "__main__":
    main()
