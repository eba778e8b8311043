"""Dates as people say them, and as they look at them before anything is saved."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from itertools import pairwise

from bot.context import Context
from bot.core.errors import Fixable
from bot.core.text import Bold, Span, Text
from bot.core.ui import Button, Card, Resume, Section
from bot.recurrence.rule import Recurrence, slots_after
from bot.recurrence.saying import in_words, next_dates
from bot.recurrence.sentences import Ambiguous, NotUnderstood, Understood, understand
from bot.rituals.schedule.declared import SavePlan
from storage import members

MOST_ZONES = 3
SHOWN, SHOWN_OF_EACH = 6, 3  # dates; fewer where there are several meanings to compare
ANNOUNCED_BEFORE, DAILY_ANNOUNCED_BEFORE = timedelta(days=7), timedelta(days=1)
CLOSE = timedelta(days=5)  # dates that follow each other so closely are announced a day before


def meanings_of(words: str, said_at: datetime, zone: str) -> tuple[str, tuple[Recurrence, ...]]:
    """What is asked, if it is not clear, and what the words may mean, said at that moment. Raises Fixable."""
    found = understand(words, said_at, zone)
    match found:
        case NotUnderstood(why, examples):
            raise Fixable(f"{why} For example: {'; '.join(examples)}.", "words")
        case Ambiguous(question, options):
            asked, meant = question, [option.meaning for option in options]
        case Understood():
            asked, meant = "", [found]
    if any(meaning.time_missing for meaning in meant):
        raise Fixable("At what time? Add it, as in: every Friday 16:00.", "words")
    return asked, tuple(meaning.recurrence for meaning in meant)


async def dates_card(
    ctx: Context, title: str, asked: str, meanings: tuple[Recurrence, ...], would: Sequence[Text] = ()
) -> Card:
    """The next dates of each meaning, in the zones of those who read them; what each ``would`` change. Nothing is saved yet."""
    zones = [ctx.member.zone, *await members.zones(ctx.db, ctx.community.id, MOST_ZONES)]
    lines, shown = [], SHOWN if len(meanings) == 1 else SHOWN_OF_EACH
    for number, recurrence in enumerate(meanings):
        words: list[Span] = [Bold(in_words(recurrence)), "\n", "\n".join(next_dates(recurrence, ctx.now, zones, shown))]
        words += would[number] if would else ()
        save = SavePlan(draft=ctx.draft, meaning=number, at=int(ctx.now.timestamp()))
        label = "Save it" if len(meanings) == 1 else "This one"
        lines.append(Section(tuple(words), (Button(label, save, "primary"),)))
    body = f"{asked} Nothing is saved yet." if asked else "Nothing is saved yet."
    return Card(title, (body,), sections=tuple(lines), buttons=(Button("Change it", Resume(draft=ctx.draft)),))


def shown_at(click: SavePlan) -> datetime:
    """When the dates were shown: "tomorrow" means the day after that, whenever it is saved."""
    return datetime.fromtimestamp(click.at, UTC)


def nth(ctx: Context, meanings: tuple[Recurrence, ...], number: int) -> Recurrence:
    """The meaning that was chosen. Raises Fixable."""
    if not 0 <= number < len(meanings):
        raise Fixable("This can't be understood as it was. Please type it again.")
    if not slots_after(meanings[number], ctx.now, 1):
        raise Fixable("This is over already.")
    return meanings[number]


def announced_before(recurrence: Recurrence, now: datetime) -> timedelta:
    """How long before its date a meeting is announced: a week; a day where dates follow each other closely."""
    slots = slots_after(recurrence, now, 8)
    gaps = [later.at - earlier.at for earlier, later in pairwise(slots)]
    return DAILY_ANNOUNCED_BEFORE if gaps and min(gaps) < CLOSE else ANNOUNCED_BEFORE
