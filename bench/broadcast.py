"""python -m bench.broadcast: one message to 500 places and 5,000 people, by two processes, beside what the platform allows.

On PostgreSQL. Discord takes 50 requests a second; a direct message is two of them, since its channel has to be opened. Slack
takes one message a second in each channel and "several hundred a minute" in a workspace, here 300 with as many at once to
begin with, and by default six times faster than in life (``--speed``). Allowed is the shortest time in which a platform
would take all of it. The time runs from the command's being typed to the last message's being written down as sent. Each has
to stand once.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import re
import tempfile
import time
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.engine import make_url

from bench.broadcast_bot import CARD, WORDS
from bench.programs import Running
from bot.core.events import PersonChanged, Ref
from bot.services import identity
from storage import communities, migrate
from storage.engine import Database
from storage.ledger.deliveries import SENT, Delivery
from storage.members import Member
from tests.fakes.discord import DiscordApi, DiscordPerson
from tests.fakes.discord.limits import REQUESTS_A_SECOND
from tests.fakes.slack import SlackApi, SlackPerson
from tests.fakes.slack.limits import POSTS_PER_MINUTE
from tests.support.postgres import throw_away_server

MESSAGE = re.compile(re.escape(WORDS) + r"\D{1,6}\d+")
AT_ONCE = 20  # people and places that are made at a time
GIVES_UP = 3.0  # times what is allowed
PREPARED_WITHIN = 600.0  # seconds until everybody is known


@dataclass
class Chat:
    """A pretend platform with everybody in it. ``standing``: how often each text stands there; ``said``: what it found wrong with
    requests, and how many it refused as too many.
    """

    name: str
    settings: dict[str, str]
    began: str  # what the program prints when it is connected
    asker: DiscordPerson | SlackPerson
    standing: Callable[[], Any]
    said: Callable[[], Awaitable[tuple[list[Any], int]]]
    allowed: Callable[[int, int], float]
    meet: Callable[[Database], Any]


async def _populate(api: Any, places: int, others: int, **installer: bool) -> None:
    await api.add_person("ada", "Sample: Ada", **installer)
    busy = asyncio.Semaphore(AT_ONCE)

    async def one(make: Callable[..., Any], *given: str) -> None:
        async with busy:
            await make(*given)

    await asyncio.gather(*(one(api.add_place, f"place-{number}") for number in range(places)))
    made = (one(api.add_person, f"p{number}", f"Sample: Person {number}") for number in range(others))
    await asyncio.gather(*made)


@asynccontextmanager
async def discord(folder: Path, places: int, people: int, speed: float) -> AsyncIterator[Chat]:
    fake = Running("discord", "tests.fakes.discord", "--port", "0", folder=folder)
    try:
        told = await fake.told()
        async with DiscordApi(told["url"]) as api:
            await _populate(api, places, people - 2, admin=True)  # and the owner
            await api.change_limits(dm_opens=10**9)  # a number of the pretend Discord's own
            directory = await api.directory()

            async def meet(database: Database) -> None:
                """Discord tells who somebody is when they act; here everybody has before."""
                async with database.write() as db:
                    for person in directory["people"]:
                        who = Ref("discord", str(directory["guild"]), str(person["snowflake"]))
                        await identity.person_changed(db, PersonChanged("", who, person["name"]))

            async def standing() -> Counter[str]:
                everywhere = [f"place-{n}" for n in range(places)] + [f"dm-{one['id']}" for one in directory["people"]]
                return Counter([words for where in everywhere for words in _broadcast(await api.messages(where))])

            async def said() -> tuple[list[Any], int]:
                seen = await api.inspect()
                return seen["violations"], seen["invalid_requests"]

            yield Chat(
                "Discord",
                {
                    "ROUNDS_DISCORD_TOKEN": told["token"],
                    "DISCORD_API_BASE": told["api_base"],
                    "DISCORD_GATEWAY": told["gateway"],
                },
                "discord.started",
                DiscordPerson(api, "ada", "place-0", within=30),
                standing,
                said,
                lambda places, people: (places + 2 * people) / REQUESTS_A_SECOND,
                meet,
            )
    finally:
        await fake.kill()


@asynccontextmanager
async def slack(folder: Path, places: int, people: int, speed: float) -> AsyncIterator[Chat]:
    limits = ("--limits", "tiers", "--speed", str(speed))
    fake = Running("slack", "tests.fakes.slack", "--empty", *limits, folder=folder)
    try:
        told = await fake.told()
        async with SlackApi(told["url"]) as api:
            await _populate(api, places, people - 1, admin=True, primary_owner=True)

            async def meet(database: Database) -> None:
                """Slack tells by itself who there is."""

            async def standing() -> Counter[str]:
                there = (await api.state())["places"].values()
                return Counter([words for place in there for words in _broadcast(place["messages"])])

            async def said() -> tuple[list[Any], int]:
                state = await api.state()
                return state["violations"], sum(1 for call in state["calls"] if call.get("error") == "ratelimited")

            yield Chat(
                "Slack",
                {
                    "ROUNDS_SLACK_BOT_TOKEN": told["bot_token"],
                    "ROUNDS_SLACK_APP_TOKEN": told["app_token"],
                    "SLACK_API_URL": told["api_url"],
                },
                "slack.started",
                SlackPerson(api, "ada", "place-0", within=30),
                standing,
                said,
                lambda places, people: (
                    max(POSTS_PER_MINUTE, places + people - POSTS_PER_MINUTE) / (POSTS_PER_MINUTE / 60 * speed)
                ),
                meet,
            )
    finally:
        await fake.kill()


def _broadcast(messages: list[Any]) -> list[str]:
    return [found[0] for message in messages if (found := MESSAGE.search(json.dumps(message)))]


PLATFORMS = {"discord": discord, "slack": slack}


async def measure(url: str, folder: Path, which: str, places: int, people: int, processes: int, speed: float) -> None:
    async with PLATFORMS[which](folder, places, people, speed) as chat:
        database = Database(url)
        settings = {**chat.settings, "ROUNDS_DATABASE_URL": url, "ROUNDS_PUBLIC_PORT": "0"}
        bots = [Running(f"{which}-{n}", "bench.broadcast_bot", folder=folder, **settings) for n in range(processes)]
        try:
            for bot in bots:
                await bot.says(chat.began, within=PREPARED_WITHIN)
            await chat.meet(database)
            await _everybody_is_known(database, places, people)
            began = time.monotonic()
            await chat.asker.types("/broadcast")
            took = await _all_sent(database, places + people, chat.allowed(places, people) * GIVES_UP) - began
            allowed = chat.allowed(places, people)
            standing, (violations, refused) = await chat.standing(), await chat.said()
            print(
                f"{chat.name}: {places} places, {people} people, {processes} processes: {took:.1f} s, allowed {allowed:.1f} s, "
                f"{took / allowed:.3f} times; {refused} requests were refused as too many",
                flush=True,
            )
            assert len(standing) == places + people, f"{len(standing)} of {places + people} stand"
            assert set(standing.values()) == {1}, f"{sum(times > 1 for times in standing.values())} stand twice"
            assert violations == [], violations[:3]
        finally:
            for bot in bots:
                await bot.stop()
            await database.close()


async def _everybody_is_known(database: Database, places: int, people: int) -> None:
    known = there = None
    try:
        async with asyncio.timeout(PREPARED_WITHIN):
            while (known, there) != (people, places):
                await asyncio.sleep(0.5)
                async with database.read() as db:
                    known = await db.scalar(select(func.count()).select_from(Member))
                    there = await db.scalar(select(func.count()).select_from(communities.Place))
    except TimeoutError:
        raise AssertionError(f"{known} people and {there} places are known, not {people} and {places}") from None


async def _all_sent(database: Database, number: int, within: float) -> float:
    """When so many were written down as sent."""
    async with asyncio.timeout(within):
        while True:
            async with database.read() as db:
                sent = await db.scalar(select(func.count()).where(Delivery.card == CARD, Delivery.state == SENT))
            if sent == number:
                return time.monotonic()
            await asyncio.sleep(0.25)


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m bench.broadcast", description=__doc__)
    parser.add_argument("--places", type=int, default=500)
    parser.add_argument("--people", type=int, default=5000)
    parser.add_argument("--processes", type=int, default=2)
    parser.add_argument(
        "--speed", type=float, default=6.0, help="how many times faster than in life Slack's limits refill"
    )
    parser.add_argument("--only", choices=sorted(PLATFORMS))
    given = parser.parse_args()
    for which in [given.only] if given.only else sorted(PLATFORMS):
        with throw_away_server() as server, tempfile.TemporaryDirectory() as folder:
            migrate.upgrade(make_url(server.url))
            sizes = given.places, given.people, given.processes, given.speed
            asyncio.run(measure(server.url, Path(folder), which, *sizes))


if __name__ == "__main__":
    main()
