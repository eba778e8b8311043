"""What a facilitator schedules: meetings and prompts, once or again and again, and the one list of them all."""

from bot.rituals.schedule import changing, listed, planning, prompts
from bot.rituals.schedule.declared import MoreOfPrompt, ritual

__all__ = ["MoreOfPrompt", "changing", "listed", "planning", "prompts", "ritual"]
