"""A meeting's date comes near: it is announced. Its schedule changes: so does what was announced, and who comes is told once."""

from __future__ import annotations

from datetime import datetime, timedelta

from bot.context import Context
from bot.core.replies import Direct, Effect, Kind, Later, NoLonger, Post, Redraw, Withdraw
from bot.core.ritual import Occasion
from bot.rituals.sessions.declared import WHO_COMES, MyReminder, Over, Soon, mine_key, over_key, ritual, soon_key
from bot.rituals.sessions.events import EVENT, as_events
from bot.rituals.sessions.following import fates
from bot.services.digested import digests_with
from bot.services.rhythms import recurrence_of
from storage import sessions
from storage.ledger import rhythms, timers
from storage.ledger.rhythms import Rhythm
from storage.sessions import CANCELLED, COMING, MEETING, MINUTES, PLANNED, Session

REMINDED_BEFORE = 60  # minutes


@ritual.rhythm(MEETING)
async def announce(ctx: Context, occasion: Occasion) -> tuple[Effect, ...]:
    rhythm = await ctx.db.get_one(Rhythm, occasion.rhythm)
    session = await sessions.add(ctx.db, await _made_of(ctx, rhythm, occasion))
    posts = (Post("session", session.id, space=session.space_id), *await as_events(ctx, session))
    return (*posts, *_clocks(session, rhythm, ctx.now))


async def _made_of(ctx: Context, rhythm: Rhythm, occasion: Occasion) -> Session:
    more = dict(rhythm.more)
    themes = more.pop("themes", [])
    if themes:  # in turn
        held = await rhythms.how_often(ctx.db, rhythm.id, occasion.slot)
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
    """What was announced and is still to come is brought into line with its schedule; what comes back is on again."""
    recurrence = recurrence_of(rhythm) if rhythm.ended_at is None else None
    effects: list[Effect] = []
    for fate in fates(await sessions.of_rhythm(ctx.db, rhythm.id), recurrence, ctx.now):
        if fate.at is None:
            effects += await _cancelled(ctx, fate.session)
        elif fate.is_news:
            effects += await _moved(ctx, fate.session, rhythm, fate.at)
        else:
            await sessions.change(ctx.db, fate.session, title=rhythm.title)
            effects += [Redraw("session", fate.session.id), Redraw(EVENT, fate.session.id)]
    return effects


async def _cancelled(ctx: Context, session: Session) -> list[Effect]:
    await sessions.change(ctx.db, session, state=CANCELLED)
    stopped: list[Effect] = [NoLonger(soon_key(session.id)), NoLonger(over_key(session.id))]
    stopped += [NoLonger(key) for key in await timers.beginning(ctx.db, mine_key(session.id))]
    drawn: list[Effect] = [Redraw(card, session.id) for card in WHO_COMES if card != "session_soon"]
    drawn += [Withdraw("session_soon", session.id)]
    drawn += [Withdraw(EVENT, session.id), *await digests_with(ctx.db, sessions.KIND, session.id)]
    return [*stopped, *drawn, *await _told(ctx, session)]


async def _moved(ctx: Context, session: Session, rhythm: Rhythm, at: datetime) -> list[Effect]:
    by, was_cancelled = at - session.starts_at, session.state == CANCELLED
    session.more = {name: value for name, value in session.more.items() if name != "why"}
    await sessions.change(ctx.db, session, title=rhythm.title, at=at, state=PLANNED)
    effects = [*_clocks(session, rhythm, ctx.now), Redraw("session", session.id), Withdraw("session_soon", session.id)]
    effects += await digests_with(ctx.db, sessions.KIND, session.id)
    effects += [Redraw(EVENT, session.id), *(await as_events(ctx, session) if was_cancelled else [])]
    for key, timer in (await timers.beginning(ctx.db, mine_key(session.id))).items():
        is_to_come = timer.due + by > ctx.now
        effects.append(Later(timer.due + by, MyReminder.unpack(timer.action), key) if is_to_come else NoLonger(key))
    return [*effects, *await _told(ctx, session)]


async def _told(ctx: Context, session: Session) -> list[Effect]:
    """Those who host it and those who come are told, once for each change; a host who makes it knows."""
    by = ctx.actor.id if ctx.actor else None
    hosting = [host for host in sessions.hosts(session) if host != by]
    return [
        Direct(
            "session_news",
            session.id,
            member,
            Kind.ASKED_FOR,
            about=session.space_id,
            key=f"session:{session.id}:{session.sequence}:{member}",
        )
        for member in dict.fromkeys([*hosting, *await sessions.who(ctx.db, session.id, COMING)])
    ]
