"""One browser for all tests here, one world and fresh browser profiles for each.

These tests run when they are asked for (make browser-test), and then fail when there is no browser: they never skip.
"""

from __future__ import annotations

import shutil
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio
from playwright.async_api import Browser

from tests.browser.chromium import chromium, find
from tests.browser.window import Windows
from tests.support.world import World, local_world

HERE = Path(__file__).parent
EVIL = "workspace.example"  # a stranger's name for this machine


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """All of them share the browser's event loop. Those that nobody asked for are left out, and counted as such."""
    here = [item for item in items if item.path.is_relative_to(HERE)]
    for item in here:
        item.add_marker("browser")
        item.add_marker(pytest.mark.asyncio(loop_scope="session"), append=False)
    named = [Path(str(given).partition("::")[0]).resolve() for given in config.args]
    if not any(path.is_relative_to(HERE) for path in named) and "browser" not in config.option.markexpr:
        items[:] = [item for item in items if item not in here]
        config.hook.pytest_deselected(items=here)


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def browser() -> AsyncIterator[Browser]:
    try:
        find()
    except FileNotFoundError as error:
        raise pytest.fail.Exception(str(error), pytrace=False) from None
    async with chromium(f"--host-resolver-rules=MAP {EVIL} 127.0.0.1") as started:
        yield started


@pytest_asyncio.fixture(loop_scope="session")
async def world(sqlite_template: Path, tmp_path: Path) -> AsyncIterator[World]:
    shutil.copyfile(sqlite_template, tmp_path / "rounds.db")
    async with local_world(f"sqlite:///{tmp_path / 'rounds.db'}", tmp_path) as made:
        yield made


@pytest_asyncio.fixture(loop_scope="session")
async def windows(browser: Browser, world: World) -> AsyncIterator[Windows]:
    opened = Windows(browser, world.service.url)
    yield opened
    await opened.close()
