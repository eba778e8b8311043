"""What goes wrong on purpose."""

from __future__ import annotations

import random
from dataclasses import dataclass, field

AROUND_CALLS = ("drop_before", "store_then_drop", "error_500_before", "error_500_after", "ratelimited", "delay")
AROUND_EVENTS = ("duplicate_events", "reorder_events", "lose_acks")
ELSEWHERE = ("upload_fails",)


@dataclass
class Faults:
    """Each fault is a whole number, which counts down with every use, or a fraction, which is a probability.

    drop_before: the connection is cut before anything is done. store_then_drop: after it is done, unanswered.
    error_500_before, error_500_after: answered with 500, nothing or all done. ratelimited: 429 with ``retry_after``
    seconds. delay: the answer comes ``delay_seconds`` late. ``methods``: of calls, only these; empty for all.
    duplicate_events: an event is sent twice. reorder_events: after the one that follows it. lose_acks: what the app
    answered did not arrive. upload_fails: a file's upload ends with 500, and nothing is kept of it.
    """

    plan: dict[str, float] = field(default_factory=dict)
    methods: tuple[str, ...] = ()
    retry_after: int = 1
    delay_seconds: float = 0.1
    used: list[tuple[str, str]] = field(default_factory=list)  # which fault met which method

    def set(
        self, *, methods: tuple[str, ...] = (), retry_after: int = 1, delay_seconds: float = 0.1, **plan: float
    ) -> None:
        """Replaces all that was planned; nothing given ends all faults. Raises ValueError for an unknown one."""
        if unknown := plan.keys() - {*AROUND_CALLS, *AROUND_EVENTS, *ELSEWHERE}:
            raise ValueError(f"no such faults: {sorted(unknown)}")
        self.plan, self.methods = dict(plan), tuple(methods)
        self.retry_after, self.delay_seconds = retry_after, delay_seconds

    def for_call(self, method: str) -> str:
        """The fault that this call meets, or ""."""
        if self.methods and method not in self.methods:
            return ""
        return next((name for name in AROUND_CALLS if self.takes(name, method)), "")

    def takes(self, name: str, what: str = "") -> bool:
        """Whether this fault happens now."""
        left = self.plan.get(name, 0)
        if isinstance(left, float):
            happens = random.random() < left
        else:
            happens = left > 0
            if happens:
                self.plan[name] = left - 1
        if happens:
            self.used.append((name, what))
        return happens
