"""python -m bench.recurring: rhythms that fall due while processes are killed and frozen, PostgreSQL restarts, the network fails.

On PostgreSQL, two processes and the pretend chat service, for about as long as the dates are spread (20 a second). Each
date has to happen once, and each message has to stand once.
"""

from __future__ import annotations

import argparse
import asyncio
import random
import tempfile
import time
from pathlib import Path

from sqlalchemy.engine import make_url

from storage import migrate
from tests.reliability.processes import ground
from tests.reliability.test_recurring import check, happen_all
from tests.support.postgres import Server, throw_away_server


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m bench.recurring", description=__doc__)
    parser.add_argument("--rhythms", type=int, default=10_000)
    parser.add_argument("--processes", type=int, default=2)
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args()
    with throw_away_server() as server, tempfile.TemporaryDirectory() as folder:
        migrate.upgrade(make_url(server.url))
        began = time.monotonic()
        asyncio.run(_run(server, Path(folder), given.rhythms, given.processes, given.seed))
        print(f"{time.monotonic() - began:.0f} s, seed {given.seed}")


async def _run(server: Server, folder: Path, rhythms: int, processes: int, seed: int) -> None:
    async with ground(server.url, folder) as field:
        check(await happen_all(field, random.Random(seed), processes, rhythms, 600.0, server), rhythms)


if __name__ == "__main__":
    main()
