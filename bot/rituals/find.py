"""Finding: all that the community keeps, as far as the one who looks may see it."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from bot.context import Context
from bot.core.errors import Fixable
from bot.core.events import Ref
from bot.core.filters import Filter, parse_typed
from bot.core.forms import Option
from bot.core.meaning import Meaning, text_of
from bot.core.people import Role
from bot.core.ports import Outside
from bot.core.replies import Reply
from bot.core.ritual import Ritual
from bot.core.tags import normalised_tag
from bot.core.text import Bold, Span, Text, Typed, shortened
from bot.core.ui import Action, Button, Card, Section
from bot.rituals.following import follow_buttons
from bot.rituals.profiles import found_people
from bot.rituals.questions import Ask, found_questions, title_of
from bot.rituals.sessions import LETTER, found_sessions, session_title
from bot.rituals.sharing import LETTERS, NAMES, found_items, item_title
from bot.services.links import links_to
from storage import follows, members, questions, sessions, tags
from storage.search import finding
from storage.search.finding import Filters, Match

ritual = Ritual("find")
SHOWN, SHOWN_PEOPLE = 5, 3
TAG_BEGINS = 3  # letters
PERSON = "person"  # a kind that is found by what people show of themselves
LONGEST_QUERY = 500
FILTERS = (
    Filter(
        "kind",
        "Only this kind",
        "choice",
        (
            Option("question", "Questions"),
            *(Option(kind, name) for kind, name in NAMES.items()),
            Option(sessions.KIND, "Meetings"),
            Option(PERSON, "People"),
        ),
    ),
    Filter("tag", "Only what has this tag", "tags"),
    Filter("from", "Only what this person asked, shared or hosts", "person"),
    Filter("after", "Only what is newer, like 2026-01", "date"),
    Filter("before", "Only what is older, like 2026-01-31", "date"),
)
REFERENCE = re.compile(r"([QTSWLM])-(\d{1,9})", re.IGNORECASE)
KIND_OF = {"Q": questions.KIND, LETTER: sessions.KIND, **{letter: kind for kind, letter in LETTERS.items()}}
DAY = re.compile(r"(\d{4})(?:-(\d{1,2}))?(?:-(\d{1,2}))?")


# The card that stands in its channel, of each kind.
CARDS = {questions.KIND: "question", sessions.KIND: "session", **dict.fromkeys(LETTERS, "item")}


class NextPage(Action, prefix="find.page"):
    skip: int
    typed: str


class MoreLikeThis(Action, prefix="find.like"):
    kind: str
    subject: int


async def what_is_meant(outside: Outside, asked: str | NextPage) -> Meaning | None:
    words, _ = parse_typed(asked if isinstance(asked, str) else asked.typed, FILTERS)
    return await outside.means(text_of(words[:LONGEST_QUERY], ""))


@ritual.command(
    "find",
    "Find what was asked, answered and shared before",
    role=Role.MEMBER,
    reads=True,
    prepare=what_is_meant,
    typed="A few words",
    filters=FILTERS,
)
async def find(ctx: Context, text: str) -> Reply:
    return await _page(ctx, text, 0)


@ritual.click(role=Role.MEMBER, reads=True, prepare=what_is_meant)
async def next_page(ctx: Context, click: NextPage) -> Reply:
    return await _page(ctx, click.typed, click.skip)


async def _page(ctx: Context, text: str, skip: int) -> Reply:
    words, given = parse_typed(text, FILTERS)
    if not words and not given:
        raise Fixable(("What are you looking for? For example: ", Typed("find falls at night")))
    if len(text) > LONGEST_QUERY:
        raise Fixable(f"A few words find more than many: at most {LONGEST_QUERY} characters, please.")
    if given.get("kind") == [PERSON]:
        return await _people(ctx, text, words, given, skip)
    tagged: tuple[str, ...] = ()
    people: list[Section] = []
    if (named := REFERENCE.fullmatch(words)) and not given:
        matches = [Match(KIND_OF[named[1].upper()], int(named[2]), 0.0)]
    else:
        kinds = tuple(kind for kind in given.get("kind", []) if kind in KIND_OF.values())
        if "kind" in given and not kinds:
            raise Fixable(f"I know these kinds: {', '.join([*KIND_OF.values(), PERSON])}.")
        filters = await _filters(ctx, given)
        tagged = filters.tags
        if not skip and given.keys() <= {"tag"}:
            people = await found_people(ctx, words, tagged, SHOWN_PEOPLE + 1, others=True)
        limit = skip + SHOWN + 1
        matches = await finding.find(
            ctx.db,
            words,
            ctx.viewer,
            ctx.now,
            kinds=kinds,
            limit=limit,
            filters=filters,
            forgiving=True,
            meaning=ctx.prepared,
            in_other_words=True,
        )
    lines = await _lines(ctx, matches[skip : skip + SHOWN])
    below = _next(text, skip + SHOWN) if len(matches) > skip + SHOWN else ()
    below += _next(f"{text} kind:{PERSON}", 0, "More people") if len(people) > SHOWN_PEOPLE else ()
    if not lines:
        return _nothing(text, tuple(people[:SHOWN_PEOPLE]), below, await _tags_like(ctx, tagged))
    lines += tuple(people[:SHOWN_PEOPLE])
    if len(tagged) == 1:
        mine = await follows.tags_of(ctx.db, ctx.member.id)
        below = (*below, *follow_buttons(tagged[0], follows_it=tagged[0] in mine))
    return Reply(Card(title="Found", sections=lines, buttons=below))


async def _tags_like(ctx: Context, tagged: tuple[str, ...]) -> list[str]:
    """Of tags that nobody uses: those that begin like them."""
    like: list[str] = []
    for tag in tagged:
        if not await tags.is_known(ctx.db, ctx.community.id, tag):
            like += await tags.beginning(ctx.db, ctx.community.id, tag[:TAG_BEGINS], SHOWN)
    return list(dict.fromkeys(like))


def _nothing(
    text: str, people: tuple[Section, ...] = (), below: tuple[Button, ...] = (), tags_like: Sequence[str] = ()
) -> Reply:
    words: list[Span] = ["Nothing found for “", shortened(text, 100), "”"]
    words += [f". There are these tags like it: {', '.join(tags_like)}"] if tags_like else []
    words += [", but these people may know. ", Typed("ask"), " it?"] if people else [". ", Typed("ask"), " it?"]
    return Reply(Card("", tuple(words), people, (Button("Ask it", Ask(), "primary"), *below)))


async def _people(ctx: Context, text: str, words: str, given: Mapping[str, list[str]], skip: int) -> Reply:
    """People alone: with words or a tag those who show it, else all who show something."""
    if not given.keys() <= {"kind", "tag"}:
        raise Fixable("People are found by words and by tag: only, so leave the other filters out.")
    wanted = [normalised_tag(tag) for tag in given.get("tag", [])]
    tagged = await tags.meant(ctx.db, ctx.community.id, wanted)
    found = await found_people(ctx, words, tagged, SHOWN + 1, skip)
    if not found:
        return _nothing(text)
    below = _next(text, skip + SHOWN) if len(found) > SHOWN else ()
    return Reply(Card(title="People", sections=tuple(found[:SHOWN]), buttons=below))


def _next(text: str, skip: int, label: str = "More") -> tuple[Button, ...]:
    """What was typed goes into the button; where it is too long for that, fewer words find more."""
    page = NextPage(skip=skip, typed=text)
    try:
        page.pack()
    except ValueError:
        return ()
    return (Button(label, page),)


@ritual.click(role=Role.MEMBER, reads=True)
async def more_like_this(ctx: Context, click: MoreLikeThis) -> Reply:
    title = await _title(ctx, click)
    if not title:
        raise Fixable("This is gone, or you can't see the channel it stands in any more.")
    matches = await finding.find(ctx.db, title, ctx.viewer, ctx.now, limit=SHOWN + 1)
    others = [match for match in matches if (match.kind, match.subject) != (click.kind, click.subject)]
    lines = await _lines(ctx, others[:SHOWN])
    if not lines:
        return Reply(
            Card(
                body=(
                    "There is nothing else like “",
                    Bold(title),
                    "” yet.",
                )
            )
        )
    return Reply(Card(title=f"Like “{title}”", sections=lines))


async def _lines(ctx: Context, matches: list[Match]) -> tuple[Section, ...]:
    known = {}
    for card in dict.fromkeys(CARDS[match.kind] for match in matches):
        subjects = [match.subject for match in matches if CARDS[match.kind] == card]
        links = await links_to(ctx.db, card, subjects, "Open", ctx.viewer, ctx.now)
        known[card] = await _found(ctx, card, subjects), links
    lines = []
    for match in matches:
        found, links = known[CARDS[match.kind]]
        if match.subject not in found:
            continue
        said, buttons = found[match.subject]
        words: list[Span] = [*said]
        nearly = ", or nearly" if "nearly" in match.reasons else ""
        why = [f"Matches: {', '.join(match.words)}{nearly}"] if match.words else []
        why += ["others were pointed here"] if "linked" in match.reasons else []
        why += ["Means something like it"] if "meant" in match.reasons else []
        words += ["\n", " · ".join(why)] if why else []
        words += [" · ", links[match.subject]] if match.subject in links else []
        like = Button("More like this", MoreLikeThis(kind=match.kind, subject=match.subject))
        lines.append(Section(tuple(words), (*buttons, like)))
    return tuple(lines)


async def _found(ctx: Context, card: str, subjects: list[int]) -> dict[int, tuple[Text, tuple[Button, ...]]]:
    """What to say of each, and what one can do with it; without those that the one who looks may not see."""
    match card:
        case "question":
            return await found_questions(ctx, subjects)
        case "session":
            return await found_sessions(ctx, subjects)
        case _:
            return await found_items(ctx, subjects)


async def _title(ctx: Context, click: MoreLikeThis) -> str:
    match click.kind:
        case questions.KIND:
            return await title_of(ctx, click.subject)
        case sessions.KIND:
            return await session_title(ctx, click.subject)
        case _:
            return await item_title(ctx, click.subject)


async def _filters(ctx: Context, given: Mapping[str, list[str]]) -> Filters:
    """Raises Fixable where one makes no sense."""
    after, before = (given.get(name, [""])[-1] for name in ("after", "before"))
    return Filters(
        tags=await tags.meant(ctx.db, ctx.community.id, [normalised_tag(tag) for tag in given.get("tag", [])]),
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
