"""The Chromium that the tests and the screenshots drive: the machine's own."""

from __future__ import annotations

import os
import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from playwright.async_api import Browser, async_playwright

MISSING = "Chromium is not installed. On Debian or Ubuntu: apt-get install chromium. Elsewhere name it in CHROMIUM."
ARGUMENTS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--no-first-run"]


def find() -> str:
    """Raises FileNotFoundError, which says how to install it."""
    for name in (os.environ.get("CHROMIUM"), "chromium", "chromium-browser", "google-chrome"):
        if name and (found := shutil.which(name)):
            return found
    raise FileNotFoundError(MISSING)


@asynccontextmanager
async def chromium(*more: str) -> AsyncIterator[Browser]:
    """``more``: further arguments for its command line."""
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=find(), args=[*ARGUMENTS, *more])
        try:
            yield browser
        finally:
            await browser.close()
