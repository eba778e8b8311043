"""Bringing a second workspace into a community: a code made in the one is used in the other, once, within an hour."""

from __future__ import annotations

import hashlib
import secrets
from datetime import datetime, timedelta

from sqlalchemy import ForeignKey, delete, select, update
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Mapped, mapped_column

from storage.base import Base
from storage.communities import Community, Place, Space, Workspace
from storage.ledger.deliveries import Delivery
from storage.ledger.timers import Timer
from storage.members import Member
from storage.search.index import SearchDoc

LASTS = timedelta(hours=1)


class Pairing(Base):
    """Only the code's hash is kept: whoever reads the database cannot use it."""

    __tablename__ = "pairing"
    code: Mapped[str] = mapped_column(primary_key=True)
    community_id: Mapped[int] = mapped_column(ForeignKey("community.id"))
    expires_at: Mapped[datetime]


async def make(db: AsyncSession, community_id: int, now: datetime) -> str:
    """A new code for this community; 16 characters, more than anybody could guess within the hour."""
    code = secrets.token_hex(8)
    db.add(Pairing(code=_hashed(code), community_id=community_id, expires_at=now + LASTS))
    await db.flush()
    return code


async def use(db: AsyncSession, code: str, now: datetime) -> int | None:
    """The community a code leads to; it is used up. Nothing when it is unknown, used or too old."""
    taken = delete(Pairing).where(Pairing.code == _hashed(code.strip().lower())).returning(Pairing)
    pairing = await db.scalar(taken.execution_options(synchronize_session=False))
    return pairing.community_id if pairing is not None and pairing.expires_at > now else None


async def is_fresh(db: AsyncSession, community_id: int) -> bool:
    """Whether a community has one workspace and keeps nothing yet, so that it can become a part of another."""
    workspaces = list(await db.scalars(select(Workspace.id).where(Workspace.community_id == community_id)))
    kept = await db.scalar(select(SearchDoc.id).where(SearchDoc.community_id == community_id).limit(1))
    return len(workspaces) == 1 and kept is None


async def move_all(db: AsyncSession, community_id: int, to: Community) -> None:
    """Everything of a fresh community now belongs to another; what it was used for is chosen anew there."""
    for table in (Workspace, Place, Space, Member, Delivery, Timer):
        statement = update(table).where(table.community_id == community_id).values(community_id=to.id)
        await db.execute(statement.execution_options(synchronize_session="fetch"))
    await db.flush()


def _hashed(code: str) -> str:
    return hashlib.sha256(code.encode()).hexdigest()
