"""Occurrences: that a recurring thing has happened on a local date. The unique row is the claim to do it."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, UniqueConstraint
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Mapped, mapped_column

from storage.base import NEVER_REUSE_IDS, Base
from storage.upsert import insert_or_nothing


class Occurrence(Base):
    """``slot`` is the local date (YYYY-MM-DD) on which ``rhythm`` happened in the community, whatever the hour or zone."""

    __tablename__ = "occurrence"
    __table_args__ = (UniqueConstraint("community_id", "rhythm", "slot"), NEVER_REUSE_IDS)
    id: Mapped[int] = mapped_column(primary_key=True)
    community_id: Mapped[int] = mapped_column(ForeignKey("community.id"))
    rhythm: Mapped[str]
    slot: Mapped[str]
    due: Mapped[datetime]


async def claim(db: AsyncSession, community_id: int, rhythm: str, slot: str, due: datetime) -> bool:
    """True for the one transaction in which this occurrence is to happen."""
    return await insert_or_nothing(db, Occurrence, community_id=community_id, rhythm=rhythm, slot=slot, due=due)
