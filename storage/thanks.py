"""Thanks that one member says to another, for something and with a reason. Theirs alone: nobody counts or compares them."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, UniqueConstraint, delete, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Mapped, mapped_column

from storage.base import NEVER_REUSE_IDS, Base
from storage.upsert import insert_or_nothing


class Thanks(Base):
    __tablename__ = "thanks"
    __table_args__ = (UniqueConstraint("kind", "subject", "from_id"), NEVER_REUSE_IDS)
    id: Mapped[int] = mapped_column(primary_key=True)
    community_id: Mapped[int] = mapped_column(ForeignKey("community.id"))
    kind: Mapped[str]
    subject: Mapped[int]
    from_id: Mapped[int] = mapped_column(ForeignKey("member.id"))
    to_id: Mapped[int] = mapped_column(ForeignKey("member.id"), index=True)
    reason: Mapped[str]
    at: Mapped[datetime]


async def say(
    db: AsyncSession, community_id: int, kind: str, subject: int, from_id: int, to_id: int, reason: str, now: datetime
) -> Thanks | None:
    """Thank somebody for something, once; nothing when they were thanked for it already."""
    about = {"kind": kind, "subject": subject, "from_id": from_id}
    more = {"community_id": community_id, "to_id": to_id, "reason": reason, "at": now}
    if not await insert_or_nothing(db, Thanks, **about, **more):
        return None
    return await db.scalar(select(Thanks).filter_by(**about))


async def get(db: AsyncSession, thanks_id: int) -> Thanks | None:
    return await db.get(Thanks, thanks_id)


async def forget(db: AsyncSession, kind: str, subject: int) -> None:
    """What it was for is gone."""
    await db.execute(delete(Thanks).where(Thanks.kind == kind, Thanks.subject == subject))


async def of(db: AsyncSession, kind: str, subject: int) -> list[int]:
    """The ids of what was said for something."""
    return list(await db.scalars(select(Thanks.id).where(Thanks.kind == kind, Thanks.subject == subject)))
