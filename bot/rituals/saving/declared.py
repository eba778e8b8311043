"""The saving ritual's name, its buttons and its forms."""

from __future__ import annotations

from pydantic import Field

from bot.core.forms import Choice, Form, Line, Paragraph, Tags
from bot.core.ritual import Ritual
from bot.core.text import shortened
from bot.core.ui import Action
from bot.rituals.questions import NewQuestion

ritual = Ritual("saving")
TITLE_LENGTH = 150
TEXT_LENGTH = 3000
# The one field that the digest shows: what the message says stays where it is.
WHY: str = Field(
    default="",
    title="In one line, why should others read this?",
    description="For the digest alone: it shows your line and a link",
    max_length=150,
)


class SaveMine(Action, prefix="mine"):
    """``place`` is the platform's id of the channel it was written in. The prefix is short: Discord's ids are long."""

    message: str
    place: str = ""


class SaveOwn(Form, title="Save to Rounds", submit="Save"):
    what: Choice = Field(title="What is it?")
    text: Paragraph = Field(title="What others will find", max_length=TEXT_LENGTH)
    title: Line = Field(
        default="",
        title="In one sentence",
        description="The question, or what the tip or story is about. Not for an answer.",
        max_length=TITLE_LENGTH,
    )
    tags: Tags = Field(default=(), title="Tags", description="Not for an answer")
    why: Line = WHY

    def as_question(self) -> NewQuestion:
        title = self.title or shortened(self.text, TITLE_LENGTH)
        details = "" if title == self.text else self.text
        return NewQuestion(title=title, details=details, tags=self.tags)


class SaveAnyway(Action, prefix="save.anyway"):
    draft: str


class SaveTheirs(Action, prefix="theirs"):
    message: str
    author: str


class SomebodysWords(Form, title="Save to Rounds", submit="Go on", kept=False):
    what: Choice = Field(title="What is it?")
    text: Paragraph = Field(title="What others will find", max_length=TEXT_LENGTH)
    why: Line = WHY


class KeepTheirs(Action, prefix="save.ok"):
    question: int
    place: int
    message: str
    here: int


class EditTheirs(Action, prefix="save.edit"):
    question: int
    place: int
    message: str
    here: int


class ShareTheirs(Action, prefix="save.share"):
    """Share what one wrote in ``place``, which the message under the button quotes, as a tip, a story or a link."""

    kind: str
    place: int
    message: str


class EditToShare(Action, prefix="save.share-edit"):
    kind: str
    place: int
    message: str


class MyWordsToShare(Form, title="Share it", submit="Share", kept=False):
    text: Paragraph = Field(title="What others will find", max_length=TEXT_LENGTH)
    title: Line = Field(default="", title="In one sentence", max_length=TITLE_LENGTH)
    tags: Tags = Field(default=(), title="Tags")


class AskMine(Action, prefix="save.ask"):
    """Ask what one wrote in ``place``, which the message under the button quotes."""

    place: int


class NoneOfMine(Action, prefix="save.no"):
    """Keep nothing of what one wrote; by its message it is found where it is kept already."""

    question: int = 0
    place: int = 0
    message: str = ""
