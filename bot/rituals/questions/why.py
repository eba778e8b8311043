"""Why somebody was asked, in words for them."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from bot.core.people import Viewer
from bot.core.text import Bold, Span, Text
from storage import members, questions

PLAIN = {
    "suggested": "a facilitator thought of you",
    "tagged": "you answered questions with the same tags",
    "active": "you have helped here lately",
    "peer": "I don't want to ask the same people every time",
}


async def why(db: AsyncSession, reasons: list[str], viewer: Viewer, now: datetime) -> Text:
    """The reasons for asking this person, in words, naming nothing they can no longer see."""
    answered = [int(value) for name, value in map(_parted, reasons) if name == "answered"]
    topics = [value for name, value in map(_parted, reasons) if name == "topic"]
    suggesting = [int(value) for name, value in map(_parted, reasons) if name == "suggested" and value]
    still_here = await members.several(db, suggesting)
    visible = await questions.several(db, answered, viewer, now)
    parts: list[tuple[Span, ...]] = []
    for question_id in answered:
        if question_id in visible:
            parts.append(("you replied to “", Bold(visible[question_id].title), "”"))
        else:
            parts.append(("you replied to something like it",))
    if topics:
        parts.append(("you said you can help with ", Bold(", ".join(topics))))
    for name, value in map(_parted, reasons):
        if name == "suggested" and value:
            who = await members.as_person(db, int(value)) if int(value) in still_here else "somebody"
            parts.append((who, " thought of you"))
        elif name == "helped":
            parts.append((f"{value} of your answers to questions like it helped",))
        elif name in PLAIN:
            parts.append((PLAIN[name],))
    return (*_listed(parts), ".")


def _parted(reason: str) -> tuple[str, str]:
    name, _, value = reason.partition(":")
    return name, value


def _listed(parts: list[tuple[Span, ...]]) -> list[Span]:
    """One, two and three, as one says it."""
    spans: list[Span] = []
    for number, part in enumerate(parts):
        if number:
            spans.append(" and " if number == len(parts) - 1 else ", ")
        spans += part
    return spans
