"""A digest falls due: it is put together and sent, or there is nothing to say; the next one is planned either way."""

from __future__ import annotations

from datetime import timedelta

from bot.context import Context
from bot.core.replies import Direct, Effect, Kind, Later, NoLonger
from bot.rituals.digests.declared import DigestDue, due_key, ritual
from bot.rituals.digests.gathering import lines_for
from bot.rituals.digests.when import next_due
from storage import digests
from storage.digests import DigestPlan
from storage.members import Member

OF_USE = timedelta(hours=12)  # after that it is not sent any more


@ritual.timer
async def digest_due(ctx: Context, due: DigestDue) -> tuple[Effect, ...]:
    member, plan = await ctx.db.get(Member, due.member), await digests.plan_of(ctx.db, due.member)
    if member is None or plan is None or plan.paused or member.blocked_at is not None:
        return ()
    lines = await lines_for(ctx.db, member, plan, ctx.now)
    plan.built_at = ctx.now
    planned = planned_next(ctx, member, plan)
    if not lines:
        return (planned,)
    issue = await digests.issue(ctx.db, member.id, lines, ctx.now)
    return planned, Direct("digest", issue.id, member.id, Kind.DIGEST, until=ctx.now + OF_USE)


def planned_next(ctx: Context, member: Member, plan: DigestPlan) -> Effect:
    at = next_due(plan, member.zone, member.away_until, ctx.now)
    return Later(at, DigestDue(member=member.id), due_key(member.id)) if at else NoLonger(due_key(member.id))


async def digest_follows(ctx: Context, member: Member) -> tuple[Effect, ...]:
    """Their zone or their days away changed: so does when their digest comes."""
    plan = await digests.plan_of(ctx.db, member.id)
    return (planned_next(ctx, member, plan),) if plan is not None else ()


async def digest_moves(ctx: Context, gone: int) -> tuple[Effect, ...]:
    """Another member became one with whoever acts: there is one digest from now on."""
    return (NoLonger(due_key(gone)), *await digest_follows(ctx, ctx.member))


async def digest_ends(ctx: Context, member: Member) -> tuple[Effect, ...]:
    """They want none any more."""
    await digests.end(ctx.db, member.id)
    return (NoLonger(due_key(member.id)),)
