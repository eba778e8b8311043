"""How a community wants its questions passed on: how many are asked, how long to wait, and what counts as working time.

What is shipped stands here; a facilitator changes it under /facilitate queue.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from bot.routing.hours import WorkingTime

SMALL_COMMUNITY = 30  # members; below this one person is asked at first, so that nobody feels swamped
PAUSED_BY_A_REPLY = 8  # working hours: a reply may be the answer
SILENCE_AFTER = 8  # working hours the asker has to say whether it helped
FACILITATORS_HAVE = 8  # working hours until a question that nobody takes waits in the queue
MOST_TOLD_A_DAY = 3  # questions that a facilitator is sent a message of; more wait in the queue
REMINDED_AFTER = 8  # working hours, on their own clock, until somebody who was asked is reminded, once
MOST_ROUNDS = 3  # so often people are asked before the facilitators are


@dataclass(frozen=True, slots=True)
class Policy:
    """``at_once`` people are asked together, others after ``wait`` working hours; None: as shipped, by the community's size."""

    at_once: int | None = None
    wait: int | None = None
    whose_hours: Literal["community", "asker"] = "community"
    working: WorkingTime = field(default_factory=WorkingTime)

    def asked_at_once(self, members: int, rounds: int) -> int:
        """How many are asked now, in a community of so many members, after so many rounds of asking."""
        if self.at_once is not None:
            return self.at_once
        return 1 if members < SMALL_COMMUNITY and rounds == 0 else 3

    def hours_to_wait(self, members: int) -> int:
        if self.wait is not None:
            return self.wait
        return 4 if members < SMALL_COMMUNITY else 8

    def as_json(self) -> dict[str, Any]:
        return {
            "at_once": self.at_once,
            "wait": self.wait,
            "whose_hours": self.whose_hours,
            "days": sorted(self.working.days),
            "begins": self.working.begins,
            "ends": self.working.ends,
            "country": self.working.country,
        }


def policy_of(kept: Mapping[str, Any] | None) -> Policy:
    """A community's policy from what it keeps (``as_json``); the shipped one where it keeps nothing."""
    if not kept:
        return Policy()
    working = WorkingTime(frozenset(kept["days"]), kept["begins"], kept["ends"], kept["country"])
    return Policy(kept["at_once"], kept["wait"], kept["whose_hours"], working)
