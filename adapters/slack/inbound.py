"""Slack's payloads → events. Pure. The words of messages go no further than this module, but for a message somebody chose."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Container
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from typing import Any

from adapters.slack.forms import Opened, values
from adapters.slack.profile import is_id, ref, workspace
from adapters.slack.text import is_web, quoted, unescaped
from bot.core.events import (
    CameOrWent,
    Click,
    Command,
    Event,
    MessageGone,
    PersonChanged,
    PlaceChanged,
    Ref,
    Shortcut,
    Submit,
    Talked,
    ThreadReply,
    TypedDirectly,
    WorkspaceGone,
)

Json = dict[str, Any]
Names = Callable[[str], str]
MENTION = re.compile(r"<([@#!])([^|>]+)(?:\|([^>]*))?>")
LINK = re.compile(r"<((?:https?|mailto|tel):[^|>]+)(?:\|([^>]*))?>")
TS = re.compile(r"[0-9]{1,12}\.[0-9]{1,12}")
LONGEST_KEY = 200
LONGEST_URL = 500  # it has to find room in what a form remembers
RUN = "run:"  # a global shortcut is a command without a place
# What reading a payload raises that does not have the shape that Slack gives it.
MALFORMED = (LookupError, TypeError, ValueError, AttributeError, ArithmeticError, RecursionError)
TOMBSTONE = "tombstone"  # what stays of a message that was deleted and has replies


class Malformed(ValueError):
    """A payload that cannot be understood. The message never holds what was in it."""


@dataclass(frozen=True, slots=True)
class AnswerTo:
    """Where the answer to an interaction can go; kept as text in the event, so that it outlives the process."""

    url: str = ""
    trigger: str = ""
    thread: str = ""
    view: str = ""
    view_kind: str = ""
    home: str = ""  # "yes" when what they pressed stands at home, which is to be drawn anew

    def packed(self) -> str:
        return json.dumps({key: value for key, value in asdict(self).items() if value}, separators=(",", ":"))

    @classmethod
    def unpacked(cls, text: str) -> AnswerTo:
        return cls(**json.loads(text or "{}"))


@dataclass(frozen=True, slots=True)
class HomeOpened:
    who: Ref


@dataclass(frozen=True, slots=True)
class Typing:
    """Somebody types in a field that suggests as they type."""

    who: Ref
    field: str
    typed: str


@dataclass(frozen=True, slots=True)
class Stranger:
    """Somebody of another organisation, in a channel that two share."""

    who: Ref
    answer_to: AnswerTo


@dataclass(frozen=True, slots=True)
class PlaceMayHaveChanged:
    """Slack said that something about a channel changed, but not what it is like now."""

    place: Ref


@dataclass(frozen=True, slots=True)
class Forget:
    """The app was removed from a workspace or its token revoked."""

    event: WorkspaceGone


# What Slack tells only with the permission to see what is said.
SAID = ThreadReply | Talked | TypedDirectly | MessageGone
Understood = Event | HomeOpened | Typing | Stranger | PlaceMayHaveChanged | Forget | None


def understood(body: Json, team: str, bot_user: str, prefix: str = "", names: Names = str) -> Understood:
    """What a request says; nothing when it does not concern us. ``team`` is the workspace it was authorised for.

    ``names``: a person's id → their name, where it is known. Raises Malformed.
    """
    try:
        match body.get("type"):
            case "event_callback":
                return _event(body, team, bot_user)
            case "block_actions":
                return _click(body, team)
            case "view_submission":
                return _submit(body, team)
            case "block_suggestion":
                return Typing(_who(body, team), str(body["block_id"]), str(body["value"]))
            case "message_action":
                return _message_action(body, team, names)
            case "shortcut":
                return _global_shortcut(body, team)
            case _ if "command" in body:
                return _command(body, team, prefix)
            case _:
                return None
    except (*MALFORMED, OSError) as error:  # OSError: an instant that the machine's clock does not reach
        raise Malformed(type(error).__name__) from None


def _command(body: Json, team: str, prefix: str) -> Command:
    name = str(body["command"]).removeprefix("/").removeprefix(prefix)
    typed, mentioned = neutral(str(body.get("text") or ""), team)
    to = AnswerTo(url=_url(body["response_url"]), trigger=str(body["trigger_id"]))
    words = f"{name} {typed}".strip()
    place = ref(team, str(body["channel_id"]))
    return Command(
        _key(body["trigger_id"]), _named(team, body["user_id"]), place, words, mentioned, answer_to=to.packed()
    )


def neutral(text: str, team: str, names: Names = str) -> tuple[str, dict[str, str]]:
    """Typed text as it was typed, and whom it mentions: "@name" → the text of a Ref."""
    mentioned: dict[str, str] = {}

    def mention(found: re.Match[str]) -> str:
        sign, id, label = found[1], found[2], found[3]
        if sign == "!":
            return f"@{(label or id).split('^')[0].lstrip('@')}"
        word = f"{sign}{label or (names(id) if sign == '@' and is_id(id) else id)}"
        if sign == "@" and is_id(id):
            mentioned[unescaped(word)] = str(ref(team, id))
        return word

    typed = LINK.sub(lambda found: found[2] or found[1], MENTION.sub(mention, text))
    return unescaped(typed).strip(), mentioned


def _key(given: Any) -> str:
    """By what a payload is known again. Raises ValueError for what is none, or too long to be looked for."""
    if not isinstance(given, str) or not 1 <= len(given) <= LONGEST_KEY:
        raise ValueError("no key")
    return given


def _named(team: str, id: Any) -> Ref:
    """A person or a channel that a payload cannot be without. Raises ValueError."""
    if not id:
        raise ValueError("no id")
    return ref(team, str(id))


def _who(body: Json, team: str) -> Ref:
    return _named(team, body["user"]["id"])


def _is_stranger(body: Json, team: str) -> bool:
    """In a shared channel people of another organisation press our buttons, too: their team is not the one that has us."""
    theirs = body["user"].get("team_id") or team
    return str(theirs) != team and not body.get("enterprise")  # an enterprise's people belong to one of its workspaces


def _click(body: Json, team: str) -> Click | Stranger | None:
    container = body.get("container") or {}
    action = body["actions"][0]
    view = body.get("view") or {}
    opened = Opened.unpacked(view.get("private_metadata") or "") if view.get("type") == "modal" else Opened()
    message = body.get("message") or {}
    thread = _instant_of(container.get("thread_ts") or message.get("thread_ts") or opened.thread)
    to = AnswerTo(
        url=_url(body.get("response_url") or opened.url),
        trigger=str(body["trigger_id"]),
        thread=thread,
        view=str(view.get("id") or ""),
        view_kind=str(view.get("type") or ""),
        home="yes" if view.get("type") == "home" else opened.home,
    )
    if _is_stranger(body, team):
        return Stranger(_who(body, team), to)
    if action.get("type") != "button" or not action.get("value"):  # a link that was opened, a choice within a form
        return None
    place = str((body.get("channel") or {}).get("id") or container.get("channel_id") or opened.place)
    return Click(
        _key(body["trigger_id"]),
        _who(body, team),
        ref(team, place),
        str(action["value"]),
        message=str(container.get("message_ts") or ""),
        answer_to=to.packed(),
        words=quoted((message or view).get("blocks") or ()),
    )


def _submit(body: Json, team: str) -> Submit | Stranger | None:
    view = body["view"]
    opened = Opened.unpacked(view.get("private_metadata") or "")
    to = AnswerTo(url=opened.url, trigger=str(body.get("trigger_id") or ""), thread=opened.thread, home=opened.home)
    if _is_stranger(body, team):
        return Stranger(_who(body, team), to)
    if not opened.origin:
        return None
    if any("block_id" not in block for block in view["blocks"]):
        raise ValueError("a view without its blocks")
    key = _key(body.get("trigger_id") or f"{view['id']}:{view['hash']}")
    filled = values(view, team)
    place = ref(team, opened.place)
    return Submit(key, _who(body, team), place, opened.origin, opened.draft, filled, answer_to=to.packed())


def _message_action(body: Json, team: str, names: Names) -> Shortcut | Stranger:
    message = body["message"]
    url, thread = _url(body.get("response_url")), _instant_of(message.get("thread_ts"))
    to = AnswerTo(url=url, trigger=str(body["trigger_id"]), thread=thread)
    if _is_stranger(body, team):
        return Stranger(_who(body, team), to)
    theirs = message.get("user_team") or message.get("team") or team
    ours = theirs == team or body.get("enterprise")  # not of another organisation that shares the channel
    author = message.get("user") if ours and not message.get("bot_id") and not message.get("subtype") else None
    text, _ = neutral(str(message.get("text") or ""), team, names)
    return Shortcut(
        _key(body["trigger_id"]),
        _who(body, team),
        ref(team, str(body["channel"]["id"])),
        str(body["callback_id"]),
        stands(message),
        ref(team, str(author)) if author else None,
        text,
        answer_to=to.packed(),
        thread=to.thread if to.thread != message["ts"] else "",
    )


def _global_shortcut(body: Json, team: str) -> Command | None:
    callback = str(body["callback_id"])
    if not callback.startswith(RUN):
        return None
    to = AnswerTo(trigger=str(body["trigger_id"]))
    words = callback.removeprefix(RUN)
    return Command(_key(body["trigger_id"]), _who(body, team), ref(team, ""), words, answer_to=to.packed())


def _event(body: Json, team: str, bot_user: str) -> Understood:
    event = body["event"]
    key = _key(body["event_id"])
    match event["type"]:
        case "message":
            return _said(key, event, team, bot_user)
        case "app_home_opened":
            return HomeOpened(_named(team, event["user"])) if event.get("tab") == "home" else None
        case "member_joined_channel" | "member_left_channel":
            return _came_or_went(key, event, team, bot_user)
        case (
            "channel_rename" | "group_rename" | "channel_archive" | "group_archive" | "channel_unarchive" | "group_unarchive"
            | "channel_deleted" | "group_deleted" | "channel_left" | "group_left"
        ):  # fmt: skip
            channel = event["channel"]
            return PlaceMayHaveChanged(_named(team, channel["id"] if isinstance(channel, dict) else channel))
        case "user_change" | "team_join":
            return person(key, event["user"], team)
        case "app_uninstalled" | "tokens_revoked":
            if event["type"] == "tokens_revoked" and not (event.get("tokens") or {}).get("bot"):
                return None
            return Forget(WorkspaceGone(key, workspace(team)))
        case _:
            return None


def _said(key: str, event: Json, team: str, bot_user: str) -> Understood:
    """Replies of people in threads, that a message is gone, and that somebody writes to us; anything else ends here, before any
    other work."""
    subtype = event.get("subtype")
    place = _named(team, event["channel"])
    if subtype in ("channel_convert_to_private", "channel_convert_to_public", "channel_posting_permissions"):
        return PlaceMayHaveChanged(place)
    now, was = event.get("message") or {}, event.get("previous_message") or {}
    if subtype == "message_deleted" or (subtype == "message_changed" and now.get("subtype") == TOMBSTONE):
        gone = {**was, "ts": event["deleted_ts"] if subtype == "message_deleted" else now["ts"]}
        return MessageGone(key, place, stands(gone)) if was.get("user") != bot_user else None
    if subtype not in (None, "thread_broadcast", "file_share"):
        return None
    if event.get("bot_id") or not event.get("user") or (event.get("user_team") or team) != team:
        return None
    if event.get("channel_type") == "im":
        return TypedDirectly(key, ref(team, str(event["user"])))
    if not event.get("parent_user_id"):
        return None
    who, thread, at = ref(team, str(event["user"])), str(event["thread_ts"]), instant(str(event["ts"]))
    if event["parent_user_id"] != bot_user:
        return Talked(key, who, place, thread, at)
    return ThreadReply(key, who, place, thread, stands(event), at)


def _instant_of(ts: Any) -> str:
    """What names a message or a thread; nothing for none. Raises ValueError."""
    if ts and not TS.fullmatch(str(ts)):
        raise ValueError("not a message of Slack's")
    return str(ts or "")


def _url(given: Any) -> str:
    """Where an answer can be sent; nothing for what is no address of Slack's: it is given in another way."""
    url = str(given or "")
    return url if len(url) <= LONGEST_URL and is_web(url) else ""


def stands(message: Json) -> str:
    """How a message is named: "thread:message" where it is a reply, since a link to it needs both. Raises ValueError."""
    ts, thread = _instant_of(message["ts"]), _instant_of(message.get("thread_ts"))
    if not ts:
        raise ValueError("not a message of Slack's")
    return f"{thread}:{ts}" if thread and thread != ts else ts


def _came_or_went(key: str, event: Json, team: str, bot_user: str) -> Understood:
    place = _named(team, event["channel"])
    if event["user"] == bot_user:
        return PlaceMayHaveChanged(place)
    who = _named(team, event["user"])
    if event["type"] == "member_left_channel":
        return CameOrWent(key, place, who, False, instant(str(event["event_ts"])))
    # Whoever joined may be gone by now: events come late and out of order, and nobody is let in by an old one. In a public
    # channel ("C") everybody reads anyway.
    return None if event.get("channel_type") == "C" else PlaceMayHaveChanged(place)


def instant(ts: str) -> datetime:
    return datetime.fromtimestamp(float(ts), UTC)


def person(key: str, user: Json, team: str) -> PersonChanged | None:
    """Nothing for bots and for Slack's own."""
    if user.get("is_bot") or user["id"] == "USLACKBOT":
        return None
    profile = user.get("profile") or {}
    names = profile.get("display_name"), profile.get("real_name"), user.get("real_name"), user.get("name")
    stranger = user.get("is_stranger") or (user.get("team_id") or team) != team
    return PersonChanged(
        key,
        _named(team, user["id"]),
        next((str(name) for name in names if name), "someone"),
        str(user.get("tz") or ""),
        active=not user.get("deleted"),
        guest=bool(user.get("is_restricted") or user.get("is_ultra_restricted") or stranger),
    )


def place(key: str, channel: Json, team: str, scopes: Container[str] = ()) -> PlaceChanged:
    """``archived`` also for a channel that we are not in: there is no posting there. No name where we can't know it.

    ``scopes`` are the app's: with the history of that kind of channel we can read a message where we are.
    """
    closed = bool(channel.get("is_private") or channel.get("is_im") or channel.get("is_mpim"))
    there = channel.get("is_member") is not False
    gone = bool(channel.get("is_archived")) or not there
    readable = there and history_scope(channel) in scopes
    name = str(channel.get("name") or "")
    return PlaceChanged(key, ref(team, str(channel["id"])), name, closed, gone, readable=readable)


def history_scope(channel: Json) -> str:
    """What it takes to read a message there."""
    kinds = (("is_im", "im"), ("is_mpim", "mpim"), ("is_private", "groups"))
    return f"{next((kind for key, kind in kinds if channel.get(key)), 'channels')}:history"
