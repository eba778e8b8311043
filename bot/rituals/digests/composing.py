"""Which lines a digest has, and in which order. Pure: everything it goes by is in the candidates and in what a member likes.

At most MOST lines, at most a quota of each kind; kinds take turns before one kind comes again, so that it is diverse before it
is popular, and what comes from another channel or another author comes first.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from storage import activity, forwarded, items, questions, sessions
from storage.digests import Line

ANSWERED, MET, USED = "answered", "met", "used"
MOST = 8
# Kind → how many lines at most. Also the order in which they take turns and stand.
QUOTAS = {
    questions.KIND: 2,
    sessions.KIND: 1,
    forwarded.KIND: 2,
    items.TIP: 2,
    items.STORY: 1,
    ANSWERED: 2,
    items.LINK: 1,
    items.TERM: 1,
    MET: 1,
    activity.KIND: 1,
    USED: 1,
}
MOST_OF_ONE_AUTHOR = 2
STRONGEST = 2  # how often "less like this" adds up
ENOUGH = -2  # what somebody wants so much less of is left out
FRESH = timedelta(days=14)


@dataclass(frozen=True, slots=True)
class Candidate:
    """Something that could be a line. ``relevance``: how well it fits this reader; ``reason`` says why, for them."""

    kind: str
    subject: int
    space_id: int
    at: datetime
    reason: str
    relevance: float = 0.0
    author_id: int | None = None
    tags: frozenset[str] = frozenset()

    def features(self) -> tuple[str, ...]:
        return (f"kind:{self.kind}", f"in:{self.space_id}", *(f"tag:{tag}" for tag in sorted(self.tags)))


def composed(candidates: Sequence[Candidate], tastes: Mapping[str, int], now: datetime) -> list[Line]:
    """The lines of a digest, from what was not told yet."""
    turns = sorted(QUOTAS, key=lambda kind: -tastes.get(f"kind:{kind}", 0))
    left = {kind: [one for one in candidates if one.kind == kind and _wanted(one, tastes)] for kind in QUOTAS}
    chosen: list[Candidate] = []
    took: Counter[str] = Counter()
    while len(chosen) < MOST:
        before = len(chosen)
        for kind in turns:
            if (
                len(chosen) < MOST
                and took[kind] < _quota(kind, tastes)
                and (best := _best(left[kind], chosen, tastes, now))
            ):
                chosen.append(best)
                left[kind].remove(best)
                took[kind] += 1
        if len(chosen) == before:
            break
    order = list(QUOTAS)
    chosen.sort(key=lambda one: order.index(one.kind))
    return [Line(one.kind, one.subject, one.space_id, one.reason) for one in chosen]


def _quota(kind: str, tastes: Mapping[str, int]) -> int:
    return max(0, QUOTAS[kind] + min(0, tastes.get(f"kind:{kind}", 0)))


def _wanted(one: Candidate, tastes: Mapping[str, int]) -> bool:
    return all(tastes.get(feature, 0) > ENOUGH for feature in one.features())


def _best(
    candidates: list[Candidate], chosen: list[Candidate], tastes: Mapping[str, int], now: datetime
) -> Candidate | None:
    by_author: Counter[int | None] = Counter(one.author_id for one in chosen if one.author_id is not None)
    of_space = Counter(one.space_id for one in chosen)
    left = [one for one in candidates if by_author[one.author_id] < MOST_OF_ONE_AUTHOR]

    def worth(one: Candidate) -> tuple[float, datetime, int]:
        liked = sum(tastes.get(feature, 0) for feature in one.features())
        fresh = max(0.0, 1.0 - max(timedelta(0), now - one.at) / FRESH)
        same = of_space[one.space_id] / 2 + by_author[one.author_id]
        return one.relevance + fresh + liked - same, one.at, one.subject

    return max(left, key=worth, default=None)
