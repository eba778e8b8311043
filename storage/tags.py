"""The tags a community has used, so that the next one who types the same word is offered it."""

from __future__ import annotations

from sqlalchemy import ForeignKey, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Mapped, mapped_column

from storage.base import Base
from storage.upsert import insert_for


class Tag(Base):
    """A tag in its normalised form (bot/core/tags.py) and how often it was used."""

    __tablename__ = "tag"
    community_id: Mapped[int] = mapped_column(ForeignKey("community.id"), primary_key=True)
    name: Mapped[str] = mapped_column(primary_key=True)
    uses: Mapped[int] = mapped_column(default=0)


async def used(db: AsyncSession, community_id: int, tags: tuple[str, ...]) -> None:
    """Count one use of each tag. In one order, so that two who use the same ones do not wait for each other."""
    for name in sorted(set(tags)):
        statement = insert_for(db, Tag).values(community_id=community_id, name=name, uses=1)
        await db.execute(
            statement.on_conflict_do_update(index_elements=["community_id", "name"], set_={"uses": Tag.uses + 1})
        )


async def beginning(db: AsyncSession, community_id: int, start: str, limit: int) -> list[str]:
    """The most used tags that begin with ``start`` (already normalised)."""
    query = select(Tag.name).where(Tag.community_id == community_id, Tag.name.startswith(start, autoescape=True))
    return list(await db.scalars(query.order_by(Tag.uses.desc(), Tag.name).limit(limit)))
