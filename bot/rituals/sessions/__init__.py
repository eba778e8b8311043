"""Sessions: the single meetings of a schedule: announced, answered, reminded of, and what is left of them."""

from bot.rituals.sessions import afterwards, announcing, calendar, coming, listed
from bot.rituals.sessions.announcing import follow_schedule
from bot.rituals.sessions.cards import what_is_left
from bot.rituals.sessions.coming import may_run
from bot.rituals.sessions.declared import KINDS, REMINDED, CancelMeeting, Come, WhyCancelled, ritual
from bot.rituals.sessions.erasing import notes_taken_back, places_given_up
from bot.rituals.sessions.following import fates, told_beforehand
from bot.rituals.sessions.found import LETTER, found_sessions, session_title
from bot.rituals.sessions.linked import answered_by_both, meetings_move

__all__ = [
    "KINDS",
    "LETTER",
    "REMINDED",
    "CancelMeeting",
    "Come",
    "WhyCancelled",
    "afterwards",
    "announcing",
    "answered_by_both",
    "calendar",
    "coming",
    "fates",
    "follow_schedule",
    "found_sessions",
    "listed",
    "may_run",
    "meetings_move",
    "notes_taken_back",
    "places_given_up",
    "ritual",
    "session_title",
    "told_beforehand",
    "what_is_left",
]
