"""Save to Rounds…: any message, as a question, an answer, a tip, a story or a link."""

from bot.rituals.saving import own, theirs
from bot.rituals.saving.declared import ritual

__all__ = ["own", "ritual", "theirs"]
