"""The program itself, as its installer starts it, with a folder of its own."""

from __future__ import annotations

import asyncio
import os
import re
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

ROOT = Path(__file__).parents[2]


@asynccontextmanager
async def running(folder: Path, *options: str, **settings: str) -> AsyncIterator[tuple[str, str]]:
    """Yields the workspace's address and the public server's port. ``settings``: without ROUNDS_ in front."""
    ours = {name: value for name, value in os.environ.items() if not name.startswith("ROUNDS_")}
    settings = {"DATA_DIR": str(folder), "LOCAL_PORT": "0", "PUBLIC_PORT": "0", **settings}
    program = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "bot", "run", *options),
        cwd=folder,  # whatever .env there is belongs to somebody else
        env={
            **ours,
            **{f"ROUNDS_{name}": value for name, value in settings.items()},
            "PYTHONPATH": str(ROOT),
            "PYTHONUNBUFFERED": "1",
        },
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.DEVNULL,
    )
    try:
        yield await _addresses(program)
    finally:
        if program.returncode is None:
            program.send_signal(signal.SIGTERM)
        async with asyncio.timeout(20):
            await program.communicate()


async def _addresses(program: asyncio.subprocess.Process) -> tuple[str, str]:
    assert program.stdout is not None
    said = ""
    async with asyncio.timeout(60):
        while "Ctrl-C" not in said:
            line = (await program.stdout.readline()).decode()
            assert line, f"the program ended: {said}"
            said += line
    local, public = re.search(r"Open (http://[\d.:]+)", said), re.search(r"Health: http://[\d.]+:(\d+)", said)
    assert local is not None, said
    assert public is not None, said
    return local[1], public[1]
