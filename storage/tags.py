"""The tags a community has used, so that the next one who types the same word is offered it; and which mean the same."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import ForeignKey, func, select, update
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Mapped, mapped_column

from storage.base import Base
from storage.upsert import insert_for


class Tag(Base):
    """A tag in its normalised form (bot/core/tags.py) and how often it was used.

    ``means`` is the tag that is used in its stead, which itself means no other: there are no chains, so no circles.
    """

    __tablename__ = "tag"
    community_id: Mapped[int] = mapped_column(ForeignKey("community.id"), primary_key=True)
    name: Mapped[str] = mapped_column(primary_key=True)
    uses: Mapped[int] = mapped_column(default=0)
    means: Mapped[str | None]


async def used(db: AsyncSession, community_id: int, tags: tuple[str, ...]) -> None:
    """Count one use of each tag. In one order, so that two who use the same ones do not wait for each other."""
    for name in sorted(set(tags)):
        statement = insert_for(db, Tag).values(community_id=community_id, name=name, uses=1)
        await db.execute(
            statement.on_conflict_do_update(index_elements=["community_id", "name"], set_={"uses": Tag.uses + 1})
        )


async def beginning(db: AsyncSession, community_id: int, start: str, limit: int) -> list[str]:
    """The most used tags that begin with ``start`` (already normalised)."""
    known = func.coalesce(Tag.means, Tag.name)
    query = select(known).where(Tag.community_id == community_id, Tag.name.startswith(start, autoescape=True))
    return list(await db.scalars(query.group_by(known).order_by(func.max(Tag.uses).desc(), known).limit(limit)))


async def meant(db: AsyncSession, community_id: int, names: Sequence[str]) -> tuple[str, ...]:
    """The tags to use for those that were typed: what means another is that other, each once, in their order."""
    if not names:
        return ()
    rows = await db.execute(
        select(Tag.name, Tag.means).where(Tag.community_id == community_id, Tag.name.in_(names), Tag.means.is_not(None))
    )
    means = {name: other for name, other in rows}
    return tuple(dict.fromkeys(means.get(name) or name for name in names))


async def all_of(db: AsyncSession, community_id: int, *, skip: int = 0, limit: int = 10) -> list[Tag]:
    """The community's tags that stand for themselves, the most used first."""
    query = select(Tag).where(Tag.community_id == community_id, Tag.means.is_(None))
    return list(await db.scalars(query.order_by(Tag.uses.desc(), Tag.name).offset(skip).limit(limit)))


async def synonyms(db: AsyncSession, community_id: int, names: Sequence[str]) -> dict[str, list[str]]:
    """Tag → those that mean it."""
    query = select(Tag).where(Tag.community_id == community_id, Tag.means.in_(names)).order_by(Tag.name)
    found: dict[str, list[str]] = {}
    for tag in await db.scalars(query):
        found.setdefault(str(tag.means), []).append(tag.name)
    return found


async def mean(db: AsyncSession, community_id: int, old: str, new: str) -> None:
    """From now on ``old`` means ``new``, and so does everything that meant ``old``. ``new`` stands for itself from now on."""
    await used(db, community_id, (old, new))
    mine = Tag.community_id == community_id
    uses = await db.scalar(select(Tag.uses).where(mine, Tag.name == old)) or 0
    await db.execute(update(Tag).where(mine, Tag.name == new).values(means=None, uses=Tag.uses + uses - 2))
    await db.execute(update(Tag).where(mine, Tag.means == old).values(means=new))
    await db.execute(update(Tag).where(mine, Tag.name == old).values(means=new, uses=0))


async def is_known(db: AsyncSession, community_id: int, name: str) -> bool:
    """Whether anybody ever used it here."""
    return await db.get(Tag, (community_id, name)) is not None
