"""A community of a million items, made of terms that are analysed already, and written in bulk."""

from __future__ import annotations

import asyncio
import json
import random
import sqlite3
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta
from itertools import accumulate, islice, product

import psycopg
from sqlalchemy import text

from bench.community import JOINED, NOW, OTHERS, TOPICS, settle
from bench.databases import Server, SQLite
from storage import migrate
from storage.answers import Answer
from storage.engine import Database
from storage.questions import KIND, Question
from storage.search.analyser import terms
from storage.search.index import SearchDoc, SearchTag
from storage.search.scoring import TITLE_WEIGHT
from storage.search.stock import take_stock

WORDS = 200_000
IN_TITLE, IN_BODY = 6, 40
AT_ONCE = 5_000
SYLLABLES = ("ba", "de", "fi", "go", "ku", "la", "me", "ni", "po", "ru", "sa", "ti", "vo")


@dataclass(frozen=True, slots=True)
class Item:
    """A question's words as they would be typed."""

    title: str
    body: str
    tag: str


class Language:
    """Words of three to five syllables; the n-th is used 1/n as often as the first, as in real ones."""

    def __init__(self, seed: int) -> None:
        self._random = random.Random(seed)
        words = ["".join(parts) for count in (3, 4, 5) for parts in islice(product(SYLLABLES, repeat=count), WORDS)]
        random.Random(0).shuffle(words)  # one language, whatever the seed
        self._words = words[:WORDS]
        self._weights = list(accumulate(1 / rank for rank in range(1, WORDS + 1)))

    def some(self, count: int) -> list[str]:
        return self._random.choices(self._words, cum_weights=self._weights, k=count)

    def item(self) -> Item:
        return Item(" ".join(self.some(IN_TITLE)), " ".join(self.some(IN_BODY)), self._random.choice(TOPICS))

    def analysed(self) -> dict[str, str]:
        """Each word's term. Every word is one term, so a text's terms are those of its words."""
        return {word: term for word in self._words for term in terms(word)}


def fill(server: Server, url: str, items: int) -> None:
    """A community of that many questions, each answered once, all in one open channel."""
    migrate.upgrade(url)

    async def begin() -> None:
        database = Database(url)
        await settle(database, question_count=1)
        await database.close()

    asyncio.run(begin())
    (_into_sqlite if isinstance(server, SQLite) else _into_postgres)(server.address(url), items)

    async def afterwards() -> None:
        database = Database(url)
        async with database.write() as db:
            if not database.is_sqlite:
                for table in ("question", "search_doc"):
                    await db.execute(text(f"SELECT setval('{table}_id_seq', (SELECT max(id) FROM {table}))"))
        await take_stock(database)  # as it is done every night
        await database.close()

    asyncio.run(afterwards())


TABLES = {
    Question: ("id", "community_id", "space_id", "asker_id", "title", "details", "tags", "state", "created_at"),
    Answer: ("question_id", "author_id", "text", "message", "created_at"),
    SearchDoc: (
        "id", "community_id", "space_id", "kind", "subject", "terms", "length", "author_id", "created_at",
    ),
    SearchTag: ("doc_id", "tag"),
}  # fmt: skip
Rows = dict[type, list[tuple[object, ...]]]


def _batches(items: int) -> Iterator[Rows]:
    """The rows of AT_ONCE questions at a time. The first question is there already."""
    language, chance = Language(1), random.Random(2)
    term = language.analysed()
    for start in range(2, items + 2, AT_ONCE):
        rows: Rows = {table: [] for table in TABLES}
        for id in range(start, min(start + AT_ONCE, items + 2)):
            item = language.item()
            title, body = ([term[word] for word in words.split(" ")] for words in (item.title, item.body))
            found = title * TITLE_WEIGHT + [*body, *terms(item.tag)]
            asker, at = chance.randint(1, JOINED + OTHERS), NOW - timedelta(days=365 * (items + 2 - id) / items)
            tags = json.dumps([item.tag])
            rows[Question].append((id, 1, 1, asker, item.title, item.body, tags, "answered", at))
            rows[Answer].append((id, chance.randint(1, JOINED), "", "", at))
            rows[SearchDoc].append((id, 1, 1, KIND, id, " ".join(found), len(found), asker, at))
            rows[SearchTag].append((id, item.tag))
        yield rows


def _into_sqlite(path: str, items: int) -> None:
    with sqlite3.connect(path) as connection:
        connection.execute("PRAGMA synchronous=OFF")
        for rows in _batches(items):
            for model, columns in TABLES.items():
                connection.executemany(_insert(model, columns), [_plain(row) for row in rows[model]])
            connection.commit()
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    connection.close()


def _insert(model: type, columns: Sequence[str]) -> str:
    places = ", ".join("?" * len(columns))
    return f"INSERT INTO {model.__tablename__} ({', '.join(columns)}) VALUES ({places})"  # type: ignore[attr-defined]


def _plain(row: Sequence[object]) -> tuple[object, ...]:
    return tuple(value.strftime("%Y-%m-%d %H:%M:%S.%f") if hasattr(value, "strftime") else value for value in row)


def _into_postgres(address: str, items: int) -> None:
    with psycopg.connect(address, autocommit=True) as connection:
        index = connection.execute("SELECT indexdef FROM pg_indexes WHERE indexname = 'ix_search_doc_words'").fetchone()
        assert index is not None
        connection.execute("DROP INDEX ix_search_doc_words")
        connection.execute("SET maintenance_work_mem = '1GB'")
        for rows in _batches(items):
            for model, columns in TABLES.items():
                table = model.__tablename__
                with connection.cursor().copy(f"COPY {table} ({', '.join(columns)}) FROM STDIN".encode()) as copy:
                    for row in rows[model]:
                        copy.write_row(row)
        connection.execute(index[0].encode())
        connection.execute("VACUUM ANALYZE")
