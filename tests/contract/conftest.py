"""Every story runs on every platform. A platform joins by one entry in PLATFORMS: how to open a world on it."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager
from functools import partial
from pathlib import Path

import pytest

from tests.conftest import DATABASES
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
# Other ways of talking to a platform that was tried on both databases: on one of them, unless every mode is asked for.
OTHER_WAYS = {"discord with a forum", "slack over http"}


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    if config.getoption("--all-modes"):
        return
    left_out = [item for item in items if _is_another_way(item)]
    config.hook.pytest_deselected(items=left_out)
    items[:] = [item for item in items if item not in left_out]


def _is_another_way(item: pytest.Item) -> bool:
    chosen = item.callspec.params if isinstance(item, pytest.Function) and hasattr(item, "callspec") else {}
    return chosen.get("world") in OTHER_WAYS and chosen.get("database_url") != DATABASES[0]


@pytest.fixture(params=sorted(PLATFORMS))
async def world(request: pytest.FixtureRequest, database_url: str, tmp_path: Path) -> AsyncIterator[World]:
    async with PLATFORMS[request.param](database_url, tmp_path) as made:
        yield made
