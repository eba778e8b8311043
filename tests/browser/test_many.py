"""Much in one place, and many windows."""

from __future__ import annotations

import asyncio
import re
import time
from pathlib import Path
from statistics import median

import pytest
from playwright.async_api import expect

from adapters.local.chat.service import ChatService
from tests.browser.window import Windows
from tests.support.world import World

MESSAGES = 10_000
TIMES = 5
AT_MOST = 6  # times as long as an empty place; both are measured here, one after the other


@pytest.mark.parametrize("kind", ["messages", "replies"])
async def test_ten_thousand_of_them_open_quickly_and_stay_live(world: World, windows: Windows, kind: str) -> None:
    root = await _fill(world, in_one_thread=kind == "replies")
    full_place = f"questions?thread={root}" if root else "questions"
    window = await windows.opens("ben")
    took: dict[str, list[float]] = {"general": [], full_place: []}
    for _ in range(TIMES):
        for place, times in took.items():
            begun = time.perf_counter()
            await window.page.goto(f"{windows.url}/as/ben/{place}")
            await window.sees("message 9999" if place == full_place else "#general")
            times.append(time.perf_counter() - begun)
    empty, full = (median(times) for times in took.values())
    print(f"\nan empty place opens in {empty * 1000:.0f} ms, one with {MESSAGES:,} {kind} in {full * 1000:.0f} ms")
    assert full < AT_MOST * empty

    ben = await windows.opens("ben", full_place)
    if root:
        await world.person("chidi").says("one more", thread_of=root)
    else:
        await world.person("chidi").types("one more")
    await ben.sees("one more")
    await ben.types("and mine")
    await ben.sees("and mine")
    ben.has_stayed()


async def test_ten_windows_of_one_browser_are_all_live(world: World, windows: Windows) -> None:
    """A browser opens few connections at once to one address: windows must not use them up."""
    profile = await windows.profile()
    people = ("ada", "ben", "chidi", "dana", "emre")
    opened = [await windows.opens_another(who, profile) for who in people * 2]
    begun = time.perf_counter()
    await opened[-1].types("Who is on tonight?")
    await asyncio.gather(*(window.sees("Who is on tonight?") for window in opened))
    print(f"\nten windows saw it within {time.perf_counter() - begun:.2f} s")
    await asyncio.gather(*(window.types(f"I am, said {window.who}") for window in opened))
    await asyncio.gather(*(window.sees("I am, said ada") for window in opened))
    for window in opened:
        window.has_stayed()


async def test_what_is_new_elsewhere_is_counted_live(world: World, windows: Windows) -> None:
    ada = await windows.opens("ada", "general")
    for words in ("one", "two"):
        await world.person("ben").types(words)
    await ada.page.get_by_role("link", name=re.compile(r"questions.*[23] unread")).wait_for()  # perhaps a card, too
    await expect(ada.page).to_have_title(re.compile(r"^\([2-9]\) "))
    ada.has_stayed()


async def test_a_window_catches_up_when_the_service_was_away(world: World, windows: Windows, tmp_path: Path) -> None:
    ben = await windows.opens("ben")
    await ben.sees("Welcome to")
    port = int(world.service.url.rsplit(":", 1)[1])
    await world.service.stop()
    await ben.sees("connection is lost")
    again = ChatService(tmp_path / "workspace.db", "token", clock=world.clock)
    await again.start(port)
    try:
        await world.person("chidi").types("back again")
        await ben.sees("back again")
        await ben.sees_not("connection is lost")
        await ben.types("so am I")
        await ben.sees("so am I")
        assert ben.loads == 1
    finally:
        await world.rounds.stop()
        await again.stop()


async def _fill(world: World, *, in_one_thread: bool) -> int:
    """Returns what the thread begins with."""
    now = world.service.workspace.now_ms()
    async with world.service.workspace.store.transaction() as db:
        root = 0
        if in_one_thread:
            made = await db.execute_insert(
                "INSERT INTO message (place, author, text, created_ms) VALUES ('questions', 'ben', 'the first', ?)",
                (now,),
            )
            assert made is not None
            root = int(made[0])
        await db.executemany(
            "INSERT INTO message (place, thread, author, text, created_ms) VALUES ('questions', ?, 'chidi', ?, ?)",
            [(root or None, f"message {number}", now + number) for number in range(MESSAGES)],
        )
    return root
