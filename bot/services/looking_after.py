"""Who looks after a channel: the facilitators look after all of them, others after those that they were asked to."""

from __future__ import annotations

from bot.context import Context
from bot.core.people import Role
from storage import looking_after


async def looks_after(ctx: Context, space_id: int) -> bool:
    """Whether whoever acts does. That they can see the channel at all is checked when what stands in it is read."""
    if ctx.member.role >= Role.FACILITATOR:
        return True
    return await looking_after.looks_after(ctx.db, ctx.member.id, space_id)
