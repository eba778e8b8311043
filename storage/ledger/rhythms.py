"""What recurs: a schedule of local dates, and on which of them it has happened. The unique row is the claim to do it."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ForeignKey, UniqueConstraint, func, select, update
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Mapped, mapped_column

from bot.core.people import Viewer
from storage.base import NEVER_REUSE_IDS, Base
from storage.ledger.timers import FIRST_WAIT, LONGEST_WAIT
from storage.upsert import insert_or_nothing
from storage.visibility import visible

HAPPENED, MISSED, REMOVED = "happened", "missed", "removed"  # removed: it happened, and what was posted is gone


class Rhythm(Base):
    """``name`` says which declared rhythm it is. ``recurrence`` is a Recurrence as JSON (bot/recurrence/rule.py).

    It is due ``lead`` seconds before each of its dates. What was due up to ``watermark`` (UTC) has been dealt with;
    ``next_due`` is what comes next, empty when nothing does: it is paused, has ended, or has no date left. ``rev`` counts
    edits. ``more`` is what the ritual needs to know of it.
    """

    __tablename__ = "rhythm"
    __table_args__ = (NEVER_REUSE_IDS,)
    id: Mapped[int] = mapped_column(primary_key=True)
    community_id: Mapped[int] = mapped_column(ForeignKey("community.id"), index=True)
    space_id: Mapped[int] = mapped_column(ForeignKey("space.id"))
    made_by: Mapped[int] = mapped_column(ForeignKey("member.id"))
    name: Mapped[str]
    title: Mapped[str]
    recurrence: Mapped[dict[str, Any]]
    more: Mapped[dict[str, Any]]
    lead: Mapped[int] = mapped_column(default=0)
    paused: Mapped[bool] = mapped_column(default=False)
    ended_at: Mapped[datetime | None]
    rev: Mapped[int] = mapped_column(default=1)
    watermark: Mapped[datetime]
    next_due: Mapped[datetime | None] = mapped_column(index=True)
    failures: Mapped[int] = mapped_column(default=0)
    reference: Mapped[str] = mapped_column(default="")
    created_at: Mapped[datetime]


class Occurrence(Base):
    """``slot`` is the local date (YYYY-MM-DD) on which a rhythm happened, whatever the hour or zone; or what stands for one."""

    __tablename__ = "occurrence"
    __table_args__ = (UniqueConstraint("rhythm_id", "slot"), NEVER_REUSE_IDS)
    id: Mapped[int] = mapped_column(primary_key=True)
    rhythm_id: Mapped[int] = mapped_column(ForeignKey("rhythm.id", ondelete="CASCADE"))
    slot: Mapped[str]
    due: Mapped[datetime]
    state: Mapped[str]
    at: Mapped[datetime]


async def add(db: AsyncSession, rhythm: Rhythm) -> Rhythm:
    db.add(rhythm)
    await db.flush()
    return rhythm


async def get(db: AsyncSession, rhythm_id: int, viewer: Viewer, now: datetime) -> Rhythm | None:
    """The rhythm, if the viewer can see its space."""
    mine = Rhythm.id == rhythm_id, Rhythm.community_id == viewer.community
    return await db.scalar(select(Rhythm).where(*mine, visible(viewer, Rhythm.space_id, now)))


async def get_for_change(db: AsyncSession, rhythm_id: int, viewer: Viewer, now: datetime) -> Rhythm | None:
    """The same, held until the end of the transaction."""
    return await held(db, rhythm_id) if await get(db, rhythm_id, viewer, now) is not None else None


async def several(db: AsyncSession, ids: Collection[int]) -> list[Rhythm]:
    return list(await db.scalars(select(Rhythm).where(Rhythm.id.in_(ids)))) if ids else []


async def held(db: AsyncSession, rhythm_id: int) -> Rhythm | None:
    """For what falls due, which happens for nobody in particular: the rhythm, held until the end of the transaction."""
    query = select(Rhythm).where(Rhythm.id == rhythm_id).with_for_update()
    return await db.scalar(query.execution_options(populate_existing=True))


async def going_on(db: AsyncSession, viewer: Viewer, now: datetime, names: Collection[str] = ()) -> list[Rhythm]:
    """Those that have not ended and that the viewer can see: what is due next first, then those with nothing to come."""
    query = select(Rhythm).where(Rhythm.community_id == viewer.community, Rhythm.ended_at.is_(None))
    query = query.where(visible(viewer, Rhythm.space_id, now))
    query = query.where(Rhythm.name.in_(names)) if names else query
    return list(await db.scalars(query.order_by(Rhythm.next_due.is_(None), Rhythm.next_due, Rhythm.id)))


async def due(db: AsyncSession, now: datetime, limit: int) -> list[tuple[int, int, datetime]]:
    """The rhythms to run now, each with its edit and when it was due, the oldest first."""
    query = select(Rhythm.id, Rhythm.rev, Rhythm.next_due).where(Rhythm.next_due <= now)
    rows = await db.execute(query.order_by(Rhythm.next_due, Rhythm.id).limit(limit))
    return [(rhythm_id, rev, at) for rhythm_id, rev, at in rows if at is not None]


async def claim(db: AsyncSession, rhythm_id: int, slot: str, due: datetime, state: str, now: datetime) -> bool:
    """True for the one transaction in which this date is to be dealt with."""
    return await insert_or_nothing(db, Occurrence, rhythm_id=rhythm_id, slot=slot, due=due, state=state, at=now)


async def known(db: AsyncSession, rhythm_id: int, slots: Sequence[str]) -> set[str]:
    """Those of some slots that were dealt with already."""
    query = select(Occurrence.slot).where(Occurrence.rhythm_id == rhythm_id, Occurrence.slot.in_(slots))
    return set(await db.scalars(query))


async def copy_dates(db: AsyncSession, rhythm_id: int, to: int, slots: Sequence[str]) -> None:
    """What happened of a rhythm on some slots has happened of another, too."""
    found = select(Occurrence).where(Occurrence.rhythm_id == rhythm_id, Occurrence.slot.in_(slots))
    for one in list(await db.scalars(found)):
        db.add(Occurrence(rhythm_id=to, slot=one.slot, due=one.due, state=one.state, at=one.at))
    await db.flush()


async def occurrence(db: AsyncSession, rhythm_id: int, slot: str) -> int:
    """The id of a date that was claimed."""
    found = await db.scalars(select(Occurrence.id).where(Occurrence.rhythm_id == rhythm_id, Occurrence.slot == slot))
    return found.one()


async def of_occurrence(db: AsyncSession, occurrence_id: int) -> tuple[Occurrence, Rhythm] | None:
    """A date with what it is of."""
    query = select(Occurrence, Rhythm).join(Rhythm, Rhythm.id == Occurrence.rhythm_id)
    row = (await db.execute(query.where(Occurrence.id == occurrence_id))).first()
    return (row[0], row[1]) if row else None


async def ever(db: AsyncSession, rhythm_id: int) -> bool:
    """Whether something stands that was posted of it."""
    happened = Occurrence.rhythm_id == rhythm_id, Occurrence.state == HAPPENED
    return await db.scalar(select(Occurrence.id).where(*happened).limit(1)) is not None


async def before(db: AsyncSession, rhythm_id: int, at: datetime) -> datetime | None:
    """When it last happened before then."""
    happened = Occurrence.rhythm_id == rhythm_id, Occurrence.state == HAPPENED, Occurrence.due < at
    return await db.scalar(select(func.max(Occurrence.due)).where(*happened))


async def how_often(db: AsyncSession, rhythm_id: int, slot: str) -> int:
    """On how many dates it has happened, up to this one."""
    this = select(Occurrence.due).where(Occurrence.rhythm_id == rhythm_id, Occurrence.slot == slot).scalar_subquery()
    happened = Occurrence.rhythm_id == rhythm_id, Occurrence.state == HAPPENED, Occurrence.due <= this
    return await db.scalar(select(func.count()).select_from(Occurrence).where(*happened)) or 0


async def missed(db: AsyncSession, rhythm_id: int, limit: int) -> list[Occurrence]:
    """What did not happen because nobody was there to do it, the latest first."""
    query = select(Occurrence).where(Occurrence.rhythm_id == rhythm_id, Occurrence.state == MISSED)
    return list(await db.scalars(query.order_by(Occurrence.due.desc()).limit(limit)))


async def failed(db: AsyncSession, rhythm_id: int, now: datetime, reference: str) -> None:
    """Its run raised: it is tried again after 1, 2, 4 … minutes, at most an hour."""
    rhythm = await db.get(Rhythm, rhythm_id)
    if rhythm is not None:
        wait: timedelta = min(LONGEST_WAIT, FIRST_WAIT * 2 ** min(rhythm.failures, 10))
        await db.execute(
            update(Rhythm)
            .where(Rhythm.id == rhythm_id, Rhythm.next_due <= now)
            .values(failures=Rhythm.failures + 1, next_due=now + wait, reference=reference)
        )
