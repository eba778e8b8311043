"""One event loop and one database of each kind for all stages: to make them anew takes longer than most of these tests."""

from __future__ import annotations

import shutil
from collections.abc import AsyncIterator, Iterator
from uuid import uuid4

import psycopg
import pytest
import pytest_asyncio
from sqlalchemy.engine import make_url

from bot.core.clock import MovableClock
from tests.conftest import DATABASES
from tests.schedules.stage import NOON, MovableDatabase, Stage


@pytest.fixture(scope="session")
def shared_postgres(postgres_admin: str, postgres_template: str) -> Iterator[str]:
    admin = make_url(postgres_admin).set(drivername="postgresql").render_as_string(hide_password=False)
    name = f"stages_{uuid4().hex[:12]}"
    with psycopg.connect(admin, autocommit=True) as connection:
        connection.execute(f'CREATE DATABASE "{name}" TEMPLATE "{postgres_template}"'.encode())
    yield make_url(postgres_admin).set(database=name).render_as_string(hide_password=False)
    with psycopg.connect(admin, autocommit=True) as connection:
        connection.execute(f'DROP DATABASE "{name}" WITH (FORCE)'.encode())


@pytest_asyncio.fixture(scope="session", loop_scope="session", params=DATABASES)
async def shared_database(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[MovableDatabase]:
    if request.param == "sqlite":
        file = tmp_path_factory.mktemp("stages") / "rounds.db"
        shutil.copyfile(request.getfixturevalue("sqlite_template"), file)
        url = f"sqlite:///{file}"
    else:
        url = request.getfixturevalue("shared_postgres")
    database = MovableDatabase(url)
    yield database
    await database.close()


@pytest_asyncio.fixture(loop_scope="session")
async def stage(shared_database: MovableDatabase, monkeypatch: pytest.MonkeyPatch) -> Stage:
    await shared_database.empty()
    monkeypatch.setattr("schedules.relay.time", shared_database.as_time)
    made = Stage(shared_database, MovableClock(frozen_at=NOON))
    await made.begin()
    return made
