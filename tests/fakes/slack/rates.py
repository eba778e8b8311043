"""Rate limits by tier, as buckets that refill."""

from __future__ import annotations

import json
import math
import time

from tests.fakes.slack import limits
from tests.fakes.slack.schemas import SPECS

SPECIAL = 300  # calls a minute of special methods: "hundreds"


class Rates:
    """``speed`` is how many times faster than in life a minute passes."""

    def __init__(self, mode: str = "off", speed: float = 1.0) -> None:
        if mode not in ("off", "tiers"):
            raise ValueError("limits are off or tiers")
        self.mode, self.speed = mode, speed
        self._tiers: dict[str, str] = json.loads((SPECS / "rate_limit_tiers.json").read_text())
        self._buckets: dict[tuple[str, ...], tuple[float, float]] = {}

    def wait(self, team: str, method: str, channel: str) -> int:
        """How many whole seconds the caller has to wait; 0 when the call may pass."""
        if self.mode == "off":
            return 0
        if method == "chat.postMessage":
            a_minute = limits.POSTS_PER_MINUTE
            there = self._take((team, method, channel), limits.POST_BURST, limits.POSTS_PER_SECOND)
            return there or self._take((team, method), a_minute, a_minute / 60)
        most = limits.CALLS_PER_MINUTE.get(self._tiers.get(method, ""), SPECIAL)
        return self._take((team, method), most, most / 60)

    def _take(self, key: tuple[str, ...], most: float, per_second: float) -> int:
        now, refill = time.monotonic(), per_second * self.speed
        left, since = self._buckets.get(key, (float(most), now))
        left = min(float(most), left + (now - since) * refill)
        if left >= 1:
            self._buckets[key] = (left - 1, now)
            return 0
        self._buckets[key] = (left, now)
        return max(1, math.ceil((1 - left) / refill))
