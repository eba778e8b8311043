"""The local service's JSON → events. Pure."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

from adapters.local.profile import ref
from bot.core.events import (
    Click,
    Command,
    Event,
    PersonChanged,
    PlaceChanged,
    PlaceMembers,
    Ref,
    Shortcut,
    Submit,
    Talked,
    ThreadReply,
    TypedDirectly,
    Value,
    Values,
    WorkspaceConnected,
)
from bot.core.forms import is_draft

Json = dict[str, Any]
LONGEST_KEY = 200


class Malformed(ValueError):
    """A frame that cannot be understood. The message never holds what was in it."""


def frame(data: str) -> Json:
    """A frame of the socket. Raises Malformed."""
    try:
        given = json.loads(data)
    except (ValueError, RecursionError):
        raise Malformed("not JSON") from None
    if not isinstance(given, dict):
        raise Malformed("not an object")
    return given


def suggest(frame: Json) -> tuple[str, Ref, str]:
    """A question in passing: its key, who types, and what. Raises Malformed."""
    try:
        return _text(frame, "id"), _ref(frame["suggest"], "person"), _text(frame["suggest"], "typed")
    except (KeyError, TypeError, ValueError) as error:
        raise Malformed(type(error).__name__) from None


def event(frame: Json) -> Event:
    """What an envelope holds; the envelope's id is the event's key. Raises Malformed."""
    try:
        return _event(_key(frame), frame["event"])
    except (KeyError, TypeError, AttributeError, ValueError, OverflowError) as error:
        raise Malformed(type(error).__name__) from None


def _event(key: str, native: Json) -> Event:
    match native["type"]:
        case "command":
            words, mentioned = _text(native, "words"), native.get("mentions") or {}
            people: Values = {str(name): str(ref(str(id))) for name, id in mentioned.items()}
            who, where, to = _ref(native, "person"), _ref(native, "place"), _text(native, "answer_to")
            return Command(key, who, where, words, people, answer_to=to)
        case "click":
            return Click(
                key,
                _ref(native, "person"),
                _ref(native, "place"),
                _text(native, "packed"),
                message=_number(native["message"]),
                answer_to=_text(native, "answer_to"),
                words=_quoted(native["card"]),
            )
        case "shortcut":
            author, thread = native["author"], native["thread"]
            return Shortcut(
                key,
                _ref(native, "person"),
                _ref(native, "place"),
                _text(native, "name"),
                _number(native["message"]),
                _ref(native, "author") if author is not None else None,
                _text(native, "text"),
                answer_to=_text(native, "answer_to"),
                thread=_number(thread) if thread is not None else "",
            )
        case "submit":
            return Submit(
                key,
                _ref(native, "person"),
                _ref(native, "place"),
                _text(native, "origin"),
                _draft(native),
                {str(name): _value(given) for name, given in native["values"].items()},
                answer_to=_text(native, "answer_to"),
            )
        case "thread_reply":
            thread, message = _number(native["thread"]), _number(native["message"])
            return ThreadReply(key, _ref(native, "person"), _ref(native, "place"), thread, message, _at(native))
        case "talked":
            return Talked(key, _ref(native, "person"), _ref(native, "place"), _number(native["thread"]), _at(native))
        case "typed_directly":
            return TypedDirectly(key, _ref(native, "person"))
        case "person":
            return person(key, native["person"])
        case "place":
            return place(key, native["place"])
        case "members":
            return members(key, _text(native, "place"), native)
        case _:
            raise ValueError("unknown type")


def workspace(key: str, native: Json, people: list[Json]) -> WorkspaceConnected:
    """``people``: all of them; the one who is marked as admin had set the bot up."""
    admin = next((one for one in people if one["admin"]), None)
    installer = ref(_text(admin, "id")) if admin else None
    zone = _text(admin, "zone") if admin else "UTC"
    return WorkspaceConnected(key, ref(_text(native, "id")), _text(native, "name"), installer, zone)


def person(key: str, native: Json) -> PersonChanged:
    active, guest = bool(native["active"]), bool(native["guest"])
    return PersonChanged(key, _ref(native, "id"), _text(native, "name"), _text(native, "zone"), active, guest)


def place(key: str, native: Json) -> PlaceChanged:
    closed, archived, forum = bool(native["closed"]), bool(native["archived"]), bool(native["forum"])
    return PlaceChanged(key, _ref(native, "id"), _text(native, "name"), closed, archived, forum, readable=True)


def members(key: str, place_id: str, native: Json) -> PlaceMembers:
    return PlaceMembers(key, ref(place_id), tuple(ref(str(id)) for id in native["people"]), _at(native))


def _key(frame: Json) -> str:
    """By what an event is known again. Raises ValueError for what is none, or too long to be looked for."""
    if not 1 <= len(key := _text(frame, "id")) <= LONGEST_KEY:
        raise ValueError("no key")
    return key


def _draft(native: Json) -> str:
    if not is_draft(draft := _text(native, "draft")):
        raise ValueError("not a form of ours")
    return draft


def _number(given: Any) -> str:
    """How a message is named. Raises ValueError for what is no number of one."""
    number = int(given)
    if not 0 <= number < 2**62:
        raise ValueError("not a message's number")
    return str(number)


def _quoted(card: Json) -> str:
    """What a card of ours quotes first at the beginning of a line, as on the other platforms; or nothing."""
    for text in (card["body"], *(section["text"] for section in card["sections"])):
        begins_line = True
        for part in text:
            if begins_line and isinstance(part, dict) and part["kind"] == "quoted" and part["text"].strip():
                return _text(part, "text")
            if part != "":
                begins_line = isinstance(part, str) and part.endswith("\n")
    return ""


def _value(given: Json) -> Value:
    """A person's id becomes the text of their reference, as forms expect it."""
    value: Value = given["value"]
    if given["kind"] == "person" and isinstance(value, str) and value:
        return str(ref(value))
    return value


def _text(native: Json, name: str) -> str:
    value = native[name]
    if not isinstance(value, str):
        raise TypeError(name)
    return value


def _ref(native: Json, name: str) -> Ref:
    return ref(_text(native, name))


def _at(native: Json) -> datetime:
    return datetime.fromtimestamp(native["at_ms"] / 1000, UTC)
