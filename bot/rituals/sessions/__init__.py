"""Sessions: the single meetings of a schedule: announced, answered, reminded of, and what is left of them."""

from bot.rituals.sessions import afterwards, announcing, calendar, coming, listed
from bot.rituals.sessions.announcing import follow_schedule
from bot.rituals.sessions.declared import KINDS, REMINDED, ritual

__all__ = [
    "KINDS",
    "REMINDED",
    "afterwards",
    "announcing",
    "calendar",
    "coming",
    "follow_schedule",
    "listed",
    "ritual",
]
