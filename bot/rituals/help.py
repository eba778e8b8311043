"""Help: what this is and every command there is, made from what the rituals declare."""

from __future__ import annotations

from bot.context import Context
from bot.core.help import help_card
from bot.core.people import Role
from bot.core.replies import Reply
from bot.core.ritual import Ritual

ritual = Ritual("help")


@ritual.command("rounds help", "What I can do, and what I keep", role=Role.MEMBER, reads=True)
async def show_help(ctx: Context, text: str) -> Reply:
    return Reply(help_card(ctx.commands, Role(ctx.member.role)))
