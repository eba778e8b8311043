"""The digest ritual's name, its buttons, forms and timers."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from bot.core.forms import Choice, Choices, Form, Line, Option, Options, Tags
from bot.core.ritual import Ritual
from bot.core.ui import Action
from bot.recurrence.words import DAY_NAMES
from bot.rituals.digests.composing import ANSWERED, MET, USED
from storage import activity, digests, forwarded, items, questions, sessions

ritual = Ritual("digests")
LINE_LENGTH = 150
EVERYWHERE = "all"
OFTEN = (
    Option(digests.WEEKLY, "Every week"),
    Option(digests.DAILY, "Every day"),
    Option(digests.MONTHLY, "Once a month"),
    Option(digests.AWAY, "Only after I was away"),
)
WEEKDAYS = tuple(Option(str(number), name) for number, name in enumerate(DAY_NAMES))
KINDS = (
    Option(questions.KIND, "Open questions"),
    Option(ANSWERED, "Questions that were answered"),
    Option(forwarded.KIND, "What others put forward"),
    Option(items.TIP, "Tips"),
    Option(items.STORY, "Stories"),
    Option(items.LINK, "Links"),
    Option(items.TERM, "Terms"),
    Option(sessions.KIND, "Meetings"),
    Option(MET, "What is left of meetings: notes, recordings"),
    Option(activity.KIND, "The busiest thread, in numbers"),
    Option(USED, "That what I shared was used"),
)


class HowIWantIt(Form, title="Your digest", submit="Save"):
    every: Annotated[Choice, Options(OFTEN)] = Field(default=digests.WEEKLY, title="How often?")
    weekday: Annotated[Choice, Options(WEEKDAYS)] = Field(default="4", title="On which day?")
    at: Line = Field(default="16:00", title="At what time?", description="On your clock, like 16:00", max_length=5)
    channels: Choices = Field(default=(), title="Of which channels?")
    kinds: Annotated[Choices, Options(KINDS)] = Field(default=(), title="What of? Nothing chosen: all of it")
    tags: Tags = Field(default=(), title="Only with these tags", description="Leave it empty for all")


class DigestHere(Action, prefix="digest.here"):
    """A weekly digest of the channel this is pressed in."""


class ChangeDigest(Action, prefix="digest.change"):
    """Open the form."""


class Preview(Action, prefix="digest.preview"):
    """What would be sent now."""


class PauseDigest(Action, prefix="digest.pause"):
    """None until it goes on."""


class DigestGoesOn(Action, prefix="digest.go-on"):
    """It comes again."""


class NoDigest(Action, prefix="digest.end"):
    """None any more."""


class LessOften(Action, prefix="digest.less-often"):
    """Weekly instead of daily, monthly instead of weekly."""


class Useful(Action, prefix="digest.useful"):
    issue: int


class LessLikeThis(Action, prefix="digest.less"):
    issue: int


class OfWhat(Form, title="Less like this", submit="Save"):
    what: Choice = Field(title="What do you want less of?")


class TakeBack(Action, prefix="digest.take-back"):
    """What one put forward."""

    forwarded: int


class LeaveMeOut(Action, prefix="digest.leave-out"):
    """My messages in this place are neither put forward nor counted."""

    place: int


class LetMeIn(Action, prefix="digest.let-in"):
    place: int


class DigestDue(Action, prefix="digest.due"):
    """A timer."""

    member: int


def due_key(member_id: int) -> str:
    return f"digest:{member_id}"
