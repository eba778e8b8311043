"""A made-up community of some size: members who joined and said what they can help with, questions and who answered them."""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import accumulate, product
from typing import Any

from sqlalchemy import insert, text
from sqlalchemy.ext.asyncio import AsyncSession

from bot.core.events import Ref
from storage import communities, members, questions
from storage.answers import Answer
from storage.engine import Database
from storage.ledger import deliveries
from storage.search.analyser import terms
from storage.search.index import SearchDoc
from storage.search.scoring import TITLE_WEIGHT

NOW = datetime(2026, 3, 4, 10, 0, tzinfo=UTC)  # a Wednesday, within working hours
PLATFORM, WORKSPACE = "local", "bench"
TOPICS = tuple("falls wounds sleep pain delirium nutrition handover infection dementia mobility privacy rota".split())
JOINED, OTHERS = 60, 40
# Ids of what a run adds begin here, so that they cannot be mistaken for any other number in a statement's parameters.
FIRST_NEW_ID = {"search_doc": 6_000_001, "question": 7_000_001, "invitation": 8_000_001, "delivery": 9_000_001}


def ref(id: str) -> Ref:
    return Ref(PLATFORM, WORKSPACE, id)


@dataclass(frozen=True, slots=True)
class Written:
    title: str
    details: str
    tags: tuple[str, ...]


class Writer:
    """Writes questions of syllables: the n-th word of its language is used 1/n as often as the first, as in real ones."""

    def __init__(self, seed: int) -> None:
        self._random = random.Random(seed)
        syllables = ["ba", "de", "fi", "go", "ku", "la", "me", "ni", "po", "ru", "sa", "ti", "vo"]
        self._words = ["".join(parts) for parts in product(syllables, repeat=3)]
        random.Random(0).shuffle(self._words)  # one language, whatever the seed
        self._weights = list(accumulate(1 / rank for rank in range(1, len(self._words) + 1)))

    def words(self, count: int) -> list[str]:
        return self._random.choices(self._words, cum_weights=self._weights, k=count)

    def question(self) -> Written:
        """About 40 words: a topic's name, in one question of three a second one, and words of the language."""
        tags = tuple(self._random.sample(TOPICS, 1 if self._random.random() < 0.67 else 2))
        title = f"How do you {' '.join(self.words(4))} {tags[0]}?"
        return Written(title, f"{' '.join(self.words(self._random.randint(20, 40)))} {tags[-1]}.", tags)

    def some(self, among: range, at_most: int) -> list[int]:
        return self._random.sample(among, self._random.randint(1, at_most))


async def settle(database: Database, *, question_count: int) -> None:
    """Fill an empty database."""
    async with database.write() as db:
        community = await communities.connect(db, ref(""), "Bench", "UTC", NOW)
        community.alike_enough = 100.0  # the same questions are asked again and again: no look-alikes are shown first
        place = await communities.keep_place(
            db, community, ref("questions"), "questions", closed=False, archived=False, forum=False
        )
        await communities.use_for(db, place, communities.QUESTIONS)
        writer = Writer(1)
        for model, rows in _rows(writer, community.id, place, question_count):
            await db.execute(insert(model), rows)
        await _number_on(db, database.is_sqlite)
    if not database.is_sqlite:
        async with database.write() as db:
            await db.execute(text("ANALYZE"))  # what autovacuum does a minute after so many rows were written


def _rows(
    writer: Writer, community: int, place: communities.Place, count: int
) -> Iterator[tuple[Any, list[dict[str, Any]]]]:
    people, joined, ids = range(1, JOINED + OTHERS + 1), range(1, JOINED + 1), range(1, count + 1)
    long_ago = NOW - timedelta(days=400)
    yield (
        members.Member,
        [
            # Nobody reaches a cap however long the run is, so that every question finds people.
            dict(
                id=id, community_id=community, name=f"Member {id}", volume=members.FULL, weekly_cap=1_000_000,
                joined_at=long_ago if id in joined else None,
            )
            for id in people
        ],
    )  # fmt: skip
    yield (
        members.Account,
        [dict(id=id, member_id=id, platform=PLATFORM, workspace=WORKSPACE, remote_id=str(id)) for id in people],
    )
    yield (
        members.MemberTopic,
        [
            dict(member_id=id, kind=members.HELP, tag=TOPICS[tag])
            for id in joined
            for tag in writer.some(range(len(TOPICS)), 3)
        ],
    )
    written = {id: writer.question() for id in ids}
    asked_at = {id: NOW - timedelta(days=365 * (count - id + 1) / count) for id in ids}
    about = dict(community_id=community, space_id=place.space_id)
    yield (
        questions.Question,
        [
            dict(
                id=id, **about, asker_id=1 + id % len(people), title=it.title, details=it.details, tags=list(it.tags),
                state="answered", created_at=asked_at[id],
            )
            for id, it in written.items()
        ],
    )  # fmt: skip
    answers = {id: {author: " ".join(writer.words(25)) for author in writer.some(joined, 2)} for id in ids}
    yield (
        Answer,
        [
            dict(question_id=id, author_id=author, text=words, created_at=asked_at[id] + timedelta(hours=3))
            for id in ids
            for author, words in answers[id].items()
        ],
    )
    doc_ids = [*range(1, count), FIRST_NEW_ID["search_doc"] - 1]  # SQLite counts on from the last
    yield (
        SearchDoc,
        [
            dict(id=doc_id, **about, **_indexed(id, it, list(answers[id].values())))
            for doc_id, (id, it) in zip(doc_ids, written.items(), strict=True)
        ],
    )
    yield deliveries.Lane, [dict(target=f"place:{place.id}", not_before=long_ago)]
    yield (
        deliveries.Delivery,
        [
            dict(
                uid=deliveries.new_uid(), community_id=community, card="question", subject=id, place_id=place.id,
                lane=f"place:{place.id}", state=deliveries.SENT, remote_id=f"message-{id}", next_at=asked_at[id],
                created_at=asked_at[id], drawn_rev=1,
            )
            for id in ids
        ],
    )  # fmt: skip


def _indexed(id: int, it: Written, answers: list[str]) -> dict[str, Any]:
    found = terms(it.title) * TITLE_WEIGHT + terms("\n".join([it.details, " ".join(it.tags), *answers]))
    return dict(kind=questions.KIND, subject=id, terms=" ".join(found), length=len(found))


async def _number_on(db: AsyncSession, is_sqlite: bool) -> None:
    """Make the databases count on from where the rows above ended, and from FIRST_NEW_ID."""
    for table, first in FIRST_NEW_ID.items():
        if is_sqlite:
            await db.execute(text("DELETE FROM sqlite_sequence WHERE name = :name"), {"name": table})
            await db.execute(
                text("INSERT INTO sqlite_sequence VALUES (:name, :last)"), {"name": table, "last": first - 1}
            )
        else:
            await db.execute(text(f"SELECT setval('{table}_id_seq', {first}, false)"))
    if not is_sqlite:
        for table in ("member", "account"):
            await db.execute(text(f"SELECT setval('{table}_id_seq', (SELECT max(id) FROM {table}))"))
