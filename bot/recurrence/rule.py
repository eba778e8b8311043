"""A schedule: which local dates it falls on, at which wall time, and the instants these are in its zone.

A date is known by its key: the local date that the rule gave it ("2027-01-14"), whatever time or day it was moved to
later, or "extra:<id>" for one that was added by hand. So a date that has been dealt with stays known when the time or
the zone of the schedule changes.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, time, timedelta
from itertools import islice, takewhile
from types import MappingProxyType
from typing import Any
from zoneinfo import ZoneInfo

from dateutil.rrule import rrule, rrulestr

EXTRA = "extra:"
YEARS_AHEAD = 40  # a rule that gives nothing for so long gives nothing; 29 February may be 8 years away, or 12 or 20
LONGEST_GAP = timedelta(days=1)  # a zone that moves across the date line leaves out a whole day
_FREQUENCIES = ("DAILY", "WEEKLY", "MONTHLY", "YEARLY")
_NUMBERS = {"INTERVAL": 999, "COUNT": 9999, "BYMONTH": 12, "BYMONTHDAY": 31, "BYSETPOS": 366}  # and their highest value
_FROM_THE_END = {"BYMONTHDAY", "BYSETPOS"}  # may be negative
_SEVERAL = {"BYMONTH", "BYMONTHDAY", "BYSETPOS"}
_DAY = re.compile(r"([+-]?[1-9]\d?)?(MO|TU|WE|TH|FR|SA|SU)")


def rule_parts(rule: str) -> dict[str, str]:
    """The parts of an RFC 5545 rule by name. ValueError for one that no schedule may have."""
    parts: dict[str, str] = {}
    for part in rule.upper().split(";") if rule else []:
        name, _, value = part.partition("=")
        if name in parts or not value:
            raise ValueError(f"a schedule says each thing once: {part}")
        _check_part(name, value)
        parts[name] = value
    if parts and parts.get("FREQ") not in _FREQUENCIES:
        raise ValueError("a schedule repeats by days, weeks, months or years; make two schedules for two times a day")
    if "COUNT" in parts and "UNTIL" in parts:
        raise ValueError("a schedule ends after so many dates or on a day, not both")
    by_weeks = parts.get("FREQ") in ("DAILY", "WEEKLY")
    if by_weeks and re.search(r"\d", parts.get("BYDAY", "")):
        raise ValueError("a numbered day of the week needs a month or a year to be counted in")
    if parts.get("FREQ") == "WEEKLY" and "BYMONTHDAY" in parts:
        raise ValueError("a schedule by weeks has no days of the month")
    return parts


def _check_part(name: str, value: str) -> None:
    if name in ("BYHOUR", "BYMINUTE", "BYSECOND"):
        raise ValueError("the time of day is that of the first date; make two schedules for two times a day")
    if name == "UNTIL":
        _until(value)
    elif name in _NUMBERS:
        numbers = value.split(",")
        least = -_NUMBERS[name] if name in _FROM_THE_END else 1
        fits = all(re.fullmatch(r"[+-]?\d{1,4}", n) and least <= int(n) <= _NUMBERS[name] and int(n) for n in numbers)
        if not fits or (len(numbers) > 1 and name not in _SEVERAL):
            raise ValueError(f"{name} cannot be {value}")
    elif name == "BYDAY":
        if not all(_DAY.fullmatch(day) for day in value.split(",")):
            raise ValueError(f"{name} cannot be {value}")
    elif name != "FREQ":
        raise ValueError(f"a schedule cannot have {name or 'an empty part'}")


def _until(value: str) -> datetime:
    """The last wall time that a rule may give; a day counts to its end."""
    if not re.fullmatch(r"\d{8}(T\d{6})?", value):
        raise ValueError(f"the last day is a local date or time, like 20270630, not {value}")
    return datetime.fromisoformat(value if "T" in value else f"{value}T235959")


def rule_text(parts: Mapping[str, str]) -> str:
    return ";".join(f"{name}={value}" for name, value in parts.items())


@dataclass(frozen=True, slots=True)
class Recurrence:
    """A schedule. All times are naive wall times in ``zone`` (an IANA name).

    ``start``: no date is before it, and its time of day is that of all. ``rule``: RFC 5545 without DTSTART; empty for
    a single date. ``skipped``: local dates that the rule gives and that are left out. ``moved``: where such dates went
    instead. ``extra``: dates beside the rule, by an id of the caller's. ValueError when these make no schedule.
    """

    start: datetime
    zone: str
    rule: str = ""
    skipped: frozenset[date] = frozenset()
    moved: Mapping[date, datetime] = field(default_factory=dict)
    extra: Mapping[str, datetime] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if any(wall.tzinfo for wall in (self.start, *self.moved.values(), *self.extra.values())):
            raise ValueError("the times of a schedule are wall times in its zone")
        try:
            ZoneInfo(self.zone)
        except (ValueError, OSError, KeyError):  # an empty name, one of a folder, and one that is not known
            raise ValueError(f"{self.zone} is not a time zone") from None
        if not 1900 <= self.start.year < 3000:
            raise ValueError(f"the first date is too far away: {self.start}")
        rule_parts(self.rule)
        object.__setattr__(self, "moved", MappingProxyType(dict(self.moved)))
        object.__setattr__(self, "extra", MappingProxyType(dict(self.extra)))

    def to_json(self) -> dict[str, Any]:
        return {
            "start": self.start.isoformat(),
            "zone": self.zone,
            "rule": self.rule,
            "skipped": sorted(day.isoformat() for day in self.skipped),
            "moved": {day.isoformat(): wall.isoformat() for day, wall in sorted(self.moved.items())},
            "extra": {name: wall.isoformat() for name, wall in sorted(self.extra.items())},
        }

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Recurrence:
        return cls(
            start=datetime.fromisoformat(data["start"]),
            zone=data["zone"],
            rule=data["rule"],
            skipped=frozenset(date.fromisoformat(day) for day in data["skipped"]),
            moved={date.fromisoformat(day): datetime.fromisoformat(wall) for day, wall in data["moved"].items()},
            extra={name: datetime.fromisoformat(wall) for name, wall in data["extra"].items()},
        )


@dataclass(frozen=True, slots=True)
class Slot:
    """One date of a schedule: its key, the wall time its zone's clocks show, the instant (UTC), whether it was moved."""

    key: str
    wall: datetime
    at: datetime
    moved: bool


def slots_after(recurrence: Recurrence, after: datetime, limit: int) -> list[Slot]:
    """The next dates after an instant, at most so many; none when none comes within 40 years."""
    # A time that a clock change leaves out may take the place of the date after it: so one more than asked for.
    regular = list(islice((slot for slot in _regular(recurrence, after) if slot.at > after), limit + 1))
    return _in_order(regular + [slot for slot in _special(recurrence) if slot.at > after])[:limit]


def slots_between(recurrence: Recurrence, begins: datetime, ends: datetime) -> list[Slot]:
    """The dates from one instant up to another that is itself not included."""
    regular = list(takewhile(lambda slot: slot.at < ends, _regular(recurrence, begins)))
    return [slot for slot in _in_order(regular + list(_special(recurrence))) if begins <= slot.at < ends]


def is_a_date_of(recurrence: Recurrence, day: date) -> bool:
    """Whether the rule gives that local date, be it skipped or moved or not."""
    return next((wall.date() == day for wall in _walls(recurrence, datetime.combine(day, time.min))), False)


def count_before(recurrence: Recurrence, day: date) -> int:
    """How many dates the rule gives before a local date, skipped and moved ones among them."""
    return sum(1 for _ in takewhile(lambda wall: wall.date() < day, _walls(recurrence, recurrence.start)))


def instant(wall: datetime, zone: str) -> datetime:
    """A naive wall time in UTC: the first of two when clocks go back; moved on by the gap when they go forward."""
    return wall.replace(tzinfo=ZoneInfo(zone), fold=0).astimezone(UTC)


def local_wall(at: datetime, zone: str) -> datetime:
    """What clocks in a zone show at an instant, naive."""
    return at.astimezone(ZoneInfo(zone)).replace(tzinfo=None, fold=0)


def _slot(recurrence: Recurrence, key: str, wall: datetime, moved: bool) -> Slot:
    at = instant(wall, recurrence.zone)
    return Slot(key, local_wall(at, recurrence.zone), at, moved)


def _regular(recurrence: Recurrence, after: datetime) -> Iterator[Slot]:
    for wall in _walls(recurrence, local_wall(after, recurrence.zone) - 2 * LONGEST_GAP):
        day = wall.date()
        if day not in recurrence.skipped and day not in recurrence.moved:
            yield _slot(recurrence, day.isoformat(), wall, moved=False)


def _special(recurrence: Recurrence) -> Iterator[Slot]:
    for day, wall in recurrence.moved.items():
        if day not in recurrence.skipped:
            yield _slot(recurrence, day.isoformat(), wall, moved=True)
    for name, wall in recurrence.extra.items():
        yield _slot(recurrence, EXTRA + name, wall, moved=False)


def _in_order(slots: list[Slot]) -> list[Slot]:
    """By instant, one at each: where a whole day was left out, its time is that of the next day, which stays itself."""
    by_instant = {slot.at: slot for slot in sorted(slots, key=lambda slot: slot.key)}
    return [by_instant[at] for at in sorted(by_instant)]


def _walls(recurrence: Recurrence, begins: datetime) -> Iterator[datetime]:
    """The rule's naive wall times from ``begins`` on, one a local date, as far ahead as anybody looks."""
    parts = rule_parts(recurrence.rule)
    if not parts:
        yield from (wall for wall in (recurrence.start,) if wall >= begins)
        return
    horizon = max(begins, recurrence.start).replace(month=1, day=1) + timedelta(days=366 * YEARS_AHEAD)
    ends = min(horizon, _until(parts.pop("UNTIL"))) if "UNTIL" in parts else horizon
    # A rule that never matches is sought for until the year 9999. The calendar repeats every 400 years, so begin as
    # late as leaves room for the years ahead, and the search is over within 450 years of it.
    shift = (9999 - horizon.year) // 400 * 400
    rule = rrulestr(rule_text(parts), dtstart=recurrence.start.replace(year=recurrence.start.year + shift))
    assert isinstance(rule, rrule)
    for late in rule:
        wall = late.replace(year=late.year - shift)
        if wall > ends:
            return
        if wall >= begins:
            yield wall


# Changes. Each gives a new schedule (or two) and leaves the old as it was.


def skip(recurrence: Recurrence, key: str) -> Recurrence:
    """Without one date. ValueError when there is no such date."""
    name = _extra_name(recurrence, key)
    if name is not None:
        return replace(recurrence, extra={other: wall for other, wall in recurrence.extra.items() if other != name})
    return replace(recurrence, skipped=recurrence.skipped | {_regular_day(recurrence, key)})


def move(recurrence: Recurrence, key: str, to: datetime) -> Recurrence:
    """One date at another wall time; it keeps its key. ValueError for no such date, or where there is one already."""
    name = _extra_name(recurrence, key)
    without = skip(recurrence, key)
    _expect_free(without, to)
    if name is not None:
        return replace(recurrence, extra={**recurrence.extra, name: to})
    day = _regular_day(recurrence, key)
    return replace(recurrence, skipped=recurrence.skipped - {day}, moved={**recurrence.moved, day: to})


def add_extra(recurrence: Recurrence, name: str, wall: datetime) -> Recurrence:
    """One more date beside the rule, with the key "extra:<name>". ValueError where there is a date already."""
    if name in recurrence.extra:
        raise ValueError("that extra date has been added already")
    _expect_free(recurrence, wall)
    return replace(recurrence, extra={**recurrence.extra, name: wall})


def edit_all(
    recurrence: Recurrence, *, rule: str | None = None, start: datetime | None = None, zone: str | None = None
) -> Recurrence:
    """Another rule, start or zone; dates that were skipped or moved stay so where the new rule still gives them."""
    edited = replace(
        recurrence,
        rule=recurrence.rule if rule is None else rule,
        start=start or recurrence.start,
        zone=zone or recurrence.zone,
    )
    return replace(
        edited,
        skipped=frozenset(day for day in edited.skipped if is_a_date_of(edited, day)),
        moved={day: wall for day, wall in edited.moved.items() if is_a_date_of(edited, day)},
    )


def edit_following(
    recurrence: Recurrence,
    key: str,
    *,
    rule: str | None = None,
    start: datetime | None = None,
    zone: str | None = None,
) -> tuple[Recurrence, Recurrence]:
    """The schedule as it was, ending before a date, and the one that begins there. ValueError when there is no such date.

    Without ``rule`` the new one keeps the rule and what is left of its number of dates.
    """
    if key.startswith(EXTRA):
        raise ValueError("nothing follows an extra date")
    day = _regular_day(recurrence, key)
    parts = rule_parts(recurrence.rule)
    if "COUNT" in parts:
        parts["COUNT"] = str(int(parts["COUNT"]) - count_before(recurrence, day))
    before = {name: value for name, value in parts.items() if name != "COUNT"}
    before.setdefault("FREQ", "DAILY")  # a single date has no rule that could end
    before["UNTIL"] = f"{day - timedelta(days=1):%Y%m%d}"
    ended = replace(
        recurrence,
        rule=rule_text(before),
        skipped=frozenset(other for other in recurrence.skipped if other < day),
        moved={other: wall for other, wall in recurrence.moved.items() if other < day},
        extra={name: wall for name, wall in recurrence.extra.items() if wall.date() < day},
    )
    rest = replace(
        recurrence,
        start=datetime.combine(day, recurrence.start.time()),
        rule=rule_text(parts),
        extra={name: wall for name, wall in recurrence.extra.items() if wall.date() >= day},
    )
    return ended, edit_all(rest, rule=rule, start=start, zone=zone)


def _extra_name(recurrence: Recurrence, key: str) -> str | None:
    if not key.startswith(EXTRA):
        return None
    name = key.removeprefix(EXTRA)
    if name not in recurrence.extra:
        raise ValueError("there is no such extra date")
    return name


def _regular_day(recurrence: Recurrence, key: str) -> date:
    day = date.fromisoformat(key)
    if not is_a_date_of(recurrence, day):
        raise ValueError(f"the schedule has no date on {key}")
    return day


def _expect_free(recurrence: Recurrence, wall: datetime) -> None:
    at = instant(wall, recurrence.zone)
    if slots_between(recurrence, at, at + timedelta(seconds=1)):
        raise ValueError("the schedule has a date at that time already")
