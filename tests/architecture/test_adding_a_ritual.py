"""docs/adding-a-ritual.md, followed to the letter in a copy of the project: one file and its test, nothing else."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).parents[2]
COPIED = ("bot", "adapters", "storage", "schedules", "tests", "pyproject.toml")


def test_the_walk_through_works_as_it_is_written(tmp_path: Path) -> None:
    page = (HERE / "docs" / "adding-a-ritual.md").read_text()
    ritual, test = re.findall(r"```python\n(.*?)```", page, re.DOTALL)
    for name in COPIED:
        source = HERE / name
        copy = shutil.copytree if source.is_dir() else shutil.copyfile
        copy(source, tmp_path / name)
    (tmp_path / "bot" / "rituals" / "hello.py").write_text(ritual)
    (tmp_path / "tests" / "rituals" / "test_hello.py").write_text(test)

    environment = {name: value for name, value in os.environ.items() if not name.startswith(("COV_", "COVERAGE"))}
    run = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-k", "sqlite", "tests/rituals/test_hello.py"],
        cwd=tmp_path,
        env={**environment, "PYTHONPATH": str(tmp_path)},
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert run.returncode == 0, run.stdout + run.stderr
    assert "2 passed" in run.stdout
