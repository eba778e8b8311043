"""How sessions look: in their channel, in messages, in lists."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from bot.core.people import Viewer
from bot.core.text import Bold, Link, Quoted, Span, Text, When
from bot.core.ui import Button, Card
from bot.rituals.questions import Ask, counted
from bot.rituals.sessions.declared import AddWhatIsLeft, Come, HowMany, MoreOfSession, WasThere, ritual
from storage import members, sessions
from storage.sessions import CANCELLED, MAYBE, NO, WAITING, YES, Session

SAID = {
    YES: "You are coming.",
    MAYBE: "You may come.",
    NO: "You can't come.",
    WAITING: "It is full: you are next when a place gets free.",
}


def is_over(session: Session, now: datetime) -> bool:
    return now >= sessions.ends(session)


async def what_is_left(db: AsyncSession, session: Session) -> list[Span]:
    """A line for each of what is left of it."""
    words: list[Span] = []
    for left in await sessions.notes(db, session.id):
        words += [f"\n{left.kind.capitalize()}: ", Link(left.text or left.url, left.url)]
    return words


async def about(db: AsyncSession, session: Session) -> list[Span]:
    """When, how long, with whom, where, on what."""
    words: list[Span] = [When(session.starts_at), f" · {session.minutes} minutes"]
    for number, host in enumerate(sessions.hosts(session)):
        words += [" and " if number else " · hosted by ", await members.as_person(db, host)]
    words += where(session)
    if session.more.get("topic"):
        words += ["\n", Quoted(session.more["topic"])]
    return words


def where(session: Session) -> list[Span]:
    place = session.more.get("where", "")
    if not place:
        return []
    return ["\nWhere: ", Link(place, place) if place.startswith(("http://", "https://")) else place]


async def who_comes(db: AsyncSession, session: Session) -> str:
    numbers = await sessions.counts(db, session.id)
    places = f" of {session.capacity}" if session.capacity is not None else ""
    parts = [f"{numbers.get(YES, 0)}{places} coming"]
    parts += [f"{numbers[MAYBE]} may come"] if numbers.get(MAYBE) else []
    parts += [f"{numbers[WAITING]} waiting for a place"] if numbers.get(WAITING) else []
    return " · ".join(parts)


def why(session: Session) -> list[Span]:
    """Why it was cancelled, where somebody said so."""
    return ["\nWhy: ", Quoted(session.more["why"])] if session.more.get("why") else []


def come_buttons(session: Session) -> tuple[Button, ...]:
    return (
        Button("I'm coming", Come(session=session.id, answer=YES), "primary"),
        Button("Maybe", Come(session=session.id, answer=MAYBE)),
        Button("Can't come", Come(session=session.id, answer=NO)),
    )


@ritual.card("session")
async def session_card(db: AsyncSession, session_id: int, viewer: Viewer, now: datetime) -> Card | None:
    """As it stands in its channel."""
    session = await sessions.get(db, session_id, viewer, now)
    if session is None:
        return None
    kind = session.more.get("kind", "")
    words: list[Span] = [f"{kind.capitalize()}\n" if kind and kind != "other" else "", *await about(db, session)]
    if session.state == CANCELLED:
        return Card(f"Cancelled: {session.title}", (*words, *why(session)))
    words += await what_is_left(db, session)
    if is_over(session, now):
        return Card(session.title, tuple(words), state=await _was(db, session))
    buttons = (*come_buttons(session), Button("More", MoreOfSession(session=session.id)))
    return Card(session.title, tuple(words), buttons=buttons, state=(await who_comes(db, session),))


async def _was(db: AsyncSession, session: Session) -> Text:
    there = await sessions.attendance(db, session.id)
    return (f"It is over. {counted(there, 'person was', 'people were')} there." if there else "It is over.",)


@ritual.card("session_soon")
async def soon_card(db: AsyncSession, session_id: int, viewer: Viewer, now: datetime) -> Card | None:
    """The one reminder in the channel, or somebody's own."""
    session = await sessions.get(db, session_id, viewer, now)
    if session is None or session.state == CANCELLED:
        return None
    words: list[Span] = [Bold(session.title), " begins ", When(session.starts_at), ".", *where(session)]
    return Card(body=tuple(words), state=(await who_comes(db, session),))


@ritual.card("session_news")
async def news_card(db: AsyncSession, session_id: int, viewer: Viewer, now: datetime) -> Card | None:
    """To somebody who comes: it was moved or cancelled, or they have a place now."""
    session = await sessions.get(db, session_id, viewer, now)
    if session is None or viewer.member is None:
        return None
    if session.state == CANCELLED:
        return Card(body=(Bold(session.title), ", ", When(session.starts_at), ", is cancelled.", *why(session)))
    words: list[Span] = [Bold(session.title), " is now ", When(session.starts_at), "."]
    mine = await sessions.answer_of(db, session.id, viewer.member)
    words += [" ", SAID[mine]] if mine else []
    return Card(body=(*words, *where(session)), buttons=() if is_over(session, now) else come_buttons(session))


@ritual.card("session_place")
async def place_card(db: AsyncSession, session_id: int, viewer: Viewer, now: datetime) -> Card | None:
    """To somebody who waited: a place got free."""
    session = await sessions.get(db, session_id, viewer, now)
    if session is None or viewer.member is None or session.state == CANCELLED:
        return None
    mine = await sessions.answer_of(db, session.id, viewer.member)
    words: list[Span] = [
        "A place got free: " if mine == YES else "",
        Bold(session.title),
        ", ",
        When(session.starts_at),
    ]
    words += [". ", SAID[mine] if mine else ""]
    return Card(body=(*words, *where(session)), buttons=() if is_over(session, now) else come_buttons(session))


@ritual.card("session_after")
async def after_card(db: AsyncSession, session_id: int, viewer: Viewer, now: datetime) -> Card | None:
    """When it is over: what is still to be asked, what is left of it, who was there."""
    session = await sessions.get(db, session_id, viewer, now)
    if session is None or session.state == CANCELLED:
        return None
    words: list[Span] = [Bold(session.title), " is over. What do you still want to ask?"]
    words += await what_is_left(db, session)
    buttons = (
        Button("Ask", Ask(), "primary"),
        Button("I was there", WasThere(session=session.id)),
        Button("Several of us were there", HowMany(session=session.id)),
        Button("Add notes or a recording", AddWhatIsLeft(session=session.id)),
        Button("More", MoreOfSession(session=session.id)),
    )
    return Card(body=tuple(words), buttons=buttons, state=await _was(db, session))


async def in_a_list(db: AsyncSession, session: Session, member_id: int) -> list[Span]:
    mine = await sessions.answer_of(db, session.id, member_id)
    words: list[Span] = [Bold(session.title), "\n", When(session.starts_at), " · ", await who_comes(db, session)]
    return [*words, f" · {SAID[mine]}" if mine else ""]
