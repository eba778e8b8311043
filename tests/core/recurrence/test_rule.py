"""Which dates a schedule falls on, and when: against two other readings of the same rules, and through clock changes."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo, available_timezones

import dateutil.rrule
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rrule import build_rruleset

from bot.recurrence.rule import (
    Recurrence,
    Slot,
    add_extra,
    edit_all,
    edit_following,
    instant,
    is_a_date_of,
    local_wall,
    move,
    skip,
    slots_after,
    slots_between,
)

CODES = "MO TU WE TH FR SA SU".split()
YEARS = 20
ZONES = sorted(available_timezones())


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def keys(slots: list[Slot]) -> list[str]:
    return [slot.key for slot in slots]


def walls(recurrence: Recurrence, after: str, limit: int) -> list[str]:
    return [slot.wall.isoformat(" ", "minutes") for slot in slots_after(recurrence, at(after), limit)]


@st.composite
def rules(draw: st.DrawFn, start: datetime) -> str:
    frequency = draw(st.sampled_from(["DAILY", "WEEKLY", "MONTHLY", "YEARLY"]))
    monthly = frequency in ("MONTHLY", "YEARLY")
    parts = [f"FREQ={frequency}", f"INTERVAL={draw(st.integers(1, 13))}"]
    ends = draw(st.sampled_from(["never", "count", "until"]))
    if ends == "count":
        parts.append(f"COUNT={draw(st.integers(1, 40))}")
    if ends == "until":  # the other implementation refuses one before the first date
        parts.append(f"UNTIL={start + timedelta(days=draw(st.integers(0, 4000))):%Y%m%d}T235959")
    if draw(st.booleans()):
        parts.append(f"BYMONTH={','.join(map(str, draw(st.sets(st.integers(1, 12), min_size=1))))}")
    days = draw(st.lists(st.sampled_from(CODES), unique=True, max_size=5))
    month_days = (
        draw(st.sets(st.sampled_from([1, 13, 15, 28, 29, 30, 31, -1, -2, -31]), max_size=3)) if monthly else set()
    )
    if days and frequency == "MONTHLY" and not month_days and draw(st.booleans()):
        days = [f"{draw(st.sampled_from([1, 2, 3, 4, 5, -1, -2]))}{day}" for day in days]
    if month_days:
        parts.append(f"BYMONTHDAY={','.join(map(str, month_days))}")
    if days:
        parts.append(f"BYDAY={','.join(days)}")
    if monthly and (days or month_days) and draw(st.booleans()):
        parts.append(f"BYSETPOS={draw(st.sampled_from([1, 2, 3, -1, -2]))}")
    return ";".join(parts)


STARTS = st.datetimes(datetime(2004, 1, 1), datetime(2009, 1, 1)).map(lambda day: day.replace(second=0, microsecond=0))
RULES = STARTS.flatmap(lambda start: st.tuples(st.just(start), rules(start)))


def by_another_implementation(start: datetime, rule: str, ends: datetime) -> list[datetime]:
    """By a library in another language. In UTC, where no clock changes; it wants the end of a rule there too."""
    zone = ZoneInfo("UTC")
    found = build_rruleset(start.replace(tzinfo=zone), ["RRULE:" + rule.replace("T235959", "T235959Z")])
    return [
        wall.replace(tzinfo=None) for wall in found.between(start.replace(tzinfo=zone), ends.replace(tzinfo=zone), 9999)
    ]


def by_walking(start: datetime, rule: str, ends: datetime) -> list[datetime]:
    """Day by day, asking of each whether the rule gives it: slow and plain. Rules by days, weeks and months only."""
    parts = dict(part.split("=") for part in rule.split(";"))
    interval, frequency = int(parts["INTERVAL"]), parts["FREQ"]
    found: list[datetime] = []
    periods: dict[int, list[date]] = {}
    day = start.date().replace(day=1) - timedelta(days=7)
    while day <= ends.date() + timedelta(days=31):
        monday = day - timedelta(days=day.weekday())
        first_monday = start.date() - timedelta(days=start.weekday())
        period = {
            "DAILY": (day - start.date()).days,
            "WEEKLY": (monday - first_monday).days // 7,
            "MONTHLY": (day.year - start.year) * 12 + day.month - start.month,
        }[frequency]
        if period >= 0 and period % interval == 0 and fits(day, parts, start):
            periods.setdefault(period, []).append(day)
        day += timedelta(days=1)
    for group in periods.values():
        place = int(parts.get("BYSETPOS", "0"))
        picked = group if not place else group[place - 1 : place] if place > 0 else group[place : place + 1 or None]
        if place < 0 and -place > len(group):
            picked = []
        found += [datetime.combine(day, start.time()) for day in picked]
    found = [wall for wall in found if wall >= start]
    if "UNTIL" in parts:
        found = [wall for wall in found if wall <= datetime.fromisoformat(parts["UNTIL"])]
    return [wall for wall in found[: int(parts.get("COUNT", "99999"))] if wall < ends]


def fits(day: date, parts: dict[str, str], start: datetime) -> bool:
    length = ((day.replace(day=1) + timedelta(days=31)).replace(day=1) - day.replace(day=1)).days
    if "BYMONTH" in parts and day.month not in map(int, parts["BYMONTH"].split(",")):
        return False
    if "BYMONTHDAY" in parts and not {day.day, day.day - length - 1} & set(map(int, parts["BYMONTHDAY"].split(","))):
        return False
    name, from_first, from_last = CODES[day.weekday()], (day.day - 1) // 7 + 1, -((length - day.day) // 7 + 1)
    if "BYDAY" in parts and not {name, f"{from_first}{name}", f"{from_last}{name}"} & set(parts["BYDAY"].split(",")):
        return False
    if "BYDAY" in parts or "BYMONTHDAY" in parts or parts["FREQ"] == "DAILY":
        return True
    return day.weekday() == start.weekday() if parts["FREQ"] == "WEEKLY" else day.day == start.day


@settings(max_examples=120, deadline=None)
@given(RULES)
def test_two_other_readings_find_the_same_dates(case: tuple[datetime, str]) -> None:
    start, rule = case
    ends = start + timedelta(days=365 * YEARS)
    slots = slots_between(Recurrence(start, "UTC", rule), start.replace(tzinfo=UTC), ends.replace(tzinfo=UTC))
    found = [slot.wall for slot in slots]
    assert found == [wall for wall in by_another_implementation(start, rule, ends) if wall < ends]
    if "YEARLY" not in rule:
        assert found == by_walking(start, rule, ends)


@settings(max_examples=120, deadline=None)
@given(RULES, st.sampled_from(ZONES), st.integers(0, 365 * YEARS))
def test_in_every_zone_dates_come_once_in_order_and_at_their_wall_time(
    case: tuple[datetime, str], zone: str, days: int
) -> None:
    start, rule = case
    recurrence = Recurrence(start, zone, rule)
    begins = start.replace(tzinfo=UTC) - timedelta(days=2)
    ends = begins + timedelta(days=365 * YEARS)
    slots = slots_between(recurrence, begins, ends)
    assert all(first.at < second.at for first, second in pairwise(slots))
    assert len(set(keys(slots))) == len(slots)
    for slot in slots:
        nominal = datetime.combine(date.fromisoformat(slot.key), start.time())
        assert slot.wall == slot.at.astimezone(ZoneInfo(zone)).replace(tzinfo=None, fold=0)
        if slot.wall != nominal:  # only where the clocks leave that time out, and then by what they leave out
            before = nominal.replace(tzinfo=ZoneInfo(zone), fold=0).utcoffset()
            after = nominal.replace(tzinfo=ZoneInfo(zone), fold=1).utcoffset()
            assert before is not None
            assert after is not None
            assert slot.wall - nominal == after - before > timedelta(0)
    # Nothing is missing but a day that the zone itself left out, and whose time is that of the next.
    last = start + timedelta(days=365 * YEARS - 9)
    given = {wall.date() for wall in by_another_implementation(start, rule, last) if wall.date() < last.date()}
    found = {date.fromisoformat(slot.key) for slot in slots if slot.key < last.date().isoformat()}
    taken = {slot.wall.date() for slot in slots}
    assert found <= given
    assert all(day + timedelta(days=1) in taken for day in given - found)

    now = begins + timedelta(days=days)
    following = [slot for slot in slots_after(recurrence, now, 3) if slot.at < ends]
    assert following == [slot for slot in slots if slot.at > now][:3]


@pytest.mark.parametrize(
    ("zone", "start", "rule", "after", "expected"),
    [
        (
            "Europe/London",
            "2026-03-23T09:00",
            "FREQ=WEEKLY",
            "2026-03-01T00:00",
            ["2026-03-23T09:00", "2026-03-30T08:00"],
        ),
        (
            "Europe/London",
            "2026-10-19T09:00",
            "FREQ=WEEKLY",
            "2026-10-01T00:00",
            ["2026-10-19T08:00", "2026-10-26T09:00"],
        ),
        # 01:30 is left out, and an hour on it is 02:30 in summer; in autumn it comes twice, and the first counts.
        (
            "Europe/London",
            "2026-03-28T01:30",
            "FREQ=DAILY",
            "2026-03-28T00:00",
            ["2026-03-28T01:30", "2026-03-29T01:30"],
        ),
        (
            "Europe/London",
            "2026-10-24T01:30",
            "FREQ=DAILY",
            "2026-10-24T00:00",
            ["2026-10-24T00:30", "2026-10-25T00:30"],
        ),
        (
            "America/New_York",
            "2026-03-07T02:30",
            "FREQ=DAILY",
            "2026-03-07T00:00",
            ["2026-03-07T07:30", "2026-03-08T07:30"],
        ),
        (
            "America/New_York",
            "2026-10-31T12:00",
            "FREQ=DAILY",
            "2026-10-31T00:00",
            ["2026-10-31T16:00", "2026-11-01T17:00"],
        ),
        (
            "Australia/Sydney",
            "2026-04-04T10:00",
            "FREQ=DAILY",
            "2026-04-03T00:00",
            ["2026-04-03T23:00", "2026-04-05T00:00"],
        ),
        # Half an hour is left out on Lord Howe, from 02:00 on.
        (
            "Australia/Lord_Howe",
            "2026-10-03T02:15",
            "FREQ=DAILY",
            "2026-10-01T00:00",
            ["2026-10-02T15:45", "2026-10-03T15:45"],
        ),
        (
            "Australia/Lord_Howe",
            "2026-10-03T10:00",
            "FREQ=DAILY",
            "2026-10-01T00:00",
            ["2026-10-02T23:30", "2026-10-03T23:00"],
        ),
        # Apia had no 30 December 2011: one of every day goes on with the 31st, one of every Friday is a day late.
        (
            "Pacific/Apia",
            "2011-12-29T10:00",
            "FREQ=DAILY",
            "2011-12-29T00:00",
            ["2011-12-29T20:00", "2011-12-30T20:00"],
        ),
        (
            "Pacific/Apia",
            "2011-12-23T10:00",
            "FREQ=WEEKLY",
            "2011-12-23T00:00",
            ["2011-12-23T20:00", "2011-12-30T20:00"],
        ),
        # Casablanca is an hour behind itself in Ramadan.
        (
            "Africa/Casablanca",
            "2026-02-14T10:00",
            "FREQ=DAILY",
            "2026-02-14T00:00",
            ["2026-02-14T09:00", "2026-02-15T10:00"],
        ),
        (
            "Africa/Casablanca",
            "2026-03-21T10:00",
            "FREQ=DAILY",
            "2026-03-21T00:00",
            ["2026-03-21T10:00", "2026-03-22T09:00"],
        ),
    ],
)
def test_clock_changes(zone: str, start: str, rule: str, after: str, expected: list[str]) -> None:
    slots = slots_after(Recurrence(datetime.fromisoformat(start), zone, rule), at(after), 2)
    assert [slot.at for slot in slots] == [at(text) for text in expected]


def test_a_day_that_was_left_out_gives_way_to_the_day_after_it() -> None:
    daily = Recurrence(datetime(2011, 12, 28, 10), "Pacific/Apia", "FREQ=DAILY")
    assert keys(slots_after(daily, at("2011-12-28T00:00"), 4)) == [
        "2011-12-28",
        "2011-12-29",
        "2011-12-31",
        "2012-01-01",
    ]


@pytest.mark.parametrize(
    ("start", "rule", "expected"),
    [
        ("2027-01-01T09:00", "FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=29", ["2028-02-29 09:00", "2032-02-29 09:00"]),
        ("2095-01-01T09:00", "FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=29", ["2096-02-29 09:00", "2104-02-29 09:00"]),
        ("2026-01-01T09:00", "FREQ=MONTHLY;BYDAY=-1FR", ["2026-01-30 09:00", "2026-02-27 09:00"]),
        ("2026-01-01T09:00", "FREQ=MONTHLY;BYDAY=MO,TU,WE,TH,FR;BYSETPOS=-1", ["2026-01-30 09:00", "2026-02-27 09:00"]),
        # 2026 has a week 53, and counting by numbers of weeks would give two Thursdays in a row.
        ("2026-12-17T09:00", "FREQ=WEEKLY;INTERVAL=2", ["2026-12-17 09:00", "2026-12-31 09:00", "2027-01-14 09:00"]),
        ("2026-01-31T09:00", "FREQ=MONTHLY", ["2026-01-31 09:00", "2026-03-31 09:00"]),
        ("2026-01-05T09:00", "FREQ=DAILY;COUNT=2", ["2026-01-05 09:00", "2026-01-06 09:00"]),
        ("2026-01-05T09:00", "FREQ=DAILY;UNTIL=20260106", ["2026-01-05 09:00", "2026-01-06 09:00"]),
        ("2026-01-05T09:00", "FREQ=DAILY;UNTIL=20260106T085959", ["2026-01-05 09:00"]),
        ("2026-01-05T09:00", "FREQ=DAILY;UNTIL=20260106T090000", ["2026-01-05 09:00", "2026-01-06 09:00"]),
        ("2026-01-05T09:00", "", ["2026-01-05 09:00"]),
    ],
)
def test_dates_of_rules(start: str, rule: str, expected: list[str]) -> None:
    recurrence = Recurrence(datetime.fromisoformat(start), "Europe/London", rule)
    found = walls(recurrence, "2026-01-01T00:00" if start < "2090" else "2095-01-01T00:00", 3)
    ends = not rule or "COUNT" in rule or "UNTIL" in rule
    assert (found if ends else found[: len(expected)]) == expected


@pytest.mark.parametrize(
    "rule",
    [
        "FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30",
        "FREQ=MONTHLY;BYMONTH=2;BYMONTHDAY=30",
        "FREQ=DAILY;BYMONTH=2;BYMONTHDAY=30",
        "FREQ=DAILY;INTERVAL=7;BYDAY=TU",  # begins on a Monday
        "FREQ=MONTHLY;INTERVAL=12;BYMONTH=6",  # begins in January
        "FREQ=WEEKLY;BYDAY=MO;BYSETPOS=2",
    ],
)
@pytest.mark.parametrize("year", [1900, 2026, 2399])
def test_a_rule_that_never_comes_is_given_up(rule: str, year: int, monkeypatch: pytest.MonkeyPatch) -> None:
    steps = 0
    rebuild = dateutil.rrule._iterinfo.rebuild

    def counted(self: object, *of: int) -> None:
        nonlocal steps
        steps += 1
        rebuild(self, *of)

    monkeypatch.setattr(dateutil.rrule._iterinfo, "rebuild", counted)
    start = datetime(year, 1, 1) + timedelta(days=-datetime(year, 1, 1).weekday() % 7)
    assert slots_after(Recurrence(start, "UTC", rule), start.replace(tzinfo=UTC), 1) == []
    assert 0 < steps <= 450 * 12  # it looks at one month after another


@pytest.mark.parametrize(
    ("rule", "why"),
    [
        ("FREQ=HOURLY", "two schedules"),
        ("FREQ=MINUTELY", "two schedules"),
        ("FREQ=SECONDLY", "two schedules"),
        ("FREQ=DAILY;BYHOUR=9,15", "two schedules"),
        ("FREQ=DAILY;BYMINUTE=0,30", "two schedules"),
        ("FREQ=DAILY;BYSECOND=0,30", "two schedules"),
        ("FREQ=DAILY;UNTIL=20270101T000000Z", "local"),
        ("FREQ=DAILY;COUNT=2;UNTIL=20270101", "not both"),
        ("FREQ=DAILY;INTERVAL=0", "INTERVAL"),
        ("FREQ=DAILY;INTERVAL=-2", "INTERVAL"),
        ("FREQ=DAILY;COUNT=0", "COUNT"),
        ("FREQ=DAILY;COUNT=2,3", "COUNT"),
        ("FREQ=MONTHLY;BYMONTH=13", "BYMONTH"),
        ("FREQ=MONTHLY;BYMONTHDAY=32", "BYMONTHDAY"),
        ("FREQ=MONTHLY;BYSETPOS=0", "BYSETPOS"),
        ("FREQ=WEEKLY;BYDAY=XX", "BYDAY"),
        ("FREQ=WEEKLY;BYDAY=2TH", "numbered"),
        ("FREQ=DAILY;BYDAY=2TH", "numbered"),
        ("FREQ=WEEKLY;BYMONTHDAY=3", "days of the month"),
        ("FREQ=YEARLY;BYWEEKNO=53", "BYWEEKNO"),
        ("FREQ=DAILY;FREQ=WEEKLY", "once"),
        ("BYDAY=TH", "repeats"),
        ("every Thursday", "once"),
    ],
)
def test_rules_that_no_schedule_has(rule: str, why: str) -> None:
    with pytest.raises(ValueError, match=why):
        Recurrence(datetime(2026, 1, 5, 9), "UTC", rule)


@pytest.mark.parametrize("zone", ["", "Atlantis", "Europe", "../UTC"])
def test_no_such_zone(zone: str) -> None:
    with pytest.raises(ValueError, match="not a time zone"):
        Recurrence(datetime(2026, 1, 5, 9), zone)


def test_times_are_wall_times_within_reason() -> None:
    with pytest.raises(ValueError, match="wall times"):
        Recurrence(at("2026-01-05T09:00"), "UTC")
    for year in (1899, 3000, 9999):
        with pytest.raises(ValueError, match="too far"):
            Recurrence(datetime(year, 1, 1), "UTC")


def test_a_time_that_comes_twice_is_the_first_however_it_is_marked() -> None:
    twice = datetime(2026, 10, 25, 1, 30)
    assert instant(twice, "Europe/London") == instant(twice.replace(fold=1), "Europe/London") == at("2026-10-25T00:30")
    for hour in ("00:30", "01:30"):
        shown = local_wall(at(f"2026-10-25T{hour}"), "Europe/London")
        assert (shown, shown.fold) == (twice, 0)


THURSDAYS = Recurrence(datetime(2027, 1, 7, 12, 30), "Europe/London", "FREQ=WEEKLY;BYDAY=TH")
BEGINNING = "2027-01-01T00:00"


def test_skip_move_and_add() -> None:
    changed = move(skip(THURSDAYS, "2027-01-14"), "2027-01-21", datetime(2027, 1, 22, 9))
    changed = add_extra(changed, "a", datetime(2027, 1, 9, 10))
    slots = slots_after(changed, at(BEGINNING), 4)
    assert keys(slots) == ["2027-01-07", "extra:a", "2027-01-21", "2027-01-28"]
    assert [slot.moved for slot in slots] == [False, False, True, False]
    assert slots[2].wall == datetime(2027, 1, 22, 9)
    assert Recurrence.from_json(changed.to_json()) == changed


def test_a_date_moved_far_is_found_where_it_went_and_not_where_it_was() -> None:
    moved = move(THURSDAYS, "2027-01-07", datetime(2027, 3, 1, 9))
    assert keys(slots_after(moved, at(BEGINNING), 1)) == ["2027-01-14"]
    assert keys(slots_between(moved, at("2027-02-26T00:00"), at("2027-03-04T12:30"))) == ["2027-01-07"]
    back = move(moved, "2027-01-07", datetime(2027, 1, 7, 9))
    assert keys(slots_after(back, at(BEGINNING), 1)) == ["2027-01-07"]


def test_dates_after_one_do_not_include_it() -> None:
    changed = add_extra(move(THURSDAYS, "2027-01-14", datetime(2027, 1, 15, 9)), "a", datetime(2027, 1, 9, 10))
    assert keys(slots_after(changed, at("2027-01-07T12:30"), 1)) == ["extra:a"]
    assert keys(slots_after(changed, at("2027-01-09T10:00"), 1)) == ["2027-01-14"]
    assert keys(slots_after(changed, at("2027-01-15T09:00"), 1)) == ["2027-01-21"]


def test_dates_between_two_include_the_first_alone() -> None:
    changed = add_extra(THURSDAYS, "a", datetime(2027, 1, 9, 10))
    assert keys(slots_between(changed, at("2027-01-07T12:30"), at("2027-01-09T10:00"))) == ["2027-01-07"]
    assert keys(slots_between(changed, at("2027-01-09T10:00"), at("2027-01-14T12:30"))) == ["extra:a"]


def test_which_days_are_dates_of_a_schedule() -> None:
    at_midnight = Recurrence(datetime(2027, 1, 7), "UTC")
    assert is_a_date_of(at_midnight, date(2027, 1, 7))
    for day in (date(2027, 1, 6), date(2027, 1, 8)):
        assert not is_a_date_of(at_midnight, day)
        with pytest.raises(ValueError, match="no date on"):
            skip(at_midnight, day.isoformat())
    twice = Recurrence(datetime(2027, 1, 7), "UTC", "FREQ=DAILY;COUNT=2")
    assert [is_a_date_of(twice, date(2027, 1, day)) for day in range(6, 10)] == [False, True, True, False]


def test_a_skipped_date_may_be_moved_back_in_and_a_moved_one_skipped() -> None:
    moved = move(skip(THURSDAYS, "2027-01-07"), "2027-01-07", datetime(2027, 1, 8, 9))
    assert walls(moved, BEGINNING, 1) == ["2027-01-08 09:00"]
    assert keys(slots_after(skip(moved, "2027-01-07"), at(BEGINNING), 1)) == ["2027-01-14"]


def test_an_extra_date_is_moved_and_taken_out() -> None:
    extra = add_extra(THURSDAYS, "a", datetime(2027, 1, 5, 10))
    assert walls(move(extra, "extra:a", datetime(2027, 1, 4, 9)), BEGINNING, 1) == ["2027-01-04 09:00"]
    assert skip(extra, "extra:a") == THURSDAYS


def test_changes_that_cannot_be() -> None:
    extra = add_extra(THURSDAYS, "a", datetime(2027, 1, 5, 10))
    for key in ("2027-01-08", "extra:b", "2026-12-31", "nonsense"):
        with pytest.raises(ValueError, match=r"no date|no such|Invalid"):
            skip(extra, key)
    with pytest.raises(ValueError, match="already"):
        add_extra(extra, "b", datetime(2027, 1, 14, 12, 30))
    with pytest.raises(ValueError, match="already"):
        move(extra, "2027-01-07", datetime(2027, 1, 5, 10))
    with pytest.raises(ValueError, match="added already"):
        add_extra(extra, "a", datetime(2027, 1, 6, 10))
    with pytest.raises(ValueError, match="nothing follows"):
        edit_following(extra, "extra:a")


def test_an_edit_of_all_keeps_what_was_done_to_one() -> None:
    changed = skip(move(THURSDAYS, "2027-01-14", datetime(2027, 1, 15, 9)), "2027-01-21")
    later = edit_all(changed, start=datetime(2027, 1, 7, 16))
    assert walls(later, BEGINNING, 3) == ["2027-01-07 16:00", "2027-01-15 09:00", "2027-01-28 16:00"]
    mondays = edit_all(changed, rule="FREQ=WEEKLY;BYDAY=MO")
    assert (mondays.skipped, dict(mondays.moved)) == (frozenset(), {})
    every_other = edit_all(changed, rule="FREQ=WEEKLY;INTERVAL=2;BYDAY=TH")
    assert (every_other.skipped, dict(every_other.moved)) == ({date(2027, 1, 21)}, {})


@pytest.mark.parametrize(("zone", "hour"), [("America/New_York", 12), ("Pacific/Auckland", 12), ("Europe/London", 23)])
def test_a_day_that_has_fired_keeps_its_key_in_another_zone_and_at_another_hour(zone: str, hour: int) -> None:
    fired = slots_after(THURSDAYS, at(BEGINNING), 1)[0]
    edited = edit_all(THURSDAYS, start=datetime(2027, 1, 7, hour, 30), zone=zone)
    slots = slots_after(edited, fired.at - timedelta(days=1), 2)
    assert keys(slots) == [fired.key, "2027-01-14"]
    assert slots[0].at == datetime(2027, 1, 7, hour, 30, tzinfo=ZoneInfo(zone))


def test_an_edit_from_a_date_on_ends_one_schedule_and_begins_another() -> None:
    changed = add_extra(skip(skip(THURSDAYS, "2027-01-07"), "2027-01-28"), "a", datetime(2027, 1, 30, 9))
    ended, begun = edit_following(changed, "2027-01-21", start=datetime(2027, 1, 21, 16))
    assert walls(ended, BEGINNING, 9) == ["2027-01-14 12:30"]
    assert walls(begun, BEGINNING, 3) == ["2027-01-21 16:00", "2027-01-30 09:00", "2027-02-04 16:00"]


def test_what_was_done_to_a_date_goes_with_it_into_one_of_the_two() -> None:
    changed = move(THURSDAYS, "2027-01-14", datetime(2027, 1, 15, 9))
    changed = skip(move(changed, "2027-01-21", datetime(2027, 1, 22, 9)), "2027-01-28")
    for name, day in (("a", 20), ("b", 21), ("c", 23)):
        changed = add_extra(changed, name, datetime(2027, 1, day, 10))
    ended, begun = edit_following(changed, "2027-01-21")
    assert keys(slots_after(ended, at(BEGINNING), 9)) == ["2027-01-07", "2027-01-14", "extra:a"]
    assert keys(slots_after(begun, at(BEGINNING), 4)) == ["extra:b", "2027-01-21", "extra:c", "2027-02-04"]
    assert (set(ended.moved), ended.skipped) == ({date(2027, 1, 14)}, frozenset())
    assert (set(begun.moved), begun.skipped) == ({date(2027, 1, 21)}, {date(2027, 1, 28)})


def test_from_a_date_on_there_may_be_another_zone_and_no_day_falls_between() -> None:
    daily = Recurrence(datetime(2027, 1, 7, 9), "UTC", "FREQ=DAILY")
    ended, begun = edit_following(daily, "2027-01-09", zone="America/New_York")
    assert keys(slots_after(ended, at(BEGINNING), 9)) == ["2027-01-07", "2027-01-08"]
    assert slots_after(begun, at(BEGINNING), 1)[0].at == at("2027-01-09T14:00")


def test_every_other_week_goes_on_in_the_same_weeks_and_a_number_of_dates_is_kept() -> None:
    rule = "FREQ=WEEKLY;INTERVAL=2;COUNT=5;BYDAY=MO,TH"
    whole = Recurrence(datetime(2027, 1, 7, 9), "UTC", rule)
    expected = keys(slots_after(whole, at(BEGINNING), 9))
    ended, begun = edit_following(whole, expected[2])
    assert keys(slots_after(ended, at(BEGINNING), 9)) + keys(slots_after(begun, at(BEGINNING), 9)) == expected
    assert len(expected) == 5


def test_an_edit_from_the_first_date_on_leaves_nothing_of_the_old() -> None:
    for first in (THURSDAYS, Recurrence(datetime(2027, 1, 7, 9), "UTC")):
        ended, begun = edit_following(first, "2027-01-07", rule="FREQ=DAILY;COUNT=1")
        assert slots_after(ended, at(BEGINNING), 1) == []
        assert keys(slots_after(begun, at(BEGINNING), 9)) == ["2027-01-07"]


def test_midnight_at_the_end_of_time_is_no_trouble() -> None:
    last = Recurrence(datetime.combine(date(2999, 12, 31), time.max), "Pacific/Kiritimati", "FREQ=DAILY")
    assert len(slots_after(last, at("2999-12-01T00:00"), 2)) == 2
