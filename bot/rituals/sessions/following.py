"""What becomes of meetings that are announced when their schedule has other dates: said before it is saved, done when it is."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from bot.core.text import Span, When
from bot.recurrence.rule import Recurrence
from bot.services.rhythms import slot_of
from storage.sessions import CANCELLED, PLANNED, Session

NAMED = 8


@dataclass(frozen=True, slots=True)
class Fate:
    """What becomes of one meeting: it is ``at`` then from now on, or cancelled where there is no such time."""

    session: Session
    at: datetime | None

    @property
    def is_news(self) -> bool:
        return self.at != self.session.starts_at or self.session.state == CANCELLED


def fates(announced: Iterable[Session], recurrence: Recurrence | None, now: datetime) -> list[Fate]:
    """Of those that were announced: what is still to come, or comes again. Without a recurrence their schedule has ended.

    What has begun stays as it is; a date that is over by the new times happens no more.
    """
    found = []
    for session in announced:
        slot = slot_of(recurrence, session.slot) if recurrence else None
        is_to_come = session.starts_at > now
        if slot is not None and slot.at > now:
            found += [Fate(session, slot.at)] if is_to_come or session.state == CANCELLED else []
        elif is_to_come and session.state == PLANNED:
            found.append(Fate(session, None))
    return found


def told_beforehand(found: Sequence[Fate]) -> list[Span]:
    """What a change would do to what is announced already; nothing where it does nothing."""
    news = [fate for fate in found if fate.is_news]
    words: list[Span] = []
    for fate in news[:NAMED]:
        words += ["; " if words else "\nAlready announced: ", When(fate.session.starts_at)]
        if fate.at is None:
            words.append(" would be cancelled")
        elif fate.session.state == CANCELLED:
            words.append(" would be on again")
            words += [", ", When(fate.at)] if fate.at != fate.session.starts_at else []
        else:
            words += [" would move to ", When(fate.at)]
    words += [f"; and {len(news) - NAMED} more"] if len(news) > NAMED else []
    return [*words, ". Those who come are told once."] if news else []
