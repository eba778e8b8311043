"""A pretend Slack, a pretend Discord, PostgreSQL and two processes of the program, each a process of its own."""

from __future__ import annotations

import contextlib
import json
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.engine import make_url

import bot.rituals
from adapters.local.client import ApiError
from adapters.slack.manifest import manifest
from bench.programs import Running
from bot.core.registry import scan
from bot.recurrence.rule import Recurrence
from bot.rituals.schedule.prompts import OWN_WORDS
from bot.services.rhythms import plan
from storage import migrate
from storage.communities import Community, Place
from storage.engine import Database
from storage.ledger.rhythms import Rhythm
from storage.members import Member
from tests.fakes.discord import DiscordApi, DiscordPerson
from tests.fakes.slack import SlackApi, SlackPerson
from tests.fakes.slack.limits import ACKNOWLEDGE
from tests.support.postgres import Server, throw_away_server

# Slack repeats an event that was not acknowledged at once, after a minute and after five more: 1 is as in life. Much sooner, it
# would give up a reply below a message of which nobody knows yet whether it stands, before the lease of 60 seconds ends.
RETRIES = 1.0
PLACES, EACH = 3, 3  # closed places on each platform, and people in each
Somebody = SlackPerson | DiscordPerson
KINDS = {2: "command", 3: "press", 5: "form"}  # what Discord calls types of interactions


@dataclass(frozen=True, slots=True)
class Act:
    """One command, press or form, by the platform's own clock: when (monotonic seconds), seconds until it had its answer, and
    whether one came in time."""

    platform: str
    what: str
    at: float
    seconds: float
    answered: bool


@dataclass
class Ground:
    """``people``: platform → who acts there; each has one place. ``bots``: the first of them may be killed."""

    server: Server
    database: Database
    slack: SlackApi
    discord: DiscordApi
    people: dict[str, list[Somebody]]
    bots: list[Running]

    async def acts(self) -> list[Act]:
        """All that people did and the platforms told the program."""
        on_slack, on_discord = (await self.slack.state())["acks"], await self.discord.inspect()
        found = [
            Act("slack", one["kind"], one["at"], one["seconds"], one["ok"])
            for one in on_slack
            if one["kind"] != "event"
        ]
        found += [Act("discord", KINDS[one["type"]], one["at"], one["seconds"], True) for one in on_discord["acks"]]
        found += [Act("discord", KINDS[one["type"]], one["at"], ACKNOWLEDGE, False) for one in on_discord["late"]]
        return found

    async def everything(self) -> list[dict[str, Any]]:
        """All messages of ours that stand anywhere: platform, place, text, root (of a thread, or None) and the delivery's id."""
        found = []
        for place, there in (await self.slack.state())["places"].items():
            for one in there["messages"]:
                uid = ((one.get("metadata") or {}).get("event_payload") or {}).get("id", "")
                thread = one.get("thread_ts")
                root = thread if thread != one["ts"] else None
                if one.get("bot_id") and not one.get("to"):
                    found.append(_standing("slack", place, one, root, uid))
        directory = await self.discord.directory()
        for place in [*(one["id"] for one in directory["places"]), *(f"dm-{one['id']}" for one in directory["people"])]:
            with contextlib.suppress(ApiError):  # who was never written to has no conversation
                for one in await self.discord.messages(place):
                    if one["by_bot"] and not one["private"]:
                        root = one["thread"] if one["kind"] == "reply" else None
                        found.append(_standing("discord", place, one, root, one["nonce"]))
        return found


def _standing(platform: str, place: str, message: dict[str, Any], root: Any, uid: str) -> dict[str, Any]:
    return {"platform": platform, "place": place, "text": json.dumps(message), "root": root, "uid": uid}


@asynccontextmanager
async def ground(folder: Path) -> AsyncIterator[Ground]:
    async with AsyncExitStack() as stack:
        server = stack.enter_context(throw_away_server())
        migrate.upgrade(make_url(server.url))
        wanted = folder / "manifest.json"
        wanted.write_text(json.dumps(manifest(scan(bot.rituals), history=True)))
        strict = ("--empty", "--limits", "tiers", "--manifest", str(wanted), "--retry-factor", str(RETRIES))
        chats = [
            Running("slack", "tests.fakes.slack", *strict, folder=folder),
            Running("discord", "tests.fakes.discord", folder=folder),
        ]
        for chat in chats:
            stack.push_async_callback(chat.kill)
        on_slack, on_discord = [await chat.told() for chat in chats]
        slack = await stack.enter_async_context(SlackApi(on_slack["url"]))
        discord = await stack.enter_async_context(DiscordApi(on_discord["url"]))
        people = {"slack": await _settle(slack, SlackPerson), "discord": await _settle(discord, DiscordPerson)}
        settings = {
            "ROUNDS_SLACK_BOT_TOKEN": on_slack["bot_token"],
            "ROUNDS_SLACK_APP_TOKEN": on_slack["app_token"],
            "SLACK_API_URL": on_slack["api_url"],
            "ROUNDS_DISCORD_TOKEN": on_discord["token"],
            "DISCORD_API_BASE": on_discord["api_base"],
            "DISCORD_GATEWAY": on_discord["gateway"],
            "ROUNDS_DATABASE_URL": server.url,
            "ROUNDS_DATA_DIR": str(folder / "data"),
            "ROUNDS_PUBLIC_PORT": "0",
            "ROUNDS_FETCH_LINKS": "false",
        }
        bots = []
        for number in (1, 2):
            bots.append(Running(f"rounds-{number}", "bot", "run", folder=folder, **settings))
            stack.push_async_callback(bots[-1].kill)
            await bots[-1].says("started ")
        database = Database(server.url)
        stack.push_async_callback(database.close)
        yield Ground(server, database, slack, discord, people, bots)


async def _settle(api: Any, kind: type[Somebody]) -> list[Any]:
    await api.add_person("ada", "Sample: Ada", admin=True)
    made = []
    for place in range(PLACES):
        names = [f"p{place}{number}" for number in range(EACH)]
        for name in names:
            await api.add_person(name, f"Sample: Person {name}")
        await api.add_place(f"place-{place}", closed=True)
        for name in (*names, *(["bot"] if kind is DiscordPerson else [])):
            await api.add_member(f"place-{place}", name)
        made += [kind(api, name, f"place-{place}", within=10) for name in names]
    return made


async def begin_rhythms(database: Database, number: int, seconds: float) -> None:
    """So many prompts of a facilitator's, each due once at its own moment of the next seconds; "prompt r7" is its text."""
    async with database.write() as db:
        places = list(await db.scalars(select(Place).where(Place.closed).order_by(Place.id)))
        maker = {one.community_id: one.id for one in await db.scalars(select(Member).order_by(Member.id.desc()))}
        await db.execute(
            update(Community).values(alike_enough=100.0)
        )  # no look-alikes are shown before a question is posted
        now = datetime.now(UTC)
        for n in range(number):
            place = places[n % len(places)]
            start = now + timedelta(seconds=10 + seconds * n / number)
            made = Rhythm(
                community_id=place.community_id,
                space_id=place.space_id,
                made_by=maker[place.community_id],
                name=OWN_WORDS,
                title=f"Prompt r{n}",
                recurrence=Recurrence(start.replace(tzinfo=None, microsecond=0), "UTC").to_json(),
                more={"text": f"What did you learn? prompt-r{n}."},
                watermark=now,
                created_at=now,
                lead=0,
                paused=False,
                rev=1,
                failures=0,
            )
            plan(made)
            db.add(made)
