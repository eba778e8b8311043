"""The databases that are measured: SQLite in a folder of ours, PostgreSQL as the tests start it; filled once, then copied."""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count
from pathlib import Path
from typing import Protocol

import psycopg
from sqlalchemy.engine import make_url

from bench import community
from storage import migrate
from storage.engine import Database
from tests.support.postgres import postgres_server


class Server(Protocol):
    """Where databases are kept."""

    name: str

    def empty(self) -> str:
        """The address of a new database without a schema."""
        ...

    def filled(self, question_count: int) -> str:
        """The address of a new database with a community in it."""
        ...

    def copy(self, url: str) -> str:
        """The address of a copy of a database that nobody is connected to."""
        ...

    def address(self, url: str) -> str:
        """What the bare driver connects to."""
        ...


def _fill(url: str, question_count: int) -> str:
    async def fill() -> None:
        database = Database(url)
        await community.settle(database, question_count=question_count)
        await database.close()

    migrate.upgrade(url)
    asyncio.run(fill())
    return url


class SQLite:
    name = "SQLite"

    def __init__(self, folder: Path) -> None:
        self._folder, self._numbers = folder, count(1)

    def _new(self) -> Path:
        return self._folder / f"bench-{next(self._numbers)}.db"

    def empty(self) -> str:
        return f"sqlite:///{self._new()}"

    def filled(self, question_count: int) -> str:
        return _fill(self.empty(), question_count)

    def copy(self, url: str) -> str:
        path = self._new()
        shutil.copyfile(self.address(url), path)
        return f"sqlite:///{path}"

    def address(self, url: str) -> str:
        return str(make_url(url).database)


class PostgreSQL:
    name = "PostgreSQL"

    def __init__(self, admin: str) -> None:
        self._admin, self._numbers = admin, count(1)
        self.admin_address = self.address(admin)

    def _new(self, more: str = "") -> str:
        name = f"bench_{next(self._numbers)}"
        with psycopg.connect(self.admin_address, autocommit=True) as connection:
            connection.execute(f'DROP DATABASE IF EXISTS "{name}"'.encode())
            connection.execute(f'CREATE DATABASE "{name}" {more}'.encode())
        return make_url(self._admin).set(database=name).render_as_string(hide_password=False)

    def empty(self) -> str:
        return self._new()

    def filled(self, question_count: int) -> str:
        return _fill(self._new(), question_count)

    def copy(self, url: str) -> str:
        return self._new(f'TEMPLATE "{make_url(url).database}"')

    def address(self, url: str) -> str:
        return make_url(url).set(drivername="postgresql").render_as_string(hide_password=False)


@contextmanager
def servers(folder: Path) -> Iterator[tuple[SQLite, PostgreSQL]]:
    with postgres_server() as admin:
        yield SQLite(folder), PostgreSQL(admin)
