"""Whether one comes: yes, maybe, no; a place in the queue when it is full; a reminder of one's own."""

from __future__ import annotations

from datetime import timedelta

from bot.context import Context
from bot.core.errors import Fixable
from bot.core.people import Role
from bot.core.replies import Direct, Effect, Kind, Later, NoLonger, Redraw, Reply
from bot.core.text import Bold, When, shortened
from bot.core.ui import Button, Card, say
from bot.rituals.sessions.cards import SAID, is_over
from bot.rituals.sessions.declared import (
    WHO_COMES,
    CancelMeeting,
    Come,
    InMyCalendar,
    MoreOfSession,
    MyReminder,
    RemindMe,
    RemoveLeft,
    WhenToRemind,
    mine_key,
    ritual,
)
from bot.services.looking_after import looks_after
from storage import sessions
from storage.sessions import CANCELLED, MAYBE, NO, YES, Session

MOST_BUTTONS = 10
GONE = "This meeting is gone, or you can't see its channel any more."


async def opened(ctx: Context, session_id: int) -> Session:
    """The session, held so that two who act at once act one after the other. Raises Fixable."""
    session = await sessions.get_for_change(ctx.db, session_id, ctx.viewer, ctx.now)
    if session is None:
        raise Fixable(GONE)
    return session


async def still_to_come(ctx: Context, session_id: int) -> Session:
    session = await opened(ctx, session_id)
    if session.state == CANCELLED:
        raise Fixable("This meeting is cancelled.")
    if is_over(session, ctx.now):
        raise Fixable("This meeting is over.")
    return session


async def may_run(ctx: Context, session: Session) -> bool:
    """Whether the one who acts hosts it, or looks after its channel."""
    return ctx.member.id in sessions.hosts(session) or await looks_after(ctx, session.space_id)


@ritual.click(role=Role.MEMBER)
async def come(ctx: Context, click: Come) -> tuple[Effect, ...]:
    if click.answer not in (YES, MAYBE, NO):
        raise Fixable("This button no longer does anything.")
    session = await still_to_come(ctx, click.session)
    said = await sessions.answer(ctx.db, session, ctx.member.id, click.answer, ctx.now)
    promoted = await sessions.promote(ctx.db, session, ctx.now)
    told = [Direct("session_place", session.id, it, Kind.ASKED_FOR, about=session.space_id) for it in promoted]
    drawn = [Redraw(card, session.id) for card in WHO_COMES]
    buttons = (Button("Remind me", RemindMe(session=session.id)),) if said in (YES, MAYBE) else ()
    stopped = [NoLonger(mine_key(session.id, ctx.member.id))] if said == NO else []
    return (*drawn, *told, *stopped, Reply(Card(body=(SAID[said],), buttons=buttons)))


@ritual.click(role=Role.MEMBER, reads=True)
async def more_of_session(ctx: Context, click: MoreOfSession) -> Reply:
    session = await sessions.get(ctx.db, click.session, ctx.viewer, ctx.now)
    if session is None:
        raise Fixable(GONE)
    runs_it = await may_run(ctx, session)
    buttons = []
    if session.state != CANCELLED and not is_over(session, ctx.now):
        buttons = [
            Button("Remind me", RemindMe(session=session.id)),
            Button("Add to my calendar", InMyCalendar(session=session.id)),
        ]
        if session.starts_at > ctx.now and runs_it:
            buttons.append(Button("Cancel this meeting", CancelMeeting(session=session.id), "danger"))
    for left in await sessions.notes(ctx.db, session.id):
        if left.author_id == ctx.member.id or runs_it:
            buttons.append(
                Button(f"Remove: {shortened(left.text or left.kind, 40)}", RemoveLeft(note=left.id), "danger")
            )
    words = () if buttons else (": there is nothing more to do.",)
    return Reply(Card(body=(Bold(session.title), *words), buttons=tuple(buttons[:MOST_BUTTONS])))


@ritual.click(role=Role.MEMBER, form=WhenToRemind)
async def remind_me(ctx: Context, click: RemindMe, form: WhenToRemind) -> tuple[Effect, ...]:
    session = await still_to_come(ctx, click.session)
    at = session.starts_at - timedelta(minutes=int(form.minutes))
    if at <= ctx.now:
        raise Fixable("It begins sooner than that. Choose a shorter time.", "minutes")
    mine = MyReminder(session=session.id, member=ctx.member.id)
    return (Later(at, mine, mine_key(session.id, ctx.member.id)), Reply(say("I'll remind you ", When(at), ".")))
