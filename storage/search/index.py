"""The search index: which words stand in what the community keeps, read through the Viewer's clause.

SQLite: an FTS5 table kept in step by triggers; PostgreSQL: a generated column ``words``, ``to_tsvector('simple', terms)``, with
a GIN index. Both hold terms of our own analyser, both only count and fetch candidates; the ranking is done here, so that they
give the same results.
"""

from __future__ import annotations

import json
import math
from collections import Counter
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, ForeignKey, Integer, UniqueConstraint, delete, func, literal_column, select, text
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Mapped, mapped_column

from bot.core.people import Viewer
from storage.base import NEVER_REUSE_IDS, Base
from storage.search.analyser import terms
from storage.upsert import insert_for
from storage.visibility import visible

# BM25's usual constants, and how much more a word of the title tells.
K1, B, TITLE_WEIGHT = 1.2, 0.75, 3
CANDIDATES = 200
MOST_QUERY_TERMS = 16
# In how many items of a community each of some terms (a JSON list) stands. The words are letters and digits, so quoting is all
# they need.
COUNTS = {
    "sqlite": text(
        "SELECT asked.value, (SELECT count(*) FROM search_fts CROSS JOIN search_doc ON search_doc.id = search_fts.rowid "
        "WHERE search_fts MATCH '\"' || asked.value || '\"' AND search_doc.community_id = :community) "
        "FROM json_each(:terms) AS asked"
    ),
    "postgresql": text(
        "SELECT asked.term, (SELECT count(*) FROM search_doc WHERE community_id = :community "
        "AND words @@ to_tsquery('simple', quote_literal(asked.term))) "
        "FROM json_array_elements_text(CAST(:terms AS json)) AS asked (term)"
    ),
}


class SearchDoc(Base):
    """What may be found of one item: the terms of its title (counted TITLE_WEIGHT times) and of the rest."""

    __tablename__ = "search_doc"
    __table_args__ = (UniqueConstraint("kind", "subject"), NEVER_REUSE_IDS)
    id: Mapped[int] = mapped_column(primary_key=True)
    community_id: Mapped[int] = mapped_column(ForeignKey("community.id"), index=True)
    space_id: Mapped[int] = mapped_column(ForeignKey("space.id"))
    kind: Mapped[str]
    subject: Mapped[int]
    terms: Mapped[str]
    length: Mapped[int]
    author_id: Mapped[int | None]
    created_at: Mapped[datetime | None]
    outcome: Mapped[float] = mapped_column(default=0.0, server_default="0")


class SearchTag(Base):
    __tablename__ = "search_tag"
    doc_id: Mapped[int] = mapped_column(ForeignKey("search_doc.id", ondelete="CASCADE"), primary_key=True)
    tag: Mapped[str] = mapped_column(primary_key=True, index=True)


@dataclass(frozen=True, slots=True)
class Match:
    """An item that was found, how well it fits, and which of the words asked for stand in it.

    ``covered`` is how much of what was asked it has, from 0 to 1: rare words, and those found nowhere, count for more.
    """

    kind: str
    subject: int
    score: float
    words: tuple[str, ...]
    covered: float


async def put(
    db: AsyncSession, *, community_id: int, space_id: int, kind: str, subject: int, title: str, body: str
) -> None:
    """Add an item to the index, or bring it up to date."""
    found = terms(title) * TITLE_WEIGHT + terms(body)
    values = {"community_id": community_id, "space_id": space_id, "terms": " ".join(found), "length": len(found)}
    statement = insert_for(db, SearchDoc).values(kind=kind, subject=subject, **values)
    await db.execute(statement.on_conflict_do_update(index_elements=["kind", "subject"], set_=values))


async def remove(db: AsyncSession, kind: str, subject: int) -> None:
    await db.execute(delete(SearchDoc).where(SearchDoc.kind == kind, SearchDoc.subject == subject))


async def holds_anything(db: AsyncSession, space_id: int) -> bool:
    """Whether something of this space can be found."""
    return await db.scalar(select(SearchDoc.id).where(SearchDoc.space_id == space_id).limit(1)) is not None


async def find(
    db: AsyncSession, query: str, viewer: Viewer, now: datetime, *, kinds: tuple[str, ...] = (), limit: int = 10
) -> list[Match]:
    """The best matches among what the viewer can see, best first; ties go to the newer item.

    Candidates are fetched by the query's rarest terms, then ranked by BM25 over all of them.
    """
    asked = {term: word for word in query.split() for term in terms(word)} or {term: term for term in terms(query)}
    if not asked:
        return []
    mine = [SearchDoc.community_id == viewer.community, visible(viewer, SearchDoc.space_id, now)]
    if kinds:
        mine.append(SearchDoc.kind.in_(kinds))
    total, all_terms = (await db.execute(_size(viewer))).one()
    wanted = {"community": viewer.community, "terms": json.dumps(list(asked))}
    counts = {term: count for term, count in await db.execute(COUNTS[db.get_bind().dialect.name], wanted)}
    rarest = sorted((term for term in asked if counts[term]), key=lambda term: (counts[term], term))[:MOST_QUERY_TERMS]
    if not rarest:
        return []
    candidates = await db.execute(
        select(SearchDoc.kind, SearchDoc.subject, SearchDoc.terms, SearchDoc.length)
        .where(*mine, _has_any(db, _enough(rarest, counts)))
        .order_by(SearchDoc.id.desc())
        .limit(CANDIDATES)
    )
    average = (all_terms or 0) / max(total, 1) or 1.0
    rarity = {term: _rarity(counts[term], total) for term in asked}
    whole = sum(rarity.values())
    matches = []
    for kind, subject, found, length in candidates:
        frequency = Counter(found.split(" "))
        present = [term for term in rarest if term in frequency]
        score = sum(_bm25(frequency[term], rarity[term], length / average) for term in present)
        words = tuple(dict.fromkeys(asked[term] for term in present))
        matches.append(Match(kind, subject, score, words, sum(rarity[term] for term in present) / whole))
    matches.sort(key=lambda match: (-match.score, -match.subject))
    return matches[:limit]


def _enough(rarest: list[str], counts: dict[str, int]) -> list[str]:
    """The rarest terms, as many as stand in CANDIDATES items together: common words must not crowd out the one that counts."""
    taken, standing = rarest[:1], counts[rarest[0]]
    for term in rarest[1:]:
        standing += counts[term]
        if standing > CANDIDATES:
            break
        taken.append(term)
    return taken


def _size(viewer: Viewer) -> Any:
    return select(func.count(), func.sum(SearchDoc.length)).where(SearchDoc.community_id == viewer.community)


def _rarity(documents: int, total: int) -> float:
    return math.log(1 + (total - documents + 0.5) / (documents + 0.5))


def _bm25(frequency: int, rarity: float, relative_length: float) -> float:
    return rarity * frequency * (K1 + 1) / (frequency + K1 * (1 - B + B * relative_length))


def _has_any(db: AsyncSession, wanted: list[str]) -> ColumnElement[bool]:
    """The clause for documents with any of these terms. Terms are letters and digits, so quoting is all they need."""
    if db.get_bind().dialect.name == "sqlite":
        words = " OR ".join(f'"{term}"' for term in wanted)
        matching = text("SELECT rowid FROM search_fts WHERE search_fts MATCH :words").bindparams(words=words)
        return SearchDoc.id.in_(select(matching.columns(rowid=Integer).subquery().c.rowid))
    words = " | ".join(f"'{term}'" for term in wanted)
    return literal_column("search_doc.words").bool_op("@@")(func.to_tsquery(text("'simple'::regconfig"), words))
