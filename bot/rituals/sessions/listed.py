"""/rounds sessions: what is coming up, and what one can catch up on."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from bot.context import Context
from bot.core.people import Role, Viewer
from bot.core.replies import Reply
from bot.core.text import Bold, Span, When
from bot.core.ui import Button, Card, Section
from bot.rituals.sessions.cards import come_buttons, in_a_list, what_is_left
from bot.rituals.sessions.declared import MyCalendar, ritual
from bot.services.links import links_to
from storage import sessions
from storage.members import Member
from storage.sessions import Session

COMING_UP, CATCH_UP = 5, 4


@ritual.command(
    "rounds sessions", "See what meetings come up, and catch up on those that were", role=Role.MEMBER, reads=True
)
async def list_sessions(ctx: Context, text: str) -> Reply:
    coming = await sessions.coming_up(ctx.db, ctx.viewer, ctx.now, COMING_UP)
    lines = await _lines(ctx.db, coming, ctx.member.id, ctx.viewer, ctx.now)
    was = await sessions.lately(ctx.db, ctx.viewer, ctx.now, CATCH_UP)
    if was:
        lines.append(Section((Bold("Catch up"),)))
    for session in was:
        words: list[Span] = [Bold(session.title), " · ", When(session.starts_at)]
        words += await what_is_left(ctx.db, session)
        lines.append(Section(tuple(words)))
    body = () if coming else ("No meeting is announced yet.",)
    return Reply(Card("Meetings", body, sections=tuple(lines), buttons=(Button("My calendar", MyCalendar()),)))


async def _lines(
    db: AsyncSession, found: list[Session], member_id: int, viewer: Viewer, now: datetime
) -> list[Section]:
    links = await links_to(db, "session", [session.id for session in found], "Open", viewer, now)
    lines = []
    for session in found:
        words = await in_a_list(db, session, member_id)
        words += [" · ", links[session.id]] if session.id in links else []
        lines.append(Section(tuple(words), come_buttons(session)))
    return lines


@ritual.at_home(10)
async def coming_up(db: AsyncSession, member: Member, now: datetime) -> Card | None:
    """The next one, at home."""
    viewer = Viewer(member.community_id, member=member.id, role=Role(member.role))
    lines = await _lines(db, await sessions.coming_up(db, viewer, now, 2), member.id, viewer, now)
    return Card("Coming up", sections=tuple(lines)) if lines else None
