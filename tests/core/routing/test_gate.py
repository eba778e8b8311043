"""The gate: what may reach a person, and when. What they did comes back at once; what we start keeps within what they allow."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from bot.core.replies import Kind
from bot.routing.gate import WEEK, May, Recipient, may_send
from bot.routing.hours import WorkingTime

WEDNESDAY = datetime(2026, 3, 4, 10, 0, tzinfo=UTC)
WILLING = Recipient(
    joined=True,
    volume="normal",
    availability="hours",
    zone="UTC",
    working=WorkingTime(),
    away_until=None,
    weekly_cap=3,
    invited=(),
)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
LATE = WorkingTime(begins=1410, ends=1440)
# Zones whose clocks change on Sundays, by half an hour, around Ramadan, on working days, at midnight; one left a day out.
ZONES = [
    "UTC",
    "Europe/London",
    "America/New_York",
    "Australia/Sydney",
    "Australia/Lord_Howe",
    "Africa/Casablanca",
    "Africa/Cairo",
    "Asia/Jerusalem",
    "Pacific/Apia",
    "Asia/Kathmandu",
]


def willing(**changes: Any) -> Recipient:
    return replace(WILLING, **changes)


@pytest.mark.parametrize("kind", Kind)
def test_who_takes_no_part_any_more_is_sent_nothing_but_their_own_data(kind: Kind) -> None:
    assert may_send(willing(), kind, WEDNESDAY).may is May.YES
    assert may_send(willing(blocked=True), kind, WEDNESDAY).may is (May.YES if kind is Kind.OWN_DATA else May.NO)


@pytest.mark.parametrize("kind", [Kind.ASKED_FOR, Kind.DUTY])
def test_what_answers_a_person_or_is_their_task_always_comes(kind: Kind) -> None:
    unwilling = willing(joined=False, volume="quiet", availability="digest", away_until=date(2030, 1, 1), weekly_cap=0)
    sunday_night = datetime(2026, 3, 8, 2, 0, tzinfo=UTC)
    decision = may_send(unwilling, kind, sunday_night)
    assert decision.may is May.YES
    assert decision.reason.startswith(("It answers", "You look after"))


@pytest.mark.parametrize(
    ("recipient", "now", "may", "reason"),
    [
        (willing(), WEDNESDAY, May.YES, "You joined"),
        (willing(volume="full"), WEDNESDAY, May.YES, "You joined"),
        (willing(joined=False), WEDNESDAY, May.NO, "Only people who joined"),
        (willing(volume="quiet"), WEDNESDAY, May.NO, "no questions between digests"),
        (willing(availability="digest"), WEDNESDAY, May.NO, "no questions between digests"),
        # Away: the last day counts, on their own clock.
        (willing(away_until=date(2026, 3, 3)), WEDNESDAY, May.YES, "You joined"),
        (willing(away_until=date(2026, 3, 4)), WEDNESDAY, May.NO, "Away until 04 March."),
        (willing(away_until=date(2026, 3, 4), zone="Pacific/Kiritimati"), WEDNESDAY + HOUR, May.LATER, "Kept"),
        # The weekly cap.
        (willing(volume="full", invited=[WEDNESDAY - HOUR] * 2), WEDNESDAY, May.YES, "You joined"),
        (willing(volume="full", invited=[WEDNESDAY - HOUR] * 3), WEDNESDAY, May.NO, "Was asked 3 times"),
        (willing(volume="full", invited=[WEDNESDAY - WEEK] * 3), WEDNESDAY, May.YES, "You joined"),
        (willing(volume="full", weekly_cap=0), WEDNESDAY, May.NO, "Was asked 0 times"),
        # The volume's ceiling of a week, which one's own cap does not lift.
        (
            willing(weekly_cap=9, invited=[WEDNESDAY - DAY] * 5),
            WEDNESDAY,
            May.NO,
            "Was sent 5 messages unasked in the last seven days, which is the ceiling.",
        ),
        (willing(weekly_cap=9, invited=[WEDNESDAY - DAY] * 4), WEDNESDAY, May.YES, "You joined"),
        (willing(weekly_cap=9, invited=[WEDNESDAY - WEEK] * 5), WEDNESDAY, May.YES, "You joined"),
        # At most one a day at Normal, by their own calendar; also one that is only planned.
        (
            willing(invited=[WEDNESDAY - HOUR]),
            WEDNESDAY,
            May.NO,
            "Has a question today already, and wants one message a day at most.",
        ),
        (
            willing(volume="full", weekly_cap=9, invited=[WEDNESDAY - HOUR] * 3),
            WEDNESDAY,
            May.NO,
            "Has a question today already, and wants 3 messages a day at most.",
        ),
        (willing(invited=[WEDNESDAY + HOUR]), WEDNESDAY, May.NO, "Has a question today already"),
        (willing(invited=[WEDNESDAY - DAY]), WEDNESDAY, May.YES, "You joined"),
        (
            willing(invited=[datetime(2026, 3, 3, 23, tzinfo=UTC)], zone="Asia/Tokyo"),
            datetime(2026, 3, 4, 3, tzinfo=UTC),
            May.NO,
            "today",
        ),
        (
            willing(
                availability="shifts", invited=[datetime(2026, 3, 3, 16, tzinfo=UTC)], zone="Asia/Tokyo"
            ),  # both are on Wednesday there, though not elsewhere
            datetime(2026, 3, 3, 20, tzinfo=UTC),
            May.NO,
            "today",
        ),
        (
            willing(invited=[datetime(2026, 3, 3, 14, tzinfo=UTC)], zone="Asia/Tokyo"),
            datetime(2026, 3, 4, 3, tzinfo=UTC),
            May.YES,
            "You joined",
        ),
        # Hours: from the first minute on, until the last one ends.
        (willing(), WEDNESDAY.replace(hour=9), May.YES, "You joined"),
        (willing(), WEDNESDAY.replace(hour=8, minute=59), May.LATER, "Kept until your hours begin."),
        (willing(), WEDNESDAY.replace(hour=16, minute=59, second=59), May.YES, "You joined"),
        (willing(), WEDNESDAY.replace(hour=17), May.LATER, "Kept"),
        (willing(), datetime(2026, 3, 7, 10, tzinfo=UTC), May.LATER, "Kept"),
        (willing(availability="shifts"), datetime(2026, 3, 8, 3, tzinfo=UTC), May.YES, "You joined"),
        # In the evening of a day with a question there is still the next day; not if that has one, too.
        (willing(invited=[WEDNESDAY]), WEDNESDAY.replace(hour=20), May.LATER, "Kept"),
        (
            willing(invited=[datetime(2026, 3, 5, 9, tzinfo=UTC)]),
            WEDNESDAY.replace(hour=20),
            May.NO,
            "Has a question on their next working day already",
        ),
    ],
)
def test_every_rule_for_an_invitation(recipient: Recipient, now: datetime, may: May, reason: str) -> None:
    decision = may_send(recipient, Kind.INVITATION, now)
    assert (decision.may, reason in decision.reason) == (may, True), decision
    assert (decision.at is not None) == (may is May.LATER)


@pytest.mark.parametrize(
    ("zone", "now", "at"),
    [
        ("UTC", "2026-03-04T20:00", "2026-03-05T09:00"),  # in the evening: tomorrow
        ("UTC", "2026-03-05T06:00", "2026-03-05T09:00"),  # early: today
        ("UTC", "2026-03-06T17:00", "2026-03-09T09:00"),  # on Friday evening: Monday
        ("America/New_York", "2026-03-06T23:00", "2026-03-09T13:00"),  # over the night the clocks go forward
        ("Europe/London", "2026-10-23T18:00", "2026-10-26T09:00"),  # and back
        ("Asia/Tokyo", "2026-03-04T12:00", "2026-03-05T00:00"),
        ("Pacific/Apia", "2011-12-30T04:00", "2012-01-01T19:00"),  # Thursday evening; there was no Friday that week
    ],
)
def test_what_has_to_wait_comes_when_their_hours_begin(zone: str, now: str, at: str) -> None:
    decision = may_send(willing(zone=zone), Kind.INVITATION, datetime.fromisoformat(now).replace(tzinfo=UTC))
    assert decision.at == datetime.fromisoformat(at).replace(tzinfo=UTC)


INSTANTS = st.one_of(
    st.datetimes(datetime(2026, 1, 1), datetime(2028, 1, 1)),
    st.datetimes(datetime(2011, 12, 20), datetime(2012, 1, 10)),
    # Around the changes of Cairo, on Fridays and Thursdays at midnight.
    st.datetimes(datetime(2026, 4, 22), datetime(2026, 4, 25)),
    st.datetimes(datetime(2026, 10, 28), datetime(2026, 10, 31)),
).map(lambda naive: naive.replace(tzinfo=UTC))


@st.composite
def recipients(draw: st.DrawFn, now: datetime) -> Recipient:
    hours_from = draw(st.sampled_from([0, 30, 60, 90, 120, 9 * 60, 23 * 60 + 30]) | st.integers(0, 1439))
    return Recipient(
        joined=draw(st.booleans()),
        volume=draw(st.sampled_from(["quiet", "normal", "full"])),
        availability=draw(st.sampled_from(["hours", "shifts", "digest"])),
        zone=draw(st.sampled_from(ZONES)),
        working=WorkingTime(begins=hours_from, ends=draw(st.integers(hours_from + 1, 1440))),
        away_until=draw(st.none() | st.integers(-3, 3).map(lambda days: (now + days * DAY).date())),
        weekly_cap=draw(st.integers(0, 4)),
        invited=draw(st.lists(st.integers(-8 * 24, 4 * 24).map(lambda hours: now + hours * HOUR), max_size=5)),
    )


CASES = INSTANTS.flatmap(lambda now: st.tuples(st.just(now), recipients(now)))


@given(CASES)
def test_an_invitation_never_comes_to_somebody_who_does_not_allow_it(case: tuple[datetime, Recipient]) -> None:
    now, person = case
    decision = may_send(person, Kind.INVITATION, now)
    lately = sum(at > now - WEEK for at in person.invited)
    unwilling = person.volume == "quiet" or person.availability == "digest"
    if not person.joined or unwilling or lately >= person.weekly_cap:
        assert decision.may is May.NO
    if decision.may is not May.NO and person.away_until is not None:  # what is kept for later comes when they are back
        assert (decision.at or now).astimezone(ZoneInfo(person.zone)).date() > person.away_until
    assert decision.reason.endswith(".")


@given(CASES)
def test_a_reminder_is_bound_by_the_day_but_not_by_the_cap(case: tuple[datetime, Recipient]) -> None:
    now, person = case
    zone = ZoneInfo(person.zone)
    reminder = may_send(person, Kind.REMINDER, now)
    assert reminder == may_send(replace(person, weekly_cap=99), Kind.REMINDER, now)
    if reminder.may is not May.NO and person.volume == "normal":
        when = (reminder.at or now).astimezone(zone).date()
        assert when not in [at.astimezone(zone).date() for at in person.invited if at > now - WEEK]
        busy = replace(person, reminded=[reminder.at or now])
        assert may_send(busy, Kind.REMINDER, now).may is May.NO
        assert may_send(busy, Kind.INVITATION, now).may is May.NO


@given(CASES)
def test_at_normal_nobody_gets_a_second_question_on_one_day(case: tuple[datetime, Recipient]) -> None:
    now, person = case
    zone = ZoneInfo(person.zone)
    person = replace(person, joined=True, volume="normal", availability="hours", away_until=None, weekly_cap=99)
    decision = may_send(person, Kind.INVITATION, now)
    if decision.may is not May.NO:
        when = (decision.at or now).astimezone(zone).date()
        assert when not in [at.astimezone(zone).date() for at in person.invited if at > now - WEEK]


@given(CASES)
@example((datetime(2026, 10, 29, 20, 15, tzinfo=UTC), willing(zone="Africa/Cairo", working=LATE)))
@example((datetime(2026, 10, 29, 21, 15, tzinfo=UTC), willing(zone="Africa/Cairo", working=LATE)))
@example((datetime(2011, 12, 30, 9, 30, tzinfo=UTC), willing(zone="Pacific/Apia")))
def test_later_is_in_the_future_on_a_working_day_when_their_hours_begin(case: tuple[datetime, Recipient]) -> None:
    now, person = case
    zone = ZoneInfo(person.zone)
    person = replace(person, joined=True, volume="full", availability="hours", away_until=None, weekly_cap=99)
    person = replace(person, invited=(), reminded=())
    decision = may_send(person, Kind.INVITATION, now)
    here = now.astimezone(zone)
    minute = here.hour * 60 + here.minute
    hours = person.working
    if decision.may is May.YES:
        twice = here.utcoffset() != (here - HOUR).astimezone(UTC).astimezone(zone).utcoffset() or here.fold
        assert here.weekday() < 5
        assert twice or hours.begins <= minute < hours.ends
        return
    assert not (here.weekday() < 5 and hours.begins <= minute < hours.ends and not here.fold)
    assert decision.may is May.LATER
    assert decision.at is not None
    assert now < decision.at <= now + 5 * DAY
    assert decision.at.utcoffset() == timedelta(0)
    there = decision.at.astimezone(zone)
    assert there.weekday() < 5
    late_by = there.hour * 60 + there.minute - hours.begins
    if late_by:  # only where that clock time is left out on that day
        assert 0 < late_by <= 60
        as_asked = there.replace(hour=hours.begins // 60, minute=hours.begins % 60)
        assert as_asked.astimezone(UTC).astimezone(zone).replace(tzinfo=None) != as_asked.replace(tzinfo=None)


@given(CASES, st.lists(st.integers(0, 40), min_size=1, max_size=25))
def test_however_many_questions_come_the_cap_and_the_day_are_kept(
    case: tuple[datetime, Recipient], gaps: list[int]
) -> None:
    now, person = case
    zone = ZoneInfo(person.zone)
    person = replace(person, invited=(), joined=True, volume="normal", away_until=None)
    for gap in gaps:
        now += gap * HOUR
        decision = may_send(person, Kind.INVITATION, now)
        if decision.may is not May.NO:
            person = replace(person, invited=(*person.invited, decision.at or now))
    days = [at.astimezone(zone).date() for at in person.invited]
    assert len(set(days)) == len(days)
    for at in person.invited:
        assert sum(at - WEEK < other <= at for other in person.invited) <= person.weekly_cap
