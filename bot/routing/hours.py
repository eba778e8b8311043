"""Working time: which days and hours count, and when so many hours of it have passed, on somebody's own clock."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

import holidays

MINUTES_A_DAY = 24 * 60
LONGEST_BREAK = 60  # days: no calendar has that many days off in a row, so a search for the next one ends


@lru_cache(maxsize=64)
def _calendar(country: str) -> holidays.HolidayBase:
    name, _, part = country.partition("-")
    return holidays.country_holidays(name, subdiv=part or None)


def is_country(code: str) -> bool:
    """Whether public holidays are known for an ISO 3166 code like "GB" or "GB-SCT"."""
    name, _, part = code.partition("-")
    known = holidays.list_supported_countries(include_aliases=True)
    return name in known and (not part or part in known[name])


@dataclass(frozen=True, slots=True)
class WorkingTime:
    """Days of the week (0 is Monday), minutes after midnight, and the country ("GB", "GB-SCT") whose holidays are off."""

    days: frozenset[int] = frozenset(range(5))
    begins: int = 9 * 60
    ends: int = 17 * 60
    country: str = ""

    def __post_init__(self) -> None:
        if not self.days or not 0 <= self.begins < self.ends <= MINUTES_A_DAY:
            raise ValueError("working time needs a day, and hours that begin before they end")

    def is_working_day(self, day: date) -> bool:
        return day.weekday() in self.days and not (self.country and day in _calendar(self.country))

    def hours(self, day: date, zone: ZoneInfo) -> tuple[datetime, datetime] | None:
        """When work begins and ends on a day, UTC; nothing on a day off, or one that a zone leaves out."""
        if not self.is_working_day(day):
            return None
        # In UTC, so that a clock change inside the day neither adds nor takes an hour of work.
        begins, ends = (_instant(day, minutes, zone) for minutes in (self.begins, self.ends))
        # A zone that moves across the date line leaves a day out; its hours would be those of the next.
        return (begins, ends) if begins < ends and begins.astimezone(zone).date() == day else None

    def is_open(self, now: datetime, zone: ZoneInfo) -> bool:
        open_from = self.hours(now.astimezone(zone).date(), zone)
        return open_from is not None and open_from[0] <= now < open_from[1]

    def next_opening(self, now: datetime, zone: ZoneInfo) -> datetime:
        """When work begins next after ``now``, UTC."""
        today = now.astimezone(zone).date()
        for ahead in range(LONGEST_BREAK):
            hours = self.hours(today + timedelta(days=ahead), zone)
            if hours is not None and hours[0] > now:
                return hours[0]
        raise AssertionError("everybody works some day")

    def after(self, start: datetime, hours: float, zone: ZoneInfo) -> datetime:
        """The instant (UTC) at which ``hours`` of working time have passed since ``start``. Hours are positive."""
        left = timedelta(hours=hours)
        day = start.astimezone(zone).date()
        while True:
            open_from = self.hours(day, zone)
            if open_from is not None:
                begins, ends = max(start, open_from[0]), open_from[1]
                if begins < ends and begins + left <= ends:
                    return (begins + left).astimezone(UTC)
                left -= max(ends - begins, timedelta(0))
            day += timedelta(days=1)


def _instant(day: date, minutes: int, zone: ZoneInfo) -> datetime:
    if minutes == MINUTES_A_DAY:
        day, minutes = day + timedelta(days=1), 0
    return datetime.combine(day, time(minutes // 60, minutes % 60), zone).astimezone(UTC)
