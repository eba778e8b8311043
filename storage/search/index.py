"""The search index: which words stand in what the community keeps, read through the Viewer's clause.

SQLite: an FTS5 table kept in step by triggers; PostgreSQL: a generated column ``words``, a tsvector, with a GIN index. Both hold
terms of our own analyser, both only count and fetch candidates; the ranking is done here, so that they give the same results.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import (
    ColumnElement,
    ForeignKey,
    Index,
    UniqueConstraint,
    and_,
    delete,
    func,
    insert,
    or_,
    select,
    text,
    update,
)
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Mapped, mapped_column

from bot.core.meaning import Meaning
from bot.core.people import Viewer
from storage.base import NEVER_REUSE_IDS, Base
from storage.communities import Space
from storage.search import scoring, spelling, vectors
from storage.search.analyser import terms
from storage.search.fetching import COUNTS, LINKS, SESSIONS, hits, prefix
from storage.search.scoring import CANDIDATES, TITLE_WEIGHT, Asked, Fit, Statistics
from storage.upsert import insert_for
from storage.visibility import visible

QUESTION, SESSION = "question", "session"
SOON = 20_000  # items whose words SQLite writes anew in some tenths of a second
DAY = timedelta(days=1)
Clauses = list[ColumnElement[bool]]


class SearchDoc(Base):
    """What may be found of one item: the terms of its title (counted TITLE_WEIGHT times) and of the rest.

    ``author_id`` is empty when nobody may learn who it was. ``outcome`` is what came of it, from -1 to 1.
    """

    __tablename__ = "search_doc"
    __table_args__ = (
        UniqueConstraint("kind", "subject"),
        Index("ix_search_doc_community_id_created_at", "community_id", "created_at"),
        NEVER_REUSE_IDS,
    )
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


class SearchSize(Base):
    """Of a community that keeps very much: how many items it had when they were counted last, and how many terms in all."""

    __tablename__ = "search_size"
    community_id: Mapped[int] = mapped_column(ForeignKey("community.id", ondelete="CASCADE"), primary_key=True)
    items: Mapped[int]
    length: Mapped[int]


class SearchCommon(Base):
    """A term that stands in many of them, and in how many."""

    __tablename__ = "search_common"
    community_id: Mapped[int] = mapped_column(ForeignKey("community.id", ondelete="CASCADE"), primary_key=True)
    term: Mapped[str] = mapped_column(primary_key=True)
    items: Mapped[int]


class SearchTag(Base):
    __tablename__ = "search_tag"
    doc_id: Mapped[int] = mapped_column(ForeignKey("search_doc.id", ondelete="CASCADE"), primary_key=True)
    tag: Mapped[str] = mapped_column(primary_key=True, index=True)


@dataclass(frozen=True, slots=True)
class Filters:
    """What finding is narrowed by: every one of some tags, who wrote it (of a meeting: who hosts it), and when (of a meeting:
    when it begins; ``after`` is included, ``before`` is not)."""

    tags: tuple[str, ...] = ()
    author_id: int | None = None
    after: datetime | None = None
    before: datetime | None = None


@dataclass(frozen=True, slots=True)
class Match:
    """An item that was found, how well it fits, and which of the words asked for stand in it.

    ``covered`` is how much of what was asked it has, from 0 to 1: rare words, and those found nowhere, count for more.
    ``likeness`` is how much of the score that what was asked would itself reach (about 1 at most).
    ``sure`` is how sure it is that it answers what was asked (scoring.sureness). ``reasons``: "linked" when people pointed to
    it from questions like this one; "nearly" when it has a word that is only like one that was asked for.
    """

    kind: str
    subject: int
    score: float
    words: tuple[str, ...] = ()
    covered: float = 0.0
    likeness: float = 0.0
    sure: float = 0.0
    reasons: tuple[str, ...] = ()


async def put(
    db: AsyncSession,
    *,
    community_id: int,
    space_id: int,
    kind: str,
    subject: int,
    title: str,
    body: str,
    author_id: int | None = None,
    created_at: datetime | None = None,
    tags: Sequence[str] = (),
) -> None:
    """Add an item to the index, or bring it up to date. ``author_id`` is empty when nobody may learn who it was."""
    found = terms(title) * TITLE_WEIGHT + terms(body)
    values = {
        "community_id": community_id,
        "space_id": space_id,
        "terms": " ".join(found),
        "length": len(found),
        "author_id": author_id,
        "created_at": created_at,
    }
    statement = insert_for(db, SearchDoc).values(kind=kind, subject=subject, **values)
    upsert = statement.on_conflict_do_update(index_elements=["kind", "subject"], set_=values)
    doc_id = (await db.execute(upsert.returning(SearchDoc.__table__.c.id))).scalar_one()
    kept = set(await db.scalars(select(SearchTag.tag).where(SearchTag.doc_id == doc_id)))
    if kept != set(tags):
        await db.execute(delete(SearchTag).where(SearchTag.doc_id == doc_id))
        if tags:
            await db.execute(insert(SearchTag), [{"doc_id": doc_id, "tag": tag} for tag in sorted(set(tags))])
    await vectors.forget_former(db, doc_id, title, body)


async def remove(db: AsyncSession, kind: str, subject: int) -> None:
    """Forget an item and every word of it."""
    await db.execute(delete(SearchDoc).where(SearchDoc.kind == kind, SearchDoc.subject == subject))
    await forget_old_words(db)


async def forget_old_words(db: AsyncSession, *, however_long: bool = False) -> None:
    """Write SQLite's index anew without what was deleted or changed, whose words it would keep for a while: nobody finds them,
    but they stand in the file. (PostgreSQL's own cleaning does so.) With more items than SOON it takes long, while nobody else
    can write: then it is left to the night.
    """
    if db.get_bind().dialect.name == "sqlite":
        newest = await db.scalar(select(func.max(SearchDoc.id))) or 0
        if however_long or newest <= SOON:
            await db.execute(text("INSERT INTO search_fts (search_fts) VALUES ('optimize')"))


async def set_outcome(db: AsyncSession, kind: str, subject: int, outcome: float) -> None:
    """What came of an item counts for where it stands among what is found."""
    await db.execute(
        update(SearchDoc).where(SearchDoc.kind == kind, SearchDoc.subject == subject).values(outcome=outcome)
    )


async def holds_anything(db: AsyncSession, space_id: int) -> bool:
    """Whether something of this space can be found."""
    return await db.scalar(select(SearchDoc.id).where(SearchDoc.space_id == space_id).limit(1)) is not None


async def find(
    db: AsyncSession,
    query: str,
    viewer: Viewer,
    now: datetime,
    *,
    details: str = "",
    kinds: tuple[str, ...] = (),
    limit: int = 10,
    filters: Filters = Filters(),
    forgiving: bool = False,
    meaning: Meaning | None = None,
) -> list[Match]:
    """The best matches among what the viewer can see, best first; ties go to the newer item.

    ``details`` is more of what is asked, whose words count for less. Without any words, what kinds and filters leave, the newest
    first.
    ``forgiving``: a word that stands nowhere is taken for one that is spelled nearly like it.
    ``meaning``: what is asked, as a model on this machine understands it; it ranks what the words find.
    """
    asked = Asked.of(query, details)
    ours = SearchDoc.community_id == viewer.community
    mine: Clauses = [SearchDoc.space_id.in_(seen(viewer, now))]
    mine += [_of(db, kinds)] if kinds else []
    mine += _narrowed(filters)
    if not asked.words:
        is_narrowed = bool(kinds) or filters != Filters()
        return await _newest(db, [ours, *mine], limit) if is_narrowed and not (query + details).strip() else []
    found, known, best = await _ranked(db, asked, mine, viewer, now, meaning)
    instead: dict[str, str] = {}
    if forgiving:
        missed = asked.words.keys() - {term for one in found for term in one.fit.present}
        newest_first = select(SearchDoc.terms).where(ours, *mine).order_by(SearchDoc.id.desc())
        instead = await spelling.meant(db, missed, newest_first, prefix(viewer.community))
    if instead:
        asked = asked.spelled(instead)
        found, known, best = await _ranked(db, asked, mine, viewer, now, meaning)
    others, guessed = scoring.crowd([one.score for one in found]), frozenset(instead.values())
    return [one.match(asked, known, best, others, guessed) for one in found[:limit]]


async def _ranked(
    db: AsyncSession, asked: Asked, mine: Clauses, viewer: Viewer, now: datetime, meaning: Meaning | None
) -> tuple[list[_Found], Statistics, float]:
    """All candidates, best first; and what the query would score if it were itself an item."""
    known = await _statistics(db, asked, viewer)
    fetched = scoring.fetching(asked, known)
    if not fetched:
        return [], known, 0.0
    found = _fitting(await _candidates(db, fetched, mine, viewer), asked, known, now)
    meant = scoring.meant([one.fit.score for one in found]) if meaning else 0.0
    await _understand(db, found, meaning, meant)
    linked = {one.row.subject: one for one in found if one.row.kind == QUESTION}
    likeness = await _pointed_to(db, linked)
    missing = SearchDoc.kind == QUESTION, SearchDoc.subject.in_(likeness.keys() - linked.keys())
    if likeness.keys() - linked.keys():
        more = (await db.execute(select(*_COLUMNS).where(*mine, *missing))).all()
        pointed_to = _fitting(more, asked, known, now)
        await _understand(db, pointed_to, meaning, meant)
        linked |= {one.row.subject: one for one in pointed_to}
    for target, links in (await _how_often(db, list(likeness), viewer, now)).items():
        if target in linked:
            linked[target].gained = scoring.linked(likeness[target], links)
    found = [one for one in found if one.row.kind != QUESTION] + list(linked.values())
    found.sort(key=lambda one: (-one.score, -one.row.subject, one.row.kind))
    return found, known, scoring.best_possible(asked, known) + meant


@dataclass(slots=True)
class _Found:
    """A candidate, what it gains because it is new, because people pointed to it, and for what it means."""

    row: Any
    fit: Fit
    fresh: float = 1.0
    gained: float = 0.0
    meant: float = 0.0

    @property
    def like(self) -> float:
        """How like what is asked it is, by its words and what it means."""
        return self.fit.score + self.meant

    @property
    def score(self) -> float:
        moved: float = 1 + scoring.OUTCOME * self.row.outcome
        return (self.like + self.gained) * self.fresh * moved

    def match(
        self, asked: Asked, known: Statistics, best: float, others: Sequence[float], guessed: frozenset[str]
    ) -> Match:
        return Match(
            self.row.kind,
            self.row.subject,
            self.score,
            words=tuple(dict.fromkeys(asked.words[term] for term in self.fit.present)),
            covered=scoring.share(self.fit.present, asked.words, known),
            likeness=self.like / best if best else 0.0,
            sure=scoring.sureness(self.score, scoring.share(self.fit.about, asked.title, known), asked, best, others),
            reasons=(
                *(("linked",) if self.gained else ()),
                *(("nearly",) if guessed & set(self.fit.present) else ()),
            ),
        )


_COLUMNS = (SearchDoc.id, SearchDoc.kind, SearchDoc.subject, SearchDoc.terms, SearchDoc.outcome, SearchDoc.created_at)


def seen(viewer: Viewer, now: datetime) -> Any:
    """The spaces this viewer can see. Found once for a query, not for every item."""
    return select(Space.id).where(Space.community_id == viewer.community, visible(viewer, Space.id, now))


def _of(db: AsyncSession, kinds: tuple[str, ...]) -> ColumnElement[bool]:
    """SQLite knows nothing of how many rows there are: it would use an index of kinds and read all of one, instead of what the
    words fetch. PostgreSQL knows, and would be misled by an expression."""
    kind = SearchDoc.kind if db.get_bind().dialect.name == "postgresql" else SearchDoc.kind + ""
    return kind.in_(kinds)


def _narrowed(filters: Filters) -> Clauses:
    clauses: Clauses = [
        select(SearchTag.tag).where(SearchTag.doc_id == SearchDoc.id, SearchTag.tag == tag).exists()
        for tag in filters.tags
    ]
    clauses += [_by(filters.author_id)] if filters.author_id is not None else []
    clauses += [SearchDoc.created_at >= filters.after] if filters.after is not None else []
    clauses += [SearchDoc.created_at < filters.before] if filters.before is not None else []
    return clauses


def _by(member_id: int) -> ColumnElement[bool]:
    """Theirs: they wrote it, or host it, be it with somebody else."""
    together = select(SESSIONS.c.id).where(SESSIONS.c.more["cohost"].as_integer() == member_id)
    return or_(SearchDoc.author_id == member_id, and_(SearchDoc.kind == SESSION, SearchDoc.subject.in_(together)))


async def _newest(db: AsyncSession, mine: Clauses, limit: int) -> list[Match]:
    query = select(SearchDoc.kind, SearchDoc.subject).where(*mine)
    newest = query.order_by(SearchDoc.created_at.desc().nulls_last(), SearchDoc.subject.desc()).limit(limit)
    return [Match(kind, subject, 0.0) for kind, subject in await db.execute(newest)]


async def _statistics(db: AsyncSession, asked: Asked, viewer: Viewer) -> Statistics:
    ours = SearchDoc.community_id == viewer.community
    taken = select(SearchSize.items, SearchSize.length).where(SearchSize.community_id == viewer.community)
    now = select(func.count().label("items"), func.sum(SearchDoc.length).label("length")).where(ours)
    size = (await db.execute(taken)).one_or_none() or (await db.execute(now)).one()
    wanted = {
        "community": viewer.community,
        "prefix": prefix(viewer.community),
        "terms": json.dumps(list(asked.words)),
    }
    counts = await db.execute(COUNTS[db.get_bind().dialect.name], wanted)
    average = (size.length or 0) / max(size.items, 1) or 1.0
    return Statistics.of(size.items, average, {term: count for term, count in counts})


async def _candidates(db: AsyncSession, fetched: dict[str, int], mine: Clauses, viewer: Viewer) -> Sequence[Any]:
    """The items with most of the terms that fetch."""
    having = hits(db.get_bind().dialect.name, json.dumps(fetched), viewer.community)
    most = (
        select(SearchDoc.id)
        .join(having, having.c.id == SearchDoc.id)
        .where(*mine)
        .group_by(SearchDoc.id)
        .order_by(func.sum(having.c.weight).desc(), SearchDoc.subject.desc(), SearchDoc.kind)
        .limit(CANDIDATES)
        .subquery()
    )
    return (await db.execute(select(*_COLUMNS).where(SearchDoc.id.in_(select(most.c.id))))).all()


async def _pointed_to(db: AsyncSession, found: dict[int, _Found]) -> dict[int, float]:
    """What people pointed to from the questions found: how like what is asked the likest of those is."""
    likeness: dict[int, float] = {}
    pairs = select(LINKS).where(LINKS.c.question_id.in_(found))
    for source, target in await db.execute(pairs) if found else ():
        likeness[target] = max(likeness.get(target, 0.0), found[source].like)
    return likeness


async def _how_often(db: AsyncSession, targets: list[int], viewer: Viewer, now: datetime) -> dict[int, int]:
    """How often people pointed to some questions, from where the viewer can see."""
    often = (
        select(LINKS.c.target_id, func.count())
        .join(SearchDoc, and_(SearchDoc.kind == QUESTION, SearchDoc.subject == LINKS.c.question_id))
        .where(SearchDoc.space_id.in_(seen(viewer, now)), LINKS.c.target_id.in_(targets))
        .group_by(LINKS.c.target_id)
    )
    return {target: links for target, links in await db.execute(often)} if targets else {}


async def _understand(db: AsyncSession, found: list[_Found], meaning: Meaning | None, meant: float) -> None:
    """What each gains for what it means."""
    if meaning is not None:
        alike = await vectors.likeness(db, meaning, [one.row.id for one in found])
        for one in found:
            one.meant = meant * max(0.0, alike.get(one.row.id, 0.0))


def _fitting(rows: Iterable[Any], asked: Asked, known: Statistics, now: datetime) -> list[_Found]:
    return [_Found(row, scoring.fit(asked, known, row.terms.split(" ")), _fresh(row.created_at, now)) for row in rows]


def _fresh(created_at: datetime | None, now: datetime) -> float:
    return scoring.freshness((now - created_at) / DAY) if created_at is not None else 1.0
