"""The schedule ritual's name, its buttons and its forms."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from bot.core.forms import Choice, Form, Line, Number, Option, Options, Paragraph, PersonChoice, WallTime
from bot.core.ritual import Ritual
from bot.core.ui import Action, Seconds
from bot.rituals.sessions import KINDS, REMINDED

ritual = Ritual("schedule")
TITLE_LENGTH, TEXT_LENGTH, LINE_LENGTH = 100, 2000, 300
ONCE, WEEKLY, FORTNIGHTLY, BY_WEEKDAY, BY_DAY, WEEKDAYS = "once weekly fortnightly weekday day weekdays".split()
OFTEN = (
    Option(ONCE, "Once"),
    Option(WEEKLY, "Every week, on that day"),
    Option(FORTNIGHTLY, "Every other week, on that day"),
    Option(BY_WEEKDAY, "Every month, on that weekday (such as the 2nd Thursday)"),
    Option(BY_DAY, "Every month, on that day (such as the 15th)"),
    Option(WEEKDAYS, "Every weekday, from that day on"),
)
IN_WORDS = "Such as: every 2nd Thursday 12:30, not in August; last Friday of the month 9:00 until June"
# What every form says that makes a schedule: when, by choosing or in words, and where.
First = Annotated[
    WallTime | None, Field(title="When is the first?", description="Like 2026-03-12 12:30; or say it in words below")
]
Often = Annotated[Choice, Options(OFTEN), Field(title="How often?")]
Words = Annotated[Line, Field(title="Or when, in words", description=IN_WORDS, max_length=LINE_LENGTH)]
Where = Annotated[Choice, Field(title="In which channel?")]


class NewMeeting(Form, title="Schedule a meeting", submit="See the dates"):
    title: Line = Field(title="What is it called?", max_length=TITLE_LENGTH)
    first: First = None
    often: Often = ONCE
    words: Words = ""
    place: Where = ""
    where: Line = Field(default="", title="A link or a room", max_length=LINE_LENGTH)
    kind: Annotated[Choice, Options(KINDS)] = Field(default="other", title="What kind of meeting?")
    host: PersonChoice | None = Field(default=None, title="Who hosts it?")
    cohost: PersonChoice | None = Field(default=None, title="Who else hosts it?")
    topics: Paragraph = Field(
        default="",
        title="What is it about?",
        description="Several lines: a topic for each date in turn",
        max_length=1000,
    )
    minutes: Number = Field(default=60, title="How many minutes?", ge=5, le=24 * 60)
    capacity: Number | None = Field(default=None, title="How many can come? Empty: any number", ge=1, le=100_000)
    remind: Annotated[Choice, Options(REMINDED)] = Field(default="60", title="When is the channel reminded?")


class NewPrompt(Form, title="Schedule a prompt", submit="See the dates"):
    what: Choice = Field(default="", title="What is posted?")
    text: Paragraph = Field(
        default="", title="Your own words", description="Such as: What did you learn this week?", max_length=TEXT_LENGTH
    )
    first: First = None
    often: Often = ONCE
    words: Words = ""
    place: Where = ""


Plan = NewMeeting | NewPrompt


class ScheduleMeeting(Action, prefix="plan.meeting"):
    """Open the form for a meeting."""


class SchedulePrompt(Action, prefix="plan.prompt"):
    """Open the form for a prompt."""


class SavePlan(Action, prefix="plan.save"):
    """``meaning``: which of the meanings that were shown at ``at``, in seconds since 1970."""

    draft: str
    meaning: int
    at: Seconds


class Schedules(Action, prefix="plan.list"):
    skip: int


class SkipDate(Action, prefix="plan.skip"):
    rhythm: int


class WhichDate(Form, title="Skip a date", submit="Skip it"):
    date: Choice = Field(title="Which date?")


class MoveDate(Action, prefix="plan.move"):
    rhythm: int


class ToWhen(Form, title="Move a date", submit="Move it"):
    date: Choice = Field(title="Which date?")
    to: WallTime = Field(title="To when?", description="Like 2026-03-12 12:30, on the clocks it goes by")


class ChangePlan(Action, prefix="plan.change"):
    rhythm: int
    rev: int


class Changed(Form, title="Change a schedule", submit="See the dates"):
    title: Line = Field(title="What is it called?", max_length=TITLE_LENGTH)
    words: Line = Field(title="When, in words", description=IN_WORDS, max_length=LINE_LENGTH)
    since: Choice = Field(default="", title="From when on?")


class MoreOfPlan(Action, prefix="plan.more"):
    rhythm: int


class AddDate(Action, prefix="plan.add"):
    rhythm: int


class OneMore(Form, title="Add a date", submit="Add it"):
    at: WallTime = Field(title="When?", description="Like 2026-03-12 12:30, on the clocks it goes by")


class MoreOfPrompt(Action, prefix="plan.prompt-more"):
    occurrence: int


class RemovePrompt(Action, prefix="plan.prompt-gone"):
    occurrence: int


class WhyRemoved(Form, title="Remove it", submit="Remove for good"):
    reason: Line = Field(default="", title="Why?", description="For the log.", max_length=LINE_LENGTH)


class Pause(Action, prefix="plan.pause"):
    rhythm: int


class GoOn(Action, prefix="plan.go-on"):
    rhythm: int


class RunNow(Action, prefix="plan.now"):
    rhythm: int
    rev: int


class EndIt(Action, prefix="plan.end"):
    rhythm: int


class StartAgain(Action, prefix="plan.again"):
    rhythm: int
