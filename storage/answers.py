"""Answers to questions, who replied in their threads, and what was said there by form."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from sqlalchemy import ForeignKey, delete, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Mapped, mapped_column

from storage import follows, invitations, questions, trials
from storage.base import NEVER_REUSE_IDS, Base
from storage.questions import Question
from storage.search import index
from storage.search.outcomes import outcome_of
from storage.upsert import insert_or_nothing

KIND = "answer"
ASKED, KEPT, REFUSED = "asked", "kept", "refused"  # what the author of words in a thread was asked, and said


class Answer(Base):
    """An answer. ``text`` is empty when somebody answered in the thread and their words are not kept.

    ``setting`` is where it applies. ``consent`` says whether the author of words in a thread was asked for them, and what they
    said: "" (not asked), "asked", "kept", "refused".
    """

    __tablename__ = "answer"
    __table_args__ = (NEVER_REUSE_IDS,)
    id: Mapped[int] = mapped_column(primary_key=True)
    question_id: Mapped[int] = mapped_column(ForeignKey("question.id"), index=True)
    author_id: Mapped[int] = mapped_column(ForeignKey("member.id"), index=True)
    text: Mapped[str]
    place_id: Mapped[int | None] = mapped_column(ForeignKey("place.id"))
    message: Mapped[str] = mapped_column(default="")
    setting: Mapped[str] = mapped_column(default="", server_default="")
    consent: Mapped[str] = mapped_column(default="", server_default="")
    created_at: Mapped[datetime]
    helped_at: Mapped[datetime | None]
    rev: Mapped[int] = mapped_column(default=1, server_default="1")
    edited_at: Mapped[datetime | None]


class Replier(Base):
    """Somebody typed in a question's thread: who, where, which message first and last, and when. Never the words."""

    __tablename__ = "replier"
    question_id: Mapped[int] = mapped_column(ForeignKey("question.id"), primary_key=True)
    member_id: Mapped[int] = mapped_column(ForeignKey("member.id"), primary_key=True)
    place_id: Mapped[int] = mapped_column(ForeignKey("place.id"))
    first_message: Mapped[str] = mapped_column(default="", server_default="")
    message: Mapped[str]
    at: Mapped[datetime]


class Remark(Base):
    """What somebody wrote in a form for a question's thread without answering it: a question back, a word from the asker."""

    __tablename__ = "remark"
    __table_args__ = (NEVER_REUSE_IDS,)
    id: Mapped[int] = mapped_column(primary_key=True)
    question_id: Mapped[int] = mapped_column(ForeignKey("question.id", ondelete="CASCADE"), index=True)
    author_id: Mapped[int] = mapped_column(ForeignKey("member.id"))
    text: Mapped[str]
    created_at: Mapped[datetime]


async def reindex(db: AsyncSession, question: Question) -> None:
    """Bring what may be found of a question up to date with its answers."""
    await questions.index_it(db, question, await texts(db, question.id))


async def texts(db: AsyncSession, question_id: int) -> list[str]:
    """What may be found of a question's answers."""
    return [f"{answer.text} {answer.setting}".strip() for answer in await of_question(db, question_id)]


async def add(
    db: AsyncSession,
    question: Question,
    author_id: int,
    now: datetime,
    *,
    text: str = "",
    place_id: int | None = None,
    message: str = "",
    setting: str = "",
    consent: str = "",
) -> Answer:
    answer = Answer(
        question_id=question.id,
        author_id=author_id,
        text=text,
        place_id=place_id,
        message=message,
        setting=setting,
        consent=consent,
        created_at=now,
    )
    db.add(answer)
    await db.flush()
    if text:
        await reindex(db, question)
    return answer


async def of_question(db: AsyncSession, question_id: int) -> list[Answer]:
    return (await of_questions(db, [question_id])).get(question_id, [])


async def of_questions(db: AsyncSession, question_ids: Collection[int]) -> dict[int, list[Answer]]:
    """Question id → its answers, the oldest first; without those that have none."""
    found: dict[int, list[Answer]] = {}
    for answer in await db.scalars(select(Answer).where(Answer.question_id.in_(question_ids)).order_by(Answer.id)):
        found.setdefault(answer.question_id, []).append(answer)
    return found


async def get(db: AsyncSession, answer_id: int) -> Answer | None:
    return await db.get(Answer, answer_id)


async def repliers(db: AsyncSession, question_id: int) -> list[Replier]:
    return list(await db.scalars(select(Replier).where(Replier.question_id == question_id).order_by(Replier.at)))


async def replied_to(db: AsyncSession, question_ids: Collection[int]) -> set[int]:
    """Those of some questions in whose thread somebody replied."""
    return set(await db.scalars(select(Replier.question_id).where(Replier.question_id.in_(question_ids))))


async def note_reply(
    db: AsyncSession, question_id: int, member_id: int, place_id: int, message: str, at: datetime
) -> bool:
    """Write down that somebody replied; true when it is their first reply to this question."""
    where = {"place_id": place_id, "first_message": message, "message": message}
    first = await insert_or_nothing(db, Replier, question_id=question_id, member_id=member_id, at=at, **where)
    if not first:
        replier = await db.get_one(Replier, (question_id, member_id))
        if at >= replier.at:
            if replier.place_id != place_id:  # in another of its channels: begin there
                replier.first_message = message
            replier.place_id, replier.message, replier.at = place_id, message, at
    return first


async def rate(db: AsyncSession, question_id: int) -> None:
    """What came of a question's answers counts for where it is found."""
    given = await of_question(db, question_id)
    tried_of = await trials.of_several(db, KIND, [answer.id for answer in given])
    tried = [trial.outcome for trials_of_one in tried_of.values() for trial in trials_of_one]
    outcome = outcome_of(
        helped=sum(answer.helped_at is not None for answer in given),
        worked=tried.count(trials.WORKED),
        partly=tried.count(trials.PARTLY),
        did_not=tried.count(trials.DID_NOT),
    )
    await index.set_outcome(db, questions.KIND, question_id, outcome)


async def remark(db: AsyncSession, question_id: int, author_id: int, text: str, now: datetime) -> Remark:
    """Keep what somebody wrote in a form for a question's thread."""
    made = Remark(question_id=question_id, author_id=author_id, text=text, created_at=now)
    db.add(made)
    await db.flush()
    return made


async def remark_of(db: AsyncSession, remark_id: int) -> Remark | None:
    return await db.get(Remark, remark_id)


async def remarks(db: AsyncSession, question_id: int) -> list[Remark]:
    return list(await db.scalars(select(Remark).where(Remark.question_id == question_id).order_by(Remark.id)))


async def remove(db: AsyncSession, question: Question, answer: Answer) -> None:
    """Delete an answer, its words in the index, and what people said of it."""
    await trials.remove(db, KIND, answer.id)
    await db.delete(answer)
    await db.flush()
    await reindex(db, question)
    await index.forget_old_words(db)


async def remove_question(db: AsyncSession, question: Question) -> None:
    """Delete a question with everything that belongs to it."""
    for answer in await of_question(db, question.id):
        await remove(db, question, answer)
    for table in (Replier, Remark, invitations.Invitation):
        await db.execute(delete(table).where(table.question_id == question.id))
    await follows.forget(db, questions.KIND, question.id)
    await questions.remove(db, question)
