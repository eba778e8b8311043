"""Meetings as somebody finds them: when, and what is left of those that were."""

from __future__ import annotations

from collections.abc import Sequence

from bot.context import Context
from bot.core.text import Bold, Text
from bot.core.ui import Button
from bot.rituals.sessions.cards import about, come_buttons, is_over, what_is_left
from storage import sessions
from storage.sessions import Session

LETTER = "M"


def reference(session: Session) -> str:
    return f"{LETTER}-{session.id}"


async def found_sessions(ctx: Context, ids: Sequence[int]) -> dict[int, tuple[Text, tuple[Button, ...]]]:
    """Those that the one who looks may see: what to say of each, and what they can do. One that is cancelled is not found."""
    found: dict[int, tuple[Text, tuple[Button, ...]]] = {}
    for id, session in (await sessions.several(ctx.db, list(ids), ctx.viewer, ctx.now)).items():
        if session.state == sessions.CANCELLED:
            continue
        buttons = () if is_over(session, ctx.now) else come_buttons(session)
        named = (Bold(session.title), f"\nMeeting {reference(session)}: ")
        found[id] = (*named, *await about(ctx.db, session), *await what_is_left(ctx.db, session)), buttons
    return found


async def session_title(ctx: Context, session_id: int) -> str:
    """Its title, or nothing where the one who looks may not see it."""
    session = await sessions.get(ctx.db, session_id, ctx.viewer, ctx.now)
    return session.title if session else ""
