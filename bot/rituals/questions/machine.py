"""A question's states and what may happen in each. Pure: the table below is all there is."""

from __future__ import annotations

from enum import StrEnum


class State(StrEnum):
    NEW = "new"  # being written down, or opened again
    ASKED = "asked"  # people were asked; if nobody answers in time, others are asked next
    PAUSED = "paused"  # somebody replied in the thread: perhaps it is the answer
    CHECKING = "checking"  # the asker was asked whether the replies helped
    TOLD = "told"  # nobody (else) to ask: the facilitators were asked whom to try
    QUEUED = "queued"  # it waits in the facilitators' queue
    ANSWERED = "answered"  # somebody answered by form; whether it helped is not known
    HELPED = "helped"  # the asker said what helped
    CLOSED = "closed"  # closed with a reason, or answered before


class Happening(StrEnum):
    PEOPLE_ASKED = "people asked"
    NOBODY_LEFT = "nobody left to ask"
    FACILITATORS_KNOW = "nobody left to ask, and the facilitators were told before"
    WAITED = "the facilitators did nothing in time"
    REPLY = "a reply in the thread"
    ANSWER = "an answer"
    CHECK = "the asker is asked whether it helped"
    HELP = "it helped"
    CLOSE = "closed"
    REOPEN = "opened again"


class NotNow(Exception):
    """This cannot happen to a question in this state."""


UNANSWERED = (State.ASKED, State.PAUSED, State.CHECKING, State.TOLD, State.QUEUED)
OPEN = (*UNANSWERED, State.ANSWERED)

TRANSITIONS: dict[tuple[State, Happening], State] = {
    # Who is asked: at first, when time is up, when what was said did not help, when somebody suggests a person.
    **{(state, Happening.PEOPLE_ASKED): State.ASKED for state in (State.NEW, *OPEN)},
    **{(state, Happening.NOBODY_LEFT): State.TOLD for state in (State.NEW, *OPEN)},
    **{(state, Happening.FACILITATORS_KNOW): State.QUEUED for state in (State.NEW, *OPEN)},
    (State.TOLD, Happening.WAITED): State.QUEUED,
    # A reply puts the next step off, once; then the asker is asked.
    **{(state, Happening.REPLY): State.PAUSED for state in (State.ASKED, State.TOLD, State.QUEUED)},
    **{
        (state, Happening.REPLY): state
        for state in (State.PAUSED, State.CHECKING, State.ANSWERED, State.HELPED, State.CLOSED)
    },
    (State.PAUSED, Happening.CHECK): State.CHECKING,
    (State.ANSWERED, Happening.CHECK): State.ANSWERED,
    **{(state, Happening.ANSWER): State.ANSWERED for state in OPEN},
    # A second answer may help too, or more; a later one is still welcome.
    **{(state, Happening.ANSWER): state for state in (State.HELPED, State.CLOSED)},
    **{(state, Happening.HELP): State.HELPED for state in (*OPEN, State.HELPED, State.CLOSED)},
    **{(state, Happening.CLOSE): State.CLOSED for state in OPEN},
    **{(state, Happening.REOPEN): State.NEW for state in (State.ANSWERED, State.HELPED, State.CLOSED)},
}


def may(state: str, happening: Happening) -> bool:
    return (State(state), happening) in TRANSITIONS


def after(state: str, happening: Happening) -> State:
    """The next state. Raises NotNow where the table has none."""
    try:
        return TRANSITIONS[State(state), happening]
    except KeyError:
        raise NotNow(f"{happening} cannot happen to a question that is {state}") from None
