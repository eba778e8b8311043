"""Who may do what in a channel, computed as Discord documents it ("Permissions", "Permission Overwrites"). Pure."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

Json = dict[str, Any]
ADMINISTRATOR = 1 << 3
VIEW_CHANNEL = 1 << 10
SEND_MESSAGES = 1 << 11
EMBED_LINKS = 1 << 14
ATTACH_FILES = 1 << 15
READ_MESSAGE_HISTORY = 1 << 16
MANAGE_THREADS = 1 << 34
CREATE_PUBLIC_THREADS = 1 << 35
SEND_MESSAGES_IN_THREADS = 1 << 38
CREATE_EVENTS = 1 << 44
PIN_MESSAGES = 1 << 51
EVERYTHING = (1 << 64) - 1

# The least that the bot works with, and what each is for. docs/for-your-it.md says the same.
NEEDED = {
    VIEW_CHANNEL: ("View Channels", "seeing the channels it is to work in"),
    SEND_MESSAGES: ("Send Messages", "posting questions and its welcome message"),
    SEND_MESSAGES_IN_THREADS: ("Send Messages in Threads", "posting answers below their question"),
    CREATE_PUBLIC_THREADS: ("Create Public Threads", "giving each question a thread of its own"),
    READ_MESSAGE_HISTORY: ("Read Message History", "checking whether a message of its own arrived"),
    ATTACH_FILES: ("Attach Files", "what is too long for a message, and your own data when you ask for it"),
    PIN_MESSAGES: ("Pin Messages", "pinning its welcome message"),
    MANAGE_THREADS: ("Manage Threads", "closing the thread of a question that is solved"),
}
# The same of the server as a whole: no channel can give or take it.
NEEDED_IN_SERVER = {CREATE_EVENTS: ("Create Events", "putting meetings among the server's events, for all to see")}
INVITED_WITH = sum(NEEDED) + sum(NEEDED_IN_SERVER)


def of_member(guild: Json, channel: Json, member: Json) -> int:
    """All permissions of a member in a channel, as bits. ``guild`` has owner_id and roles."""
    base = in_server(guild, member)
    if base == EVERYTHING:
        return base
    own = [str(role) for role in member["roles"]]
    return _overwritten(base, channel, str(guild["id"]), own, str(member["user"]["id"]))


def in_server(guild: Json, member: Json) -> int:
    """All permissions of a member before any channel's own."""
    if str(guild["owner_id"]) == str(member["user"]["id"]):
        return EVERYTHING
    roles = {str(role["id"]): int(role["permissions"]) for role in guild["roles"]}
    base = roles.get(str(guild["id"]), 0)
    for role in member["roles"]:
        base |= roles.get(str(role), 0)
    return EVERYTHING if base & ADMINISTRATOR else base


def of_everyone(guild: Json, channel: Json) -> int:
    """What somebody without any role may do in a channel."""
    everyone = str(guild["id"])
    base = next((int(role["permissions"]) for role in guild["roles"] if str(role["id"]) == everyone), 0)
    return EVERYTHING if base & ADMINISTRATOR else _overwritten(base, channel, everyone, [], "")


def _overwritten(base: int, channel: Json, everyone: str, roles: Iterable[str], user: str) -> int:
    overwrites = {str(one["id"]): one for one in channel.get("permission_overwrites") or ()}
    base = _applied(base, [overwrites[everyone]] if everyone in overwrites else [])
    base = _applied(base, [overwrites[role] for role in roles if role in overwrites])
    base = _applied(base, [overwrites[user]] if user in overwrites else [])
    return base if base & VIEW_CHANNEL else 0  # who can't see a channel can do nothing in it


def _applied(base: int, overwrites: list[Json]) -> int:
    allow = deny = 0
    for one in overwrites:
        allow |= int(one["allow"])
        deny |= int(one["deny"])
    return (base & ~deny) | allow


def missing(granted: int, needed: dict[int, tuple[str, str]] = NEEDED) -> list[tuple[str, str]]:
    """Of what the bot needs: the names of those it lacks, with what each is for."""
    return [named for bit, named in needed.items() if not granted & bit]
