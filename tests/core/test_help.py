"""The help is made from what is declared: nothing is missing, nothing is shown twice, nothing is shown that is refused."""

from __future__ import annotations

import pytest

import bot.rituals
from bot.core.help import group_card, help_card, unknown_card, welcome_sentence
from bot.core.people import Role
from bot.core.registry import Group, Registry, scan
from bot.core.text import Typed, plain
from bot.core.ui import Card


@pytest.fixture(scope="module")
def registry() -> Registry:
    return scan(bot.rituals)


def commands_on(card: Card) -> list[str]:
    return [span.command for section in card.sections for span in section.text if isinstance(span, Typed)]


@pytest.mark.parametrize("role", Role)
def test_each_command_of_a_role_stands_in_the_help_once(registry: Registry, role: Role) -> None:
    card = help_card(registry.commands.values(), role)
    allowed = [name for name, spec in registry.commands.items() if spec.role <= role]
    assert sorted(commands_on(card)) == sorted(allowed)
    lines = [plain(section.text) for section in card.sections]
    assert all(f"/{name} — {registry.commands[name].summary}" in lines for name in allowed)


def test_what_members_may_do_comes_first(registry: Registry) -> None:
    shown = commands_on(help_card(registry.commands.values(), Role.STEWARD))
    roles = [registry.commands[name].role for name in shown]
    assert roles == sorted(roles)
    assert set(roles) >= {Role.MEMBER, Role.FACILITATOR}


def test_the_help_begins_with_what_this_is(registry: Registry) -> None:
    assert help_card(registry.commands.values(), Role.MEMBER).body == welcome_sentence()
    promised = [span.command for span in welcome_sentence() if isinstance(span, Typed)]
    assert promised
    assert all(registry.resolve(command) for command in promised)


def test_a_bare_group_offers_what_its_reader_may_do(registry: Registry) -> None:
    for group in registry.groups().values():
        everything = commands_on(group_card(group, Role.STEWARD))
        assert everything == [spec.name for spec in group.entries]
        for role in Role:
            mine = [spec.name for spec in group.entries if spec.role <= role]
            if mine:
                assert commands_on(group_card(group, role)) == mine


def test_a_group_with_nothing_for_its_reader_says_for_whom_it_is(registry: Registry) -> None:
    group = registry.groups()["facilitate"]
    card = group_card(Group(group.name, tuple(s for s in group.entries if s.role > Role.MEMBER)), Role.MEMBER)
    assert card.as_text() == "/facilitate is for facilitators. /rounds help shows what you can do."


def test_an_unknown_command_is_told_where_to_look() -> None:
    assert unknown_card("dance with me").as_text() == "I don't know /dance. /rounds help shows what I can do."
    assert "x" * 41 not in unknown_card("x" * 1000).as_text()
    assert unknown_card("").as_text().startswith("I don't know /")
