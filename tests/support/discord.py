"""The same world on Discord: the real discord.py against a strict local Discord, over HTTP and the gateway."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from adapters.discord.app import DiscordPlatform
from adapters.discord.settings import DiscordSettings
from bot.core.clock import MovableClock
from bot.core.inside import Inside
from bot.core.registry import Registry
from bot.limits import Limits
from bot.wiring import Rounds
from schedules.relay import Timing
from storage.engine import Database
from tests.fakes.discord import DiscordApi, DiscordPerson, FakeDiscord
from tests.support.world import BRISK, GENEROUS, PEOPLE, RITUALS, WEDNESDAY, World


def discord_settings(discord: FakeDiscord, **more: Any) -> DiscordSettings:
    given: dict[str, Any] = {
        "token": discord.token,
        "api_base": discord.api_base,
        "gateway": discord.gateway_url,
        "lease": 3.0,
    }
    given |= {"meet_within": 2.0, **more}  # on a slow machine, too, nobody new is left a guest
    return DiscordSettings(**given)


def populated(discord: FakeDiscord, *, forum: bool) -> None:
    """The people and places of every world."""
    for one in PEOPLE.people:
        if not one.guest:  # Discord has none
            discord.people.add_person(one.id, one.name, one.zone, owner=one.admin)
    for place in PEOPLE.places:
        is_forum = forum and place.id == "questions"
        discord.people.add_place(place.id, closed=place.closed, forum=is_forum)
    for place_id, people in PEOPLE.members:
        for person in people:
            discord.people.permit(place_id, person, ["VIEW_CHANNEL"], [])


@asynccontextmanager
async def discord_world(
    database_url: str,
    folder: Path,
    *,
    forum: bool = False,
    registry: Registry | None = None,
    limits: Limits = GENEROUS,
    timing: Timing = BRISK,
    clock: MovableClock | None = None,
    prepare: Callable[[FakeDiscord], object] | None = None,
) -> AsyncIterator[World]:
    """``clock`` is the community's and Discord's; ``prepare`` is called before the program starts."""
    clock = clock or MovableClock(frozen_at=WEDNESDAY)
    discord = FakeDiscord(clock=clock.now, requests_a_second=None)
    populated(discord, forum=forum)
    if prepare is not None:
        prepare(discord)
    await discord.start()
    try:
        async with DiscordApi(discord.url) as api:

            def connect(inside: Inside) -> DiscordPlatform:
                platform = DiscordPlatform(discord_settings(discord, per_second=1000), inside)
                platform.pace = 0.0
                return platform

            def begin() -> Rounds:
                return Rounds(
                    Database(database_url),
                    [connect],
                    clock=clock,
                    registry=registry or RITUALS,
                    limits=limits,
                    timing=timing,
                    backups=folder / "backups",
                )

            def person(name: str, place: str) -> DiscordPerson:
                """In a forum one can't type commands, only in its posts: people do so next door."""
                return DiscordPerson(api, name, "general" if forum and place == "questions" else place)

            world = World(begin, clock, discord, api, person)
            await world.rounds.start()
            await world.settles()
            try:
                yield world
            finally:
                await world.rounds.stop()
        assert discord.violations == []
    finally:
        await discord.stop()
