"""Bringing a database to the present schema, and refusing to run on any other."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, Engine, create_engine, event, text
from sqlalchemy.engine import URL

from storage.engine import database_url

HERE = Path(__file__).parent / "migrations"
# Any number will do for PostgreSQL's advisory lock, as long as every process uses the same.
LOCK = 7_465_001


class WrongSchema(Exception):
    """The database is not at the schema this version of Rounds needs. The message says what to run."""


class NewerSchema(WrongSchema):
    """A newer version of Rounds made the database."""


def _config() -> Config:
    config = Config()
    config.set_main_option("script_location", str(HERE))
    return config


def head() -> str:
    """The name of the newest revision."""
    return revisions()[-1]


def revisions() -> tuple[str, ...]:
    """Every revision, the oldest first."""
    return _revisions_in(HERE)


@cache  # what is in the folder stays the same while a program runs
def _revisions_in(folder: Path) -> tuple[str, ...]:
    scripts = ScriptDirectory(str(folder)).walk_revisions()
    return tuple(reversed([script.revision for script in scripts]))


def blocking_engine(url: str | URL) -> Engine:
    """An engine without asyncio, for migrations and backups. On SQLite foreign keys are off and BEGIN is ours.

    Foreign keys must be off before BEGIN: rebuilding a table with them on deletes the rows that point to it.
    """
    address = database_url(str(url) if isinstance(url, str) else url.render_as_string(hide_password=False))
    if address.get_backend_name() != "sqlite":
        return create_engine(address, hide_parameters=True)
    if address.database:
        Path(address.database).parent.mkdir(parents=True, exist_ok=True)
    engine = create_engine(address.set(drivername="sqlite"), hide_parameters=True)

    @event.listens_for(engine, "connect")
    def on_connect(connection: object, _record: object) -> None:
        connection.isolation_level = None  # type: ignore[attr-defined]  # pysqlite's connection
        connection.execute("PRAGMA foreign_keys=OFF")  # type: ignore[attr-defined]
        connection.execute("PRAGMA journal_mode=WAL")  # type: ignore[attr-defined]

    @event.listens_for(engine, "begin")
    def on_begin(connection: Connection) -> None:
        connection.exec_driver_sql("BEGIN IMMEDIATE")

    return engine


def upgrade(url: str | URL, to: str = "head") -> None:
    """Migrate, in one transaction, while no other process can. Blocks; run it before the event loop or in a thread."""
    engine = blocking_engine(url)
    with _closed_afterwards(engine), engine.begin() as connection:
        if engine.dialect.name == "postgresql":
            connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": LOCK})
        _refuse_newer(_present(connection))
        config = _config()
        config.attributes["connection"] = connection
        command.upgrade(config, to)
        if engine.dialect.name == "sqlite":
            broken = connection.exec_driver_sql("PRAGMA foreign_key_check").fetchall()
            if broken:
                raise WrongSchema(
                    f"Migrating would leave {len(broken)} rows without what they point to; nothing was changed."
                )


def check(url: str | URL) -> None:
    """Raises WrongSchema unless the database is at the newest revision."""
    engine = blocking_engine(url)
    with _closed_afterwards(engine), engine.connect() as connection:
        present = _present(connection)
    _refuse_newer(present)
    if present != head():
        raise WrongSchema(
            f"The database is at {present or 'no revision'}, this version of Rounds needs {head()}. "
            "Run `rounds migrate` once, then start again."
        )


def _present(connection: Connection) -> str | None:
    return MigrationContext.configure(connection).get_current_revision()


def _refuse_newer(present: str | None) -> None:
    if present is not None and present not in revisions():
        raise NewerSchema(
            f"The database is at {present}, which this version of Rounds ({head()}) does not know: a newer version made it. "
            "Start that version, or restore a backup from before it."
        )


@contextmanager
def _closed_afterwards(engine: Engine) -> Iterator[None]:
    try:
        yield
    finally:
        engine.dispose()
