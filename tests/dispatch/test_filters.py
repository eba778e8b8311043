"""Filters of a command, typed or chosen, on every platform."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from pathlib import Path
from typing import Any

import pytest

from tests.support.discord import discord_world
from tests.support.looking import Looked, looking
from tests.support.slack import slack_world
from tests.support.world import World, local_world

WORLDS: dict[str, Callable[..., AbstractAsyncContextManager[World]]] = {
    "discord": discord_world,
    "local": local_world,
    "slack": slack_world,
}


@pytest.fixture
def database_url(sqlite_template: Path, tmp_path: Path) -> str:
    path = tmp_path / "rounds.db"
    path.write_bytes(sqlite_template.read_bytes())
    return f"sqlite:///{path}"


@pytest.mark.parametrize("platform", WORLDS)
async def test_the_handler_is_given_the_same(platform: str, database_url: str, tmp_path: Path) -> None:
    looked = Looked()
    async with WORLDS[platform](database_url, tmp_path, registry=looking(looked)) as world:
        ben: Any = world.person("ben")
        await ben.types('/find heels tag:"night shift" kind:tip from:@ada after:2026-01')
        await ben.sees("Looked.")
        assert looked.words == "heels"
        named = looked.filters["from"]
        assert looked.filters == {"tag": ["night shift"], "kind": ["tip"], "from": named, "after": ["2026-01"]}
        [whom] = looked.whom
        assert whom.startswith(f"{platform}/")
        if platform == "discord":
            assert named == ["@Sample: Ada A."]
            assert await ben.completes("/find", "tag", "x") == []
        else:
            assert named == ["@ada"]
