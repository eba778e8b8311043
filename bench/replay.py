"""A history happens again in a database of ours: what was asked, answered and pointed to, as the program keeps it."""

from __future__ import annotations

from collections import defaultdict
from datetime import datetime
from typing import Any

from sqlalchemy import insert
from sqlalchemy.ext.asyncio import AsyncSession

from bench.history import Answered, Asked, History
from bot.core.events import Ref
from storage import communities, questions
from storage.answers import Answer
from storage.engine import Database
from storage.members import Account, Member
from storage.questions import Question, QuestionLink

PLATFORM, WORKSPACE = "local", "bench"
AT_ONCE = 500  # questions a transaction


class Replay:
    """Members and questions are numbered as in their history."""

    def __init__(self, database: Database, history: History) -> None:
        self.database, self.history = database, history
        self.events = list(history.events())
        self.known: dict[int, Question] = {}
        self.answered: set[int] = set()
        self._next, self._words, self._dirty = 0, defaultdict[int, list[str]](list), dict[int, None]()
        self.member = history.members

    async def begin(self) -> None:
        """A community with everyone in it, and one open place that they all read."""
        start = self.history.questions[0].at
        async with self.database.write() as db:
            home = Ref(PLATFORM, WORKSPACE, "")
            self.community = await communities.connect(db, home, self.history.name, "UTC", start)
            place = await communities.keep_place(
                db, self.community, Ref(PLATFORM, WORKSPACE, "q"), "q", closed=False, archived=False, forum=False
            )
            await communities.use_for(db, place, communities.QUESTIONS)
            self.space_id = place.space_id
            people = [
                dict(id=number, community_id=self.community.id, name=f"Member {number}", joined_at=start)
                for number in self.member.values()
            ]
            await db.execute(insert(Member), people)
            accounts = [
                dict(member_id=number, platform=PLATFORM, workspace=WORKSPACE, remote_id=str(number))
                for number in self.member.values()
            ]
            await db.execute(insert(Account), accounts)

    async def until(self, moment: datetime) -> None:
        """Let everything happen that happened before a moment."""
        rows: dict[Any, list[dict[str, Any]]] = {Question: [], Answer: [], QuestionLink: []}
        while self._next < len(self.events) and self.events[self._next].at < moment:
            self._happen(self.events[self._next], rows)
            self._next += 1
        changed = list(self._dirty)
        self._dirty.clear()
        async with self.database.write() as db:
            for model, new in rows.items():
                if new:
                    await db.execute(insert(model), new)
        for start in range(0, len(changed), AT_ONCE):
            async with self.database.write() as db:
                for number in changed[start : start + AT_ONCE]:
                    await self._index(db, number)

    def _happen(self, event: Any, rows: dict[Any, list[dict[str, Any]]]) -> None:
        if isinstance(event, Asked):
            values = self._values(event)
            self.known[event.number] = Question(**values)
            rows[Question].append(values)
            self._dirty[event.number] = None
        elif event.question not in self.known:
            return
        elif isinstance(event, Answered):
            helped_at = event.at if event.accepted else None
            author = self.member[event.author]
            rows[Answer].append(
                dict(
                    question_id=event.question,
                    author_id=author,
                    text=event.body,
                    created_at=event.at,
                    helped_at=helped_at,
                )
            )
            self._words[event.question].append(event.body)
            self._dirty[event.question] = None
            if author != self.known[event.question].asker_id:
                self.answered.add(event.question)
        else:
            rows[QuestionLink].append(dict(question_id=event.question, target_id=event.target, at=event.at))

    def _values(self, question: Asked) -> dict[str, Any]:
        return dict(
            id=question.number, community_id=self.community.id, space_id=self.space_id, title=question.title,
            asker_id=self.member[question.asker], details=question.body, tags=list(question.tags), state="asked",
            created_at=question.at,
        )  # fmt: skip

    def as_asked(self, question: Asked) -> Question:
        """The question as its asker sends it, not kept yet."""
        return Question(**self._values(question))

    async def _index(self, db: AsyncSession, number: int) -> None:
        await questions.index_it(db, self.known[number], self._words[number])
