"""Finding in the search index, read through the Viewer's clause.

The database counts and fetches candidates; the ranking is done here, so that both kinds of database give the same results.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, String, and_, cast, func, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.core.meaning import Meaning
from bot.core.people import Viewer
from storage.communities import Space
from storage.search import scoring, spelling, vectors
from storage.search.fetching import COUNTS, LINKS, SESSIONS, hits, newest_with, prefix
from storage.search.index import QUESTION, SESSION, SearchDoc, SearchTag
from storage.search.scoring import CANDIDATES, Asked, Scale, Statistics
from storage.visibility import visible

DAY = timedelta(days=1)
Clauses = list[ColumnElement[bool]]


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
    ``likeness`` is how much of the score that what was asked would itself reach (about 1 at most); ``by_words`` the same of its
    words alone; ``meaning`` is how alike in meaning it is, as far as that is known (0 to 1).
    ``sure`` is how sure it is that it answers what was asked (scoring.sureness). ``reasons``: "linked" when people pointed to
    it from questions like this one; "nearly" when it has a word that is only like one that was asked for; "meant" when it has
    none of the words, and means something like what is asked.
    """

    kind: str
    subject: int
    score: float
    words: tuple[str, ...] = ()
    covered: float = 0.0
    likeness: float = 0.0
    by_words: float = 0.0
    meaning: float = 0.0
    sure: float = 0.0
    reasons: tuple[str, ...] = ()


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
    in_other_words: bool = False,
    leaving_out: int | None = None,
) -> list[Match]:
    """The best matches among what the viewer can see, best first; ties go to the newer item.

    ``details`` is more of what is asked, whose words count for less. Without any words, what kinds and filters leave, the newest
    first.
    ``forgiving``: a word that stands nowhere is taken for one that is spelled nearly like it.
    ``meaning``: what is asked, as a model on this machine understands it; it ranks what the words find. ``in_other_words``:
    what is near to it in meaning is found, too, whatever its words, where what is asked has any that tell something.
    ``leaving_out``: the question with this id, which is the one that is asked, is not looked at.
    """
    asked = Asked.of(query, details)
    ours = SearchDoc.community_id == viewer.community
    mine: Clauses = [SearchDoc.space_id.in_(seen(viewer, now))]
    mine += [_of(db, kinds)] if kinds else []
    mine += _narrowed(filters)
    mine += [or_(SearchDoc.kind != QUESTION, SearchDoc.subject != leaving_out)] if leaving_out is not None else []
    filtered = filters != Filters()
    if not asked.words:
        is_narrowed = bool(kinds) or filtered
        return await _newest(db, [ours, *mine], limit) if is_narrowed and not (query + details).strip() else []
    near = await _near(db, meaning, mine, viewer) if in_other_words and meaning else []
    found, scale, best = await _ranked(db, asked, mine, viewer, now, meaning, near, filtered=filtered)
    instead: dict[str, str] = {}
    if forgiving:
        missed = {term for term in asked.words if not any(term in one.times for one in found)}
        newest_first = select(SearchDoc.terms).where(ours, *mine).order_by(SearchDoc.id.desc())
        instead = await spelling.meant(db, missed, newest_first, prefix(viewer.community))
    if instead:
        spelled = asked.spelled(instead)
        found, scale, best = await _ranked(db, spelled, mine, viewer, now, meaning, near, filtered=filtered)
    others, guessed = scoring.crowd([one.score for one in found]), frozenset(instead.values())
    return [one.match(scale, best, others, guessed) for one in found[:limit]]


async def _ranked(
    db: AsyncSession,
    asked: Asked,
    mine: Clauses,
    viewer: Viewer,
    now: datetime,
    meaning: Meaning | None,
    near: Sequence[int],
    *,
    filtered: bool,
) -> tuple[list[_Found], Scale, float]:
    """All candidates, best first; and what the query would score if it were itself an item. ``near``: items that are candidates
    whatever their words. ``filtered``: what is wanted may be among the old."""
    known = await _statistics(db, asked, viewer)
    fetched, scale = scoring.fetching(asked, known), Scale.of(asked, known)
    if not fetched and not near:
        return [], scale, 0.0
    rows = await _candidates(db, fetched, known, mine, viewer, filtered=filtered) if fetched else []
    if others := set(near) - {row.id for row in rows}:
        rows = [*rows, *await db.execute(select(*_COLUMNS).where(*mine, SearchDoc.id.in_(others)))]
    found = _weighed(rows, scale, now)
    best = scale.best_possible
    alike = await _alike(db, found, meaning)
    meant = scoring.meant([one.words for one in found], best) if alike else 0.0
    _understand(found, alike, meant)
    linked = {one.row.subject: one for one in found if one.row.kind == QUESTION}
    likeness = _pointed_to(linked.values())
    if likeness.keys() - linked.keys():
        missing = SearchDoc.kind == QUESTION, SearchDoc.subject.in_(likeness.keys() - linked.keys())
        more = (await db.execute(select(*_COLUMNS).where(*mine, *missing))).all()
        pointed_to = _weighed(more, scale, now)
        _understand(pointed_to, await _alike(db, pointed_to, meaning), meant)
        linked |= {one.row.subject: one for one in pointed_to}
    for target, links in (await _how_often(db, list(likeness), viewer, now)).items():
        if target in linked:
            linked[target].gained = scoring.linked(likeness[target], links)
    found = [one for one in found if one.row.kind != QUESTION] + list(linked.values())
    found.sort(key=lambda one: (-one.score, -one.row.subject, one.row.kind))
    return found, scale, best + meant


@dataclass(slots=True)
class _Found:
    """A candidate: how often each term asked for stands in it, what its words score, and what it gains because it is new,
    because people pointed to it, and for what it means; and how alike in meaning it is."""

    row: Any
    times: Mapping[str, int]
    words: float
    fresh: float = 1.0
    gained: float = 0.0
    meant: float = 0.0
    meaning: float = 0.0

    @property
    def like(self) -> float:
        """How like what is asked it is, by its words and what it means."""
        return self.words + self.meant

    @property
    def score(self) -> float:
        moved: float = 1 + scoring.OUTCOME * self.row.outcome
        return (self.like + self.gained) * self.fresh * moved

    def match(self, scale: Scale, best: float, others: Sequence[float], guessed: frozenset[str]) -> Match:
        asked, present = scale.asked, scale.present(self.times)
        about = scoring.share(scale.about(self.times), asked.title, scale.known)
        return Match(
            self.row.kind,
            self.row.subject,
            self.score,
            words=tuple(dict.fromkeys(asked.words[term] for term in present)),
            covered=scoring.share(present, asked.words, scale.known),
            likeness=self.like / best if best else 0.0,
            by_words=self.words / scale.best_possible if scale.best_possible else 0.0,
            meaning=self.meaning,
            sure=scoring.sureness(self.score, about, asked, best, others),
            reasons=(
                *(("linked",) if self.gained else ()),
                *(("nearly",) if guessed & set(present) else ()),
                *(("meant",) if not present and not self.gained else ()),
            ),
        )


# ``targets``: to which questions people pointed from this one, their ids with commas between.
_TARGETS = (
    select(func.aggregate_strings(cast(LINKS.c.target_id, String), ","))
    .where(LINKS.c.question_id == SearchDoc.subject, SearchDoc.kind == QUESTION)
    .scalar_subquery()
    .label("targets")
)
_COLUMNS = (
    SearchDoc.id, SearchDoc.kind, SearchDoc.subject, SearchDoc.terms, SearchDoc.outcome, SearchDoc.created_at, _TARGETS
)  # fmt: skip


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
    wanted = {
        "community": viewer.community,
        "prefix": prefix(viewer.community),
        "terms": json.dumps(list(asked.words)),
    }
    rows = (await db.execute(COUNTS[db.get_bind().dialect.name], wanted)).all()
    items, length = next(tuple(many) for term, *many in rows if term is None)
    average = (length or 0) / max(items, 1) or 1.0
    return Statistics.of(items, average, {term: count for term, count, _ in rows if term is not None})


async def _candidates(
    db: AsyncSession, fetched: dict[str, int], known: Statistics, mine: Clauses, viewer: Viewer, *, filtered: bool
) -> Sequence[Any]:
    """The items with most of the terms that fetch; among equals, as are all where one term fetches, the newest."""
    dialect, community = db.get_bind().dialect.name, viewer.community
    only = next(iter(fetched)) if len(fetched) == 1 else ""
    # Backwards, too, SQLite reads none but those that have the term.
    if only and (dialect == "sqlite" or (not filtered and scoring.is_everywhere(only, known))):
        having_most = newest_with(dialect, only, community, SearchDoc.id)
    else:
        having = hits(dialect, json.dumps(fetched), community)
        having_most = (
            select(SearchDoc.id)
            .join(having, having.c.id == SearchDoc.id)
            .group_by(SearchDoc.id)
            .order_by(func.sum(having.c.weight).desc(), SearchDoc.id.desc())
        )
    most = having_most.where(*mine).limit(CANDIDATES).subquery()
    return (await db.execute(select(*_COLUMNS).where(SearchDoc.id.in_(select(most.c.id))))).all()


async def _near(db: AsyncSession, meaning: Meaning, mine: Clauses, viewer: Viewer) -> list[int]:
    """Which of the newest items are near to what is asked. Which of them the viewer can see is asked of those alone, so that it
    takes as long however much is kept."""
    ours = select(SearchDoc.id).where(SearchDoc.community_id == viewer.community)
    newest = ours.order_by(SearchDoc.id.desc()).limit(scoring.LOOKED_THROUGH).subquery()
    seen_of_those = select(SearchDoc.id).where(SearchDoc.id.in_(select(newest.c.id)), *mine)
    return scoring.near(await vectors.likeness(db, meaning, seen_of_those))


def _pointed_to(found: Iterable[_Found]) -> dict[int, float]:
    """What people pointed to from the questions found: how like what is asked the likest of those is."""
    likeness: dict[int, float] = {}
    for one in found:
        for target in map(int, one.row.targets.split(",") if one.row.targets else ()):
            likeness[target] = max(likeness.get(target, 0.0), one.like)
    return likeness


async def _how_often(db: AsyncSession, targets: list[int], viewer: Viewer, now: datetime) -> dict[int, int]:
    """How often people pointed to some questions, from where the viewer can see."""
    if not targets:
        return {}
    often = (
        select(LINKS.c.target_id, func.count())
        .join(SearchDoc, and_(SearchDoc.kind == QUESTION, SearchDoc.subject == LINKS.c.question_id))
        .where(SearchDoc.space_id.in_(seen(viewer, now)), LINKS.c.target_id.in_(targets))
        .group_by(LINKS.c.target_id)
    )
    return {target: links for target, links in await db.execute(often)}


async def _alike(db: AsyncSession, found: list[_Found], meaning: Meaning | None) -> Mapping[int, float]:
    """How alike in meaning they are, as far as that is known; nothing where no model says what is asked means."""
    return await vectors.likeness(db, meaning, [one.row.id for one in found]) if meaning is not None else {}


def _understand(found: list[_Found], alike: Mapping[int, float], meant: float) -> None:
    """What each gains for what it means."""
    for one in found:
        one.meaning = max(0.0, alike.get(one.row.id, 0.0))
        one.meant = meant * one.meaning


def _weighed(rows: Iterable[Any], scale: Scale, now: datetime) -> list[_Found]:
    found = []
    for row in rows:
        words = row.terms.split(" ")
        times = scale.times(words)
        found.append(_Found(row, times, scale.weigh(times, len(words)), _fresh(row.created_at, now)))
    return found


def _fresh(created_at: datetime | None, now: datetime) -> float:
    return scoring.freshness((now - created_at) / DAY) if created_at is not None else 1.0
