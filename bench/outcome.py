"""What came of a simulated month: the rows read back, the promises checked, the figures.

The checks share nothing with the gate that is meant to keep the promises: they see who got what and when, as the platform was
given it, and what each person allows.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from statistics import median
from zoneinfo import ZoneInfo

from sqlalchemy import select

from bench.figures import p95
from bench.picture import Chart, Curve, picture
from storage.answers import Answer
from storage.communities import Place
from storage.engine import Database
from storage.invitations import Invitation
from storage.ledger.deliveries import Delivery
from storage.ledger.timers import Timer
from storage.questions import Question

DAY = timedelta(days=1)
NEVER_THERE = datetime.min.replace(tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Person:
    """What a member allows. ``away`` holds since when, and the last day."""

    id: int
    zone: str = "UTC"
    volume: str = "normal"
    availability: str = "hours"
    begins: int = 9 * 60
    ends: int = 17 * 60
    cap: int = 3
    away: tuple[tuple[datetime, date], ...] = ()


@dataclass(frozen=True, slots=True)
class Message:
    """An invitation or a reminder that the platform was given. ``by_hand``: somebody thought of them, perhaps once more."""

    kind: str
    to: int
    at: datetime
    question: int
    by_hand: bool = False


@dataclass(frozen=True, slots=True)
class Asked:
    """A question. ``readers``: who can see its channel, and until when (None: still); no mapping for an open channel."""

    id: int
    asker: int
    state: str
    readers: Mapping[int, datetime | None] | None = None


def broken(people: Iterable[Person], messages: Sequence[Message], asked: Iterable[Asked]) -> dict[str, list[str]]:
    """Promise → how it was broken, a line each; empty where it was kept."""
    by_id, questions = {person.id: person for person in people}, {question.id: question for question in asked}
    found: dict[str, list[str]] = {
        "Nobody over their weekly cap of invitations": _over_the_cap(by_id, messages),
        "At Normal, at most one unasked message a day": _twice_a_day(by_id, messages),
        "Nothing for Quiet and digest-only": [],
        "Nothing while away": [],
        "Nothing outside working hours, unless on shifts": [],
        "Nobody asked who cannot see the channel": [],
        "Nobody asked their own question": [],
        "Nobody invited twice to one question by itself, or reminded twice": [
            f"{kind} {number} times: member {to}, question {question}"
            for (kind, to, question), number in Counter(
                (it.kind, it.to, it.question) for it in messages if not it.by_hand
            ).items()
            if number > 1
        ],
        "Every question ends answered, helped, closed or in the queue": [
            f"question {it.id} is {it.state}"
            for it in questions.values()
            if it.state not in ("answered", "helped", "closed", "queued")
        ],
    }
    (quiet, away, hours, blind, own) = list(found.values())[2:7]
    for it in messages:
        person, question = by_id[it.to], questions[it.question]
        local, line = (
            it.at.astimezone(ZoneInfo(person.zone)),
            f"member {it.to}, question {it.question}, {it.at:%d %b %H:%M}",
        )
        minute = local.hour * 60 + local.minute
        if person.volume == "quiet" or person.availability == "digest":
            quiet.append(line)
        if any(since <= it.at and local.date() <= until for since, until in person.away):
            away.append(line)
        if person.availability != "shifts" and not (local.weekday() < 5 and person.begins <= minute < person.ends):
            hours.append(f"{line}, {local:%a %H:%M} for them")
        if question.readers is not None:
            left = question.readers.get(it.to, NEVER_THERE)
            if left is not None and left <= it.at:
                blind.append(line)
        if question.asker == it.to:
            own.append(line)
    return found


def _over_the_cap(people: Mapping[int, Person], messages: Sequence[Message]) -> list[str]:
    times = defaultdict(list)
    for it in sorted(messages, key=lambda it: it.at):
        if it.kind == "invitation":
            times[it.to].append(it.at)
    return [
        f"member {to} has {len(week)} in the week until {last:%d %b %H:%M}, and allows {people[to].cap}"
        for to, all_of_them in times.items()
        for last in all_of_them
        if len(week := [at for at in all_of_them if last - 7 * DAY < at <= last]) > people[to].cap
    ]


def _twice_a_day(people: Mapping[int, Person], messages: Sequence[Message]) -> list[str]:
    days = Counter((it.to, it.at.astimezone(ZoneInfo(people[it.to].zone)).date()) for it in messages)
    too_many = [(to, day, number) for (to, day), number in days.items() if number > 1 and people[to].volume == "normal"]
    return [f"member {to} got {number} on {day:%d %b}" for to, day, number in too_many]


# Reading it back


@dataclass(frozen=True, slots=True)
class Came:
    """What is left of a month. ``direct``: every direct message, as card, recipient and when; ``posted``: when, in channels."""

    people: Sequence[Person]
    messages: Sequence[Message]
    asked: Sequence[Asked]
    created: Mapping[int, datetime]
    answers: Sequence[Answer]
    invited: set[tuple[int, int]]
    direct: Sequence[tuple[str, int, datetime]]
    posted: Sequence[datetime]


async def read(
    database: Database, people: Sequence[Person], sent_at: Mapping[str, datetime], ward: Mapping[int, datetime | None]
) -> Came:
    """``sent_at``: when the platform was given each delivery. ``ward``: who could read the closed channel until when."""
    async with database.read() as db:
        assert not (await db.scalars(select(Timer).where(Timer.failures > 0))).all(), "a timer failed"
        deliveries = [it for it in await db.scalars(select(Delivery).order_by(Delivery.id)) if it.uid in sent_at]
        invitations = {it.id: it for it in await db.scalars(select(Invitation))}
        closed = set(await db.scalars(select(Place.space_id).where(Place.closed.is_(True))))
        questions = list(await db.scalars(select(Question).order_by(Question.id)))
        answers = list(await db.scalars(select(Answer).order_by(Answer.id)))
    return Came(
        people,
        [
            Message(
                it.kind,
                it.member_id or 0,
                sent_at[it.uid],
                invitations[it.subject].question_id,
                any(reason.startswith("suggested") for reason in invitations[it.subject].reasons),
            )
            for it in deliveries
            if it.kind in ("invitation", "reminder")
        ],
        [Asked(it.id, it.asker_id, it.state, ward if it.space_id in closed else None) for it in questions],
        {it.id: it.created_at for it in questions},
        answers,
        {(it.question_id, it.member_id) for it in invitations.values()},
        [(it.card, it.member_id or 0, sent_at[it.uid]) for it in deliveries if it.place_id is None],
        [sent_at[it.uid] for it in deliveries if it.place_id is not None],
    )


# Figures


def invitations_each(came: Came) -> list[int]:
    """Of the members who may be asked at all, the most first."""
    each = Counter(it.to for it in came.messages if it.kind == "invitation")
    may = [it.id for it in came.people if it.volume != "quiet" and it.availability != "digest"]
    return sorted((each[id] for id in may), reverse=True)


def working_hours(begins: datetime, ends: datetime, zone: ZoneInfo) -> float:
    """How many hours of Monday to Friday, 9 to 17, lie between two instants."""
    found, day = 0.0, begins.astimezone(zone).date()
    while day <= ends.astimezone(zone).date():
        if day.weekday() < 5:
            opens, closes = (
                datetime(day.year, day.month, day.day, hour, tzinfo=zone).astimezone(UTC) for hour in (9, 17)
            )
            found += max(timedelta(0), min(ends, closes) - max(begins, opens)) / timedelta(hours=1)
        day += DAY
    return found


def figures(came: Came, days: int, facilitators: int, zone: ZoneInfo) -> list[tuple[str, str]]:
    """What is worth knowing of the load and of what came of the questions."""
    each, states = invitations_each(came), Counter(it.state for it in came.asked)
    first: dict[int, Answer] = {}
    for answer in came.answers:  # what helped before what may have
        if answer.question_id not in first or (answer.helped_at and not first[answer.question_id].helped_at):
            first[answer.question_id] = answer
    invited = sum((it.question_id, it.author_id) in came.invited for it in first.values())
    waited = sorted(working_hours(came.created[id], it.created_at, zone) for id, it in first.items()) or [0.0]
    cards, asked = Counter(card for card, _, _ in came.direct), max(1, len(came.asked))
    routed = len({question for question, _ in came.invited})
    busy = sum(each[: max(1, len(each) // 10)])
    spread = f"{median(each):g}, {p95(each):.0f}, {max(each)}"
    sent = [it for it in came.messages if it.kind == "invitation"]
    week = max((sum(it.to == one.to and one.at - 7 * DAY < it.at <= one.at for it in sent) for one in sent), default=0)
    return [
        ("Questions asked", f"{len(came.asked):,}"),
        ("… for which somebody was invited", f"{routed:,} ({routed / asked:.0%})"),
        *((f"… in the end {state}", f"{number:,} ({number / asked:.0%})") for state, number in states.most_common()),
        ("Answered by somebody invited / by a passer-by", f"{invited:,} / {len(first) - invited:,}"),
        (
            "Working hours until that answer: median, p95",
            f"{median(waited):.1f}, {waited[int(0.95 * (len(waited) - 1))]:.1f}",
        ),
        ("Members who may be asked", f"{len(each)} of {len(came.people)}"),
        ("Invitations each: median, p95, most", spread),
        ("… most in any seven days", str(week)),
        (
            "Share of the busiest / of the busiest tenth",
            f"{max(each) / max(1, sum(each)):.1%} / {busy / max(1, sum(each)):.0%}",
        ),
        ("Invitations / reminders that were sent", f"{sum(each):,} / {len(came.messages) - sum(each):,}"),
        ("“Did that help?”", f"{cards['did_it_help']:,}"),
        ("“A question needs you”, each facilitator, a day", f"{cards['unrouted'] / max(1, facilitators) / days:.0f}"),
    ]


def pictured(came: Came, start: datetime) -> str:
    """The load as a picture: invitations of each member, the busiest first; and what was sent each day."""

    def daily(times: Iterable[datetime]) -> list[float]:
        days = Counter((at - start) // DAY for at in times)
        return [float(days[day]) for day in range(max(days, default=0) + 1)]

    invited, reminded = ([it.at for it in came.messages if it.kind == kind] for kind in ("invitation", "reminder"))
    checked = [at for card, _, at in came.direct if card == "did_it_help"]
    told = [at for card, _, at in came.direct if card == "unrouted"]
    lines = [
        ("Invitations", invited),
        ("Reminders", reminded),
        ("“Did that help?”", checked),
        ("To facilitators", told),
    ]
    each = [float(number) for number in invitations_each(came)]
    charts = (
        Chart(
            "Invitations in the month, member by member",
            "Members who may be asked, the busiest first",
            [Curve("Invitations", each, bars=True)],
        ),
        Chart(
            "Direct messages, day by day", "Day (the 1st is a Monday)", [Curve(name, daily(at)) for name, at in lines]
        ),
    )
    busiest = f"from {each[0]:.0f} to {each[-1]:.0f}" if each else "none"
    return picture(
        charts, f"A month of asking: invitations of each member, {busiest}; and direct messages a day by kind."
    )
