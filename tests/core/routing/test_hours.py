"""Working time: hours pass from nine to five on working days, on a community's own clock."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from bot.routing.hours import WorkingTime, is_country
from tests.core.routing.test_gate import INSTANTS, ZONES


def after_working_hours(start: datetime, hours: float, zone: str) -> datetime:
    return WorkingTime().after(start, hours, ZoneInfo(zone))


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


@pytest.mark.parametrize(
    ("zone", "start", "hours", "end"),
    [
        ("UTC", "2026-03-04T10:00", 4, "2026-03-04T14:00"),  # within a day
        ("UTC", "2026-03-04T09:00", 8, "2026-03-04T17:00"),  # a whole day, to its last moment
        ("UTC", "2026-03-04T15:00", 4, "2026-03-05T11:00"),  # over a night
        ("UTC", "2026-03-04T03:00", 4, "2026-03-04T13:00"),  # asked before work
        ("UTC", "2026-03-04T22:00", 4, "2026-03-05T13:00"),  # and after it
        ("UTC", "2026-03-06T15:00", 4, "2026-03-09T11:00"),  # over a weekend
        ("UTC", "2026-03-07T12:00", 4, "2026-03-09T13:00"),  # from a Saturday
        ("UTC", "2026-03-08T12:00", 4, "2026-03-09T13:00"),  # from a Sunday
        ("UTC", "2026-03-06T17:00", 0.5, "2026-03-09T09:30"),  # from the very end of a week
        ("UTC", "2026-03-04T09:00", 40, "2026-03-10T17:00"),  # a whole working week
        ("America/New_York", "2026-03-06T20:00", 4, "2026-03-09T15:00"),  # the clocks go forward on Sunday
        ("Europe/London", "2026-10-23T14:00", 4, "2026-10-26T11:00"),  # and back
        ("Asia/Tokyo", "2026-03-04T06:00", 4, "2026-03-05T02:00"),
        (
            "Pacific/Apia",
            "2011-12-30T02:00",
            4,
            "2012-01-01T22:00",
        ),  # one hour left on Thursday; no Friday; then Monday
    ],
)
def test_so_many_working_hours_later(zone: str, start: str, hours: float, end: str) -> None:
    assert after_working_hours(at(start), hours, zone) == at(end)


def worked(start: datetime, end: datetime, zone: ZoneInfo) -> timedelta:
    """By counting quarters of an hour, which is slow and plain."""
    quarter = timedelta(minutes=15)
    total = timedelta(0)
    while start < end:
        here = start.astimezone(zone)
        if here.weekday() < 5 and 9 <= here.hour < 17:
            total += quarter
        start += quarter
    return total


QUARTERS = INSTANTS.map(lambda instant: instant.replace(minute=instant.minute // 15 * 15, second=0, microsecond=0))


@settings(deadline=None)
@given(QUARTERS, st.integers(1, 80), st.sampled_from(ZONES))
@example(at("2011-12-29T12:00"), 64, "Pacific/Apia")
@example(at("2026-04-23T12:00"), 40, "Africa/Cairo")
def test_the_working_time_in_between_is_what_was_asked_for(start: datetime, quarters: int, name: str) -> None:
    zone = ZoneInfo(name)
    end = after_working_hours(start, quarters / 4, name)
    assert end.utcoffset() == timedelta(0)
    assert worked(start, end, zone) == quarters * timedelta(minutes=15)
    assert end > start
    last = (end - timedelta(microseconds=1)).astimezone(zone)
    assert last.weekday() < 5
    assert 9 <= last.hour < 17


@given(INSTANTS, st.floats(0.01, 30), st.floats(0.01, 30), st.sampled_from(ZONES))
def test_more_hours_never_end_earlier(start: datetime, some: float, more: float, zone: str) -> None:
    first = after_working_hours(start, some, zone)
    assert after_working_hours(start, some + more, zone) > first
    again = after_working_hours(first, more, zone)
    assert abs(again - after_working_hours(start, some + more, zone)) < timedelta(milliseconds=1)


@pytest.mark.parametrize(
    ("country", "start", "hours", "end"),
    [
        ("GB", "2026-12-24T15:00", 4, "2026-12-29T11:00"),  # Christmas on a Friday, its Monday in lieu
        ("GB-SCT", "2026-12-31T15:00", 4, "2027-01-05T11:00"),  # the second of January is Scotland's alone
        ("US", "2026-11-25T16:00", 2, "2026-11-27T10:00"),  # Thanksgiving
        ("", "2026-12-24T15:00", 4, "2026-12-25T11:00"),
    ],
)
def test_public_holidays_are_no_working_days(country: str, start: str, hours: float, end: str) -> None:
    assert WorkingTime(country=country).after(at(start), hours, ZoneInfo("UTC")) == at(end)


def test_a_community_may_work_on_other_days_and_hours() -> None:
    sunday_to_thursday = WorkingTime(frozenset({6, 0, 1, 2, 3}), 8 * 60, 14 * 60)
    assert sunday_to_thursday.after(at("2026-03-05T13:00"), 2, ZoneInfo("UTC")) == at("2026-03-08T09:00")
    assert not sunday_to_thursday.is_open(at("2026-03-06T10:00"), ZoneInfo("UTC"))
    assert sunday_to_thursday.next_opening(at("2026-03-05T14:00"), ZoneInfo("UTC")) == at("2026-03-08T08:00")


@pytest.mark.parametrize("now", ["2026-03-04T09:00", "2026-03-04T10:00", "2026-03-04T17:00"])
def test_whoever_is_at_work_begins_next_on_their_next_day(now: str) -> None:
    assert WorkingTime().next_opening(at(now), ZoneInfo("UTC")) == at("2026-03-05T09:00")


def test_a_late_shift_begins_on_the_day_that_it_is_for_them() -> None:
    late = WorkingTime(begins=22 * 60, ends=24 * 60)
    in_the_evening = at("2026-03-05T01:30")  # of Wednesday, there; elsewhere it is Thursday already
    assert late.next_opening(in_the_evening, ZoneInfo("America/New_York")) == at("2026-03-05T03:00")


def test_work_may_last_until_midnight() -> None:
    late = WorkingTime(begins=22 * 60, ends=24 * 60)
    assert late.hours(date(2026, 3, 4), ZoneInfo("UTC")) == (at("2026-03-04T22:00"), at("2026-03-05T00:00"))
    assert late.is_open(at("2026-03-04T23:59"), ZoneInfo("UTC"))
    assert not late.is_open(at("2026-03-05T00:00"), ZoneInfo("UTC"))


@pytest.mark.parametrize(
    ("days", "begins", "ends"), [((), 540, 1020), ((0,), 1020, 540), ((0,), 540, 540), ((0,), 540, 1441)]
)
def test_working_time_without_an_hour_is_refused(days: tuple[int, ...], begins: int, ends: int) -> None:
    with pytest.raises(ValueError, match="working time needs"):
        WorkingTime(frozenset(days), begins, ends)


def test_which_countries_are_known() -> None:
    assert is_country("GB")
    assert is_country("GB-SCT")
    assert is_country("UK")  # as many write it
    assert not is_country("GB-XXX")
    assert not is_country("Narnia")
