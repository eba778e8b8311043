"""Questions."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import ForeignKey, delete, false, or_, select, update
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Mapped, mapped_column

from bot.core.people import Viewer
from storage.base import NEVER_REUSE_IDS, Base
from storage.search import index
from storage.upsert import insert_or_nothing
from storage.visibility import visible

KIND = "question"


class Question(Base):
    """``anonymous``: nobody may learn who asked. ``next_step_at`` is when the clock moves on, ``rounds`` how often people were
    asked; ``rev`` counts edits. A question that is ``closed_because`` of another is the ``duplicate_of`` it.
    """

    __tablename__ = "question"
    __table_args__ = (NEVER_REUSE_IDS,)
    id: Mapped[int] = mapped_column(primary_key=True)
    community_id: Mapped[int] = mapped_column(ForeignKey("community.id"), index=True)
    space_id: Mapped[int] = mapped_column(ForeignKey("space.id"), index=True)
    asker_id: Mapped[int] = mapped_column(ForeignKey("member.id"), index=True)
    title: Mapped[str]
    details: Mapped[str] = mapped_column(default="")
    tags: Mapped[list[str]]
    anonymous: Mapped[bool] = mapped_column(default=False, server_default=false())
    state: Mapped[str]
    next_step_at: Mapped[datetime | None]
    rounds: Mapped[int] = mapped_column(default=0, server_default="0")
    closed_because: Mapped[str] = mapped_column(default="", server_default="")
    duplicate_of: Mapped[int | None]
    created_at: Mapped[datetime]
    rev: Mapped[int] = mapped_column(default=1, server_default="1")
    edited_at: Mapped[datetime | None]


class QuestionLink(Base):
    """Somebody who knew pointed from a question to an earlier one."""

    __tablename__ = "question_link"
    question_id: Mapped[int] = mapped_column(ForeignKey("question.id", ondelete="CASCADE"), primary_key=True)
    target_id: Mapped[int] = mapped_column(ForeignKey("question.id", ondelete="CASCADE"), primary_key=True, index=True)
    member_id: Mapped[int | None] = mapped_column(ForeignKey("member.id"))
    at: Mapped[datetime]


async def ask(
    db: AsyncSession,
    *,
    community_id: int,
    space_id: int,
    asker_id: int,
    title: str,
    details: str,
    tags: tuple[str, ...],
    state: str,
    now: datetime,
    anonymous: bool = False,
) -> Question:
    question = Question(
        community_id=community_id,
        space_id=space_id,
        asker_id=asker_id,
        title=title,
        details=details,
        tags=list(tags),
        anonymous=anonymous,
        state=state,
        created_at=now,
    )
    db.add(question)
    await db.flush()
    await index_it(db, question, [])
    return question


async def index_it(db: AsyncSession, question: Question, answers: Sequence[str]) -> None:
    """Everything that may be found of a question: its words, its tags, its kept answers."""
    await index.put(
        db,
        community_id=question.community_id,
        space_id=question.space_id,
        kind=KIND,
        subject=question.id,
        title=question.title,
        body=rest_of(question, answers),
        author_id=None if question.anonymous else question.asker_id,
        created_at=question.created_at,
        tags=question.tags,
    )


def rest_of(question: Question, answers: Sequence[str]) -> str:
    """What may be found of a question beside its title."""
    return "\n".join([question.details, " ".join(question.tags), *answers])


async def get(db: AsyncSession, question_id: int, viewer: Viewer, now: datetime) -> Question | None:
    """The question, if the viewer can see it."""
    return await db.scalar(
        select(Question).where(
            Question.id == question_id,
            Question.community_id == viewer.community,
            visible(viewer, Question.space_id, now),
        )
    )


async def get_for_change(db: AsyncSession, question_id: int, viewer: Viewer, now: datetime) -> Question | None:
    """The same, held until the end of the transaction, so that two who act at once act one after the other."""
    question = await get(db, question_id, viewer, now)
    if question is not None:
        await db.refresh(question, with_for_update=True)
    return question


async def held(db: AsyncSession, question_id: int) -> Question | None:
    """The question for our own timers, held until the end of the transaction."""
    return await db.get(Question, question_id, with_for_update=True)


async def several(db: AsyncSession, ids: list[int], viewer: Viewer, now: datetime) -> dict[int, Question]:
    found = await db.scalars(
        select(Question).where(
            Question.id.in_(ids), Question.community_id == viewer.community, visible(viewer, Question.space_id, now)
        )
    )
    return {question.id: question for question in found}


async def states(db: AsyncSession, ids: Sequence[int]) -> dict[int, tuple[int, str]]:
    """Question id → who asked it and its state: for those of which it is known that the viewer can see them."""
    found = await db.execute(select(Question.id, Question.asker_id, Question.state).where(Question.id.in_(ids)))
    return {id: (asker, state) for id, asker, state in found}


async def asked_by(db: AsyncSession, member_id: int, viewer: Viewer, now: datetime, limit: int) -> list[Question]:
    """A member's own questions, the newest first, where they can still see them."""
    mine = Question.asker_id == member_id, Question.community_id == viewer.community
    query = select(Question).where(*mine, visible(viewer, Question.space_id, now))
    return list(await db.scalars(query.order_by(Question.id.desc()).limit(limit)))


async def in_states(
    db: AsyncSession,
    states: Sequence[str],
    viewer: Viewer,
    now: datetime,
    *,
    skip: int = 0,
    limit: int = 10,
    newest: bool = False,
) -> list[Question]:
    """The questions in these states that a viewer can see, the oldest or the newest first."""
    query = select(Question).where(
        Question.community_id == viewer.community,
        Question.state.in_(states),
        visible(viewer, Question.space_id, now),
    )
    order = (Question.id.desc(),) if newest else (Question.created_at, Question.id)
    return list(await db.scalars(query.order_by(*order).offset(skip).limit(limit)))


async def point_to(db: AsyncSession, question_id: int, target_id: int, member_id: int | None, now: datetime) -> None:
    """Write down that an earlier question answers this one; again is the same."""
    link = {"question_id": question_id, "target_id": target_id, "member_id": member_id, "at": now}
    await insert_or_nothing(db, QuestionLink, **link)


async def pointed_to(db: AsyncSession, question_id: int) -> list[int]:
    """The earlier questions that somebody pointed to from this one."""
    query = select(QuestionLink.target_id).where(QuestionLink.question_id == question_id)
    return list(await db.scalars(query.order_by(QuestionLink.at, QuestionLink.target_id)))


async def remove(db: AsyncSession, question: Question) -> None:
    """Delete a question that has no answers any more (storage/answers.py); what pointed to it points nowhere."""
    await index.remove(db, KIND, question.id)
    either_end = or_(QuestionLink.question_id == question.id, QuestionLink.target_id == question.id)
    await db.execute(delete(QuestionLink).where(either_end))
    await db.execute(update(Question).where(Question.duplicate_of == question.id).values(duplicate_of=None))
    await db.delete(question)
    await db.flush()


async def pointing_to(db: AsyncSession, question_id: int) -> list[int]:
    """The questions from which somebody pointed to this one."""
    query = select(QuestionLink.question_id).where(QuestionLink.target_id == question_id)
    return list(await db.scalars(query.order_by(QuestionLink.question_id)))
