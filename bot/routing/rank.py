"""Who may know: members ranked by what they answered before and what they said they can help with. Pure.

Every weight of routing stands here. Those of past answers were fitted (bench/fit_routing.py: which of the members who answered
anything lately answered this, and which of those who are not the busiest?) on the earlier part of four public communities at
once, each counting as much as the others, and measured on the later part; docs/relevance.md says what they reach. TOPIC,
AVAILABLE and HELPED rest on judgement: public data does not say what people declared or when they could be asked, and hardly
what helped.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

# Answers to questions like this one, halved every HALF_LIFE_DAYS, the likest above all; and how many they are, however old.
LIKEST, ALIKE = 0.42, 0.47
HALF_LIFE_DAYS = 180.0
# Answers to questions with the same tags, however old.
TAGGED = 0.29
# Answers to anything lately, halved every month; and how long ago the last was, up to a year (never is a year, too).
ACTIVE, SINCE = 0.32, -0.47
ACTIVE_HALF_LIFE_DAYS, LONGEST_DAYS = 30.0, 365.0
# Of all their answers that are looked at: the share to questions at least NEARLY as like this one as the likest, the share of its
# tags on average, the share that helped. So who answers little, but under its tags, comes before those who answer everything.
# Of few answers all three count for less.
ON_THIS, ON_ITS_TAGS, HELPED, SHRUNK = 0.68, 3.0, 0.5, 2
NEARLY = 0.5
# A declared topic tells as much as a fresh answer to one of the questions most like it; a second one adds half as much again.
TOPIC = 3.9
# Someone who can be asked at once comes before an equal who can't.
AVAILABLE = 0.2
# Who was asked in more than a fair share of the latest rounds comes later, the more the later: so that the busiest is asked about
# one in three (chosen on the earlier part of the same communities: a third to half of the load for a tenth of the hits).
LOAD, FAIR = -15.0, 0.15
# From here on a past question is like enough, by its words or by what it means, to be a reason for asking somebody: of those who
# answered such a question, by either, one in twenty or so answered the new one. And so many answers lately are worth saying.
LIKE_ENOUGH, MEANT_ENOUGH = 0.15, 0.5
OFTEN, LATELY_DAYS = 3, 14.0
# In the third place somebody who was not asked lately is asked instead, if they are among so many of the next best.
PEERS_AMONG = 5


@dataclass(frozen=True, slots=True)
class PastAnswer:
    """An answer to an earlier question. ``likeness`` of the questions and ``shared``, the share of the tags, are 0 to 1; so are
    ``by_words``, the likeness of their words alone, and ``meaning``, how alike in meaning they are (0 where no model says).

    ``of_likest``: the likeness as a share of that of the likest question there is, 0 to 1. ``lately``: it is among the
    community's newest questions, which tell who is active.
    """

    question_id: int
    likeness: float
    age_days: float
    helped: bool
    shared: float = 0.0
    of_likest: float = 0.0
    lately: bool = False
    by_words: float = 0.0
    meaning: float = 0.0

    @property
    def like_enough(self) -> bool:
        return self.by_words >= LIKE_ENOUGH or self.meaning >= MEANT_ENOUGH


@dataclass(frozen=True, slots=True)
class Candidate:
    """``load`` is the share of the latest rounds in which they were asked, 0 to 1."""

    member_id: int
    can_help: frozenset[str] = frozenset()
    answers: Sequence[PastAnswer] = field(default_factory=tuple)
    load: float = 0.0
    available: bool = False


@dataclass(frozen=True, slots=True)
class Choice:
    """A member worth asking, and why: "answered:<question id>", "topic:<tag they declared>", "tagged" (they answered questions
    with the same tags), "helped:<how often>", "active", "peer" (asked so that it is not always the same people).
    """

    member_id: int
    score: float
    reasons: tuple[str, ...]
    load: float = 0.0


def rank(topics: frozenset[str], candidates: Sequence[Candidate], *, everyone: bool = False) -> list[Choice]:
    """The members with evidence that they know about this, the likeliest first; ties go to the one asked less, then the lower
    id. ``everyone``: the others after them, without reasons.
    """
    known: list[Choice] = []
    others: list[Choice] = []
    for candidate in candidates:
        shared = sorted(topics & candidate.can_help)
        reasons = _reasons(candidate, shared)
        choice = Choice(candidate.member_id, _score(candidate, shared), reasons, candidate.load)
        (known if reasons else others).append(choice)
    return _in_order(known) + (_in_order(others) if everyone else [])


def mixed(choices: Sequence[Choice], most: int) -> list[Choice]:
    """Whom to ask of those ranked: the likeliest, and of three or more the last is a near-peer.

    A near-peer has evidence, too, but was not asked lately: the first such in the order among the next PEERS_AMONG. With
    nobody like that the next in order is asked. So answering is learned by more people, and the load spreads.
    """
    asked, rest = list(choices[:most]), choices[most : most + PEERS_AMONG]
    if most < 3 or len(asked) < most or asked[-1].load == 0:
        return asked
    peer = next((choice for choice in rest if choice.load == 0), None)
    return asked if peer is None else [*asked[:-1], replace(peer, reasons=(*peer.reasons, "peer"))]


def _in_order(choices: list[Choice]) -> list[Choice]:
    return sorted(choices, key=lambda choice: (-choice.score, choice.load, choice.member_id))


def features(answers: Sequence[PastAnswer]) -> tuple[float, ...]:
    """What past answers tell, in the order of WEIGHTS."""
    if not answers:
        return (0.0, 0.0, 0.0, 0.0, math.log1p(LONGEST_DAYS), 0.0, 0.0, 0.0)
    shared, many = sum(answer.shared for answer in answers), len(answers) + SHRUNK
    return (
        math.log1p(5 * sum(answer.of_likest**2 * 0.5 ** (answer.age_days / HALF_LIFE_DAYS) for answer in answers)),
        math.log1p(sum(answer.of_likest > 0 for answer in answers)),
        math.log1p(shared),
        math.log1p(sum(0.5 ** (answer.age_days / ACTIVE_HALF_LIFE_DAYS) for answer in answers if answer.lately)),
        math.log1p(min(LONGEST_DAYS, *(answer.age_days for answer in answers))),
        sum(answer.of_likest >= NEARLY for answer in answers) / many,
        shared / many,
        sum(answer.helped for answer in answers) / many,
    )


WEIGHTS = (LIKEST, ALIKE, TAGGED, ACTIVE, SINCE, ON_THIS, ON_ITS_TAGS, HELPED)


def _score(candidate: Candidate, shared: Sequence[str]) -> float:
    past = sum(weight * value for weight, value in zip(WEIGHTS, features(candidate.answers), strict=True))
    declared = TOPIC * math.log2(1 + len(shared))
    return past + declared + AVAILABLE * candidate.available + LOAD * max(0.0, candidate.load - FAIR)


def _reasons(candidate: Candidate, shared: Sequence[str]) -> tuple[str, ...]:
    """The evidence that they know about this; being active is said only beside it."""
    alike = [answer for answer in candidate.answers if answer.like_enough]
    reasons = []
    if alike:
        likest = max(alike, key=lambda it: (it.likeness, it.meaning, it.helped, -it.age_days, it.question_id))
        reasons.append(f"answered:{likest.question_id}")
    reasons += [f"topic:{tag}" for tag in shared]
    if not reasons and any(answer.shared for answer in candidate.answers):
        reasons.append("tagged")
    helped = sum(answer.helped for answer in alike)
    if helped > 1:
        reasons.append(f"helped:{helped}")
    if reasons and sum(answer.lately and answer.age_days <= LATELY_DAYS for answer in candidate.answers) >= OFTEN:
        reasons.append("active")
    return tuple(reasons)
