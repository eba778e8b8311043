"""Both databases at once, for what must be the same on both; and shared ones, for tests that leave nothing behind."""

from __future__ import annotations

import shutil
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from storage.engine import Database
from tests.support.postgres import new_database


@pytest.fixture(scope="session", params=["sqlite", "postgresql"])
def shared_url(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    if request.param == "sqlite":
        path = tmp_path_factory.mktemp("shared") / "shared.db"
        shutil.copyfile(request.getfixturevalue("sqlite_template"), path)
        yield f"sqlite:///{path}"
        return
    admin, template = request.getfixturevalue("postgres_admin"), request.getfixturevalue("postgres_template")
    with new_database(admin, template) as url:
        yield url


@pytest.fixture
async def shared(shared_url: str) -> AsyncIterator[Database]:
    """A database for several tests: what is done in it has to be undone."""
    database = Database(shared_url)
    yield database
    await database.close()


@pytest.fixture
async def both(tmp_path: Path, sqlite_template: Path, postgres_url: str) -> AsyncIterator[tuple[Database, Database]]:
    """An SQLite and a PostgreSQL database at the newest schema."""
    path = tmp_path / "both.db"
    shutil.copyfile(sqlite_template, path)
    databases = Database(f"sqlite:///{path}"), Database(postgres_url)
    yield databases
    for database in databases:
        await database.close()
