"""How a digest looks: each line drawn anew for its reader, so that it shows nothing they may not see by then."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from bot.core.people import Role, Viewer
from bot.core.text import Bold, Channel, MessageLink, Quoted, Span, Text, When
from bot.core.ui import Button, Card, Section
from bot.rituals.digests import composing
from bot.rituals.digests.declared import LessLikeThis, LessOften, PauseDigest, TakeBack, Useful, ritual
from bot.rituals.digests.when import said
from bot.rituals.questions import OPEN, Answer, State, counted
from bot.rituals.sessions import Come, what_is_left
from bot.services.links import links_to
from storage import activity, communities, digests, forwarded, items, members, questions, sessions, visibility
from storage.communities import Community, Place
from storage.digests import Line
from storage.forwarded import Forwarded

NAMES = {items.TIP: "A tip", items.STORY: "A story", items.LINK: "A link", items.TERM: "A term"}


@dataclass(frozen=True, slots=True)
class Page:
    """What drawing its lines needs to know."""

    viewer: Viewer
    now: datetime
    channels: Mapping[int, Channel]  # space → a channel of it that the reader can open


Drawn = Mapping[int, Section]


@ritual.card("digest", tells_of=digests.spaces_of)
async def digest_card(db: AsyncSession, issue_id: int, viewer: Viewer, now: datetime) -> Card | None:
    if viewer.member is None or await digests.get_issue(db, issue_id, viewer.member) is None:
        return None
    plan = await digests.plan_of(db, viewer.member)
    sections = await drawn(db, await digests.lines_of(db, issue_id), viewer, now)
    if not sections:
        return None
    community = await db.get_one(Community, viewer.community)
    how = f"{said(plan)}. " if plan is not None and not plan.paused else ""
    buttons = (
        Button("Useful", Useful(issue=issue_id)),
        Button("Less like this", LessLikeThis(issue=issue_id)),
        Button("Less often", LessOften()),
        Button("Pause", PauseDigest()),
    )
    return Card(f"{community.name}: your digest", (), sections, buttons, state=(how,) if how else ())


async def drawn(db: AsyncSession, lines: Sequence[Line], viewer: Viewer, now: datetime) -> tuple[Section, ...]:
    """The lines that the reader may see, each with its reason and a link."""
    page = Page(viewer, now, await _channels(db, {line.space_id for line in lines}, viewer, now))
    found: dict[tuple[str, int], Section] = {}
    for kind in dict.fromkeys(_drawn_as(line.kind) for line in lines):
        alike = [line for line in lines if _drawn_as(line.kind) == kind]
        sections = await _drawn_by_kind(db, page, kind, alike)
        found |= {(it.kind, it.subject): sections[it.subject] for it in alike if it.subject in sections}
    return tuple(
        _with_reason(found[line.kind, line.subject], line, page) for line in lines if (line.kind, line.subject) in found
    )


async def _channels(db: AsyncSession, spaces: set[int], viewer: Viewer, now: datetime) -> dict[int, Channel]:
    places = await communities.places_of_spaces(db, spaces)
    readable = await visibility.readable(db, [place.id for place in places], viewer, now)
    found: dict[int, Channel] = {}
    for place in places:
        if place.id in readable:
            found.setdefault(place.space_id, Channel(place.name, place.ref))
    return found


def _with_reason(section: Section, line: Line, page: Page) -> Section:
    name, _, value = line.reason.partition(":")
    here = page.channels.get(line.space_id)
    reasons: dict[str, Text] = {
        "help": ("you can help with ", Bold(value)),
        "learn": ("you want to learn about ", Bold(value)),
        "follow": ("you follow ", Bold(value)),
        "liked": (f"used {counted(int(value), 'time', 'times')}",) if name == "liked" else (),
        "new": ("new in ", here) if here else ("new",),
        "soon": ("coming up in ", here) if here else ("coming up",),
        "met": ("for those who were not there",),
        "busy": ("much talked about in ", here) if here else (),
        "forward": ("put forward in ", here) if here else (),
        "used": ("you shared it",),
    }
    reason = reasons.get(name, ())
    return Section((*section.text, "\n", *reason) if reason else section.text, section.buttons)


async def _questions(db: AsyncSession, page: Page, lines: Sequence[Line]) -> Drawn:
    found = await questions.several(db, [line.subject for line in lines], page.viewer, page.now)
    links = await links_to(db, "question", list(found), "Open", page.viewer, page.now)
    sections = {}
    for id, question in found.items():
        said_of_it = "Asked: " if question.state in OPEN else "Answered: " if question.state == State.HELPED else ""
        if not said_of_it:  # closed since
            continue
        words: list[Span] = [said_of_it, Bold(question.title), *_linked(links.get(id))]
        is_theirs = question.asker_id == page.viewer.member
        may_answer = question.state in OPEN and page.viewer.member is not None and not is_theirs
        sections[id] = Section(tuple(words), (Button("Answer", Answer(question=id)),) if may_answer else ())
    return sections


async def _items(db: AsyncSession, page: Page, lines: Sequence[Line]) -> Drawn:
    found = await items.several(db, [line.subject for line in lines], page.viewer, page.now)
    links = await links_to(db, "item", list(found), "Open", page.viewer, page.now)
    authors = await members.as_people(db, {item.author_id for item in found.values()})
    return {
        id: Section(
            (
                f"{NAMES[item.kind]} by ",
                authors[item.author_id],
                ": ",
                Bold(item.title),
                *_linked(links.get(id)),
            )
        )
        for id, item in found.items()
    }


async def _used(db: AsyncSession, page: Page, lines: Sequence[Line]) -> Drawn:
    found = await items.several(db, [line.subject for line in lines], page.viewer, page.now)
    links = await links_to(db, "item", list(found), "Open", page.viewer, page.now)
    times = {line.subject: int(line.reason.partition(":")[2]) for line in lines}
    return {
        id: Section(
            (
                f"Your {item.kind} “",
                Bold(item.title),
                f"” was used {counted(times[id], 'time', 'times')}",
                *_linked(links.get(id)),
            )
        )
        for id, item in found.items()
        if item.author_id == page.viewer.member
    }


async def _put_forward(db: AsyncSession, page: Page, lines: Sequence[Line]) -> Drawn:
    found = await forwarded.several(db, [line.subject for line in lines], page.viewer, page.now)
    places = await visibility.readable(db, {one.place_id for one in found.values()}, page.viewer, page.now)
    people = await members.as_people(db, {one.by_id for one in found.values()})
    return {
        id: Section(
            (
                people[one.by_id],
                " on a message: ",
                Quoted(one.line),
                " · ",
                MessageLink("Open", places[one.place_id].ref, one.message),
            ),
            (Button("Take it out", TakeBack(forwarded=id)),) if _may_take_out(page.viewer, one) else (),
        )
        for id, one in found.items()
        if one.place_id in places
    }


def _may_take_out(viewer: Viewer, one: Forwarded) -> bool:
    """In a channel the button is there for all, and asks whoever presses it."""
    return viewer.member is None or viewer.member in (one.author_id, one.by_id) or viewer.role >= Role.FACILITATOR


async def _busy(db: AsyncSession, page: Page, lines: Sequence[Line]) -> Drawn:
    found = await activity.several(db, [line.subject for line in lines], page.viewer, page.now)
    places: dict[int, Place] = await visibility.readable(
        db, {one.place_id for one in found.values()}, page.viewer, page.now
    )
    return {
        id: Section(
            (
                f"Busiest thread: {counted(one.replies, 'reply', 'replies')}, {one.people} people · ",
                MessageLink("Open", places[one.place_id].ref, one.thread),
            )
        )
        for id, one in found.items()
        if one.place_id in places
    }


async def _sessions(db: AsyncSession, page: Page, lines: Sequence[Line]) -> Drawn:
    sections = {}
    links = await links_to(db, "session", [line.subject for line in lines], "Open", page.viewer, page.now)
    for line in lines:
        session = await sessions.get(db, line.subject, page.viewer, page.now)
        if session is None or session.state == sessions.CANCELLED or session.starts_at <= page.now:
            continue
        words: list[Span] = [
            "Meeting: ",
            Bold(session.title),
            ", ",
            When(session.starts_at),
            *_linked(links.get(session.id)),
        ]
        come = (Button("I'm coming", Come(session=session.id, answer=sessions.YES)),) if page.viewer.member else ()
        sections[session.id] = Section(tuple(words), come)
    return sections


async def _met(db: AsyncSession, page: Page, lines: Sequence[Line]) -> Drawn:
    sections = {}
    for line in lines:
        session = await sessions.get(db, line.subject, page.viewer, page.now)
        left = await what_is_left(db, session) if session is not None else []
        if session is not None and left and session.state != sessions.CANCELLED:
            sections[session.id] = Section(("Met: ", Bold(session.title), *left))
    return sections


def _linked(link: MessageLink | None) -> tuple[Span, ...]:
    return (" · ", link) if link is not None else ()


def _drawn_as(kind: str) -> str:
    """Lines of kinds that are drawn alike are looked up together."""
    if kind in items.KINDS:
        return items.TIP
    return questions.KIND if kind == composing.ANSWERED else kind


async def _drawn_by_kind(db: AsyncSession, page: Page, kind: str, lines: Sequence[Line]) -> Drawn:
    """The subjects of one kind → a line for each that the reader may still see. The reason is added to it."""
    match kind:
        case questions.KIND:
            return await _questions(db, page, lines)
        case sessions.KIND:
            return await _sessions(db, page, lines)
        case forwarded.KIND:
            return await _put_forward(db, page, lines)
        case activity.KIND:
            return await _busy(db, page, lines)
        case composing.MET:
            return await _met(db, page, lines)
        case composing.USED:
            return await _used(db, page, lines)
        case _:
            return await _items(db, page, lines)
