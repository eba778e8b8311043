"""A month of questions in small: everybody is left in peace, nothing is dropped; and the checks can fail."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import aiosqlite
import pytest

from bench.month import simulate
from bench.outcome import Asked, Message, Person, broken, invitations_each
from bench.people import Plan
from bench.picture import Chart, Curve, picture

MONDAY = datetime(2026, 3, 2, 10, 0, tzinfo=UTC)
DAY = timedelta(days=1)
PEOPLE = (
    Person(1),
    Person(2, volume="full", cap=2),
    Person(3, volume="quiet"),
    Person(4, availability="digest"),
    Person(5, volume="full", availability="shifts"),
    Person(6, away=((MONDAY - DAY, date(2026, 3, 4)),)),
    Person(7, zone="America/New_York"),
)
OPEN, CLOSED = Asked(1, 9, "helped"), Asked(2, 9, "queued", readers={1: None, 2: MONDAY + DAY})


async def test_promises_are_kept_whatever_people_do(database_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(aiosqlite.Connection, "_execute", aiosqlite.Connection._execute)  # so that it is put back
    _, came = await simulate(database_url, Plan(members=20, days=2, questions=3, seed=3), alone=True)
    assert broken(came.people, came.messages, came.asked) == {promise: [] for promise in broken((), (), ())}
    assert len(came.asked) == 6
    assert sum(invitations_each(came)) >= 5


def invited(to: int, at: datetime, question: int = 1, kind: str = "invitation") -> Message:
    return Message(kind, to, at, question)


# What breaks each promise, and what just keeps it.
CASES: tuple[tuple[str, list[Message], list[Message]], ...] = (
    (
        "Nobody over their weekly cap of invitations",
        [invited(2, MONDAY + days * DAY, question) for days, question in ((0, 1), (1, 4), (3, 8))],
        [invited(2, MONDAY + days * DAY, question) for days, question in ((0, 1), (1, 4), (7, 8))],
    ),
    (
        "At Normal, at most one unasked message a day",
        [invited(1, MONDAY), invited(1, MONDAY + DAY / 6, kind="reminder")],
        [invited(1, MONDAY), invited(1, MONDAY + DAY, kind="reminder")],
    ),
    ("Nothing for Quiet and digest-only", [invited(3, MONDAY)], [invited(1, MONDAY)]),
    ("Nothing for Quiet and digest-only", [invited(4, MONDAY)], [invited(2, MONDAY)]),
    ("Nothing while away", [invited(6, MONDAY + 2 * DAY)], [invited(6, MONDAY + 3 * DAY)]),
    ("Nothing outside working hours, unless on shifts", [invited(7, MONDAY)], [invited(7, MONDAY + DAY / 4)]),
    ("Nothing outside working hours, unless on shifts", [invited(1, MONDAY - DAY)], [invited(5, MONDAY - DAY)]),
    ("Nobody asked who cannot see the channel", [invited(7, MONDAY + DAY / 4, 2)], [invited(1, MONDAY, 2)]),
    ("Nobody asked who cannot see the channel", [invited(2, MONDAY + DAY, 2)], [invited(2, MONDAY, 2)]),
    ("Nobody asked their own question", [invited(1, MONDAY, 3)], [invited(2, MONDAY, 3)]),
    (
        "Nobody invited twice to one question by itself, or reminded twice",
        [invited(5, MONDAY), invited(5, MONDAY + DAY)],
        [invited(5, MONDAY), invited(5, MONDAY + DAY, kind="reminder")],
    ),
)


@pytest.mark.parametrize(("promise", "breaks", "keeps"), CASES)
def test_a_broken_promise_is_found(promise: str, breaks: list[Message], keeps: list[Message]) -> None:
    asked = [OPEN, CLOSED, Asked(3, 1, "closed"), Asked(4, 9, "answered"), Asked(8, 9, "queued")]
    found = broken(PEOPLE, breaks, asked)
    assert [name for name, lines in found.items() if lines] == [promise]
    assert not any(broken(PEOPLE, keeps, asked).values())


@pytest.mark.parametrize("state", ["new", "asked", "paused", "checking", "told"])
def test_a_question_that_goes_nowhere_is_found(state: str) -> None:
    found = broken(PEOPLE, [], [OPEN, Asked(7, 1, state)])
    assert found.pop("Every question ends answered, helped, closed or in the queue") == [f"question 7 is {state}"]
    assert not any(found.values())


def test_a_picture_has_bars_lines_axes_and_words() -> None:
    drawn = picture(
        [Chart("Load", "Members", [Curve("A & B", [3, 2, 0], bars=True), Curve("C", [1, 2, 3])])], "Who was asked"
    )
    assert drawn.count('<rect class="fill0"') == 3  # two bars and the legend's
    assert "<polyline" in drawn
    assert "A &amp; B" in drawn
    assert "prefers-color-scheme: dark" in drawn
