"""Rituals together: what cannot work is refused while the program starts, and what people type finds its command."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from types import ModuleType
from typing import Any

import pytest

import bot.rituals
from bot.core.events import Command, DeliveryStuck
from bot.core.filters import Filter
from bot.core.forms import Form, Line, Option, Prefill
from bot.core.people import Role, Viewer
from bot.core.ports import Profile
from bot.core.registry import Found, Group, Registry, scan
from bot.core.replies import Effects
from bot.core.ritual import Misdeclared, Ritual
from bot.core.ui import Action, Card


class Press(Action, prefix="test.press"):
    tip: int


class Words(Form, title="Words"):
    words: Line


async def typed(ctx: Any, text: str) -> Effects:
    return None


async def pressed(ctx: Any, click: Press) -> Effects:
    return None


async def draw(db: Any, subject: int, viewer: Viewer, now: datetime) -> Card | None:
    return None


def with_command(name: str, summary: str = "Do something", ritual: str = "one") -> Ritual:
    made = Ritual(ritual)
    made.command(name, summary, role=Role.MEMBER)(typed)
    return made


def with_click(ritual: str = "one") -> Ritual:
    made = Ritual(ritual)
    made.click(role=Role.MEMBER)(pressed)
    return made


def with_timer(ritual: str = "one") -> Ritual:
    made = Ritual(ritual)
    made.timer(pressed)
    return made


def with_card(ritual: str = "one") -> Ritual:
    made = Ritual(ritual)
    made.card("tip")(draw)
    return made


# What is refused


@pytest.mark.parametrize(
    ("make", "what"),
    [
        (lambda name: with_command("ask", ritual=name), "command"),
        (with_click, "button"),
        (with_timer, "timer"),
        (with_card, "card"),
    ],
)
def test_two_rituals_cannot_declare_the_same(make: Callable[[str], Ritual], what: str) -> None:
    with pytest.raises(Misdeclared, match=f"two rituals declare the {what}"):
        Registry([make("one"), make("two")])


def test_a_button_and_a_timer_may_share_an_action() -> None:
    registry = Registry([with_click("one"), with_timer("two")])
    assert "test.press" in registry.clicks
    assert "test.press" in registry.timers


DECLARATIONS: dict[str, Callable[[Ritual], Any]] = {
    "a command": lambda ritual: ritual.command("ask", "Ask", role=Role.MEMBER)(typed),
    "a button": lambda ritual: ritual.click(role=Role.MEMBER)(pressed),
    "a timer": lambda ritual: ritual.timer(pressed),
    "a card": lambda ritual: ritual.card("tip")(draw),
}


@pytest.mark.parametrize("declare", DECLARATIONS.values(), ids=DECLARATIONS)
def test_one_ritual_cannot_declare_the_same_twice(declare: Callable[[Ritual], Any]) -> None:
    ritual = Ritual("one")
    declare(ritual)
    with pytest.raises(Misdeclared, match="declared twice"):
        declare(ritual)


def test_a_word_is_a_command_or_a_group_never_both() -> None:
    with pytest.raises(Misdeclared, match="/share is a command or a group, never both"):
        Registry([with_command("share"), with_command("share tip", ritual="two")])


@pytest.mark.parametrize(
    "name", ["", "Ask", "ask!", "1ask", "über", "ask  me", "share a tip", " ask", "ask ", "a" * 33, "/ask"]
)
def test_a_name_that_no_platform_takes_is_refused(name: str) -> None:
    with pytest.raises(Misdeclared, match="one or two words of lower-case letters"):
        Registry([with_command(name)])


@pytest.mark.parametrize("summary", ["", "x" * 101])
def test_a_summary_has_up_to_a_hundred_characters(summary: str) -> None:
    with pytest.raises(Misdeclared, match="summary needs 1 to 100 characters"):
        Registry([with_command("ask", summary)])


@pytest.mark.parametrize("bad", ["", "x" * 41, "two|parts", "Upper", "with space", "é"])
def test_a_prefix_that_would_not_come_back_is_refused(bad: str) -> None:
    class Pressed(Action, prefix=bad):
        pass

    async def run(ctx: Any, click: Pressed) -> Effects:
        return None

    run.__annotations__["click"] = Pressed
    for ritual in (Ritual("one"), Ritual("two")):
        if ritual.name == "one":
            ritual.click(role=Role.MEMBER)(run)
        else:
            ritual.timer(run)
        with pytest.raises(Misdeclared, match="prefixes are up to 40"):
            Registry([ritual])


def test_a_command_that_the_platform_has_itself_is_refused() -> None:
    registry = Registry([with_command("remind me"), with_command("ask", ritual="two")])
    profile = Profile("slack", form_fields=10, form_errors=True, reserved_commands=frozenset({"remind", "who"}))
    with pytest.raises(Misdeclared, match="slack has commands of its own named /remind"):
        registry.check_platform(profile)
    registry.check_platform(Profile("discord", form_fields=5, form_errors=False))


def test_a_command_handler_takes_a_context_and_what_was_typed() -> None:
    async def nothing(ctx: Any) -> Effects:
        return None

    async def a_number(ctx: Any, text: int) -> Effects:
        return None

    async def too_much(ctx: Any, text: str, more: str) -> Effects:
        return None

    async def untyped(ctx, text):  # type: ignore[no-untyped-def]
        return None

    for run in (nothing, a_number, too_much, untyped):
        with pytest.raises(Misdeclared, match=r"is given \(ctx, str\) and takes something else"):
            Ritual("one").command("ask", "Ask", role=Role.MEMBER)(run)


def test_a_command_handler_with_a_form_takes_that_form() -> None:
    with pytest.raises(Misdeclared, match=r"is given \(ctx, Words\)"):
        Ritual("one").command("ask", "Ask", role=Role.MEMBER, form=Words)(typed)


def test_a_click_handler_takes_its_action_and_its_form() -> None:
    async def no_action(ctx: Any, click: str) -> Effects:
        return None

    async def no_form(ctx: Any, click: Press) -> Effects:
        return None

    with pytest.raises(Misdeclared, match="with the click's action as its type"):
        Ritual("one").click(role=Role.MEMBER)(no_action)
    with pytest.raises(Misdeclared, match=r"is given \(ctx, Press, Words\)"):
        Ritual("one").click(role=Role.MEMBER, form=Words)(no_form)


def test_a_handler_must_be_async() -> None:
    def plain(ctx: Any, text: str) -> Effects:
        return None

    def plain_click(ctx: Any, click: Press) -> Effects:
        return None

    def plain_draw(db: Any, subject: int, viewer: Viewer, now: datetime) -> Card | None:
        return None

    def plain_notice(ctx: Any, event: DeliveryStuck) -> Effects:
        return None

    ritual: Any = Ritual("one")
    with pytest.raises(Misdeclared, match="must be async"):
        ritual.command("ask", "Ask", role=Role.MEMBER)(plain)
    with pytest.raises(Misdeclared, match="must be async"):
        ritual.click(role=Role.MEMBER)(plain_click)
    with pytest.raises(Misdeclared, match="must be async"):
        ritual.timer(plain_click)
    with pytest.raises(Misdeclared, match="must be async"):
        ritual.on(DeliveryStuck)(plain_notice)
    with pytest.raises(Misdeclared, match="an async"):
        ritual.card("tip")(plain_draw)


def test_a_card_is_drawn_from_four_things() -> None:
    async def too_few(db: Any, subject: int) -> Card | None:
        return None

    ritual: Any = Ritual("one")
    with pytest.raises(Misdeclared, match=r"drawn by an async \(db, subject, viewer, now\)"):
        ritual.card("tip")(too_few)


def test_what_runs_beforehand_is_async_and_takes_what_it_is_given() -> None:
    def plain_prefill(ctx: Any, text: str) -> Prefill:
        return Prefill()

    async def short_prefill(ctx: Any) -> Prefill:
        return Prefill()

    async def short_prepare(form: Words) -> Any:
        return None

    ritual: Any = Ritual("one")
    for bad in (plain_prefill, short_prefill):
        with pytest.raises(Misdeclared, match="'ask' needs a prefill that is async and takes 2"):
            ritual.command("ask", "Ask", role=Role.MEMBER, prefill=bad)(typed)
    with pytest.raises(Misdeclared, match=r"'test.press' needs a prepare that is async and takes 2"):
        ritual.click(role=Role.MEMBER, prepare=short_prepare)(pressed)


def test_rituals_hear_of_reports_not_of_what_people_do() -> None:
    with pytest.raises(Misdeclared, match="cannot hear of Command"):
        Ritual("one").on(Command)


def test_a_module_without_a_ritual_is_refused(tmp_path: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "empty_rituals").mkdir()
    (tmp_path / "empty_rituals" / "__init__.py").write_text("")
    (tmp_path / "empty_rituals" / "forgotten.py").write_text("x = 1\n")
    monkeypatch.syspath_prepend(tmp_path)
    import empty_rituals  # type: ignore[import-not-found]

    assert isinstance(empty_rituals, ModuleType)
    with pytest.raises(Misdeclared, match=r"empty_rituals\.forgotten has no ritual in it"):
        scan(empty_rituals)


# What is found


@pytest.fixture(scope="module")
def registry() -> Registry:
    names = ("ask", "share tip", "share link", "rounds help")
    return Registry([with_command(name, ritual=name.replace(" ", "-")) for name in names])


@pytest.mark.parametrize(
    ("words", "command", "text"),
    [
        ("ask", "ask", ""),
        ("ask How do you?", "ask", "How do you?"),
        ("  ASK   How  do you? ", "ask", "How  do you?"),
        ("ask\nOne line\nand another", "ask", "One line\nand another"),
        ("ask\u00a0pasted", "ask", "pasted"),
        ("share tip", "share tip", ""),
        ("Share  TIP Wash your hands", "share tip", "Wash your hands"),
        ("share\ttip\nWash your hands", "share tip", "Wash your hands"),
    ],
)
def test_what_is_typed_finds_its_command(registry: Registry, words: str, command: str, text: str) -> None:
    assert registry.resolve(words) == Found(registry.commands[command], text)


@pytest.mark.parametrize("words", ["share", "share ", "SHARE something", "share tips"])
def test_a_bare_group_lists_what_is_in_it(registry: Registry, words: str) -> None:
    found = registry.resolve(words)
    assert isinstance(found, Group)
    assert [spec.name for spec in found.entries] == ["share link", "share tip"]


@pytest.mark.parametrize("words", ["", "  ", "asks", "tip", "share-tip", "ask?"])
def test_what_is_not_ours_finds_nothing(registry: Registry, words: str) -> None:
    assert registry.resolve(words) is None


def test_groups_are_the_first_words_of_longer_commands(registry: Registry) -> None:
    assert list(registry.groups()) == ["rounds", "share"]


def test_a_button_finds_its_handler_and_its_action() -> None:
    registry = Registry([with_click()])
    assert registry.click("test.press|7") == (registry.clicks["test.press"], Press(tip=7))


@pytest.mark.parametrize("packed", ["", "unknown", "test.press", "test.press|x", "test.press|1|2", "|||"])
def test_a_button_that_nobody_knows_finds_nothing(packed: str) -> None:
    assert Registry([with_click()]).click(packed) is None


def test_a_handler_stays_an_ordinary_function() -> None:
    assert Ritual("one").command("ask", "Ask", role=Role.MEMBER)(typed) is typed
    assert Ritual("one").card("tip")(draw) is draw


def test_our_own_rituals_fit_together() -> None:
    registry = scan(bot.rituals)
    assert {"ask", "find", "rounds me", "rounds help"} <= registry.commands.keys()
    assert registry.click("question.answer|1") is not None


@pytest.mark.parametrize(
    "filters",
    [
        (Filter("text", "Words", "text"),),
        (Filter("tag", "A tag", "tags"), Filter("tag", "Another", "tags")),
        (Filter("Tag", "A tag", "tags"),),
        (Filter("a b", "A tag", "tags"),),
        (Filter("tag", "", "tags"),),
        (Filter("tag", "x" * 101, "tags"),),
        (Filter("kind", "What it is", "choice"),),
        (Filter("kind", "What it is", "text", (Option("tip", "Tips"),)),),
        (Filter("kind", "What it is", "choice", tuple(Option(str(number), "x") for number in range(26))),),
        tuple(Filter(f"f{number}", "One of many", "text") for number in range(25)),
    ],
)
def test_filters_that_no_platform_takes_are_refused(filters: tuple[Filter, ...]) -> None:
    made = Ritual("one")
    made.command("find", "Find", role=Role.MEMBER, filters=filters)(typed)
    with pytest.raises(Misdeclared, match="/find"):
        Registry([made])


def test_a_form_whose_words_are_never_kept_is_filled_at_once() -> None:
    class Two(Form, title="Two", kept=False):
        one: Line
        other: Line

    async def run(ctx: Any, form: Two) -> Effects:
        return None

    run.__annotations__["form"] = Two
    made = Ritual("one")
    made.command("ask", "Ask", role=Role.MEMBER, form=Two)(run)
    Registry([made]).check_platform(Profile("two", form_fields=2, form_errors=True))
    with pytest.raises(Misdeclared, match="nothing of it may be kept"):
        Registry([made]).check_platform(Profile("one", form_fields=1, form_errors=True))


def test_what_is_fetched_beforehand_is_for_a_prefill() -> None:
    async def fetch(outside: Any, click: Any) -> None: ...

    async def fetch_more(outside: Any, click: Any, more: Any) -> None: ...

    async def fill(ctx: Any, click: Any) -> Prefill:
        return Prefill()

    async def run(ctx: Any, click: Press, form: Words) -> Effects:
        return None

    run.__annotations__ |= {"click": Press, "form": Words}
    for more in ({"beforehand": fetch}, {"beforehand": fetch_more, "prefill": fill}):
        with pytest.raises(Misdeclared, match="beforehand"):
            Ritual("one").click(role=Role.MEMBER, form=Words, **more)(run)
    Ritual("one").click(role=Role.MEMBER, form=Words, beforehand=fetch, prefill=fill)(run)
