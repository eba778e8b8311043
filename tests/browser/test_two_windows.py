"""Asking, being asked, answering and saying what helped, in two windows that are never loaded again."""

from __future__ import annotations

from playwright.async_api import expect

from tests.browser.window import Window, Windows
from tests.support.world import World

QUESTION = "How do you prevent falls at night?"
ANSWER = "Offer the bathroom on a round at two and at four."


async def test_a_question_is_asked_answered_and_solved_live(world: World, windows: Windows) -> None:
    ben, chidi = await windows.opens("ben"), await windows.opens("chidi", "dm-chidi")
    await chidi.types("/rounds me")
    await chidi.presses("Join", on="You have not joined")
    await chidi.submits("Save", {"What can you help with": "falls", "When may you be asked": "I work shifts: any time"})
    await chidi.sees("You joined.")
    await chidi.sees("only you see this")

    await ben.types(f"/ask {QUESTION}")
    await ben.submits("Ask", {"Tags": "falls"})
    await ben.sees("I asked 1 person who may know.")

    await chidi.sees("Can you help?")
    await chidi.sees("Why you: you said you can help with falls")
    await chidi.presses("Answer", on="Can you help?")
    await chidi.submits("Send answer", {"Your answer": ANSWER})
    await chidi.sees("Thank you. Your answer is in the thread.")
    await chidi.sees("You answered. Thank you.")

    await ben.sees("1 answer in the thread. Did one help?")
    await ben.presses("This helped", on=QUESTION)
    await ben.submits("This helped")
    await ben.sees("Solved: what helped came from")
    for window in (ben, chidi):
        window.has_stayed()


async def test_the_same_by_keyboard_alone(world: World, windows: Windows) -> None:
    ben, chidi = await windows.opens("ben"), await windows.opens("chidi", "dm-chidi")
    await expect(chidi.composer).to_be_focused()  # one can begin at once
    await _writes(chidi, "/rounds me")
    await chidi.sees("You have not joined")
    await _reaches(chidi, "Join")
    await chidi.page.keyboard.press("Enter")
    await _reaches(chidi, "What can you help with", in_form=True)
    await chidi.page.keyboard.type("falls")
    await _reaches(chidi, "When may you be asked", in_form=True)
    await chidi.page.keyboard.type("I work shifts")  # chooses the option that begins so
    await _reaches(chidi, "Save", in_form=True)
    await chidi.page.keyboard.press("Enter")
    await chidi.sees("You joined.")

    await _writes(ben, f"/ask {QUESTION}")
    await _reaches(ben, "Tags", in_form=True)
    await ben.page.keyboard.type("falls")
    await _reaches(ben, "Ask", in_form=True, whole=True)
    await ben.page.keyboard.press("Space")
    await ben.sees("I asked 1 person who may know.")

    await chidi.sees("Can you help?")
    await _reaches(chidi, "Answer")
    await chidi.page.keyboard.press("Enter")
    await _reaches(chidi, "Your answer", in_form=True)
    await chidi.page.keyboard.type(ANSWER)
    await _reaches(chidi, "Send answer", in_form=True)
    await chidi.page.keyboard.press("Enter")
    await chidi.sees("Thank you. Your answer is in the thread.")

    await ben.sees("Did one help?")
    await _reaches(ben, "This helped")
    await ben.page.keyboard.press("Enter")
    await _reaches(ben, "This helped", in_form=True)
    await ben.page.keyboard.press("Enter")
    await ben.sees("Solved: what helped came from")
    for window in (ben, chidi):
        window.has_stayed()


async def test_a_form_is_left_with_escape_and_the_focus_goes_back(world: World, windows: Windows) -> None:
    ben = await windows.opens("ben")
    await _writes(ben, "/ask Anything?")
    await expect(ben.form).to_be_visible()
    assert await _focused(ben, "dialog"), "an open form has the focus"
    await ben.page.keyboard.press("Escape")
    await expect(ben.form).to_have_count(0)
    await expect(ben.composer).to_be_focused()
    ben.has_stayed()


async def _writes(person: Window, text: str) -> None:
    """In the field in which one writes, reached with Tab if need be."""
    for _ in range(40):
        if await person.composer.evaluate("element => element === document.activeElement"):
            break
        await person.page.keyboard.press("Tab")
    await person.page.keyboard.type(text)
    await person.page.keyboard.press("Enter")


async def _reaches(person: Window, name: str, *, in_form: bool = False, whole: bool = False) -> None:
    """Go on with Tab to what bears the name (the ``whole`` name, or its beginning): a button, or a field with such a label."""
    if in_form:
        await person.form.wait_for()
    inside, passed = "dialog" if in_form else "body", []
    for _ in range(40):
        found = await _focused(person, inside)
        if found == name or (found.startswith(name) and not whole):
            return
        passed.append(found)
        await person.page.keyboard.press("Tab")
    raise AssertionError(f"{person.who} cannot reach {name!r} with the keyboard, only {passed}")


async def _focused(person: Window, inside: str = "body") -> str:
    """The name of what has the focus, as the page gives it; nothing when that is elsewhere."""
    name: str = await person.page.evaluate(
        """inside => {
            const element = document.activeElement;
            if (!element || element === document.body || !element.closest(inside)) return "";
            const words = element.labels?.length ? element.labels[0] : element;
            return (element.ariaLabel ?? words.innerText).trim();
        }""",
        inside,
    )
    return name
