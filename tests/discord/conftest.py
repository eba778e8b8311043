from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any
from uuid import uuid4

import psycopg
import pytest
from sqlalchemy.engine import make_url

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
def postgres_url(postgres_admin: str, postgres_template: str) -> str:
    """What several programs can share. It goes with its server, at the end of the tests."""
    name = f"test_{uuid4().hex[:12]}"
    address = make_url(postgres_admin).set(drivername="postgresql").render_as_string(hide_password=False)
    with psycopg.connect(address, autocommit=True) as connection:
        connection.execute(f'CREATE DATABASE "{name}" TEMPLATE "{postgres_template}"'.encode())
    return make_url(postgres_admin).set(database=name).render_as_string(hide_password=False)


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
