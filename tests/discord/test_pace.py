"""Requests leave evenly, also when several processes send them."""

from __future__ import annotations

import asyncio
import time

from adapters.discord.http import TURNS, Evenly, at_once
from bot.services.leasing import Turns
from storage.engine import Database

PER_SECOND, EACH = 500.0, 40


async def took(*paced: Evenly) -> float:
    """Seconds until each has let through so many."""
    began = time.monotonic()
    await asyncio.gather(*(one.turn() for one in paced for _ in range(EACH)))
    return time.monotonic() - began


async def test_two_processes_send_no_more_than_one_may() -> None:
    over = 0.0

    async def turns(name: str, lasts: float) -> float:
        nonlocal over
        now = time.monotonic()
        begins = max(now, over)
        over = begins + lasts
        return begins - now

    least = (2 * EACH - 1) / PER_SECOND
    assert await took(Evenly(PER_SECOND, turns), Evenly(PER_SECOND, turns)) >= least
    assert await took(Evenly(PER_SECOND, at_once)) >= (EACH - 1) / PER_SECOND


async def test_turns_are_taken_by_the_handful() -> None:
    asked = 0

    async def turns(name: str, lasts: float) -> float:
        nonlocal asked
        asked += 1
        return 0.0

    paced = Evenly(PER_SECOND, turns)
    await asyncio.gather(*(paced.turn() for _ in range(TURNS)))
    assert asked == 1


async def test_while_the_database_is_away_nobody_waits_for_it() -> None:
    away = Database("postgresql+psycopg://nobody@127.0.0.1:1/nothing")
    assert await Turns(away)("requests", 60.0) == 0.0
    assert await Turns(away)("requests", 60.0) == 0.0
    await away.close()
