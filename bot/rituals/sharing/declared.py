"""The sharing ritual's name, its buttons and its forms."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from bot.core.forms import Choice, Form, Line, Option, Options, Paragraph, Tags, Url
from bot.core.ritual import Ritual
from bot.core.ui import Action

ritual = Ritual("sharing")
TITLE_LENGTH = 150
TEXT_LENGTH = 3000
LINE_LENGTH = 200

BASIS = (
    Option("practice", "What works for me"),
    Option("evidence", "Evidence: a study, a guideline"),
    Option("community", "What we do here together"),
)
LINK_KINDS = tuple(
    Option(name, name.capitalize()) for name in "paper guideline tool recording dataset template course other".split()
)


class NewTip(Form, title="Share a tip", submit="Share"):
    challenge: Line = Field(title="What is the problem?", max_length=TITLE_LENGTH)
    text: Paragraph = Field(title="What works?", max_length=TEXT_LENGTH)
    setting: Line = Field(
        default="",
        title="Where does it apply?",
        description="Such as: in a care home, at night",
        max_length=LINE_LENGTH,
    )
    basis: Annotated[Choice, Options(BASIS)] = Field(default="practice", title="What does it rest on?")
    tags: Tags = Field(default=(), title="Tags", description="A few words to find it by, with commas between")


class NewStory(Form, title="Share a story", submit="Share"):
    title: Line = Field(title="What is it about?", max_length=TITLE_LENGTH)
    text: Paragraph = Field(title="What happened?", max_length=TEXT_LENGTH)
    changed: Paragraph = Field(default="", title="What did it change?", max_length=1000)
    tags: Tags = Field(default=(), title="Tags", description="A few words to find it by, with commas between")


class NewTerm(Form, title="Share a term", submit="Share"):
    title: Line = Field(title="The word or term", max_length=TITLE_LENGTH)
    text: Paragraph = Field(title="What does it mean here?", max_length=TEXT_LENGTH)
    tags: Tags = Field(default=(), title="Tags", description="A few words to find it by, with commas between")


class NewLink(Form, title="Share a link", submit="Share"):
    url: Url = Field(title="The address", max_length=2000)
    text: Paragraph = Field(title="Why is it useful?", max_length=1000)
    sort: Annotated[Choice, Options(LINK_KINDS)] = Field(default="other", title="What is it?")
    licence: Line = Field(default="", title="Licence, or how to cite it", max_length=LINE_LENGTH)
    tags: Tags = Field(default=(), title="Tags", description="A few words to find it by, with commas between")


class Thank(Action, prefix="item.thank"):
    item: int


class WhyThanks(Form, title="Say thanks", submit="Say thanks"):
    reason: Line = Field(title="What for?", description="Only they read it.", max_length=LINE_LENGTH)


class UsedIt(Action, prefix="item.used"):
    item: int


class TriedItem(Action, prefix="item.tried"):
    item: int


class MoreOfItem(Action, prefix="item.more"):
    item: int


class EditItem(Action, prefix="item.edit"):
    item: int
    rev: int


class ItemText(Form, title="Edit", submit="Save"):
    title: Line = Field(title="In one line", max_length=TITLE_LENGTH)
    text: Paragraph = Field(title="The text", max_length=TEXT_LENGTH)
    setting: Line = Field(default="", title="Where does it apply?", max_length=LINE_LENGTH)
    tags: Tags = Field(default=(), title="Tags")


class History(Action, prefix="item.history"):
    item: int


class AddNote(Action, prefix="item.note"):
    item: int


class ItemNoteForm(Form, title="Add a note", submit="Add"):
    text: Paragraph = Field(title="What do you want to add?", description="It stands below it.", max_length=500)


class Widen(Action, prefix="item.widen"):
    item: int


class OtherChannel(Form, title="Share in another channel", submit="Share"):
    place: Choice = Field(title="Where?")


class ShareIt(Action, prefix="item.share-it"):
    wish: int


class LeaveIt(Action, prefix="item.leave-it"):
    wish: int


class RemoveItem(Action, prefix="item.remove"):
    item: int


class WhyRemoved(Form, title="Remove it", submit="Remove for good"):
    reason: Line = Field(
        default="", title="Why?", description="For its author and the log, if it isn't yours.", max_length=LINE_LENGTH
    )
