"""A member who goes comes to no meeting; with all they wrote, their notes go."""

from __future__ import annotations

from sqlalchemy import delete

from bot.context import Context
from bot.core.replies import Direct, Effect, Kind, Redraw
from bot.rituals.sessions.declared import WHO_COMES
from bot.rituals.sessions.events import EVENT
from bot.services.digested import digests_with
from storage import erasing, sessions
from storage.sessions import Rsvp, Session, SessionNote


async def places_given_up(ctx: Context, member_id: int) -> list[Effect]:
    """Their places go to who waits for one."""
    effects: list[Effect] = []
    answered = await ctx.db.scalars(delete(Rsvp).where(Rsvp.member_id == member_id).returning(Rsvp.session_id))
    for session_id in sorted(answered):
        session = await sessions.held(ctx.db, session_id)
        if session is None:
            continue
        effects += [Redraw(card, session.id) for card in WHO_COMES]
        if session.state == sessions.PLANNED and sessions.ends(session) > ctx.now:
            promoted = await sessions.promote(ctx.db, session, ctx.now)
            effects += [
                Direct("session_place", session.id, it, Kind.ASKED_FOR, about=session.space_id) for it in promoted
            ]
    for session_id in await erasing.hosts_no_more(ctx.db, member_id):
        effects += [Redraw(card, session_id) for card in ("session", "session_soon", EVENT)]
    return effects


async def notes_taken_back(ctx: Context, member_id: int) -> list[Effect]:
    theirs = delete(SessionNote).where(SessionNote.author_id == member_id).returning(SessionNote.session_id)
    effects: list[Effect] = []
    for session_id in sorted(set(await ctx.db.scalars(theirs))):
        session = await ctx.db.get_one(Session, session_id)
        await sessions.reindex(ctx.db, session)
        effects += [Redraw(card, session_id) for card in ("session", "session_after")]
        effects += await digests_with(ctx.db, sessions.KIND, session_id)
    return effects
