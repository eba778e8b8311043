"""A program of ours as somebody starts it: a process of its own, what it prints, its end."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

REPOSITORY = Path(__file__).parents[2]


class Program:
    """One of ours in a process of its own, and what it has printed."""

    def __init__(self, *arguments: str, folder: Path, **settings: str) -> None:
        environment = {name: value for name, value in os.environ.items() if not name.startswith("ROUNDS_")}
        self.process = subprocess.Popen(
            [sys.executable, "-m", *arguments],
            cwd=folder,
            env={**environment, **settings, "PYTHONPATH": str(REPOSITORY), "COVERAGE_PROCESS_START": ""},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        self.printed = ""

    def until(self, words: str) -> str:
        """Read what it prints until a line has these words; returns that line."""
        assert self.process.stdout is not None
        while line := self.process.stdout.readline():
            self.printed += line
            if words in line:
                return line
        raise AssertionError(f"it ended without {words!r}:\n{self.printed}")

    def kill(self) -> None:
        self.process.kill()
        self.process.wait()
        assert self.process.stdout is not None
        self.process.stdout.close()

    def ends(self) -> int:
        assert self.process.stdout is not None
        self.printed += self.process.stdout.read()
        return self.process.wait(20)
