"""The service as a program of its own: it outlives the bot, and what it stored outlives it."""

from __future__ import annotations

import os
import signal
import sys
from asyncio import subprocess
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path

import pytest

from adapters.local.app import LocalPlatform
from adapters.local.client import ChatApi, Person
from bot.core.events import ThreadReply
from bot.core.ports import Arrival
from tests.local.stage import TOKEN, FakeBot, RawBot, outgoing

Start = Callable[..., Awaitable[tuple[subprocess.Process, str]]]


@pytest.fixture
async def start(tmp_path: Path) -> AsyncIterator[Start]:
    started: list[subprocess.Process] = []

    async def one(*more: str) -> tuple[subprocess.Process, str]:
        command = [
            sys.executable,
            "-m",
            "adapters.local.chat",
            "--database",
            str(tmp_path / "chat.db"),
            "--bot-token",
            TOKEN,
        ]
        process = await subprocess.create_subprocess_exec(*command, *more, stdout=subprocess.PIPE)
        started.append(process)
        assert process.stdout is not None
        return process, (await process.stdout.readline()).decode().strip()

    yield one
    for process in started:
        if process.returncode is None:
            process.kill()
        await process.wait()


async def test_what_was_stored_and_not_acknowledged_outlives_a_kill(
    start: Start, connect: Callable[[str], Awaitable[RawBot]]
) -> None:
    process, url = await start()
    assert url.startswith("http://127.0.0.1:")
    platform = LocalPlatform(url, TOKEN, FakeBot())
    await platform.start()
    await platform.send(outgoing())
    await platform.close()
    deaf = await connect(url)
    async with ChatApi(url) as api:
        await Person(api, "ben").says("a reply nobody heard of", thread_of="cool bag")
        await deaf.receives()
    os.kill(process.pid, signal.SIGKILL)
    await process.wait()

    process, url = await start()
    bot = FakeBot()
    platform = LocalPlatform(url, TOKEN, bot)
    await platform.start()
    await bot.hears(ThreadReply)
    assert await platform.arrived(outgoing()) is not Arrival.NO
    async with ChatApi(url) as api:
        await Person(api, "ben").sees("a reply nobody heard of")
    await platform.close()
    process.terminate()
    assert await process.wait() == 0


async def test_an_empty_workspace_has_its_admin_and_one_place(start: Start) -> None:
    _, url = await start("--empty")
    async with ChatApi(url) as api:
        found = await api.directory()
    assert [(one["id"], one["admin"]) for one in found["people"]] == [("ada", True)]
    assert [place["id"] for place in found["places"]] == ["questions"]
