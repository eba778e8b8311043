"""What Slack knows: workspaces with their people, channels, messages and open views. Ids are made from names."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

Json = dict[str, Any]


def id_of(letter: str, name: str, suffix: str = "") -> str:
    """ "ada" becomes UADA, "ward-team" CWARDTEAM: ids that one can read."""
    return letter + re.sub(r"[^A-Z0-9]", "", name.upper()) + suffix


@dataclass
class User:
    id: str
    name: str  # the short name, as tests use it
    real_name: str
    team_id: str
    display_name: str = ""
    zone: str = "UTC"  # IANA
    admin: bool = False
    owner: bool = False
    primary_owner: bool = False
    guest: bool = False
    stranger: bool = False  # of another organisation, which shares a channel with this one
    bot: bool = False
    deleted: bool = False
    updated: int = 0

    @property
    def shown(self) -> str:
        return self.display_name or self.real_name

    def as_api(self) -> Json:
        """Who is deleted has lost zone and roles, as in Slack."""
        answer: Json = {"id": self.id, "team_id": self.team_id, "name": self.name, "deleted": self.deleted}
        if self.stranger:
            answer["is_stranger"] = True
        answer |= {"is_bot": self.bot, "is_app_user": False, "updated": self.updated, "profile": self._profile()}
        if self.deleted:
            return answer
        offset = datetime.now(UTC).astimezone(ZoneInfo(self.zone)).utcoffset()
        answer |= {"real_name": self.real_name, "tz": self.zone, "tz_label": self.zone, "locale": "en-US"}
        answer |= {"tz_offset": int(offset.total_seconds()) if offset else 0, "color": "9f69e7"}
        answer |= {"is_admin": self.admin, "is_owner": self.owner, "is_primary_owner": self.primary_owner}
        answer |= {"is_restricted": self.guest, "is_ultra_restricted": False, "is_email_confirmed": True}
        return answer | {"who_can_share_contact_card": "EVERYONE"}

    def _profile(self) -> Json:
        first, _, last = self.real_name.partition(" ")
        empty = "title phone skype status_text status_text_canonical status_emoji avatar_hash".split()
        pictures = {f"image_{size}": "" for size in (24, 32, 48, 72, 192, 512)}
        profile: Json = {**dict.fromkeys(empty, ""), **pictures, "team": self.team_id, "fields": None}
        profile |= {"real_name": self.real_name, "real_name_normalized": self.real_name}
        profile |= {"display_name": self.display_name, "display_name_normalized": self.display_name}
        profile |= {"status_emoji_display_info": [], "status_expiration": 0}
        return profile | {"first_name": first, "last_name": last}


@dataclass
class Message:
    ts: str
    user: str
    text: str = ""
    blocks: list[Json] | None = None
    thread_ts: str | None = None
    metadata: Json | None = None
    subtype: str | None = None
    bot_id: str | None = None
    app_id: str | None = None
    edited: Json | None = None
    to: str | None = None  # the one who sees an ephemeral message
    files: list[Json] = field(default_factory=list)
    linked_names: bool = False  # posted with link_names or parse=full: bare @names count
    deleted: bool = False  # a root whose replies still stand

    def as_api(self, team: Team, channel: Channel, *, with_metadata: bool = False) -> Json:
        answer: Json = {"type": "message", "user": self.user, "ts": self.ts, "text": self.text, "team": team.id}
        for key in ("blocks", "bot_id", "app_id", "subtype", "edited", "files"):
            if getattr(self, key):
                answer[key] = getattr(self, key)
        replies = channel.replies(self.ts)
        if self.thread_ts is not None:
            root = channel.find(self.thread_ts)
            answer |= {"thread_ts": self.thread_ts, "parent_user_id": root.user if root else ""}
        elif replies:
            users = list(dict.fromkeys(reply.user for reply in replies))
            answer |= {"thread_ts": self.ts, "reply_count": len(replies), "reply_users_count": len(users)}
            answer |= {"reply_users": users, "latest_reply": replies[-1].ts, "is_locked": False, "subscribed": True}
        if with_metadata and self.metadata:
            answer["metadata"] = self.metadata
        return answer


@dataclass
class Channel:
    id: str
    name: str
    created: int = 0
    private: bool = False
    archived: bool = False
    general: bool = False
    im_user: str | None = None  # whom the bot talks with here
    members: list[str] = field(default_factory=list)
    messages: list[Message] = field(default_factory=list)
    ephemerals: list[Message] = field(default_factory=list)
    pins: list[str] = field(default_factory=list)

    @property
    def kind(self) -> str:
        """As the scopes call it: channels, groups or im."""
        return "im" if self.im_user else "groups" if self.private else "channels"

    def find(self, ts: str | None) -> Message | None:
        return next((one for one in self.messages if one.ts == ts), None)

    def replies(self, ts: str) -> list[Message]:
        return [one for one in self.messages if one.thread_ts == ts]

    def as_api(self, bot: str, team_id: str) -> Json:
        if self.im_user:
            return {"id": self.id, "created": self.created, "is_im": True, "is_org_shared": False, "user": self.im_user}
        topic = {"value": "", "creator": "", "last_set": 0}
        answer: Json = {"id": self.id, "name": self.name, "name_normalized": self.name, "created": self.created}
        answer |= {"is_channel": not self.private, "is_group": False, "is_im": False, "is_mpim": False}
        answer |= {"is_private": self.private, "is_archived": self.archived, "is_general": self.general}
        answer |= {"is_shared": False, "is_org_shared": False, "is_ext_shared": False, "is_pending_ext_shared": False}
        answer |= {"is_member": bot in self.members, "num_members": len(self.members), "topic": topic, "purpose": topic}
        return answer | {"context_team_id": team_id, "unlinked": 0, "creator": "USLACKBOT", "updated": 0}


@dataclass
class View:
    id: str
    user: str
    given: Json  # as the program sent it, with block_ids and action_ids filled in
    hash: str
    root: str
    previous: str | None = None
    state: dict[str, Json] = field(default_factory=dict)  # block_id -> action_id -> value
    errors: dict[str, str] = field(default_factory=dict)  # block_id -> what stands beside the field
    opened: int = 0

    @property
    def kind(self) -> str:
        return str(self.given["type"])

    def as_api(self, team: Team, app_id: str) -> Json:
        given = self.given
        title = given.get("title") or {"type": "plain_text", "text": "View Title", "emoji": True}
        answer: Json = {"id": self.id, "team_id": team.id, "type": self.kind, "blocks": given["blocks"]}
        answer |= {"private_metadata": given.get("private_metadata", ""), "callback_id": given.get("callback_id", "")}
        answer |= {"state": {"values": self.state}, "hash": self.hash, "title": title}
        answer |= {"clear_on_close": given.get("clear_on_close", False)}
        answer |= {"notify_on_close": given.get("notify_on_close", False)}
        answer |= {"close": given.get("close"), "submit": given.get("submit"), "previous_view_id": self.previous}
        answer |= {"root_view_id": self.root, "app_id": app_id, "external_id": given.get("external_id", "")}
        return answer | {"app_installed_team_id": team.id, "bot_id": team.install.bot_id}


@dataclass
class Install:
    """The app in one workspace."""

    token: str
    bot_user: str
    bot_id: str
    scopes: set[str]
    active: bool = True
    gone: str = "account_inactive"  # what a call with the token is told once it is not active
    refresh: str = ""
    expires: float = 0.0  # a rotating token's end, seconds since 1970; 0 for one that does not end


@dataclass
class Team:
    id: str
    name: str
    domain: str
    install: Install
    suffix: str = ""
    users: dict[str, User] = field(default_factory=dict)
    channels: dict[str, Channel] = field(default_factory=dict)
    stacks: dict[str, list[View]] = field(default_factory=dict)
    homes: dict[str, View] = field(default_factory=dict)
    files: dict[str, Json] = field(default_factory=dict)

    def person(self, name: str) -> User:
        """By short name or id. Raises KeyError."""
        for user in self.users.values():
            if name in (user.name, user.id):
                return user
        raise KeyError(f"nobody is called {name!r}; there are {[one.name for one in self.users.values()]}")

    def place(self, name: str) -> Channel:
        """By short name, id or "dm-ada". Raises KeyError."""
        for channel in self.channels.values():
            if name in (channel.name, channel.id):
                return channel
        raise KeyError(f"no channel is called {name!r}; there are {[one.name for one in self.channels.values()]}")

    def dm(self, user: User) -> Channel:
        """The direct messages of the app and a person; made when first needed."""
        id = id_of("D", user.name, self.suffix)
        if id not in self.channels:
            members = [user.id, self.install.bot_user]
            self.channels[id] = Channel(id, f"dm-{user.name}", private=True, im_user=user.id, members=members)
        return self.channels[id]

    def sees(self, user: User, channel: Channel) -> bool:
        if channel.im_user:
            return channel.im_user == user.id
        return user.id in channel.members or not (channel.private or user.guest)
