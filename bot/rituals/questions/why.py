"""Why somebody was asked, in words for them."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from bot.core.people import Viewer
from bot.core.text import Bold, Span, Text
from storage import questions


async def why(db: AsyncSession, reasons: list[str], viewer: Viewer, now: datetime) -> Text:
    """The reasons for asking this person, in words, naming nothing they can no longer see."""
    answered = [int(reason.partition(":")[2]) for reason in reasons if reason.startswith("answered:")]
    topics = [reason.partition(":")[2] for reason in reasons if reason.startswith("topic:")]
    visible = await questions.several(db, answered, viewer, now)
    parts: list[Span] = []
    for question_id in answered:
        if question_id in visible:
            parts += ["you replied to “", Bold(visible[question_id].title), "”"]
        else:
            parts += ["you replied to something like it"]
    if topics:
        parts += [" and " if parts else "", "you said you can help with ", Bold(", ".join(topics))]
    if "suggested" in reasons:
        parts += ["a facilitator thought of you"]
    return (*parts, ".")
