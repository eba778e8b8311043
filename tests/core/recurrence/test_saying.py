"""Schedules in plain English, that are read back as they were; the dates that are shown before one is saved."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.recurrence.rule import Recurrence, add_extra, instant, move, skip, slots_after
from bot.recurrence.saying import in_words, next_dates
from bot.recurrence.sentences import Understood, understand

START = datetime(2027, 1, 7, 12, 30)
CODES = "MO TU WE TH FR SA SU".split()


@pytest.mark.parametrize(
    ("rule", "expected"),
    [
        ("", "Thursday 7 January 2027 at 12:30, Europe/London"),
        ("FREQ=DAILY", "Every day at 12:30, Europe/London"),
        ("FREQ=DAILY;INTERVAL=3", "Every 3 days at 12:30, Europe/London, from 7 January 2027"),
        ("FREQ=WEEKLY", "Every Thursday at 12:30, Europe/London"),
        ("FREQ=WEEKLY;BYDAY=FR,MO", "Every Monday and Friday at 12:30, Europe/London"),
        ("FREQ=WEEKLY;BYDAY=MO,TU,WE,TH,FR", "Every weekday at 12:30, Europe/London"),
        (
            "FREQ=WEEKLY;INTERVAL=2;UNTIL=20270630;BYMONTH=1,2,3,4,5,6,7,9,10,11,12;BYDAY=TH",
            "Every other Thursday at 12:30, Europe/London, from 7 January 2027; not in August; until 30 June 2027",
        ),
        (
            "FREQ=WEEKLY;INTERVAL=6;COUNT=4;BYDAY=TH",
            "Every 6 weeks on Thursday at 12:30, Europe/London, from 7 January 2027; 4 times",
        ),
        ("FREQ=MONTHLY", "The 7th of the month at 12:30, Europe/London"),
        ("FREQ=MONTHLY;BYDAY=1MO,3MO", "The first and third Monday of the month at 12:30, Europe/London"),
        (
            "FREQ=MONTHLY;BYDAY=2TH,-1FR;BYMONTH=3",
            "The second Thursday and last Friday of the month at 12:30, Europe/London; only in March",
        ),
        ("FREQ=MONTHLY;BYMONTHDAY=1,22,-1", "The 1st, 22nd and last day of the month at 12:30, Europe/London"),
        ("FREQ=MONTHLY;BYMONTHDAY=-1", "The last day of the month at 12:30, Europe/London"),
        (
            "FREQ=MONTHLY;INTERVAL=3;BYMONTHDAY=2,3,11,12,13,21;COUNT=1",
            "The 2nd, 3rd, 11th, 12th, 13th and 21st of every 3 months at 12:30, Europe/London, "
            "from 7 January 2027; once",
        ),
        ("FREQ=MONTHLY;BYDAY=MO,TU,WE,TH,FR;BYSETPOS=10", "The tenth working day of the month at 12:30, Europe/London"),
        (
            "FREQ=MONTHLY;BYDAY=MO,TU,WE,TH,FR;BYSETPOS=1,2",
            "The first and second working day of the month at 12:30, Europe/London",
        ),
        ("FREQ=DAILY;UNTIL=20270630T120000", "Every day at 12:30, Europe/London; until 30 June 2027"),
        ("FREQ=DAILY;BYMONTH=2,3,4,5,6,7,8,9,10,11,12", "Every day at 12:30, Europe/London; not in January"),
        (
            "FREQ=DAILY;BYMONTH=1,2,3,4,5,6",
            "Every day at 12:30, Europe/London; only in January, February, March, April, May and June",
        ),
        ("FREQ=YEARLY;BYMONTH=3", "Every year on 7 March at 12:30, Europe/London"),
        ("FREQ=YEARLY;BYMONTH=3;BYMONTHDAY=1", "Every year on 1 March at 12:30, Europe/London"),
        ("FREQ=MONTHLY;BYDAY=MO,TU,WE,TH,FR;BYSETPOS=-1", "The last working day of the month at 12:30, Europe/London"),
        ("FREQ=YEARLY", "Every year on 7 January at 12:30, Europe/London"),
        ("FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=29", "Every year on 29 February at 12:30, Europe/London"),
        # Such as no sentence asks for
        ("FREQ=YEARLY;BYDAY=20MO", "On dates with a rule of their own at 12:30, Europe/London"),
        ("FREQ=MONTHLY;BYDAY=-2MO", "On dates with a rule of their own at 12:30, Europe/London"),
        ("FREQ=MONTHLY;BYDAY=MO,TU;BYSETPOS=1", "On dates with a rule of their own at 12:30, Europe/London"),
        ("FREQ=MONTHLY;BYDAY=MO;BYMONTHDAY=13", "On dates with a rule of their own at 12:30, Europe/London"),
        ("FREQ=MONTHLY;BYMONTHDAY=-2", "On dates with a rule of their own at 12:30, Europe/London"),
        ("FREQ=YEARLY;BYMONTH=3,4;BYMONTHDAY=1", "On dates with a rule of their own at 12:30, Europe/London"),
        (
            "FREQ=DAILY;INTERVAL=2;BYDAY=MO",
            "On dates with a rule of their own at 12:30, Europe/London, from 7 January 2027",
        ),
        ("FREQ=DAILY;BYDAY=MO", "Every Monday at 12:30, Europe/London"),
        ("FREQ=MONTHLY;BYDAY=MO", "On dates with a rule of their own at 12:30, Europe/London"),
        ("FREQ=YEARLY;BYDAY=MO", "On dates with a rule of their own at 12:30, Europe/London"),
    ],
)
def test_in_words(rule: str, expected: str) -> None:
    assert in_words(Recurrence(START, "Europe/London", rule)) == expected


def test_what_was_done_to_single_dates_is_said() -> None:
    thursdays = Recurrence(START, "UTC", "FREQ=WEEKLY")
    changed = add_extra(
        move(skip(thursdays, "2027-01-14"), "2027-01-21", datetime(2027, 1, 22, 9)), "a", START.replace(day=8)
    )
    assert in_words(changed) == "Every Thursday at 12:30, UTC; not on 14 January 2027; one date moved; one date added"
    for day in ("2027-02-04", "2027-02-11"):
        changed = skip(changed, day)
    assert "; not on 14 January 2027, 4 February 2027 and 11 February 2027; " in in_words(changed)
    changed = skip(changed, "2027-02-18")
    assert in_words(add_extra(changed, "b", START.replace(day=9))).endswith(
        "; not on 4 dates; one date moved; 2 dates added"
    )


@st.composite
def sayable(draw: st.DrawFn) -> Recurrence:
    """What the sentences can ask for: their rules, with months, ends and single dates left out."""
    day = draw(st.sampled_from(CODES))
    numbered = ",".join(f"{place}{day}" for place in sorted(draw(st.sets(st.integers(1, 5), min_size=1))))
    month_days = ",".join(map(str, sorted(draw(st.sets(st.integers(1, 31), min_size=1, max_size=3)))))
    days = ",".join(sorted(draw(st.sets(st.sampled_from(CODES), min_size=1, max_size=6)), key=CODES.index))
    frequency, by = draw(
        st.sampled_from(
            [
                ("DAILY", ""),
                ("WEEKLY", f"BYDAY={days}"),
                ("MONTHLY", f"BYDAY={numbered}"),
                ("MONTHLY", f"BYDAY=-1{day}"),
                ("MONTHLY", f"BYMONTHDAY={month_days}"),
                ("MONTHLY", "BYMONTHDAY=-1"),
                ("MONTHLY", "BYDAY=MO,TU,WE,TH,FR;BYSETPOS=-1"),
                ("YEARLY", "BYMONTH=2;BYMONTHDAY=29"),
                ("YEARLY", "BYMONTH=7;BYMONTHDAY=4"),
            ]
        )
    )
    interval = draw(st.integers(1, 8))
    months = draw(st.sets(st.integers(1, 12), min_size=2, max_size=11)) if draw(st.booleans()) else set()
    end = draw(st.sampled_from(["", "COUNT=1", "COUNT=12", "UNTIL=20320630"]))
    parts = [
        f"FREQ={frequency}",
        f"INTERVAL={interval}" if interval > 1 else "",
        end,
        f"BYMONTH={','.join(map(str, sorted(months)))}" if months and frequency != "YEARLY" else "",
        by,
    ]
    start = draw(st.datetimes(datetime(2026, 1, 1), datetime(2028, 1, 1))).replace(second=0, microsecond=0)
    zone = draw(st.sampled_from(["UTC", "Europe/London", "America/Argentina/Buenos_Aires", "Australia/Lord_Howe"]))
    return Recurrence(start, zone, ";".join(filter(None, parts)))


@settings(max_examples=150, deadline=None)
@given(sayable(), st.booleans())
def test_what_is_said_is_read_back_as_it_was(recurrence: Recurrence, without_one: bool) -> None:
    slots = slots_after(recurrence, recurrence.start.replace(tzinfo=UTC) - timedelta(days=2), 2)
    if not slots:
        return
    first = date.fromisoformat(slots[0].key)
    recurrence = Recurrence(datetime.combine(first, recurrence.start.time()), recurrence.zone, recurrence.rule)
    now = instant(recurrence.start, recurrence.zone) - timedelta(hours=1)
    soon = [slot.key for slot in slots if slot.at < now + timedelta(days=3650)]
    if without_one and len(soon) == 2:
        recurrence = skip(recurrence, soon[1])
    found = understand(in_words(recurrence), now, "Asia/Tokyo")
    assert isinstance(found, Understood), (in_words(recurrence), found)
    assert found.recurrence == recurrence


def test_the_next_dates_in_three_zones() -> None:
    thursdays = Recurrence(datetime(2026, 10, 8, 12, 30), "Europe/London", "FREQ=WEEKLY;INTERVAL=2")
    zones = ["Europe/London", "America/New_York", "Asia/Tokyo", "Asia/Tokyo", "Asia/Kolkata"]
    assert next_dates(thursdays, datetime(2026, 10, 1, tzinfo=UTC), zones, limit=3) == [
        "Thursday 8 October 2026 12:30 Europe/London · 07:30 America/New_York · 20:30 Asia/Tokyo",
        "Thursday 22 October 2026 12:30 Europe/London · 07:30 America/New_York · 20:30 Asia/Tokyo",
        "Thursday 5 November 2026 12:30 Europe/London · 07:30 America/New_York · 21:30 Asia/Tokyo",
        "The clocks change in Europe/London between 22 October 2026 and 5 November 2026.",
        "From 5 November 2026 on it is at 21:30 in Asia/Tokyo instead of 20:30.",
    ]


def test_weeks_between_two_clock_changes() -> None:
    """London changes a week before New York: there the meeting is an hour later for that week."""
    weekly = Recurrence(datetime(2026, 10, 22, 12, 30), "Europe/London", "FREQ=WEEKLY")
    assert next_dates(weekly, datetime(2026, 10, 20, tzinfo=UTC), ["America/New_York"], limit=3)[3:] == [
        "The clocks change in Europe/London between 22 October 2026 and 29 October 2026.",
        "From 29 October 2026 on it is at 08:30 in America/New_York instead of 07:30.",
        "From 5 November 2026 on it is at 07:30 in America/New_York instead of 08:30.",
    ]


def test_there_are_no_dates_after_the_last() -> None:
    assert next_dates(Recurrence(START, "UTC"), datetime(2028, 1, 1, tzinfo=UTC), ["Asia/Tokyo"]) == []
    assert len(next_dates(Recurrence(START, "UTC", "FREQ=DAILY"), datetime(2027, 1, 1, tzinfo=UTC))) == 6
