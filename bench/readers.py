"""Communities whose members read a digest every week: who they are, what was asked and shared in a year, and who sees what.

Written into the tables in bulk, with what stands beside each row in the product: the index, the tags, where it was posted.
"""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta
from itertools import count
from typing import Any

from sqlalchemy import insert, text
from sqlalchemy.ext.asyncio import AsyncSession

from bench.community import NOW, Writer
from bench.people import TOPICS
from bot.rituals.digests.declared import DigestDue, due_key
from storage import activity, communities, digests, follows, forwarded, items, members, questions, sessions
from storage.engine import Database
from storage.ledger import deliveries, rhythms, timers
from storage.search.index import SearchDoc, SearchTag

PLATFORM = "fake"
OPEN, CLOSED = 6, 2  # channels of a community
IN_A_CLOSED_ONE = 0.25  # of the members
DAY, WEEK, YEAR = timedelta(days=1), timedelta(days=7), timedelta(days=365)
# What there is of each thousand things; the rest are questions.
SHARED = {items.TIP: 250, items.STORY: 50, items.TERM: 80, items.LINK: 100}
FORWARDED, MEETINGS = 100, 20
WORDS = 40
Rows = list[dict[str, Any]]


@dataclass(frozen=True, slots=True)
class Size:
    communities: int
    members: int
    items: int

    def half(self) -> Size:
        """As many communities, with half as much in each."""
        return Size(self.communities, self.members // 2, self.items // 2)


def fill(url: str, size: Size) -> None:
    """Fill an empty database. Their digests are all due at NOW."""
    import asyncio

    asyncio.run(_fill(url, size))


async def _fill(url: str, size: Size) -> None:
    database, ids = Database(url), _Ids()
    for number in range(size.communities):
        one = _Community(number, size.members // size.communities, size.items // size.communities, ids)
        async with database.write() as db:
            for model, rows in one.rows():
                if rows:
                    await db.execute(insert(model), rows)
    async with database.write() as db:
        await _number_on(db, database.is_sqlite)
    await database.close()


async def _number_on(db: AsyncSession, is_sqlite: bool) -> None:
    """PostgreSQL counts on from where the rows end, and knows its tables as it does a minute after so many were written."""
    if is_sqlite:
        return
    for table in ("digest_issue", "delivery", "timer"):
        await db.execute(text(f"SELECT setval('{table}_id_seq', (SELECT max(id) FROM {table}))"))
    await db.execute(text("ANALYZE"))


class _Ids:
    """The next id of each table."""

    def __init__(self) -> None:
        self._numbers: dict[str, Iterator[int]] = {}

    def __call__(self, table: str) -> int:
        return next(self._numbers.setdefault(table, count(1)))


class _Community:
    def __init__(self, number: int, member_count: int, item_count: int, ids: _Ids) -> None:
        self._number, self._ids, self._chance, self._writer = number, ids, random.Random(number), Writer(number)
        self.id, self._workspace = number + 1, f"w{number}"
        self._members = [ids("member") for _ in range(member_count)]
        self._places = [(ids("place"), closed) for closed in [False] * OPEN + [True] * CLOSED]
        self._inside = {
            place: self._chance.sample(self._members, max(2, round(member_count * IN_A_CLOSED_ONE)))
            for place, closed in self._places
            if closed
        }
        self._docs: Rows = []
        self._tags: Rows = []
        self._posts: Rows = []
        self._by_kind: dict[str, Rows] = {"question": [], "item": [], "session": [], "forwarded": []}
        for _ in range(item_count):
            self._make()

    def rows(self) -> Iterator[tuple[Any, Rows]]:
        yield from self._people()
        yield questions.Question, self._by_kind["question"]
        yield items.Item, self._by_kind["item"]
        yield items.ItemUse, self._uses()
        yield forwarded.Forwarded, self._by_kind["forwarded"]
        yield from self._meetings()
        yield SearchDoc, self._docs
        yield SearchTag, self._tags
        yield (
            deliveries.Lane,
            [{"target": f"place:{place}", "not_before": NOW - YEAR} for place, _ in self._places],
        )
        yield deliveries.Delivery, self._posts
        yield from self._talk()
        yield from self._digests()

    # Who they are

    def _people(self) -> Iterator[tuple[Any, Rows]]:
        where = {"platform": PLATFORM, "workspace": self._workspace}
        yield communities.Community, [{"id": self.id, "name": "Bench", "created_at": NOW - YEAR}]
        yield (
            communities.Workspace,
            [{"community_id": self.id, "platform": PLATFORM, "remote_id": self._workspace, "name": "Bench"}],
        )
        yield (
            communities.Space,
            [{"id": id, "community_id": self.id, "purpose": communities.QUESTIONS} for id, _ in self._places],
        )
        yield (
            communities.Place,
            [
                {"id": id, "community_id": self.id, "remote_id": str(id), "name": f"c{id}", "closed": closed, **where}
                | {"space_id": id}
                for id, closed in self._places
            ],
        )
        about = {"community_id": self.id, "joined_at": NOW - YEAR}
        yield members.Member, [{"id": id, "name": f"Member {id}", **about} for id in self._members]
        yield (
            members.Account,
            [{"id": id, "member_id": id, "remote_id": str(id), **where} for id in self._members],
        )
        yield (
            communities.PlaceMember,
            [
                {"place_id": place, "member_id": id, "verified_at": NOW - timedelta(hours=3)}
                for place, inside in self._inside.items()
                for id in inside
            ],
        )
        yield (
            members.MemberTopic,
            [
                {"member_id": id, "kind": kind, "tag": tag}
                for id in self._members
                for kind, least, most in ((members.HELP, 1, 3), (members.LEARN, 0, 2))
                for tag in self._some(least, most)
            ],
        )
        yield follows.TagFollow, [{"member_id": id, "tag": tag} for id in self._members for tag in self._some(0, 3)]

    def _some(self, least: int, most: int) -> Sequence[str]:
        return self._chance.sample(TOPICS, self._chance.randint(least, most))

    # What they asked and shared

    def _make(self) -> None:
        place, closed = self._chance.choice(self._places)
        author = self._chance.choice(self._inside[place] if closed else self._members)
        which, at = self._chance.randrange(1000), NOW - self._chance.random() * YEAR
        about: dict[str, Any] = {"community_id": self.id, "space_id": place}
        if which < FORWARDED:
            line = " ".join(self._writer.words(12))
            more = {
                "place_id": place,
                "message": f"m{self._ids('message')}",
                "by_id": self._chance.choice(self._members),
            }
            self._by_kind["forwarded"].append({**about, **more, "author_id": author, "line": line, "at": at})
            return
        if which < FORWARDED + MEETINGS:
            self._make_meeting(place, author, at + 3 * WEEK * self._chance.randint(0, 1))
            return
        tags, title = list(self._some(1, 2)), " ".join(self._writer.words(6))
        words = " ".join(self._writer.words(WORDS))
        about |= {"title": title, "tags": tags, "created_at": at}
        for kind, share in SHARED.items():
            which -= share
            if which < FORWARDED + MEETINGS:
                id = self._ids("item")
                self._by_kind["item"].append(
                    {"id": id, "author_id": author, "kind": kind, "text": words, "more": {}, **about}
                )
                self._keep(place, "item", kind, id, author, at, f"{title} {words}", tags)
                return
        id, young = self._ids("question"), at > NOW - WEEK
        state = self._chance.choices(("asked", "queued", "answered", "helped", "closed"), (5 * young, 3, 2, 4, 1))[0]
        self._by_kind["question"].append({"id": id, "asker_id": author, "details": words, "state": state, **about})
        self._keep(place, "question", questions.KIND, id, author, at, f"{title} {words}", tags)

    def _make_meeting(self, place: int, host: int, at: Any) -> None:
        id, title = self._ids("session"), " ".join(self._writer.words(4))
        more = {"rhythm_id": self.id, "slot": f"slot {id}", "minutes": 60, "zone": "UTC", "more": {}, "host_id": host}
        about = {"community_id": self.id, "space_id": place, "title": title, "starts_at": at, "created_at": at - WEEK}
        self._by_kind["session"].append({"id": id, **about, **more})
        self._keep(place, "session", sessions.KIND, id, host, at, title, [])

    def _keep(
        self, place: int, card: str, kind: str, subject: int, author: int, at: Any, words: str, tags: list[str]
    ) -> None:
        """What is written beside it: how it is found, its tags, the message it stands in."""
        doc = self._ids("doc")
        about = {"community_id": self.id, "subject": subject, "created_at": at}
        found = {"space_id": place, "kind": kind, "terms": words, "length": words.count(" ") + 1, "author_id": author}
        self._docs.append({"id": doc, **about, **found})
        self._tags += [{"doc_id": doc, "tag": tag} for tag in tags]
        sent = {"uid": f"post-{doc}", "card": card, "lane": f"place:{place}", "place_id": place, "next_at": at}
        self._posts.append({**about, **sent, "state": deliveries.SENT, "remote_id": f"message-{doc}", "drawn_rev": 1})

    def _uses(self) -> Rows:
        """Every item is used once on average."""
        return [
            {"item_id": it["id"], "member_id": id, "at": it["created_at"] + self._chance.random() * 4 * WEEK}
            for it in self._by_kind["item"]
            for id in self._chance.sample(self._members, self._chance.choice((0, 0, 1, 3)))
        ]

    def _meetings(self) -> Iterator[tuple[Any, Rows]]:
        yield (
            rhythms.Rhythm,
            [
                {"id": self.id, "community_id": self.id, "space_id": self._places[0][0], "made_by": self._members[0]}
                | {"name": sessions.MEETING, "title": "Meeting", "recurrence": {}, "more": {}, "watermark": NOW}
                | {"created_at": NOW - YEAR, "ended_at": NOW - DAY}
            ],
        )
        yield sessions.Session, self._by_kind["session"]
        yield (
            sessions.Rsvp,
            [
                {"session_id": it["id"], "member_id": id, "answer": answer, "since": it["created_at"]}
                for it in self._by_kind["session"]
                for id, answer in zip(
                    self._chance.sample(self._members, min(12, len(self._members))),
                    (sessions.YES, sessions.MAYBE, sessions.NO) * 4,
                    strict=False,
                )
            ],
        )
        yield (
            sessions.SessionNote,
            [
                {"session_id": it["id"], "author_id": it["host_id"], "kind": "notes", "text": "What was said"}
                | {"url": "https://example.org/notes", "at": it["starts_at"] + DAY}
                for it in self._by_kind["session"]
                if it["starts_at"] < NOW - DAY and self._chance.random() < 0.5
            ],
        )

    def _talk(self) -> Iterator[tuple[Any, Rows]]:
        """In two channels the threads are counted: one thread for twenty members, which is some days old."""
        counted = [id for id, closed in self._places if not closed][:2]
        yield activity.Counted, [{"place_id": id, "since": NOW - YEAR} for id in counted]
        threads = [
            {"id": self._ids("thread"), "place_id": id, "thread": f"t{number}"}
            for id in counted
            for number in range(max(1, len(self._members) // 40))
        ]
        yield activity.BusyThread, threads
        yield (
            activity.Voice,
            [
                {"thread_id": it["id"], "member_id": id, "replies": self._chance.randint(1, 6)}
                | {"last_at": NOW - self._chance.random() * activity.KEPT}
                for it in threads
                for id in self._chance.sample(self._members, self._chance.randint(1, min(6, len(self._members))))
            ],
        )

    # Their digests

    def _digests(self) -> Iterator[tuple[Any, Rows]]:
        plan = {"weekday": NOW.weekday(), "minutes": NOW.hour * 60 + NOW.minute, "kinds": [], "tags": []}
        plan |= {"made_at": NOW - YEAR, "built_at": NOW - WEEK}
        everywhere = {id: self._chance.random() < 0.4 for id in self._members}
        yield (
            digests.DigestPlan,
            [{"member_id": id, "everywhere": everywhere[id], **plan} for id in self._members],
        )
        spaces = [place for place, _ in self._places]
        yield (
            digests.DigestChannel,
            [
                {"member_id": id, "space_id": space}
                for id in self._members
                if not everywhere[id]
                for space in self._chance.sample(spaces, self._chance.randint(1, 4))
            ],
        )
        issues = [{"id": self._ids("issue"), "member_id": id, "at": NOW - WEEK} for id in self._members]
        yield digests.DigestIssue, issues
        told = [it for it in self._docs if NOW - 2 * WEEK < it["created_at"] < NOW - WEEK]
        yield (
            digests.DigestLine,
            [
                {"issue_id": issue["id"], "number": number, "member_id": issue["member_id"], "reason": "new"}
                | {key: it[key] for key in ("kind", "subject", "space_id")}
                for issue in issues
                for number, it in enumerate(self._chance.sample(told, min(6, len(told))))
            ],
        )
        yield (
            timers.Timer,
            [
                {"community_id": self.id, "due": NOW, "action": DigestDue(member=id).pack(), "key": due_key(id)}
                for id in self._members
            ],
        )
