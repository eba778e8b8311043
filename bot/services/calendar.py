"""A member's calendar: the meetings they can see and have not said no to, as other programs read it (RFC 5545).

Each date is an event of its own, in UTC: what was skipped or moved needs no rules, and whoever reads it shows it on their
own clock. An event keeps its UID from the day it is planned; its SEQUENCE grows with each change.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from icalendar import Calendar, Event
from sqlalchemy.ext.asyncio import AsyncSession

from bot.core.clock import Clock
from bot.core.people import Role, Viewer
from bot.services.rhythms import coming
from storage import calendars, sessions
from storage.communities import Community
from storage.engine import Database
from storage.ledger import rhythms
from storage.ledger.rhythms import Rhythm
from storage.members import Member
from storage.sessions import CANCELLED, MEETING, MINUTES, NO, Session

PAST, DATES_AHEAD, MOST = timedelta(days=30), 12, 500


@dataclass(frozen=True, slots=True)
class Planned:
    """An event of a calendar. Times are UTC."""

    uid: str
    sequence: int
    title: str
    starts: datetime
    ends: datetime
    where: str = ""
    about: str = ""
    cancelled: bool = False


@dataclass(frozen=True, slots=True)
class Calendars:
    """Implements bot.core.ports.Calendars."""

    database: Database
    clock: Clock

    async def read(self, token: str) -> bytes | None:
        now = self.clock.now()
        async with self.database.read() as db:
            address = await calendars.of_token(db, token)
            member = await db.get(Member, address.member_id) if address else None
            if address is None or member is None or member.blocked_at is not None:
                return None
            community = await db.get_one(Community, member.community_id)
            planned = await _planned(db, member, now, address.session_id)
        return as_ics(community.name, planned, now)


async def _planned(db: AsyncSession, member: Member, now: datetime, only: int | None) -> list[Planned]:
    viewer = Viewer(member.community_id, member=member.id, role=Role(member.role))
    if only is not None:
        one = await sessions.get(db, only, viewer, now)
        rhythm = await rhythms.get(db, one.rhythm_id, viewer, now) if one else None
        return [_of_session(one, rhythm)] if one and rhythm else []
    found: list[Planned] = []
    announced = await sessions.since(db, viewer, now, now - PAST, MOST)
    not_coming = await sessions.answered(db, member.id, NO)
    known = {(session.rhythm_id, session.slot) for session in announced}
    for rhythm in await rhythms.going_on(db, viewer, now, (MEETING,)):
        found += [] if rhythm.paused else _not_announced(rhythm, known, now)
    every = {rhythm.id: rhythm for rhythm in await rhythms.several(db, {session.rhythm_id for session in announced})}
    found += [_of_session(session, every[session.rhythm_id]) for session in announced if session.id not in not_coming]
    return sorted(found, key=lambda one: (one.starts, one.uid))


def _of_session(session: Session, rhythm: Rhythm) -> Planned:
    return Planned(
        _uid(session.rhythm_id, session.slot),
        rhythm.rev - 1 + session.sequence,
        session.title,
        session.starts_at,
        session.starts_at + timedelta(minutes=session.minutes),
        session.more.get("where", ""),
        session.more.get("topic", ""),
        session.state == CANCELLED,
    )


def _not_announced(rhythm: Rhythm, known: set[tuple[int, str]], now: datetime) -> list[Planned]:
    """The dates of a schedule that are further away."""
    length = timedelta(minutes=rhythm.more.get("minutes", MINUTES))
    return [
        Planned(
            _uid(rhythm.id, slot.key),
            rhythm.rev - 1,
            rhythm.title,
            slot.at,
            slot.at + length,
            rhythm.more.get("where", ""),
        )
        for slot in coming(rhythm, now, DATES_AHEAD)
        if (rhythm.id, slot.key) not in known
    ]


def _uid(rhythm_id: int, slot: str) -> str:
    return f"{slot.replace(':', '-')}.{rhythm_id}@rounds"


def as_ics(name: str, planned: Sequence[Planned], now: datetime) -> bytes:
    """The calendar as text/calendar."""
    calendar = Calendar()
    calendar.add("prodid", "-//Rounds//Meetings//EN")
    calendar.add("version", "2.0")
    calendar.add("method", "PUBLISH")
    calendar.add("x-wr-calname", name)
    calendar.add("refresh-interval", timedelta(hours=1), parameters={"value": "DURATION"})
    for one in planned:
        event = Event()
        event.add("uid", one.uid)
        event.add("sequence", one.sequence)
        event.add("dtstamp", now)
        event.add("dtstart", one.starts)
        event.add("dtend", one.ends)
        event.add("summary", one.title)
        event.add("status", "CANCELLED" if one.cancelled else "CONFIRMED")
        if one.where:
            event.add("location", one.where)
            if one.where.startswith(("http://", "https://")):
                event.add("url", one.where)
        if one.about:
            event.add("description", one.about)
        calendar.add_component(event)
    return bytes(calendar.to_ical())
