"""Requests leave evenly, also when several processes send them."""

from __future__ import annotations

import asyncio
import time

import pytest

from adapters.discord.http import TURNS, DiscordHttp, Evenly, at_once
from adapters.discord.settings import point_at
from bot.services.leasing import Turns
from storage.engine import Database
from tests.fakes.discord import FakeDiscord
from tests.support.discord import discord_settings

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


async def test_a_request_that_was_given_up_closes_no_route_for_those_after_it() -> None:
    discord = FakeDiscord()
    await discord.start()
    point_at(discord_settings(discord))
    http = DiscordHttp(discord.token)
    await http.ask("GET", "/users/@me")
    for bucket in http._client._buckets.values():
        bucket.remaining = 0  # as it stands while a limit is waited out
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.2):
            await http.ask("GET", "/users/@me")
    async with asyncio.timeout(10):
        await http.ask("GET", "/users/@me")
    await http.close()
    await discord.stop()
