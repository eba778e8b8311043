"""Finding: what the community was asked and answered, as far as the one who looks may see it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from bot.context import Context
from bot.core.errors import Fixable
from bot.core.events import Ref
from bot.core.filters import Filter, parse_typed
from bot.core.people import Role
from bot.core.replies import Reply
from bot.core.ritual import Ritual
from bot.core.tags import normalised_tag
from bot.core.text import Bold, Span, Typed, shortened
from bot.core.ui import Button, Card, Section
from bot.rituals.questions import Ask, TriedIt, best_answer, what_came_of_it
from bot.services.links import links_to
from storage import members, questions
from storage.search import index
from storage.search.index import Filters, Match

ritual = Ritual("find")
SHOWN = 5
LONGEST_QUERY = 500
FILTERS = (
    Filter("tag", "Only what has this tag", "tags"),
    Filter("from", "Only what this person asked", "person"),
    Filter("after", "Only what is newer, like 2026-01", "date"),
    Filter("before", "Only what is older, like 2026-01-31", "date"),
)
DAY = re.compile(r"(\d{4})(?:-(\d{1,2}))?(?:-(\d{1,2}))?")


@ritual.command(
    "find",
    "Find what was asked and answered before",
    role=Role.MEMBER,
    reads=True,
    typed="A few words",
    filters=FILTERS,
)
async def find(ctx: Context, text: str) -> Reply:
    words, given = parse_typed(text, FILTERS)
    if not words and not given:
        raise Fixable(("What are you looking for? For example: ", Typed("find falls at night")))
    if len(text) > LONGEST_QUERY:
        raise Fixable(f"A few words find more than many: at most {LONGEST_QUERY} characters, please.")
    filters = await _filters(ctx, given)
    matches = await index.find(
        ctx.db, words, ctx.viewer, ctx.now, kinds=(questions.KIND,), limit=SHOWN, filters=filters
    )
    lines = await _lines(ctx, matches)
    if not lines:
        looked_for = shortened(text, 100)
        ask = (Button("Ask it", Ask(), "primary"),)
        return Reply(Card(body=("Nothing found for “", looked_for, "”. ", Typed("ask"), " it?"), buttons=ask))
    return Reply(Card(title="Found", sections=lines))


async def _lines(ctx: Context, matches: list[Match]) -> tuple[Section, ...]:
    subjects = [match.subject for match in matches]
    found = await questions.several(ctx.db, subjects, ctx.viewer, ctx.now)
    links = await links_to(ctx.db, "question", subjects, "Open", ctx.viewer, ctx.now)
    lines = []
    for match in matches:
        if match.subject not in found:
            continue
        words: list[Span] = [Bold(found[match.subject].title), "\n", *await what_came_of_it(ctx.db, match.subject)]
        why = [f"Matches: {', '.join(match.words)}"] if match.words else []
        why += ["others were pointed here"] if "linked" in match.reasons else []
        words += ["\n", " · ".join(why)] if why else []
        words += [" · ", links[match.subject]] if match.subject in links else []
        best = await best_answer(ctx.db, match.subject)
        lines.append(Section(tuple(words), (Button("I tried it", TriedIt(answer=best.id)),) if best else ()))
    return tuple(lines)


async def _filters(ctx: Context, given: Mapping[str, list[str]]) -> Filters:
    """Raises Fixable where one makes no sense."""
    after, before = (given.get(name, [""])[-1] for name in ("after", "before"))
    return Filters(
        tags=tuple(normalised_tag(tag) for tag in given.get("tag", [])),
        author_id=await _author(ctx, given["from"][-1]) if "from" in given else None,
        after=_day(after, ctx.member.zone) if after else None,
        before=_day(before, ctx.member.zone) if before else None,
    )


async def _author(ctx: Context, typed: str) -> int:
    if typed.lower() == "me":
        return ctx.member.id
    ref = ctx.mentioned.get(typed)
    person = await members.of_account(ctx.db, Ref.parse(ref)) if ref else None
    if person is None or person.community_id != ctx.community.id:
        raise Fixable("I don't know this person. Mention them, as in from:@name, or say from:me.")
    return person.id


def _day(typed: str, zone: str) -> datetime:
    """The beginning of a day, month or year on the member's own clock, UTC. Raises Fixable."""
    found = DAY.fullmatch(typed)
    try:
        if found is None:
            raise ValueError("not a date")
        year, month, day = (int(part or 1) for part in found.groups())
        return datetime(year, month, day, tzinfo=ZoneInfo(zone)).astimezone(UTC)
    except (ValueError, OverflowError):
        raise Fixable("This should be a date like 2026-01-31, a month like 2026-01, or a year.") from None
