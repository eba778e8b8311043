"""Meetings in a platform's own calendar, and what pressing "Interested" there means here: maybe."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from bot.context import Context
from bot.core.events import Interest, PlaceChanged
from bot.core.people import Viewer
from bot.core.replies import Effect, NoLonger, Post, Redraw
from bot.core.text import Channel, Quoted, Span
from bot.core.ui import Card, Planned
from bot.rituals.sessions.cards import is_over
from bot.rituals.sessions.declared import WHO_COMES, mine_key, ritual
from storage import communities, members, sessions
from storage.communities import Place
from storage.ledger import deliveries
from storage.ledger.deliveries import DEAD
from storage.sessions import CANCELLED, MAYBE, NO, WAITING, YES, Rsvp, Session

EVENT = "session_event"


async def as_events(ctx: Context, session: Session) -> list[Effect]:
    """One in each workspace whose platform has a calendar, unless it stands there: all of the workspace sees it.

    So a closed place has none.
    """
    if session.starts_at <= ctx.now:
        return []
    places: dict[tuple[str, str], Place] = {}
    for place in await communities.places_of_space(ctx.db, session.space_id):
        if place.platform in ctx.offered.events and not place.closed:
            places.setdefault((place.platform, place.workspace), place)
    posts: list[Effect] = []
    for place in places.values():
        there = await deliveries.latest(ctx.db, EVENT, session.id, place.id, held=True)
        if there is None or there.state == DEAD:
            key = f"event:{session.id}:{session.sequence}"
            posts.append(Post(EVENT, session.id, place=place.id, key=key, as_event=True))
    return posts


@ritual.card(EVENT)
async def event_card(db: AsyncSession, session_id: int, viewer: Viewer, now: datetime) -> Card | None:
    session = await sessions.get(db, session_id, viewer, now)
    place = await db.get(Place, viewer.place) if viewer.place is not None else None
    if session is None or place is None or place.closed:
        return None
    kind = session.more.get("kind", "")
    words: list[Span] = [f"{kind.capitalize()}\n" if kind and kind != "other" else ""]
    for number, host in enumerate(hosts := sessions.hosts(session)):
        words += [" and " if number else "Hosted by ", await members.as_person(db, host)]
    words += ["\n"] if hosts else []
    words += [Quoted(session.more["topic"]), "\n"] if session.more.get("topic") else []
    words += ["Say whether you come in ", Channel(place.name, place.ref), "."]
    where = session.more.get("where") or f"#{place.name}"
    planned = Planned(session.starts_at, sessions.ends(session), where, cancelled=session.state == CANCELLED)
    return Card(session.title, tuple(words), planned=planned)


@ritual.on(PlaceChanged)
async def closed(ctx: Context, event: PlaceChanged) -> tuple[Effect, ...]:
    """What is for its members alone is no longer shown to the whole workspace."""
    assert ctx.place is not None
    if not ctx.place.closed:
        return ()
    return tuple(Redraw(EVENT, it.subject) for it in await deliveries.standing(ctx.db, EVENT, ctx.place.id))


@ritual.on(Interest)
async def somebody_is_interested(ctx: Context, event: Interest) -> tuple[Effect, ...]:
    """What they said by a button counts for more, unless they have pressed this since."""
    assert ctx.place is not None
    delivery = await deliveries.of_message(ctx.db, ctx.place.id, event.message)
    if delivery is None or delivery.card != EVENT:
        return ()
    session = await sessions.get_for_change(ctx.db, delivery.subject, ctx.viewer, ctx.now)
    if session is None or session.state == CANCELLED or is_over(session, ctx.now):
        return ()
    said = await ctx.db.get(Rsvp, (session.id, ctx.member.id), populate_existing=True)
    if said is not None and (event.at is None or said.since > event.at):
        return ()
    answer, at = said.answer if said is not None else None, event.at or ctx.now
    if event.interested and answer not in (YES, MAYBE, WAITING):
        await sessions.answer(ctx.db, session, ctx.member.id, MAYBE, at)
        stopped: tuple[Effect, ...] = ()
    elif not event.interested and answer == MAYBE:
        await sessions.answer(ctx.db, session, ctx.member.id, NO, at)
        stopped = (NoLonger(mine_key(session.id, ctx.member.id)),)
    else:
        return ()
    return (*stopped, *(Redraw(card, session.id) for card in WHO_COMES))
