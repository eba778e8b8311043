"""A person at the page, in a real browser: a test reads like a conversation.

ben = await windows.opens("ben")
await ben.types("/ask How do you store insulin?")
await ben.presses("Ask")
await ben.sees("I asked 1 person")

Everything is found as people and their screen readers find it: by its role and its name.
"""

from __future__ import annotations

import re
from typing import Any

from playwright.async_api import Browser, BrowserContext, ConsoleMessage, Dialog, Locator, Page, expect

PATIENCE = 8.0  # seconds; two cores may be busy with much else
WRITING = re.compile(r"^(Write|Reply)\b")  # what the field is called in which one writes
DESK, PHONE = {"width": 1280, "height": 800}, {"width": 360, "height": 740}


class Window:
    """``troubles``: what went wrong in it: errors, refused scripts and styles, dialogs that nobody asked for."""

    def __init__(self, page: Page, who: str) -> None:
        self.page, self.who = page, who
        self.troubles: list[str] = []
        self.loads = 0
        page.set_default_timeout(PATIENCE * 1000)
        page.on("domcontentloaded", self._loaded)
        page.on("pageerror", lambda error: self.troubles.append(f"error: {error}"))
        page.on("console", self._said)
        page.on("dialog", self._interrupted)

    def _loaded(self, _: Page) -> None:
        self.loads += 1

    def _said(self, message: ConsoleMessage) -> None:
        if message.type in ("error", "warning"):
            self.troubles.append(f"{message.type}: {message.text}")

    async def _interrupted(self, dialog: Dialog) -> None:
        self.troubles.append(f"dialog: {dialog.message}")
        await dialog.dismiss()

    @property
    def composer(self) -> Locator:
        return self.page.get_by_label(WRITING).last

    @property
    def form(self) -> Locator:
        return self.page.get_by_role("dialog")

    def button(self, label: str, on: str | None = None) -> Locator:
        """The last button of that name, of an open form's before any other; ``on``: of the message with these words."""
        where: Page | Locator = self.page
        if on is not None:
            where = self.page.get_by_role("listitem").or_(self.page.get_by_role("article")).filter(has_text=on).last
        return where.get_by_role("button", name=label, exact=True).last

    async def types(self, text: str) -> None:
        await self.composer.fill(text)
        await self.composer.press("Enter")
        await expect(self.composer).to_have_value("", timeout=PATIENCE * 1000)

    async def presses(self, label: str, *, on: str | None = None) -> None:
        await self.button(label, on).click()

    async def fills(self, values: dict[str, str | bool]) -> None:
        """The open form's fields, by their titles or how these begin. Choices are given by their words."""
        for title, value in values.items():
            field = self.form.get_by_label(re.compile("^" + re.escape(title))).first
            if isinstance(value, bool):
                await field.set_checked(value)
            elif await field.evaluate("element => element.tagName") == "SELECT":
                await field.select_option(label=value)
            else:
                await field.fill(value)

    async def submits(self, label: str, values: dict[str, str | bool] | None = None) -> None:
        """Fill and send the form, and wait for it to go away."""
        await self.fills(values or {})
        await self.form.get_by_role("button", name=label, exact=True).click()
        await expect(self.form).to_have_count(0, timeout=PATIENCE * 1000)

    async def sees(self, text: str, *, within: float = PATIENCE) -> None:
        """Raises AssertionError with all that stands there instead."""
        try:
            await self._text(text).first.wait_for(timeout=within * 1000)
        except Exception as error:
            shown = await self.page.locator("body").inner_text()
            raise AssertionError(f"{self.who} does not see {text!r}. They see, at the end:\n{shown[-2000:]}") from error

    async def sees_not(self, text: str) -> None:
        """Raises AssertionError when it stands there now."""
        assert not await self._text(text).count(), f"{self.who} sees {text!r}"

    def _text(self, text: str) -> Locator:
        return self.page.get_by_text(text).filter(visible=True)

    def has_stayed(self) -> None:
        """Raises AssertionError when the page was loaded again, or something went wrong in it."""
        assert self.loads == 1, f"{self.who}'s page was loaded {self.loads} times"
        self.is_calm()

    def is_calm(self) -> None:
        assert not self.troubles, f"{self.who}: " + "\n".join(self.troubles)


class Windows:
    """Opens windows on one service; each person has a browser profile of their own."""

    def __init__(self, browser: Browser, url: str) -> None:
        self._browser, self.url = browser, url
        self._contexts: list[BrowserContext] = []
        self.opened: list[Window] = []

    async def opens(self, who: str, place: str = "questions", **settings: Any) -> Window:
        """``settings``: of a new browser context: color_scheme, viewport, has_touch."""
        return await self.opens_another(who, await self.profile(**settings), place)

    async def profile(self, **settings: Any) -> BrowserContext:
        context = await self._browser.new_context(**{"viewport": DESK, **settings})
        self._contexts.append(context)
        return context

    async def opens_another(self, who: str, profile: BrowserContext, place: str = "questions") -> Window:
        """One more window in a browser profile that has some already."""
        window = Window(await profile.new_page(), who)
        self.opened.append(window)
        path = f"/as/{who}/{place}" if who else "/"
        await window.page.goto(self.url + path)
        return window

    async def close(self) -> None:
        for context in self._contexts:
            await context.close()
