"""Working time: when so many working hours have passed, on a community's own clock."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

BEGINS, ENDS = time(9), time(17)
WORKING_DAYS = range(5)  # Monday to Friday


def after_working_hours(start: datetime, hours: float, zone: str) -> datetime:
    """The instant (UTC) at which ``hours`` of working time have passed since ``start``. Hours are positive."""
    here = ZoneInfo(zone)
    left = timedelta(hours=hours)
    day = start.astimezone(here).date()
    while True:
        # In UTC, so that a clock change inside the day neither adds nor takes an hour of work.
        opens, ends = (datetime.combine(day, at, here).astimezone(UTC) for at in (BEGINS, ENDS))
        # A zone that moves across the date line leaves a day out; its hours would be those of the next.
        if day.weekday() in WORKING_DAYS and opens.astimezone(here).date() == day:
            begins = max(start, opens)
            if begins < ends and begins + left <= ends:
                return (begins + left).astimezone(UTC)
            left -= max(ends - begins, timedelta(0))
        day += timedelta(days=1)
