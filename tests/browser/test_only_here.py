"""The workspace lets anyone be anyone, so it is nowhere but on this machine, and never on the public port."""

from __future__ import annotations

import socket
from pathlib import Path

from playwright.async_api import Browser

from tests.browser.program import running

LOOPBACK = "0100007F"  # 127.0.0.1, as the kernel writes it
PATHS = ("/", "/as/ada", "/as/ada/questions", "/api/directory", "/api/as/ada/view", "/static/page.js", "/bot/people")


async def test_the_workspace_is_on_this_machine_only(browser: Browser, tmp_path: Path) -> None:
    """The program itself, its public server open to everyone."""
    async with running(tmp_path, "--empty", PUBLIC_HOST="0.0.0.0") as (local, port):
        await _is_nowhere_else(browser, local, f"http://127.0.0.1:{port}")


async def _is_nowhere_else(browser: Browser, local: str, public: str) -> None:
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
