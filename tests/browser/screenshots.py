"""Photographs the running program with the sample community: python -m tests.browser.screenshots."""

from __future__ import annotations

import asyncio
import tempfile
from datetime import timedelta
from pathlib import Path

from playwright.async_api import Browser

from adapters.local import sample
from adapters.local.chat.service import ChatService
from adapters.local.client import ChatApi
from bot import logs
from bot.core.clock import MovableClock
from bot.wiring import Rounds, local_connect
from storage import migrate
from storage.engine import Database
from tests.browser.chromium import chromium
from tests.browser.window import PHONE, Window, Windows

PICTURES = Path(__file__).parents[2] / "docs" / "screenshots"
LARGEST = 300_000  # bytes
TOKEN = "screenshots"


async def main() -> None:
    PICTURES.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        url = f"sqlite:///{folder / 'rounds.db'}"
        await asyncio.to_thread(migrate.upgrade, url)
        clock = MovableClock(ahead=-timedelta(days=sample.DAYS))
        service = ChatService(folder / "workspace.db", TOKEN, beginning=sample.SAMPLE, clock=clock)
        address = await service.start()
        rounds = Rounds(Database(url), [local_connect(address, TOKEN)], clock=clock, backups=folder / "backups")
        await rounds.start()

        async def passes(by: timedelta) -> None:
            clock.advance(by)
            await rounds.settle()

        try:
            async with ChatApi(address) as api, chromium() as browser:
                await sample.play(api, passes)
                await _photograph(browser, address)
        finally:
            await rounds.stop()
            await service.stop()


async def _photograph(browser: Browser, address: str) -> None:
    windows = Windows(browser, address)
    light = await windows.opens("hugo", color_scheme="light")
    await light.types("/find falls")
    await light.sees("only you see this")
    await _take(light, "workspace-light")
    await light.types("/ask How do you keep someone with a broken hip moving on the second day?")
    await light.fills(
        {"What have you tried": "Twice a day with two of us. She is afraid of falling again.", "Tags": "hips"}
    )
    await _take(light, "form")
    await _take(await windows.opens("hugo", color_scheme="dark"), "workspace-dark")
    phone = await windows.opens("chidi", viewport=PHONE, has_touch=True, is_mobile=True, device_scale_factor=2)
    await _take(phone, "phone")
    await windows.close()


async def _take(window: Window, name: str) -> None:
    await window.composer.wait_for()
    await window.page.wait_for_timeout(300)  # whatever moves has come to rest
    path = PICTURES / f"{name}.png"
    await window.page.screenshot(path=path, animations="disabled", caret="hide")
    size = path.stat().st_size
    assert size < LARGEST, f"{path} takes {size:,} bytes"
    print(f"{path}: {size:,} bytes")
    window.is_calm()


if __name__ == "__main__":
    logs.set_up()
    asyncio.run(main())
