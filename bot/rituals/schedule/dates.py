"""Dates as people say them, and as they look at them before anything is saved."""

from __future__ import annotations

from bot.context import Context
from bot.core.errors import Fixable
from bot.core.text import Bold, Span
from bot.core.ui import Button, Card, Resume, Section
from bot.recurrence.rule import Recurrence
from bot.recurrence.saying import in_words, next_dates
from bot.recurrence.sentences import Ambiguous, NotUnderstood, Understood, understand
from bot.rituals.schedule.declared import SavePlan
from storage import members

MOST_ZONES = 3
SHOWN, SHOWN_OF_EACH = 6, 3  # dates; fewer where there are several meanings to compare


def meanings_of(ctx: Context, words: str, zone: str = "") -> tuple[str, tuple[Recurrence, ...]]:
    """The same of what was said in words."""
    found = understand(words, ctx.now, zone or ctx.community.zone)
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


async def dates_card(ctx: Context, title: str, asked: str, meanings: tuple[Recurrence, ...]) -> Card:
    """The next dates of each meaning, in the zones of those who read them. Nothing is saved yet."""
    zones = [ctx.member.zone, *await members.zones(ctx.db, ctx.community.id, MOST_ZONES)]
    lines, shown = [], SHOWN if len(meanings) == 1 else SHOWN_OF_EACH
    for number, recurrence in enumerate(meanings):
        words: list[Span] = [Bold(in_words(recurrence)), "\n", "\n".join(next_dates(recurrence, ctx.now, zones, shown))]
        save = Button(
            "Save it" if len(meanings) == 1 else "This one", SavePlan(draft=ctx.draft, meaning=number), "primary"
        )
        lines.append(Section(tuple(words), (save,)))
    body = f"{asked} Nothing is saved yet." if asked else "Nothing is saved yet."
    return Card(title, (body,), sections=tuple(lines), buttons=(Button("Change it", Resume(draft=ctx.draft)),))


def nth(meanings: tuple[Recurrence, ...], number: int) -> Recurrence:
    """The meaning that was chosen. Raises Fixable."""
    if not 0 <= number < len(meanings):
        raise Fixable("This can't be understood as it was. Please type it again.")
    return meanings[number]
