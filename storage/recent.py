"""What is new among what the community keeps, and how much of it is used: what digests are made of."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.core.people import Viewer
from storage.items import Item, ItemUse
from storage.search.finding import seen
from storage.search.index import SearchDoc, SearchTag
from storage.visibility import visible


@dataclass(frozen=True, slots=True)
class New:
    """Something that was asked or shared. ``author_id`` is empty when nobody may learn who it was."""

    kind: str
    subject: int
    space_id: int
    author_id: int | None
    at: datetime
    tags: frozenset[str]


async def kept(
    db: AsyncSession,
    viewer: Viewer,
    kinds: Collection[str],
    spaces: Collection[int] | None,
    begin: datetime,
    now: datetime,
    limit: int,
) -> list[New]:
    """What was asked and shared since then where the viewer can see it (in some spaces alone, if given), the newest first."""
    about = (
        SearchDoc.id,
        SearchDoc.kind,
        SearchDoc.subject,
        SearchDoc.space_id,
        SearchDoc.author_id,
        SearchDoc.created_at,
    )
    query = select(*about).where(SearchDoc.community_id == viewer.community, SearchDoc.kind.in_(kinds))
    query = query.where(SearchDoc.created_at >= begin, SearchDoc.created_at <= now)
    query = query.where(SearchDoc.space_id.in_(seen(viewer, now)))
    if spaces is not None:
        query = query.where(SearchDoc.space_id.in_(spaces))
    newest = query.order_by(SearchDoc.created_at.desc(), SearchDoc.id.desc()).limit(limit)
    docs = (await db.execute(newest)).all()
    tagged: dict[int, set[str]] = {}
    of_these = select(SearchTag.doc_id, SearchTag.tag).where(SearchTag.doc_id.in_([doc.id for doc in docs]))
    for doc_id, tag in await db.execute(of_these) if docs else ():
        tagged.setdefault(doc_id, set()).add(tag)
    return [
        New(doc.kind, doc.subject, doc.space_id, doc.author_id, doc.created_at, frozenset(tagged.get(doc.id, ())))
        for doc in docs
        if doc.created_at is not None
    ]


async def how_often_used(db: AsyncSession, item_ids: Collection[int]) -> Mapping[int, int]:
    """Item id → how many used it; those that nobody did are missing. Thanks are private, and counted nowhere."""
    uses = select(ItemUse.item_id, func.count()).where(ItemUse.item_id.in_(item_ids)).group_by(ItemUse.item_id)
    return {item_id: number for item_id, number in await db.execute(uses)} if item_ids else {}


@dataclass(frozen=True, slots=True)
class Used:
    """An item of somebody's own that others used since then, and how often."""

    item_id: int
    space_id: int
    times: int


async def used_by_others(
    db: AsyncSession, viewer: Viewer, spaces: Collection[int] | None, begin: datetime, now: datetime, limit: int
) -> list[Used]:
    """What the viewer shared and others used since then, most used first."""
    query = (
        select(Item.id, Item.space_id, func.count())
        .join(ItemUse, ItemUse.item_id == Item.id)
        .where(Item.author_id == viewer.member, Item.community_id == viewer.community)
        .where(ItemUse.member_id != viewer.member, ItemUse.at >= begin, ItemUse.at <= now)
        .where(visible(viewer, Item.space_id, now))
    )
    if spaces is not None:
        query = query.where(Item.space_id.in_(spaces))
    ranked = query.group_by(Item.id, Item.space_id).order_by(func.count().desc(), Item.id).limit(limit)
    return [Used(*row) for row in await db.execute(ranked)]
