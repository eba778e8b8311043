"""What a database can keep of what somebody sent."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields, is_dataclass, replace
from typing import Any, TypeVar

T = TypeVar("T")
LARGEST_NUMBER = 2**31 - 1  # what a database's integer holds


def storable(given: T) -> T:
    """The same without what no database keeps: NUL characters, halves of surrogate pairs. Wherever they are in it."""
    made: Any = given
    match given:
        case str():
            made = _text(given)
        case list() | tuple():
            made = type(given)(map(storable, given))
        case Mapping():
            made = {storable(name): storable(value) for name, value in given.items()}
        case _ if is_dataclass(given) and not isinstance(given, type):
            values = ((item.name, getattr(given, item.name)) for item in fields(given))
            changed = {name: clean for name, value in values if (clean := storable(value)) != value}
            made = replace(given, **changed) if changed else given
    return made  # type: ignore[no-any-return]


def _text(text: str) -> str:
    return text.replace("\0", "").encode(errors="replace").decode()
