"""What somebody types in their direct messages with us is read by nobody: they are told so, and how to be heard."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy.ext.asyncio import AsyncSession

from bot.context import Context
from bot.core.events import TypedDirectly
from bot.core.people import Viewer
from bot.core.replies import Direct, Kind
from bot.core.text import Bold, Span
from bot.core.ui import Button, Card, Run
from bot.rituals.questions.declared import Answer, ritual
from bot.services.links import links_to
from storage import invitations, questions

AGAIN_AFTER = timedelta(hours=1)  # to somebody who goes on typing it is said once an hour
LOOKED_AT = 5  # of the newest questions they were asked


@ritual.on(TypedDirectly)
async def nobody_reads_this(ctx: Context, event: TypedDirectly) -> Direct:
    hour = int(ctx.now.timestamp() // AGAIN_AFTER.total_seconds())
    return Direct(
        "unread",
        ctx.member.id,
        ctx.member.id,
        Kind.ASKED_FOR,
        key=f"unread:{ctx.member.id}:{hour}",
        until=ctx.now + AGAIN_AFTER,
        account=ctx.account,
    )


@ritual.card("unread")
async def unread_card(db: AsyncSession, member_id: int, viewer: Viewer, now: datetime) -> Card | None:
    """No question is named: what is removed or edited later would go on standing here."""
    if viewer.member != member_id:
        return None
    asked = [it.question_id for it in await invitations.waiting_for(db, member_id, LOOKED_AT)]
    waiting = [id for id in asked if await questions.get(db, id, viewer, now) is not None]
    body: list[Span] = ["What you type here reaches nobody: I don't read it, and nothing of it is kept."]
    buttons = [Button("Ask a question", Run(command="ask")), Button("All I can do", Run(command="rounds help"))]
    if len(waiting) == 1:
        body += ["\nTo answer the question that you were asked, press ", Bold("Answer"), ", or reply in its thread."]
        links = await links_to(db, "question", waiting, "Open the question", viewer, now)
        body += ["\n", links[waiting[0]]] if waiting[0] in links else []
        buttons.insert(0, Button("Answer", Answer(question=waiting[0]), "primary"))
    elif waiting:
        body += ["\nTo answer a question that you were asked, press ", Bold("Answer")]
        body += [" in its message above, or reply in its thread."]
    else:
        body += ["\nThe messages above have buttons for what they are about."]
    return Card(body=tuple(body), buttons=tuple(buttons))
