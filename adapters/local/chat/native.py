"""The JSON that bots send: cards, forms, answers. Checked strictly, with limits of our own as real platforms have."""

from __future__ import annotations

from typing import Annotated, Any, Literal, TypeVar

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, TypeAdapter, ValidationError

from adapters.local.chat.model import Json, Problem

T = TypeVar("T")

CARD_TEXT = 12_000
CARD_BUTTONS = 25
TITLE = 150
LABEL = 75
PACKED = 100
FORM_FIELDS = 100
FIELD_OPTIONS = 500

WebAddress = Annotated[str, StringConstraints(pattern=r"^https?://[^\s\x00-\x1f]+$")]
Instant = Annotated[str, StringConstraints(pattern=r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z$")]


class Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)


class Words(Strict):
    kind: Literal["bold", "quoted"]
    text: str


class LinkPart(Strict):
    kind: Literal["link"]
    label: str
    url: WebAddress


class PersonPart(Strict):
    """Somebody by name; with ``person`` one of ours, whom ``notify`` marks as spoken to."""

    kind: Literal["person"]
    name: str
    person: str | None = None
    notify: bool = False


class ChannelPart(Strict):
    kind: Literal["channel"]
    name: str
    place: str | None = None


class MessagePart(Strict):
    kind: Literal["message"]
    label: str
    place: str
    message: int


class WhenPart(Strict):
    """An instant in UTC, ISO 8601 with a Z; shown in the reader's zone."""

    kind: Literal["when"]
    at: Instant


class TypedPart(Strict):
    """A command as people type it, without its slash."""

    kind: Literal["typed"]
    command: str


Span = Annotated[
    Words | LinkPart | PersonPart | ChannelPart | MessagePart | WhenPart | TypedPart, Field(discriminator="kind")
]
Text = list[str | Span]


class ActionButton(Strict):
    kind: Literal["button"]
    label: str
    packed: str
    style: Literal["plain", "primary", "danger"] = "plain"
    confirm: str = ""


class LinkButton(Strict):
    kind: Literal["link"]
    label: str
    url: WebAddress


Buttons = list[Annotated[ActionButton | LinkButton, Field(discriminator="kind")]]


class Section(Strict):
    text: Text
    buttons: Buttons = []


class File(Strict):
    """``content`` is in base64."""

    name: str
    content: Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9+/]*={0,2}$")]


class Card(Strict):
    title: str = ""
    body: Text = []
    sections: list[Section] = []
    buttons: Buttons = []
    state: Text = []
    file: File | None = None


class Option(Strict):
    value: str
    label: str


class FormField(Strict):
    name: str
    kind: Literal["line", "paragraph", "choice", "choices", "tags", "person", "datetime", "url", "number", "yesno"]
    title: str
    hint: str = ""
    required: bool = True
    max_length: int | None = None
    options: list[Option] = []


class Form(Strict):
    """``origin`` and ``draft`` mean nothing here; they come back when the form is sent."""

    title: str
    submit: str
    origin: str
    draft: str
    fields: list[FormField]
    values: dict[str, str | int | bool | list[str] | None] = {}
    errors: dict[str, str] = {}
    note: Text = []


class FormAnswer(Strict):
    type: Literal["form"]
    form: Form


class ErrorsAnswer(Strict):
    type: Literal["errors"]
    errors: dict[str, str]


class MessageAnswer(Strict):
    type: Literal["message"]
    card: Card
    private: bool = True


class DoneAnswer(Strict):
    type: Literal["done"]


Answer = FormAnswer | ErrorsAnswer | MessageAnswer | DoneAnswer

_card = TypeAdapter(Card)
_answer: TypeAdapter[Answer] = TypeAdapter(Annotated[Answer, Field(discriminator="type")])


def check_card(given: Any) -> Json:
    """The card with nothing left out. Raises Problem (400): "malformed" or "too_long"."""
    card = _checked(_card, given)
    _check_card_limits(card)
    return card.model_dump(mode="json")


def check_answer(given: Any) -> Answer:
    """Raises Problem (400): "malformed" or "too_long"."""
    answer = _checked(_answer, given)
    if isinstance(answer, MessageAnswer):
        _check_card_limits(answer.card)
    if isinstance(answer, FormAnswer):
        _check_form_limits(answer.form)
    return answer


def _checked(adapter: TypeAdapter[T], given: Any) -> T:
    try:
        return adapter.validate_python(given)
    except ValidationError as error:
        # Of the ways in which a part can be wrong, the one that got furthest says most.
        deepest = max(error.errors(include_input=False, include_url=False), key=lambda found: len(found["loc"]))
        # A step with brackets is only a union's name for itself.
        where = ".".join(str(step) for step in deepest["loc"] if "[" not in str(step))
        raise Problem(400, "malformed", f"{where or 'all of it'}: {deepest['msg']}") from None


def _check_card_limits(card: Card) -> None:
    buttons = [*card.buttons, *(button for section in card.sections for button in section.buttons)]
    texts = [card.body, card.state, *(section.text for section in card.sections)]
    words = len(card.title) + sum(_length(part) for text in texts for part in text)
    _at_most(TITLE, len(card.title), "characters in a title")
    _at_most(CARD_TEXT, words, "characters in a card")
    _at_most(CARD_BUTTONS, len(buttons), "buttons on a card")
    for button in buttons:
        _at_most(LABEL, len(button.label), "characters on a button")
        if isinstance(button, ActionButton):
            _at_most(PACKED, len(button.packed), "characters in a button's packed action")


def _check_form_limits(form: Form) -> None:
    _at_most(TITLE, len(form.title), "characters in a form's title")
    _at_most(LABEL, len(form.submit), "characters on a form's button")
    _at_most(FORM_FIELDS, len(form.fields), "fields in a form")
    for field in form.fields:
        _at_most(FIELD_OPTIONS, len(field.options), "options in a field")


def _length(part: str | Span) -> int:
    match part:
        case str():
            return len(part)
        case Words():
            return len(part.text)
        case LinkPart() | MessagePart():
            return len(part.label)
        case PersonPart() | ChannelPart():
            return len(part.name)
        case TypedPart():
            return len(part.command)
        case WhenPart():
            return len(part.at)


def _at_most(limit: int, count: int, what: str) -> None:
    if count > limit:
        raise Problem(400, "too_long", f"at most {limit:,} {what}; this has {count:,}")
