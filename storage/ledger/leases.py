"""Leases: what only one of several processes does at a time, handed over when it dies or freezes; and turns, for what all
together may only do so often."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import or_, select, text
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Mapped, mapped_column

from storage.base import Base
from storage.engine import Database
from storage.upsert import insert_for

LONGEST_LOOK = 500  # milliseconds that one waits for another who takes a turn at the same moment


class Lease(Base):
    __tablename__ = "lease"
    name: Mapped[str] = mapped_column(primary_key=True)
    owner: Mapped[str]
    until: Mapped[datetime]


async def take(db: AsyncSession, base: Database, name: str, owner: str, lasts: timedelta) -> bool:
    """Whether ``owner`` has the lease from now on for so long: it was free, had run out, or was theirs already.

    On the machine's clock (PostgreSQL's own), as the leases of lanes. SQLite has one process only, so whoever had the lease there
    is gone.
    """
    values = {"owner": owner, "until": base.machine_now(lasts)}
    statement = insert_for(db, Lease).values(name=name, **values)
    free = None if base.is_sqlite else or_(Lease.owner == owner, Lease.until < base.machine_now())
    taken = statement.on_conflict_do_update(index_elements=["name"], set_=values, where=free).returning(Lease.owner)
    return (await db.execute(taken)).scalar() == owner


async def next_turn(db: AsyncSession, base: Database, name: str, lasts: float) -> tuple[datetime, datetime]:
    """Take the next stretch of time under a name, ``lasts`` seconds long, that was given to nobody.

    Returns when it begins, and what time it was when it was taken.
    """
    if not base.is_sqlite:  # whoever is frozen while taking one keeps nobody else waiting
        await db.execute(text(f"SET LOCAL lock_timeout = '{LONGEST_LOOK}ms'"))
    opening = insert_for(db, Lease).values(name=name, owner="", until=base.machine_now())
    await db.execute(opening.on_conflict_do_nothing())
    taken = await db.get_one(Lease, name, with_for_update=True)
    now = (await db.execute(select(base.machine_now()))).scalar_one()
    begins = max(taken.until, now)
    taken.until = begins + timedelta(seconds=lasts)
    return begins, now


async def give_up(db: AsyncSession, name: str, owner: str) -> None:
    """Somebody else may take it at once."""
    lease = await db.get(Lease, name, with_for_update=True)
    if lease is not None and lease.owner == owner:
        await db.delete(lease)
