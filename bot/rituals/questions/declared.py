"""The questions ritual's name, its buttons and its forms."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from bot.core.forms import Choice, Form, Line, Option, Options, Paragraph, PersonChoice, Tags, YesNo
from bot.core.ritual import Ritual
from bot.core.ui import Action
from storage import trials

ritual = Ritual("questions")
TITLE_LENGTH = 150
TEXT_LENGTH = 3000
LINE_LENGTH = 200


# Asking


class NewQuestion(Form, title="Ask a question", submit="Ask"):
    title: Line = Field(title="Your question, in one sentence", max_length=TITLE_LENGTH)
    details: Paragraph = Field(default="", title="What have you tried? What matters here?", max_length=TEXT_LENGTH)
    tags: Tags = Field(
        default=(), title="Tags", description="A few words to find it by, with commas between: falls, night"
    )
    place: Choice = Field(default="", title="Where to post it")
    anonymous: YesNo = Field(
        default=False,
        title="Ask without your name",
        description="Nobody here sees it; who runs the server could. In a small group people may guess.",
    )


class Ask(Action, prefix="question.ask"):
    """Open the question form."""


class AskAnyway(Action, prefix="question.anyway"):
    draft: str


class ThatAnswersIt(Action, prefix="question.found"):
    question: int
    draft: str


# Being asked


class Answer(Action, prefix="question.answer"):
    question: int


class NewAnswer(Form, title="Answer", submit="Send answer"):
    text: Paragraph = Field(title="Your answer", description="It is posted in the thread.", max_length=TEXT_LENGTH)
    setting: Line = Field(
        default="",
        title="Where does it apply?",
        description="Such as: in a care home, at night",
        max_length=LINE_LENGTH,
    )


class AskBack(Action, prefix="question.ask-back"):
    question: int


class QuestionBack(Form, title="Ask back", submit="Post it"):
    text: Paragraph = Field(
        title="What do you need to know?", description="It is posted in the thread.", max_length=1000
    )


class NotNow(Action, prefix="question.later"):
    invitation: int


LATER = (
    Option("1", "In an hour"),
    Option("24", "Tomorrow"),
    Option("72", "In three days"),
    Option("168", "In a week"),
)


class RemindMe(Form, title="Later", submit="Remind me"):
    hours: Annotated[Choice, Options(LATER)] = Field(default="24", title="When shall I remind you?")


class NotMe(Action, prefix="question.not-me"):
    invitation: int


class Suggest(Action, prefix="question.suggest"):
    invitation: int


class AskSomeone(Action, prefix="question.ask-someone"):
    question: int


class SomebodyToAsk(Form, title="Ask someone", submit="Ask them"):
    person: PersonChoice = Field(title="Who may know?")


# What came of it


class Helped(Action, prefix="question.helped"):
    question: int


class WhatHelped(Form, title="What helped?", submit="This helped"):
    helped: Choice = Field(title="Whose answer helped?")


class NotYet(Action, prefix="question.not-yet"):
    question: int


class KeepMyWords(Action, prefix="question.keep"):
    answer: int


class WriteMyWords(Action, prefix="question.write"):
    answer: int


class MyWords(Form, title="Keep your answer", submit="Keep it", kept=False):
    text: Paragraph = Field(title="What others will find", max_length=TEXT_LENGTH)
    setting: Line = Field(
        default="",
        title="Where does it apply?",
        description="Such as: in a care home, at night",
        max_length=LINE_LENGTH,
    )


class KeepNothing(Action, prefix="question.keep-not"):
    answer: int


class TriedIt(Action, prefix="question.tried"):
    answer: int


OUTCOMES = (
    Option(trials.WORKED, "It worked"),
    Option(trials.PARTLY, "It worked in part"),
    Option(trials.DID_NOT, "It didn't work"),
)


class HowItWent(Form, title="I tried it", submit="Save"):
    outcome: Annotated[Choice, Options(OUTCOMES)] = Field(title="How did it go?")
    setting: Line = Field(
        default="", title="Where was that?", description="One line, such as: in a care home", max_length=LINE_LENGTH
    )


class ReplyAsAsker(Action, prefix="question.as-asker"):
    question: int


class AskersWords(Form, title="Reply as the asker", submit="Post it"):
    text: Paragraph = Field(title="Your reply", description="It is posted without your name.", max_length=1000)


# Tending


class More(Action, prefix="question.more"):
    question: int


class MoreOfAnswer(Action, prefix="answer.more"):
    answer: int


class EditQuestion(Action, prefix="question.edit"):
    question: int
    rev: int


class QuestionText(Form, title="Edit your question", submit="Save"):
    title: Line = Field(title="Your question, in one sentence", max_length=TITLE_LENGTH)
    details: Paragraph = Field(default="", title="What have you tried? What matters here?", max_length=TEXT_LENGTH)
    tags: Tags = Field(default=(), title="Tags")


class EditAnswer(Action, prefix="answer.edit"):
    answer: int
    rev: int


class AnswerText(Form, title="Edit your answer", submit="Save"):
    text: Paragraph = Field(title="Your answer", max_length=TEXT_LENGTH)
    setting: Line = Field(default="", title="Where does it apply?", max_length=LINE_LENGTH)


class CloseIt(Action, prefix="question.close"):
    question: int


class WhyClosed(Form, title="Close the question", submit="Close it"):
    reason: Line = Field(title="Why?", description="It stands on the question for everyone.", max_length=LINE_LENGTH)


class Reopen(Action, prefix="question.reopen"):
    question: int


class AnsweredBefore(Action, prefix="question.before"):
    question: int


class EarlierQuestion(Form, title="Answered before", submit="Point to it"):
    earlier: Choice = Field(title="Which one answers it?")


class ThatWasIt(Action, prefix="question.was-it"):
    question: int
    earlier: int


class RemoveQuestion(Action, prefix="question.remove"):
    question: int


class RemoveAnswer(Action, prefix="answer.remove"):
    answer: int


class WhyRemoved(Form, title="Remove it", submit="Remove for good"):
    reason: Line = Field(
        default="", title="Why?", description="For its author and the log, if it isn't yours.", max_length=LINE_LENGTH
    )


class Follow(Action, prefix="question.follow"):
    question: int


class Unfollow(Action, prefix="question.unfollow"):
    question: int


# The queue


class QueuePage(Action, prefix="question.queue"):
    skip: int


class AskOthersNow(Action, prefix="question.nudge"):
    """``rounds``: how often people were asked when the button was drawn, so that two presses ask once."""

    question: int
    rounds: int


class HowToAsk(Action, prefix="question.policy"):
    """Change how questions are passed on."""


# Timers


class NextStep(Action, prefix="question.next"):
    question: int


class Remind(Action, prefix="invitation.remind"):
    invitation: int


def next_step_key(question_id: int) -> str:
    return f"question:{question_id}:next"


def reminder_key(invitation_id: int) -> str:
    return f"invitation:{invitation_id}:remind"
