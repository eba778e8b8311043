"""Two members become one: so do their reminders, and a place at a meeting that both had taken is free."""

from __future__ import annotations

from collections.abc import Collection

from bot.context import Context
from bot.core.replies import Direct, Effect, Kind, Later, NoLonger, Redraw
from bot.rituals.sessions.cards import is_over
from bot.rituals.sessions.declared import WHO_COMES, MyReminder, mine_key
from storage import sessions
from storage.ledger import timers
from storage.sessions import COMING, NO


async def answered_by_both(ctx: Context, one: int, other: int) -> set[int]:
    """The meetings of which both have said whether they come."""
    first, second = [
        set().union(*[await sessions.answered(ctx.db, member, answer) for answer in (*COMING, NO)])
        for member in (one, other)
    ]
    return first & second


async def meetings_move(ctx: Context, gone: int, both: Collection[int]) -> list[Effect]:
    """After ``gone`` became one with whoever acts; ``both`` are the meetings that both had answered."""
    effects: list[Effect] = []
    theirs = await timers.beginning(ctx.db, "session:", f":mine:{gone}")
    own = await timers.beginning(ctx.db, "session:", f":mine:{ctx.member.id}")
    for key, timer in theirs.items():
        session = MyReminder.unpack(timer.action).session
        effects.append(NoLonger(key))
        mine = MyReminder(session=session, member=ctx.member.id)
        if mine_key(session, ctx.member.id) not in own:
            effects.append(Later(timer.due, mine, mine_key(session, ctx.member.id)))
    for session_id in sorted(both):
        held = await sessions.held(ctx.db, session_id)
        if held is None or is_over(held, ctx.now):
            continue
        about = held.space_id
        promoted = await sessions.promote(ctx.db, held, ctx.now)
        effects += [Direct("session_place", held.id, it, Kind.ASKED_FOR, about=about) for it in promoted]
        effects += [Redraw(card, held.id) for card in WHO_COMES]
    return effects
