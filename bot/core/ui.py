"""Cards: what a ritual can show, never how a platform draws it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any, ClassVar, Literal, Self
from urllib.parse import quote, unquote

from pydantic import BaseModel, ConfigDict

from bot.core.storable import LARGEST_NUMBER
from bot.core.text import Text, plain

Seconds = Annotated[int, "since 1970"]  # in an action: other than ids, it outgrows a database's integer, in 2038


class Action(BaseModel):
    """The typed payload of a button or a timer; it survives restarts inside the button's own id.

    Packed as ``prefix|value|value`` in the order of the fields, a None as a bare ``%``. New fields go last, with a default,
    so that buttons on old messages keep working.
    """

    model_config = ConfigDict(frozen=True)
    prefix: ClassVar[str] = ""
    # Discord's custom_id holds 100 characters; what is left carries a delivery's id.
    MAX_PACKED: ClassVar[int] = 70

    def __init_subclass__(cls, *, prefix: str, **kwargs: Any) -> None:
        cls.prefix = prefix
        super().__init_subclass__(**kwargs)

    @classmethod
    def __pydantic_init_subclass__(cls, **kwargs: Any) -> None:
        """pydantic hands the class keywords on; ``prefix`` was read above."""

    def pack(self) -> str:
        """Raises ValueError when longer than MAX_PACKED characters: a fault of the ritual, not of a person."""
        values = self.model_dump(mode="json").values()
        packed = "|".join([self.prefix, *("%" if value is None else quote(str(value), safe="") for value in values)])
        if len(packed) > self.MAX_PACKED:
            raise ValueError(f"{packed!r} is longer than {self.MAX_PACKED} characters")
        return packed

    @classmethod
    def unpack(cls, packed: str) -> Self:
        """Raises ValueError for what ``pack`` never makes: values that do not fit the fields, numbers that can be no id."""
        if len(packed) > cls.MAX_PACKED:
            raise ValueError(f"longer than {cls.MAX_PACKED} characters")
        _, *values = packed.split("|")
        if len(values) > len(cls.model_fields):
            raise ValueError(f"too many values in {packed!r}")
        given = (None if value == "%" else unquote(value) for value in values)
        made = cls.model_validate(dict(zip(cls.model_fields, given, strict=False)))
        for name, field in cls.model_fields.items():
            value = getattr(made, name)
            if isinstance(value, int) and abs(value) > LARGEST_NUMBER and not field.metadata:
                raise ValueError(f"{name} is too large a number")
        return made


class Run(Action, prefix="run"):
    """What typing a command would do, as a button."""

    command: str


class Resume(Action, prefix="draft"):
    """Reopen a form, at one of its steps, with what was typed into it."""

    draft: str
    step: int = 0


class Why(Action, prefix="why"):
    """Why did I get this? Stands below every direct message."""

    delivery: int


def prefix_of(packed: str) -> str:
    return packed.split("|", 1)[0]


@dataclass(frozen=True, slots=True)
class Button:
    label: str
    action: Action
    style: Literal["plain", "primary", "danger"] = "plain"
    confirm: str = ""


@dataclass(frozen=True, slots=True)
class LinkButton:
    label: str
    url: str


@dataclass(frozen=True, slots=True)
class Section:
    """One line of a list on a card, with its own buttons."""

    text: Text
    buttons: tuple[Button | LinkButton, ...] = ()


@dataclass(frozen=True, slots=True)
class Planned:
    """What a card says as an entry in a platform's own calendar: UTC; ``where`` as words or an address on the web."""

    starts: datetime
    ends: datetime
    where: str
    cancelled: bool = False


@dataclass(frozen=True, slots=True)
class Attachment:
    """A file that comes with a card."""

    name: str
    content: bytes


@dataclass(frozen=True, slots=True)
class Card:
    """What a message shows, top to bottom: title, body, sections, buttons, and small print that says how things stand.

    ``body`` may hold a member's words. A renderer never loses one: what is too long for one message is split or paged.
    ``pinned``: it belongs on top of its place, where the platform can do that. ``discussed``: people are to answer below it, so
    it gets a thread where messages have none by themselves; ``over``: they have; ``tags`` are for places that show some.
    ``planned`` is what a platform's own calendar shows of it, where it is posted as an event. ``attachment`` comes with what is
    delivered, not with what answers somebody; its name is of letters, digits, "-", "_" and "." alone.
    """

    title: str = ""
    body: Text = ()
    sections: tuple[Section, ...] = ()
    buttons: tuple[Button | LinkButton, ...] = ()
    state: Text = ()
    pinned: bool = False
    discussed: bool = False
    over: bool = False
    tags: tuple[str, ...] = ()
    planned: Planned | None = None
    attachment: Attachment | None = None

    def as_text(self) -> str:
        """The card's words, one part a line: a fallback for notifications and for platforms without cards."""
        parts = [self.title, plain(self.body), *(plain(section.text) for section in self.sections), plain(self.state)]
        return "\n".join(part for part in parts if part)


def say(*text: Any) -> Card:
    """A card that is a sentence or two."""
    return Card(body=tuple(text))
