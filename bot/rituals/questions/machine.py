"""A question's states and what may happen in each. Pure: the table below is all there is."""

from __future__ import annotations

from enum import StrEnum


class State(StrEnum):
    NEW = "new"  # being written down
    ASKED = "asked"  # people were asked and have not answered yet
    QUEUED = "queued"  # nobody (else) to ask: it waits for a facilitator
    ANSWERED = "answered"  # somebody answered; whether it helped is not known
    HELPED = "helped"  # the asker said what helped


class Happening(StrEnum):
    PEOPLE_ASKED = "people asked"
    NOBODY_LEFT = "nobody left to ask"
    ANSWER = "an answer"
    HELP = "it helped"


class NotNow(Exception):
    """This cannot happen to a question in this state."""


TRANSITIONS: dict[tuple[State, Happening], State] = {
    (State.NEW, Happening.PEOPLE_ASKED): State.ASKED,
    (State.NEW, Happening.NOBODY_LEFT): State.QUEUED,
    (State.ASKED, Happening.PEOPLE_ASKED): State.ASKED,
    (State.ASKED, Happening.NOBODY_LEFT): State.QUEUED,
    (State.ASKED, Happening.ANSWER): State.ANSWERED,
    (State.ASKED, Happening.HELP): State.HELPED,
    (State.QUEUED, Happening.PEOPLE_ASKED): State.ASKED,
    (State.QUEUED, Happening.NOBODY_LEFT): State.QUEUED,
    (State.QUEUED, Happening.ANSWER): State.ANSWERED,
    (State.QUEUED, Happening.HELP): State.HELPED,
    (State.ANSWERED, Happening.ANSWER): State.ANSWERED,
    (State.ANSWERED, Happening.HELP): State.HELPED,
    # A second answer may help too, or more; a later one is still welcome.
    (State.HELPED, Happening.ANSWER): State.HELPED,
    (State.HELPED, Happening.HELP): State.HELPED,
}


def after(state: str, happening: Happening) -> State:
    """The next state. Raises NotNow where the table has none."""
    try:
        return TRANSITIONS[State(state), happening]
    except KeyError:
        raise NotNow(f"{happening} cannot happen to a question that is {state}") from None


def may_ask_people(state: str) -> bool:
    return (State(state), Happening.PEOPLE_ASKED) in TRANSITIONS
