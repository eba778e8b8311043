"""Faults on request, and limits of requests: an API that fails in the ways the real one does."""

from __future__ import annotations

import asyncio
import json
import math
import re
import time
from collections import deque
from random import Random
from typing import Annotated, Literal

from aiohttp import web
from pydantic import BaseModel, ConfigDict, Field

Chance = Annotated[float, Field(ge=0, le=1)]
Headers = dict[str, str]
VIA = {"Via": "1.1 google"}  # clients take a 429 without it for a ban


class Plan(BaseModel):
    """Chances from 0 to 1 for each request; "before" and "after" mean before and after it took effect.

    ``seed`` makes a run repeatable; ``retry_after`` is in seconds; ``route`` is a regular expression that is searched in
    "POST /channels/123/messages".
    """

    model_config = ConfigDict(extra="forbid")
    slow_ms: Annotated[int, Field(ge=0, le=600_000)] = 0
    fail_before: Chance = 0
    fail_after: Chance = 0
    drop_before: Chance = 0
    drop_after: Chance = 0
    rate_limit: Chance = 0
    seed: int | None = None
    retry_after: Annotated[float, Field(ge=0)] = 1
    status: Literal[500, 502, 503, 504] = 502
    route: str = ""


class Fault(BaseModel):
    """One fault of so many ``times`` (None: until it is ended), on the requests that ``route`` is found in (see Plan)."""

    model_config = ConfigDict(extra="forbid")
    kind: Literal["rate_limit", "global_rate_limit", "fail", "drop", "delay", "refuse"]
    route: str = ""
    times: int | None = 1
    after: bool = False
    """The work was done before it failed."""
    status: int = 502
    code: int = 0
    """Discord's own, for "refuse"."""
    retry_after: float = 0.05
    seconds: float = 0.0
    via: bool = True
    """Whether a 429 comes from Discord itself or from what stands before it."""

    def fits(self, named: str, after: bool) -> bool:
        return self.times != 0 and self.after == after and re.search(self.route, named) is not None


class Broken(Exception):
    """A request that fails on request: what is answered instead; None cuts the connection."""

    def __init__(self, response: web.Response | None) -> None:
        self.response = response


class Faults:
    def __init__(self) -> None:
        self.one_by_one: list[Fault] = []
        self.happened: list[str] = []
        """What was done to which request, like "fail POST /channels/1/messages"."""
        self.set(Plan())

    def set(self, plan: Plan) -> None:
        self.plan = plan
        self._random = Random(plan.seed)

    def add(self, fault: Fault) -> None:
        self.one_by_one.append(fault)

    def clear(self) -> None:
        self.one_by_one.clear()
        self.set(Plan())

    async def before(self, named: str) -> frozenset[str]:
        """Wait, and perhaps fail the request before it takes effect; the names drawn are for ``after``."""
        await self._single(named, after=False)
        plan = self.plan
        if not re.search(plan.route, named):
            return frozenset()
        names = ("rate_limit", "drop_before", "fail_before", "fail_after", "drop_after")
        drawn = frozenset([name for name in names if self._random.random() < getattr(plan, name)])
        await asyncio.sleep(plan.slow_ms / 1000)
        if "rate_limit" in drawn:
            raise Broken(too_many(plan.retry_after))
        self._fail(named, drop="drop_before" in drawn, fail="fail_before" in drawn)
        return drawn

    async def after(self, named: str, drawn: frozenset[str]) -> None:
        await self._single(named, after=True)
        self._fail(named, drop="drop_after" in drawn, fail="fail_after" in drawn)

    def _fail(self, named: str, *, drop: bool, fail: bool) -> None:
        if drop or fail:
            self.happened.append(f"{'drop' if drop else 'fail'} {named}")
            raise Broken(None if drop else broken(self.plan.status))

    async def _single(self, named: str, after: bool) -> None:
        for fault in self.one_by_one:
            if not fault.fits(named, after):
                continue
            if fault.times is not None:
                fault.times -= 1
            self.happened.append(f"{fault.kind} {named}")
            if fault.kind == "delay":
                await asyncio.sleep(fault.seconds)
                continue
            raise Broken(self._answer(fault))

    def _answer(self, fault: Fault) -> web.Response | None:
        match fault.kind:
            case "rate_limit" | "global_rate_limit":
                everywhere = fault.kind == "global_rate_limit"
                return too_many(fault.retry_after, everywhere=everywhere, via=fault.via)
            case "fail":
                return broken(fault.status)
            case "refuse":
                return answer(fault.status, {"message": "Refused on request", "code": fault.code})
        return None


def answer(status: int, body: object, headers: Headers | None = None) -> web.Response:
    """Of exactly the content type that Discord's has."""
    return web.Response(
        status=status,
        body=json.dumps(body).encode(),
        content_type="application/json",
        headers={**VIA, **(headers or {})},
    )


def broken(status: int) -> web.Response:
    if status == 500:
        return answer(500, {"message": "500: Internal Server Error", "code": 0})
    return web.Response(status=status, text="<html><body>error</body></html>", content_type="text/html")


def too_many(retry_after: float, *, everywhere: bool = False, via: bool = True) -> web.Response:
    body = {"message": "You are being rate limited.", "retry_after": retry_after, "global": everywhere}
    headers = {"Retry-After": str(max(1, round(retry_after))), "X-RateLimit-Scope": "global" if everywhere else "user"}
    if everywhere:
        headers["X-RateLimit-Global"] = "true"
    else:
        headers |= {"X-RateLimit-Remaining": "0", "X-RateLimit-Reset-After": str(retry_after)}
    response = answer(429, body, headers)
    if not via:
        del response.headers["Via"]
    return response


class Limiter:
    """So many requests a second in all, and, where wanted, so many in so many seconds to each channel's messages."""

    def __init__(self, a_second: int | None) -> None:
        self.a_second = a_second
        self.per_channel: tuple[int, float] | None = None
        """How many messages, in how many seconds."""
        self._all: deque[float] = deque()
        self._channels: dict[str, deque[float]] = {}
        self._opens: deque[float] = deque()

    def check(self, method: str, path: str) -> Headers:
        """Headers for the answer. Raises Broken with a 429."""
        if path.startswith(("/interactions/", "/webhooks/")):
            return {}
        now = time.monotonic()
        headers: Headers = {}
        if self.per_channel and method == "POST" and (found := re.fullmatch(r"/channels/(\d+)/messages", path)):
            most, seconds = self.per_channel
            headers = self._take(self._channels.setdefault(found[1], deque()), most, seconds, now, everywhere=False)
            headers["X-RateLimit-Bucket"] = "messages"
        if self.a_second and (method, path) == ("POST", "/users/@me/channels"):
            # Discord tells this route's own limit in its answers alone. Without any told, discord.py asks one at a time.
            headers = self._take(self._opens, self.a_second, 1.0, now, everywhere=False)
            headers["X-RateLimit-Bucket"] = "conversations"
        if self.a_second:
            self._take(self._all, self.a_second, 1.0, now, everywhere=True)
        return headers

    def _take(self, taken: deque[float], most: int, seconds: float, now: float, *, everywhere: bool) -> Headers:
        while taken and taken[0] <= now - seconds:
            taken.popleft()
        if len(taken) >= most:
            free = taken[-most] + seconds - now  # rounded up: whoever waits exactly so long must not come too early
            raise Broken(too_many(math.ceil(free * 1000) / 1000, everywhere=everywhere))
        taken.append(now)
        left = taken[0] + seconds - now
        return {
            "X-RateLimit-Limit": str(most),
            "X-RateLimit-Remaining": str(most - len(taken)),
            "X-RateLimit-Reset-After": f"{left:.3f}",
            "X-RateLimit-Reset": f"{time.time() + left:.3f}",
        }
