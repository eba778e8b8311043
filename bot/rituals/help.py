"""Help: what this is and every command there is, made from what the rituals declare."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from bot.context import Context
from bot.core.help import help_card, welcome_sentence
from bot.core.people import Role
from bot.core.replies import Reply
from bot.core.ritual import Ritual
from bot.core.ui import Button, Card, Run
from storage.members import Member

ritual = Ritual("help")


@ritual.command("rounds help", "What I can do, and what I keep", role=Role.MEMBER, reads=True)
async def show_help(ctx: Context, text: str) -> Reply:
    return Reply(help_card(ctx.commands, Role(ctx.member.role)))


@ritual.at_home(10)
async def first_words(db: AsyncSession, member: Member, now: datetime) -> Card:
    return Card("Rounds", welcome_sentence(), buttons=(Button("All I can do", Run(command="rounds help")),))
