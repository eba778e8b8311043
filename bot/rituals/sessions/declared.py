"""The sessions ritual's name, its buttons, forms and timers."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from bot.core.forms import Choice, Form, Line, Number, Option, Options, Url
from bot.core.ritual import Ritual
from bot.core.ui import Action

ritual = Ritual("sessions")
LINE_LENGTH = 200
KINDS = tuple(
    Option(name, name.capitalize())
    for name in ("grand rounds", "webinar", "studio", "case discussion", "study group", "office hour", "other")
)
REMINDED = (
    Option("60", "An hour before"),
    Option("15", "A quarter of an hour before"),
    Option("1440", "A day before"),
    Option("0", "Not at all"),
)
LEFT = tuple(Option(name.lower(), name) for name in ("Notes", "Slides", "Recording", "Something else"))


class Come(Action, prefix="session.come"):
    session: int
    answer: str


class MoreOfSession(Action, prefix="session.more"):
    session: int


class RemindMe(Action, prefix="session.remind"):
    session: int


LEADS = (
    Option("10", "Ten minutes before"),
    Option("60", "An hour before"),
    Option("1440", "A day before"),
    Option("10080", "A week before"),
)


class WhenToRemind(Form, title="Remind me", submit="Remind me"):
    minutes: Annotated[Choice, Options(LEADS)] = Field(default="60", title="When shall I remind you?")


class WasThere(Action, prefix="session.there"):
    session: int


class HowMany(Action, prefix="session.how-many"):
    session: int


WHO_COMES = (
    "session",
    "session_soon",
    "session_news",
    "session_place",
)  # the cards that say who comes, or whether one does


class PeopleAtSite(Form, title="How many were there?", submit="Save"):
    people: Number = Field(title="How many people, with you?", ge=1, le=10_000)
    site: Line = Field(default="", title="Where?", description="The site you count for", max_length=LINE_LENGTH)


class AddWhatIsLeft(Action, prefix="session.left"):
    session: int


class WhatIsLeft(Form, title="Notes, slides, a recording", submit="Add"):
    kind: Annotated[Choice, Options(LEFT)] = Field(default="notes", title="What is it?")
    url: Url = Field(title="Its address", max_length=2000)
    text: Line = Field(default="", title="A word on it", max_length=LINE_LENGTH)


class MyCalendar(Action, prefix="calendar.mine"):
    """A new address for one's calendar."""


class NoCalendar(Action, prefix="calendar.off"):
    """Take the address back."""


class InMyCalendar(Action, prefix="calendar.one"):
    session: int


class CancelMeeting(Action, prefix="session.cancel"):
    session: int


class WhyCancelled(Form, title="Cancel this meeting", submit="Cancel it"):
    reason: Line = Field(
        default="", title="Why?", description="Those who said they come read it.", max_length=LINE_LENGTH
    )


class RemoveLeft(Action, prefix="session.unleft"):
    note: int


# Timers


class Soon(Action, prefix="session.soon"):
    session: int


class MyReminder(Action, prefix="session.mine"):
    session: int
    member: int


class Over(Action, prefix="session.over"):
    session: int


def soon_key(session_id: int) -> str:
    return f"session:{session_id}:soon"


def over_key(session_id: int) -> str:
    return f"session:{session_id}:over"


def mine_key(session_id: int, member_id: int | str = "") -> str:
    """Of somebody's own reminder; without a member what all of them begin with."""
    return f"session:{session_id}:mine:{member_id}"
