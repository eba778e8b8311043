"""What the core asks of a platform, and what a platform may ask of the core."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime
from enum import Enum
from typing import Any, Protocol, TypeVar

from bot.core.events import Event, FromAPerson, Ref
from bot.core.meaning import Meaning
from bot.core.replies import Outcome
from bot.core.text import Text
from bot.core.ui import Card

T = TypeVar("T")
# Called when an event's work takes longer than the platform waits: its payload is safely stored, so acknowledge now.
Acknowledge = Callable[[], Awaitable[None]]


class Dispatch(Protocol):
    async def __call__(self, event: Event, acknowledge: Acknowledge) -> Outcome:
        """Act on one event, once, however often it is given. Never raises for what a handler does."""
        ...


class Suggest(Protocol):
    async def __call__(self, who: Ref, typed: str) -> tuple[str, ...]:
        """Tags of the person's community that begin with what they typed; 25 at most."""
        ...


class Calendars(Protocol):
    async def read(self, token: str) -> bytes | None:
        """The calendar at a secret address, as text/calendar; nothing for one that is not known."""
        ...


class Counts(Protocol):
    async def __call__(self, place: Ref) -> bool:
        """Whether threads of a place are counted: else nothing that is said in them is reported."""
        ...


class DrawHome(Protocol):
    async def __call__(self, who: Ref) -> tuple[Card, ...]:
        """What somebody's home shows, top to bottom: for platforms that have such a page."""
        ...


class Installations(Protocol):
    """What a platform needs to talk to each workspace (tokens), kept encrypted. ``platform`` is bound beforehand."""

    async def keep(self, workspace: str, secret: str) -> None: ...

    async def find(self, workspace: str) -> str | None: ...

    async def remove(self, workspace: str) -> None: ...

    async def workspaces(self) -> tuple[str, ...]: ...


class Leases(Protocol):
    """For what only one of several processes may do at a time."""

    async def take(self, name: str, owner: str, seconds: float) -> bool:
        """Whether ``owner`` has it from now on for so long; also to renew it."""
        ...

    async def give_up(self, name: str, owner: str) -> None: ...


class Turns(Protocol):
    """For what all processes together may only do so often."""

    async def __call__(self, name: str, lasts: float) -> float:
        """Take the next ``lasts`` seconds of what goes by this name. Returns in how many seconds they begin.

        Nobody else is given any of them. While the database is away there is nobody to ask, and they begin at once.
        """
        ...


class Newest(Protocol):
    async def __call__(self, platform: str, kind: str) -> str:
        """Of what a platform told and was acted on lately, the highest key that begins with ``kind``; "" if there is none."""
        ...


class Whose(Protocol):
    async def __call__(self, delivery: str) -> Ref | None:
        """The account that the direct message with this delivery's id went to, for platforms that do not say."""
        ...


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was checked: what it is, whether it is as it should be, and if not, how to mend it."""

    what: str
    well: bool
    mend: str | Text = ""


class Inspect(Protocol):
    async def __call__(self, place: Ref) -> tuple[Finding, ...]:
        """Check the platform and the workspace that a place belongs to."""
        ...


class Read(Protocol):
    async def __call__(self, look: Callable[[Any], Awaitable[T]]) -> T:
        """What ``look`` returns, given a session of the database for reading alone."""
        ...


class Words(Protocol):
    async def __call__(self, place: Ref, message: str, thread: str) -> str:
        """What a person wrote in a message: see Outbound.words. Raises SendError."""
        ...


@dataclass(frozen=True, slots=True)
class Page:
    """What a web page says of itself, in a stranger's words: plain text, one line each, of at most 200 and 500 characters.

    ``url`` is the canonical address it was found at, after redirects: that may be a page to sign in at.
    """

    url: str
    title: str
    description: str


class LookUp(Protocol):
    async def __call__(self, url: str) -> Page | None:
        """What the page says of itself; nothing where that cannot be known. Takes a few seconds at most, and never raises."""
        ...


class Means(Protocol):
    async def __call__(self, text: str) -> Meaning | None:
        """What a text means; nothing where no model can say. Takes a second at most, and never raises."""
        ...


@dataclass(frozen=True, slots=True)
class Outside:
    """What may be reached before a transaction: who acts, where, and who can look at the platform, the database and the web.

    ``quoted`` is what the message under the pressed button quotes (Click.words). ``now`` is UTC.
    """

    who: Ref
    place: Ref
    quoted: str
    now: datetime
    inspect: Inspect
    read: Read
    words: Words
    look_up: LookUp
    means: Means


@dataclass(frozen=True, slots=True)
class Outgoing:
    """One message to send. ``id`` is opaque and the same each time this delivery is tried; ``first_try`` is UTC.

    ``whole``: what it quotes is to be read from the message itself, so it is refused where it does not fit into one.
    ``as_event``: an entry in the platform's own calendar, as the card's ``planned`` says; for platforms that have ``events``.
    """

    id: str
    to: Ref
    to_person: bool
    thread: str
    card: Card
    first_try: datetime
    whole: bool = False
    as_event: bool = False


class Arrival(Enum):
    """What a platform can say of a message whose sending had no clear end."""

    NO = "it did not arrive"
    CANNOT_TELL = "it cannot be known"


class SendError(Exception):
    """Base of what a platform's sending may raise."""


class RateLimited(SendError):
    """Not sent: wait ``retry_after`` seconds. Does not count as a try."""

    def __init__(self, retry_after: float) -> None:
        super().__init__(f"wait {retry_after} s")
        self.retry_after = retry_after


class NotSent(SendError):
    """Certainly not sent (could not connect, say): try again after a while."""


class MaybeSent(SendError):
    """Sent or not: a timeout, a 5xx, a dropped connection. ``settled`` when the other side has ended the request."""

    def __init__(self, message: str, *, settled: bool = False) -> None:
        super().__init__(message)
        self.settled = settled


class Refused(SendError):
    """Will never be sent as it is. The message says why in words for people, and what to do."""


class Gone(SendError):
    """The message to edit or delete is no longer there."""


class Outbound(Protocol):
    """Sending to one platform. Each call is one request or a fixed few; retries are the relay's."""

    pace: float  # seconds between two messages in one place, by the platform's published limit

    async def send(self, message: Outgoing) -> str:
        """Send, and return the platform's id of the new message. Raises SendError."""
        ...

    async def arrived(self, message: Outgoing) -> str | Arrival:
        """The id of the message if an earlier try of it arrived. Raises SendError when it cannot be asked now."""
        ...

    async def redraw(self, to: Ref, remote: str, card: Card, id: str) -> None:
        """Replace the card of an earlier message; ``id`` is the one it was sent with. Raises SendError."""
        ...

    async def delete(self, to: Ref, remote: str) -> None:
        """Delete an earlier message. Raises SendError."""
        ...

    async def can_see(self, person: Ref, place: Ref) -> bool:
        """Whether the person can read the place now. Raises SendError."""
        ...

    async def words(self, place: Ref, message: str, thread: str) -> str:
        """What a person wrote in a message, read now because they agreed; never logged, never stored.

        ``message`` and ``thread`` as Shortcut and ThreadReply give them. Raises SendError; Refused, with words for people,
        where it cannot be read.
        """
        ...

    async def answer(self, event: FromAPerson, outcome: Outcome) -> None:
        """Answer an event after it was acknowledged, as far as the platform still allows. Raises SendError."""
        ...


@dataclass(frozen=True, slots=True)
class Profile:
    """What a platform can do, as data; the rules by which a missing ability degrades name the fields here."""

    name: str
    form_fields: int  # more fields than this: the form is filled in several steps, its draft kept between them
    form_errors: bool  # can show an error beside a field of an open form; else a private message names them, with [Fix]
    reserved_commands: frozenset[str] = frozenset()  # the platform's own; ours must not use them
    bare_groups: bool = True  # can a group (/rounds) be sent without one of its entries
    events: bool = False  # has a calendar of its own, seen by the whole workspace; without one nothing is put there


# A method, a path and who answers, for the public web server.
Route = tuple[str, str, Callable[[Any], Awaitable[Any]]]


class Platform(Outbound, Protocol):
    """A platform that is connected: what it can do, how to send, and its connection's life."""

    profile: Profile

    @property
    def connected(self) -> bool:
        """Whether it could be reached since the start."""
        ...

    async def start(self) -> None:
        """Connect, and report the directory (workspace, people, places) as events.

        Returns after a while also when the platform does not answer; then it goes on trying.
        """
        ...

    async def report_directory(self) -> None:
        """Report it again: who and what there is, and who is in which closed place. Raises SendError."""
        ...

    async def inspect(self, workspace: str) -> tuple[Finding, ...]:
        """What is as it should be and what is not, for whoever set the bot up; every workspace when it is empty."""
        ...

    def routes(self) -> tuple[Route, ...]:
        """What the public web server passes on to this platform."""
        ...

    async def stop_receiving(self) -> None:
        """Take no new events; those under way go on."""
        ...

    async def close(self) -> None: ...


class Wake(Protocol):
    def __call__(self) -> None:
        """Something may have become due: look now rather than at the next interval."""
        ...
