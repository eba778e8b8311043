"""`rounds run` as somebody starts it: a process of its own, its output, its ports, its end."""

from __future__ import annotations

import os
import re
import signal
import socket
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from adapters.local.client import ChatApi, Person

REPOSITORY = Path(__file__).parents[1]
OPENED = re.compile(r"Open (http://127\.0\.0\.1:\d+) in a browser")
HEALTH = re.compile(r"Health: (http://127\.0\.0\.1:\d+)/health")


class Started:
    """A running `rounds run` and what it has printed."""

    def __init__(self, folder: Path, *arguments: str, **settings: str) -> None:
        environment = {name: value for name, value in os.environ.items() if not name.startswith("ROUNDS_")}
        environment |= {"ROUNDS_DATA_DIR": str(folder / "data"), "ROUNDS_LOCAL_PORT": "0", "ROUNDS_PUBLIC_PORT": "0"}
        self.process = subprocess.Popen(
            [sys.executable, "-m", "bot", "run", *arguments],
            cwd=folder,
            env={**environment, **settings, "PYTHONPATH": str(REPOSITORY)},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        self.printed = ""

    def until(self, pattern: re.Pattern[str]) -> str:
        """Read what it prints until the pattern is there; returns its group. Fails when the output ends first."""
        assert self.process.stdout is not None
        while not (found := pattern.search(self.printed)):
            line = self.process.stdout.readline()
            assert line, f"it ended without {pattern.pattern!r}:\n{self.printed}"
            self.printed += line
        return found.group(1)

    def ends(self) -> int:
        rest, _ = self.process.communicate(timeout=20)
        self.printed += rest
        return self.process.returncode


@contextmanager
def rounds(folder: Path, *arguments: str, **settings: str) -> Iterator[Started]:
    started = Started(folder, *arguments, **settings)
    try:
        yield started
    finally:
        started.process.kill()
        started.process.communicate()


def get(url: str, **headers: str) -> tuple[int, str]:
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    try:
        with opener.open(urllib.request.Request(url, headers=headers), timeout=10) as response:
            return response.status, response.read().decode()
    except urllib.error.HTTPError as error:
        return error.code, error.read().decode()


def test_it_starts_prints_its_address_and_stops_in_order(tmp_path: Path) -> None:
    with rounds(tmp_path, "--empty") as it:
        assert get(it.until(OPENED))[0] == 200
        assert get(it.until(HEALTH) + "/health") == (200, '{"status": "ok"}')
        it.process.send_signal(signal.SIGTERM)
        assert it.ends() == 0
        assert "finishing what is under way" in it.printed
        assert "Traceback" not in it.printed
    assert (tmp_path / "data" / "rounds.db").exists()


def test_a_taken_port_is_reported_and_another_used(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = str(taken.getsockname()[1])
        with rounds(tmp_path, "--empty", ROUNDS_LOCAL_PORT=port, ROUNDS_PUBLIC_PORT=port) as it:
            url = it.until(OPENED)
            assert not url.endswith(f":{port}")
            assert f"Port {port} is taken" in it.printed


def test_what_is_turned_on_and_not_installed_is_said_before_anything_else(tmp_path: Path) -> None:
    # Where it is installed, this one is found first.
    (tmp_path / "onnxruntime.py").write_text("raise ModuleNotFoundError('not here', name='onnxruntime')")
    with rounds(tmp_path, ROUNDS_SEMANTIC="true") as it:
        assert it.ends() == 1
        assert "ROUNDS_SEMANTIC is on, but what it needs is not installed" in it.printed
        assert "requirements-semantic.txt" in it.printed
        assert "Traceback" not in it.printed
        assert "sample community" not in it.printed


def test_a_second_process_on_the_same_folder_is_refused(tmp_path: Path) -> None:
    with rounds(tmp_path, "--empty") as first:
        first.until(OPENED)
        with rounds(tmp_path) as second:
            assert second.ends() == 1
            assert "Stop it first, or give this one" in second.printed


@pytest.mark.parametrize(
    ("name", "token", "address"),
    [("slack", "ROUNDS_SLACK_BOT_TOKEN", "SLACK_API_URL"), ("discord", "ROUNDS_DISCORD_TOKEN", "DISCORD_API_BASE")],
)
def test_the_workspace_stays_shut_beside_a_real_platform_unless_asked_for(
    tmp_path: Path, name: str, token: str, address: str
) -> None:
    """The platform is out of reach here: the program starts all the same, and says so."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        nobody = f"http://127.0.0.1:{taken.getsockname()[1]}/api/"
    secret: dict[str, Any] = {token: "xoxb-very-secret", address: nobody}
    with rounds(tmp_path, **secret) as it:
        assert get(it.until(HEALTH) + "/health")[0] == 200
        it.until(re.compile(f"(Not yet: {name})"))
        assert not OPENED.search(it.printed)
        it.process.send_signal(signal.SIGTERM)
        assert it.ends() == 0
        assert "xoxb-very-secret" not in it.printed
    with rounds(tmp_path, "--empty", "--local", **secret) as it:
        assert get(it.until(OPENED))[0] == 200


def test_the_workspace_is_not_on_the_public_server(tmp_path: Path) -> None:
    with rounds(tmp_path, "--empty") as it:
        it.until(OPENED)
        public = it.until(HEALTH)
        for path in ("/", "/as/ada", "/api/directory", "/bot/people", "/static/page.js", "/faults"):
            assert get(public + path)[0] == 404


def test_a_wrong_setting_is_named_without_its_value(tmp_path: Path) -> None:
    with rounds(tmp_path, ROUNDS_PUBLIC_PORT="eighty") as it:
        assert it.ends() == 2
        assert "ROUNDS_PUBLIC_PORT" in it.printed
        assert "eighty" not in it.printed
    with rounds(tmp_path, ROUNDS_DATABASE_URL="mysql://user:secret@localhost/x") as it:
        assert it.ends() == 2
        assert "SQLite or PostgreSQL" in it.printed
        assert "secret" not in it.printed


async def test_what_the_readme_says_to_try_works_and_after_kill_9_everything_is_there(tmp_path: Path) -> None:
    with rounds(tmp_path) as it:  # with the sample community
        async with ChatApi(it.until(OPENED)) as api:
            ben, chidi = Person(api, "ben", within=10), Person(api, "chidi", within=10)
            await ben.types("/ask How do you prevent falls on the stairs?")
            await ben.submits()
            asked = await chidi.sees("How do you prevent falls on the stairs?\nWhy you: ")
            await chidi.presses("Answer", on=asked.id)
            await chidi.submits(text="A rail on both sides.")
            await ben.sees("A rail on both sides.")
            await ben.presses("This helped", on="How do you prevent falls on the stairs?")
            await ben.submits()
            await chidi.types("/find stairs")
            await chidi.sees("helped: A rail on both sides.")
            await ben.types("/ask Is this still here tomorrow?")
            await ben.submits()
            await Person(api, "jonas", within=10).sees("Is this still here tomorrow?")
        it.process.kill()
        it.ends()
    with rounds(tmp_path) as it:
        async with ChatApi(it.until(OPENED)) as api:
            assert "Playing" not in it.printed
            jonas = Person(api, "jonas", within=10)
            await jonas.presses("Answer", on="Is this still here tomorrow?")
            await jonas.submits(text="It is.")
            await Person(api, "ben", within=10).sees("It is.")
            await jonas.types("/find still here tomorrow")
            await jonas.sees("Is this still here tomorrow?")
