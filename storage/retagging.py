"""Two tags become one, on everything that has them."""

from __future__ import annotations

from sqlalchemy import delete, select
from sqlalchemy.ext.asyncio import AsyncSession

from storage import answers, follows, items, questions, tags
from storage.items import Item
from storage.members import Member, MemberTopic
from storage.questions import Question
from storage.search.index import SearchDoc, SearchTag
from storage.upsert import insert_or_nothing


async def merge(db: AsyncSession, community_id: int, old: str, new: str) -> list[tuple[str, int]]:
    """From now on ``old`` means ``new``; what has the one has the other instead, and is returned as (kind, id).

    Tags are in their normalised form.
    """
    if old == new:
        return []
    await tags.mean(db, community_id, old, new)
    tagged = (
        select(SearchDoc.kind, SearchDoc.subject)
        .join(SearchTag, SearchTag.doc_id == SearchDoc.id)
        .where(SearchDoc.community_id == community_id, SearchTag.tag == old)
    )
    changed = [(str(kind), int(subject)) for kind, subject in await db.execute(tagged)]
    for kind, subject in changed:
        if kind == questions.KIND:
            question = await db.get_one(Question, subject)
            question.tags = _instead(question.tags, old, new)
            await db.flush()
            await answers.reindex(db, question)
        else:
            item = await db.get_one(Item, subject)
            item.tags = _instead(item.tags, old, new)
            await db.flush()
            await items.reindex(db, item)
    await _topics(db, community_id, old, new)
    await follows.retag(db, community_id, old, new)
    return changed


def _instead(names: list[str], old: str, new: str) -> list[str]:
    return list(dict.fromkeys(new if name == old else name for name in names))


async def _topics(db: AsyncSession, community_id: int, old: str, new: str) -> None:
    """What members said they can help with, or want to learn."""
    theirs = MemberTopic.tag == old, MemberTopic.member_id.in_(select(Member.id).filter_by(community_id=community_id))
    for topic in list(await db.scalars(select(MemberTopic).where(*theirs))):
        await insert_or_nothing(db, MemberTopic, member_id=topic.member_id, kind=topic.kind, tag=new)
    await db.execute(delete(MemberTopic).where(*theirs))
