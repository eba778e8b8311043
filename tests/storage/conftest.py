"""Both databases at once, for what must be the same on both; and shared ones, for tests that leave nothing behind."""

from __future__ import annotations

import shutil
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from pathlib import Path
from uuid import uuid4

import psycopg
import pytest
from sqlalchemy.engine import make_url

from storage.engine import Database


@contextmanager
def a_postgres_database(admin: str, template: str) -> Iterator[str]:
    """The address of a new database at the newest schema."""
    name = f"storage_{uuid4().hex[:12]}"
    address = make_url(admin).set(drivername="postgresql").render_as_string(hide_password=False)
    with psycopg.connect(address, autocommit=True) as connection:
        connection.execute(f'CREATE DATABASE "{name}" TEMPLATE "{template}"'.encode())
    yield make_url(admin).set(database=name).render_as_string(hide_password=False)
    with psycopg.connect(address, autocommit=True) as connection:
        connection.execute(f'DROP DATABASE "{name}" WITH (FORCE)'.encode())


@pytest.fixture(scope="session", params=["sqlite", "postgresql"])
def shared_url(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    if request.param == "sqlite":
        path = tmp_path_factory.mktemp("shared") / "shared.db"
        shutil.copyfile(request.getfixturevalue("sqlite_template"), path)
        yield f"sqlite:///{path}"
        return
    admin, template = request.getfixturevalue("postgres_admin"), request.getfixturevalue("postgres_template")
    with a_postgres_database(admin, template) as url:
        yield url


@pytest.fixture
async def shared(shared_url: str) -> AsyncIterator[Database]:
    """A database for several tests: what is done in it has to be undone."""
    database = Database(shared_url)
    yield database
    await database.close()


@pytest.fixture
async def both(
    tmp_path: Path, sqlite_template: Path, postgres_admin: str, postgres_template: str
) -> AsyncIterator[tuple[Database, Database]]:
    """An SQLite and a PostgreSQL database at the newest schema."""
    path = tmp_path / "both.db"
    shutil.copyfile(sqlite_template, path)
    with a_postgres_database(postgres_admin, postgres_template) as url:
        databases = Database(f"sqlite:///{path}"), Database(url)
        yield databases
        for database in databases:
            await database.close()
