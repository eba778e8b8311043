"""What a client makes of "/rounds me": the registered command, its subcommand and its options."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from tests.fakes.discord import shapes
from tests.fakes.discord.errors import Json
from tests.fakes.discord.forms import NotDone
from tests.fakes.discord.model import Channel, State
from tests.fakes.discord.permissions import ALL, Can, in_channel

STRING, INTEGER, BOOLEAN, USER, CHANNEL, ROLE, MENTIONABLE, NUMBER = 3, 4, 5, 6, 7, 8, 9, 10
SUBCOMMAND, GROUP = 1, 2


def offered(state: State, user: int, where: Channel, kind: int) -> list[Json]:
    """The commands that somebody can use there; a guild's own before those of everywhere."""
    here = list(state.commands.get(where.guild or 0, {}).values())
    if where.guild is not None:
        home = state.guilds[where.guild]
        here += state.commands.get(0, {}).values() if home.has_bot else []
    mine = in_channel(state, user, where)
    found = []
    for command in here:
        if command["type"] != kind or not mine & Can.USE_APPLICATION_COMMANDS:
            continue
        contexts = command["contexts"]
        if where.guild is None and not command.get("dm_permission"):
            continue
        if where.guild is not None and contexts is not None and 0 not in contexts:
            continue
        needed = command["default_member_permissions"]
        # 0 means: nobody but those who may do everything
        if where.guild is not None and needed is not None and not _has(mine, int(needed)):
            continue
        found.append(command)
    return found


def _has(mine: Can, needed: int) -> bool:
    return bool(mine & Can.ADMINISTRATOR) or mine == ALL or (needed != 0 and int(mine) & needed == needed)


@dataclass
class Typed:
    """A command as far as it was typed: its path of groups, the options where that ends, and the rest of the line."""

    command: Json
    path: list[Json]
    options: list[Json]
    rest: str


def find(state: State, user: int, where: Channel, text: str) -> Typed:
    """Raises NotDone for what the client offers nobody, or not there."""
    name, _, rest = text.removeprefix("/").strip().partition(" ")
    command = next((one for one in offered(state, user, where, 1) if one["name"] == name), None)
    if command is None:
        raise NotDone(f"there is no command /{name} here")
    path: list[Json] = []
    options = command["options"]
    while options and options[0]["type"] in (SUBCOMMAND, GROUP):
        name, _, rest = rest.strip().partition(" ")
        chosen = next((one for one in options if one["name"] == name), None)
        if chosen is None:
            raise NotDone(f"/{command['name']} goes on with one of {[one['name'] for one in options]}, not {name!r}")
        path.append(chosen)
        options = chosen.get("options") or []
    return Typed(command, path, options, rest.strip())


def data(state: State, where: Channel, typed: Typed, *, focused: tuple[str, str] | None = None) -> Json:
    """The data of the interaction; ``focused``: the option that is being typed, and how far."""
    ids: dict[int, list[int]] = {USER: [], CHANNEL: [], ROLE: []}
    given = _given(typed)
    if focused:
        given[focused[0]] = focused[1]
    values = []
    for option in typed.options:
        if option["name"] not in given:
            if option.get("required") and not focused:
                raise NotDone(f"/{typed.command['name']}: {option['name']} is required")
            continue
        raw = given[option["name"]]
        in_focus = focused is not None and focused[0] == option["name"]
        value = raw if in_focus else _value(state, where, option, raw, ids)
        one = {"name": option["name"], "type": option["type"], "value": value}
        values.append({**one, "focused": True} if in_focus else one)
    for step in reversed(typed.path):
        values = [{"name": step["name"], "type": step["type"], "options": values}]
    found: Json = {"id": typed.command["id"], "name": typed.command["name"], "type": 1, "options": values}
    if "guild_id" in typed.command:
        found["guild_id"] = typed.command["guild_id"]
    resolved = shapes.resolved(state, where.guild, ids[USER], ids[CHANNEL], ids[ROLE])
    return {**found, "resolved": resolved} if resolved else found


def _given(typed: Typed) -> dict[str, str]:
    """What stands before the first "name:value" is for the first option, a text one if there is one.

    Quotation marks around a value are left out: in a client nobody needs them.
    """
    if not typed.rest:
        return {}
    if not typed.options:
        raise NotDone(f"/{typed.command['name']} takes nothing, not {typed.rest!r}")
    names = "|".join(re.escape(option["name"]) for option in typed.options)
    before, *parts = re.split(rf"(?:^|\s)({names}):", typed.rest)
    texts = [option for option in typed.options if option["type"] == STRING]
    first = {(texts or typed.options)[0]["name"]: before.strip()} if before.strip() else {}
    named = zip(parts[::2], parts[1::2], strict=True)
    return first | {name: re.sub(r'^"(.*)"$', r"\1", value.strip()) for name, value in named}


def _value(state: State, where: Channel, option: Json, raw: str, ids: dict[int, list[int]]) -> Any:
    if option.get("choices"):
        for choice in option["choices"]:
            if raw in (choice["name"], str(choice["value"])):
                return choice["value"]
        raise NotDone(f"{option['name']}: {raw!r} is none of {[one['name'] for one in option['choices']]}")
    match option["type"]:
        case 3:
            least, most = option.get("min_length") or 0, option.get("max_length") or 6000
            if not least <= len(raw) <= most:
                raise NotDone(f"{option['name']}: between {least} and {most} characters")
            return raw
        case 4 | 10:
            number = int(raw) if option["type"] == INTEGER else float(raw)
            if not option.get("min_value", number) <= number <= option.get("max_value", number):
                raise NotDone(f"{option['name']}: {number} is out of range")
            return number
        case 5:
            return raw.lower() in ("true", "yes")
        case 6 | 9:
            ids[USER].append(state.user_named(raw.removeprefix("@")).id)
            return str(ids[USER][-1])
        case 7:
            ids[CHANNEL].append(state.place_named(raw.removeprefix("#")).id)
            return str(ids[CHANNEL][-1])
        case 8:
            roles = state.guilds[where.guild or 0].roles.values()
            ids[ROLE].append(next(role.id for role in roles if role.name == raw.removeprefix("@")))
            return str(ids[ROLE][-1])
    raise NotDone(f"{option['name']}: this kind of option cannot be typed here")
