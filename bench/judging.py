"""What the program finds and whom it would ask, question by question, with what was known when each was asked."""

from __future__ import annotations

import time
from collections import Counter, deque
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from unittest import mock

from sqlalchemy import delete

from bench.history import Answered, Asked, History
from bench.replay import Replay
from bot.core.meaning import Meaning
from bot.core.people import Viewer
from bot.rituals.questions.likely import MONTH, past_answers, shares
from bot.routing.rank import Candidate, Choice, PastAnswer, mixed, rank
from storage.engine import Database
from storage.questions import KIND
from storage.search import finding, scoring
from storage.search.index import SearchDoc

READ, LOOKED_AT = 600, 200
INVITED = 3
HALF_LIFE = timedelta(days=14)


@dataclass(frozen=True, slots=True)
class Found:
    """For one question with a link: what is found, by us and by plain BM25; how sure we are of the first, and of the first when
    the right ones are gone."""

    right: set[int]
    ours: list[int]
    plain: list[int]
    sure: float
    sure_without: float


@dataclass(frozen=True, slots=True)
class Routed:
    """For one question: who answered; the members in our order, in that of plain likeness, in that of recent activity; whom we
    would invite when load counts."""

    right: set[int]
    ours: list[int]
    alike: list[int]
    active: list[int]
    invited: list[int]


@dataclass(slots=True)
class Verdict:
    found: list[Found] = field(default_factory=list)
    routed: list[Routed] = field(default_factory=list)
    strange: list[float] = field(default_factory=list)  # how sure of what is found for another community's questions
    find_ms: list[float] = field(default_factory=list)
    route_ms: list[float] = field(default_factory=list)


@contextmanager
def plain_bm25() -> Iterator[None]:
    """Without what we added: links, outcomes, what is new, the title of what is asked."""
    with mock.patch.multiple(scoring, LINKED=0.0, OUTCOME=0.0, FRESH=0.0, TITLE_ASKED=1):
        yield


class Judge:
    def __init__(self, url: str, history: History) -> None:
        self.database = Database(url)
        self.history, self.replay, self.verdict = history, Replay(self.database, history), Verdict()
        self._activity: dict[int, tuple[float, datetime]] = {}
        self._answered: set[tuple[int, int]] = set()
        self._invited: deque[tuple[datetime, list[int]]] = deque()
        self._heard = 0

    async def judge(self, strangers: list[Asked], most: int = 0) -> Verdict:
        """Everything of the test period, then another community's questions; ``most``: for so many questions at most who
        answered them, spread over the period."""
        answered = [
            it.number
            for it in self.history.questions
            if self.history.is_test(it) and it.number in self.history.answerers
        ]
        routed = set(answered[:: max(1, -(-len(answered) // most)) if most else 1])
        await self.replay.begin()
        await self.replay.until(self.history.test_from)
        for question in self.history.questions:
            if not self.history.is_test(question):
                continue
            finds, routes = question.number in self.history.relevant, question.number in routed
            if finds or routes:
                await self.replay.until(question.at)
            if finds:
                await self._find(question)
            if routes:
                await self._route(question)
        for question in strangers:
            order, sure = await self._search(question, self.history.test_to)
            self.verdict.strange.append(sure.get(order[0], 0.0) if order else 0.0)
        await self.database.close()
        return self.verdict

    async def meaning(self, question: Asked) -> Meaning | None:
        """What a question means, for judges with a model."""
        return None

    async def _search(
        self, question: Asked, now: datetime, without: Collection[int] = ()
    ) -> tuple[list[int], dict[int, float]]:
        """Answered questions like this one, in order, and how sure each is; ``without``: as if some had never been kept."""
        viewer = Viewer(self.replay.community.id, member=1)
        async with self.database.write() if without else self.database.read() as db:
            if without:
                await db.execute(delete(SearchDoc).where(SearchDoc.kind == KIND, SearchDoc.subject.in_(without)))
            meaning = await self.meaning(question)
            began = time.perf_counter()
            matches = await finding.find(
                db,
                question.title,
                viewer,
                now,
                details=question.body[:READ],
                kinds=(KIND,),
                limit=LOOKED_AT,
                meaning=meaning,
            )
            self.verdict.find_ms.append((time.perf_counter() - began) * 1000)
            await db.rollback()
        answered = [match for match in matches if match.subject in self.replay.answered]
        return [match.subject for match in answered], {match.subject: match.sure for match in answered}

    async def _find(self, question: Asked) -> None:
        right = self.history.relevant[question.number]
        ours, sure = await self._search(question, question.at)
        with plain_bm25():
            plain, _ = await self._search(question, question.at)
        others, less_sure = await self._search(question, question.at, without=right)
        first, next_best = sure[ours[0]] if ours else 0.0, less_sure[others[0]] if others else 0.0
        self.verdict.found.append(Found(right, ours, plain, first, next_best))

    async def _route(self, question: Asked) -> None:
        """Everyone who ever answered is ranked; a question that is not kept yet is asked by its asker."""
        self._listen(question.at)
        asked = self.replay.as_asked(question)
        meaning = await self.meaning(question)
        async with self.database.read() as db:
            began = time.perf_counter()
            past = await past_answers(db, asked, question.at, meaning)
            self.verdict.route_ms.append((time.perf_counter() - began) * 1000)
        past.pop(asked.asker_id, None)
        members = [member for member in self._activity if member != asked.asker_id]
        ours = rank(frozenset(), [Candidate(member, answers=past.get(member, ())) for member in members], everyone=True)
        likeness = {member: sum(answer.likeness for answer in answers) for member, answers in past.items()}
        recent = {member: self._recent(member, question.at) for member in members}
        self.verdict.routed.append(
            Routed(
                {self.replay.member[name] for name in self.history.answerers[question.number]},
                [choice.member_id for choice in ours],
                sorted(members, key=lambda member: (-likeness.get(member, 0.0), member)),
                sorted(members, key=lambda member: (-recent[member], member)),
                [choice.member_id for choice in self._invite(members, past, question.at)],
            )
        )

    def _invite(self, members: list[int], past: dict[int, list[PastAnswer]], now: datetime) -> list[Choice]:
        """The three whom we would ask, knowing whom we asked in the last month."""
        while self._invited and self._invited[0][0] < now - MONTH:
            self._invited.popleft()
        lately: dict[int, list[datetime]] = {}
        for at, invited in self._invited:
            for member in invited:
                lately.setdefault(member, []).append(at)
        load = shares(lately)
        candidates = [Candidate(member, answers=past.get(member, ()), load=load.get(member, 0.0)) for member in members]
        chosen = mixed(rank(frozenset(), candidates, everyone=True), INVITED)
        self._invited.append((now, [choice.member_id for choice in chosen]))
        return chosen

    def _listen(self, now: datetime) -> None:
        """Who answered up to now, each question once, halved every two weeks."""
        events = self.replay.events
        while self._heard < len(events) and events[self._heard].at < now:
            event = events[self._heard]
            self._heard += 1
            if isinstance(event, Answered) and event.author in self.history.answerers.get(event.question, ()):
                member = self.replay.member[event.author]
                if (event.question, member) in self._answered:
                    continue
                self._answered.add((event.question, member))
                self._activity[member] = (self._recent(member, event.at) + 1, event.at)

    def _recent(self, member: int, now: datetime) -> float:
        amount, at = self._activity.get(member, (0.0, now))
        halved: float = 0.5 ** ((now - at) / HALF_LIFE)
        return amount * halved


def busiest_share(invited: list[list[int]]) -> float:
    """The share of the questions to which the most invited member was invited."""
    count = Counter(member for members in invited for member in members)
    return max(count.values()) / len(invited)
