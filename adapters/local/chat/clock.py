"""The workspace's clock, which can be put forward so that one need not wait for tomorrow."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta
from typing import Annotated
from zoneinfo import ZoneInfo

import aiosqlite
from aiohttp import web
from pydantic import Field

from adapters.local.chat import directory
from adapters.local.chat.changes import EVERYTHING
from adapters.local.chat.http import body, ok
from adapters.local.chat.model import Json, Problem
from adapters.local.chat.native import Strict
from adapters.local.chat.workspace import WORKSPACE_KEY, Workspace
from bot.core.clock import Clock, MovableClock

LONGEST = 366 * 24 * 3600  # seconds at once
FURTHEST = timedelta(days=3660)
MORNING = time(9)
AHEAD = "clock_ahead_seconds"

routes = web.RouteTableDef()


class Advance(Strict):
    advance_seconds: Annotated[float, Field(gt=0, le=LONGEST, allow_inf_nan=False)]


def ahead(clock: Clock) -> timedelta:
    return clock.ahead if isinstance(clock, MovableClock) else timedelta(0)


def next_morning(now: datetime, zone: str) -> datetime:
    """The next 9:00 of a Monday to Friday, there, that is still to come."""
    here = now.astimezone(ZoneInfo(zone))
    day = here.date()
    while True:
        found = datetime.combine(day, MORNING, here.tzinfo)
        if found > here and day.weekday() < 5:
            return found
        day += timedelta(days=1)


async def resume(workspace: Workspace) -> None:
    """Put the clock as far ahead as it was when the service stopped. A clock that plays the past is left alone."""
    clock = workspace.clock
    if not isinstance(clock, MovableClock) or clock.ahead < timedelta(0):
        return
    async with workspace.store.transaction() as db:
        rows = await db.execute_fetchall("SELECT value FROM setting WHERE name = ?", (AHEAD,))
    stored = timedelta(seconds=max((float(row["value"]) for row in rows), default=0.0))
    if stored > clock.ahead:
        clock.advance(stored - clock.ahead)


async def _keep(db: aiosqlite.Connection, seconds: float) -> None:
    await db.execute(
        "INSERT INTO setting VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET value = excluded.value",
        (AHEAD, str(seconds)),
    )


@routes.get("/api/clock")
async def show(request: web.Request) -> web.Response:
    """``person``: whose next working morning is told, too."""
    workspace = request.app[WORKSPACE_KEY]
    answer = _told(workspace)
    if "person" in request.query:
        async with workspace.store.transaction() as db:
            person = await directory.person(db, request.query["person"])
        now = workspace.clock.now()
        answer["seconds_to_morning"] = (next_morning(now, person.zone) - now).total_seconds()
    return ok(**answer)


@routes.post("/api/clock")
async def advance(request: web.Request) -> web.Response:
    workspace, given = request.app[WORKSPACE_KEY], await body(request, Advance)
    clock, by = workspace.clock, timedelta(seconds=given.advance_seconds)
    if not isinstance(clock, MovableClock):
        raise Problem(
            409, "fixed_clock", "This workspace goes by the machine's own clock, which cannot be put forward."
        )
    if clock.ahead + by > FURTHEST:
        raise Problem(409, "too_far", "The clock is years ahead already; it goes no further.")
    async with workspace.store.transaction() as db:
        clock.advance(by)
        if clock.ahead > timedelta(0):
            await _keep(db, clock.ahead.total_seconds())
        workspace.changes.tell([person.id for person in await directory.people(db)], EVERYTHING)
    return ok(**_told(workspace))


def _told(workspace: Workspace) -> Json:
    return {
        "now": workspace.clock.now().astimezone(UTC).isoformat(),
        "ahead_seconds": ahead(workspace.clock).total_seconds(),
        "movable": isinstance(workspace.clock, MovableClock),
    }
