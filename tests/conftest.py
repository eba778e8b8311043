"""Databases for every test that needs one: SQLite and PostgreSQL, both real, each migrated once.

SQLite's is copied for each test, PostgreSQL's is emptied for each."""

from __future__ import annotations

import gc
import re
import shutil
from collections import Counter
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import event
from sqlalchemy.dialects.sqlite.aiosqlite import AsyncAdapt_aiosqlite_connection
from sqlalchemy.engine import make_url
from sqlalchemy.pool import Pool

from bot import logs
from storage import migrate
from storage.engine import Database
from tests.support import compiling
from tests.support.postgres import EMPTY, GUARD, execute, new_database, postgres_server

logs.set_up()  # plain text: a rendered traceback with the values of variables takes seconds
compiling.once()
DATABASES = ("sqlite", "postgresql")


@event.listens_for(Pool, "connect")
def turn_round_what_nobody_ordered(connection: Any, _record: Any) -> None:
    """Rows come in any order where none was asked for; SQLite's usual one happens to be what one expects."""
    if isinstance(connection, AsyncAdapt_aiosqlite_connection):
        connection.execute("PRAGMA reverse_unordered_selects=ON").close()


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--all-modes", action="store_true", help="run the stories in every mode on every database")


def pytest_collection_finish() -> None:
    """What was imported and collected stays: to look through all of it again and again took a tenth of the time."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(10_000, 10, 10)


def pytest_terminal_summary(terminalreporter: Any) -> None:
    """How the tests that run on both databases ended on each: the counts are equal, and none is skipped."""
    ended: dict[str, dict[str, str]] = {name: {} for name in DATABASES}
    for outcome in ("passed", "failed", "error", "skipped"):
        for report in terminalreporter.stats.get(outcome, ()):
            test, database = _without_database(report.nodeid)
            if database:
                ended[database][test] = outcome
    both = set.intersection(*(set(tests) for tests in ended.values()))
    for name, tests in ended.items():
        count = Counter(tests[test] for test in both)
        line = (
            f"{name}: {count['passed']} passed, {count['failed'] + count['error']} failed, {count['skipped']} skipped"
        )
        alone = len(tests) - len(both)
        terminalreporter.write_line(line + (f"; and {alone} that concern {name} alone" if alone else ""))


def _without_database(nodeid: str) -> tuple[str, str]:
    """A test's id with its database taken out, and which that was ("" for tests without one)."""
    found = re.search(rf"(?<=[\[-])({'|'.join(DATABASES)})\b", nodeid)
    return (nodeid.replace(found.group(), "*", 1), found.group()) if found else (nodeid, "")


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("template") / "template.db"
    migrate.upgrade(f"sqlite:///{path}")
    return path


@pytest.fixture(scope="session")
def postgres_admin() -> Iterator[str]:
    with postgres_server() as url:
        yield url


@pytest.fixture(scope="session")
def postgres_template(postgres_admin: str) -> Iterator[str]:
    with new_database(postgres_admin) as url:
        migrate.upgrade(url)
        yield str(make_url(url).database)


@pytest.fixture(scope="session")
def common_postgres_url(postgres_admin: str, postgres_template: str) -> Iterator[str]:
    with new_database(postgres_admin, postgres_template) as url:
        execute(url, GUARD)
        yield url


@pytest.fixture
def postgres_url(common_postgres_url: str) -> str:
    """The address of the database that is emptied for each test: a new one takes longer than most tests."""
    execute(common_postgres_url, EMPTY)
    return common_postgres_url


@pytest.fixture
def own_postgres_url(postgres_admin: str, postgres_template: str) -> Iterator[str]:
    """The address of a new one: to alter its schema, to keep everybody out of it, for programs that are killed."""
    with new_database(postgres_admin, postgres_template) as url:
        yield url


@pytest.fixture(params=DATABASES)
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The address of a database at the newest schema with nothing in it. Where PostgreSQL's has to be this test's own,
    ``postgres_url`` is overridden."""
    if request.param == "postgresql":
        return str(request.getfixturevalue("postgres_url"))
    path = tmp_path / "rounds.db"
    shutil.copyfile(request.getfixturevalue("sqlite_template"), path)
    return f"sqlite:///{path}"


@pytest.fixture(params=DATABASES)
def empty_database_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The address of a database with nothing in it, for what migrations do."""
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path / 'empty.db'}"
        return
    with new_database(request.getfixturevalue("postgres_admin")) as url:
        yield url


@pytest.fixture
async def database(database_url: str) -> AsyncIterator[Database]:
    base = Database(database_url)
    yield base
    await base.close()
