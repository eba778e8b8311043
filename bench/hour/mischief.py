"""What goes wrong in an hour: kills, freezes, cut connections, a database that restarts, platforms that fail and refuse."""

from __future__ import annotations

import asyncio
import random
import signal
import time
from collections import Counter
from dataclasses import dataclass, field

from bench.hour.ground import Ground

# How likely each is, and seconds from the end of one to the next.
KINDS = {"killed": 3, "frozen": 3, "database": 2, "cut off": 3, "platforms fail": 3}
CALM = (8.0, 20.0)
FROZEN = (1.0, 20.0)  # the gateway's lease is ten seconds: it changes hands in about half of them
AWAY = (0.0, 2.0)
FAILING = (5.0, 15.0)
# All the time, a little; and a lot more for some seconds. Never the answers to a press: they are the platform's own clock.
LITTLE, MUCH = 0.01, 0.15
NOT_ANSWERS = r"^\w+ /(channels|users|guilds)"
# After it is over, an answer may still be late: a process starts, a socket is opened again, the gateway changes hands.
AFTERWARDS = {"killed": 12.0, "frozen": 6.0, "database": 4.0, "cut off": 8.0, "platforms fail": 3.0}


@dataclass
class Trouble:
    """``windows``: when something was wrong, and what: monotonic seconds from, to (what may follow included)."""

    ground: Ground
    dice: random.Random
    windows: list[tuple[float, float, str]] = field(default_factory=list)
    counted: Counter[str] = field(default_factory=Counter)

    async def fails(self, chance: float) -> None:
        """Both platforms from now on: so many requests fail in each of four ways, or are too many; events come twice."""
        around = {
            "drop_before": chance,
            "store_then_drop": chance,
            "error_500_before": chance,
            "error_500_after": chance,
        }
        more = {"ratelimited": chance, "duplicate_events": chance, "reorder_events": chance}
        await self.ground.slack.set_faults(**around, **more, delay=0.1, delay_seconds=0.05)
        broken = {"fail_before": chance, "fail_after": chance, "drop_before": chance, "drop_after": chance}
        await self.ground.discord.set_faults(
            **broken, rate_limit=chance, retry_after=0.5, slow_ms=20, route=NOT_ANSWERS, seed=self.dice.randrange(10**6)
        )

    async def ends(self) -> None:
        await self.ground.slack.set_faults()
        await self.ground.discord.clear_faults()

    async def goes_on(self, until: float) -> None:
        await self.fails(LITTLE)
        while time.monotonic() < until:
            await asyncio.sleep(self.dice.uniform(*CALM))
            (kind,) = self.dice.choices(list(KINDS), list(KINDS.values()))
            began = time.monotonic()
            await getattr(self, f"_{kind.replace(' ', '_')}")()
            self.windows.append((began, time.monotonic() + AFTERWARDS[kind], kind))
        await self.ends()

    async def _killed(self) -> None:
        """The first process, as the kernel does it; the second lives through the hour, so that what it holds can be watched."""
        bot = self.ground.bots[0]
        await bot.kill()
        self.counted["processes killed"] += 1
        bot.begin()
        await bot.says("started ")

    async def _frozen(self) -> None:
        bot = self.dice.choice(self.ground.bots)
        bot.send(signal.SIGSTOP)
        await asyncio.sleep(self.dice.uniform(*FROZEN))
        bot.send(signal.SIGCONT)
        self.counted["processes frozen"] += 1

    async def _database(self) -> None:
        how = self.dice.choice((signal.SIGINT, signal.SIGQUIT))
        await asyncio.to_thread(self.ground.server.stop, how)
        await asyncio.sleep(self.dice.uniform(*AWAY))
        await asyncio.to_thread(self.ground.server.start)
        self.counted["database restarted" if how == signal.SIGINT else "database crashed"] += 1

    async def _cut_off(self) -> None:
        which = self.dice.choice((self.ground.slack, self.ground.discord))
        await which.drop_sockets()
        self.counted["connections cut"] += 1

    async def _platforms_fail(self) -> None:
        await self.fails(MUCH)
        await asyncio.sleep(self.dice.uniform(*FAILING))
        await self.fails(LITTLE)
        self.counted["platforms failing"] += 1
