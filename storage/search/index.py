"""The search index: which words stand in what the community keeps.

SQLite: an FTS5 table kept in step by triggers; PostgreSQL: a generated column ``words``, a tsvector, with a GIN index. Both hold
terms of our own analyser.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import (
    ColumnElement,
    ForeignKey,
    Index,
    UniqueConstraint,
    delete,
    func,
    insert,
    select,
    text,
    update,
)
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Mapped, mapped_column

from storage.base import NEVER_REUSE_IDS, Base
from storage.search import vectors
from storage.search.analyser import terms
from storage.search.scoring import TITLE_WEIGHT
from storage.upsert import insert_for

QUESTION, SESSION = "question", "session"
SOON = 20_000  # items whose words SQLite writes anew in some tenths of a second
DAY = timedelta(days=1)
Clauses = list[ColumnElement[bool]]


class SearchDoc(Base):
    """What may be found of one item: the terms of its title (counted TITLE_WEIGHT times) and of the rest.

    ``author_id`` is empty when nobody may learn who it was. ``outcome`` is what came of it, from -1 to 1.
    """

    __tablename__ = "search_doc"
    __table_args__ = (
        UniqueConstraint("kind", "subject"),
        Index("ix_search_doc_community_id_id", "community_id", "id"),
        Index("ix_search_doc_community_id_created_at", "community_id", "created_at"),
        NEVER_REUSE_IDS,
    )
    id: Mapped[int] = mapped_column(primary_key=True)
    community_id: Mapped[int] = mapped_column(ForeignKey("community.id"))
    space_id: Mapped[int] = mapped_column(ForeignKey("space.id"))
    kind: Mapped[str]
    subject: Mapped[int]
    terms: Mapped[str]
    length: Mapped[int]
    author_id: Mapped[int | None]
    created_at: Mapped[datetime | None]
    outcome: Mapped[float] = mapped_column(default=0.0, server_default="0")


class SearchSize(Base):
    """Of a community that keeps very much: how many items it had when they were counted last, and how many terms in all."""

    __tablename__ = "search_size"
    community_id: Mapped[int] = mapped_column(ForeignKey("community.id", ondelete="CASCADE"), primary_key=True)
    items: Mapped[int]
    length: Mapped[int]


class SearchCommon(Base):
    """A term that stands in many of them, and in how many."""

    __tablename__ = "search_common"
    community_id: Mapped[int] = mapped_column(ForeignKey("community.id", ondelete="CASCADE"), primary_key=True)
    term: Mapped[str] = mapped_column(primary_key=True)
    items: Mapped[int]


class SearchTag(Base):
    __tablename__ = "search_tag"
    doc_id: Mapped[int] = mapped_column(ForeignKey("search_doc.id", ondelete="CASCADE"), primary_key=True)
    tag: Mapped[str] = mapped_column(primary_key=True, index=True)


async def put(
    db: AsyncSession,
    *,
    community_id: int,
    space_id: int,
    kind: str,
    subject: int,
    title: str,
    body: str,
    author_id: int | None = None,
    created_at: datetime | None = None,
    tags: Sequence[str] = (),
) -> None:
    """Add an item to the index, or bring it up to date. ``author_id`` is empty when nobody may learn who it was."""
    found = terms(title) * TITLE_WEIGHT + terms(body)
    values = {
        "community_id": community_id,
        "space_id": space_id,
        "terms": " ".join(found),
        "length": len(found),
        "author_id": author_id,
        "created_at": created_at,
    }
    statement = insert_for(db, SearchDoc).values(kind=kind, subject=subject, **values)
    upsert = statement.on_conflict_do_update(index_elements=["kind", "subject"], set_=values)
    doc_id = (await db.execute(upsert.returning(SearchDoc.__table__.c.id))).scalar_one()
    kept = set(await db.scalars(select(SearchTag.tag).where(SearchTag.doc_id == doc_id)))
    if kept != set(tags):
        if kept:
            await db.execute(delete(SearchTag).where(SearchTag.doc_id == doc_id))
        if tags:
            await db.execute(insert(SearchTag), [{"doc_id": doc_id, "tag": tag} for tag in sorted(set(tags))])
    await vectors.forget_former(db, doc_id, title, body)


async def remove(db: AsyncSession, kind: str, subject: int) -> None:
    """Forget an item and every word of it."""
    await db.execute(delete(SearchDoc).where(SearchDoc.kind == kind, SearchDoc.subject == subject))
    await forget_old_words(db)


async def forget_old_words(db: AsyncSession, *, however_long: bool = False) -> None:
    """Write SQLite's index anew without what was deleted or changed, whose words it would keep for a while: nobody finds them,
    but they stand in the file. (PostgreSQL's own cleaning does so.) With more items than SOON it takes long, while nobody else
    can write: then it is left to the night.
    """
    if db.get_bind().dialect.name == "sqlite":
        newest = await db.scalar(select(func.max(SearchDoc.id))) or 0
        if however_long or newest <= SOON:
            await db.execute(text("INSERT INTO search_fts (search_fts) VALUES ('optimize')"))


async def set_outcome(db: AsyncSession, kind: str, subject: int, outcome: float) -> None:
    """What came of an item counts for where it stands among what is found."""
    await db.execute(
        update(SearchDoc).where(SearchDoc.kind == kind, SearchDoc.subject == subject).values(outcome=outcome)
    )


async def holds_anything(db: AsyncSession, space_id: int) -> bool:
    """Whether something of this space can be found."""
    return await db.scalar(select(SearchDoc.id).where(SearchDoc.space_id == space_id).limit(1)) is not None
