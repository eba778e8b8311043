"""What items mean, kept beside their words: to rank by it, too, what a search has found, and to find what is near in meaning.

There are rows only where the extra ``semantic`` is turned on, or was. They are read for items that the viewer may see, and for no
others.
"""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Sequence

from sqlalchemy import ForeignKey, Integer, Select, String, column, delete, select, table
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Mapped, mapped_column

from bot.core.meaning import Meaning, text_of
from storage.base import Base
from storage.upsert import insert_for

# Of storage/search/index.py, which builds on this module.
_DOCS = table("search_doc", column("id", Integer), column("kind", String), column("subject", Integer))


class SearchVector(Base):
    """``digest`` is of the text that it was made from. An empty ``vector``: the model could say nothing of it."""

    __tablename__ = "search_vector"
    doc_id: Mapped[int] = mapped_column(ForeignKey("search_doc.id", ondelete="CASCADE"), primary_key=True)
    model: Mapped[str]
    digest: Mapped[str]
    vector: Mapped[bytes]


def digest_of(text: str) -> str:
    return hashlib.blake2b(text.encode(), digest_size=16).hexdigest()


async def forget_former(db: AsyncSession, doc_id: int, title: str, rest: str) -> None:
    """Of an item that now reads like this: what another text of it meant goes at once. The new one's comes a little later."""
    now = digest_of(text_of(title, rest))
    await db.execute(delete(SearchVector).where(SearchVector.doc_id == doc_id, SearchVector.digest != now))


async def of(db: AsyncSession, kind: str, subject: int) -> Meaning | None:
    """What an item means, as far as that is known."""
    its = _DOCS.c.kind == kind, _DOCS.c.subject == subject
    found = await db.scalar(select(SearchVector).join(_DOCS, _DOCS.c.id == SearchVector.doc_id).where(*its))
    return Meaning(found.model, found.vector) if found and found.vector else None


async def learn(db: AsyncSession, kind: str, subject: int, meaning: Meaning, text: str) -> None:
    """Keep at once what an item means whose text was read before it was there."""
    its = _DOCS.c.kind == kind, _DOCS.c.subject == subject
    doc_id = await db.scalar(select(_DOCS.c.id).where(*its))
    if doc_id is not None:
        await keep(db, meaning.model, [(doc_id, text, meaning.vector)])


async def keep(db: AsyncSession, model: str, found_out: Sequence[tuple[int, str, bytes]]) -> None:
    """Keep what some items mean: the item's id in the index, the text that was read, and what it means."""
    if found_out:
        statement = insert_for(db, SearchVector)
        changed = {name: statement.excluded[name] for name in ("model", "digest", "vector")}
        rows = [
            {"doc_id": doc_id, "model": model, "digest": digest_of(text), "vector": vector}
            for doc_id, text, vector in found_out
        ]
        await db.execute(statement.on_conflict_do_update(index_elements=["doc_id"], set_=changed), rows)


async def likeness(db: AsyncSession, meaning: Meaning, doc_ids: Collection[int] | Select[int]) -> dict[int, float]:
    """How alike in meaning some items are, from -1 to 1: of those of which it is known what they mean."""
    mine = SearchVector.doc_id.in_(doc_ids), SearchVector.model == meaning.model
    rows = (await db.execute(select(SearchVector.doc_id, SearchVector.vector).where(*mine))).all()
    known = [row for row in rows if row.vector]
    return dict(zip([row.doc_id for row in known], meaning.likeness([row.vector for row in known]), strict=True))
