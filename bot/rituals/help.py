"""Help: what this is and every command there is, made from what the rituals declare; and what one has not sent yet."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from bot.context import Context
from bot.core.help import help_card, welcome_sentence
from bot.core.people import Role
from bot.core.replies import Reply
from bot.core.ritual import Ritual
from bot.core.text import Quoted, shortened
from bot.core.ui import Button, Card, Resume, Run, Section
from storage import drafts
from storage.members import Member

ritual = Ritual("help")
SHOWN = 3


@ritual.command("rounds help", "What I can do, and what I keep", role=Role.MEMBER, reads=True)
async def show_help(ctx: Context, text: str) -> Reply:
    card = help_card(ctx.offered.commands, Role(ctx.member.role))
    not_sent = await unsent(ctx.db, ctx.member, ctx.now)
    return Reply(replace(card, sections=(*not_sent, *card.sections)))


@ritual.at_home(10)
async def first_words(db: AsyncSession, member: Member, now: datetime) -> Card:
    return Card("Rounds", welcome_sentence(), buttons=(Button("All I can do", Run(command="rounds help")),))


@ritual.at_home(25)
async def not_sent_yet(db: AsyncSession, member: Member, now: datetime) -> Card | None:
    lines = await unsent(db, member, now)
    return Card("Not sent yet", sections=lines) if lines else None


async def unsent(db: AsyncSession, member: Member, now: datetime) -> tuple[Section, ...]:
    """What was typed into a form that was not sent, each with a button to go on."""
    lines = []
    for draft in await drafts.unsent(db, member.id, now, SHOWN):
        words = (
            max((value for value in draft.filled.values() if isinstance(value, str)), key=len, default="") or "a form"
        )
        button = Button("Open it again", Resume(draft=draft.id))
        lines.append(Section(("Not sent yet: ", Quoted(shortened(words, 80))), (button,)))
    return tuple(lines)
