"""Faults on request: a network and a platform that fail in the ways real ones do, for the bot's sending and editing."""

from __future__ import annotations

import asyncio
from random import Random
from typing import Annotated

from aiohttp import web
from pydantic import BaseModel, ConfigDict, Field

from adapters.local.chat.model import Problem

Chance = Annotated[float, Field(ge=0, le=1)]


class Plan(BaseModel):
    """Chances from 0 to 1 for each request; "before" and "after" mean before and after it took effect.

    ``seed`` makes a run repeatable; ``retry_after`` is in seconds.
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


class Faults:
    def __init__(self) -> None:
        self.set(Plan())

    def set(self, plan: Plan) -> None:
        self.plan = plan
        self._random = Random(plan.seed)

    async def before(self, request: web.Request) -> frozenset[str]:
        """Wait, and perhaps fail the request before it takes effect; the names drawn are for ``after``."""
        plan = self.plan
        # Always five draws, so that the same seed gives the same faults whatever the chances of the others are.
        names = ("rate_limit", "drop_before", "fail_before", "fail_after", "drop_after")
        drawn = frozenset([name for name in names if self._random.random() < getattr(plan, name)])
        await request.read()  # a client that hangs up while we are slow has asked all the same
        await asyncio.sleep(plan.slow_ms / 1000)
        if "rate_limit" in drawn:
            raise Problem(429, "rate_limited", "Too many requests.", retry_after=plan.retry_after)
        self._fail(request, drop="drop_before" in drawn, fail="fail_before" in drawn)
        return drawn

    def after(self, request: web.Request, drawn: frozenset[str]) -> None:
        self._fail(request, drop="drop_after" in drawn, fail="fail_after" in drawn)

    def _fail(self, request: web.Request, *, drop: bool, fail: bool) -> None:
        if drop and request.transport is not None:
            request.transport.abort()
        if drop or fail:
            raise Problem(500, "internal_error", "The chat service failed on request.")
