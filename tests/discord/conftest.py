from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

import bot.rituals.setup
from bot.core.registry import Registry
from tests.discord.stage import QUICK, OpenWorld, Stage, a_stage
from tests.support.discord import discord_world
from tests.support.world import World


@pytest.fixture
def database_url(sqlite_template: Path, tmp_path: Path) -> str:
    """SQLite alone: the stories of tests/contract run over both databases."""
    path = tmp_path / "rounds.db"
    path.write_bytes(sqlite_template.read_bytes())
    return f"sqlite:///{path}"


@pytest.fixture
def postgres_url(own_postgres_url: str) -> str:
    """What several programs can share."""
    return own_postgres_url


@pytest.fixture
async def world(database_url: str, tmp_path: Path) -> AsyncIterator[World]:
    async with discord_world(database_url, tmp_path) as made:
        yield made


@pytest.fixture
def on_stage(database_url: str, tmp_path: Path) -> OpenWorld:
    """A world where there is the stage's ritual alone."""

    @asynccontextmanager
    async def opened(**more: Any) -> AsyncIterator[tuple[World, Stage]]:
        stage = a_stage()
        registry = Registry([stage.ritual, bot.rituals.setup.ritual])
        async with discord_world(database_url, tmp_path, registry=registry, **{"limits": QUICK, **more}) as world:
            try:
                yield world, stage
            finally:
                stage.gate.set()

    return opened
