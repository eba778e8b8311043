"""What members follow: they hear when something comes of it."""

from __future__ import annotations

from collections.abc import Collection

from sqlalchemy import ForeignKey, Index, delete, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Mapped, mapped_column

from storage.base import Base
from storage.members import Member
from storage.upsert import insert_or_nothing


class Follow(Base):
    __tablename__ = "follow"
    __table_args__ = (Index("ix_follow_kind_subject", "kind", "subject"),)
    member_id: Mapped[int] = mapped_column(ForeignKey("member.id", ondelete="CASCADE"), primary_key=True)
    kind: Mapped[str] = mapped_column(primary_key=True)
    subject: Mapped[int] = mapped_column(primary_key=True)


class TagFollow(Base):
    """A member follows a tag, in its normalised form."""

    __tablename__ = "tag_follow"
    member_id: Mapped[int] = mapped_column(ForeignKey("member.id", ondelete="CASCADE"), primary_key=True)
    tag: Mapped[str] = mapped_column(primary_key=True, index=True)


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


async def follow_tag(db: AsyncSession, member_id: int, tag: str) -> bool:
    """False when they follow it already."""
    return await insert_or_nothing(db, TagFollow, member_id=member_id, tag=tag)


async def unfollow_tag(db: AsyncSession, member_id: int, tag: str) -> None:
    await db.execute(delete(TagFollow).where(TagFollow.member_id == member_id, TagFollow.tag == tag))


async def tags_of(db: AsyncSession, member_id: int) -> list[str]:
    """The tags that a member follows, by name."""
    return list(await db.scalars(select(TagFollow.tag).where(TagFollow.member_id == member_id).order_by(TagFollow.tag)))


async def followers_of_tags(db: AsyncSession, community_id: int, tags: Collection[str]) -> dict[int, list[str]]:
    """Members of a community who follow some of these tags, each with which."""
    query = (
        select(TagFollow.member_id, TagFollow.tag)
        .join(Member, Member.id == TagFollow.member_id)
        .where(Member.community_id == community_id, TagFollow.tag.in_(tags))
        .order_by(TagFollow.member_id, TagFollow.tag)
    )
    found: dict[int, list[str]] = {}
    for member_id, tag in await db.execute(query) if tags else ():
        found.setdefault(member_id, []).append(tag)
    return found


async def retag(db: AsyncSession, community_id: int, old: str, new: str) -> None:
    """Who followed the one follows the other."""
    theirs = TagFollow.tag == old, TagFollow.member_id.in_(select(Member.id).filter_by(community_id=community_id))
    for member_id in list(await db.scalars(select(TagFollow.member_id).where(*theirs))):
        await follow_tag(db, member_id, new)
    await db.execute(delete(TagFollow).where(*theirs))
