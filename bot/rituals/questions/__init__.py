"""Questions: a member asks, the right people are asked, one answers, it helped, it is found again."""

from bot.rituals.questions import answering, asking, cards, home
from bot.rituals.questions.cards import what_came_of_it
from bot.rituals.questions.declared import Ask, ritual

__all__ = ["Ask", "answering", "asking", "cards", "home", "ritual", "what_came_of_it"]
