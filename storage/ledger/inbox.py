"""What came in. ``inbound_event``: acted on already, so never again. ``inbox``: acknowledged before it was acted on.

A row of inbound_event is written in the same transaction as what the event does. A row of inbox is written on its own when
the work takes longer than the platform waits, and deleted once the work is done; what is left at a start is run again.
"""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import delete, func, select, tuple_
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Mapped, mapped_column

from storage.base import Base
from storage.upsert import insert_for, insert_or_nothing


class InboundEvent(Base):
    __tablename__ = "inbound_event"
    platform: Mapped[str] = mapped_column(primary_key=True)
    key: Mapped[str] = mapped_column(primary_key=True)
    at: Mapped[datetime] = mapped_column(index=True)


class InboxEntry(Base):
    """The payload of an event that was acknowledged early and is not done yet."""

    __tablename__ = "inbox"
    platform: Mapped[str] = mapped_column(primary_key=True)
    key: Mapped[str] = mapped_column(primary_key=True)
    payload: Mapped[str]
    received_at: Mapped[datetime]


async def claim(db: AsyncSession, platform: str, key: str, now: datetime) -> bool:
    """True for the one transaction that is to act on this event. A second one waits for the first to end."""
    return await insert_or_nothing(db, InboundEvent, platform=platform, key=key, at=now)


async def is_claimed(db: AsyncSession, platform: str, key: str) -> bool:
    """Whether it was acted on."""
    return await db.get(InboundEvent, (platform, key)) is not None


async def newest(db: AsyncSession, platform: str, kind: str) -> str:
    """Of what was acted on lately, the highest key that begins with ``kind``; empty when there is none."""
    ours = InboundEvent.platform == platform, InboundEvent.key.startswith(kind, autoescape=True)
    found: str | None = await db.scalar(select(func.max(InboundEvent.key)).where(*ours))
    return found or ""


async def unclaim(db: AsyncSession, platform: str, key: str) -> None:
    """It was not acted on after all."""
    await db.execute(delete(InboundEvent).where(InboundEvent.platform == platform, InboundEvent.key == key))


async def store(db: AsyncSession, events: list[tuple[str, str, str]], now: datetime) -> None:
    """Keep the payloads of events (platform, key, JSON) that are about to be acknowledged early."""
    rows = [
        {"platform": platform, "key": key, "payload": payload, "received_at": now} for platform, key, payload in events
    ]
    await db.execute(insert_for(db, InboxEntry).values(rows).on_conflict_do_nothing())


async def forget(db: AsyncSession, platform: str, key: str) -> None:
    await db.execute(delete(InboxEntry).where(InboxEntry.platform == platform, InboxEntry.key == key))


async def forget_all(db: AsyncSession, keys: list[tuple[str, str]]) -> None:
    """The same for several (platform, key)."""
    await db.execute(delete(InboxEntry).where(tuple_(InboxEntry.platform, InboxEntry.key).in_(keys)))


async def waiting(db: AsyncSession, before: datetime) -> list[InboxEntry]:
    """What was received before then and is still not done, the oldest first."""
    query = select(InboxEntry).where(InboxEntry.received_at < before).order_by(InboxEntry.received_at).limit(500)
    return list(await db.scalars(query))


async def purge(db: AsyncSession, before: datetime) -> int:
    """Forget what was acted on before then; and payloads as old, of which nobody could say any more whether they were.

    Returns how many payloads went undone.
    """
    await db.execute(delete(InboundEvent).where(InboundEvent.at < before))
    undone = await db.scalars(delete(InboxEntry).where(InboxEntry.received_at < before).returning(InboxEntry.key))
    return len(list(undone))
