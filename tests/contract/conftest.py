"""Every story runs on every platform. A platform joins by one entry in PLATFORMS: how to open a world on it."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager
from functools import partial
from pathlib import Path

import pytest

from tests.support.discord import discord_world
from tests.support.slack import slack_world
from tests.support.world import World, local_world

PLATFORMS: dict[str, Callable[[str, Path], AbstractAsyncContextManager[World]]] = {
    "discord": discord_world,
    "discord with a forum": partial(discord_world, forum=True),
    "local": local_world,
    "slack over http": partial(slack_world, http=True),
    "slack over sockets": slack_world,
}


@pytest.fixture(params=sorted(PLATFORMS))
async def world(request: pytest.FixtureRequest, database_url: str, tmp_path: Path) -> AsyncIterator[World]:
    async with PLATFORMS[request.param](database_url, tmp_path) as made:
        yield made
