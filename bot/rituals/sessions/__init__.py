"""Sessions: the single meetings of a schedule: announced, answered, reminded of, and what is left of them."""

from bot.rituals.sessions import afterwards, announcing, calendar, coming, listed
from bot.rituals.sessions.announcing import follow_schedule
from bot.rituals.sessions.declared import KINDS, MEETING, REMINDED, ritual

__all__ = [
    "KINDS",
    "MEETING",
    "REMINDED",
    "afterwards",
    "announcing",
    "calendar",
    "coming",
    "follow_schedule",
    "listed",
    "ritual",
]
