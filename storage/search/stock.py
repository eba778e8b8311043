"""What is done at night, since it takes long where very much is kept.

To count what stands in most of a million items takes seconds, so it is done from a sample, and not for every search; in smaller
communities every search counts for itself.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Mapping, Sequence

from sqlalchemy import delete, func, insert, select, text

from storage.base import Base
from storage.communities import Community
from storage.engine import Database
from storage.search.index import SearchCommon, SearchDoc, SearchSize, forget_old_words

# Stock is taken of communities with more items than this; a term is common that stands in more than so many of a sample. The few
# items with another are counted for each search.
LARGE = 5_000
SAMPLE, COMMON = 100_000, 10
AT_ONCE = 1_000  # items read, or terms written, together: the loop goes on between them


async def take_stock(database: Database) -> None:
    """Count anew what each large community keeps, one after the other; forget words that stand nowhere any more; and let
    PostgreSQL count its tables, by which it chooses how to find something."""
    async with database.read() as db:
        communities = list(await db.scalars(select(Community.id).order_by(Community.id)))
    for community in communities:
        await _count(database, community)
    async with database.write() as db:
        await forget_old_words(db, however_long=True)
        if not database.is_sqlite:
            # By itself it counts only tables in which much changes. Without knowing of the few channels there are, it compares
            # every item with every word.
            await db.execute(text(f"ANALYZE {', '.join(sorted(Base.metadata.tables))}"))


async def _count(database: Database, community: int) -> None:
    async with database.read() as db:
        counted = select(func.count(), func.sum(SearchDoc.length)).where(SearchDoc.community_id == community)
        items, length = (await db.execute(counted)).one()
    common = await _common(database, community, items) if items > LARGE else {}
    async with database.write() as db:
        await db.execute(select(Community.id).where(Community.id == community).with_for_update(key_share=True))
        for table in (SearchSize, SearchCommon):
            await db.execute(delete(table).where(table.community_id == community))
        if items > LARGE:
            db.add(SearchSize(community_id=community, items=items, length=length))
            rows = [{"community_id": community, "term": term, "items": many} for term, many in common.items()]
            for start in range(0, len(rows), AT_ONCE):
                await db.execute(insert(SearchCommon), rows[start : start + AT_ONCE])


async def _common(database: Database, community: int, items: int) -> dict[str, int]:
    """Of the terms that stand in more than a few of a community's items: in how many of all, by a sample."""
    every = -(-items // SAMPLE)
    some = select(SearchDoc.id, SearchDoc.terms).where(SearchDoc.community_id == community, SearchDoc.id % every == 0)
    standing: Counter[str] = Counter()
    read, last = 0, 0
    while True:
        async with database.read() as db:
            page = (await db.execute(some.where(SearchDoc.id > last).order_by(SearchDoc.id).limit(AT_ONCE))).all()
        if not page:
            break
        await asyncio.to_thread(_add, standing, [terms for _, terms in page])
        read, last = read + len(page), page[-1].id
    return await asyncio.to_thread(_scaled, standing, items / max(read, 1))


def _add(standing: Counter[str], items: Sequence[str]) -> None:
    for terms in items:
        standing.update(set(terms.split(" ")))


def _scaled(standing: Mapping[str, int], by: float) -> dict[str, int]:
    return {term: round(many * by) for term, many in standing.items() if many > COMMON}
