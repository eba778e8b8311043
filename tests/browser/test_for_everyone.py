"""Everyone can use it: no serious problem that axe-core knows of, in light and in dark, and on a phone as at a desk."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any, Literal

import pytest
from playwright.async_api import expect

from tests.browser.window import DESK, PHONE, Window, Windows
from tests.support.world import World

AXE = (Path(__file__).parent / "vendor" / "axe.min.js").read_text()
QUESTION = "How do you prevent falls at night?"
THREAD = re.compile(r"\d+ repl|reply in a thread", re.IGNORECASE)
LONG = "Donaudampfschifffahrtselektrizitätenhauptbetriebswerkbauunterbeamtengesellschaft" * 2


@pytest.mark.parametrize("size", ["desk", "phone"])
async def test_every_page_and_state(world: World, windows: Windows, size: Literal["desk", "phone"]) -> None:
    await _something_happened(world)
    profile = await windows.profile(viewport=DESK if size == "desk" else PHONE, reduced_motion="reduce")

    chooser = await windows.opens_another("", profile)
    await _is_well(chooser, "the people")
    await _is_well(await windows.opens_another("ben", profile), "a conversation")
    await _is_well(await windows.opens_another("ada", profile, "general"), "an empty place")
    await _is_well(await windows.opens_another("chidi", profile, "dm-chidi"), "direct messages")

    ben = await windows.opens_another("ben", profile)
    await ben.page.get_by_role("link", name=THREAD).last.click()
    await ben.sees("A lamp with a sensor.")
    await _is_well(ben, "a thread")

    if size == "phone":
        ada = await windows.opens_another("ada", profile)
        await ada.presses("Places")
        await ada.page.get_by_role("link", name="ward-team").wait_for()
        await _is_well(ada, "the list of places")

    dana = await windows.opens_another("dana", profile)
    await dana.composer.press_sequentially("/f")
    await dana.page.get_by_role("option").first.wait_for()
    await _is_well(dana, "a command being typed")
    await dana.types("/rounds me")
    await dana.presses("Join", on="You have not joined")
    await expect(dana.form).to_be_visible()
    await _is_well(dana, "a form")
    await dana.fills({"Your time zone": "Nowhere"})
    await dana.presses("Save")
    await dana.sees("I don't know this time zone.")
    await _is_well(dana, "a form with errors")
    await dana.submits("Save", {"Your time zone": "Europe/London"})
    await dana.sees("only you see this")
    await _is_well(dana, "a private reply")
    for window in windows.opened:
        window.is_calm()


async def test_a_problem_would_be_found(windows: Windows) -> None:
    ben = await windows.opens("ben")
    await ben.page.evaluate("document.querySelector('main').append(document.createElement('input'))")
    with pytest.raises(AssertionError, match="label"):
        await _is_well(ben, "a field without a name")
    await ben.page.evaluate("document.querySelector('main input:last-child').style.width = '3000px'")
    with pytest.raises(AssertionError, match="sideways"):
        await _is_well(ben, "a field that is too wide")


async def test_the_whole_job_on_a_phone(world: World, windows: Windows) -> None:
    settings: dict[str, Any] = {"viewport": PHONE, "has_touch": True, "is_mobile": True}
    await world.joins("chidi", can_help="falls")
    ben, chidi = await windows.opens("ben", **settings), await windows.opens("chidi", "dm-chidi", **settings)
    await ben.types(f"/ask {QUESTION}")
    await ben.form.get_by_role("button", name="Ask", exact=True).tap()
    await ben.sees("I asked 1 person who may know.")
    await chidi.sees("Can you help?")
    await chidi.button("Answer").tap()
    await chidi.fills({"Your answer": "A lamp with a sensor."})
    await chidi.form.get_by_role("button", name="Send answer").tap()
    await chidi.sees("Thank you. Your answer is in the thread.")
    await ben.sees("Did one help?")
    await ben.button("This helped", on=QUESTION).tap()
    await ben.form.get_by_role("button", name="This helped").tap()
    await ben.sees("Solved: what helped came from")
    for window in (ben, chidi):
        await _does_not_scroll_sideways(window, "afterwards")
        window.has_stayed()


async def _something_happened(world: World) -> None:
    """A question with an answer, long words, a private reply; Chidi was asked something."""
    await world.joins("chidi", can_help="falls")
    ben = world.person("ben")
    await ben.types(f"I say {LONG}")
    await ben.types(f"/ask {QUESTION}")
    await ben.submits(details=LONG, tags="falls, night shift")
    await world.settles()
    await world.person("emre").says("A lamp with a sensor.", thread_of=QUESTION)
    await world.person("ada").types("/rounds help")


async def _is_well(window: Window, state: str) -> None:
    """In light and in dark. Playwright's evaluate is the debugger's, so the page's own policy stays in force."""
    await _does_not_scroll_sideways(window, state)
    await window.page.evaluate(AXE)
    colours: tuple[Literal["light", "dark"], ...] = ("light", "dark")
    for colour in colours:
        await window.page.emulate_media(color_scheme=colour)
        problems = await window.page.evaluate("axe.run({resultTypes: ['violations']}).then(found => found.violations)")
        told = [
            f"{problem['id']} ({problem['impact']}): {problem['help']}\n    "
            + "\n    ".join(f"{node['html'][:200]}\n      {node['failureSummary']}" for node in problem["nodes"][:3])
            for problem in problems
            if problem["impact"] in ("serious", "critical")
        ]
        assert not told, f"{state}, {colour}:\n" + "\n".join(told)


async def _does_not_scroll_sideways(window: Window, state: str) -> None:
    wide: list[str] = await window.page.evaluate(
        """() => [document.scrollingElement, ...document.querySelectorAll("main, main *, nav, dialog")]
            .filter(one => one.scrollWidth > one.clientWidth + 1 && one.clientWidth > 0
                && (one === document.scrollingElement || ["auto", "scroll"].includes(getComputedStyle(one).overflowX)))
            .filter(one => !["INPUT", "TEXTAREA", "SELECT"].includes(one.tagName))
            .map(one => `${one.tagName} ${one.id} ${one.scrollWidth} > ${one.clientWidth}`)"""
    )
    assert not wide, f"{state} scrolls sideways: {wide}"
