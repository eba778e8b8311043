"""Questions, their answers, and who was asked."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ForeignKey, UniqueConstraint, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Mapped, mapped_column

from bot.core.people import Viewer
from storage.base import NEVER_REUSE_IDS, Base
from storage.search import index
from storage.upsert import insert_or_nothing
from storage.visibility import visible

KIND = "question"


class Question(Base):
    __tablename__ = "question"
    __table_args__ = (NEVER_REUSE_IDS,)
    id: Mapped[int] = mapped_column(primary_key=True)
    community_id: Mapped[int] = mapped_column(ForeignKey("community.id"), index=True)
    space_id: Mapped[int] = mapped_column(ForeignKey("space.id"), index=True)
    asker_id: Mapped[int] = mapped_column(ForeignKey("member.id"), index=True)
    title: Mapped[str]
    details: Mapped[str] = mapped_column(default="")
    tags: Mapped[list[str]]
    state: Mapped[str]
    next_step_at: Mapped[datetime | None]
    created_at: Mapped[datetime]


class Answer(Base):
    """An answer. ``text`` is empty when somebody answered in the thread and their words are not kept."""

    __tablename__ = "answer"
    __table_args__ = (NEVER_REUSE_IDS,)
    id: Mapped[int] = mapped_column(primary_key=True)
    question_id: Mapped[int] = mapped_column(ForeignKey("question.id"), index=True)
    author_id: Mapped[int] = mapped_column(ForeignKey("member.id"), index=True)
    text: Mapped[str]
    place_id: Mapped[int | None] = mapped_column(ForeignKey("place.id"))
    message: Mapped[str] = mapped_column(default="")
    created_at: Mapped[datetime]
    helped_at: Mapped[datetime | None]


class Replier(Base):
    """Somebody typed in a question's thread: who, where, when last. Never the words."""

    __tablename__ = "replier"
    question_id: Mapped[int] = mapped_column(ForeignKey("question.id"), primary_key=True)
    member_id: Mapped[int] = mapped_column(ForeignKey("member.id"), primary_key=True)
    place_id: Mapped[int] = mapped_column(ForeignKey("place.id"))
    message: Mapped[str]
    at: Mapped[datetime]


class Invitation(Base):
    """A member was asked whether they can help with a question, and why them."""

    __tablename__ = "invitation"
    __table_args__ = (UniqueConstraint("question_id", "member_id"), NEVER_REUSE_IDS)
    id: Mapped[int] = mapped_column(primary_key=True)
    question_id: Mapped[int] = mapped_column(ForeignKey("question.id"), index=True)
    member_id: Mapped[int] = mapped_column(ForeignKey("member.id"), index=True)
    reasons: Mapped[list[str]]
    state: Mapped[str]
    created_at: Mapped[datetime]


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
) -> Question:
    question = Question(
        community_id=community_id,
        space_id=space_id,
        asker_id=asker_id,
        title=title,
        details=details,
        tags=list(tags),
        state=state,
        created_at=now,
    )
    db.add(question)
    await db.flush()
    await _index(db, question, [])
    return question


async def _reindex(db: AsyncSession, question: Question) -> None:
    answers = await db.scalars(select(Answer.text).where(Answer.question_id == question.id).order_by(Answer.id))
    await _index(db, question, list(answers))


async def _index(db: AsyncSession, question: Question, answers: list[str]) -> None:
    """Everything that may be found of a question: its words, its tags, its kept answers."""
    await index.put(
        db,
        community_id=question.community_id,
        space_id=question.space_id,
        kind=KIND,
        subject=question.id,
        title=question.title,
        body="\n".join([question.details, " ".join(question.tags), *answers]),
    )


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


async def add_answer(
    db: AsyncSession,
    question: Question,
    author_id: int,
    now: datetime,
    *,
    text: str = "",
    place_id: int | None = None,
    message: str = "",
) -> Answer:
    answer = Answer(
        question_id=question.id, author_id=author_id, text=text, place_id=place_id, message=message, created_at=now
    )
    db.add(answer)
    await db.flush()
    if text:
        await _reindex(db, question)
    return answer


async def answers(db: AsyncSession, question_id: int) -> list[Answer]:
    return list(await db.scalars(select(Answer).where(Answer.question_id == question_id).order_by(Answer.id)))


async def answer(db: AsyncSession, answer_id: int) -> Answer | None:
    return await db.get(Answer, answer_id)


async def repliers(db: AsyncSession, question_id: int) -> list[Replier]:
    return list(await db.scalars(select(Replier).where(Replier.question_id == question_id).order_by(Replier.at)))


async def note_reply(
    db: AsyncSession, question_id: int, member_id: int, place_id: int, message: str, at: datetime
) -> bool:
    """Write down that somebody replied; true when it is their first reply to this question."""
    first = await insert_or_nothing(
        db, Replier, question_id=question_id, member_id=member_id, place_id=place_id, message=message, at=at
    )
    if not first:
        replier = await db.get_one(Replier, (question_id, member_id))
        if at >= replier.at:
            replier.place_id, replier.message, replier.at = place_id, message, at
    return first


async def invite(
    db: AsyncSession, question_id: int, why: Mapping[int, list[str]], state: str, now: datetime
) -> list[Invitation]:
    """Write down that members are asked; ``why`` is member id → reasons."""
    invited = [
        Invitation(question_id=question_id, member_id=member_id, reasons=reasons, state=state, created_at=now)
        for member_id, reasons in why.items()
    ]
    db.add_all(invited)
    await db.flush()
    return invited


async def invitations(db: AsyncSession, question_id: int) -> list[Invitation]:
    query = select(Invitation).where(Invitation.question_id == question_id).order_by(Invitation.id)
    return list(await db.scalars(query))


async def waiting_for(db: AsyncSession, member_id: int, limit: int) -> list[Invitation]:
    """What a member was asked and has not reacted to, the newest first."""
    query = select(Invitation).where(Invitation.member_id == member_id, Invitation.state == "asked")
    return list(await db.scalars(query.order_by(Invitation.id.desc()).limit(limit)))


async def asked_by(db: AsyncSession, member_id: int, viewer: Viewer, now: datetime, limit: int) -> list[Question]:
    """A member's own questions, the newest first, where they can still see them."""
    mine = Question.asker_id == member_id, Question.community_id == viewer.community
    query = select(Question).where(*mine, visible(viewer, Question.space_id, now))
    return list(await db.scalars(query.order_by(Question.id.desc()).limit(limit)))


async def invitation(db: AsyncSession, invitation_id: int) -> Invitation | None:
    return await db.get(Invitation, invitation_id)


async def invited_since(db: AsyncSession, community_id: int, since: datetime) -> dict[int, list[datetime]]:
    """Member id → when they were asked something since then."""
    rows = await db.execute(
        select(Invitation.member_id, Invitation.created_at)
        .join(Question, Question.id == Invitation.question_id)
        .where(Question.community_id == community_id, Invitation.created_at >= since)
    )
    found: dict[int, list[datetime]] = {}
    for member_id, at in rows:
        found.setdefault(member_id, []).append(at)
    return found


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
