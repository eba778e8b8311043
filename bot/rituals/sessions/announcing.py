"""A meeting's date comes near: it is announced. Its schedule changes: so does what was announced, and who comes is told once."""

from __future__ import annotations

from datetime import datetime, timedelta

from bot.context import Context
from bot.core.replies import Direct, Effect, Kind, Later, NoLonger, Post, Redraw
from bot.core.ritual import Occasion
from bot.recurrence.rule import slots_between
from bot.rituals.sessions.declared import MEETING, MyReminder, Over, Soon, mine_key, over_key, ritual, soon_key
from bot.services.rhythms import recurrence_of
from storage import sessions
from storage.ledger import rhythms, timers
from storage.ledger.rhythms import Rhythm
from storage.sessions import CANCELLED, COMING, Session

MINUTES, REMINDED_BEFORE = 60, 60
FAR = timedelta(days=400)


@ritual.rhythm(MEETING)
async def announce(ctx: Context, occasion: Occasion) -> tuple[Effect, ...]:
    rhythm = await rhythms.get(ctx.db, occasion.rhythm, ctx.community.id)
    if rhythm is None:
        return ()
    session = await sessions.add(ctx.db, await _made_of(ctx, rhythm, occasion))
    return (Post("session", session.id, space=session.space_id), *_clocks(session, rhythm, ctx.now))


async def _made_of(ctx: Context, rhythm: Rhythm, occasion: Occasion) -> Session:
    more = dict(rhythm.more)
    themes = more.pop("themes", [])
    if themes:  # in turn
        held = await rhythms.how_often(ctx.db, rhythm.id)
        more["topic"] = themes[(held - 1) % len(themes)]
    return Session(
        community_id=ctx.community.id,
        space_id=rhythm.space_id,
        rhythm_id=rhythm.id,
        slot=occasion.slot,
        title=rhythm.title,
        starts_at=occasion.at,
        minutes=more.pop("minutes", MINUTES),
        zone=recurrence_of(rhythm).zone,
        host_id=more.pop("host", None),
        capacity=more.pop("capacity", None),
        more=more,
        created_at=ctx.now,
    )


def _clocks(session: Session, rhythm: Rhythm, now: datetime) -> list[Effect]:
    """What happens before and after it."""
    ends = session.starts_at + timedelta(minutes=session.minutes)
    clocks: list[Effect] = [Later(ends, Over(session=session.id), over_key(session.id))]
    before = int(rhythm.more.get("remind", REMINDED_BEFORE))
    at = session.starts_at - timedelta(minutes=before)
    if before and at > now:
        return [*clocks, Later(at, Soon(session=session.id), soon_key(session.id))]
    return [*clocks, NoLonger(soon_key(session.id))]


@ritual.timer
async def soon(ctx: Context, due: Soon) -> tuple[Effect, ...]:
    """The one reminder in the channel."""
    session = await sessions.held(ctx.db, due.session)
    if session is None or session.state == CANCELLED:
        return ()
    ends = session.starts_at + timedelta(minutes=session.minutes)
    key = f"soon:{session.id}:{session.sequence}"
    return (Post("session_soon", session.id, space=session.space_id, key=key, until=ends),)


@ritual.timer
async def my_reminder(ctx: Context, due: MyReminder) -> tuple[Effect, ...]:
    session = await sessions.held(ctx.db, due.session)
    if session is None or session.state == CANCELLED:
        return ()
    ends = session.starts_at + timedelta(minutes=session.minutes)
    return (Direct("session_soon", session.id, due.member, Kind.ASKED_FOR, about=session.space_id, until=ends),)


@ritual.timer
async def over(ctx: Context, due: Over) -> tuple[Effect, ...]:
    session = await sessions.held(ctx.db, due.session)
    if session is None or session.state == CANCELLED:
        return ()
    thread = ("session", session.id)
    return (
        Redraw("session", session.id),
        Post("session_after", session.id, space=session.space_id, thread_of=thread, key=f"after:{session.id}"),
    )


# Changes


async def follow_schedule(ctx: Context, rhythm: Rhythm) -> list[Effect]:
    """What was announced and is still to come is brought into line with its schedule."""
    slots = {}
    if rhythm.ended_at is None:
        slots = {slot.key: slot for slot in slots_between(recurrence_of(rhythm), ctx.now, ctx.now + FAR)}
    effects: list[Effect] = []
    for session in await sessions.announced(ctx.db, rhythm.id, ctx.now):
        slot = slots.get(session.slot)
        session.title = rhythm.title
        if slot is None:
            effects += await _cancelled(ctx, session)
        elif slot.at != session.starts_at:
            effects += await _moved(ctx, session, rhythm, slot.at)
        else:
            effects.append(Redraw("session", session.id))
    return effects


async def _cancelled(ctx: Context, session: Session) -> list[Effect]:
    session.state, session.sequence = CANCELLED, session.sequence + 1
    stopped: list[Effect] = [NoLonger(soon_key(session.id)), NoLonger(over_key(session.id))]
    coming = await sessions.who(ctx.db, session.id, COMING)
    stopped += [NoLonger(mine_key(session.id, member)) for member in coming]
    return [*stopped, Redraw("session", session.id), *await _told(ctx, session)]


async def _moved(ctx: Context, session: Session, rhythm: Rhythm, at: datetime) -> list[Effect]:
    by = at - session.starts_at
    session.starts_at, session.sequence = at, session.sequence + 1
    effects = [*_clocks(session, rhythm, ctx.now), Redraw("session", session.id)]
    for member in await sessions.who(ctx.db, session.id, COMING):
        due = await timers.due_at(ctx.db, mine_key(session.id, member))
        if due is not None:
            effects.append(Later(due + by, MyReminder(session=session.id, member=member), mine_key(session.id, member)))
    return [*effects, *await _told(ctx, session)]


async def _told(ctx: Context, session: Session) -> list[Effect]:
    """Those who come are told, once for each change."""
    return [
        Direct(
            "session_news",
            session.id,
            member,
            Kind.ASKED_FOR,
            about=session.space_id,
            key=f"session:{session.id}:{session.sequence}:{member}",
        )
        for member in await sessions.who(ctx.db, session.id, COMING)
    ]
