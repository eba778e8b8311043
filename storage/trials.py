"""Whether what is kept here worked for those who tried it, and in which setting."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from sqlalchemy import ForeignKey, delete, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Mapped, mapped_column

from storage.base import Base
from storage.upsert import insert_for

WORKED, PARTLY, DID_NOT = "worked", "partly", "didn't"


class Trial(Base):
    """A member tried something that is kept: ``kind`` and ``subject`` name it, ``setting`` is a line on where."""

    __tablename__ = "trial"
    kind: Mapped[str] = mapped_column(primary_key=True)
    subject: Mapped[int] = mapped_column(primary_key=True)
    member_id: Mapped[int] = mapped_column(ForeignKey("member.id"), primary_key=True)
    outcome: Mapped[str]
    setting: Mapped[str]
    at: Mapped[datetime]


async def note(
    db: AsyncSession, kind: str, subject: int, member_id: int, outcome: str, setting: str, now: datetime
) -> None:
    """Write down how it went for a member; the latest of their tries counts."""
    values = {"outcome": outcome, "setting": setting, "at": now}
    statement = insert_for(db, Trial).values(kind=kind, subject=subject, member_id=member_id, **values)
    await db.execute(statement.on_conflict_do_update(index_elements=["kind", "subject", "member_id"], set_=values))


async def of(db: AsyncSession, kind: str, subject: int) -> list[Trial]:
    """How it went for those who tried it, the latest first."""
    return (await of_several(db, kind, [subject])).get(subject, [])


async def of_several(db: AsyncSession, kind: str, subjects: Collection[int]) -> dict[int, list[Trial]]:
    """The same for several of a kind: subject → its trials; without those that nobody tried."""
    found: dict[int, list[Trial]] = {}
    query = select(Trial).where(Trial.kind == kind, Trial.subject.in_(subjects))
    for trial in await db.scalars(query.order_by(Trial.at.desc(), Trial.member_id)):
        found.setdefault(trial.subject, []).append(trial)
    return found


async def remove(db: AsyncSession, kind: str, subject: int) -> None:
    await db.execute(delete(Trial).where(Trial.kind == kind, Trial.subject == subject))
