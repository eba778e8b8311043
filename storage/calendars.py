"""Addresses at which a member's calendar is read. They are secret: only a hash of each is kept."""

from __future__ import annotations

import hashlib
import secrets
from datetime import datetime

from sqlalchemy import ForeignKey, delete, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Mapped, mapped_column

from storage.base import Base


class CalendarAddress(Base):
    """``token_hash`` is SHA-256 of the address's secret part. ``session_id``: of this meeting alone; else of all."""

    __tablename__ = "calendar_address"
    token_hash: Mapped[str] = mapped_column(primary_key=True)
    member_id: Mapped[int] = mapped_column(ForeignKey("member.id", ondelete="CASCADE"), index=True)
    session_id: Mapped[int | None] = mapped_column(ForeignKey("session.id", ondelete="CASCADE"))
    made_at: Mapped[datetime]


async def make(db: AsyncSession, member_id: int, now: datetime, session_id: int | None = None) -> str:
    """A new address's secret part; the one before it works no more."""
    await revoke(db, member_id, session_id)
    token = secrets.token_urlsafe(24)
    db.add(CalendarAddress(token_hash=_hash(token), member_id=member_id, session_id=session_id, made_at=now))
    await db.flush()
    return token


async def revoke(db: AsyncSession, member_id: int, session_id: int | None = None) -> None:
    theirs = CalendarAddress.member_id == member_id
    await db.execute(delete(CalendarAddress).where(theirs, CalendarAddress.session_id.is_not_distinct_from(session_id)))


async def of_token(db: AsyncSession, token: str) -> CalendarAddress | None:
    return await db.scalar(select(CalendarAddress).where(CalendarAddress.token_hash == _hash(token)))


def _hash(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
