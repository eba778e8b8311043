"""Both databases at once, for what must be the same on both."""

from __future__ import annotations

import shutil
from collections.abc import AsyncIterator
from pathlib import Path
from uuid import uuid4

import psycopg
import pytest
from sqlalchemy.engine import make_url

from storage.engine import Database


@pytest.fixture
async def both(
    tmp_path: Path, sqlite_template: Path, postgres_admin: str, postgres_template: str
) -> AsyncIterator[tuple[Database, Database]]:
    """An SQLite and a PostgreSQL database at the newest schema."""
    path, name = tmp_path / "both.db", f"both_{uuid4().hex[:12]}"
    shutil.copyfile(sqlite_template, path)
    admin = make_url(postgres_admin).set(drivername="postgresql").render_as_string(hide_password=False)
    with psycopg.connect(admin, autocommit=True) as connection:
        connection.execute(f'CREATE DATABASE "{name}" TEMPLATE "{postgres_template}"'.encode())
    url = make_url(postgres_admin).set(database=name).render_as_string(hide_password=False)
    databases = Database(f"sqlite:///{path}"), Database(url)
    yield databases
    for database in databases:
        await database.close()
    with psycopg.connect(admin, autocommit=True) as connection:
        connection.execute(f'DROP DATABASE "{name}" WITH (FORCE)'.encode())
