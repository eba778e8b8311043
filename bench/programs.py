"""Programs in processes of their own that a measurement starts, ends and looks at; what they print goes into a file."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[1]
START_SECONDS = 60.0


class Running:
    """``python -m`` something, with settings in its environment; its working directory is ``folder``."""

    def __init__(self, name: str, *arguments: str, folder: Path, **settings: str) -> None:
        self._arguments, self._folder = arguments, folder
        kept = {key: value for key, value in os.environ.items() if not key.startswith("ROUNDS_")}
        self._settings = {**kept, **settings, "PYTHONPATH": str(ROOT)}
        self.log = folder / f"{name}.log"
        self.log.touch()
        self.begin()

    def begin(self) -> None:
        """Start it, or start it again."""
        self._from = self.log.stat().st_size
        with self.log.open("ab") as output:
            self.process = subprocess.Popen(
                [sys.executable, "-m", *self._arguments],
                cwd=self._folder,
                env=self._settings,
                stdout=output,
                stderr=subprocess.STDOUT,
            )

    async def says(self, words: str, within: float = START_SECONDS) -> str:
        """The first line with these words that it prints since it was started. Raises AssertionError when there is none."""
        async with asyncio.timeout(within):
            while True:
                lines = self.printed().splitlines(keepends=True)
                if found := next((line for line in lines if words in line and line.endswith("\n")), None):
                    return found
                if self.process.poll() is not None:
                    raise AssertionError(f"it ended without {words!r}:\n{self.printed()[-3000:]}")
                await asyncio.sleep(0.05)

    async def told(self) -> dict[str, Any]:
        """The line of JSON that a pretend platform prints first."""
        return dict(json.loads(await self.says("{")))

    def printed(self) -> str:
        """Since it was started."""
        with self.log.open("rb") as output:
            output.seek(self._from)
            return output.read().decode(errors="replace")

    def send(self, number: signal.Signals) -> None:
        self.process.send_signal(number)

    async def kill(self) -> None:
        self.process.kill()
        await asyncio.to_thread(self.process.wait)

    async def stop(self, within: float = 60.0) -> None:
        """In order: it finishes what is under way."""
        self.process.terminate()
        await asyncio.to_thread(self.process.wait, within)
