"""What the fake Discord knows, all of it in memory."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

Json = dict[str, Any]
Clock = Callable[[], datetime]
EPOCH_MS = 1_420_070_400_000  # the first millisecond of 2015, where snowflakes begin
LONG_AGO = datetime(2015, 1, 1, tzinfo=UTC)
TEXT, DM, PUBLIC_THREAD, PRIVATE_THREAD, FORUM = 0, 1, 11, 12, 15


@dataclass
class User:
    """``name`` is the short name that tests use, ``display`` what others read."""

    id: int
    name: str
    display: str
    zone: str = "UTC"
    bot: bool = False
    dms_closed: bool = False


@dataclass
class Role:
    id: int
    name: str
    permissions: int
    position: int = 1
    mentionable: bool = False
    managed: bool = False


@dataclass
class Member:
    user: int
    joined: datetime
    roles: set[int] = field(default_factory=set)


@dataclass
class Guild:
    id: int
    name: str
    owner: int
    roles: dict[int, Role] = field(default_factory=dict)
    members: dict[int, Member] = field(default_factory=dict)
    has_bot: bool = True


@dataclass
class Channel:
    """A text channel, forum, thread (a forum post is one) or direct conversation."""

    id: int
    type: int
    name: str
    guild: int | None = None
    parent: int = 0
    overwrites: dict[int, tuple[int, int]] = field(default_factory=dict)
    """A role's or user's id → what is allowed, what denied."""
    topic: str | None = None
    tags: list[Json] = field(default_factory=list)
    flags: int = 0
    recipients: set[int] = field(default_factory=set)
    owner: int = 0
    archived: bool = False
    locked: bool = False
    auto_archive: int = 1440
    applied_tags: list[int] = field(default_factory=list)
    thread_members: set[int] = field(default_factory=set)
    created: datetime = LONG_AGO
    changed: datetime = LONG_AGO
    pins: list[tuple[int, datetime]] = field(default_factory=list)
    position: int = 0

    @property
    def is_thread(self) -> bool:
        return self.type in (PUBLIC_THREAD, PRIVATE_THREAD)


@dataclass
class Message:
    """``private_to``: the only person who sees it, 0 for everybody. ``pinged``: short names, "everyone", "role:…"."""

    id: int
    channel: int
    author: int
    at: datetime
    content: str = ""
    embeds: list[Json] = field(default_factory=list)
    components: list[Json] = field(default_factory=list)
    attachments: list[Json] = field(default_factory=list)
    flags: int = 0
    type: int = 0
    nonce: str | int | None = None
    edited: datetime | None = None
    private_to: int = 0
    reference: int | None = None
    mentions: list[int] = field(default_factory=list)
    mention_roles: list[int] = field(default_factory=list)
    mention_everyone: bool = False
    pinged: list[str] = field(default_factory=list)
    pinned: bool = False
    interaction: int | None = None
    thread: int | None = None
    reactions: dict[str, set[int]] = field(default_factory=dict)


@dataclass
class Interaction:
    """``responded`` is the type of the first callback; ``answer`` the id of its message."""

    id: int
    token: str
    type: int
    user: int
    channel: int
    data: Json
    at: datetime
    started: float
    """By the monotonic clock, in seconds."""
    message: int | None = None
    """The message whose component was used, or from whose component the form was opened."""
    responded: int | None = None
    answer: int | None = None
    late: bool = False
    choices: list[Json] | None = None
    form: int | None = None
    """The form that it sends."""
    answered: datetime | None = None


@dataclass
class Form:
    """A modal that is open in front of somebody."""

    id: int
    user: int
    channel: int
    custom_id: str
    title: str
    components: list[Json]
    message: int | None
    at: datetime


@dataclass
class Notice:
    """What Discord itself tells one person: "The application did not respond"."""

    id: int
    user: int
    channel: int
    text: str


@dataclass
class ScheduledEvent:
    id: int
    guild: int
    body: Json
    creator: int
    status: int = 1
    interested: set[int] = field(default_factory=set)

    @property
    def starts(self) -> datetime:
        return datetime.fromisoformat(self.body["scheduled_start_time"])

    @property
    def ends(self) -> datetime:
        return datetime.fromisoformat(self.body["scheduled_end_time"])


@dataclass
class State:
    clock: Clock
    application: int = 0
    bot: int = 0
    users: dict[int, User] = field(default_factory=dict)
    guilds: dict[int, Guild] = field(default_factory=dict)
    channels: dict[int, Channel] = field(default_factory=dict)
    messages: dict[int, dict[int, Message]] = field(default_factory=dict)
    """By channel, then by id; in order."""
    interactions: dict[int, Interaction] = field(default_factory=dict)
    forms: dict[int, Form] = field(default_factory=dict)
    notices: list[Notice] = field(default_factory=list)
    commands: dict[int, dict[int, Json]] = field(default_factory=dict)
    """By guild (0: everywhere), then by id."""
    events: dict[int, ScheduledEvent] = field(default_factory=dict)
    creates: dict[int, list[datetime]] = field(default_factory=dict)
    """By guild (0: everywhere): when commands were created, for the limit a day."""
    dm_opens: list[datetime] = field(default_factory=list)
    last_id: int = 0

    def new_id(self) -> int:
        """A snowflake of the clock's present millisecond; always larger than the one before."""
        milliseconds = int(self.clock().timestamp() * 1000) - EPOCH_MS
        self.last_id = max(self.last_id + 1, milliseconds << 22)
        return self.last_id

    def user_named(self, name: str) -> User:
        """By short name; "bot" is the application's own."""
        if name == "bot":
            return self.users[self.bot]
        return next(user for user in self.users.values() if user.name == name and not user.bot)

    def place_named(self, name: str) -> Channel:
        """A text channel or forum by its name, or a person's direct conversation as dm-<short name>."""
        for channel in self.channels.values():
            if channel.type in (TEXT, FORUM) and channel.name == name:
                return channel
        if name.startswith("dm-"):
            found = self.dm_with(self.user_named(name[3:]).id)
            if found is not None:
                return found
        raise KeyError(name)

    def dm_with(self, user: int) -> Channel | None:
        return next((one for one in self.channels.values() if one.type == DM and user in one.recipients), None)

    def find_message(self, id: int) -> Message | None:
        return next((found[id] for found in self.messages.values() if id in found), None)

    def threads_of(self, parent: int) -> list[Channel]:
        return [one for one in self.channels.values() if one.is_thread and one.parent == parent]
