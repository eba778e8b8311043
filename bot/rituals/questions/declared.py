"""The questions ritual's name, its buttons and its forms."""

from __future__ import annotations

from pydantic import Field

from bot.core.forms import Choice, Form, Line, Paragraph, PersonChoice, Tags
from bot.core.ritual import Ritual
from bot.core.ui import Action

ritual = Ritual("questions")
TITLE_LENGTH = 150
TEXT_LENGTH = 3000


class NewQuestion(Form, title="Ask a question", submit="Ask"):
    title: Line = Field(title="Your question, in one sentence", max_length=TITLE_LENGTH)
    details: Paragraph = Field(default="", title="What have you tried? What matters here?", max_length=TEXT_LENGTH)
    tags: Tags = Field(
        default=(), title="Tags", description="A few words to find it by, with commas between: falls, night"
    )
    place: Choice = Field(default="", title="Where to post it")


class NewAnswer(Form, title="Answer", submit="Send answer"):
    text: Paragraph = Field(title="Your answer", description="It is posted in the thread.", max_length=TEXT_LENGTH)


class WhatHelped(Form, title="What helped?", submit="This helped"):
    helped: Choice = Field(title="Whose answer helped?")


class SomebodyToAsk(Form, title="Ask someone", submit="Ask them"):
    person: PersonChoice = Field(title="Who may know?")


class Ask(Action, prefix="question.ask"):
    """Open the question form."""


class AskAnyway(Action, prefix="question.anyway"):
    draft: str


class ThatAnswersIt(Action, prefix="question.found"):
    question: int
    draft: str


class SaveMessage(Action, prefix="question.save"):
    message: str


class Answer(Action, prefix="question.answer"):
    question: int


class Helped(Action, prefix="question.helped"):
    question: int


class NotMe(Action, prefix="question.not-me"):
    invitation: int


class AskSomeone(Action, prefix="question.ask-someone"):
    question: int


class AskNext(Action, prefix="question.ask-next"):
    question: int


def next_step_key(question_id: int) -> str:
    return f"question:{question_id}:next"
