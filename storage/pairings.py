"""Bringing a second workspace into a community: a code made in the one is used in the other, once, within an hour."""

from __future__ import annotations

import hashlib
import secrets
from datetime import datetime, timedelta

from sqlalchemy import ForeignKey, delete, select, update
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Mapped, mapped_column

from storage.base import Base
from storage.communities import TALK, Community, Place, Space, Workspace
from storage.ledger.deliveries import Delivery
from storage.search.index import SearchDoc
from storage.tags import Tag

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


async def purge(db: AsyncSession, now: datetime) -> None:
    """Forget codes that nobody used in time."""
    await db.execute(delete(Pairing).where(Pairing.expires_at <= now))


async def hold(db: AsyncSession, community_id: int) -> bool:
    """Hold a community until the end of the transaction: nothing that belongs to it can be added meanwhile.

    Returns whether it is fresh: it has one workspace and keeps nothing yet, so that it can become a part of another.
    """
    await db.get(Community, community_id, with_for_update=True, populate_existing=True)
    return await is_fresh(db, community_id)


async def is_fresh(db: AsyncSession, community_id: int) -> bool:
    workspaces = list(await db.scalars(select(Workspace.id).where(Workspace.community_id == community_id)))
    kept = await db.scalar(select(SearchDoc.id).where(SearchDoc.community_id == community_id).limit(1))
    return len(workspaces) == 1 and kept is None


async def move_all(db: AsyncSession, community_id: int, to: int) -> list[Place]:
    """A fresh community becomes a part of another, and is no more itself. Returns its places that served a purpose.

    What began in it while it was moved fails for want of it, and is tried again by whoever did it.
    """
    served = select(Place).join(Space, Space.id == Place.space_id)
    used = list(await db.scalars(served.where(Place.community_id == community_id, Space.purpose != TALK)))
    await db.execute(delete(Pairing).where(Pairing.community_id == community_id))
    await db.execute(delete(Tag).where(Tag.community_id == community_id))
    await db.execute(update(Space).where(Space.community_id == community_id).values(purpose=TALK))
    # Its cards about itself are about the other from now on.
    about_it = Delivery.subject == community_id, Delivery.card.in_(("welcome", "setup"))
    await db.execute(update(Delivery).where(*about_it).values(subject=to, wanted_rev=Delivery.wanted_rev + 1))
    for table in Base.metadata.sorted_tables:
        if "community_id" in table.c:
            await db.execute(table.update().where(table.c.community_id == community_id).values(community_id=to))
    for place in used:
        await db.refresh(place)
    await db.execute(delete(Community).where(Community.id == community_id))
    return used


def _hashed(code: str) -> str:
    return hashlib.sha256(code.encode()).hexdigest()
