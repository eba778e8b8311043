"""Safe text: what a card says, as parts. A plain ``str`` is always shown as it is, whoever wrote it.

Only the spans here carry meaning (a mention, a link, an instant), so nothing that a member wrote can become one: each
platform's renderer escapes every ``str`` and draws each span in its own way.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime

from bot.core.events import Ref


@dataclass(frozen=True, slots=True)
class Bold:
    text: str


@dataclass(frozen=True, slots=True)
class Quoted:
    """Somebody's own words, set apart from ours."""

    text: str


@dataclass(frozen=True, slots=True)
class Link:
    label: str
    url: str


@dataclass(frozen=True, slots=True)
class Person:
    """A person by name. With ``notify`` the platform tells them; it needs an account of theirs in that workspace."""

    name: str
    accounts: tuple[Ref, ...] = ()
    notify: bool = False


@dataclass(frozen=True, slots=True)
class Channel:
    """A place by name; links to it where the reader's platform is the place's own."""

    name: str
    place: Ref | None = None


@dataclass(frozen=True, slots=True)
class MessageLink:
    """A link to a message of ours or in a thread of ours: the place it stands in and the platform's id for it."""

    label: str
    place: Ref
    message: str


@dataclass(frozen=True, slots=True)
class When:
    """An instant, shown in each reader's own zone."""

    at: datetime

    def __post_init__(self) -> None:
        if self.at.tzinfo is None:
            raise ValueError("an instant needs a zone")


@dataclass(frozen=True, slots=True)
class Typed:
    """A command as people here type it, without the slash: renderers add the slash and the community's prefix."""

    command: str


Span = str | Bold | Quoted | Link | Person | Channel | MessageLink | When | Typed
Text = tuple[Span, ...]


def plain(text: Text) -> str:
    """The words alone, for a fallback or a log of our own sentences. Instants in UTC."""

    def words(span: Span) -> str:
        match span:
            case str():
                return span
            case Bold(text) | Quoted(text):
                return text
            case Link(label, _) | MessageLink(label, _, _):
                return label
            case Person(name, _, _):
                return name
            case Channel(name, _):
                return f"#{name}"
            case When(at):
                return f"{at.astimezone(UTC):%d %b %Y %H:%M} UTC"
            case Typed(command):
                return f"/{command}"

    return "".join(words(span) for span in text)


def shortened(text: str, length: int) -> str:
    """At most ``length`` characters, cut at a word and marked with an ellipsis; line breaks become spaces."""
    one_line = " ".join(text.split())
    if len(one_line) <= length:
        return one_line
    return one_line[: length - 1].rsplit(" ", 1)[0] + "…"


def split(text: str, longest: int) -> list[str]:
    """Pieces of at most ``longest`` characters that together are the text, cut after a paragraph, line or word if possible."""
    pieces = []
    while len(text) > longest:
        found = (text.rfind(mark, longest // 2, longest - 1) for mark in ("\n\n", "\n", ". ", " "))
        cut = next((at + 1 for at in found if at > 0), longest)
        pieces.append(text[:cut])
        text = text[cut:]
    return [*pieces, text] if text else pieces
