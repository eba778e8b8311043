"""What each volume allows, whoever the person and whatever they were sent before: by the gate alone, and as the page says."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.core.replies import Kind
from bot.routing.gate import UNASKED, VOLUMES, WEEK, May, Recipient, may_send
from bot.routing.hours import WorkingTime

PAGE = Path(__file__).parents[3] / "docs" / "asking.md"
HOUR = timedelta(hours=1)
BEGIN = datetime(2026, 3, 1, tzinfo=UTC)
ZONES = ("UTC", "Europe/London", "America/New_York", "Pacific/Kiritimati", "Africa/Cairo", "Asia/Kathmandu")
HOURS = st.integers(-10 * 24, 4 * 24)

recipients = st.builds(
    Recipient,
    joined=st.booleans(),
    volume=st.sampled_from(sorted(VOLUMES)),
    availability=st.sampled_from(("hours", "shifts", "digest")),
    zone=st.sampled_from(ZONES),
    working=st.integers(0, 23).map(lambda hour: WorkingTime(begins=hour * 60, ends=(hour + 1) * 60)),
    away_until=st.none() | st.dates(date(2026, 2, 25), date(2026, 5, 1)),
    weekly_cap=st.integers(0, 20),
    invited=st.lists(HOURS.map(lambda hours: BEGIN + hours * HOUR), max_size=12),
    reminded=st.lists(HOURS.map(lambda hours: BEGIN + hours * HOUR), max_size=6),
)
# Somebody who is there, and of whom only the volume decides.
eager = st.builds(
    replace,
    recipients,
    joined=st.just(True),
    availability=st.sampled_from(("hours", "shifts")),
    away_until=st.none(),
    weekly_cap=st.just(99),
    working=st.just(WorkingTime(begins=0, ends=1440)),
    invited=st.just(()),
    reminded=st.just(()),
)
instants = st.integers(0, 30 * 24 * 60).map(lambda minutes: BEGIN + timedelta(minutes=minutes))


@given(recipients, st.booleans(), st.sampled_from(list(Kind)), instants)
def test_whatever_is_decided_has_a_reason(person: Recipient, blocked: bool, kind: Kind, now: datetime) -> None:
    decision = may_send(replace(person, blocked=blocked), kind, now)
    assert decision.reason.strip().endswith(".")
    assert (decision.at is not None) == (decision.may is May.LATER)


@given(recipients, st.sampled_from([kind for kind in Kind if kind not in UNASKED]), instants)
def test_what_was_asked_for_always_comes_at_once(person: Recipient, kind: Kind, now: datetime) -> None:
    assert may_send(person, kind, now).may is May.YES


@given(recipients, st.sampled_from(UNASKED), instants)
def test_at_quiet_nothing_is_started(person: Recipient, kind: Kind, now: datetime) -> None:
    assert may_send(replace(person, volume="quiet"), kind, now).may is May.NO


@given(recipients, st.sampled_from(UNASKED), instants)
def test_whoever_had_enough_gets_no_more(person: Recipient, kind: Kind, now: datetime) -> None:
    """From any history: what may come is within the day and the week of the volume."""
    decision, allowed, zone = may_send(person, kind, now), VOLUMES[person.volume], ZoneInfo(person.zone)
    if decision.may is May.NO:
        return
    lately = [at for at in (*person.invited, *person.reminded) if at > now - WEEK]
    day = (decision.at or now).astimezone(zone).date()
    assert sum(at.astimezone(zone).date() == day for at in lately) < allowed.a_day
    assert len(lately) < allowed.a_week


@given(eager, st.lists(st.tuples(st.sampled_from(UNASKED), st.integers(0, 16)), min_size=1, max_size=60))
def test_however_much_there_is_to_send_it_stays_within_the_volume(
    person: Recipient, offered: list[tuple[Kind, int]]
) -> None:
    """A history that the gate itself has made: so many on one's own day, so many in any seven days."""
    now, allowed, zone = BEGIN, VOLUMES[person.volume], ZoneInfo(person.zone)
    for kind, gap in offered:
        now += gap * HOUR
        decision = may_send(person, kind, now)
        if decision.may is not May.NO:
            column = "invited" if kind is Kind.INVITATION else "reminded"
            person = replace(person, **{column: (*getattr(person, column), decision.at or now)})
    sent = sorted((*person.invited, *person.reminded))
    days = [at.astimezone(zone).date() for at in sent]
    assert all(days.count(day) <= allowed.a_day for day in days)
    assert all(sum(last - WEEK < at <= last for at in sent) <= allowed.a_week for last in sent)


def documented(page: str) -> dict[str, dict[str, str]]:
    """Kind of message → volume → what the table says of it."""
    rows = [[cell.strip() for cell in line.strip("|").split("|")] for line in page.splitlines() if line.startswith("|")]
    begin = next(number for number, row in enumerate(rows) if row[0] == "A direct message")
    volumes = [name.lower() for name in rows[begin][1:]]
    found = {}
    for row in rows[begin + 2 :]:
        kind = re.match(r"\*\*(.+?)\*\*", row[0])
        if kind is None:
            break
        found[kind[1].lower().replace(" ", "_")] = dict(zip(volumes, row[1:], strict=True))
    return found


def said(kind: Kind, volume: str) -> str:
    allowed = VOLUMES[volume]
    if kind not in UNASKED:
        return "always"
    return f"{allowed.a_day} a day, {allowed.a_week} a week" if allowed.a_day else "never"


def test_the_page_says_what_the_gate_does() -> None:
    in_the_program = {str(kind): {volume: said(kind, volume) for volume in VOLUMES} for kind in Kind}
    assert documented(PAGE.read_text()) == in_the_program


@pytest.mark.parametrize(("was", "instead"), [("5 a week", "6 a week"), ("never", "always"), ("| **Duty**", "| Duty")])
def test_a_page_that_says_otherwise_would_be_noticed(was: str, instead: str) -> None:
    page = PAGE.read_text()
    assert documented(page.replace(was, instead)) != documented(page)
