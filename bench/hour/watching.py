"""Looking at the processes all the time: their memory, their open files, their connections to the database, what they sent."""

from __future__ import annotations

import asyncio
import os
import time
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median

import psycopg
from sqlalchemy.engine import make_url

from bench.hour.ground import Ground
from bench.programs import Running

EVERY = 5.0  # seconds
PAGE = os.sysconf("SC_PAGE_SIZE")
COUNTS = """SELECT (SELECT count(*) FROM pg_stat_activity WHERE datname = 'postgres' AND pid <> pg_backend_pid()),
    (SELECT count(*) FROM delivery WHERE state = 'sent')"""


@dataclass(frozen=True, slots=True)
class Sample:
    """``at``: monotonic seconds; of each process MB of memory and open files, None while it is not there; of the database
    connections and messages sent, None while it is away."""

    at: float
    memory: tuple[float | None, ...]
    files: tuple[int | None, ...]
    connections: int | None
    sent: int | None


@dataclass
class Watch:
    ground: Ground
    samples: list[Sample] = field(default_factory=list)

    async def goes_on(self, until: float) -> None:
        while time.monotonic() < until:
            self.samples.append(await self._look())
            await asyncio.sleep(EVERY)

    async def _look(self) -> Sample:
        held = [_held(bot) for bot in self.ground.bots]
        connections, sent = await asyncio.to_thread(_counts, self.ground.server.url)
        return Sample(time.monotonic(), tuple(one for one, _ in held), tuple(one for _, one in held), connections, sent)

    def around(self, begin: float, end: float) -> tuple[float, float, float]:
        """Medians between two moments: memory and open files of the process that is never killed, connections of both."""
        within = [one for one in self.samples if begin <= one.at <= end]
        return (
            median([one.memory[-1] or 0.0 for one in within]),
            median([one.files[-1] or 0 for one in within]),
            median([one.connections for one in within if one.connections is not None]),
        )


def _held(bot: Running) -> tuple[float | None, int | None]:
    process = Path("/proc") / str(bot.process.pid)
    try:
        pages = int((process / "statm").read_text().split()[1])
        return pages * PAGE / 2**20, len(list((process / "fd").iterdir()))
    except OSError:
        return None, None


def _counts(url: str) -> tuple[int | None, int | None]:
    address = make_url(url).set(drivername="postgresql").render_as_string(hide_password=False)
    try:
        with psycopg.connect(address, connect_timeout=2) as connection:
            found = connection.execute(COUNTS).fetchone()
    except psycopg.Error:
        return None, None
    assert found is not None
    return found[0], found[1]
