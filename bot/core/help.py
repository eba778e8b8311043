"""The help: the same sentences wherever somebody asks what this is."""

from __future__ import annotations

from collections.abc import Iterable

from bot.core.people import Role
from bot.core.registry import Group
from bot.core.ritual import Spec
from bot.core.text import Bold, Span, Typed
from bot.core.ui import Button, Card, Run, Section


def welcome_sentence() -> tuple[Span, ...]:
    """What this is, in the words that help, the pinned card and every other first sight use."""
    return (
        "I help this community learn together. ",
        Typed("ask"),
        " a question: I find people who may know. ",
        Typed("find"),
        " before you ask. ",
        Typed("rounds me"),
        " to join and to say how much you want to hear. I keep only what you give me or say OK to.",
    )


def help_card(commands: Iterable[Spec], role: Role) -> Card:
    """What this is, and every command that this role may use."""
    mine = sorted((spec for spec in commands if spec.role <= role), key=lambda spec: (spec.role, spec.name))
    return Card(title="What I can do", body=welcome_sentence(), sections=tuple(map(_line, mine)))


def group_card(group: Group, role: Role) -> Card:
    """What a bare group offers: "/rounds" → its entries, as buttons."""
    mine = [spec for spec in group.entries if spec.role <= role]
    if not mine:
        return Card(body=(Typed(group.name), " is for facilitators. ", Typed("rounds help"), " shows what you can do."))
    buttons = tuple(Button(spec.name.split(" ")[1].capitalize(), Run(command=spec.name)) for spec in mine)
    body = (Typed(group.name), " goes with one of these:")
    return Card(body=body, sections=tuple(map(_line, mine)), buttons=buttons)


def unknown_card(words: str) -> Card:
    """Somebody typed a command that is not ours."""
    typed = words.split()[0] if words.split() else ""
    body: tuple[Span, ...] = (
        "I don't know ",
        Bold("/" + typed[:40]),
        ". ",
        Typed("rounds help"),
        " shows what I can do.",
    )
    return Card(body=body)


def _line(spec: Spec) -> Section:
    return Section((Typed(spec.name), f" — {spec.summary}"))
