"""What is to happen later: one row each, due at an instant of the community's clock."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import ForeignKey, delete, select, update
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Mapped, mapped_column

from storage.base import NEVER_REUSE_IDS, Base
from storage.upsert import insert_for

FIRST_WAIT = timedelta(minutes=1)
LONGEST_WAIT = timedelta(hours=1)


class Timer(Base):
    """``key`` says what it is about: a second timer with the same key takes the first one's place.

    ``failures`` counts the runs that raised, ``reference`` is the last one's: it is tried again until it works.
    """

    __tablename__ = "timer"
    __table_args__ = (NEVER_REUSE_IDS,)
    id: Mapped[int] = mapped_column(primary_key=True)
    community_id: Mapped[int] = mapped_column(ForeignKey("community.id"), index=True)
    due: Mapped[datetime] = mapped_column(index=True)
    action: Mapped[str]
    key: Mapped[str] = mapped_column(unique=True)
    failures: Mapped[int] = mapped_column(default=0)
    reference: Mapped[str] = mapped_column(default="")


async def put(db: AsyncSession, community_id: int, due: datetime, action: str, key: str) -> None:
    fresh = {"community_id": community_id, "due": due, "action": action, "failures": 0, "reference": ""}
    statement = insert_for(db, Timer).values(key=key, **fresh)
    await db.execute(statement.on_conflict_do_update(index_elements=["key"], set_=fresh))


async def forget(db: AsyncSession, key: str) -> None:
    await db.execute(delete(Timer).where(Timer.key == key))


async def beginning(db: AsyncSession, start: str, ending: str = "") -> dict[str, Timer]:
    """The timers whose key begins, and ends, so, by key."""
    keys = Timer.key.startswith(start, autoescape=True), Timer.key.endswith(ending, autoescape=True)
    found = await db.scalars(select(Timer).where(*keys).order_by(Timer.id))
    return {timer.key: timer for timer in found}


async def due(db: AsyncSession, now: datetime, limit: int) -> list[tuple[int, datetime]]:
    """The timers to run now and when each was due, the oldest first."""
    query = select(Timer.id, Timer.due).where(Timer.due <= now)
    rows = await db.execute(query.order_by(Timer.due, Timer.id).limit(limit))
    return [(timer_id, at) for timer_id, at in rows]


async def take(db: AsyncSession, timer_id: int, now: datetime) -> Timer | None:
    """Delete a due timer and return what it was, for the one transaction that runs it."""
    return await db.scalar(delete(Timer).where(Timer.id == timer_id, Timer.due <= now).returning(Timer))


async def failed(db: AsyncSession, timer_id: int, now: datetime, reference: str) -> None:
    """Its run raised: try it again after 1, 2, 4 … minutes, at most an hour.

    Where two processes failed together, that is one failure.
    """
    timer = await db.get(Timer, timer_id)
    if timer is not None:
        wait = min(LONGEST_WAIT, FIRST_WAIT * 2 ** min(timer.failures, 10))
        await db.execute(
            update(Timer)
            .where(Timer.id == timer_id, Timer.due <= now)
            .values(failures=Timer.failures + 1, due=now + wait, reference=reference)
        )
