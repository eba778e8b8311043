"""Questions: a member asks, the right people are asked, somebody answers, it helped, it is found again."""

from bot.rituals.questions import answering, asking, helping, home, invited, messages, queue, saving, tending
from bot.rituals.questions.asking import ask
from bot.rituals.questions.cards import best_answer, what_came_of_it
from bot.rituals.questions.declared import Ask, TriedIt, ritual
from bot.rituals.questions.home import my_questions, what_i_follow

__all__ = [
    "Ask",
    "TriedIt",
    "answering",
    "ask",
    "asking",
    "best_answer",
    "helping",
    "home",
    "invited",
    "messages",
    "my_questions",
    "queue",
    "ritual",
    "saving",
    "tending",
    "what_came_of_it",
    "what_i_follow",
]
