"""The audit log: who used a privilege, on what, when."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Mapped, mapped_column

from storage.base import NEVER_REUSE_IDS, Base


class AuditEntry(Base):
    """``actor_id`` is empty for what was done on the command line. ``detail``: never what members asked or shared."""

    __tablename__ = "audit"
    __table_args__ = (NEVER_REUSE_IDS,)
    id: Mapped[int] = mapped_column(primary_key=True)
    community_id: Mapped[int] = mapped_column(ForeignKey("community.id"), index=True)
    actor_id: Mapped[int | None] = mapped_column(ForeignKey("member.id"))
    at: Mapped[datetime]
    action: Mapped[str]
    subject: Mapped[str]
    detail: Mapped[str] = mapped_column(default="")


async def happened(db: AsyncSession, community_id: int, action: str) -> bool:
    """Whether somebody ever did this here."""
    mine = AuditEntry.community_id == community_id, AuditEntry.action == action
    return await db.scalar(select(AuditEntry.id).where(*mine).limit(1)) is not None


def note(
    db: AsyncSession, community_id: int, actor_id: int | None, at: datetime, action: str, subject: str, detail: str = ""
) -> AuditEntry:
    """Add an entry to the transaction under way."""
    entry = AuditEntry(
        community_id=community_id, actor_id=actor_id, at=at, action=action, subject=subject, detail=detail
    )
    db.add(entry)
    return entry
