"""What items mean, kept beside their words: to rank by it, too, what a search has found, and to find what is near in meaning.

There are rows only where the extra ``semantic`` is turned on, or was. They are read for items that the viewer may see, and for no
others.
"""

from __future__ import annotations

import hashlib
from collections.abc import Collection

from sqlalchemy import ForeignKey, Select, delete, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Mapped, mapped_column

from bot.core.meaning import Meaning, text_of
from storage.base import Base


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


async def likeness(db: AsyncSession, meaning: Meaning, doc_ids: Collection[int] | Select[int]) -> dict[int, float]:
    """How alike in meaning some items are, from -1 to 1: of those of which it is known what they mean."""
    mine = SearchVector.doc_id.in_(doc_ids), SearchVector.model == meaning.model
    rows = (await db.execute(select(SearchVector.doc_id, SearchVector.vector).where(*mine))).all()
    known = [row for row in rows if row.vector]
    return dict(zip([row.doc_id for row in known], meaning.likeness([row.vector for row in known]), strict=True))
