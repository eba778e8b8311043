"""The fake with two people and a few places; and a bot of discord.py that runs against it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime

import discord
import pytest
import yarl

from bot.core.clock import MovableClock
from tests.discord_fake.bot import Bot
from tests.fakes.discord import DiscordApi, DiscordPerson, FakeDiscord


@pytest.fixture
def clock() -> MovableClock:
    return MovableClock(frozen_at=datetime(2026, 3, 4, 10, 0, tzinfo=UTC))


@pytest.fixture
async def fake(clock: MovableClock, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[FakeDiscord]:
    server = FakeDiscord(clock=clock.now, respond_within=1.0)
    for place in ("general", "questions"):
        server.people.add_place(place)
    server.people.add_place("ward-team", closed=True)
    server.people.add_place("cases", forum=True, tags=["open", "solved"], tag_required=True)
    server.people.add_person("ada", "Sample: Ada A.", "Europe/Berlin", admin=True)
    server.people.add_person("ben", "Sample: Ben B.")
    await server.start()
    monkeypatch.setattr(discord.http.Route, "BASE", server.api_base)
    monkeypatch.setattr(discord.gateway.DiscordWebSocket, "DEFAULT_GATEWAY", yarl.URL(server.gateway_url))
    yield server
    await server.stop()


@pytest.fixture
async def api(fake: FakeDiscord) -> AsyncIterator[DiscordApi]:
    async with DiscordApi(fake.url) as found:
        yield found


@pytest.fixture
async def ada(api: DiscordApi) -> DiscordPerson:
    return DiscordPerson(api, "ada")


@pytest.fixture
async def ben(api: DiscordApi) -> DiscordPerson:
    return DiscordPerson(api, "ben")


@pytest.fixture
async def bot(fake: FakeDiscord) -> AsyncIterator[Bot]:
    client = Bot()
    client.running = asyncio.create_task(client.start(fake.token))
    try:
        await client.hears_of("ready")
        yield client
    finally:
        await client.close()
        await asyncio.gather(client.running, return_exceptions=True)


@pytest.fixture
async def questions(bot: Bot) -> discord.TextChannel:
    found = discord.utils.get(bot.get_all_channels(), name="questions")
    assert isinstance(found, discord.TextChannel)
    return found
