"""Drafts: what a person typed into a form, kept between its steps or after a failure of ours. Never longer than 7 days."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ForeignKey, delete, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Mapped, mapped_column

from bot.core.events import Ref, Values
from bot.core.storable import storable
from storage.base import Base

KEPT = timedelta(days=7)


class Draft(Base):
    """``origin`` names the command or button whose form it is; ``place`` is where the form was opened."""

    __tablename__ = "draft"
    id: Mapped[str] = mapped_column(primary_key=True)
    member_id: Mapped[int] = mapped_column(ForeignKey("member.id"), index=True)
    origin: Mapped[str]
    place: Mapped[str]
    filled: Mapped[dict[str, Any]]
    expires_at: Mapped[datetime] = mapped_column(index=True)


async def put(
    db: AsyncSession, draft_id: str, member_id: int, origin: str, place: Ref, values: Values, now: datetime
) -> None:
    await db.merge(
        Draft(
            id=draft_id,
            member_id=member_id,
            origin=origin,
            place=str(place),
            filled={name: storable(value) for name, value in values.items()},
            expires_at=now + KEPT,
        )
    )
    await db.flush()


async def get(db: AsyncSession, draft_id: str, member_id: int, now: datetime) -> Draft | None:
    """The member's own draft, while it lasts."""
    return await db.scalar(
        select(Draft).where(Draft.id == draft_id, Draft.member_id == member_id, Draft.expires_at > now)
    )


async def unsent(db: AsyncSession, member_id: int, now: datetime, limit: int) -> list[Draft]:
    """What the member typed and has not sent, while it lasts; the newest first."""
    query = select(Draft).where(Draft.member_id == member_id, Draft.expires_at > now)
    return list(await db.scalars(query.order_by(Draft.expires_at.desc()).limit(limit)))


async def take(db: AsyncSession, draft_id: str, member_id: int, now: datetime) -> Draft | None:
    """The member's own draft, removed: only one of two who take it at once is given it."""
    mine = delete(Draft).where(Draft.id == draft_id, Draft.member_id == member_id).returning(Draft)
    draft = await db.scalar(mine.execution_options(synchronize_session=False))
    return draft if draft is not None and draft.expires_at > now else None


async def remove(db: AsyncSession, draft_id: str) -> None:
    await db.execute(delete(Draft).where(Draft.id == draft_id))


async def purge(db: AsyncSession, now: datetime) -> None:
    await db.execute(delete(Draft).where(Draft.expires_at <= now))
