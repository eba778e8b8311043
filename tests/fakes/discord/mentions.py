"""Who is pinged by a message: what its text says, what allowed_mentions lets through, and who can see the place at all."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from tests.fakes.discord import limits
from tests.fakes.discord.checks import TEXT_DISPLAY, walk
from tests.fakes.discord.model import Channel, Json, State
from tests.fakes.discord.permissions import Can, in_channel, sees

USER = re.compile(r"<@!?(\d+)>")
ROLE = re.compile(r"<@&(\d+)>")
CODE = re.compile(r"```.*?```|`[^`\n]*`", re.DOTALL)


@dataclass
class Pings:
    """``names``: the short names of the people who are told, and "everyone", "here" or "role:…"."""

    users: list[int] = field(default_factory=list)
    roles: list[int] = field(default_factory=list)
    everyone: bool = False
    names: list[str] = field(default_factory=list)


def text_of(content: str, components: list[Json]) -> str:
    shown = [one["content"] for _, one in walk(components) if one["type"] == TEXT_DISPLAY]
    return "\n".join([content, *shown])


def find(
    state: State,
    where: Channel,
    author: int,
    text: str,
    *,
    allowed: Json | None,
    replied: int | None,
    only: int,
    flags: int,
) -> Pings:
    """``only``: the one person who sees the message (0: all who see the place). ``replied``: whose message it answers."""
    text = CODE.sub("", text)
    found = Pings()
    home = state.guilds[where.guild] if where.guild is not None else None
    named = [int(id) for id in USER.findall(text)]
    found.users = [id for id in dict.fromkeys(named) if id in state.users and _lets(allowed, "users", id)]
    if replied is not None and replied != author and (allowed is None or allowed.get("replied_user")):
        found.users = list(dict.fromkeys([*found.users, replied]))
    if home is not None:
        loud = bool(in_channel(state, author, where) & Can.MENTION_EVERYONE)
        roles = [int(id) for id in ROLE.findall(text)]
        found.roles = [id for id in dict.fromkeys(roles) if id in home.roles and _lets(allowed, "roles", id)]
        said = re.search(r"@(everyone|here)\b", text)
        found.everyone = bool(said and loud and _lets(allowed, "everyone", 0))
        ringing = [id for id in found.roles if loud or home.roles[id].mentionable]
        found.names += [f"role:{home.roles[id].name}" for id in ringing]
        if said and found.everyone:
            found.names.append(said[1])
    readers = [id for id in found.users if (sees(state, id, where) if not only else id == only)]
    found.names = [state.users[id].name for id in readers if id != author] + found.names
    if flags & limits.SUPPRESS_NOTIFICATIONS or only:
        found.names = [name for name in found.names if only and not flags & limits.SUPPRESS_NOTIFICATIONS]
    return found


def _lets(allowed: Json | None, kind: str, id: int) -> bool:
    if allowed is None:
        return True
    if kind in (allowed.get("parse") or []):
        return True
    return str(id) in [str(one) for one in allowed.get(kind) or []] if kind != "everyone" else False
