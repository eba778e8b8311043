"""Migrations: from nothing and from every earlier state, with data in every table, nothing is lost on the way."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from alembic import command

from storage import migrate
from storage.schema import TABLES
from tests.storage.filler import ROWS, contents, counts, fill, filled, tables_of

HERE = Path(__file__).parents[2]
POSTGRESQL = pytest.mark.parametrize("empty_database_url", ["postgresql"], indirect=True)


@pytest.fixture
def postgres_url(own_postgres_url: str) -> str:
    """One's own: its schema is altered."""
    return own_postgres_url


@contextmanager
def opened(url: str) -> Iterator[sa.Connection]:
    engine = migrate.blocking_engine(url)
    with engine.begin() as connection:
        yield connection
    engine.dispose()


# From everywhere to here


@pytest.mark.parametrize("revision", migrate.revisions())
def test_data_of_every_revision_comes_through(empty_database_url: str, revision: str) -> None:
    before = filled(empty_database_url, revision)
    assert before
    assert set(before.values()) == {ROWS}
    migrate.upgrade(empty_database_url)
    migrate.check(empty_database_url)
    with opened(empty_database_url) as connection:
        after = counts(connection)
        if revision < "0006":  # made anew: until then nothing ever wrote to it
            del before["occurrence"]
        assert {name: after.get(name) for name in before} == before
        assert set(after) == set(TABLES.tables)
        words_are_found(connection)
        contained = contents(connection)
    migrate.upgrade(empty_database_url)  # again: nothing is left to do
    with opened(empty_database_url) as connection:
        assert contents(connection) == contained


def words_are_found(connection: sa.Connection) -> None:
    """Words of rows that came, changed or went since are found, or not any more."""
    assert found(connection, "terms") == list(range(1, ROWS + 1))
    connection.execute(sa.text("UPDATE search_doc SET terms = 'changed' WHERE id = 1"))
    for of_it in ("search_tag", "search_vector"):
        connection.execute(sa.text(f"DELETE FROM {of_it} WHERE doc_id = 2"))
    connection.execute(sa.text("DELETE FROM search_doc WHERE id = 2"))
    fields = "community_id, space_id, kind, subject, terms, length"
    connection.execute(sa.text(f"INSERT INTO search_doc ({fields}) VALUES (1, 1, 'x', 9, 'added', 1)"))
    assert found(connection, "terms") == list(range(3, ROWS + 1))
    assert found(connection, "changed") == [1]
    assert found(connection, "added") == [ROWS + 1]


def found(connection: sa.Connection, word: str) -> list[int]:
    """The rows with a word, whatever their community, by the index."""
    words = [f"c{community}x{word}" for community in range(1, ROWS + 1)]
    if connection.dialect.name == "sqlite":
        query, asked = "SELECT rowid FROM search_fts WHERE search_fts MATCH :words ORDER BY rowid", " OR ".join(words)
    else:
        query = "SELECT id FROM search_doc WHERE words @@ to_tsquery('simple', :words) ORDER BY id"
        asked = " | ".join(words)
    return list(connection.execute(sa.text(query), {"words": asked}).scalars())


# What the migrations make is what the models say


def test_alembic_finds_no_difference_between_models_and_migrations(database_url: str) -> None:
    migrate.upgrade(database_url)
    with opened(database_url) as connection:
        config = migrate._config()
        config.attributes["connection"] = connection
        command.check(config)


def test_models_and_migrations_make_the_same_database(database_url: str) -> None:
    """Also in what Alembic does not compare: keys, names, defaults, what happens on deletion."""
    migrate.upgrade(database_url)
    with opened(database_url) as connection:
        migrated = described(connection)
        if connection.dialect.name == "postgresql":
            connection.execute(sa.text("DROP SCHEMA public CASCADE"))
            connection.execute(sa.text("CREATE SCHEMA public"))
        else:
            connection.execute(sa.text("DROP TABLE search_fts"))
            for table in reversed(tables_of(connection)):
                connection.execute(sa.schema.DropTable(table))
        TABLES.create_all(connection)
        declared = described(connection)
    assert migrated.keys() == declared.keys()
    for name in migrated:
        assert migrated[name] == declared[name], name


def described(connection: sa.Connection) -> dict[str, dict[str, Any]]:
    look = sa.inspect(connection)
    found = {}
    for table in tables_of(connection):
        name = table.name
        columns = {
            column["name"]: (str(column["type"]), column["nullable"], _default(column), bool(column.get("computed")))
            for column in look.get_columns(name)
            if (name, column["name"]) != ("search_doc", "words")
        }
        found[name] = {
            "columns": columns,
            "key": look.get_pk_constraint(name),
            "unique": _sorted(look.get_unique_constraints(name)),
            "foreign": _sorted(look.get_foreign_keys(name)),
            "indexes": _sorted(index for index in look.get_indexes(name) if index["name"] != "ix_search_doc_words"),
            "never reuses": connection.dialect.name == "sqlite"
            and "AUTOINCREMENT"
            in str(connection.execute(sa.text(f"SELECT sql FROM sqlite_master WHERE name = '{name}'")).scalar()),
        }
    return found


def _default(column: Any) -> str:
    return re.sub(r"'.*'", "", str(column.get("default")))  # a sequence's name has its table's


def _sorted(items: Any) -> list[dict[str, Any]]:
    return sorted(({key: _said(value) for key, value in item.items()} for item in items), key=lambda item: item["name"])


def _said(value: Any) -> str:
    return str({key: str(part) for key, part in value.items()} if isinstance(value, dict) else value)


# Ids


def test_the_id_of_a_deleted_row_is_never_given_again(database_url: str) -> None:
    filled(database_url)
    with opened(database_url) as connection:  # foreign keys are off here on SQLite; on PostgreSQL for this session
        if connection.dialect.name == "postgresql":
            connection.execute(sa.text("SET LOCAL session_replication_role = replica"))
        tables = [table for table in tables_of(connection) if list(table.primary_key.columns.keys()) == ["id"]]
        numbered = [table for table in tables if isinstance(table.c.id.type, sa.Integer)]
        highest = {
            table.name: connection.execute(sa.select(sa.func.max(table.c.id))).scalar_one() for table in numbered
        }
        for table in numbered:
            connection.execute(table.delete())
    with opened(database_url) as connection:
        for table in tables_of(connection):
            connection.execute(table.delete())
        fill(connection)
        lowest = {table.name: connection.execute(sa.select(sa.func.min(table.c.id))).scalar_one() for table in numbered}
    assert len(numbered) >= 10
    assert {name: lowest[name] > highest[name] for name in highest} == dict.fromkeys(highest, True)


# Who migrates, and who refuses to run


def test_a_database_that_was_never_migrated_is_refused(empty_database_url: str) -> None:
    with pytest.raises(migrate.WrongSchema) as caught:
        migrate.check(empty_database_url)
    assert str(caught.value) == (
        f"The database is at no revision, this version of Rounds needs {migrate.head()}. "
        "Run `rounds migrate` once, then start again."
    )


def test_a_database_of_a_newer_version_is_refused_and_left_alone(database_url: str) -> None:
    migrate.upgrade(database_url)
    with opened(database_url) as connection:
        connection.execute(sa.text("UPDATE alembic_version SET version_num = '9999'"))
    for attempt in (migrate.check, migrate.upgrade):
        with pytest.raises(migrate.WrongSchema, match=r"at 9999, which this version .* does not know: a newer version"):
            attempt(database_url)


@POSTGRESQL  # on SQLite it migrates by itself, since it is alone
def test_the_program_says_what_to_run_on_a_wrong_schema(empty_database_url: str, tmp_path: Path) -> None:
    run = subprocess.run(
        [sys.executable, "-m", "bot", "run"],
        cwd=HERE,
        env={**os.environ, "ROUNDS_DATABASE_URL": empty_database_url, "ROUNDS_DATA_DIR": str(tmp_path)},
        capture_output=True,
        text=True,
        timeout=30,
    )
    assert run.returncode == 1
    assert "Run `rounds migrate` once, then start again." in run.stderr
    assert "Traceback" not in run.stderr


@POSTGRESQL
def test_two_processes_may_migrate_at_once(empty_database_url: str) -> None:
    script = f"from storage import migrate; migrate.upgrade({empty_database_url!r})"
    both = [subprocess.Popen([sys.executable, "-c", script], cwd=HERE, stderr=subprocess.PIPE) for _ in range(2)]
    said = [process.communicate(timeout=30)[1].decode() for process in both]
    assert [process.returncode for process in both] == [0, 0], said
    migrate.check(empty_database_url)
    with opened(empty_database_url) as connection:
        assert connection.execute(sa.text("SELECT count(*) FROM alembic_version")).scalar_one() == 1


# Migrations to come: what the machinery takes care of, tried with some that were planted


@pytest.fixture
def plant(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    """Add a migration after the newest one, in a copy of the folder."""
    copy, newest = tmp_path / "migrations", migrate.head()
    shutil.copytree(migrate.HERE, copy, ignore=shutil.ignore_patterns("__pycache__"))

    def add(body: str) -> None:
        (copy / "versions" / "9000_planted.py").write_text(
            "import sqlalchemy as sa\nfrom alembic import op\n\n"
            f"revision, down_revision, branch_labels, depends_on = '9000', {newest!r}, None, None\n\n"
            "def upgrade():\n" + "\n".join(f"    {line}" for line in body.splitlines()) + "\n"
        )
        monkeypatch.setattr(migrate, "HERE", copy)

    return add


def test_rebuilding_a_table_keeps_what_points_to_it(database_url: str, plant: Any) -> None:
    before = filled(database_url)
    plant(
        "with op.batch_alter_table('member', recreate='always') as batch:\n"
        "    batch.add_column(sa.Column('site', sa.String(), nullable=False, server_default=''))\n"
        "with op.batch_alter_table('place', recreate='always') as batch:\n"
        "    batch.alter_column('name', type_=sa.Text())"
        if database_url.startswith("sqlite")
        else "op.add_column('member', sa.Column('site', sa.String(), nullable=False, server_default=''))"
    )
    migrate.upgrade(database_url)
    with opened(database_url) as connection:
        assert counts(connection) == before
        assert "site" in {column["name"] for column in sa.inspect(connection).get_columns("member")}


def test_a_migration_that_fails_changes_nothing(database_url: str, plant: Any) -> None:
    filled(database_url)
    with opened(database_url) as connection:
        before = contents(connection)
    newest = migrate.head()
    plant("op.execute(\"UPDATE member SET name = 'changed'\")\nop.drop_table('draft')\nraise LookupError('planted')")
    with pytest.raises(LookupError, match="planted"):
        migrate.upgrade(database_url)
    with opened(database_url) as connection:
        assert contents(connection) == before
        assert connection.execute(sa.text("SELECT version_num FROM alembic_version")).scalar_one() == newest


def test_orphans_are_counted_before_it_is_too_late(tmp_path: Path, plant: Any) -> None:
    url = f"sqlite:///{tmp_path / 'orphans.db'}"
    filled(url)
    plant("op.execute('DELETE FROM workspace')\nop.execute('DELETE FROM community WHERE id = 1')")
    with pytest.raises(
        migrate.WrongSchema, match=r"would leave \d+ rows without what they point to; nothing was changed"
    ):
        migrate.upgrade(url)
