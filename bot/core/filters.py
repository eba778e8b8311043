"""Filters that are typed among the words of a command: tag:falls kind:tip from:@ada after:2026-01. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Literal

from bot.core.forms import Option

FilterKind = Literal["text", "tags", "person", "date", "choice"]
# A name, a colon, and a value: in quotation marks where it has spaces. Keyboards make the marks round by themselves.
TYPED = re.compile(
    r'(?<!\S)(?P<name>[A-Za-z][A-Za-z0-9-]*):(?:["“”](?P<quoted>[^"“”]*)["“”](?!\S)|(?P<bare>[^\s"“”]+)(?!\S))'
)


@dataclass(frozen=True, slots=True)
class Filter:
    """One that a command understands. ``hint`` is what a platform says of it; ``options`` are for "choice"."""

    name: str
    hint: str
    kind: FilterKind
    options: tuple[Option, ...] = ()


def parse_typed(text: str, filters: Iterable[Filter]) -> tuple[str, Mapping[str, list[str]]]:
    """The words that are left, and each filter's values in the order they were typed.

    What is no filter of these stays a word: an address, a "note: …", a filter without a value.
    """
    known = {item.name for item in filters}
    found: dict[str, list[str]] = {}

    def take(typed: re.Match[str]) -> str:
        name = typed["name"].lower()
        value = (typed["bare"] or typed["quoted"] or "").strip()
        if name not in known or not value:
            return typed[0]
        found.setdefault(name, []).append(value)
        return ""

    left = TYPED.sub(take, text)
    return (" ".join(left.split()) if found else text.strip()), found


def typed_as(name: str, value: str) -> str:
    """How a filter is typed: the reverse of ``parse_typed``, for platforms where it is chosen instead.

    Empty without a value.
    """
    value = typable(value)
    return f'{name}:"{value}"' if " " in value else f"{name}:{value}" if value else ""


def typable(value: str) -> str:
    """On one line and without quotation marks: nothing that one looks for depends on them."""
    return " ".join(re.sub(r'["“”]', " ", value).split())
