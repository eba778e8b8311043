"""Who may know: members ranked by what they answered before and what they said they can help with."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

# What each piece of evidence weighs. Past answers count by how like the questions are (0 to 1), halved every HALF_LIFE days.
ANSWERED, HELPED, TOPIC, LOAD = 1.0, 0.5, 0.6, -0.3
HALF_LIFE_DAYS = 180.0


@dataclass(frozen=True, slots=True)
class PastAnswer:
    question_id: int
    likeness: float
    age_days: float
    helped: bool


@dataclass(frozen=True, slots=True)
class Candidate:
    member_id: int
    can_help: frozenset[str] = frozenset()
    answers: Sequence[PastAnswer] = field(default_factory=tuple)
    asked_lately: int = 0


@dataclass(frozen=True, slots=True)
class Choice:
    """A member worth asking, and the evidence: "answered:<question id>" and "topic:<tag>"."""

    member_id: int
    score: float
    reasons: tuple[str, ...]


def rank(topics: frozenset[str], candidates: Sequence[Candidate]) -> list[Choice]:
    """The members with any evidence, the likeliest first; ties go to the one asked less, then the lower id."""
    choices = []
    for candidate in candidates:
        shared = sorted(topics & candidate.can_help)
        answers = sorted(candidate.answers, key=_weight, reverse=True)
        evidence = sum(map(_weight, answers)) + TOPIC * len(shared)
        if evidence > 0:
            reasons = [f"answered:{answers[0].question_id}"] if answers else []
            reasons += [f"topic:{tag}" for tag in shared]
            choices.append(Choice(candidate.member_id, evidence + LOAD * candidate.asked_lately, tuple(reasons)))
    lately = {candidate.member_id: candidate.asked_lately for candidate in candidates}
    return sorted(choices, key=lambda choice: (-choice.score, lately[choice.member_id], choice.member_id))


def _weight(answer: PastAnswer) -> float:
    fresh: float = 0.5 ** (answer.age_days / HALF_LIFE_DAYS)
    return answer.likeness * fresh * (ANSWERED + (HELPED if answer.helped else 0.0))
