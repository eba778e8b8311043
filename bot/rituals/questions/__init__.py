"""Questions: a member asks, the right people are asked, somebody answers, it helped, it is found again."""

from bot.rituals.questions import answering, asking, erasing, helping, home, invited, messages, queue, tending, unread
from bot.rituals.questions.alike import learned
from bot.rituals.questions.asking import ask, ask_from, channel_options, post_question, prefill_from
from bot.rituals.questions.cards import counted, how_it_went
from bot.rituals.questions.declared import Answer, Ask, HowItWent, MyWords, NewQuestion, RemoveAnswer, ritual
from bot.rituals.questions.erasing import questions_drawn_anew, questions_taken_back
from bot.rituals.questions.found import found_questions, title_of
from bot.rituals.questions.home import my_questions, what_i_follow
from bot.rituals.questions.invited import no_longer_asked
from bot.rituals.questions.keeping import keep_answer
from bot.rituals.questions.machine import OPEN, State
from bot.rituals.questions.opened import opened as question_opened

__all__ = [
    "OPEN",
    "Answer",
    "Ask",
    "HowItWent",
    "MyWords",
    "NewQuestion",
    "RemoveAnswer",
    "State",
    "answering",
    "ask",
    "ask_from",
    "asking",
    "channel_options",
    "counted",
    "erasing",
    "found_questions",
    "helping",
    "home",
    "how_it_went",
    "invited",
    "keep_answer",
    "learned",
    "messages",
    "my_questions",
    "no_longer_asked",
    "post_question",
    "prefill_from",
    "question_opened",
    "questions_drawn_anew",
    "questions_taken_back",
    "queue",
    "ritual",
    "tending",
    "title_of",
    "unread",
    "what_i_follow",
]
