"""How busy the threads of a channel are, in numbers, where a facilitator switched that on. Never a word of what was said.

Who wrote in a thread, and which thread it was, is kept for KEPT at most.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ForeignKey, Select, UniqueConstraint, delete, func, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Mapped, aliased, mapped_column

from bot.core.events import Ref
from bot.core.people import Viewer
from storage.base import NEVER_REUSE_IDS, Base
from storage.communities import Place
from storage.forwarded import LeftOut
from storage.upsert import insert_for, insert_or_nothing
from storage.visibility import visible

KIND = "activity"
KEPT = timedelta(days=14)


class Counted(Base):
    """A place whose threads are counted."""

    __tablename__ = "counted_place"
    place_id: Mapped[int] = mapped_column(ForeignKey("place.id", ondelete="CASCADE"), primary_key=True)
    since: Mapped[datetime]


class BusyThread(Base):
    __tablename__ = "busy_thread"
    __table_args__ = (UniqueConstraint("place_id", "thread"), NEVER_REUSE_IDS)
    id: Mapped[int] = mapped_column(primary_key=True)
    place_id: Mapped[int] = mapped_column(ForeignKey("place.id", ondelete="CASCADE"))
    thread: Mapped[str]


class Voice(Base):
    """How often somebody wrote in a thread, up to ``last_at``."""

    __tablename__ = "voice"
    thread_id: Mapped[int] = mapped_column(ForeignKey("busy_thread.id", ondelete="CASCADE"), primary_key=True)
    member_id: Mapped[int] = mapped_column(ForeignKey("member.id", ondelete="CASCADE"), primary_key=True)
    replies: Mapped[int]
    last_at: Mapped[datetime] = mapped_column(index=True)


_there = aliased(Place)  # another name than the one that ``visible`` asks about


@dataclass(frozen=True, slots=True)
class Busy:
    """A thread in numbers."""

    id: int
    place_id: int
    space_id: int
    thread: str
    replies: int
    people: int


async def switch(db: AsyncSession, place_id: int, now: datetime, *, on: bool) -> bool:
    """Count in a place, or stop and forget what was counted. False when nothing changes."""
    if on:
        return await insert_or_nothing(db, Counted, place_id=place_id, since=now)
    was_on = (await db.execute(delete(Counted).where(Counted.place_id == place_id).returning(Counted.place_id))).first()
    await db.execute(delete(BusyThread).where(BusyThread.place_id == place_id))
    return was_on is not None


async def is_counted(db: AsyncSession, place_id: int) -> bool:
    return await db.get(Counted, place_id) is not None


async def counted_places(db: AsyncSession) -> frozenset[Ref]:
    """Every place of the installation whose threads are counted."""
    query = select(Place).join(Counted, Counted.place_id == Place.id)
    return frozenset(place.ref for place in await db.scalars(query))


async def heard(db: AsyncSession, place_id: int, thread: str, member_id: int, at: datetime) -> None:
    """Somebody wrote in a thread of a counted place, who has not left themselves out."""
    out = select(LeftOut.member_id).where(LeftOut.place_id == place_id, LeftOut.member_id == member_id)
    if not await is_counted(db, place_id) or await db.scalar(out) is not None:
        return
    await insert_or_nothing(db, BusyThread, place_id=place_id, thread=thread)
    mine = select(BusyThread.id).where(BusyThread.place_id == place_id, BusyThread.thread == thread)
    thread_id = (await db.scalars(mine)).one()
    statement = insert_for(db, Voice).values(thread_id=thread_id, member_id=member_id, replies=1, last_at=at)
    more = {"replies": Voice.replies + 1, "last_at": at}
    await db.execute(statement.on_conflict_do_update(index_elements=["thread_id", "member_id"], set_=more))


async def busiest(
    db: AsyncSession, viewer: Viewer, spaces: Collection[int] | None, begin: datetime, now: datetime, limit: int
) -> Sequence[Busy]:
    """The threads with most replies since then, where the viewer can read them; at least two people in each."""
    query = _in_numbers(viewer, now).where(Voice.last_at >= begin, Voice.last_at <= now)
    if spaces is not None:
        query = query.where(_there.space_id.in_(spaces))
    replies = func.sum(Voice.replies)
    query = query.order_by(replies.desc(), BusyThread.id).limit(limit)
    return [Busy(*row) for row in await db.execute(query)]


async def several(db: AsyncSession, ids: Collection[int], viewer: Viewer, now: datetime) -> dict[int, Busy]:
    """Those of these that the viewer can read, while there are at least two people in each."""
    query = _in_numbers(viewer, now).where(BusyThread.id.in_(ids))
    return {row[0]: Busy(*row) for row in await db.execute(query)} if ids else {}


def _in_numbers(viewer: Viewer, now: datetime) -> Select[int, int, int, str, int, int]:
    return (
        select(
            BusyThread.id,
            BusyThread.place_id,
            _there.space_id,
            BusyThread.thread,
            func.sum(Voice.replies),
            func.count(),
        )
        .join(Voice, Voice.thread_id == BusyThread.id)
        .join(_there, _there.id == BusyThread.place_id)
        .where(_there.community_id == viewer.community, visible(viewer, _there.space_id, now))
        .group_by(BusyThread.id, BusyThread.place_id, _there.space_id, BusyThread.thread)
        .having(func.count() >= 2)
    )


async def leave_out(db: AsyncSession, place_id: int, member_id: int) -> list[int]:
    """Forget how often somebody wrote in a place; returns the threads in which they did."""
    there = select(BusyThread.id).where(BusyThread.place_id == place_id)
    theirs = delete(Voice).where(Voice.member_id == member_id, Voice.thread_id.in_(there))
    return list(await db.scalars(theirs.returning(Voice.thread_id)))


async def thread_gone(db: AsyncSession, place_id: int, message: str) -> list[int]:
    """The message that a thread began with was deleted: so is what was counted in it. Returns the thread, if there was one."""
    there = BusyThread.place_id == place_id, BusyThread.thread == message
    return list(await db.scalars(delete(BusyThread).where(*there).returning(BusyThread.id)))


async def purge(db: AsyncSession, now: datetime) -> None:
    """Forget who wrote where before then, and the threads in which nobody did since."""
    await db.execute(delete(Voice).where(Voice.last_at <= now - KEPT))
    await db.execute(
        delete(BusyThread).where(~select(Voice.thread_id).where(Voice.thread_id == BusyThread.id).exists())
    )
