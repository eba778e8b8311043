"""When it is over: who was there, and what is left of it for those who were not."""

from __future__ import annotations

from bot.context import Context
from bot.core.errors import Fixable
from bot.core.people import Role
from bot.core.replies import Effect, Redraw, Reply
from bot.core.ui import say
from bot.rituals.sessions.coming import may_run, opened
from bot.rituals.sessions.declared import AddWhatIsLeft, HowMany, PeopleAtSite, RemoveLeft, WasThere, WhatIsLeft, ritual
from bot.services.digested import digests_with
from storage import audit, sessions
from storage.sessions import Session


async def _begun(ctx: Context, session_id: int) -> Session:
    session = await opened(ctx, session_id)
    if session.starts_at > ctx.now:
        raise Fixable("It has not begun yet.")
    return session


def _drawn(session: Session) -> tuple[Redraw, ...]:
    return (Redraw("session", session.id), Redraw("session_after", session.id))


@ritual.click(role=Role.MEMBER)
async def was_there(ctx: Context, click: WasThere) -> tuple[Effect, ...]:
    session = await _begun(ctx, click.session)
    await sessions.was_there(ctx.db, session.id, ctx.member.id, ctx.now)
    return (*_drawn(session), Reply(say("Noted: you were there.")))


@ritual.click(role=Role.MEMBER, form=PeopleAtSite)
async def how_many(ctx: Context, click: HowMany, form: PeopleAtSite) -> tuple[Effect, ...]:
    session = await _begun(ctx, click.session)
    await sessions.counted(ctx.db, session.id, ctx.member.id, ctx.now, people=form.people, site=form.site)
    return (*_drawn(session), Reply(say("Noted. Nobody is named; only the number stands.")))


@ritual.click(role=Role.MEMBER, form=WhatIsLeft)
async def add_what_is_left(ctx: Context, click: AddWhatIsLeft, form: WhatIsLeft) -> tuple[Effect, ...]:
    session = await _begun(ctx, click.session)
    await sessions.note(ctx.db, session, ctx.member.id, form.kind, form.url, form.text, ctx.now)
    return (*_drawn(session), Reply(say("It stands with the meeting, for those who were not there.")))


@ritual.click(role=Role.MEMBER)
async def remove_left(ctx: Context, click: RemoveLeft) -> tuple[Effect, ...]:
    left = await sessions.get_note(ctx.db, click.note)
    if left is None:
        raise Fixable("This is gone already.")
    session = await opened(ctx, left.session_id)
    if left.author_id != ctx.member.id:
        if not await may_run(ctx, session):
            raise Fixable("Only whoever added it, a host, or who looks after the channel can remove it.")
        audit.note(ctx.db, ctx.community.id, ctx.member.id, ctx.now, "session.note_removed", f"session:{session.id}")
    await sessions.remove_note(ctx.db, session, left.id)
    told = await digests_with(ctx.db, sessions.KIND, session.id)
    return (*_drawn(session), *told, Reply(say("It is gone.")))
