"""The import contracts of pyproject.toml hold, and would notice: each is broken here on purpose, in a copy."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

HERE = Path(__file__).parents[2]
PACKAGES = ("bot", "adapters", "storage", "schedules")
PLANTED = {
    "bot/rituals/find.py": ("import slack_bolt", "Only Slack's adapter knows Slack"),
    "bot/rituals/help.py": ("import adapters.local", "Imports point downwards"),
    "adapters/web/server.py": ("import storage", "Adapters reach the database only through bot.services"),
    "adapters/local/client.py": ("import adapters.web", "Adapters do not know each other"),
    "schedules/tick.py": ("import discord", "Only Discord's adapter knows Discord"),
    "storage/search/index.py": ("import numpy", "Only its own room knows what the extra brings"),
    "bot/core/text.py": ("import sqlalchemy", "The vocabulary stands on the standard library and pydantic"),
    "bot/services/gate.py": ("import bot.settings", "Settings are read where everything is joined, and handed on"),
    "storage/members.py": ("import bot.services", "Imports point downwards"),
    "bot/dispatch.py": ("import schedules", "Imports point downwards"),
}


@pytest.fixture(scope="module")
def copy(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("imports")
    for package in PACKAGES:
        shutil.copytree(HERE / package, folder / package, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copyfile(HERE / "pyproject.toml", folder / "pyproject.toml")
    return folder


def lint(folder: Path) -> tuple[int, str]:
    """The exit code and the report of `lint-imports`."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("COV_", "COVERAGE"))}
    run = subprocess.run(
        [Path(sys.executable).with_name("lint-imports"), "--no-cache", "--no-logo"],
        cwd=folder,
        env={**environment, "PYTHONPATH": str(folder), "COLUMNS": "200"},
        capture_output=True,
        text=True,
        timeout=60,
    )
    return run.returncode, run.stdout + run.stderr


def test_every_contract_is_kept(copy: Path) -> None:
    code, report = lint(copy)
    assert code == 0, report
    assert "0 broken" in report


@pytest.mark.parametrize("path", PLANTED)
def test_a_planted_import_is_noticed(copy: Path, path: str) -> None:
    line, contract = PLANTED[path]
    original = (copy / path).read_text()
    try:
        (copy / path).write_text(f"{original}\n\ndef _planted() -> None:\n    {line}\n")
        code, report = lint(copy)
    finally:
        (copy / path).write_text(original)
    assert code == 1, report
    assert f"{contract} BROKEN" in " ".join(report.split())


def test_every_contract_is_broken_by_one_of_them() -> None:
    contracts = [line.split('"')[1] for line in (HERE / "pyproject.toml").read_text().splitlines() if "name = " in line]
    assert {contract for _, contract in PLANTED.values()} <= set(contracts)
    declared = (HERE / "pyproject.toml").read_text().count("[[tool.importlinter.contracts]]")
    assert len({contract for _, contract in PLANTED.values()}) == declared
