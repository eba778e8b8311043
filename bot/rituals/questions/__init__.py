"""Questions: a member asks, the right people are asked, somebody answers, it helped, it is found again."""

from bot.rituals.questions import answering, asking, helping, home, invited, messages, queue, saving, tending
from bot.rituals.questions.asking import ask
from bot.rituals.questions.cards import counted, how_it_went
from bot.rituals.questions.declared import Ask, HowItWent, ritual
from bot.rituals.questions.found import found_questions, title_of
from bot.rituals.questions.home import my_questions, what_i_follow
from bot.rituals.questions.invited import no_longer_asked

__all__ = [
    "Ask",
    "HowItWent",
    "answering",
    "ask",
    "asking",
    "counted",
    "found_questions",
    "helping",
    "home",
    "how_it_went",
    "invited",
    "messages",
    "my_questions",
    "no_longer_asked",
    "queue",
    "ritual",
    "saving",
    "tending",
    "title_of",
    "what_i_follow",
]
