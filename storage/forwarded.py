"""Messages that somebody put forward for the digest: a line of theirs and where it stands, never what it says.

And who wants their messages left out of that, and of what is counted, in a channel.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, ForeignKey, Index, UniqueConstraint, delete, func, or_, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Mapped, mapped_column

from bot.core.people import Viewer
from storage.base import NEVER_REUSE_IDS, Base
from storage.upsert import insert_or_nothing
from storage.visibility import visible

KIND = "forwarded"
WEEK = timedelta(days=7)


class Forwarded(Base):
    """``author_id`` wrote the message, ``by_id`` put it forward and wrote the ``line``."""

    __tablename__ = "forwarded"
    __table_args__ = (
        UniqueConstraint("place_id", "message"),
        Index("ix_forwarded_community_id_at", "community_id", "at"),
        NEVER_REUSE_IDS,
    )
    id: Mapped[int] = mapped_column(primary_key=True)
    community_id: Mapped[int] = mapped_column(ForeignKey("community.id"))
    space_id: Mapped[int] = mapped_column(ForeignKey("space.id"))
    place_id: Mapped[int] = mapped_column(ForeignKey("place.id"))
    message: Mapped[str]
    author_id: Mapped[int] = mapped_column(ForeignKey("member.id"), index=True)
    by_id: Mapped[int] = mapped_column(ForeignKey("member.id"), index=True)
    line: Mapped[str]
    at: Mapped[datetime]


class LeftOut(Base):
    """A member wants their messages in a place neither put forward nor counted."""

    __tablename__ = "left_out"
    place_id: Mapped[int] = mapped_column(ForeignKey("place.id", ondelete="CASCADE"), primary_key=True)
    member_id: Mapped[int] = mapped_column(ForeignKey("member.id", ondelete="CASCADE"), primary_key=True)


def _not_left_out() -> ColumnElement[bool]:
    theirs = LeftOut.place_id == Forwarded.place_id, LeftOut.member_id == Forwarded.author_id
    return ~select(LeftOut.member_id).where(*theirs).exists()


async def put_forward(
    db: AsyncSession,
    *,
    community_id: int,
    space_id: int,
    place_id: int,
    message: str,
    author_id: int,
    by_id: int,
    line: str,
    now: datetime,
) -> int | None:
    """The id of it; nothing when this message was put forward already."""
    where = {"community_id": community_id, "space_id": space_id, "place_id": place_id, "message": message}
    if not await insert_or_nothing(db, Forwarded, **where, author_id=author_id, by_id=by_id, line=line, at=now):
        return None
    return await db.scalar(select(Forwarded.id).where(Forwarded.place_id == place_id, Forwarded.message == message))


async def how_many_by(db: AsyncSession, member_id: int, begin: datetime) -> int:
    """How many messages somebody put forward since then."""
    theirs = Forwarded.by_id == member_id, Forwarded.at > begin
    return await db.scalar(select(func.count()).select_from(Forwarded).where(*theirs)) or 0


async def written_by(db: AsyncSession, place_id: int, member_id: int) -> list[int]:
    """The ids of what was put forward of somebody's messages in a place."""
    theirs = Forwarded.place_id == place_id, Forwarded.author_id == member_id
    return list(await db.scalars(select(Forwarded.id).where(*theirs)))


async def since(
    db: AsyncSession, viewer: Viewer, spaces: Collection[int] | None, begin: datetime, now: datetime, limit: int
) -> Sequence[Forwarded]:
    """What was put forward since then, where the viewer can read it (in some spaces alone, if given), the newest first."""
    query = select(Forwarded).where(
        Forwarded.community_id == viewer.community, Forwarded.at >= begin, Forwarded.at <= now
    )
    query = query.where(visible(viewer, Forwarded.space_id, now), _not_left_out())
    if spaces is not None:
        query = query.where(Forwarded.space_id.in_(spaces))
    return list(await db.scalars(query.order_by(Forwarded.at.desc(), Forwarded.id.desc()).limit(limit)))


async def several(db: AsyncSession, ids: Collection[int], viewer: Viewer, now: datetime) -> dict[int, Forwarded]:
    """Those of these that the viewer can see, whose author has not left them out."""
    query = select(Forwarded).where(Forwarded.id.in_(ids), Forwarded.community_id == viewer.community)
    query = query.where(visible(viewer, Forwarded.space_id, now), _not_left_out())
    return {found.id: found for found in await db.scalars(query)} if ids else {}


async def get(db: AsyncSession, id: int, viewer: Viewer, now: datetime) -> Forwarded | None:
    return (await several(db, [id], viewer, now)).get(id)


async def with_a_part_of(db: AsyncSession, member_id: int) -> list[int]:
    """The ids of what somebody wrote or put forward."""
    theirs = or_(Forwarded.author_id == member_id, Forwarded.by_id == member_id)
    return list(await db.scalars(select(Forwarded.id).where(theirs)))


async def purge(db: AsyncSession, before: datetime) -> None:
    """Forget what was put forward so long ago that no digest looks back to it."""
    await db.execute(delete(Forwarded).where(Forwarded.at < before))


async def remove(db: AsyncSession, id: int) -> None:
    await db.execute(delete(Forwarded).where(Forwarded.id == id))


async def message_gone(db: AsyncSession, place_id: int, message: str) -> list[int]:
    """The message was deleted: so is what points to it. Returns the ids of that."""
    there = Forwarded.place_id == place_id, Forwarded.message == message
    return list(await db.scalars(delete(Forwarded).where(*there).returning(Forwarded.id)))


async def leave_out(db: AsyncSession, place_id: int, member_id: int) -> bool:
    """False when they were left out already."""
    return await insert_or_nothing(db, LeftOut, place_id=place_id, member_id=member_id)


async def let_in(db: AsyncSession, place_id: int, member_id: int) -> None:
    await db.execute(delete(LeftOut).where(LeftOut.place_id == place_id, LeftOut.member_id == member_id))


async def is_left_out(db: AsyncSession, place_id: int, member_id: int) -> bool:
    theirs = LeftOut.place_id == place_id, LeftOut.member_id == member_id
    return await db.scalar(select(LeftOut.member_id).where(*theirs)) is not None
