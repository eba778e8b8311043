"""How much is taken on at once, and from one person."""

from __future__ import annotations

import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass

from bot.core.events import Ref

REMEMBERED_PEOPLE = 10_000


@dataclass(frozen=True, slots=True)
class Limits:
    """Seconds and counts. Both platforms wait 3 s for an acknowledgement; ``acknowledge_within`` leaves room to store the
    event and to send it.
    """

    acknowledge_within: float = 1.5
    form_within: float = 1.5
    prepare_within: float = 10.0
    in_flight: int = 200
    burst_per_person: int = 30
    per_person_per_second: float = 1.0
    tries: int = 5


class PersonRate:
    """A bucket per person: ``burst`` events at once, then ``per_second``. Kept in memory: it protects this process."""

    def __init__(self, burst: int, per_second: float, seconds: Callable[[], float] = time.monotonic) -> None:
        self._burst, self._per_second, self._seconds = burst, per_second, seconds
        self._buckets: OrderedDict[Ref, tuple[float, float]] = OrderedDict()

    def allows(self, who: Ref) -> bool:
        now = self._seconds()
        left, since = self._buckets.pop(who, (float(self._burst), now))
        left = min(self._burst, left + (now - since) * self._per_second)
        allowed = left >= 1
        self._buckets[who] = (left - 1 if allowed else left, now)
        if len(self._buckets) > REMEMBERED_PEOPLE:
            self._buckets.popitem(last=False)
        return allowed
