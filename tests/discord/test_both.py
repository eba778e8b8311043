"""One community with a place on Slack and a place on Discord, both real SDKs in one process: neither's trouble is the other's."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

import bot.rituals
from adapters.discord.app import DiscordPlatform
from adapters.slack.app import SlackPlatform
from adapters.slack.manifest import manifest
from bot.core.clock import MovableClock
from bot.core.inside import Inside
from bot.core.registry import scan
from bot.wiring import Rounds
from storage.engine import Database
from tests.fakes.discord import DiscordApi, DiscordPerson, FakeDiscord
from tests.fakes.slack import FakeSlack, SlackApi, SlackPerson
from tests.support.discord import discord_settings, populated
from tests.support.slack import slack_settings
from tests.support.world import BRISK, GENEROUS, WEDNESDAY


@dataclass
class Both:
    rounds: Rounds
    slack: FakeSlack
    discord: FakeDiscord
    slack_api: SlackApi
    discord_api: DiscordApi

    def on_slack(self, name: str) -> Any:
        return SlackPerson(self.slack_api, name, "questions")

    def on_discord(self, name: str) -> Any:
        return DiscordPerson(self.discord_api, name, "questions")

    async def settles(self) -> None:
        async with asyncio.timeout(20):
            await self.rounds.settle()


@asynccontextmanager
async def both_worlds(database_url: str, folder: Path) -> AsyncIterator[Both]:
    clock, rituals = MovableClock(frozen_at=WEDNESDAY), scan(bot.rituals)
    discord = FakeDiscord(clock=clock.now, requests_a_second=None)
    populated(discord, forum=False)
    await discord.start()

    def on_slack(inside: Inside) -> SlackPlatform:
        platform = SlackPlatform(slack_settings(slack, http=False), inside)
        platform.pace = 0.0
        return platform

    def on_discord(inside: Inside) -> DiscordPlatform:
        platform = DiscordPlatform(discord_settings(discord, per_second=1000), inside)
        platform.pace = 0.0
        return platform

    async with FakeSlack(clock=clock.now) as slack, SlackApi(slack.url) as slack_api, DiscordApi(discord.url) as api:
        slack.install(manifest(rituals))
        more: dict[str, Any] = {"clock": clock, "registry": rituals, "limits": GENEROUS, "timing": BRISK}
        rounds = Rounds(Database(database_url), [on_slack, on_discord], backups=folder / "backups", **more)
        await rounds.start()
        try:
            made = Both(rounds, slack, discord, slack_api, api)
            await made.settles()
            yield made
        finally:
            await rounds.stop()
        assert discord.violations == []
        assert slack.violations == []
        await discord.stop()


@pytest.fixture
async def both(database_url: str, tmp_path: Path) -> AsyncIterator[Both]:
    """Paired by a code that was made on Slack and used on Discord."""
    async with both_worlds(database_url, tmp_path) as made:
        ada, owner = made.on_slack("ada"), made.on_discord("ada")
        await ada.types("/facilitate check")
        await ada.presses("Connect another workspace")
        told = await ada.sees("gives this code: ")
        code = told.text.partition("gives this code: ")[2].partition(".")[0].strip("*_ ")
        await owner.presses("It exists already")
        await owner.submits(code=code)
        await owner.sees("lives here, too, now.")
        await owner.types("/facilitate channels")
        form = await owner.fills()
        shown = next(one for one in form.text.split("\n") if "#questions" in one)
        await owner.submits(place=shown, purpose="questions")
        await made.settles()
        yield made


async def test_a_question_on_one_is_answered_on_the_other_and_found_on_the_first(both: Both) -> None:
    asker, helper = both.on_slack("ben"), both.on_discord("dana")
    await asker.types("/ask Which dressing for skin tears?")
    await asker.submits()
    await both.on_slack("emre").sees("Which dressing for skin tears?")
    await helper.presses("Answer", on="Which dressing for skin tears?")
    await helper.submits(text="Silicone, and mark the direction.")
    await asker.sees("Silicone, and mark the direction.")
    await asker.presses("This helped", on="Which dressing for skin tears?")
    await asker.submits()
    await helper.sees("Solved: what helped came from")
    for finder in (both.on_slack("chidi"), both.on_discord("chidi")):
        await finder.types("/find dressing")
        await finder.sees("Silicone, and mark the direction.")


async def test_a_question_on_discord_reaches_slack(both: Both) -> None:
    await both.on_discord("ben").types("/ask Which pillow?")
    await both.on_discord("ben").submits()
    await both.on_slack("dana").presses("Answer", on="Which pillow?")
    await both.on_slack("dana").submits(text="The flat one.")
    await both.on_discord("ben").sees("The flat one.")


async def test_while_slack_is_down_discord_goes_on_and_slack_hears_of_it_later(both: Both) -> None:
    both.slack.faults.set(error_500_before=1.0)
    asker, helper = both.on_discord("ben"), both.on_discord("dana")
    await asker.types("/ask Which mattress?")
    await asker.submits()
    await helper.presses("Answer", on="Which mattress?")
    await helper.submits(text="The one with air.")
    await asker.sees("The one with air.")
    both.slack.faults.set()
    await both.on_slack("emre").sees("Which mattress?")


@pytest.mark.parametrize("trouble", ["gateway", "api"])
async def test_while_discord_is_down_slack_goes_on_and_discord_hears_of_it_later(both: Both, trouble: str) -> None:
    if trouble == "gateway":
        await both.discord_api.gateway("refuse", times=10_000)
        await both.discord_api.drop_gateways()
    else:
        await both.discord_api.set_faults(fail_before=1.0, status=503)
    asker, helper = both.on_slack("ben"), both.on_slack("dana")
    await asker.types("/ask Which mattress?")
    await asker.submits()
    await helper.presses("Answer", on="Which mattress?")
    await helper.submits(text="The one with air.")
    await asker.sees("The one with air.")
    await both.discord_api.gateway("refuse", times=0)
    await both.discord_api.set_faults()
    await both.on_discord("emre").sees("Which mattress?")


async def test_two_accounts_of_one_person_become_one_by_a_code(both: Both) -> None:
    here, there = both.on_slack("ben"), both.on_discord("dana")
    await here.types("/ask Which pillow?")
    await here.submits()
    await here.types("/rounds me")
    await here.presses("I have another account", on="How much: ")
    told = await here.sees("and give this: ")
    code = told.text.partition("and give this: ")[2].partition(".")[0].strip("*_ ")
    await there.types("/rounds me")
    await there.presses("I have a code", on="How much: ")
    await there.submits(code=code)
    await there.sees("both accounts are yours")
    await there.types("/rounds me")
    await there.sees("Which pillow?")
