"""The chat service and the program as processes of their own, so that the one survives and the other may be killed."""

from __future__ import annotations

import asyncio
import signal
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

from adapters.local.client import ChatApi, Person, Seen

ROOT = Path(__file__).parents[2]
TOKEN = "token-of-the-bot"
PLACES = ("p1", "p2", "p3", "p4")
START_SECONDS = 30


async def until(what: str, true: Callable[[], Awaitable[bool]], seconds: float = 60, every: float = 0.05) -> None:
    """Wait for a condition; raises AssertionError with its name when it does not come."""
    try:
        async with asyncio.timeout(seconds):
            while not await true():
                await asyncio.sleep(every)
    except TimeoutError:
        raise AssertionError(f"not within {seconds} s: {what}") from None


class Process:
    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self._process = process

    async def says(self, line: str) -> None:
        """Wait until it prints this line."""
        await self.says_all({line})

    async def says_all(self, lines: set[str]) -> None:
        """Wait until it has printed these lines, in whatever order."""
        async with asyncio.timeout(START_SECONDS):
            while lines:
                said = await self.line()
                lines = lines - {said}

    async def line(self) -> str:
        assert self._process.stdout is not None
        line = (await self._process.stdout.readline()).decode()
        assert line, f"it ended with {await self._process.wait()}"
        return line.strip()

    def freeze(self) -> None:
        self._process.send_signal(signal.SIGSTOP)

    def thaw(self) -> None:
        self._process.send_signal(signal.SIGCONT)

    async def kill(self) -> None:
        if self._process.returncode is None:
            self._process.kill()
        await self._process.wait()

    async def stop(self) -> None:
        """In order: it finishes what is under way. Raises AssertionError when it does not end well."""
        self._process.terminate()
        async with asyncio.timeout(START_SECONDS):
            assert await self._process.wait() == 0


@dataclass
class Ground:
    """A chat service with four places, with Ada and Ben in it; and a database for the programs that serve it."""

    url: str
    api: ChatApi
    database: str
    folder: Path
    _stack: AsyncExitStack
    log: Path = field(init=False)

    def __post_init__(self) -> None:
        self.log = self.folder / "bots.log"

    def person(self, name: str) -> Person:
        return Person(self.api, name, PLACES[0], within=30)

    async def bot(self, hold: Path | None = None) -> Process:
        """Another process of the program; not ready yet."""
        more = ["--hold", str(hold)] if hold is not None else []
        with self.log.open("ab") as log:
            process = await asyncio.create_subprocess_exec(
                *(sys.executable, "-m", "tests.reliability.bot", "--database", self.database, "--chat", self.url),
                *("--token", TOKEN, "--folder", str(self.folder), *more),
                cwd=ROOT,
                stdout=asyncio.subprocess.PIPE,
                stderr=log,
            )
        made = Process(process)
        self._stack.push_async_callback(made.kill)
        return made

    async def ready_bot(self, hold: Path | None = None) -> Process:
        process = await self.bot(hold)
        await process.says("ready")
        return process

    async def notes(self) -> list[Seen]:
        """What the program has posted and sent, in the order in which it arrived."""
        seen = [one for name in ("ada", "ben") for one in await self.person(name).everything()]
        unique = {one.id: one for one in seen if one.kind in ("message", "reply") and one.text.startswith("note ")}
        return [unique[id] for id in sorted(unique)]

    def logged(self, what: str) -> int:
        """How often the programs wrote this into their log."""
        return self.log.read_text().count(what)


@asynccontextmanager
async def ground(database: str, folder: Path) -> AsyncIterator[Ground]:
    async with AsyncExitStack() as stack:
        with (folder / "chat.log").open("wb") as log:
            process = await asyncio.create_subprocess_exec(
                *(sys.executable, "-m", "adapters.local.chat", "--empty", "--database", str(folder / "chat.db")),
                *("--bot-token", TOKEN),
                cwd=ROOT,
                stdout=asyncio.subprocess.PIPE,
                stderr=log,
            )
        chat = Process(process)
        stack.push_async_callback(chat.kill)
        async with asyncio.timeout(START_SECONDS):
            url = await chat.line()
        api = await stack.enter_async_context(ChatApi(url, TOKEN))
        await api.add_person("ben", "Sample: Ben B.")
        await api.change_place("questions", archived=True)
        for place in PLACES:
            await api.add_place(place)
        yield Ground(url, api, database, folder, stack)
