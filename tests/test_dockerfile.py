"""The Dockerfile works: its steps are carried out here, by an ordinary user and without a container engine.

Every stage shares one temporary folder that stands for the container's /build, /venv and /data. What only root may do
(useradd, chown) is checked instead of run; an instruction that this file does not know fails the test.
"""

import json
import os
import re
import shlex
import shutil
import string
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import pytest

from tests.support.accounts import Account, hand_over, unprivileged

REPOSITORY = Path(__file__).parents[1]
PACKAGES = ("bot", "adapters", "storage", "schedules")
ROOT_ONLY = {"useradd", "chown"}
DECLARATIONS = {"VOLUME", "EXPOSE", "HEALTHCHECK", "ENTRYPOINT", "CMD"}

pytestmark = pytest.mark.slow


def instructions(text: str) -> list[tuple[str, str]]:
    """Split a Dockerfile into (instruction, arguments), with comments dropped and continued lines joined."""
    kept = "\n".join(line for line in text.splitlines() if line.strip() and not line.lstrip().startswith("#"))
    pairs = (line.split(maxsplit=1) for line in kept.replace("\\\n", "").splitlines())
    return [(name.upper(), arguments) for name, arguments in pairs]


class Build:
    """Carries a Dockerfile out, and is the image afterwards."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.account, python = account_and_python()
        self.accounts_made: set[str] = set()
        self.declared: dict[str, list[str]] = {}
        programs = root / "programs"
        programs.mkdir()
        (programs / "python").write_text(f'#!/bin/sh\nexec {shlex.quote(python)} "$@"\n')
        (programs / "python").chmod(0o755)
        kept = {name: value for name, value in os.environ.items() if not name.startswith(("PYTHON", "VIRTUAL", "COV"))}
        self.base = {**kept, "HOME": str(root), "PATH": f"{programs}:/usr/bin:/bin"}

    def inside(self, text: str) -> str:
        """Turn the container's absolute paths into ours."""
        return re.sub(r"(?<![\w./])/(build|venv|data)\b", rf"{self.root}/\1", text)

    def run(self, command: list[str], *, check: bool = True) -> subprocess.CompletedProcess[str]:
        """Run a program as the container would, in the folder and the environment reached so far."""
        done = subprocess.run(
            command, cwd=self.folder, env=self.env, capture_output=True, text=True, timeout=600, **self.account
        )
        assert not check or done.returncode == 0, f"{command}\n{done.stdout}\n{done.stderr}"
        return done

    def carry_out(self, name: str, arguments: str) -> None:
        match name:
            case "FROM":
                self.user, self.folder, self.env = "root", self.root, dict(self.base)
            case "ARG":
                name, default = arguments.split("=", 1)
                self.env[name] = shlex.split(default)[0]
            case "ENV":
                for pair in shlex.split(arguments):
                    key, value = pair.split("=", 1)
                    self.env[key] = string.Template(self.inside(value)).substitute(self.env)
            case "WORKDIR":
                self.folder = Path(self.inside(arguments))
                self.folder.mkdir(exist_ok=True)
                hand_over(self.folder, self.account)
            case "USER":
                assert arguments in self.accounts_made
                self.user = arguments
            case "COPY":
                self.copy(arguments.split())
            case "RUN":
                for command in arguments.split(" && "):
                    words = shlex.split(command)
                    if words[0] in ROOT_ONLY:
                        self.check_as_root(words)
                    else:
                        self.run(["sh", "-ec", self.inside(command)])
            case _:
                assert name in DECLARATIONS, f"{name}: teach this test to carry it out"
                self.declared[name] = json.loads(arguments[arguments.index("[") :]) if "[" in arguments else [arguments]

    def copy(self, words: list[str]) -> None:
        if words[0].startswith("--from="):
            # The stages share the folder: what one leaves at a path, the next finds there.
            assert words[1] == words[2]
            assert Path(self.inside(words[1])).exists()
            return
        *sources, target = words
        allowed = (REPOSITORY / ".dockerignore").read_text().splitlines()
        for source in sources:
            assert f"!{source}" in allowed, f".dockerignore keeps {source} out"
            if (REPOSITORY / source).is_dir():
                ignored = shutil.ignore_patterns("__pycache__")
                shutil.copytree(REPOSITORY / source, self.folder / target, ignore=ignored)
            else:
                shutil.copy(REPOSITORY / source, self.folder / target)

    def check_as_root(self, words: list[str]) -> None:
        """Check a step that needs root: it comes before USER, and names what exists."""
        assert self.user == "root", f"{words} after USER"
        if words[0] == "useradd":
            self.accounts_made.add(words[-1])
            return
        owner, path = words[1:]
        assert set(owner.split(":")) <= self.accounts_made
        assert Path(self.inside(path)).is_dir()


def account_and_python() -> tuple[Account, str]:
    """Say as whom to build, and with which Python: nobody needs one that nobody can reach, else root has to build."""
    account, own = unprivileged(), f"{sys.base_prefix}/bin/python3"
    probe = ["-c", "import ensurepip, sys, venv; sys.exit(sys.version_info < (3, 11))"]
    for python in (own, "/usr/local/bin/python3", "/usr/bin/python3"):
        try:
            if subprocess.run([python, *probe], capture_output=True, **account).returncode == 0:
                return account, python
        except OSError:
            continue
    return {}, own


@pytest.fixture(scope="module")
def image() -> Iterator[Build]:
    # Not tmp_path: that is closed to other accounts.
    with tempfile.TemporaryDirectory(prefix="rounds-image-") as folder:
        build = Build(Path(folder))
        hand_over(build.root, build.account)
        for name, arguments in instructions((REPOSITORY / "Dockerfile").read_text()):
            build.carry_out(name, arguments)
        yield build


def test_the_program_starts(image: Build) -> None:
    assert image.declared["ENTRYPOINT"] == ["rounds"]
    assert image.declared["CMD"] == ["run"]
    assert "Usage" in image.run([*image.declared["ENTRYPOINT"], "--help"]).stdout


def test_it_runs_as_an_ordinary_user_beside_its_data(image: Build) -> None:
    assert image.user in image.accounts_made
    assert image.env["ROUNDS_DATA_DIR"] == str(image.folder) == image.inside("/data")
    assert image.declared["VOLUME"] == ["/data"]
    assert image.declared["EXPOSE"] == [image.env["ROUNDS_PUBLIC_PORT"]]


def test_every_file_of_the_packages_is_installed(image: Build) -> None:
    (installed,) = image.root.glob("venv/lib/python3*/site-packages")
    files = (path for package in PACKAGES for path in (REPOSITORY / package).rglob("*") if path.is_file())
    wanted = [path.relative_to(REPOSITORY) for path in files if "__pycache__" not in path.parts]
    assert wanted
    assert [path for path in wanted if not (installed / path).exists()] == []


@pytest.mark.parametrize(("status", "healthy"), [(200, True), (503, False)])
def test_the_health_check_believes_the_server(image: Build, status: int, healthy: bool) -> None:
    class Server(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(status if self.path == "/health" else 404)
            self.end_headers()

        def log_message(self, format: str, *args: Any) -> None:
            pass

    with HTTPServer(("127.0.0.1", 0), Server) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        probe = ["env", f"ROUNDS_PUBLIC_PORT={server.server_port}", *image.declared["HEALTHCHECK"]]
        assert (image.run(probe, check=False).returncode == 0) is healthy
        server.shutdown()
