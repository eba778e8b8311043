"""What shows that somebody can help: whom they answered, and whether it helped."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from storage.answers import Answer, Replier
from storage.questions import Question


@dataclass(frozen=True, slots=True)
class Answered:
    """That a member answered a question, when, and whether it helped."""

    question_id: int
    member_id: int
    title: str
    at: datetime
    helped: bool


async def answered_by(db: AsyncSession, question_ids: list[int]) -> list[Answered]:
    """Who answered these questions, by form or in the thread, other than their askers."""
    by_form = select(Answer.question_id, Answer.author_id, Question.title, Answer.created_at, Answer.helped_at).join(
        Question, Question.id == Answer.question_id
    )
    in_thread = select(Replier.question_id, Replier.member_id, Question.title, Replier.at).join(
        Question, Question.id == Replier.question_id
    )
    found = [
        Answered(question_id, member_id, title, at, helped_at is not None)
        for question_id, member_id, title, at, helped_at in await db.execute(
            by_form.where(Question.id.in_(question_ids), Answer.author_id != Question.asker_id)
        )
    ]
    known = {(item.question_id, item.member_id) for item in found}
    found += [
        Answered(question_id, member_id, title, at, False)
        for question_id, member_id, title, at in await db.execute(
            in_thread.where(Question.id.in_(question_ids), Replier.member_id != Question.asker_id)
        )
        if (question_id, member_id) not in known
    ]
    return found
