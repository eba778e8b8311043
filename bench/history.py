"""What a community asked and answered, from a folder: questions.jsonl, answers.jsonl and, if there is one, links.jsonl."""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cached_property
from pathlib import Path
from typing import Any

# Some histories number their posts instead of dating them. Five minutes a post make two weeks of the length at which "recently
# active", which we are compared with, is strongest.
FIRST_POST, A_POST = datetime(2011, 1, 3, tzinfo=UTC), timedelta(minutes=5)
USUAL_TEST = 0.6  # without a word on it, the last 40 % of the questions are the test


@dataclass(frozen=True, slots=True)
class Asked:
    number: int
    title: str
    body: str
    tags: tuple[str, ...]
    asker: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Answered:
    question: int
    author: str
    body: str
    accepted: bool
    at: datetime


@dataclass(frozen=True, slots=True)
class Linked:
    question: int
    target: int
    at: datetime


@dataclass(frozen=True)
class History:
    """``test_from`` is where the test begins; everything before is there to learn from. Questions are numbered in time from 1."""

    name: str
    questions: list[Asked]
    answers: list[Answered]
    links: list[Linked]
    test_from: datetime
    test_to: datetime

    def events(self) -> Iterator[Asked | Answered | Linked]:
        """Everything in time; at one moment a question comes before its answers, and both before links."""
        order = {Asked: 0, Answered: 1, Linked: 2}
        everything: list[Asked | Answered | Linked] = [*self.questions, *self.answers, *self.links]
        yield from sorted(everything, key=lambda event: (event.at, order[type(event)]))

    def is_test(self, question: Asked) -> bool:
        return self.test_from <= question.at < self.test_to

    @cached_property
    def members(self) -> dict[str, int]:
        """Everyone's number, from 1 in the order in which they appear."""
        posts = (event for event in self.events() if not isinstance(event, Linked))
        names = (post.asker if isinstance(post, Asked) else post.author for post in posts)
        return {name: number for number, name in enumerate(dict.fromkeys(names), 1)}

    @cached_property
    def relevant(self) -> dict[int, set[int]]:
        """Question → the earlier ones that somebody pointed to from it."""
        found: defaultdict[int, set[int]] = defaultdict(set)
        for link in self.links:
            found[link.question].add(link.target)
        return dict(found)

    @cached_property
    def answerers(self) -> dict[int, set[str]]:
        """Question → who answered it, but the asker."""
        askers = {question.number: question.asker for question in self.questions}
        found: defaultdict[int, set[str]] = defaultdict(set)
        for answer in self.answers:
            if answer.author != askers[answer.question]:
                found[answer.question].add(answer.author)
        return dict(found)

    @cached_property
    def busiest(self) -> set[int]:
        """The five who had answered most questions when the test began, by number."""
        answered = {
            (answer.question, self.members[answer.author])
            for answer in self.answers
            if answer.at < self.test_from and answer.author in self.answerers.get(answer.question, ())
        }
        count = Counter(member for _, member in answered)
        return set(sorted(count, key=lambda member: (-count[member], member))[:5])


def load(given: str) -> History:
    """``given`` is a folder, with where its test begins (and ends) if that is said: folder@2021-01-01 or folder@2018,2021 or
    folder@0.8 for the last fifth of the questions."""
    folder, _, span = given.partition("@")
    raw = sorted(_rows(Path(folder) / "questions.jsonl"), key=lambda row: _when(row["created"]))
    number = {row["id"]: place for place, row in enumerate(raw, 1)}
    questions = [
        Asked(number[row["id"]], row["title"], row["body"], tuple(row["tags"]), row["asker"], _when(row["created"]))
        for row in raw
    ]
    answers = [
        Answered(number[row["question_id"]], row["author"], row["body"], bool(row["accepted"]), _when(row["created"]))
        for row in _rows(Path(folder) / "answers.jsonl")
        if row["question_id"] in number
    ]
    links = {
        (row["question_id"], row["target_id"]): Linked(
            number[row["question_id"]], number[row["target_id"]], _when(row["created"])
        )
        for row in _rows(Path(folder) / "links.jsonl")
        if row["question_id"] in number and row["target_id"] in number
    }
    begins, _, ends = span.partition(",")
    last = questions[-1].at + timedelta(days=1)
    name = Path(folder).name
    return History(
        name, questions, answers, list(links.values()), _moment(begins, questions), _moment(ends, questions, last)
    )


def _moment(said: str, questions: list[Asked], otherwise: datetime | None = None) -> datetime:
    if not said and otherwise is not None:
        return otherwise
    share = float(said) if "." in said else None if said else USUAL_TEST
    if share is not None:
        return questions[int(len(questions) * share)].at
    return datetime.fromisoformat(said if "-" in said else f"{said}-01-01").replace(tzinfo=UTC)


def _rows(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text("utf-8").splitlines()] if path.exists() else []


def _when(created: str) -> datetime:
    if created.startswith("seq"):
        return FIRST_POST + int(created[3:]) * A_POST
    return datetime.fromisoformat(created).replace(tzinfo=UTC)
