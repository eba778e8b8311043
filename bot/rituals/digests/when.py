"""When a digest comes next, on its reader's own clock. Pure."""

from __future__ import annotations

from datetime import date, datetime, timedelta

from bot.recurrence.rule import instant, local_wall
from bot.recurrence.words import DAY_NAMES
from storage.digests import AWAY, DAILY, MONTHLY, DigestPlan

DAY = timedelta(days=1)


def next_due(plan: DigestPlan, zone: str, away_until: date | None, now: datetime) -> datetime | None:
    """The instant (UTC) of the next digest after ``now``; nothing when none is to come: it is paused, or nobody is away."""
    if plan.paused:
        return None
    today = local_wall(now, zone).date()
    if plan.every == AWAY:
        had_it = plan.built_at is not None and away_until is not None and _on(plan.built_at, zone) > away_until
        days = [away_until + DAY, away_until + 2 * DAY] if away_until is not None and not had_it else []
    else:
        days = [today + number * DAY for number in range(63) if _is_a_day_of(plan, today + number * DAY)]
    instants = (
        instant(datetime.combine(day, datetime.min.time()) + timedelta(minutes=plan.minutes), zone) for day in days
    )
    return next((at for at in instants if at > now), None)


def _on(at: datetime, zone: str) -> date:
    return local_wall(at, zone).date()


def _is_a_day_of(plan: DigestPlan, day: date) -> bool:
    if plan.every == DAILY:
        return True
    return day.weekday() == plan.weekday and (plan.every != MONTHLY or day.day <= 7)


def said(plan: DigestPlan) -> str:
    """How often, in words: "Every Friday 16:00"."""
    at = f"{plan.minutes // 60:02}:{plan.minutes % 60:02}"
    if plan.every == AWAY:
        return f"After you were away, at {at}"
    if plan.every == DAILY:
        return f"Every day {at}"
    if plan.every == MONTHLY:
        return f"Every first {DAY_NAMES[plan.weekday]} of the month {at}"
    return f"Every {DAY_NAMES[plan.weekday]} {at}"
