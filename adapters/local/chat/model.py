"""The people and places of the pretend workspace, and what may go wrong."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any
from zoneinfo import ZoneInfo

Json = dict[str, Any]

WORKSPACE = "local"
WORKSPACE_NAME = "Sample workspace"
BOT = "bot"  # the author of the bot's messages, so no person's id
DIRECT = "dm-"  # a person's conversation with the bot is the place with this before their id
SLUG = re.compile(r"[a-z0-9][a-z0-9-]{0,39}")


class Problem(Exception):
    """A request that cannot be done: an HTTP status, a code for programs and words for people."""

    def __init__(self, status: int, code: str, message: str, *, retry_after: float | None = None) -> None:
        super().__init__(message)
        self.status, self.code, self.message, self.retry_after = status, code, message, retry_after


@dataclass(frozen=True, slots=True)
class Person:
    """``zone`` is an IANA name. A guest sees only the places they were added to. ``admin`` installed the bot."""

    id: str
    name: str
    zone: str = "UTC"
    guest: bool = False
    active: bool = True
    admin: bool = False


@dataclass(frozen=True, slots=True)
class Place:
    """``closed``: only its members see it."""

    id: str
    name: str
    closed: bool = False
    archived: bool = False
    forum: bool = False


@dataclass(frozen=True, slots=True)
class Directory:
    """What a new workspace begins with. ``members``: place id → ids of the people added to it."""

    people: tuple[Person, ...]
    places: tuple[Place, ...]
    members: tuple[tuple[str, tuple[str, ...]], ...] = ()


def direct(person: str) -> str:
    return DIRECT + person


def check_person(person: Person) -> None:
    """Raises Problem (400) saying what is wrong."""
    _check_slug(person.id)
    _check_name(person.name)
    if person.id == BOT:
        raise Problem(400, "malformed", "a person cannot be called bot")
    try:
        ZoneInfo(person.zone)
    except (KeyError, ValueError, OSError):
        raise Problem(400, "malformed", "zone: not an IANA time zone") from None


def check_place(place: Place) -> None:
    """Raises Problem (400) saying what is wrong."""
    _check_slug(place.id)
    _check_name(place.name)
    if place.id.startswith(DIRECT):
        raise Problem(400, "malformed", f"a place cannot begin with {DIRECT}")


def _check_slug(id: str) -> None:
    if not SLUG.fullmatch(id):
        raise Problem(400, "malformed", "id: 1 to 40 lower-case letters, digits and hyphens")


def _check_name(name: str) -> None:
    if not 1 <= len(name) <= 80:
        raise Problem(400, "malformed", "name: 1 to 80 characters")
