"""The chat service and the program as processes of their own, so that the one survives and the other may be killed."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import signal
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from adapters.local.client import ChatApi, Person, Seen

ROOT = Path(__file__).parents[2]
TOKEN = "token-of-the-bot"
LOG = "bots.log"
PLACES = ("p1", "p2", "p3", "p4", "p5", "p6")
START_SECONDS = 30


async def until(what: str, true: Callable[[], Awaitable[bool]], seconds: float = 60, every: float = 0.1) -> None:
    """Wait for a condition; raises AssertionError with its name when it does not come."""
    try:
        async with asyncio.timeout(seconds):
            while not await true():
                await asyncio.sleep(every)
    except TimeoutError:
        raise AssertionError(f"not within {seconds} s: {what}") from None


class Process:
    """One process of the program."""

    def __init__(self, pid: int, lines: asyncio.Queue[str]) -> None:
        self.pid, self._lines = pid, lines

    async def says(self, *lines: str) -> None:
        """Wait until it has said all these, in whatever order."""
        missing = set(lines)
        try:
            async with asyncio.timeout(START_SECONDS):
                while missing:
                    missing.discard(await self._lines.get())
        except TimeoutError:
            raise AssertionError(f"process {self.pid} does not say {missing}") from None

    def freeze(self) -> None:
        os.kill(self.pid, signal.SIGSTOP)

    def thaw(self) -> None:
        os.kill(self.pid, signal.SIGCONT)

    async def kill(self) -> None:
        """As the kernel does when memory runs out. Returns when it is gone; it may be already."""
        with contextlib.suppress(ProcessLookupError):
            os.kill(self.pid, signal.SIGKILL)
        await until("it is gone", self._is_gone, every=0.005)

    async def stop(self) -> None:
        """In order: it finishes what is under way."""
        os.kill(self.pid, signal.SIGTERM)
        await self.says("stopped")

    async def _is_gone(self) -> bool:
        try:
            os.kill(self.pid, 0)
        except ProcessLookupError:
            return True
        return False


class Nursery:
    """Starts processes of the program, and hears what they say."""

    def __init__(self, parent: asyncio.subprocess.Process) -> None:
        self._parent = parent
        self._lines: dict[int, asyncio.Queue[str]] = {}
        self._new: asyncio.Queue[Process] = asyncio.Queue()
        self._listening = asyncio.create_task(self._listen())

    async def start(self, **arguments: str) -> Process:
        assert self._parent.stdin is not None
        self._parent.stdin.write(json.dumps(arguments).encode() + b"\n")
        async with asyncio.timeout(START_SECONDS):
            return await self._new.get()

    async def _listen(self) -> None:
        assert self._parent.stdout is not None
        async for line in self._parent.stdout:
            pid, what = line.decode().strip().split(" ", 1)
            if int(pid) not in self._lines:
                self._lines[int(pid)] = asyncio.Queue()
                self._new.put_nowait(Process(int(pid), self._lines[int(pid)]))
            self._lines[int(pid)].put_nowait(what)

    async def end(self) -> None:
        for pid, lines in self._lines.items():
            await Process(pid, lines).kill()
        await _end(self._parent)
        self._listening.cancel()
        await asyncio.gather(self._listening, return_exceptions=True)


@dataclass
class Ground:
    """A chat service with four places, with Ada and Ben in it; and a database for the programs that serve it."""

    url: str
    api: ChatApi
    database: str
    folder: Path
    nursery: Nursery

    def person(self, name: str) -> Person:
        return Person(self.api, name, PLACES[0], within=30)

    async def bots(self, count: int, hold: Path | None = None) -> list[Process]:
        """So many processes of the program, begun together, when they are ready."""
        started = [
            await self.nursery.start(
                database=self.database, chat=self.url, token=TOKEN, folder=str(self.folder), hold_at=str(hold or "")
            )
            for _ in range(count)
        ]
        await asyncio.gather(*(process.says("ready") for process in started))
        return started

    async def bot(self, hold: Path | None = None) -> Process:
        (process,) = await self.bots(1, hold)
        return process

    async def notes(self) -> list[Seen]:
        """What the program has posted and sent, in the order in which it arrived."""
        seen = [one for name in ("ada", "ben") for one in await self.person(name).everything()]
        unique = {one.id: one for one in seen if one.kind in ("message", "reply") and one.text.startswith("note ")}
        return [unique[id] for id in sorted(unique)]

    def logged(self, what: str) -> int:
        """How often the programs wrote this into their log."""
        return (self.folder / LOG).read_text().count(what)


async def _program(folder: Path, log: str, *arguments: str) -> asyncio.subprocess.Process:
    with (folder / log).open("ab") as output:
        return await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", *arguments),
            cwd=ROOT,
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=output,
        )


@asynccontextmanager
async def ground(database: str, folder: Path) -> AsyncIterator[Ground]:
    """Everything, with no process of the program running yet."""
    async with AsyncExitStack() as stack:
        nursery = Nursery(await _program(folder, LOG, "tests.reliability.bot"))
        stack.push_async_callback(nursery.end)
        file = str(folder / "chat.db")
        chat = await _program(
            folder, "chat.log", "adapters.local.chat", "--empty", "--database", file, "--bot-token", TOKEN
        )
        stack.push_async_callback(_end, chat)
        assert chat.stdout is not None
        async with asyncio.timeout(START_SECONDS):
            url = (await chat.stdout.readline()).decode().strip()
        api = await stack.enter_async_context(ChatApi(url, TOKEN))
        await api.add_person("ben", "Sample: Ben B.")
        await api.change_place("questions", archived=True)
        for place in PLACES:
            await api.add_place(place)
        yield Ground(url, api, database, folder, nursery)


async def _end(process: asyncio.subprocess.Process) -> None:
    process.kill()
    await process.wait()
