"""What members follow: they hear when something comes of it."""

from __future__ import annotations

from sqlalchemy import ForeignKey, Index, delete, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Mapped, mapped_column

from storage.base import Base
from storage.upsert import insert_or_nothing


class Follow(Base):
    __tablename__ = "follow"
    __table_args__ = (Index("ix_follow_kind_subject", "kind", "subject"),)
    member_id: Mapped[int] = mapped_column(ForeignKey("member.id", ondelete="CASCADE"), primary_key=True)
    kind: Mapped[str] = mapped_column(primary_key=True)
    subject: Mapped[int] = mapped_column(primary_key=True)


async def follow(db: AsyncSession, member_id: int, kind: str, subject: int) -> None:
    await insert_or_nothing(db, Follow, member_id=member_id, kind=kind, subject=subject)


async def unfollow(db: AsyncSession, member_id: int, kind: str, subject: int) -> None:
    one = Follow.member_id == member_id, Follow.kind == kind, Follow.subject == subject
    await db.execute(delete(Follow).where(*one))


async def followers(db: AsyncSession, kind: str, subject: int) -> list[int]:
    """The ids of the members who follow it."""
    query = select(Follow.member_id).where(Follow.kind == kind, Follow.subject == subject)
    return list(await db.scalars(query.order_by(Follow.member_id)))


async def followed_by(db: AsyncSession, member_id: int, kind: str) -> list[int]:
    """The subjects that a member follows, the newest first."""
    query = select(Follow.subject).where(Follow.member_id == member_id, Follow.kind == kind)
    return list(await db.scalars(query.order_by(Follow.subject.desc())))


async def forget(db: AsyncSession, kind: str, subject: int) -> None:
    """It is gone: nobody follows it any more."""
    await db.execute(delete(Follow).where(Follow.kind == kind, Follow.subject == subject))
