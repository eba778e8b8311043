"""What people type, and what is understood, asked back or refused. It is Wednesday, 25 November 2026, 10:00 in London."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.recurrence.sentences import Ambiguous, NotUnderstood, Understood, understand

NOW = datetime(2026, 11, 25, 10, tzinfo=UTC)
ALL_BUT_AUGUST = "BYMONTH=1,2,3,4,5,6,7,9,10,11,12"


def read(text: str, zone: str = "Europe/London", now: datetime = NOW) -> Understood | Ambiguous | NotUnderstood:
    return understand(text, now, zone)


def meaning(understood: Understood) -> str:
    """The rule and the first date; no time where none was said."""
    recurrence = understood.recurrence
    first = f"{recurrence.start:%Y-%m-%d}" if understood.time_missing else f"{recurrence.start:%Y-%m-%d %H:%M}"
    return f"{recurrence.rule} {first}".strip()


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        # By weeks
        ("every Friday 16:00", "FREQ=WEEKLY;BYDAY=FR 2026-11-27 16:00"),
        ("EVERY FRIDAY AT 4 PM PLEASE", "FREQ=WEEKLY;BYDAY=FR 2026-11-27 16:00"),
        ("each fri. at 4 p.m.", "FREQ=WEEKLY;BYDAY=FR 2026-11-27 16:00"),
        ("Fridays, 16h", "FREQ=WEEKLY;BYDAY=FR 2026-11-27 16:00"),
        ("weekly on Friday at 16h30", "FREQ=WEEKLY;BYDAY=FR 2026-11-27 16:30"),
        ("once a week on Thurs at noon", "FREQ=WEEKLY;BYDAY=TH 2026-11-26 12:00"),
        ("Thursdays at 12.30", "FREQ=WEEKLY;BYDAY=TH 2026-11-26 12:30"),
        ("every Thursday from 12:30", "FREQ=WEEKLY;BYDAY=TH 2026-11-26 12:30"),
        ("every Thursday at midnight", "FREQ=WEEKLY;BYDAY=TH 2026-11-26 00:00"),
        ("Wednesdays 9:00", "FREQ=WEEKLY;BYDAY=WE 2026-12-02 09:00"),  # today's nine o'clock is over
        ("Wednesdays 11:00", "FREQ=WEEKLY;BYDAY=WE 2026-11-25 11:00"),
        ("Mondays and Wednesdays 8:15", "FREQ=WEEKLY;BYDAY=MO,WE 2026-11-30 08:15"),
        ("every Monday, Wednesday & Friday at 7.45 pm", "FREQ=WEEKLY;BYDAY=MO,WE,FR 2026-11-25 19:45"),
        ("every Tue/Thu 9:00", "FREQ=WEEKLY;BYDAY=TU,TH 2026-11-26 09:00"),
        ("Monday to Friday 8:30", "FREQ=WEEKLY;BYDAY=MO,TU,WE,TH,FR 2026-11-26 08:30"),
        ("Mon–Thu, 8:30", "FREQ=WEEKLY;BYDAY=MO,TU,WE,TH 2026-11-26 08:30"),
        ("weekdays", "FREQ=WEEKLY;BYDAY=MO,TU,WE,TH,FR 2026-11-25"),
        ("every working day at 9 o’clock", "FREQ=WEEKLY;BYDAY=MO,TU,WE,TH,FR 2026-11-26 09:00"),
        ("every weekday except Friday at 9:00", "FREQ=WEEKLY;BYDAY=MO,TU,WE,TH 2026-11-26 09:00"),
        ("every weekend 10:00", "FREQ=WEEKLY;BYDAY=SA,SU 2026-11-28 10:00"),
        ("every other Tuesday at 4pm", "FREQ=WEEKLY;INTERVAL=2;BYDAY=TU 2026-12-01 16:00"),
        ("alternate Mondays 10:00", "FREQ=WEEKLY;INTERVAL=2;BYDAY=MO 2026-11-30 10:00"),
        ("fortnightly on Mondays at 10", "FREQ=WEEKLY;INTERVAL=2;BYDAY=MO 2026-11-30 10:00"),
        ("every 2 weeks on Thursday 12:30", "FREQ=WEEKLY;INTERVAL=2;BYDAY=TH 2026-11-26 12:30"),
        ("Thursdays every two weeks 12:30", "FREQ=WEEKLY;INTERVAL=2;BYDAY=TH 2026-11-26 12:30"),
        ("every third week on Tuesday 9:00", "FREQ=WEEKLY;INTERVAL=3;BYDAY=TU 2026-12-01 09:00"),
        ("every 6 weeks from 12 Jan", "FREQ=WEEKLY;INTERVAL=6;BYDAY=TU 2027-01-12"),
        # By days
        ("daily", "FREQ=DAILY 2026-11-25"),
        ("every day at 9am", "FREQ=DAILY 2026-11-26 09:00"),
        ("every 2nd day 9:00", "FREQ=DAILY;INTERVAL=2 2026-11-26 09:00"),
        ("Friday to Monday 9:00", "FREQ=WEEKLY;BYDAY=MO,FR,SA,SU 2026-11-27 09:00"),
        ("daily except Saturday and Sunday", "FREQ=WEEKLY;BYDAY=MO,TU,WE,TH,FR 2026-11-25"),
        ("daily except every Friday", "FREQ=WEEKLY;BYDAY=MO,TU,WE,TH,SA,SU 2026-11-25"),
        ("daily except weekdays", "FREQ=WEEKLY;BYDAY=SA,SU 2026-11-28"),
        ("daily for 3 days", "FREQ=DAILY;UNTIL=20261127 2026-11-25"),
        (
            "daily for 3 days 9:00",
            "FREQ=DAILY;UNTIL=20261128 2026-11-26 09:00",
        ),  # it is ten already: the first is tomorrow
        ("daily for 1 day 11:00", "FREQ=DAILY;UNTIL=20261125 2026-11-25 11:00"),
        ("every Monday and Thursday for 2 weeks", "FREQ=WEEKLY;UNTIL=20261209;BYDAY=MO,TH 2026-11-26"),
        ("daily except weekends", "FREQ=WEEKLY;BYDAY=MO,TU,WE,TH,FR 2026-11-25"),
        # By months
        ("last Thursday of the month except August", f"FREQ=MONTHLY;{ALL_BUT_AUGUST};BYDAY=-1TH 2026-11-26"),
        ("every second Thursday of the month 12:30", "FREQ=MONTHLY;BYDAY=2TH 2026-12-10 12:30"),
        ("every first Friday", "FREQ=MONTHLY;BYDAY=1FR 2026-12-04"),
        ("every last Friday 16:00", "FREQ=MONTHLY;BYDAY=-1FR 2026-11-27 16:00"),
        ("1st and 3rd Monday", "FREQ=MONTHLY;BYDAY=1MO,3MO 2026-12-07"),
        ("1st Monday and 3rd Thursday of each month", "FREQ=MONTHLY;BYDAY=1MO,3TH 2026-12-07"),
        ("monthly on the second Tuesday, 18:00", "FREQ=MONTHLY;BYDAY=2TU 2026-12-08 18:00"),
        ("the last Friday of every other month 12:00", "FREQ=MONTHLY;INTERVAL=2;BYDAY=-1FR 2026-11-27 12:00"),
        ("monthly on the 15th", "FREQ=MONTHLY;BYMONTHDAY=15 2026-12-15"),
        ("the 1st and the 15th of each month at 10:00", "FREQ=MONTHLY;BYMONTHDAY=1,15 2026-12-01 10:00"),
        ("the 20th working day of the month", "FREQ=MONTHLY;BYDAY=MO,TU,WE,TH,FR;BYSETPOS=20 2026-11-27"),
        ("the last and 1st working day", "FREQ=MONTHLY;BYDAY=MO,TU,WE,TH,FR;BYSETPOS=1,-1 2026-11-30"),
        ("the 31st of every month", "FREQ=MONTHLY;BYMONTHDAY=31 2026-12-31"),
        ("every 6th Monday", "FREQ=WEEKLY;INTERVAL=6;BYDAY=MO 2026-11-30"),  # no month has six
        ("every Monday 'til June 30", "FREQ=WEEKLY;UNTIL=20270630;BYDAY=MO 2026-11-30"),
        ("every month on the last day", "FREQ=MONTHLY;BYMONTHDAY=-1 2026-11-30"),
        ("the last working day of the month", "FREQ=MONTHLY;BYDAY=MO,TU,WE,TH,FR;BYSETPOS=-1 2026-11-30"),
        ("quarterly from 12 January 2027", "FREQ=MONTHLY;INTERVAL=3;BYMONTHDAY=12 2027-01-12"),
        (
            "first Monday of March, June, September, and December",
            "FREQ=MONTHLY;BYMONTH=3,6,9,12;BYDAY=1MO 2026-12-07",
        ),
        # By years
        ("every 29 February", "FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=29 2028-02-29"),
        ("every other year on 12 March", "FREQ=YEARLY;INTERVAL=2;BYMONTH=3;BYMONTHDAY=12 2027-03-12"),
        ("every 2 years from 12 March", "FREQ=YEARLY;INTERVAL=2;BYMONTH=3;BYMONTHDAY=12 2027-03-12"),
        ("yearly on 29 Feb", "FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=29 2028-02-29"),
        ("March 12th every year, 9:00", "FREQ=YEARLY;BYMONTH=3;BYMONTHDAY=12 2027-03-12 09:00"),
        ("every year from 12 March", "FREQ=YEARLY;BYMONTH=3;BYMONTHDAY=12 2027-03-12"),
        # From, until, only in
        (
            "every Thursday in term from September to June except August",
            "FREQ=WEEKLY;BYMONTH=1,2,3,4,5,6,9,10,11,12;BYDAY=TH 2026-11-26",
        ),
        ("every Monday in March and April", "FREQ=WEEKLY;BYMONTH=3,4;BYDAY=MO 2027-03-01"),
        ("every Monday except July to September", "FREQ=WEEKLY;BYMONTH=1,2,3,4,5,6,10,11,12;BYDAY=MO 2026-11-30"),
        (
            "every Monday 10:00 from 12 January 2027 until 30 June 2027",
            "FREQ=WEEKLY;UNTIL=20270630;BYDAY=MO 2027-01-18 10:00",
        ),
        ("every Monday 10:00 starting 2027-01-12", "FREQ=WEEKLY;BYDAY=MO 2027-01-18 10:00"),
        ("every Monday until the end of June", "FREQ=WEEKLY;UNTIL=20270630;BYDAY=MO 2026-11-30"),
        ("every Monday through June", "FREQ=WEEKLY;UNTIL=20270630;BYDAY=MO 2026-11-30"),
        ("every Monday only in March", "FREQ=WEEKLY;BYMONTH=3;BYDAY=MO 2027-03-01"),
        ("the last Friday in the month", "FREQ=MONTHLY;BYDAY=-1FR 2026-11-27"),
        (
            "every Thursday from September to June except August",
            "FREQ=WEEKLY;BYMONTH=1,2,3,4,5,6,9,10,11,12;BYDAY=TH 2026-11-26",
        ),
        (
            "every Thursday in term from September to June",
            "FREQ=WEEKLY;BYMONTH=1,2,3,4,5,6,9,10,11,12;BYDAY=TH 2026-11-26",
        ),
        ("every 12 March in March", "FREQ=YEARLY;BYMONTH=3;BYMONTHDAY=12 2027-03-12"),
        ("every Monday 999 times", "FREQ=WEEKLY;COUNT=999;BYDAY=MO 2026-11-30"),
        ("every Monday except in August", f"FREQ=WEEKLY;{ALL_BUT_AUGUST};BYDAY=MO 2026-11-30"),
        ("every Monday from November", "FREQ=WEEKLY;BYDAY=MO 2026-11-30"),  # this one, from today on
        ("every Monday until the end of November", "FREQ=WEEKLY;UNTIL=20261130;BYDAY=MO 2026-11-30"),
        ("every Monday from December 2036", "FREQ=WEEKLY;BYDAY=MO 2036-12-01"),
        ("every Monday in March and April except April", "FREQ=WEEKLY;BYMONTH=3;BYDAY=MO 2027-03-01"),
        ("every Monday starting in January", "FREQ=WEEKLY;BYDAY=MO 2027-01-04"),
        ("every Friday 16:00, 6 times", "FREQ=WEEKLY;COUNT=6;BYDAY=FR 2026-11-27 16:00"),
        ("every Friday 16:00 for 6 sessions", "FREQ=WEEKLY;COUNT=6;BYDAY=FR 2026-11-27 16:00"),
        ("every Friday 16:00 for 6 weeks", "FREQ=WEEKLY;UNTIL=20270107;BYDAY=FR 2026-11-27 16:00"),
        ("every Friday 16:00 from 1 December for 2 weeks", "FREQ=WEEKLY;UNTIL=20261217;BYDAY=FR 2026-12-04 16:00"),
        # One date
        ("12 March 2027 14:00", "2027-03-12 14:00"),
        ("Friday, March 12th 2027 at 2pm", "2027-03-12 14:00"),
        ("26th of November", "2026-11-26"),
        ("2027-04-03T09:00", "2027-04-03 09:00"),
        ("12.03.2027 14:00", "2027-03-12 14:00"),
        ("25/4 9:00", "2027-04-25 09:00"),
        ("29/2 9:00", "2028-02-29 09:00"),
        ("25/11 18:00", "2026-11-25 18:00"),  # today
        ("13/1 9:00", "2027-01-13 09:00"),
        ("31/1 9:00", "2027-01-31 09:00"),
        ("31/12 9:00", "2026-12-31 09:00"),
        ("12 March 2036 9:00", "2036-03-12 09:00"),  # so many years ahead, and no more
        ("4/4/27 9:00", "2027-04-04 09:00"),
        ("today 18:00", "2026-11-25 18:00"),
        # Times of day
        ("tomorrow at 12am", "2026-11-26 00:00"),
        ("tomorrow at 1am", "2026-11-26 01:00"),
        ("tomorrow at 12:30 pm", "2026-11-26 12:30"),
        ("tomorrow at 1pm", "2026-11-26 13:00"),
        ("tomorrow 0:00", "2026-11-26 00:00"),
        ("tomorrow 23:59", "2026-11-26 23:59"),
        ("tomorrow 6:00", "2026-11-26 06:00"),
        ("tomorrow 6h", "2026-11-26 06:00"),
        ("tomorrow at 7", "2026-11-26 07:00"),
        ("tomorrow at noon", "2026-11-26 12:00"),
        ("the day after tomorrow at 10:15", "2026-11-27 10:15"),
        ("in two weeks at 10", "2026-12-09 10:00"),
        ("in a fortnight", "2026-12-09"),
        ("in 90 minutes", "2026-11-25 11:30"),
        ("in 3 hours", "2026-11-25 13:00"),
        ("Thursday", "2026-11-26"),
        ("this Friday at 3 pm", "2026-11-27 15:00"),
        ("next Monday 9:00", "2026-11-30 09:00"),
        ("Wednesday 9:00", "2026-12-02 09:00"),  # today's is over
        ("next Wednesday 15:00", "2026-12-02 15:00"),
    ],
)
def test_understood(text: str, expected: str) -> None:
    found = read(text)
    assert isinstance(found, Understood), found
    assert meaning(found) == expected


@pytest.mark.parametrize(
    ("text", "question", "expected"),
    [
        (
            "every 2nd Thursday 12:30",
            "The 2nd Thursday of the month, or a Thursday every other week?",
            ["FREQ=MONTHLY;BYDAY=2TH 2026-12-10 12:30", "FREQ=WEEKLY;INTERVAL=2;BYDAY=TH 2026-11-26 12:30"],
        ),
        (
            "every third Monday",
            "The 3rd Monday of the month, or a Monday every 3 weeks?",
            ["FREQ=MONTHLY;BYDAY=3MO 2026-12-21", "FREQ=WEEKLY;INTERVAL=3;BYDAY=MO 2026-11-30"],
        ),
        (
            "weekdays 9:00 until June",
            "Until 31 May 2027, or until 30 June 2027?",
            [
                "FREQ=WEEKLY;UNTIL=20270531;BYDAY=MO,TU,WE,TH,FR 2026-11-26 09:00",
                "FREQ=WEEKLY;UNTIL=20270630;BYDAY=MO,TU,WE,TH,FR 2026-11-26 09:00",
            ],
        ),
        (
            "every Thursday from September to June",
            "Every year from September to June, or only the next time?",
            [
                "FREQ=WEEKLY;BYMONTH=1,2,3,4,5,6,9,10,11,12;BYDAY=TH 2026-11-26",
                "FREQ=WEEKLY;UNTIL=20280630;BYDAY=TH 2027-09-02",
            ],
        ),
        (
            "quarterly",
            "On which day of the month?",
            ["FREQ=MONTHLY;INTERVAL=3;BYMONTHDAY=25 2026-11-25", "FREQ=MONTHLY;INTERVAL=3;BYDAY=4WE 2026-11-25"],
        ),
        (
            "first Monday in March 10:00",
            "Once, or every year?",
            ["2027-03-01 10:00", "FREQ=MONTHLY;BYMONTH=3;BYDAY=1MO 2027-03-01 10:00"],
        ),
        ("next Friday 15:00", "Which Friday?", ["2026-11-27 15:00", "2026-12-04 15:00"]),
        ("Wednesday 15:00", "Which Wednesday?", ["2026-11-25 15:00", "2026-12-02 15:00"]),
        ("3/4 10:00", "Is 3/4 3 April or 4 March?", ["2027-04-03 10:00", "2027-03-04 10:00"]),
        ("03/04/2027", "Is 03/04/2027 3 April or 4 March?", ["2027-04-03", "2027-03-04"]),
        (
            "Thursdays at 4",
            "In the morning or in the afternoon?",
            ["FREQ=WEEKLY;BYDAY=TH 2026-11-26 04:00", "FREQ=WEEKLY;BYDAY=TH 2026-11-26 16:00"],
        ),
        (
            "every 2nd Thursday 12:30 until 3/4",
            "The 2nd Thursday of the month, or a Thursday every other week? Is 3/4 3 April or 4 March?",
            [
                "FREQ=MONTHLY;UNTIL=20270403;BYDAY=2TH 2026-12-10 12:30",
                "FREQ=MONTHLY;UNTIL=20270304;BYDAY=2TH 2026-12-10 12:30",
                "FREQ=WEEKLY;INTERVAL=2;UNTIL=20270403;BYDAY=TH 2026-11-26 12:30",
                "FREQ=WEEKLY;INTERVAL=2;UNTIL=20270304;BYDAY=TH 2026-11-26 12:30",
            ],
        ),
    ],
)
def test_asked(text: str, question: str, expected: list[str]) -> None:
    found = read(text)
    assert isinstance(found, Ambiguous), found
    assert found.question == question
    assert [meaning(option.meaning) for option in found.options] == expected


@pytest.mark.parametrize("hour", [1, 6])
@pytest.mark.parametrize("words", ["at {}", "at {} o'clock"])
def test_an_hour_that_may_be_early_or_late_is_asked_about(hour: int, words: str) -> None:
    found = read(f"tomorrow {words.format(hour)}")
    assert isinstance(found, Ambiguous)
    assert found.question == "In the morning or in the afternoon?"
    assert [option.meaning.recurrence.start.hour for option in found.options] == [hour, hour + 12]
    assert [option.meaning.recurrence.start.minute for option in found.options] == [0, 0]


@pytest.mark.parametrize(
    ("today", "days"),
    [(1, ["BYMONTHDAY=1", "BYDAY=1TU"]), (8, ["BYMONTHDAY=8", "BYDAY=2TU"]), (28, ["BYMONTHDAY=28", "BYDAY=4MO"])],
)
def test_months_without_a_day_ask_for_one_like_today(today: int, days: list[str]) -> None:
    found = read("every 3 months 9:00", now=datetime(2026, 12, today, 8, tzinfo=UTC))
    assert isinstance(found, Ambiguous)
    assert found.question == "On which day of the month?"
    assert [option.meaning.recurrence.rule for option in found.options] == [
        f"FREQ=MONTHLY;INTERVAL=3;{day}" for day in days
    ]


def test_the_fifth_of_a_day_of_the_week_is_the_last_one() -> None:
    found = read("every 3 months 9:00", now=datetime(2026, 12, 29, 8, tzinfo=UTC))
    assert isinstance(found, Ambiguous)
    assert found.options[1].meaning.recurrence.rule == "FREQ=MONTHLY;INTERVAL=3;BYDAY=-1TU"


def test_every_fifth_monday_may_be_of_the_month() -> None:
    found = read("every 5th Monday")
    assert isinstance(found, Ambiguous)
    assert found.question == "The 5th Monday of the month, or a Monday every 5 weeks?"


@pytest.mark.parametrize("text", ["weekly", "fortnightly", "every 6 weeks"])
def test_a_week_without_a_day_asks_for_one(text: str) -> None:
    found = read(text)
    assert isinstance(found, Ambiguous)
    assert found.question == "On which day of the week?"
    assert len(found.options) == 7


def test_each_meaning_is_told_with_its_dates() -> None:
    found = read("every 2nd Thursday 12:30")
    assert isinstance(found, Ambiguous)
    assert [option.label for option in found.options] == [
        "The second Thursday of the month at 12:30, Europe/London: "
        "10 December 2026, 14 January 2027 and 11 February 2027",
        "Every other Thursday at 12:30, Europe/London, from 26 November 2026: "
        "26 November 2026, 10 December 2026 and 24 December 2026",
    ]


def test_a_time_that_was_not_said_is_not_told() -> None:
    found = read("3/4")
    assert isinstance(found, Ambiguous)
    assert [option.label for option in found.options] == ["Saturday 3 April 2027", "Thursday 4 March 2027"]


@pytest.mark.parametrize(
    ("text", "why"),
    [
        # Words that are not known are named
        ("every Monday until Christmas", "“christmas”"),
        ("every blue moon", "“blue”"),
        ("every Monday except bank holidays", "“bank”"),
        ("every Monday in summer", "“summer”"),
        ("biweekly", "“biweekly”"),
        ("twice a week", "“twice”"),
        ("every Thursday 12:30 CET", "“cet”"),
        ("every Tuesday or Thursday", "“or”"),
        ("every Thursday 12.3", "“12.3”"),
        ("jeden Donnerstag", "“jeden”"),
        # Known words that make nothing known
        ("every Monday and the first Friday of the month", "which dates “every Monday and the first Friday"),
        ("Monday and Tuesday 9:00", "which day “Monday and Tuesday” is"),
        ("not on Mondays", "which dates"),
        ("from 12 January", "which dates"),
        ("tomorrow until Friday", "which dates"),
        ("every Thursday in term", "Please say the months"),
        ("next week", "Which day of “next week”?"),
        ("every year", "On which day of the year?"),
        ("", "no date"),
        ("please", "no date"),
        ("at 10", "no date"),
        # Dates and times that do not exist, or are over
        ("tomorrow 24:00", "“24:00” is not a time of day."),
        ("tomorrow 10:60", "“10:60” is not a time of day."),
        ("tomorrow 13pm", "“13pm” is not a time of day."),
        ("tomorrow 0am", "“0am” is not a time of day."),
        ("the 21st working day of the month", "I can count to the 20th of these in a month."),
        ("32nd of every month", "I can count to the 31st of these in a month."),
        ("today 10:00", "25 November 2026 at 10:00 is in the past."),  # it is ten o'clock
        ("every Monday from December 2037", "“Dec 2037” is not within the ten years from now."),
        ("every Monday from October 2026", "“Oct 2026” is not within the ten years from now."),
        ("every Monday 1000 times", "Please ask for 1 to 999 times."),
        ("every Monday 0 times", "Please ask for 1 to 999 times."),
        ("every 12 March except March", "This leaves out every month."),
        ("every 12 March only in April", "This leaves out every month."),
        ("every Monday except Monday", "I can leave out days of the week only where others of them are left."),
        ("every other day except weekends", "I can leave out days of the week only where others of them are left."),
        ("every Monday 6 times through June", "Please say one end: a last day, or how many times."),
        ("every Monday from January from March", "I see two beginnings. Please say one."),
        ("30 February 10:00", "There is no 30 February."),
        ("every 30 February", "There is no 30 February."),
        ("29 February 2027", "There is no 29 February 2027."),
        ("29/2/2027", "There is no 29 February 2027."),
        ("31/4", "There is no 31 April."),
        ("2027-01-32", "There is no 32 January 2027."),
        ("2027-12-32", "There is no 32 December 2027."),
        ("13/13", "“13/13” is not a date"),
        ("2027-13-01", "There is no 1 month 13 2027."),
        ("every Thursday 25:00", "“25:00” is not a time"),
        ("13pm Thursday", "“13pm” is not a time"),
        ("12 March 2020 14:00", "in the past"),
        ("yesterday", "in the past"),
        ("today 9:00", "25 November 2026 at 09:00 is in the past"),
        ("every Monday until 30 June 2020", "Tuesday 30 June 2020 is before the first date"),
        ("every Monday from 1 June 2020", "Monday 1 June 2020 is in the past"),
        ("every Monday except 1 June 2020", "before the first date"),
        ("1 January 2099", "too far ahead"),
        ("every Monday until June 2099", "ten years"),
        ("Monday 12 March 2027", "12 March 2027 is a Friday, not a Monday"),
        ("every Thursday except 25 December 2026", "Friday 25 December 2026 is not one of the dates"),
        ("every Thursday from 12 January until 13 January", "no such date to come"),
        # Too much, or too little
        ("Thursdays 12:30 to 13:30", "more than one time of day"),
        ("every Thursday until 12:30", "nothing after “until”"),
        ("every Thursday from 12 January from 13 January", "two beginnings"),
        ("every Thursday 5 times until 30 June", "one end"),
        ("every Thursday 5 times for 5 weeks", "one end"),
        ("every Thursday for 5 weeks until 30 June", "one end"),
        ("every Thursday for 5 months", "how long"),
        ("every Thursday for 0 weeks", "how long"),
        ("every Thursday for 0 times", "1 to 999"),
        ("every 0 days", "never comes"),
        ("every 6th Thursday of the month", "count to the 5th"),
        ("every weekday except weekdays", "left"),
        ("every month on the 15th except Fridays", "days of the week"),
        ("every Monday in March except March", "every month"),
        ("every Monday in March and Friday", "expected months"),
        ("fortnightly at 4 until June", "too many things"),
        ("every Monday " * 100, "too long"),
    ],
)
def test_not_understood(text: str, why: str) -> None:
    found = read(text)
    assert isinstance(found, NotUnderstood), found
    assert why in found.why
    assert all(isinstance(read(example), Understood) for example in found.examples)


def test_a_time_may_be_given_for_those_who_say_none() -> None:
    found = understand("every Thursday", NOW, "UTC", default_time=time(12, 30))
    assert isinstance(found, Understood)
    assert meaning(found) == "FREQ=WEEKLY;BYDAY=TH 2026-11-26 12:30"


@pytest.mark.parametrize(
    ("said", "zone"),
    [
        ("every Thursday 12:30 america/new_york", "America/New_York"),
        ("every Thursday noon New York time", "America/New_York"),
        ("every Thursday at 9:00 Lagos time", "Africa/Lagos"),
    ],
)
def test_a_zone_in_the_sentence_counts(said: str, zone: str) -> None:
    found = read(said)
    assert isinstance(found, Understood)
    assert found.recurrence.zone == zone


def test_a_time_from_now_is_told_in_whole_minutes() -> None:
    found = read("in 90 minutes", now=NOW + timedelta(seconds=29, microseconds=5))
    assert isinstance(found, Understood)
    assert found.recurrence.start == datetime(2026, 11, 25, 11, 30)
    assert found.time_missing is False


def test_today_is_that_of_the_zone() -> None:
    found = read("tomorrow 9:00", zone="Pacific/Auckland", now=datetime(2026, 11, 25, 12, tzinfo=UTC))
    assert isinstance(found, Understood)
    assert meaning(found) == "2026-11-27 09:00"


def test_dates_that_are_left_out() -> None:
    found = read("every Thursday except 24 December and 31 December 12:00")
    assert isinstance(found, Understood)
    assert {day.isoformat() for day in found.recurrence.skipped} == {"2026-12-24", "2026-12-31"}


def test_no_word_is_passed_over() -> None:
    """A word that nobody knows is refused wherever it stands in a sentence that is understood without it."""
    sentence = "every other Thursday at 12:30 from 12 January until 30 June except August".split()
    assert isinstance(read(" ".join(sentence)), Understood)
    for place in range(len(sentence) + 1):
        found = read(" ".join([*sentence[:place], "perhaps", *sentence[place:]]))
        assert isinstance(found, NotUnderstood)
        assert "“perhaps”" in found.why


WORDS = (
    "every other last first 2nd 3/4 2027-02-30 and to from until through except only in for next this today tomorrow end "
    "Monday Thursdays weekdays weekend January Feb 29 6 0 day weeks month year times at 4 12:30 4pm noon , - of the"
).split()


@given(st.lists(st.sampled_from(WORDS), max_size=9).map(" ".join) | st.text(max_size=40))
def test_any_words_have_some_answer(text: str) -> None:
    found = read(text)
    if isinstance(found, NotUnderstood):
        assert found.why.endswith((".", "?"))
