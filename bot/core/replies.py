"""What a handler returns: what should happen next. A handler never calls a platform."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from bot.core.events import Ref
from bot.core.forms import FormView
from bot.core.ui import Action, Card


@dataclass(frozen=True, slots=True)
class Reply:
    """Tell the one who acted, privately unless their command was declared public."""

    card: Card


@dataclass(frozen=True, slots=True)
class Post:
    """Post a card in every place of a space, or in one place; ``thread_of`` names the card under which it goes.

    With a ``key`` it is posted once in each place, however often it is asked for. After ``until`` (UTC) it is of no use.
    ``as_event``: not as a message, but into the calendar of the place's workspace, which all of the workspace sees.
    """

    card: str
    subject: int
    space: int | None = None
    place: int | None = None
    thread_of: tuple[str, int] | None = None
    key: str = ""
    until: datetime | None = None
    as_event: bool = False


class Kind(StrEnum):
    """Why a person gets a direct message. The gate decides by it (bot/routing/gate.py)."""

    ASKED_FOR = "asked_for"  # they asked for it, or it answers what they did
    INVITATION = "invitation"  # a question they may be able to answer: we start it
    REMINDER = "reminder"  # of such a question, once: we start that, too
    DUTY = "duty"  # a facilitator's or steward's task
    DIGEST = "digest"  # the digest they chose
    OWN_DATA = "own_data"  # the copy of what is kept of them that they asked for: theirs, whoever they are


@dataclass(frozen=True, slots=True)
class Direct:
    """Send a card to one member, if the gate says they may be sent it.

    ``about`` is the space it tells of: who cannot see that any more when it is sent gets nothing. ``after`` names a card that
    it links to and must therefore follow. ``account``: the one of theirs that it goes to; else the newest.
    """

    card: str
    subject: int
    to: int
    kind: Kind
    about: int | None = None
    after: tuple[str, int] | None = None
    key: str = ""
    until: datetime | None = None
    account: Ref | None = None


@dataclass(frozen=True, slots=True)
class Redraw:
    """Bring every copy of a card up to date."""

    card: str
    subject: int


@dataclass(frozen=True, slots=True)
class Withdraw:
    """Copies of a card that were not sent yet are not sent; the others are brought up to date."""

    card: str
    subject: int


@dataclass(frozen=True, slots=True)
class Later:
    """Run an action's timer handler at ``at`` (UTC). A second one with the same key replaces the first."""

    at: datetime
    action: Action
    key: str


@dataclass(frozen=True, slots=True)
class NoLonger:
    """Forget the timer with this key."""

    key: str


@dataclass(frozen=True, slots=True)
class Consider:
    """Before it is done, show this in the form's place, and keep what was typed as the draft ``ctx.draft``.

    A button on the card goes on with it, by that draft. It is what a form's handler returns alone, having done nothing.
    """

    card: Card


@dataclass(frozen=True, slots=True)
class Confide:
    """Tell one account this directly, once the transaction is committed; its words are never stored.

    Then the one who acted is told ``sent``, or ``failed``: there is one try. It is what the handler of a command or a button
    answers, so no Reply stands beside it. What ``card`` quotes comes back with a press on its buttons (Click.words).
    """

    to: Ref
    card: Card
    sent: Card
    failed: Card


Effect = Reply | Post | Direct | Redraw | Withdraw | Later | NoLonger | Consider | Confide
Effects = Effect | tuple[Effect, ...] | None


@dataclass(frozen=True, slots=True)
class Said:
    """Outcome: show this card to the one who acted."""

    card: Card
    private: bool = True


@dataclass(frozen=True, slots=True)
class Ask:
    """Outcome: open this form."""

    view: FormView


@dataclass(frozen=True, slots=True)
class Wrong:
    """Outcome: the form stays open with these errors: field name → sentence; "" is the form as a whole."""

    errors: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Done:
    """Outcome: nothing to say; a form closes."""


Outcome = Said | Ask | Wrong | Consider | Done
