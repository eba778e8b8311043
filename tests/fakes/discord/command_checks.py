"""What Discord refuses in application commands and its OpenAPI description lets through."""

from __future__ import annotations

from collections import Counter
from typing import Any

from tests.fakes.discord import limits
from tests.fakes.discord.errors import Json, Problems, Refused, invalid

CHAT, USER, MESSAGE = 1, 2, 3
GROUPS = (1, 2)  # option types: subcommand, subcommand group
AT_MOST = {CHAT: limits.COMMANDS_CHAT, USER: limits.COMMANDS_USER, MESSAGE: limits.COMMANDS_MESSAGE}


def kind(command: Json) -> int:
    return int(command.get("type") or CHAT)


def all_of(commands: list[Json]) -> None:
    """A whole set, as it would stand afterwards."""
    problems: Problems = []
    for number, command in enumerate(commands):
        problems += [((number, *path), code, text) for path, code, text in _command(command)]
    names = Counter((kind(command), command["name"]) for command in commands)
    for (_, name), count in names.items():
        if count > 1:
            problems.append(
                ((), "APPLICATION_COMMANDS_DUPLICATE_NAME", f"Application command names must be unique: {name}")
            )
    if problems:
        raise invalid(problems)
    for sort, count in Counter(kind(command) for command in commands).items():
        if count > AT_MOST.get(sort, 1):
            raise Refused(400, 30032, f"Maximum number of application commands reached ({AT_MOST.get(sort, 1)}).")


def one(command: Json) -> None:
    if problems := _command(command):
        raise invalid(problems)


def _command(command: Json) -> Problems:
    problems: Problems = []
    chat = kind(command) == CHAT
    if chat:
        problems += _name(("name",), command["name"])
        if not command.get("description"):
            problems.append((("description",), "BASE_TYPE_REQUIRED", "This field is required"))
    elif command.get("description") or command.get("options"):
        text = "Context menu commands cannot have description or options"
        problems.append((("description",), "APPLICATION_COMMAND_CONTEXT_MENU_NO_DESCRIPTION", text))
    problems += _options(command.get("options") or [], ("options",), depth=0)
    if _length(command) > limits.COMMAND_TEXT:
        text = f"Command exceeds maximum size ({limits.COMMAND_TEXT})"
        problems.append(((), "APPLICATION_COMMAND_TOO_LARGE", text))
    return problems


def _name(path: tuple[str | int, ...], name: str) -> Problems:
    fine = name == name.lower() and all(letter.isalnum() or letter in "-_'" or not letter.isascii() for letter in name)
    return [] if fine else [(path, "APPLICATION_COMMAND_INVALID_NAME", f"Command name is invalid: {name!r}")]


def _options(options: list[Json], path: tuple[str | int, ...], depth: int) -> Problems:
    problems: Problems = []
    names = [option["name"] for option in options]
    if len(set(names)) < len(names):
        problems.append((path, "APPLICATION_COMMAND_OPTIONS_NAME_ALREADY_EXISTS", "Option name already exists"))
    if len({option["type"] in GROUPS for option in options}) > 1:
        text = "Sub-command and sub-command group option types are mutually exclusive to all other types"
        problems.append((path, "APPLICATION_COMMAND_OPTIONS_TYPE_INVALID", text))
    optional = False
    for number, option in enumerate(options):
        here = (*path, number)
        problems += _name((*here, "name"), option["name"])
        if option.get("required") and optional:
            text = "Required options must be placed before non-required options"
            problems.append((here, "APPLICATION_COMMAND_OPTIONS_REQUIRED_INVALID", text))
        optional = optional or not option.get("required")
        if option.get("autocomplete") and option.get("choices"):
            problems.append(
                (here, "APPLICATION_COMMAND_OPTIONS_CHOICES_AUTOCOMPLETE", "Choices or autocomplete, not both")
            )
        if option["type"] == 2 and depth > 0:
            problems.append((here, "APPLICATION_COMMAND_OPTIONS_TYPE_INVALID", "Groups do not nest further"))
        problems += _options(option.get("options") or [], (*here, "options"), depth + 1)
    return problems


def _length(thing: Any) -> int:
    """Characters of names, descriptions and values, nested ones too."""
    own = sum(len(str(thing.get(key) or "")) for key in ("name", "description", "value"))
    return own + sum(_length(inner) for key in ("options", "choices") for inner in thing.get(key) or [])
