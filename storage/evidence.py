"""What shows that somebody can help: whom they answered, and whether it helped."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import null, select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.core.people import Viewer
from storage.answers import Answer, Replier
from storage.questions import KIND, Question
from storage.search.finding import seen
from storage.search.index import SearchDoc, SearchTag


@dataclass(frozen=True, slots=True)
class Answered:
    """That a member answered a question, when last, and whether anything of it helped."""

    question_id: int
    member_id: int
    title: str
    at: datetime
    helped: bool


async def answered_by(db: AsyncSession, question_ids: Collection[int]) -> list[Answered]:
    """Who answered these questions, by form or in the thread, other than their askers: each once a question, however often they
    wrote."""
    by_form = select(Answer.question_id, Answer.author_id, Question.title, Answer.created_at, Answer.helped_at).join(
        Question, Question.id == Answer.question_id
    )
    in_thread = select(Replier.question_id, Replier.member_id, Question.title, Replier.at, null()).join(
        Question, Question.id == Replier.question_id
    )
    wrote = await db.execute(
        by_form.where(Question.id.in_(question_ids), Answer.author_id != Question.asker_id).order_by(Answer.id)
    )
    replied = await db.execute(
        in_thread.where(Question.id.in_(question_ids), Replier.member_id != Question.asker_id).order_by(
            Replier.question_id, Replier.member_id
        )
    )
    found: dict[tuple[int, int], Answered] = {}
    for question_id, member_id, title, at, helped_at in [*wrote, *replied]:
        before = found.get((question_id, member_id))
        last, helped = (max(before.at, at), before.helped) if before else (at, False)
        found[question_id, member_id] = Answered(question_id, member_id, title, last, helped or helped_at is not None)
    return list(found.values())


async def newest(db: AsyncSession, viewer: Viewer, now: datetime, limit: int) -> list[int]:
    """The community's newest questions that the viewer can see."""
    query = select(Question.id).where(
        Question.community_id == viewer.community, Question.space_id.in_(seen(viewer, now))
    )
    return list(await db.scalars(query.order_by(Question.id.desc()).limit(limit)))


async def tagged(
    db: AsyncSession, tags: Sequence[str], viewer: Viewer, now: datetime, limit: int
) -> dict[int, set[str]]:
    """The newest questions with any of some tags that the viewer can see, each with those of the tags it has."""
    query = (
        select(SearchDoc.subject, SearchTag.tag)
        .join(SearchTag, SearchTag.doc_id == SearchDoc.id)
        .where(SearchTag.tag.in_(tags), SearchDoc.kind == KIND, SearchDoc.community_id == viewer.community)
        .where(SearchDoc.space_id.in_(seen(viewer, now)))
    )
    found: dict[int, set[str]] = {}
    for subject, tag in await db.execute(query.order_by(SearchDoc.id.desc()).limit(limit)) if tags else ():
        found.setdefault(subject, set()).add(tag)
    return found
