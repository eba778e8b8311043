"""What is done at night, since it takes long where very much is kept.

To count what stands in most of a million items takes seconds, so it is done from a sample, and not for every search; in smaller
communities every search counts for itself.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Sequence

from sqlalchemy import delete, func, insert, select

from storage.communities import Community
from storage.engine import Database
from storage.search.index import SearchCommon, SearchDoc, SearchSize, forget_old_words

# Stock is taken of communities with more items than this; a term is common that stands in so large a share of a sample.
LARGE = 5_000
SAMPLE, COMMON = 20_000, 0.002


async def take_stock(database: Database) -> None:
    """Count anew what each large community keeps, one after the other; and forget words that stand nowhere any more."""
    async with database.read() as db:
        communities = list(await db.scalars(select(Community.id).order_by(Community.id)))
    for community in communities:
        await _count(database, community)
    async with database.write() as db:
        await forget_old_words(db, however_long=True)


async def _count(database: Database, community: int) -> None:
    async with database.read() as db:
        counted = select(func.count(), func.sum(SearchDoc.length)).where(SearchDoc.community_id == community)
        items, length = (await db.execute(counted)).one()
        every = max(1, items // SAMPLE)
        some = select(SearchDoc.terms).where(SearchDoc.community_id == community, SearchDoc.id % every == 0)
        sample = list(await db.scalars(some)) if items > LARGE else []
    common = await asyncio.to_thread(_common, sample, items)
    async with database.write() as db:
        await db.execute(select(Community.id).where(Community.id == community).with_for_update(key_share=True))
        for table in (SearchSize, SearchCommon):
            await db.execute(delete(table).where(table.community_id == community))
        if items > LARGE:
            db.add(SearchSize(community_id=community, items=items, length=length))
            rows = [{"community_id": community, "term": term, "items": many} for term, many in common.items()]
            await db.execute(insert(SearchCommon), rows) if rows else None


def _common(sample: Sequence[str], items: int) -> dict[str, int]:
    """Of the terms that stand in many of some items: in how many of all."""
    standing = Counter(term for terms in sample for term in set(terms.split(" ")))
    return {term: round(many / len(sample) * items) for term, many in standing.items() if many > COMMON * len(sample)}
