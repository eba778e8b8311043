"""How what was found is ranked. Pure, so that both databases rank alike. Every weight of finding stands here.

Tuned on one forum's questions of 2018 to 2020 whose answerers pointed to an earlier thread, and on the first month of a small
community of another kind, so that nothing was taken that helps the one and harms the other. docs/relevance.md says what they
reach.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from storage.search.analyser import terms

# BM25's usual constants (others changed nothing that could be measured), and how much more a word of the title tells: in what
# was written, and in what is asked.
K1, B = 1.2, 0.75
TITLE_WEIGHT = 3
TITLE_ASKED = 2
# Candidates are fetched by the terms that tell most, so many at most, that stand in at most LOOKED_AT items together: so it
# takes as long however much a community keeps. Where every term stands in more, the rarest fetches.
MOST_FETCHING, LOOKED_AT = 24, 2_000
CANDIDATES = 200
EVERYWHERE = (
    50  # where one item in so many has a term, those that have it are found by looking through the newest items
)
# A thread that people pointed to before, from a question like this one, gains as much as that question's words score; halved
# for a thread pointed to LINKS_HALF times, less for fewer: a single link says little of the next question.
LINKED, LINKS_HALF = 1.0, 3
# What is new gains so much of its score, halved with every year of its age: what people do and use changes.
FRESH, FRESH_DAYS = 0.2, 365.0
# What came of an item (-1 to 1) moves it by so much of its score. Not measured: no public data says what worked.
OUTCOME = 0.15
# Where a model says what texts mean: what means just what is asked gains so many times the best score of any words that were
# found. An item's gain counts for what people pointed to from it, too: that is where most of it comes from.
MEANT = 2.0
# Who searches with a few words is also shown what has none of them: of the newest LOOKED_THROUGH items the NEAREST, as far as
# they are so NEAR in meaning. Of another community's questions one in ten to fifty comes to that, of its own five in six.
LOOKED_THROUGH, NEAREST, NEAR = 2_000, 20, 0.4
# How sure we are that a look-alike is one: the share of the score that could be reached, and the share of the title's words that
# the other is about; more words asked make the same share surer; and it must stand out from what follows the SHOWN that may be
# shown. The scores of CROWD items are looked at; where fewer were found, those missing count as if they had half of its score.
ABOUT, USUAL_LENGTH, LENGTH_TELLS = 0.3, 25, 1 / 3
SHOWN, CROWD, MISSING = 3, 5, 0.5


@dataclass(frozen=True, slots=True)
class Asked:
    """A query: its terms with the words they came from, how often each is asked for, and which stand in its title."""

    words: Mapping[str, str]
    times: Mapping[str, int]
    title: frozenset[str]

    @classmethod
    def of(cls, title: str, details: str = "") -> Asked:
        """``details`` is what follows the title; its words count for less."""
        words: dict[str, str] = {}
        for text in (title, details):
            found = {term: word for word in text.split() for term in terms(word)} or {
                term: term for term in terms(text)
            }
            words |= {term: word for term, word in found.items() if term not in words}
        times = Counter(terms(title) * TITLE_WEIGHT + terms(details))
        in_title = frozenset(terms(title))
        return cls({term: word for term, word in words.items() if times[term]}, times, in_title & words.keys())

    def spelled(self, instead: Mapping[str, str]) -> Asked:
        """The same with other terms for some."""
        words = {instead.get(term, term): word for term, word in self.words.items()}
        times = {instead.get(term, term): count for term, count in self.times.items()}
        return Asked(words, times, frozenset(instead.get(term, term) for term in self.title))

    def weight(self, term: str) -> int:
        return TITLE_ASKED if term in self.title else 1


@dataclass(frozen=True, slots=True)
class Statistics:
    """Of a community's items: how many there are, how long they are on average, in how many each term asked for stands, and how
    much it therefore tells."""

    items: int
    average: float
    standing: Mapping[str, int]
    rarity: Mapping[str, float]

    @classmethod
    def of(cls, items: int, average: float, standing: Mapping[str, int]) -> Statistics:
        items = max(items, *standing.values(), 0)  # what was counted last night may have grown since
        rarity = {term: math.log(1 + (items - count + 0.5) / (count + 0.5)) for term, count in standing.items()}
        return cls(items, average, standing, rarity)


@dataclass(frozen=True, slots=True)
class Scale:
    """Weighs items by the words of a query (BM25). ``gains``: how much each term can add at most.

    An item is how often each of them stands in it, and how many terms it has together.
    """

    asked: Asked
    known: Statistics
    gains: Mapping[str, float]

    @classmethod
    def of(cls, asked: Asked, known: Statistics) -> Scale:
        rarity = known.rarity
        gains = {term: asked.weight(term) * rarity[term] * (K1 + 1) for term in asked.words if term in rarity}
        return cls(asked, known, gains)

    def times(self, words: Sequence[str]) -> dict[str, int]:
        """Of an item's terms, how often each stands there that was asked for."""
        times: dict[str, int] = {}
        for term in words:
            if term in self.gains:
                times[term] = times.get(term, 0) + 1
        return times

    def weigh(self, times: Mapping[str, int], length: int) -> float:
        shortness = K1 * (1 - B + B * length / self.known.average)
        # Exact, so that it is the same in whatever order the terms stand.
        return math.fsum([self.gains[term] * count / (count + shortness) for term, count in times.items()])

    @property
    def best_possible(self) -> float:
        """What the query would score if it were itself an item."""
        times = self.asked.times
        return self.weigh({term: times[term] for term in self.gains}, sum(times.values()))

    def present(self, times: Mapping[str, int]) -> tuple[str, ...]:
        """The terms that an item has, the rarest first."""
        rarity = self.known.rarity
        return tuple(sorted(times, key=lambda term: (-rarity[term], term)))

    def about(self, times: Mapping[str, int]) -> tuple[str, ...]:
        """Those of the title's terms that it is about: they stand in its title, or as often."""
        return tuple(term for term in self.present(times) if term in self.asked.title and times[term] >= TITLE_WEIGHT)


def fetching(asked: Asked, known: Statistics) -> dict[str, int]:
    """The terms that fetch candidates, and how much each counts for being among them (whole numbers: sums of them are the same
    on every database)."""
    standing = [term for term in asked.words if known.standing.get(term)]
    telling = sorted(standing, key=lambda term: (-known.rarity[term] * asked.weight(term), term))
    taken: dict[str, int] = {}
    together = 0
    for term in telling[:MOST_FETCHING]:
        if together + known.standing[term] <= LOOKED_AT:
            together += known.standing[term]
            taken[term] = round(1000 * known.rarity[term]) * asked.weight(term)
    if standing and not taken:
        rarest = min(standing, key=lambda term: (known.standing[term], term))
        taken[rarest] = 1
    return taken


def is_everywhere(term: str, known: Statistics) -> bool:
    """Whether so many items have a term that the newest CANDIDATES of them are soon found by looking through all items."""
    return known.standing[term] * EVERYWHERE > known.items


def share(part: Collection[str], whole: Collection[str], known: Statistics) -> float:
    """How much of some terms others are, each counted by how much it tells; 0 to 1."""
    most = sum(known.rarity[term] for term in whole)
    return min(1.0, sum(known.rarity[term] for term in part) / most) if most else 0.0


def linked(likeness: float, links: int) -> float:
    """What an item gains for having been pointed to ``links`` times, once from a question whose words score ``likeness``."""
    return LINKED * links / (links + LINKS_HALF) * likeness


def meant(likeness: Sequence[float], best: float) -> float:
    """What an item gains that means just what is asked, among those whose words score ``likeness``; where no words do, as if some
    had the ``best`` possible score (anything, where that is nothing: then meaning alone counts)."""
    return MEANT * (max(likeness, default=0.0) or best or 1.0)


def near(likeness: Mapping[int, float]) -> list[int]:
    """Of items (their ids) those that are near in meaning, the nearest first; of two as near, the newer."""
    nearest = sorted(likeness, key=lambda item: (-likeness[item], -item))
    return [item for item in nearest[:NEAREST] if likeness[item] >= NEAR]


def freshness(age_days: float) -> float:
    """What the score of an item of this age is multiplied by."""
    grown: float = 1 + FRESH * 0.5 ** (max(age_days, 0.0) / FRESH_DAYS)
    return grown


def crowd(scores: Sequence[float]) -> Sequence[float]:
    """Of all scores, the best first, those that a look-alike must stand out from."""
    return scores[SHOWN : SHOWN + CROWD]


def sureness(score: float, about: float, asked: Asked, best: float, others: Sequence[float]) -> float:
    """How sure it is that an item answers what is asked; about 0.6 is sure enough to show it unasked. ``about``: the share of
    the title's terms that it is about; ``others``: what it must stand out from (``crowd``)."""
    if not best or not score:
        return 0.0
    length: float = (len(asked.words) / USUAL_LENGTH) ** LENGTH_TELLS
    behind = sum(others) / score + MISSING * (CROWD - len(others))
    stands_out = max(0.0, 1 - behind / CROWD) / (1 - MISSING)
    return (score / best + ABOUT * about) * length * stands_out
