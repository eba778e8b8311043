"""The ritual's name, its buttons and its form."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from bot.core.forms import Choice, Form, Option, Options
from bot.core.ritual import Ritual
from bot.core.ui import Action

ritual = Ritual("mydata")
ALL, WITHOUT_NAME = "all", "without name"


class MyData(Action, prefix="data.mine"):
    """What can be done with it."""


class GiveMeACopy(Action, prefix="data.copy"):
    """As a file."""


class EraseMe(Action, prefix="data.erase"):
    """Open the form."""


WHAT = (
    Option(ALL, "All that I wrote goes, my questions with the answers of others"),
    Option(WITHOUT_NAME, "What I wrote stays for others, without my name"),
)


class HowToErase(Form, title="Delete my data", submit="Delete it for good"):
    what: Annotated[Choice, Options(WHAT)] = Field(title="What you asked, answered and shared")
