"""Photographs the running program with the sample community: python -m tests.browser.screenshots."""

from __future__ import annotations

import asyncio
import tempfile
from pathlib import Path

from playwright.async_api import Browser

from tests.browser.chromium import chromium
from tests.browser.program import running
from tests.browser.window import PHONE, Window, Windows

PICTURES = Path(__file__).parents[2] / "docs" / "screenshots"
LARGEST = 300_000  # bytes
QUESTION = "What do you do about the dark way to the bathroom?"


async def main() -> None:
    PICTURES.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        async with running(Path(folder)) as (address, _), chromium() as browser:
            await _photograph(browser, address)


async def _photograph(browser: Browser, address: str) -> None:
    """A question on its way: asked with a form, by a direct message to somebody who may know, answered in its thread."""
    windows = Windows(browser, address)
    ben = await windows.opens("ben", color_scheme="light")
    asked = await windows.opens("fumiko", "dm-fumiko", color_scheme="dark")
    await ben.types(f"/ask {QUESTION}")
    await ben.fills({"What have you tried": "Lamps with sensors. Some switch them off again."})
    await ben.form.get_by_label("Tags").press_sequentially("falls, ni")
    await ben.page.get_by_role("option", name="night-shift").wait_for()
    await _take(ben, "form")
    await ben.page.get_by_role("option", name="night-shift").click()
    await ben.submits("Ask")
    await ben.sees("I asked 1 person who may know.")
    await ben.presses("Dismiss")
    await asked.sees(QUESTION)
    await _take(asked, "workspace-dark")
    await asked.presses("Answer", on=QUESTION)
    await asked.submits(
        "Send answer", {"Your answer": "A strip of tape that glows in the dark, from the bed to the door."}
    )
    await ben.sees("Did one help?")
    await ben.page.get_by_role("link", name="1 reply").last.click()
    await ben.page.get_by_label("Reply in the thread").wait_for()
    await _take(ben, "workspace-light")
    await _take(await windows.opens("gita", viewport=PHONE, is_mobile=True, device_scale_factor=2), "phone")
    await windows.close()


async def _take(window: Window, name: str) -> None:
    await window.page.mouse.move(0, 0)  # over nothing
    await window.page.wait_for_timeout(500)  # whatever moves has come to rest
    path = PICTURES / f"{name}.png"
    await window.page.screenshot(path=path, animations="disabled", caret="hide")
    size = path.stat().st_size
    assert size < LARGEST, f"{path} takes {size:,} bytes"
    print(f"{path}: {size:,} bytes")
    window.is_calm()


if __name__ == "__main__":
    asyncio.run(main())
