"""What happens on a platform or in time, in the community's own terms.

Adapters translate native payloads into these; the tick and the relay emit some of their own. Every event can be written
to the inbox as JSON and read back, so it holds plain values alone.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Annotated, Literal

from pydantic import Field, TypeAdapter

Value = str | int | bool | list[str] | None
Values = Mapping[str, Value]


@dataclass(frozen=True, slots=True)
class Ref:
    """Something that lives on a platform: a person's account, a place, a workspace.

    ``id`` is the platform's own identifier, unique within the workspace (Slack team, Discord guild).
    """

    platform: str
    workspace: str
    id: str

    def __str__(self) -> str:
        return f"{self.platform}/{self.workspace}/{self.id}"

    @classmethod
    def parse(cls, text: str) -> Ref:
        """The reverse of ``str``. Raises ValueError when there are not three parts."""
        platform, workspace, id = text.split("/", 2)
        return cls(platform, workspace, id)


@dataclass(frozen=True, slots=True)
class Command:
    """A person typed a command. ``words`` is everything after the slash: the name, then what they typed.

    ``options`` holds whom they mentioned ("@name" as it stands in ``words`` → the text of a Ref) and what they gave by the
    name of a form's field.
    """

    key: str
    who: Ref
    place: Ref
    words: str
    options: Values = field(default_factory=dict)
    answer_to: str = ""
    kind: Literal["command"] = "command"


@dataclass(frozen=True, slots=True)
class Click:
    """A person pressed a button. ``packed`` is the action inside it; ``message`` the message it stands on.

    ``words`` is what that message quotes: its first Quoted that begins a line. They are never stored: a press that is acted on
    after a crash has none.
    """

    key: str
    who: Ref
    place: Ref
    packed: str
    message: str = ""
    answer_to: str = ""
    words: str = field(default="", repr=False)
    kind: Literal["click"] = "click"


@dataclass(frozen=True, slots=True)
class Submit:
    """A person sent a form, or one ``step`` of it, counted from 0.

    ``origin`` says which command or button had opened it, ``draft`` is its double-submit key.
    """

    key: str
    who: Ref
    place: Ref
    origin: str
    draft: str
    values: Values
    answer_to: str = ""
    step: int = 0
    kind: Literal["submit"] = "submit"


@dataclass(frozen=True, slots=True)
class Shortcut:
    """A person chose an entry of ours in the menu of a message. ``author`` is empty when no person of the workspace wrote it.

    Such an event opens a form and is never stored, so ``text``, the message's words, goes no further than the form.
    ``thread`` names the thread it stands in, as ThreadReply does; empty where it stands in none.
    """

    key: str
    who: Ref
    place: Ref
    name: str
    message: str
    author: Ref | None
    text: str = field(repr=False)
    answer_to: str = ""
    thread: str = ""
    kind: Literal["shortcut"] = "shortcut"


@dataclass(frozen=True, slots=True)
class ThreadReply:
    """Somebody typed in a thread that began with a card of ours. Who and when; never the words."""

    key: str
    who: Ref
    place: Ref
    thread: str
    message: str
    at: datetime
    kind: Literal["thread_reply"] = "thread_reply"


@dataclass(frozen=True, slots=True)
class Talked:
    """Somebody typed in any other thread of a place whose threads are counted (Inside.counts). Who and when; never the words."""

    key: str
    who: Ref
    place: Ref
    thread: str
    at: datetime
    kind: Literal["talked"] = "talked"


@dataclass(frozen=True, slots=True)
class TypedDirectly:
    """Somebody typed in their direct messages with us. Who; never the words.

    ``who`` has no workspace where the platform does not say in which of them.
    """

    key: str
    who: Ref
    kind: Literal["typed_directly"] = "typed_directly"


@dataclass(frozen=True, slots=True)
class MessageGone:
    """A message of a person was deleted."""

    key: str
    place: Ref
    message: str
    kind: Literal["message_gone"] = "message_gone"


@dataclass(frozen=True, slots=True)
class Interest:
    """People are interested (or no longer) in what we put into a workspace's own calendar as ``message``.

    ``at`` is when they said so; nothing where the platform only says that it is so now.
    """

    key: str
    workspace: Ref
    message: str
    who: tuple[Ref, ...]
    interested: bool
    at: datetime | None
    kind: Literal["interest"] = "interest"


@dataclass(frozen=True, slots=True)
class WorkspaceConnected:
    """The bot can talk to a workspace. ``installer``, who set it up, becomes steward of a community that is new."""

    key: str
    workspace: Ref
    name: str
    installer: Ref | None = None
    zone: str = "UTC"
    kind: Literal["workspace_connected"] = "workspace_connected"


@dataclass(frozen=True, slots=True)
class WorkspaceGone:
    """The bot was removed from a workspace, or its token was revoked: nothing can be sent there."""

    key: str
    workspace: Ref
    kind: Literal["workspace_gone"] = "workspace_gone"


@dataclass(frozen=True, slots=True)
class PersonChanged:
    """What the platform says of a person: name, IANA zone, whether the account works, whether it is a guest's."""

    key: str
    who: Ref
    name: str
    zone: str = ""
    active: bool = True
    guest: bool = False
    kind: Literal["person_changed"] = "person_changed"


@dataclass(frozen=True, slots=True)
class PlaceChanged:
    """What the platform says of a place; no ``name`` where it does not say. ``closed``: only its members can read it.

    ``readable``: we can read the words of a message there, which we do when its author agrees.
    """

    key: str
    place: Ref
    name: str
    closed: bool
    archived: bool = False
    forum: bool = False
    readable: bool = False
    kind: Literal["place_changed"] = "place_changed"


@dataclass(frozen=True, slots=True)
class PlaceMembers:
    """Who can read a closed place, all of them, as the platform said at ``at``."""

    key: str
    place: Ref
    who: tuple[Ref, ...]
    at: datetime
    kind: Literal["place_members"] = "place_members"


@dataclass(frozen=True, slots=True)
class CameOrWent:
    """Somebody joined (``here``) or left a closed place at ``at``."""

    key: str
    place: Ref
    who: Ref
    here: bool
    at: datetime
    kind: Literal["came_or_went"] = "came_or_went"


@dataclass(frozen=True, slots=True)
class Several:
    """At least one report of one workspace, in this order and in one transaction: thousands of people are not as many commits."""

    key: str
    reports: tuple[WorkspaceConnected | PersonChanged | PlaceChanged | PlaceMembers, ...]
    kind: Literal["several"] = "several"


@dataclass(frozen=True, slots=True)
class TimerDue:
    """Something asked for "later" is due now."""

    key: str
    timer: int
    kind: Literal["timer_due"] = "timer_due"


@dataclass(frozen=True, slots=True)
class RhythmDue:
    """Something that recurs is due now."""

    key: str
    rhythm: int
    kind: Literal["rhythm_due"] = "rhythm_due"


@dataclass(frozen=True, slots=True)
class DeliveryStuck:
    """A delivery ended as ``unknown`` or ``dead``: somebody should hear of it."""

    key: str
    delivery: int
    kind: Literal["delivery_stuck"] = "delivery_stuck"


FromAPerson = Command | Click | Submit | Shortcut
FromAPlatform = (
    ThreadReply
    | Talked
    | TypedDirectly
    | MessageGone
    | Interest
    | WorkspaceConnected
    | WorkspaceGone
    | PersonChanged
    | PlaceChanged
    | PlaceMembers
    | CameOrWent
    | Several
)
Event = FromAPerson | FromAPlatform | TimerDue | RhythmDue | DeliveryStuck

_events: TypeAdapter[Event] = TypeAdapter(Annotated[Event, Field(discriminator="kind")])


def to_json(event: Event) -> str:
    """Without the words that the message under a button quotes: nobody has agreed yet that they are kept."""
    if isinstance(event, Click):
        event = replace(event, words="")
    return _events.dump_json(event).decode()


def from_json(text: str) -> Event:
    return _events.validate_json(text)


def platform_of(event: Event) -> str:
    """The platform an event came from, or "rounds" for those that come from our own database."""
    match event:
        case Command() | Click() | Submit() | Shortcut() | ThreadReply() | Talked() | TypedDirectly() | PersonChanged():
            return event.who.platform
        case WorkspaceConnected() | WorkspaceGone() | Interest():
            return event.workspace.platform
        case PlaceChanged() | PlaceMembers() | CameOrWent() | MessageGone():
            return event.place.platform
        case Several():
            return platform_of(event.reports[0])
        case TimerDue() | RhythmDue() | DeliveryStuck():
            return "rounds"
