"""python -m bench.bursts slack|discord: fifty commands a second while each commit of PostgreSQL takes half a second longer.

The platform's stand-in (tests/fakes) runs as a process of its own, and measures when it was acknowledged. First a bare
handler of the platform's own library takes the same commands and does nothing; then Rounds takes them, writing a row for each.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import sys
import tempfile
import time
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Any, Protocol

import discord
from discord import app_commands
from slack_bolt.adapter.socket_mode.aiohttp import AsyncSocketModeHandler
from slack_bolt.async_app import AsyncApp
from slack_sdk.web.async_client import AsyncWebClient
from sqlalchemy import event as on
from sqlalchemy import func, select
from sqlalchemy.util import await_only

from adapters.discord.app import DiscordPlatform
from adapters.discord.settings import DiscordSettings, point_at
from adapters.slack.app import SlackPlatform
from adapters.slack.settings import SlackSettings
from bench.databases import servers
from bench.figures import machine, p95, table
from bot.context import Context
from bot.core.people import Role
from bot.core.registry import Registry
from bot.core.replies import Reply
from bot.core.ritual import Ritual
from bot.core.ui import say
from bot.limits import Limits
from bot.wiring import Connect, Rounds
from storage import audit, migrate
from storage.audit import AuditEntry
from storage.engine import Database
from storage.ledger import inbox
from tests.fakes.discord import DiscordApi, DiscordPerson
from tests.fakes.slack import SlackApi, SlackPerson

PER_SECOND, SECONDS, COMMIT_DELAY, POOL = 50, 30, 0.5, 10
PEOPLE = [f"p{number}" for number in range(200)]  # nobody types faster than the limit for one person
COMMAND = "note"


def notes() -> Registry:
    """One command, which writes a row and says so."""
    ritual = Ritual("notes")

    @ritual.command(COMMAND, "Write something down", role=Role.MEMBER, typed="What")
    async def note(ctx: Context, text: str) -> Reply:
        audit.note(ctx.db, ctx.community.id, ctx.member.id, ctx.now, "noted", text)
        return Reply(say("Noted."))

    return Registry([ritual])


@dataclass(frozen=True)
class Told:
    """What the platform's stand-in saw of one burst: seconds until each acknowledgement, and what people were told."""

    acks: list[float]
    late: int
    answers: Counter[str]


class Stage(Protocol):
    name: str
    library: str

    def opened(self) -> Any:
        """The stand-in, in a process of its own."""
        ...

    def connect(self, about: dict[str, Any]) -> Connect: ...

    def bare(self, about: dict[str, Any]) -> Any:
        """The library's own handler, connected."""
        ...

    def api(self, url: str) -> Any: ...

    def person(self, api: Any, name: str) -> Any: ...

    async def told(self, api: Any) -> Told: ...


@asynccontextmanager
async def program(*arguments: str) -> AsyncIterator[dict[str, Any]]:
    process = await asyncio.create_subprocess_exec(sys.executable, "-m", *arguments, stdout=asyncio.subprocess.PIPE)
    assert process.stdout is not None
    try:
        yield json.loads(await process.stdout.readline())
    finally:
        process.terminate()
        await process.wait()


class Slack:
    name, library = "Slack", "Bolt"

    def opened(self) -> Any:
        return program("tests.fakes.slack")

    def connect(self, about: dict[str, Any]) -> Connect:
        settings = SlackSettings(bot_token=about["bot_token"], app_token=about["app_token"], api_url=about["api_url"])
        return lambda inside: SlackPlatform(settings, inside)

    @asynccontextmanager
    async def bare(self, about: dict[str, Any]) -> AsyncIterator[None]:
        app = AsyncApp(client=AsyncWebClient(about["bot_token"], base_url=about["api_url"]))

        @app.command(f"/{COMMAND}")
        async def note(ack: Any) -> None:
            await ack("Noted.")

        handler = AsyncSocketModeHandler(app, about["app_token"])
        await handler.connect_async()  # type: ignore[no-untyped-call]
        yield
        await handler.close_async()  # type: ignore[no-untyped-call]

    def api(self, url: str) -> SlackApi:
        return SlackApi(url)

    def person(self, api: SlackApi, name: str) -> SlackPerson:
        return SlackPerson(api, name)

    async def told(self, api: SlackApi) -> Told:
        state = await api.state()
        mine = [ack["seconds"] for ack in state["acks"] if ack["ok"] and "command" in ack["kind"]]
        return Told(mine, _number(state["late"]), answers(await api.messages("questions")))


class Discord:
    name, library = "Discord", "discord.py"

    def opened(self) -> Any:
        return program("tests.fakes.discord", "--place", "questions", "--person", "ada")

    def connect(self, about: dict[str, Any]) -> Connect:
        settings = DiscordSettings(about["token"], about["api_base"], about["gateway"])
        return lambda inside: DiscordPlatform(settings, inside)

    @asynccontextmanager
    async def bare(self, about: dict[str, Any]) -> AsyncIterator[None]:
        point_at(DiscordSettings(about["token"], about["api_base"], about["gateway"]))
        client = discord.Client(intents=discord.Intents(guilds=True))
        tree = app_commands.CommandTree(client)

        @tree.command(name=COMMAND, description="Write something down")
        async def note(interaction: discord.Interaction, text: str) -> None:
            await interaction.response.send_message("Noted.", ephemeral=True)

        running = asyncio.create_task(client.start(about["token"]))
        while not client.is_ready():  # noqa: ASYNC110  (wait_until_ready raises before the client has begun)
            await asyncio.sleep(0.01)
        await tree.sync()
        yield
        await client.close()
        await asyncio.gather(running, return_exceptions=True)

    def api(self, url: str) -> DiscordApi:
        return DiscordApi(url)

    def person(self, api: DiscordApi, name: str) -> DiscordPerson:
        return DiscordPerson(api, name)

    async def told(self, api: DiscordApi) -> Told:
        state = await api.inspect()
        acks = [ack["seconds"] for ack in state["acks"]]
        return Told(acks, _number(state["late"]), answers(await api.messages("questions")))


def _number(late: Any) -> int:
    return len(late) if isinstance(late, list) else int(late)


def answers(messages: Any) -> Counter[str]:
    """How often people were told each thing."""
    told = Counter[str]()
    for message in messages:
        whole = json.dumps(message)
        told += Counter(words for words in ("Noted.", "I'm busy just now", "Something failed") if words in whole)
    return told


async def burst(stage: Stage, api: Any) -> None:
    """People type so many commands a second, whatever becomes of the earlier ones."""
    people = [stage.person(api, name) for name in PEOPLE]
    began, typing = time.monotonic(), []
    for number in range(PER_SECOND * SECONDS):
        await asyncio.sleep(max(0.0, began + number / PER_SECOND - time.monotonic()))
        typing.append(asyncio.create_task(people[number % len(people)].types(f"/{COMMAND} {number}")))
    await asyncio.gather(*typing, return_exceptions=True)


async def bare(stage: Stage) -> Told:
    async with stage.opened() as about, stage.api(about["url"]) as api:
        await _people(api)
        async with stage.bare(about):
            await burst(stage, api)
            return await stage.told(api)


async def ours(stage: Stage, url: str) -> tuple[Told, list[str], float]:
    """What people were told, what stands in the database, and how many seconds the backlog took."""
    async with stage.opened() as about, stage.api(about["url"]) as api:
        await _people(api)
        database = Database(url, pool_size=POOL)
        limits = Limits(burst_per_person=1000)
        rounds = Rounds(database, [stage.connect(about)], registry=notes(), limits=limits)
        await rounds.start()
        on.listen(database.engine.sync_engine, "commit", lambda _: await_only(asyncio.sleep(COMMIT_DELAY)))
        await burst(stage, api)
        over = time.monotonic()
        while await _waiting(database):  # noqa: ASYNC110  (the database tells nobody)
            await asyncio.sleep(0.2)
        drained = time.monotonic() - over
        await rounds.disconnect()
        told, noted = await stage.told(api), await _noted(database)
        await database.close()
        return told, noted, drained


async def _people(api: Any) -> None:
    for name in PEOPLE:
        await api.add_person(name, f"Sample: {name}")


async def _noted(database: Database) -> list[str]:
    async with database.read() as db:
        return list(await db.scalars(select(AuditEntry.subject).where(AuditEntry.action == "noted")))


async def _waiting(database: Database) -> int:
    async with database.read() as db:
        return await db.scalar(select(func.count()).select_from(inbox.InboxEntry)) or 0


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m bench.bursts", description=__doc__)
    parser.add_argument("platform", choices=("slack", "discord"))
    stage: Stage = Slack() if parser.parse_args().platform == "slack" else Discord()
    sent = PER_SECOND * SECONDS
    with tempfile.TemporaryDirectory(prefix="rounds-bench-") as folder, servers(Path(folder)) as both:
        print(machine(both[1].admin_address), end="\n\n")
        url = both[1].empty()
        migrate.upgrade(url)
        plain = asyncio.run(bare(stage))
        told, noted, drained = asyncio.run(ours(stage, url))
    refused, lost = told.answers["I'm busy just now"], sent - len(set(noted)) - told.answers["I'm busy just now"]
    print(
        f"{stage.name}: {PER_SECOND} commands a second for {SECONDS} s, each commit {COMMIT_DELAY} s late, {POOL} connections\n"
    )
    rows = [
        ("sent", str(sent)),
        ("done", f"{len(set(noted))}, {len(noted) - len(set(noted))} of them twice"),
        ("refused as busy", str(refused)),
        ("lost", str(lost)),
        ("acknowledged after 3 s", str(told.late)),
        ("backlog done after", f"{drained:.1f} s"),
    ]
    table(("", ""), rows)
    times = [_times(f"a bare {stage.library} handler, no delay", plain), _times("Rounds", told)]
    ratio = median(told.acks) / median(plain.acks)
    table(("acknowledged by", "median ms", "p95 ms", "late"), times)
    print(f"Ratio of the medians: {ratio:.1f}")


def _times(name: str, told: Told) -> tuple[str, ...]:
    milliseconds = [1000 * seconds for seconds in told.acks]
    return (name, f"{median(milliseconds):.0f}", f"{p95(milliseconds):.0f}", str(told.late))


if __name__ == "__main__":
    main()
