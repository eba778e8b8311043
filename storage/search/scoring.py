"""How what was found is ranked. Pure, so that both databases rank alike. Every weight of finding stands here.

Tuned on one forum's questions of 2018 to 2020 whose answerers pointed to an earlier thread, and looked at on a small community
of another kind, so that nothing was taken that helps the one and harms the other. docs/relevance.md says what they reach.
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
# Candidates are fetched by the rarest terms, so many at most. A term that stands in more than this share of all items (but in
# more than FEW of them) fetches nothing by itself, and together the terms fetch at most LOOKED_AT items to choose from.
MOST_FETCHING, COMMON, FEW, LOOKED_AT = 16, 0.05, 20, 2_000
CANDIDATES = 200
# A thread that people pointed to before, from a question like this one, gains as much as that question's words score; halved
# for a thread pointed to LINKS_HALF times, less for fewer: a single link says little of the next question.
LINKED, LINKS_HALF = 1.0, 4
# What came of an item (-1 to 1) moves it by so much of its score. Not measured: no public data says what worked.
OUTCOME = 0.15
# How sure we are that a look-alike is one: the share of the score that could be reached, and the share of the title's words that
# the other is about; more words asked make the same share surer.
ABOUT, USUAL_LENGTH, LENGTH_TELLS = 0.3, 20, 0.25


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
        rarity = {term: math.log(1 + (items - count + 0.5) / (count + 0.5)) for term, count in standing.items()}
        return cls(items, average, standing, rarity)


@dataclass(frozen=True, slots=True)
class Fit:
    """How well an item fits by its words: the score, the terms it has (the rarest first), and those of the title's terms that
    it is about (they stand in its title, or as often)."""

    score: float
    present: tuple[str, ...]
    about: tuple[str, ...]


def fetching(asked: Asked, known: Statistics) -> dict[str, int]:
    """The terms that fetch candidates, and how much each counts for being among them (whole numbers: sums of them are the same
    on every database)."""
    common = max(COMMON * known.items, FEW)
    standing = [term for term in asked.words if known.standing.get(term)]
    rarest = sorted(standing, key=lambda term: (known.standing[term], term))
    rare = [term for term in rarest if known.standing[term] <= common][:MOST_FETCHING] or rarest[:1]
    taken: dict[str, int] = {}
    together = 0
    for term in rare:
        together += known.standing[term]
        if taken and together > LOOKED_AT:
            break
        taken[term] = round(1000 * known.rarity[term]) * asked.weight(term)
    return taken


def fit(asked: Asked, known: Statistics, found: Sequence[str]) -> Fit:
    """How an item of these terms fits, by BM25."""
    frequency, rarity = Counter(found), known.rarity
    present = sorted(asked.words.keys() & frequency.keys(), key=lambda term: (-rarity[term], term))
    size = len(found) / known.average
    score = sum(asked.weight(term) * _bm25(frequency[term], rarity[term], size) for term in present)
    about = tuple(term for term in present if term in asked.title and frequency[term] >= TITLE_WEIGHT)
    return Fit(score, tuple(present), about)


def share(part: Collection[str], whole: Collection[str], known: Statistics) -> float:
    """How much of some terms others are, each counted by how much it tells; 0 to 1."""
    most = sum(known.rarity[term] for term in whole)
    return min(1.0, sum(known.rarity[term] for term in part) / most) if most else 0.0


def best_possible(asked: Asked, known: Statistics) -> float:
    """What the query would score if it were itself an item."""
    size = sum(asked.times.values()) / known.average
    return sum(asked.weight(term) * _bm25(asked.times[term], known.rarity[term], size) for term in asked.words)


def linked(likeness: float, links: int) -> float:
    """What an item gains for having been pointed to ``links`` times, once from a question whose words score ``likeness``."""
    return LINKED * links / (links + LINKS_HALF) * likeness


def sureness(score: float, about: float, asked: Asked, best: float) -> float:
    """How sure it is that an item answers what is asked; about 0.6 is sure enough to show it unasked. ``about``: the share of
    the title's terms that it is about."""
    if not best:
        return 0.0
    length: float = (len(asked.words) / USUAL_LENGTH) ** LENGTH_TELLS
    return (score / best + ABOUT * about) * length


def _bm25(frequency: int, rarity: float, relative_length: float) -> float:
    return rarity * frequency * (K1 + 1) / (frequency + K1 * (1 - B + B * relative_length))
