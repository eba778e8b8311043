"""An installation in which much recurs, written in bulk: rhythms and timers, of which a hundred are due at each known moment."""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import func, insert, select, text, update

from bench.community import NOW
from bot.recurrence.rule import Recurrence, local_wall
from bot.rituals.schedule.prompts import OWN_WORDS
from bot.rituals.sessions.declared import Soon, soon_key
from bot.services.rhythms import plan
from storage import communities, members, sessions
from storage.base import Base
from storage.engine import Database
from storage.ledger import deliveries, rhythms, timers

PLATFORM, HUNDRED, THOUSAND = "fake", 100, 1000
DAY, WEEK, YEAR = timedelta(days=1), timedelta(days=7), timedelta(days=365)
# Of each thousand rhythms five groups, each due at an hour of its own in the week. How many of a group there are that happen
# every so many weeks, for each of these weeks: so a hundred are due at that hour, whichever week it is.
GROUPS, OF_A_GROUP = 5, {1: 60, 2: 20, 4: 20}
ONCE_A_YEAR, PAUSED, ENDED = 40, 40, 20  # the rest of each thousand; the first are meetings
COMMUNITIES, PLACES = 10, 10  # for each thousand rhythms, and in each community
# Their clocks never change, so that what is due together stays so.
ZONES = ("UTC", "Asia/Tokyo", "America/Bogota", "Africa/Nairobi")
TIMERS_FROM, EVERY, SOON_DUE = (
    NOW - timedelta(hours=1),
    timedelta(seconds=10),
    10,
)  # hundreds of timers; the others in a year
CHECKED = 200  # rhythms
Rows = list[dict[str, Any]]


@dataclass(frozen=True, slots=True)
class Plan:
    """When a rhythm happens: the hour of its group, every so many weeks, beginning with this week; or none of these."""

    group: int = 0
    every: int = 0
    week: int = 0
    state: str = ""


@dataclass(frozen=True, slots=True)
class Size:
    """So many rhythms, and as many timers."""

    rhythms: int

    def moment(self, number: int) -> datetime:
        """When this hundred of the rhythms is due."""
        groups = self.rhythms // THOUSAND * GROUPS
        return NOW + timedelta(seconds=int(WEEK.total_seconds()) * number // groups)

    def reminded(self, number: int) -> list[int]:
        """The meetings to which this hundred of the timers belongs; those of the first hundred again after SOON_DUE."""
        thousands = self.rhythms // THOUSAND
        return [1 + which * thousands for which in range(number % SOON_DUE, THOUSAND, SOON_DUE)]

    def plans(self) -> list[Plan]:
        """Of all rhythms, in no order: a hundred that are due together are spread over all communities."""
        thousands = self.rhythms // THOUSAND
        made = [
            Plan(group, every, week)
            for group in range(thousands * GROUPS)
            for every, count in OF_A_GROUP.items()
            for week in range(every)
            for _ in range(count)
        ]
        for state, count in (("once a year", ONCE_A_YEAR), ("paused", PAUSED), ("ended", ENDED)):
            made += [Plan(state=state)] * (thousands * count)
        random.Random(self.rhythms).shuffle(made)
        return made


def timers_due(number: int) -> datetime:
    """When this hundred of the timers is due: before any rhythm."""
    return TIMERS_FROM + number * EVERY


async def fill(url: str, size: Size) -> None:
    """Fill an empty database."""
    database, planned = Database(url), size.plans()
    for number in range(size.rhythms // THOUSAND):
        one = _Thousand(size, number, planned[number * THOUSAND : (number + 1) * THOUSAND])
        async with database.write() as db:
            for model, rows in one.rows():
                await db.execute(insert(model), rows)
    await _check(database)
    await _settle(database)
    await database.close()


async def _settle(database: Database) -> None:
    """PostgreSQL counts on from where the rows end; both know their tables as they do a while after so many were written."""
    if database.is_sqlite:
        await database.forget_what_was_deleted()
        return
    async with database.engine.connect() as connection:
        alone = await connection.execution_options(isolation_level="AUTOCOMMIT")
        for table in ("timer", "session", "rhythm", "occurrence"):
            await alone.execute(text(f"SELECT setval('{table}_id_seq', (SELECT max(id) FROM {table}))"))
        await alone.execute(text("VACUUM ANALYZE"))


class _Thousand:
    """A thousand rhythms and timers, with their communities."""

    def __init__(self, size: Size, number: int, planned: list[Plan]) -> None:
        self._size, self._chance, self._planned = size, random.Random(number), planned
        self._communities = [number * COMMUNITIES + i + 1 for i in range(COMMUNITIES)]
        self._ids = [number * THOUSAND + i + 1 for i in range(THOUSAND)]

    def rows(self) -> Iterator[tuple[type[Base], Rows]]:
        yield from self._people_and_places()
        made = [self._rhythm(id, plan) for id, plan in zip(self._ids, self._planned, strict=True)]
        yield rhythms.Rhythm, made
        yield (
            rhythms.Occurrence,
            [
                {"rhythm_id": it["id"], "slot": f"{local_wall(it['watermark'], it['recurrence']['zone']):%Y-%m-%d}"}
                | {"due": it["watermark"], "state": rhythms.HAPPENED, "at": it["watermark"]}
                for it in made
            ],
        )
        yield from self._meetings([it for it in made if it["name"] == sessions.MEETING])

    def _people_and_places(self) -> Iterator[tuple[type[Base], Rows]]:
        ids = self._communities
        yield communities.Community, [{"id": id, "name": "Bench", "created_at": NOW - YEAR} for id in ids]
        there = {id: {"platform": PLATFORM, "workspace": f"w{id}"} for id in ids}
        yield (
            communities.Workspace,
            [{"community_id": id, "platform": PLATFORM, "remote_id": f"w{id}", "name": "Bench"} for id in ids],
        )
        spaces = [(place, id) for id in ids for place in self._places(id)]
        yield (
            communities.Space,
            [{"id": place, "community_id": id, "purpose": communities.TALK} for place, id in spaces],
        )
        yield (
            communities.Place,
            [
                {"id": place, "community_id": id, "remote_id": str(place), "name": f"c{place}", "closed": False}
                | {"space_id": place, **there[id]}
                for place, id in spaces
            ],
        )
        yield deliveries.Lane, [{"target": f"place:{place}", "not_before": NOW - YEAR} for place, _ in spaces]
        yield members.Member, [{"id": id, "community_id": id, "name": "Facilitator"} for id in ids]
        yield members.Account, [{"member_id": id, "remote_id": str(id), **there[id]} for id in ids]

    def _places(self, community: int) -> range:
        return range((community - 1) * PLACES + 1, community * PLACES + 1)

    def _rhythm(self, id: int, plan: Plan) -> dict[str, Any]:
        community = self._chance.choice(self._communities)
        recurrence, last, next_due = self._dates(plan)
        is_meeting = plan.state == "once a year"
        return {
            "id": id,
            "community_id": community,
            "space_id": self._chance.choice(self._places(community)),
            "made_by": community,
            "name": sessions.MEETING if is_meeting else OWN_WORDS,
            "title": f"Schedule {id}",
            "recurrence": recurrence.to_json(),
            "more": {} if is_meeting else {"text": "What did you learn this week?"},
            "paused": plan.state == "paused",
            "ended_at": NOW - DAY if plan.state == "ended" else None,
            "watermark": last,
            "next_due": next_due,
            "created_at": NOW - YEAR,
        }

    def _dates(self, plan: Plan) -> tuple[Recurrence, datetime, datetime | None]:
        """How it recurs; when it happened last, and when it will next."""
        zone = self._chance.choice(ZONES)
        if plan.state == "once a year":
            hour = self._chance.randrange(24)  # of the second Thursday of January
            first, last, due = (datetime(*day, hour, tzinfo=UTC) for day in ((2025, 1, 9), (2026, 1, 8), (2027, 1, 14)))
            return Recurrence(local_wall(first, "UTC"), "UTC", "FREQ=YEARLY;BYMONTH=1;BYDAY=2TH"), last, due
        every = plan.every or 1
        due = self._size.moment(plan.group) + plan.week * WEEK
        began = local_wall(due - every * self._chance.randint(1, 52 // every) * WEEK, zone)
        rule = f"FREQ=WEEKLY;INTERVAL={every};BYDAY={f'{began:%a}'[:2].upper()}"
        return Recurrence(began, zone, rule), due - every * WEEK, None if plan.state else due

    def _meetings(self, made: Rows) -> Iterator[tuple[type[Base], Rows]]:
        """As many announced meetings as rhythms, each with the timer that reminds its channel."""
        soon = {id: timers_due(number) for number in range(SOON_DUE) for id in self._size.reminded(number)}
        due = {id: soon.get(id, NOW + YEAR + id * EVERY) for id in self._ids}
        of = {id: self._chance.choice(made) for id in self._ids}
        yield (
            sessions.Session,
            [
                {key: of[id][key] for key in ("community_id", "space_id", "title")}
                | {"id": id, "rhythm_id": of[id]["id"], "slot": f"extra:{id}", "starts_at": due[id] + DAY / 24}
                | {"minutes": 60, "zone": "UTC", "more": {}, "created_at": NOW - WEEK}
                for id in self._ids
            ],
        )
        yield (
            timers.Timer,
            [
                {"community_id": of[id]["community_id"], "due": due[id], "action": Soon(session=id).pack()}
                | {"key": soon_key(id)}
                for id in self._ids
            ],
        )


async def put_off(database: Database) -> None:
    """No timer is due for a year: rhythms alone."""
    async with database.write() as db:
        await db.execute(update(timers.Timer).where(timers.Timer.due < NOW + YEAR).values(due=NOW + YEAR))


async def _check(database: Database) -> None:
    """The program says of some rhythms that they are due when their rows say so. Raises AssertionError."""
    async with database.read() as db:
        most = await db.scalar(select(func.max(rhythms.Rhythm.id))) or 0
        some = select(rhythms.Rhythm).where(rhythms.Rhythm.id % (most // CHECKED) == 0)
        for rhythm in list(await db.scalars(some)):
            written = rhythm.next_due
            plan(rhythm)
            assert rhythm.next_due == written, rhythm.recurrence
