"""A real client while the gateway and the API fail: what it hears of again, what is done twice, what it gives up."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import Any

import aiohttp
import discord
import pytest

from tests.discord_fake.bot import Bot
from tests.fakes.discord import DiscordApi, DiscordPerson, FakeDiscord, limits

POST = "POST /channels/.*/messages$"


async def test_resumed_after_a_cut(bot: Bot, fake: FakeDiscord, api: DiscordApi, ben: DiscordPerson) -> None:
    assert await api.drop_gateways() == 1
    await ben.types("Said meanwhile")
    await bot.hears_of("resumed")
    await bot.hears_of("message")
    assert (fake.gateway.identified, fake.gateway.resumed) == (1, 1)


async def test_asked_to_reconnect(bot: Bot, fake: FakeDiscord, api: DiscordApi, ben: DiscordPerson) -> None:
    await api.gateway("reconnect")
    await bot.hears_of("resumed")
    await ben.types("Still there?")
    await bot.hears_of("message")
    assert fake.gateway.identified == 1


async def test_session_invalidated(
    bot: Bot, api: DiscordApi, fake: FakeDiscord, ben: DiscordPerson, monkeypatch: pytest.MonkeyPatch
) -> None:
    await api.gateway("invalidate")
    await bot.hears_of("ready", 2)
    await ben.types("Hello again")
    await bot.hears_of("message")
    assert fake.gateway.identified == 2


async def test_a_resume_is_refused(bot: Bot, api: DiscordApi, fake: FakeDiscord) -> None:
    await api.gateway("forget")
    await api.drop_gateways()
    await bot.hears_of("ready", 2)
    assert fake.gateway.resumed == 0


async def test_frozen(fake: FakeDiscord, api: DiscordApi, ben: DiscordPerson) -> None:
    fake.gateway.heartbeat = 0.1
    bot = Bot(heartbeat_timeout=0.3)
    running = asyncio.create_task(bot.start(fake.token))
    try:
        await bot.hears_of("ready")
        await api.gateway("freeze")
        await ben.types("Unheard")
        await fake.until(lambda: not fake.gateway.sockets or len(fake.gateway.sockets) > 1)
        await api.gateway("freeze", frozen=False)
        await bot.hears_of("message")
        assert fake.gateway.resumed >= 1
    finally:
        await bot.close()
        await asyncio.gather(running, return_exceptions=True)


async def test_frozen_for_a_moment(bot: Bot, fake: FakeDiscord, api: DiscordApi, ben: DiscordPerson) -> None:
    await api.gateway("freeze")
    await ben.types("Heard later")
    assert "message" not in [what for what, _ in bot.heard]
    await api.gateway("freeze", frozen=False)
    await bot.hears_of("message")
    assert fake.gateway.resumed == 0


async def test_another_guild(bot: Bot, api: DiscordApi) -> None:
    await api.add_guild("Elsewhere")
    await api.add_place("elsewhere", guild="Elsewhere")
    await api.add_person("zoe", "Sample: Zoe", guild="Elsewhere")
    await bot.hears_of("GUILD_CREATE", 2)
    zoe = DiscordPerson(api, "zoe", "elsewhere")
    await zoe.types("/rounds me")
    await zoe.sees("That is you")
    await zoe.types("Hello")
    assert (await bot.hears_of("message")).guild.name == "Elsewhere"


async def test_a_malformed_event_ends_the_client(bot: Bot, api: DiscordApi) -> None:
    await api.gateway("malformed")
    with pytest.raises((KeyError, ValueError)):
        await asyncio.wait_for(asyncio.shield(bot.running), 5)


async def test_privileged_intents_and_tokens_are_checked(fake: FakeDiscord) -> None:
    greedy = discord.Client(intents=discord.Intents(guilds=True, members=True))
    with pytest.raises(discord.PrivilegedIntentsRequired):
        await greedy.start(fake.token)
    await greedy.close()
    stranger = discord.Client(intents=discord.Intents.none())
    with pytest.raises(discord.LoginFailure):
        await stranger.start("another")
    await stranger.close()
    assert fake.invalid_requests == 1


async def test_two_clients_hear_the_same(bot: Bot, fake: FakeDiscord, ben: DiscordPerson) -> None:
    other = Bot()
    running = asyncio.create_task(other.start(fake.token))
    try:
        await other.hears_of("ready")
        await ben.types("Both hear this")
        await bot.hears_of("message")
        await other.hears_of("message")
    finally:
        await other.close()
        await asyncio.gather(running, return_exceptions=True)


async def test_rate_limits(
    bot: Bot, fake: FakeDiscord, api: DiscordApi, ada: DiscordPerson, questions: discord.TextChannel
) -> None:
    await api.add_fault("rate_limit", route=POST)
    await questions.send("After a pause")
    await api.add_fault("global_rate_limit", route=POST, times=2)
    await questions.send("After a longer pause")
    assert fake.invalid_requests == 3
    await ada.sees("After a longer pause")
    await api.add_fault("rate_limit", route=POST, via=False)
    with pytest.raises(discord.HTTPException):
        await questions.send("Banned")


async def test_the_limits_are_kept(bot: Bot, fake: FakeDiscord, questions: discord.TextChannel) -> None:
    fake.limiter.per_channel = (3, 0.2)
    await asyncio.gather(*(questions.send(f"Message {number}") for number in range(5)))
    assert len(fake.state.messages[questions.id]) == 5
    fake.limiter.a_second = 5
    for number in range(6):
        await questions.send(f"More {number}")
    assert fake.invalid_requests > 0


async def test_stored_then_failed(
    bot: Bot,
    fake: FakeDiscord,
    api: DiscordApi,
    questions: discord.TextChannel,
    clock: Any,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    fast(monkeypatch)
    await api.add_fault("fail", route=POST, after=True)
    await questions.send("Once", nonce="delivery-1")
    assert [one["content"] for one in await api.messages("questions")] == ["Once"]
    await questions.send("Once", nonce="delivery-1")
    clock.advance(timedelta(seconds=limits.NONCE_SECONDS + 1))
    await questions.send("Once", nonce="delivery-1")
    assert len(await api.messages("questions")) == 2


async def test_follow_ups_double(
    bot: Bot, api: DiscordApi, ada: DiscordPerson, questions: discord.TextChannel, monkeypatch: pytest.MonkeyPatch
) -> None:
    fast(monkeypatch)
    await api.add_fault("fail", route="POST /webhooks/", after=True, times=2)
    await ada.types("/slow")
    seen = await ada.sees("And more")
    texts = [one["content"] for one in await api.messages("questions")]
    assert seen.kind == "private reply"
    assert texts.count("Done at last") + texts.count("And more") > 2


@pytest.mark.parametrize("after", [False, True])
async def test_dropped_connections(
    bot: Bot, api: DiscordApi, questions: discord.TextChannel, after: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    fast(monkeypatch)
    await api.add_fault("drop", route=POST, after=after)
    try:
        await questions.send("Perhaps")
    except (OSError, aiohttp.ClientError):
        assert len(await api.messages("questions")) == int(after)
    else:
        assert len(await api.messages("questions")) == 1


async def test_503_is_not_retried(bot: Bot, api: DiscordApi, questions: discord.TextChannel) -> None:
    await api.add_fault("fail", route=POST, status=503)
    with pytest.raises(discord.DiscordServerError):
        await questions.send("Away")
    assert await api.messages("questions") == []


async def test_chances(bot: Bot, fake: FakeDiscord, api: DiscordApi, questions: discord.TextChannel) -> None:
    await api.set_faults(fail_before=1, status=503, route="^POST")
    with pytest.raises(discord.DiscordServerError):
        await questions.send("Away")
    await questions.guild.fetch_channels()
    await api.set_faults()
    await questions.send("There")
    await api.add_fault("refuse", route=POST, status=403, code=50013)
    with pytest.raises(discord.Forbidden):
        await questions.send("Refused")
    await api.add_fault("delay", route=POST, seconds=0.05)
    await questions.send("Slowly")


async def test_the_bot_is_removed(bot: Bot, api: DiscordApi, questions: discord.TextChannel) -> None:
    await api.remove_bot()
    await bot.hears_of("removed")
    with pytest.raises(discord.Forbidden) as refused:
        await questions.send("Anybody?")
    assert refused.value.code == 50001
    await api.invite_bot()
    await bot.hears_of("GUILD_CREATE", 2)


def fast(monkeypatch: pytest.MonkeyPatch) -> None:
    """The client's own pauses between attempts take seconds."""
    sleep = asyncio.sleep

    async def short(seconds: float, result: Any = None) -> Any:
        return await sleep(min(seconds, 0.01), result)

    monkeypatch.setattr("discord.http.asyncio.sleep", short)
