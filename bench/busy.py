"""python -m bench.busy: a month in which more is asked than people want to be asked, beside digests, meetings and followed tags.

Whatever they chose, nobody gets more of what we start than their volume allows, and every message says why it came. The counting
goes by the ledger's rows and by when the platform was given each message; nothing of it is the gate's. Exit code 1 where a
promise was broken. docs/digests.md says what came of it.
"""

from __future__ import annotations

import argparse
import asyncio
import gc
import logging
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path
from unittest import mock
from zoneinfo import ZoneInfo

import structlog
from sqlalchemy import select

from bench import people
from bench.databases import servers
from bench.figures import table
from bench.outcome import Person
from bench.people import DAY, FACILITATORS, START, Month, Plan, button, in_one_thread
from bot.core.events import Click
from bot.core.replies import Kind, Said
from bot.core.ui import Action, Button, Card
from bot.rituals.digests import DigestHere
from bot.rituals.following import FollowTag
from bot.rituals.sessions.declared import Come, RemindMe
from bot.routing.gate import UNASKED, VOLUMES, WEEK
from storage import communities, migrate, sessions
from storage.ledger.deliveries import CONFIDED, SENT, Delivery
from storage.ledger.rhythms import Rhythm
from storage.sessions import Session
from tests.schedules.stage import ref

VOLUME = ("quiet", "normal", "full", "normal", "normal")
FOLLOWED = "falls"
TOPICS = (FOLLOWED, "sleep", "wounds")  # so few that everybody knows much of what is asked
CEILING, QUIET, EXPLAINED, TRUE = (
    "What we start: no more a day and a week than their volume allows",
    "At Quiet only what they asked for (and their task, who looks after the community)",
    "Every message says why it came",
    "Why this? tells the same",
)


@dataclass(frozen=True, slots=True)
class Told:
    """What was to be sent to somebody in particular: ``at`` is when the platform was given it, if ever; ``why`` is what pressing
    Why this? on it said (nothing where it was not asked)."""

    row: Delivery
    to: Person
    at: datetime | None
    why: str | None


class Busy(Month):
    """A month for people who know much of the little that is asked, and allow any number of invitations."""

    def __init__(self, url: str, plan: Plan) -> None:
        with mock.patch.object(people, "TOPICS", TOPICS):
            super().__init__(url, plan)
        self.people = [
            replace(person, volume=VOLUME[person.id % len(VOLUME)], availability="hours", cap=20)
            for person in self.people
        ]

    async def begin(self) -> None:
        with mock.patch.object(people, "TOPICS", TOPICS):
            await super().begin()
        meetings = await self._meetings()
        for person in self.people:
            me = str(person.id)
            if person.id % 2:
                await self._does(me, DigestHere())
            if person.id % 3 != 1:
                await self._does(me, FollowTag(tag=FOLLOWED))
            for meeting in meetings:
                await self._does(me, Come(session=meeting, answer=sessions.YES))
                remind = Card(buttons=(Button("Remind me", RemindMe(session=meeting)),))
                assert isinstance(await self.presses(person.id, remind, "Remind me"), Said)

    async def _does(self, who: str, action: Action) -> None:
        outcome = await self.hear(Click(self._key(), ref(who), ref("questions"), action.pack()))
        assert isinstance(outcome, Said), outcome

    async def _meetings(self) -> list[int]:
        """One in every week that has room for it."""
        async with self.database.write() as db:
            place = await communities.place_of(db, ref("questions"))
            assert place is not None
            about = {"community_id": place.community_id, "space_id": place.space_id, "title": "Grand rounds"}
            rhythm = Rhythm(
                **about, made_by=1, name=sessions.MEETING, recurrence={}, more={}, watermark=START, created_at=START,
                ended_at=START,
            )  # fmt: skip
            db.add(rhythm)
            await db.flush()
            starts = [START + timedelta(days=7 * week + 2.5) for week in range(self.plan.days // 7)]
            held = [
                await sessions.add(
                    db,
                    Session(
                        **about, rhythm_id=rhythm.id, slot=f"{number}", starts_at=at, minutes=60, zone="UTC", host_id=1,
                        more={}, created_at=START,
                    ),
                )
                for number, at in enumerate(starts)
            ]  # fmt: skip
            return [session.id for session in held]

    async def told(self, every: int = 1) -> list[Told]:
        """What was for somebody in particular; of each ``every`` that were sent, one is asked why it came."""
        async with self.database.read() as db:
            query = select(Delivery).where(Delivery.place_id.is_(None), Delivery.card != CONFIDED)
            rows = list(await db.scalars(query.order_by(Delivery.id)))
        by_id, shown = {person.id: person for person in self.people}, {it.uid: it for it in self.chat.messages.values()}
        found = []
        for row in rows:
            at, why = self.chat.sent_at.get(row.uid), None
            if at and row.state == SENT and row.id % every == 0:
                why = await self._why(row, shown[row.uid].card)
            found.append(Told(row, by_id[row.member_id or 0], at, why))
        return found

    async def _why(self, row: Delivery, card: Card) -> str:
        asks, me = button(card, "Why this?"), ref(str(row.member_id))
        if asks is None:
            return "There is no such button."
        outcome = await self.hear(Click(f"why {row.uid}", me, me, asks.action.pack()))
        return outcome.card.as_text() if isinstance(outcome, Said) else repr(outcome)


async def simulate(
    url: str, plan: Plan, every: int = 1, said: Callable[[str], None] = lambda line: None
) -> tuple[Busy, list[Told]]:
    """Live through it on an empty database with the newest schema. Nothing else in this process uses SQLite meanwhile."""
    month = Busy(url, plan)
    if month.database.is_sqlite:
        in_one_thread(month.database)
    await month.begin()
    for day in range(1, plan.days + 3):
        began = time.perf_counter()
        await month.run(START + day * DAY)
        said(f"day {day}: {time.perf_counter() - began:.0f} s, {len(month.chat.messages):,} messages so far")
    told = await month.told(every)
    await month.database.close()
    return month, told


def broken(told: Sequence[Told]) -> dict[str, list[str]]:
    """The promises, and where each was broken."""
    sent: dict[Person, list[datetime]] = {}
    for it in told:
        if it.at and it.row.kind in UNASKED:
            sent.setdefault(it.to, []).append(it.at)
    return {
        CEILING: [line for person, times in sent.items() for line in too_much(person, times)],
        QUIET: [
            f"{it.row.card} ({it.row.kind}) to {it.to.id}"
            for it in told
            if it.at and it.to.volume == "quiet" and it.row.kind not in _quiet_gets(it.to)
        ],
        EXPLAINED: [f"{it.row.card}: {it.row.reason!r}" for it in told if not it.row.reason.endswith(".")],
        TRUE: [f"{it.row.card}: {it.why!r}" for it in told if it.why is not None and it.row.reason not in it.why],
    }


def _quiet_gets(person: Person) -> set[str]:
    return {Kind.ASKED_FOR, Kind.DIGEST} | ({Kind.DUTY} if person.id <= FACILITATORS else set())


def too_much(person: Person, times: Sequence[datetime]) -> Iterator[str]:
    """The days and weeks in which somebody got more than their volume allows."""
    allowed, zone = VOLUMES[person.volume], ZoneInfo(person.zone)
    for day, number in Counter(at.astimezone(zone).date() for at in times).items():
        if number > allowed.a_day:
            yield f"{person.volume}: {number} on {day}"
    for last in times:
        number = sum(last - WEEK < at <= last for at in times)
        if number > allowed.a_week:
            yield f"{person.volume}: {number} in the week until {last}"


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m bench.busy", description=__doc__)
    for name, value in (("members", 60), ("days", 30), ("questions", 12), ("seed", 1)):
        parser.add_argument(f"--{name}", type=int, default=value, help="(%(default)s)")
    parser.add_argument("--every", type=int, default=10, help="of so many messages one is asked why (%(default)s)")
    parser.add_argument("--only", choices=("sqlite", "postgresql"), help="on one database")
    given = parser.parse_args()
    warnings = structlog.make_filtering_bound_logger(logging.WARNING)
    structlog.configure(wrapper_class=warnings, logger_factory=structlog.PrintLoggerFactory(sys.stderr))
    gc.freeze()
    gc.set_threshold(100_000, 50, 100)  # so many objects live long here
    plan, failed = Plan(given.members, given.days, given.questions, given.seed), False
    with ExitStack() as stack:
        folder = stack.enter_context(tempfile.TemporaryDirectory(prefix="rounds-busy-"))
        for server in stack.enter_context(servers(Path(folder))):
            if given.only in (None, server.name.lower()):
                url, began = server.empty(), time.perf_counter()
                migrate.upgrade(url)
                _, told = asyncio.run(simulate(url, plan, given.every, lambda it: print(it, file=sys.stderr)))
                print(f"{server.name}: {plan}, {(time.perf_counter() - began) / 60:.0f} minutes\n")
                failed |= _report(told)
    return int(failed)


def _report(told: Sequence[Told]) -> bool:
    promises = broken(told)
    rows = [(promise, f"{len(lines)} times" if lines else "never") for promise, lines in promises.items()]
    table(("promise", "broken"), rows)
    for promise, lines in promises.items():
        for line in lines[:5]:
            print(f"{promise}: {line}")
    kinds = sorted({it.row.kind for it in told})
    sent = [
        [volume, *(_counted([it for it in told if it.to.volume == volume and it.row.kind == kind]) for kind in kinds)]
        for volume in VOLUMES
    ]
    table(("sent (and not sent)", *kinds), sent)
    print(f"Asked why: {sum(it.why is not None for it in told):,} messages.\n")
    return any(promises.values())


def _counted(told: Sequence[Told]) -> str:
    sent = sum(it.at is not None for it in told)
    return f"{sent:,} ({len(told) - sent:,})" if told else "–"


if __name__ == "__main__":
    sys.exit(main())
