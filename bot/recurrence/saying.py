"""A schedule said in plain English, its next dates in several zones, and the clock changes among them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

from bot.recurrence.rule import Recurrence, Slot, local_wall, rule_parts, slots_after
from bot.recurrence.words import DAY_NAMES, MONTH_NAMES, ORDINALS, ordinal_ending

DATES_SHOWN = 6
ZONES_SHOWN = 3
NAMED_DATES = 3  # that a schedule leaves out; more are counted
CODES = "MO TU WE TH FR SA SU".split()
WORKDAYS = CODES[:5]
_UNITS = {"DAILY": "day", "WEEKLY": "week", "MONTHLY": "month", "YEARLY": "year"}


def in_words(recurrence: Recurrence, *, with_time: bool = True) -> str:
    """One line, like "Every Thursday at 12:30, Europe/London; not in August; until 30 June 2027"."""
    parts = rule_parts(recurrence.rule)
    said = _pattern(parts, recurrence.start) if parts else on_day(recurrence.start)
    if with_time:
        said += f" at {recurrence.start:%H:%M}, {recurrence.zone}"
    if int(parts.get("INTERVAL", "1")) > 1:
        said += f", from {plain_date(recurrence.start)}"  # it tells which of the weeks or months
    return "; ".join([said, *_months(parts), *_end(parts), *_exceptions(recurrence)])


def plain_date(day: date) -> str:
    return f"{day.day} {MONTH_NAMES[day.month - 1]} {day.year}"


def on_day(day: date) -> str:
    return f"{DAY_NAMES[day.weekday()]} {plain_date(day)}"


def listed(items: Sequence[str]) -> str:
    return " and ".join(filter(None, [", ".join(items[:-1]), items[-1]])) if items else ""


def _pattern(parts: dict[str, str], start: datetime) -> str:
    frequency, interval, days = parts["FREQ"], int(parts.get("INTERVAL", "1")), _codes(parts)
    if set(parts) & {"BYSETPOS", "BYMONTHDAY"} or any(code not in CODES for code in days):
        return _in_month(parts, interval) or "On dates with a rule of their own"
    if frequency == "YEARLY" and not days and len(parts.get("BYMONTH", "1").split(",")) == 1:
        month = int(parts.get("BYMONTH", start.month))
        return f"{_every('year', interval)} on {start.day} {MONTH_NAMES[month - 1]}"
    if frequency == "MONTHLY" and not days:
        return f"The {start.day}{ordinal_ending(start.day)} {_of_months(interval)}"
    if frequency == "DAILY" and not days:
        return _every("day", interval)
    if frequency == "WEEKLY" or (frequency == "DAILY" and interval == 1):
        return _weekly(days or [CODES[start.weekday()]], interval)
    return "On dates with a rule of their own"


def _codes(parts: dict[str, str]) -> list[str]:
    return parts["BYDAY"].split(",") if "BYDAY" in parts else []


def _every(unit: str, interval: int) -> str:
    return {1: f"Every {unit}", 2: f"Every other {unit}"}.get(interval, f"Every {interval} {unit}s")


def _of_months(interval: int) -> str:
    return "of the month" if interval == 1 else f"of {_every('month', interval).lower()}"


def _weekly(codes: list[str], interval: int) -> str:
    names = listed([_day_name(code) for code in CODES if code in codes])
    if interval == 1:
        return "Every weekday" if set(codes) == set(WORKDAYS) else f"Every {names}"
    return f"Every other {names}" if interval == 2 and len(codes) == 1 else f"{_every('week', interval)} on {names}"


def _in_month(parts: dict[str, str], interval: int) -> str:
    """Days of a month; empty for a rule that there are no plain words for."""
    frequency, codes = parts["FREQ"], _codes(parts)
    month_days = parts["BYMONTHDAY"].split(",") if "BYMONTHDAY" in parts else []
    one_month = "BYMONTH" in parts and "," not in parts["BYMONTH"]
    if frequency == "YEARLY" and one_month and len(month_days) == 1 and int(month_days[0]) > 0 and not codes:
        return f"{_every('year', interval)} on {month_days[0]} {MONTH_NAMES[int(parts['BYMONTH']) - 1]}"
    if frequency != "MONTHLY":
        return ""
    which = ""
    places = parts["BYSETPOS"].split(",") if "BYSETPOS" in parts else []
    if places and set(codes) == set(WORKDAYS) and not month_days and all(_can_be_said(place) for place in places):
        which = f"{listed([_place(place) for place in places])} working day"
    elif month_days and not codes and not places and all(int(day) > 0 or day == "-1" for day in month_days):
        which = listed([_month_day(day) for day in month_days])
    elif codes and not month_days and not places:
        which = _numbered_days(codes)
    return f"The {which} {_of_months(interval)}" if which else ""


def _numbered_days(codes: list[str]) -> str:
    """ "first and third Monday", or "first Monday and third Thursday"; empty where a day has no number, or a rare one."""
    by_day: dict[str, list[str]] = {}
    for code in codes:
        if not _can_be_said(code[:-2] or "0"):
            return ""
        by_day.setdefault(code[-2:], []).append(_place(code[:-2]))
    return listed([f"{listed(places)} {_day_name(code)}" for code, places in by_day.items()])


def _can_be_said(place: str) -> bool:
    return int(place) == -1 or 1 <= int(place) <= len(ORDINALS)


def _place(place: str) -> str:
    return "last" if int(place) == -1 else ORDINALS[int(place) - 1]


def _month_day(day: str) -> str:
    return "last day" if day == "-1" else f"{int(day)}{ordinal_ending(int(day))}"


def _day_name(code: str) -> str:
    return DAY_NAMES[CODES.index(code)]


def _months(parts: dict[str, str]) -> list[str]:
    if "BYMONTH" not in parts or parts["FREQ"] == "YEARLY":
        return []
    months = [int(month) for month in parts["BYMONTH"].split(",")]
    others = [month for month in range(1, 13) if month not in months]
    if others and len(others) < len(months):
        return [f"not in {listed([MONTH_NAMES[month - 1] for month in others])}"]
    return [f"only in {listed([MONTH_NAMES[month - 1] for month in sorted(months)])}"]


def _end(parts: dict[str, str]) -> list[str]:
    if "COUNT" in parts:
        return ["once" if parts["COUNT"] == "1" else f"{parts['COUNT']} times"]
    if "UNTIL" in parts:
        return [f"until {plain_date(date.fromisoformat(parts['UNTIL'][:8]))}"]
    return []


def _exceptions(recurrence: Recurrence) -> list[str]:
    said = []
    skipped = sorted(recurrence.skipped)
    if len(skipped) > NAMED_DATES:
        said.append(f"not on {len(skipped)} dates")
    elif skipped:
        said.append(f"not on {listed([plain_date(day) for day in skipped])}")
    for changed, what in ((recurrence.moved, "moved"), (recurrence.extra, "added")):
        if changed:
            said.append("one date " + what if len(changed) == 1 else f"{len(changed)} dates {what}")
    return said


def next_dates(
    recurrence: Recurrence, after: datetime, other_zones: Sequence[str] = (), limit: int = DATES_SHOWN
) -> list[str]:
    """The dates after an instant, a line each, in the schedule's zone and two others at most; then clock changes.

    An empty list when no date is left.
    """
    slots = slots_after(recurrence, after, limit)
    zones = [recurrence.zone, *(zone for zone in dict.fromkeys(other_zones) if zone != recurrence.zone)][:ZONES_SHOWN]
    lines = [
        " · ".join(f"{_on_clock(slot, zone, whole=number == 0)} {zone}" for number, zone in enumerate(zones))
        for slot in slots
    ]
    return lines + clock_changes_between(recurrence, slots, zones[1:])


def _on_clock(slot: Slot, zone: str, *, whole: bool) -> str:
    """The day with it if it is to be told whole, or is another than in the schedule's zone."""
    wall = local_wall(slot.at, zone)
    return f"{on_day(wall)} {wall:%H:%M}" if whole or wall.date() != slot.wall.date() else f"{wall:%H:%M}"


def clock_changes_between(recurrence: Recurrence, slots: Sequence[Slot], other_zones: Sequence[str] = ()) -> list[str]:
    """A sentence for each clock change between two dates: of the schedule's own zone, and where the hour differs after it."""
    warnings = []
    for before, after in pairwise(slots):
        if _offset(before, recurrence.zone) != _offset(after, recurrence.zone):
            days = f"{plain_date(before.wall)} and {plain_date(after.wall)}"
            warnings.append(f"The clocks change in {recurrence.zone} between {days}.")
        for zone in other_zones:
            if _apart(before, recurrence.zone, zone) != _apart(after, recurrence.zone, zone):
                shown = local_wall(after.at, zone)
                earlier = shown - (_apart(after, recurrence.zone, zone) - _apart(before, recurrence.zone, zone))
                warnings.append(
                    f"From {plain_date(shown)} on it is at {shown:%H:%M} in {zone} instead of {earlier:%H:%M}."
                )
    return warnings


def _offset(slot: Slot, zone: str) -> timedelta:
    return slot.at.astimezone(ZoneInfo(zone)).utcoffset() or timedelta(0)


def _apart(slot: Slot, zone: str, other: str) -> timedelta:
    return _offset(slot, other) - _offset(slot, zone)
