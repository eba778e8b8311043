"""Roles, and the one who looks: every read of what a community keeps is made for a Viewer."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum
from functools import lru_cache
from zoneinfo import available_timezones


@lru_cache(maxsize=1)
def every_zone() -> frozenset[str]:
    """The IANA names of all time zones that this machine knows."""
    return frozenset(available_timezones())


class Role(IntEnum):
    """What a member may do. Each includes those before it."""

    MEMBER = 1
    FACILITATOR = 2
    STEWARD = 3


@dataclass(frozen=True, slots=True)
class Viewer:
    """For whom something is read: a member, or everyone who can read a place (its least-privileged reader).

    With neither, nothing that belongs to a place is visible.
    """

    community: int
    member: int | None = None
    place: int | None = None
    role: Role = Role.MEMBER
