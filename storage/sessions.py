"""Sessions: the single meetings of a schedule, who comes, and what was left of each."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any, TypeVar

from sqlalchemy import ForeignKey, Index, Select, UniqueConstraint, delete, func, select, update
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Mapped, mapped_column

from bot.core.people import Viewer
from storage.base import NEVER_REUSE_IDS, Base
from storage.members import Member
from storage.search import index
from storage.upsert import insert_for, insert_or_nothing
from storage.visibility import is_reader, visible

KIND = index.SESSION
MEETING, MINUTES = "meeting", 60  # the name of the rhythm whose dates are sessions; how long one is, if nobody said
PLANNED, CANCELLED = "planned", "cancelled"
YES, MAYBE, NO, WAITING = "yes", "maybe", "no", "waiting"
LONGEST, MANY = timedelta(days=1), 20  # no meeting is longer; so many more are looked at, since some are over
T = TypeVar("T")
COMING = (YES, MAYBE, WAITING)  # who is told of changes


class Session(Base):
    """One meeting. ``starts_at`` is UTC; ``zone`` the zone whose clocks it goes by. ``slot`` is its date in its rhythm.

    ``more``: what its form said beyond that, with its second host as ``cohost``. ``sequence`` counts moves and cancellations,
    as calendars do.
    """

    __tablename__ = "session"
    __table_args__ = (
        UniqueConstraint("rhythm_id", "slot"),
        Index("ix_session_community_id_starts_at", "community_id", "starts_at"),
        NEVER_REUSE_IDS,
    )
    id: Mapped[int] = mapped_column(primary_key=True)
    community_id: Mapped[int] = mapped_column(ForeignKey("community.id"))
    space_id: Mapped[int] = mapped_column(ForeignKey("space.id"))
    rhythm_id: Mapped[int] = mapped_column(ForeignKey("rhythm.id"))
    slot: Mapped[str]
    title: Mapped[str]
    starts_at: Mapped[datetime]
    minutes: Mapped[int]
    zone: Mapped[str]
    host_id: Mapped[int | None] = mapped_column(ForeignKey("member.id"))
    capacity: Mapped[int | None]
    more: Mapped[dict[str, Any]]
    state: Mapped[str] = mapped_column(default=PLANNED)
    sequence: Mapped[int] = mapped_column(default=0)
    created_at: Mapped[datetime]


class Rsvp(Base):
    """Whether a member comes. ``since``: when they said so, which is their place in the queue."""

    __tablename__ = "rsvp"
    session_id: Mapped[int] = mapped_column(ForeignKey("session.id", ondelete="CASCADE"), primary_key=True)
    member_id: Mapped[int] = mapped_column(ForeignKey("member.id"), primary_key=True, index=True)
    answer: Mapped[str]
    since: Mapped[datetime]


class SessionNote(Base):
    """What was left of a session: a link to notes, slides or a recording, with a word on it."""

    __tablename__ = "session_note"
    __table_args__ = (NEVER_REUSE_IDS,)
    id: Mapped[int] = mapped_column(primary_key=True)
    session_id: Mapped[int] = mapped_column(ForeignKey("session.id", ondelete="CASCADE"), index=True)
    author_id: Mapped[int] = mapped_column(ForeignKey("member.id"))
    kind: Mapped[str]
    url: Mapped[str]
    text: Mapped[str]
    at: Mapped[datetime]


class Attendance(Base):
    """That somebody was there, or how many were at a site."""

    __tablename__ = "attendance"
    session_id: Mapped[int] = mapped_column(ForeignKey("session.id", ondelete="CASCADE"), primary_key=True)
    member_id: Mapped[int] = mapped_column(ForeignKey("member.id"), primary_key=True)
    people: Mapped[int] = mapped_column(default=1)
    site: Mapped[str] = mapped_column(default="")
    at: Mapped[datetime]


async def add(db: AsyncSession, session: Session) -> Session:
    db.add(session)
    await db.flush()
    await reindex(db, session)
    return session


async def reindex(db: AsyncSession, session: Session) -> None:
    """Everything that may be found of it: its words and what is left of it. It stands in the index by when it begins, so that
    "after" and "before" mean that. One that is cancelled is not found."""
    if session.state == CANCELLED:
        await index.remove(db, KIND, session.id)
        return
    await index.put(
        db,
        community_id=session.community_id,
        space_id=session.space_id,
        kind=KIND,
        subject=session.id,
        title=session.title,
        body=await rest_of(db, session),
        author_id=session.host_id,
        created_at=session.starts_at,
    )


async def rest_of(db: AsyncSession, session: Session) -> str:
    """What may be found of it beside its title."""
    said = [str(session.more.get(name, "")) for name in ("kind", "topic")]
    left = [f"{one.kind} {one.text}" for one in await notes(db, session.id)]
    return "\n".join([*said, *left])


async def change(
    db: AsyncSession,
    session: Session,
    *,
    title: str | None = None,
    at: datetime | None = None,
    state: str | None = None,
) -> None:
    """Call it otherwise; move it; cancel it, or have it on again. The session is held."""
    was = session.title, session.starts_at, session.state
    session.title, session.starts_at, session.state = title or was[0], at or was[1], state or was[2]
    if (session.starts_at, session.state) != was[1:]:
        session.sequence += 1
    await db.flush()
    await reindex(db, session)
    if session.title != was[0]:
        await index.forget_old_words(db)


def hosts(session: Session) -> list[int]:
    """Who hosts it, the first one first."""
    both = session.host_id, session.more.get("cohost")
    return list(dict.fromkeys(host for host in both if host is not None))


async def get(db: AsyncSession, session_id: int, viewer: Viewer, now: datetime) -> Session | None:
    """The session, if the viewer can see it."""
    mine = Session.id == session_id, Session.community_id == viewer.community
    return await db.scalar(select(Session).where(*mine, visible(viewer, Session.space_id, now)))


async def several(db: AsyncSession, ids: Sequence[int], viewer: Viewer, now: datetime) -> dict[int, Session]:
    mine = Session.id.in_(ids), Session.community_id == viewer.community
    found = await db.scalars(select(Session).where(*mine, visible(viewer, Session.space_id, now)))
    return {session.id: session for session in found}


async def get_for_change(db: AsyncSession, session_id: int, viewer: Viewer, now: datetime) -> Session | None:
    """The same, held until the end of the transaction."""
    session = await get(db, session_id, viewer, now)
    if session is not None:
        await db.refresh(session, with_for_update=True)
    return session


async def held(db: AsyncSession, session_id: int) -> Session | None:
    """For timers, which act for nobody in particular: the session, held until the end of the transaction."""
    return await db.scalar(select(Session).where(Session.id == session_id).with_for_update())


async def coming_up(db: AsyncSession, viewer: Viewer, now: datetime, limit: int) -> list[Session]:
    """Planned sessions that are not over and that the viewer can see, the next first."""
    mine = Session.community_id == viewer.community, Session.state == PLANNED, Session.starts_at > now - LONGEST
    query = select(Session).where(*mine, visible(viewer, Session.space_id, now))
    found = await db.scalars(query.order_by(Session.starts_at, Session.id).limit(limit + MANY))
    return [session for session in found if ends(session) > now][:limit]


async def lately(db: AsyncSession, viewer: Viewer, now: datetime, limit: int) -> list[Session]:
    """Those that are over and that the viewer can see, the latest first."""
    mine = Session.community_id == viewer.community, Session.state == PLANNED, Session.starts_at <= now
    query = select(Session).where(*mine, visible(viewer, Session.space_id, now))
    found = await db.scalars(query.order_by(Session.starts_at.desc(), Session.id).limit(limit + MANY))
    return [session for session in found if ends(session) <= now][:limit]


def ends(session: Session) -> datetime:
    return session.starts_at + timedelta(minutes=session.minutes)


async def since(db: AsyncSession, viewer: Viewer, now: datetime, begun: datetime, limit: int) -> list[Session]:
    """Those that begin or began after ``begun`` and that the viewer can see, cancelled ones among them, the latest first."""
    mine = Session.community_id == viewer.community, Session.starts_at > begun
    query = select(Session).where(*mine, visible(viewer, Session.space_id, now))
    return list(await db.scalars(query.order_by(Session.starts_at.desc()).limit(limit)))


async def answered(db: AsyncSession, member_id: int, answer: str) -> set[int]:
    """The sessions to which a member gave this answer."""
    return set(await db.scalars(select(Rsvp.session_id).where(Rsvp.member_id == member_id, Rsvp.answer == answer)))


async def of_rhythm(db: AsyncSession, rhythm_id: int) -> list[Session]:
    """All that were announced of a rhythm, the first first."""
    return list(await db.scalars(select(Session).where(Session.rhythm_id == rhythm_id).order_by(Session.starts_at)))


async def hand_over(db: AsyncSession, announced: Sequence[Session], to: int) -> None:
    """These are of another rhythm from now on."""
    ids = [session.id for session in announced]
    await db.execute(update(Session).where(Session.id.in_(ids)).values(rhythm_id=to))


async def answer(db: AsyncSession, session: Session, member_id: int, wanted: str, now: datetime) -> str:
    """Write down whether somebody comes; where it is full, yes is a place in the queue. The session is held."""
    mine = await db.get(Rsvp, (session.id, member_id))
    if mine is not None and (mine.answer == wanted or (mine.answer == WAITING and wanted == YES)):
        return mine.answer
    if wanted == YES and session.capacity is not None and await taken(db, session, now) >= session.capacity:
        wanted = WAITING
    said = {"answer": wanted, "since": now}
    statement = insert_for(db, Rsvp).values(session_id=session.id, member_id=member_id, **said)
    await db.execute(statement.on_conflict_do_update(index_elements=["session_id", "member_id"], set_=said))
    return wanted


async def promote(db: AsyncSession, session: Session, now: datetime) -> list[int]:
    """Whoever waited longest, and can still see it, gets what places are free; returns their ids. The session is held."""
    free = None if session.capacity is None else max(0, session.capacity - await taken(db, session, now))
    query = _of_readers(select(Rsvp), session, now).where(Rsvp.answer == WAITING)
    waiting = list(await db.scalars(query.order_by(Rsvp.since, Rsvp.member_id).limit(free)))
    for one in waiting:
        one.answer = YES
    await db.flush()
    return [one.member_id for one in waiting]


async def taken(db: AsyncSession, session: Session, now: datetime) -> int:
    """How many places are taken, by people who can still see it."""
    return await db.scalar(_of_readers(select(func.count(Rsvp.member_id)), session, now).where(Rsvp.answer == YES)) or 0


def _of_readers(query: Select[T], session: Session, now: datetime) -> Select[T]:
    readers = query.join(Member, Member.id == Rsvp.member_id).where(is_reader(session.space_id, now))
    return readers.where(Rsvp.session_id == session.id)


async def counts(db: AsyncSession, session_id: int) -> dict[str, int]:
    """Answer → how many gave it."""
    query = select(Rsvp.answer, func.count()).where(Rsvp.session_id == session_id).group_by(Rsvp.answer)
    return {answer: number for answer, number in await db.execute(query)}


async def who(db: AsyncSession, session_id: int, answers: Sequence[str]) -> list[int]:
    """The members who gave one of these answers, in the order in which they did."""
    query = select(Rsvp.member_id).where(Rsvp.session_id == session_id, Rsvp.answer.in_(answers))
    return list(await db.scalars(query.order_by(Rsvp.since, Rsvp.member_id)))


async def answer_of(db: AsyncSession, session_id: int, member_id: int) -> str | None:
    mine = await db.get(Rsvp, (session_id, member_id), populate_existing=True)
    return mine.answer if mine else None


async def note(
    db: AsyncSession, session: Session, author_id: int, kind: str, url: str, text: str, now: datetime
) -> SessionNote:
    made = SessionNote(session_id=session.id, author_id=author_id, kind=kind, url=url, text=text, at=now)
    db.add(made)
    await db.flush()
    await reindex(db, session)
    return made


async def notes(db: AsyncSession, session_id: int) -> list[SessionNote]:
    query = select(SessionNote).where(SessionNote.session_id == session_id)
    return list(await db.scalars(query.order_by(SessionNote.id)))


async def with_notes(db: AsyncSession, ids: Sequence[int]) -> set[int]:
    """Those of which something is left."""
    query = select(SessionNote.session_id).where(SessionNote.session_id.in_(ids)).distinct()
    return set(await db.scalars(query)) if ids else set()


async def counted(db: AsyncSession, session_id: int, member_id: int, now: datetime, *, people: int, site: str) -> None:
    """Somebody says how many were at their site, with them."""
    said = {"people": people, "site": site, "at": now}
    statement = insert_for(db, Attendance).values(session_id=session_id, member_id=member_id, **said)
    await db.execute(statement.on_conflict_do_update(index_elements=["session_id", "member_id"], set_=said))


async def attendance(db: AsyncSession, session_id: int) -> int:
    """How many were there, as far as anybody said."""
    return await db.scalar(select(func.sum(Attendance.people)).where(Attendance.session_id == session_id)) or 0


async def was_there(db: AsyncSession, session_id: int, member_id: int, now: datetime) -> None:
    """Somebody was there, with whomever they counted before."""
    await insert_or_nothing(db, Attendance, session_id=session_id, member_id=member_id, people=1, site="", at=now)


async def get_note(db: AsyncSession, note_id: int) -> SessionNote | None:
    return await db.get(SessionNote, note_id)


async def remove_note(db: AsyncSession, session: Session, note_id: int) -> None:
    await db.execute(delete(SessionNote).where(SessionNote.id == note_id))
    await reindex(db, session)
    await index.forget_old_words(db)
