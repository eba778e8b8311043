"""When a digest comes: on its reader's clock, through clock changes, and after days away."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.rituals.digests.when import next_due, said
from storage.digests import AWAY, DAILY, MONTHLY, WEEKLY, DigestPlan

WEDNESDAY = datetime(2026, 3, 4, 10, 0, tzinfo=UTC)
ZONES = ["UTC", "Europe/London", "America/New_York", "Australia/Lord_Howe", "Pacific/Apia", "Asia/Kolkata"]


def plan(**more: Any) -> DigestPlan:
    usual = {"every": WEEKLY, "weekday": 4, "minutes": 16 * 60, "paused": False, "built_at": None, "made_at": WEDNESDAY}
    return DigestPlan(member_id=1, kinds=[], tags=[], everywhere=True, **{**usual, **more})


@pytest.mark.parametrize(
    ("chosen", "zone", "now", "expected"),
    [
        ({}, "UTC", WEDNESDAY, "2026-03-06T16:00+00:00"),
        ({}, "UTC", datetime(2026, 3, 6, 16, tzinfo=UTC), "2026-03-13T16:00+00:00"),
        ({}, "Europe/London", datetime(2026, 3, 27, 17, tzinfo=UTC), "2026-04-03T15:00+00:00"),  # clocks went forward
        ({"every": DAILY, "minutes": 450}, "Asia/Kolkata", WEDNESDAY, "2026-03-05T02:00+00:00"),
        ({"every": MONTHLY}, "UTC", datetime(2026, 3, 7, tzinfo=UTC), "2026-04-03T16:00+00:00"),
        ({"paused": True}, "UTC", WEDNESDAY, None),
        ({"every": AWAY}, "UTC", WEDNESDAY, None),
    ],
)
def test_when_it_comes_next(chosen: dict[str, Any], zone: str, now: datetime, expected: str | None) -> None:
    due = next_due(plan(**chosen), zone, None, now)
    assert (due.isoformat(timespec="minutes") if due else None) == expected


def test_after_days_away_once() -> None:
    back = date(2026, 3, 8)
    chosen = plan(every=AWAY)
    due = next_due(chosen, "UTC", back, WEDNESDAY)
    assert due == datetime(2026, 3, 9, 16, tzinfo=UTC)
    # Whoever says in the evening that they are back gets it the next day.
    assert next_due(chosen, "UTC", date(2026, 3, 3), WEDNESDAY.replace(hour=20)) == datetime(2026, 3, 5, 16, tzinfo=UTC)
    chosen.built_at = due
    assert next_due(chosen, "UTC", back, due) is None


def test_it_is_said_in_words() -> None:
    assert said(plan()) == "Every Friday 16:00"
    assert said(plan(every=MONTHLY, weekday=0, minutes=450)) == "Every first Monday of the month 07:30"
    assert said(plan(every=DAILY)) == "Every day 16:00"


@given(
    st.sampled_from([DAILY, WEEKLY, MONTHLY]),
    st.integers(0, 6),
    st.integers(0, 24 * 60 - 1),
    st.sampled_from(ZONES),
    st.datetimes(datetime(2020, 1, 1), datetime(2040, 1, 1), timezones=st.just(UTC)),
)
def test_it_comes_later_on_the_day_and_not_too_late(
    every: str, weekday: int, minutes: int, zone: str, now: datetime
) -> None:
    due = next_due(plan(every=every, weekday=weekday, minutes=minutes), zone, None, now)
    assert due is not None
    assert now < due <= now + timedelta(days=37)
    there = due.astimezone(ZoneInfo(zone))
    if every != DAILY:
        assert there.weekday() == weekday or there.hour * 60 + there.minute != minutes
    if every == MONTHLY:
        assert there.day <= 8
