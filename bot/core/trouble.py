"""What went wrong, as an outcome: beside the field of a form, or as a card."""

from __future__ import annotations

from bot.core.errors import Fixable
from bot.core.events import Event, FromAPerson, Submit
from bot.core.replies import Outcome, Said, Wrong
from bot.core.ui import Card, say


def refused(event: FromAPerson, message: str) -> Outcome:
    """Nothing was done; a form stays open with what was typed."""
    return Wrong({"": message}) if isinstance(event, Submit) else Said(say(message))


def problem(event: Event, error: Fixable) -> Outcome:
    """What the person can do about it."""
    return Wrong({error.field: error.message}) if isinstance(event, Submit) else Said(Card(body=error.text))


def failed(reference: str) -> Card:
    """A failure of ours, with the reference that the log has."""
    return say(f"Something failed on our side. Nothing is lost; please try again in a minute. Reference {reference}.")
