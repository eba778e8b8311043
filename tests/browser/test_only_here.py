"""The workspace lets anyone be anyone, so it is nowhere but on this machine, and never on the public port."""

from __future__ import annotations

import asyncio
import os
import re
import signal
import socket
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import pytest_asyncio
from playwright.async_api import Browser

LOOPBACK = "0100007F"  # 127.0.0.1, as the kernel writes it
PATHS = ("/", "/as/ada", "/as/ada/questions", "/api/directory", "/api/as/ada/view", "/static/page.js", "/bot/people")


@pytest_asyncio.fixture(loop_scope="session")
async def addresses(tmp_path: Path) -> AsyncIterator[tuple[str, str]]:
    """The program itself, its public server open to everyone: the workspace's address and the public one."""
    settings = {"DATA_DIR": str(tmp_path), "LOCAL_PORT": "0", "PUBLIC_PORT": "0", "PUBLIC_HOST": "0.0.0.0"}
    ours = {name: value for name, value in os.environ.items() if not name.startswith("ROUNDS_")}
    program = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "bot",
        "run",
        env={**ours, **{f"ROUNDS_{name}": value for name, value in settings.items()}, "PYTHONUNBUFFERED": "1"},
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.DEVNULL,
    )
    assert program.stdout is not None
    said = ""
    async with asyncio.timeout(40):
        while "Ctrl-C" not in said:
            line = (await program.stdout.readline()).decode()
            assert line, f"it ended: {said}"
            said += line
    local, public = re.search(r"Open http://([\d.:]+)", said), re.search(r"Health: http://[\d.]+:(\d+)", said)
    assert local, said
    assert public, said
    try:
        yield f"http://{local[1]}", f"http://127.0.0.1:{public[1]}"
    finally:
        program.send_signal(signal.SIGTERM)
        async with asyncio.timeout(20):
            await program.wait()


async def test_the_workspace_is_on_this_machine_only(browser: Browser, addresses: tuple[str, str]) -> None:
    local, public = addresses
    page = await browser.new_page()
    opened = await page.goto(local)
    assert opened is not None
    assert opened.status == 200
    for path in PATHS:
        answer = await page.goto(public + path)
        assert answer is not None
        assert answer.status == 404, path
    health = await page.goto(public + "/health")
    assert health is not None
    assert health.status == 200
    posting = """fetch("/api/as/ada/type", {method: "POST", body: '{"place": "general", "text": "forged"}'})"""
    assert await page.evaluate(f"{posting}.then((answer) => answer.status)") == 404
    await page.close()

    port = int(local.rsplit(":", 1)[1])
    assert _listening(port) == {LOOPBACK}
    for other in _other_addresses():
        with socket.socket() as tried:
            tried.settimeout(2)
            assert tried.connect_ex((other, port)) != 0, f"it answers on {other}"


def _listening(port: int) -> set[str]:
    """The addresses on which somebody listens on a port of this machine, as the kernel tells."""
    found = set()
    for table in ("/proc/net/tcp", "/proc/net/tcp6"):
        for line in Path(table).read_text().splitlines()[1:] if Path(table).exists() else ():
            address, state = line.split()[1], line.split()[3]
            host, _, number = address.partition(":")
            if state == "0A" and int(number, 16) == port:
                found.add(host)
    return found


def _other_addresses() -> set[str]:
    """This machine's IPv4 addresses beside 127.0.0.1."""
    try:
        named = {str(info[4][0]) for info in socket.getaddrinfo(socket.gethostname(), None, socket.AF_INET)}
    except OSError:
        named = set()
    return (named | {"127.0.0.2"}) - {"127.0.0.1"}
