"""Putting a message forward for the digest: one's own line on why others should read it, and a link."""

from __future__ import annotations

from bot.context import Context
from bot.core.errors import Fixable
from bot.core.events import MessageGone
from bot.core.people import Role
from bot.core.replies import Effect, Redraw, Reply
from bot.core.text import Channel
from bot.core.ui import Button, Card, say
from bot.rituals.digests.declared import LeaveMeOut, LetMeIn, TakeBack, ritual
from bot.services.digested import digests_with
from bot.services.looking_after import looks_after
from storage import activity, audit, forwarded, visibility
from storage.communities import Place
from storage.members import Member

MOST_A_WEEK = 5  # by one member: a digest has room for two


async def put_forward(ctx: Context, there: Place, message: str, author: Member, line: str) -> Reply:
    """Raises Fixable."""
    if not line:
        raise Fixable("Say in one line why others should read it.", "why")
    if await forwarded.is_left_out(ctx.db, there.id, author.id):
        raise Fixable("Whoever wrote this wants their messages left out.")
    if await forwarded.how_many_by(ctx.db, ctx.member.id, ctx.now - forwarded.WEEK) >= MOST_A_WEEK:
        raise Fixable(f"You put {MOST_A_WEEK} messages forward this week. That is as many as digests have room for.")
    where = {"community_id": ctx.community.id, "space_id": there.space_id, "place_id": there.id}
    who = {"author_id": author.id, "by_id": ctx.member.id}
    one = await forwarded.put_forward(ctx.db, **where, **who, message=message, line=line, now=ctx.now)
    if one is None:
        raise Fixable("Somebody put this forward already.")
    words = ("It may stand in the next digest of ", Channel(there.name, there.ref), ": your line and a link.")
    return Reply(Card(body=words, buttons=(Button("Take it back", TakeBack(forwarded=one)),)))


@ritual.click(role=Role.MEMBER)
async def take_back(ctx: Context, click: TakeBack) -> tuple[Effect, ...]:
    one = await forwarded.get(ctx.db, click.forwarded, ctx.viewer, ctx.now)
    if one is None:
        raise Fixable("It is gone already.")
    if ctx.member.id not in (one.by_id, one.author_id):
        if not await looks_after(ctx, one.space_id):
            raise Fixable("Only whoever put it forward, wrote it, or looks after the channel can take it back.")
        audit.note(ctx.db, ctx.community.id, ctx.member.id, ctx.now, "forwarded.removed", f"forwarded:{one.id}")
    drawn = await digests_with(ctx.db, forwarded.KIND, one.id)
    await forwarded.remove(ctx.db, one.id)
    out = (Button("Leave my messages out", LeaveMeOut(place=one.place_id)),) if one.author_id == ctx.member.id else ()
    return (*drawn, Reply(Card(body=("Taken out: it stands in no digest.",), buttons=out)))


@ritual.on(MessageGone)
async def message_gone(ctx: Context, event: MessageGone) -> tuple[Effect, ...]:
    if ctx.place is None:
        return ()
    gone = await forwarded.message_gone(ctx.db, ctx.place.id, event.message)
    quiet = await activity.thread_gone(ctx.db, ctx.place.id, event.message)
    told = await digests_with(ctx.db, forwarded.KIND, *gone)
    return (*told, *await digests_with(ctx.db, activity.KIND, *quiet))


@ritual.click(role=Role.MEMBER)
async def leave_me_out(ctx: Context, click: LeaveMeOut) -> tuple[Effect, ...]:
    place = await _place(ctx, click.place)
    drawn: list[Redraw] = []
    if await forwarded.leave_out(ctx.db, place.id, ctx.member.id):
        counted = await activity.leave_out(ctx.db, place.id, ctx.member.id)
        drawn = await digests_with(ctx.db, activity.KIND, *counted)
        written = await forwarded.written_by(ctx.db, place.id, ctx.member.id)
        drawn += await digests_with(ctx.db, forwarded.KIND, *written)
        for put_forward_once in written:
            await forwarded.remove(ctx.db, put_forward_once)
    words = "Your messages in ", Channel(place.name, place.ref), " are left out: not counted, and in no digest."
    return (*drawn, Reply(Card(body=words, buttons=(Button("Let them in again", LetMeIn(place=place.id)),))))


@ritual.click(role=Role.MEMBER)
async def let_me_in(ctx: Context, click: LetMeIn) -> Reply:
    place = await _place(ctx, click.place)
    await forwarded.let_in(ctx.db, place.id, ctx.member.id)
    return Reply(say("Your messages in ", Channel(place.name, place.ref), " may be counted and put forward again."))


async def _place(ctx: Context, place_id: int) -> Place:
    place = (await visibility.readable(ctx.db, [place_id], ctx.viewer, ctx.now)).get(place_id)
    if place is None:
        raise Fixable("This channel is gone, or you can't see it any more.")
    return place
