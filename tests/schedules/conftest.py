from __future__ import annotations

import shutil
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from uuid import uuid4

import psycopg
import pytest
from sqlalchemy.engine import make_url

from bot.core.clock import MovableClock
from tests.conftest import DATABASES
from tests.schedules.stage import NOON, MovableDatabase, Stage


@pytest.fixture(scope="session")
def shared_postgres(postgres_admin: str, postgres_template: str) -> Iterator[str]:
    """One database for all stages on PostgreSQL, since making one takes longer than most of these tests."""
    admin = make_url(postgres_admin).set(drivername="postgresql").render_as_string(hide_password=False)
    name = f"stages_{uuid4().hex[:12]}"
    with psycopg.connect(admin, autocommit=True) as connection:
        connection.execute(f'CREATE DATABASE "{name}" TEMPLATE "{postgres_template}"'.encode())
        yield make_url(postgres_admin).set(database=name).render_as_string(hide_password=False)
        connection.execute(f'DROP DATABASE "{name}" WITH (FORCE)'.encode())


@pytest.fixture(params=DATABASES)
async def stage(
    request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[Stage]:
    if request.param == "sqlite":
        url = f"sqlite:///{tmp_path / 'rounds.db'}"
        shutil.copyfile(request.getfixturevalue("sqlite_template"), tmp_path / "rounds.db")
    else:
        url = request.getfixturevalue("shared_postgres")
    database = MovableDatabase(url)
    await database.empty()
    monkeypatch.setattr("schedules.relay.time", database.as_time)
    made = Stage(database, MovableClock(frozen_at=NOON))
    await made.begin()
    yield made
    await database.close()
