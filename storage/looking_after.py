"""Who looks after one channel: there they may do what facilitators may do everywhere."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, delete, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Mapped, mapped_column

from storage.base import Base
from storage.members import Member
from storage.upsert import insert_or_nothing


class SpaceRole(Base):
    """A member looks after a space. That they can still see it is for whoever reads this to check."""

    __tablename__ = "space_role"
    space_id: Mapped[int] = mapped_column(ForeignKey("space.id", ondelete="CASCADE"), primary_key=True)
    member_id: Mapped[int] = mapped_column(ForeignKey("member.id", ondelete="CASCADE"), primary_key=True)
    given_at: Mapped[datetime]


async def give(db: AsyncSession, space_id: int, member_id: int, now: datetime) -> bool:
    """False when they look after it already."""
    return await insert_or_nothing(db, SpaceRole, space_id=space_id, member_id=member_id, given_at=now)


async def take_back(db: AsyncSession, space_id: int, member_id: int) -> bool:
    """False when they don't look after it."""
    taken = delete(SpaceRole).where(SpaceRole.space_id == space_id, SpaceRole.member_id == member_id)
    returned = taken.returning(SpaceRole.member_id).execution_options(synchronize_session=False)
    return await db.scalar(returned) is not None


async def looks_after(db: AsyncSession, member_id: int, space_id: int) -> bool:
    theirs = SpaceRole.space_id == space_id, SpaceRole.member_id == member_id
    return await db.scalar(select(SpaceRole.member_id).where(*theirs)) is not None


async def who(db: AsyncSession, community_id: int) -> list[tuple[int, int]]:
    """(space, member) for everybody of a community who looks after one, the latest first."""
    query = (
        select(SpaceRole.space_id, SpaceRole.member_id)
        .join(Member, Member.id == SpaceRole.member_id)
        .where(Member.community_id == community_id)
        .order_by(SpaceRole.given_at.desc(), SpaceRole.space_id, SpaceRole.member_id)
    )
    return [(space, member) for space, member in await db.execute(query)]
