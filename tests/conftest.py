"""Databases for every test that needs one: SQLite and PostgreSQL, both real, each migrated once and copied for each test."""

from __future__ import annotations

import re
import shutil
from collections import Counter
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any
from uuid import uuid4

import psycopg
import pytest
from sqlalchemy.engine import make_url

from bot import logs
from storage import migrate
from storage.engine import Database
from tests.support.postgres import postgres_server

logs.set_up()  # plain text: a rendered traceback with the values of variables takes seconds
DATABASES = ("sqlite", "postgresql")


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--all-modes", action="store_true", help="run the stories in every mode on every database")


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
def postgres_template(postgres_admin: str) -> str:
    name = f"template_{uuid4().hex[:12]}"
    _administer(postgres_admin, f'CREATE DATABASE "{name}"')
    migrate.upgrade(make_url(postgres_admin).set(database=name))
    return name


@pytest.fixture(params=DATABASES)
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The address of a database of this test's own, at the newest schema."""
    if request.param == "sqlite":
        path = tmp_path / "rounds.db"
        shutil.copyfile(request.getfixturevalue("sqlite_template"), path)
        yield f"sqlite:///{path}"
        return
    admin, template = request.getfixturevalue("postgres_admin"), request.getfixturevalue("postgres_template")
    name = f"test_{uuid4().hex[:12]}"
    _administer(admin, f'CREATE DATABASE "{name}" TEMPLATE "{template}" STRATEGY FILE_COPY')
    yield make_url(admin).set(database=name).render_as_string(hide_password=False)
    _administer(admin, f'DROP DATABASE "{name}" WITH (FORCE)')


@pytest.fixture(params=DATABASES)
def empty_database_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The address of a database with nothing in it, for what migrations do."""
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path / 'empty.db'}"
        return
    admin, name = request.getfixturevalue("postgres_admin"), f"empty_{uuid4().hex[:12]}"
    _administer(admin, f'CREATE DATABASE "{name}"')
    yield make_url(admin).set(database=name).render_as_string(hide_password=False)
    _administer(admin, f'DROP DATABASE "{name}" WITH (FORCE)')


@pytest.fixture
async def database(database_url: str) -> AsyncIterator[Database]:
    base = Database(database_url)
    yield base
    await base.close()


def _administer(admin: str, statement: str) -> None:
    address = make_url(admin).set(drivername="postgresql").render_as_string(hide_password=False)
    with psycopg.connect(address, autocommit=True) as connection:
        connection.execute(statement.encode())
