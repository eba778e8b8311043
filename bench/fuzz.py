"""python -m bench.fuzz: a hundred thousand hostile requests to everything that can be reached, on each database half of them.

The whole program runs, with stand-ins for Slack and Discord and with the local workspace, on this machine alone. Every route of
its web servers is asked, and every kind of interaction and event of each platform comes in, made from proper ones by chance.
Whatever must not happen is printed with the first request that did it, and the command fails. docs/reliability.md has figures.
"""

from __future__ import annotations

import argparse
import asyncio
import sys
import tempfile
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import Any

from bench.databases import servers
from bench.figures import machine, p95, table
from bench.fuzzing.discord import Discord
from bench.fuzzing.hostile import Json
from bench.fuzzing.house import House, house
from bench.fuzzing.slack import Slack
from bench.fuzzing.watch import LONGEST, Watch
from bench.fuzzing.web import Socket, Web, ask
from bot import logs
from storage import migrate
from tests.fakes.discord import DiscordPerson
from tests.fakes.slack import SlackPerson

# Of a hundred requests. Signed requests of Slack's matter most: what is not signed is refused at once.
SHARES = {"web": 36, "socket": 8, "slack": 38, "discord": 18}
EVERY = 500  # requests, after which a proper one has to be answered


@dataclass
class Told:
    """What came of it."""

    watch: Watch
    routes: int
    seconds: float


async def fuzz(
    database_url: str,
    folder: Path,
    seed: int,
    requests: int,
    *,
    shares: Mapping[str, int] = SHARES,
    longest: float = LONGEST,
) -> Told:
    """``database_url`` is at the newest schema and empty; of ``shares`` are the feeds below; ``longest``: of an answer."""
    watch, began = Watch(longest), time.monotonic()
    with watch.listening():
        async with house(database_url, folder, watch) as made:
            chance = Random(seed)
            feeds: dict[str, Any] = {"web": Web(made, chance), "socket": Socket(made, chance)}
            feeds |= {"slack": Slack(made, chance), "discord": Discord(made, chance)}
            counts = dict.fromkeys(feeds, 0)
            for number in range(requests):
                name = chance.choices(list(shares), list(shares.values()))[0]
                await feeds[name].one(counts[name])
                counts[name] += 1
                if number % EVERY == EVERY - 1:
                    await _is_well(made)
                    print(f"{number + 1:,} after {time.monotonic() - began:.0f} s", file=sys.stderr, flush=True)
            watch.begins("afterwards", "")
            await _is_well(made)
            await made.check()
            await _still_works(made)
            for kind in _unasked(feeds, counts):
                watch.finds(f"never asked: {kind}")
            return Told(watch, len(feeds["web"].routes), time.monotonic() - began)


def _unasked(feeds: dict[str, Any], counts: dict[str, int]) -> list[str]:
    """Routes and kinds that no request went to: there were too few requests."""
    missed = [f"{one.method} {one.path}" for one in feeds["web"].routes[counts["web"] :]]
    for name in ("slack", "discord"):
        missed += [f"{name} {kind}" for kind in list(feeds[name].kinds)[counts[name] :]]
    return missed


async def _is_well(made: House) -> None:
    host, port, _ = made.apps["public"]
    answer = await ask(host, port, f"GET /health HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n".encode())
    if answer.status != 200:
        made.watch.finds("it is not well", f"{answer.status}")


async def _still_works(made: House) -> None:
    """On each platform somebody types a proper command and is answered."""
    fake: Any = made.discord.gateway
    fake.__dict__.pop("dispatch", None)
    await made.chat_api.add_person("newcomer", "Newcomer N.")
    local = await made.chat_api.request("POST", "/api/as/newcomer/type", {"text": "/rounds help", "dm": True})
    slack: Json = await SlackPerson(made.slack_api, "ben", "questions").types("/rounds help")
    discord: Json = await DiscordPerson(made.discord_api, "ben", "questions").types("/rounds help")
    for name, answered in (
        ("local", local["answered"]),
        ("slack", slack["outcome"] == "answered"),
        ("discord", discord["answered"]),
    ):
        if not answered:
            made.watch.finds(f"a proper command is not answered on {name}")


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m bench.fuzz", description=__doc__)
    parser.add_argument("--requests", type=int, default=100_000, help="how many (%(default)s)")
    parser.add_argument("--seed", type=int, default=1, help="of chance (%(default)s)")
    parser.add_argument("--database", choices=("sqlite", "postgresql", "both"), default="both")
    given = parser.parse_args()
    logs.set_up()
    found = False
    with tempfile.TemporaryDirectory(prefix="rounds-bench-") as folder, servers(Path(folder)) as both:
        print(machine(both[1].admin_address), end="\n\n")
        chosen = [server for server in both if given.database in (server.name.lower(), "both")]
        for number, server in enumerate(chosen):
            url, own = server.empty(), Path(folder) / server.name
            own.mkdir()
            migrate.upgrade(url)
            told = asyncio.run(fuzz(url, own, given.seed + number, given.requests // len(chosen)))
            found = _report(server.name, told) or found
    sys.exit(1 if found else 0)


def _report(name: str, told: Told) -> bool:
    """Whether there is something that must not have happened."""
    watch = told.watch
    print(f"{name}: {watch.sent.total():,} requests in {told.seconds:.0f} s, {told.routes} routes\n")
    rows = [
        (kind, f"{count:,}", f"{watch.refused[kind]:,}", f"{1000 * p95(watch.seconds[kind]):.0f}")
        for kind, count in sorted(watch.sent.items())
        if len(watch.seconds[kind]) > 1
    ]
    table(("kind", "requests", "refused", "p95 ms"), rows)
    print("statuses:", ", ".join(f"{status}: {count:,}" for status, count in sorted(watch.statuses.items())))
    print(f"{len(watch.findings)} findings\n")
    for finding in sorted(watch.findings.values(), key=lambda one: -one.times):
        print(f"{finding.times:6,} × {finding.what}\n         first by {finding.request[:2500]!r}\n")
    return bool(watch.findings)


if __name__ == "__main__":
    main()
