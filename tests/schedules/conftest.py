"""One event loop and one database of each kind for all stages: to make them anew takes longer than most of these tests."""

from __future__ import annotations

import shutil
from collections.abc import AsyncIterator, Iterator

import pytest
import pytest_asyncio

from bot.core.clock import MovableClock
from tests.conftest import DATABASES
from tests.schedules.stage import NOON, MovableDatabase, Stage
from tests.support.postgres import new_database


@pytest.fixture(scope="session")
def shared_postgres(postgres_admin: str, postgres_template: str) -> Iterator[str]:
    with new_database(postgres_admin, postgres_template) as url:
        yield url


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
    for clocked in ("relay", "resting"):
        monkeypatch.setattr(f"schedules.{clocked}.time", shared_database.as_time)
    made = Stage(shared_database, MovableClock(frozen_at=NOON))
    await made.begin()
    return made
