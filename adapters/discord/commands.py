"""The application's commands, made from what the rituals declare. Pure."""

from __future__ import annotations

from typing import Any

from adapters.discord.profile import (
    COMMAND_CHARACTERS,
    COMMAND_DESCRIPTION,
    COMMANDS,
    MESSAGE_COMMANDS,
    OPTION_LABEL,
    OPTION_VALUE,
    PROFILE,
    SUBCOMMANDS,
)
from bot.core.filters import Filter
from bot.core.registry import TYPED, Registry
from bot.core.ritual import Misdeclared, Spec
from bot.core.text import shortened

Json = dict[str, Any]
CHAT, MESSAGE = 1, 3
SUBCOMMAND, STRING, USER = 1, 3, 6
IN_SERVERS = 0
TAGS = "tags"


def commands(registry: Registry) -> list[Json]:
    """What is to be registered. Raises Misdeclared when Discord's limits are exceeded."""
    registry.check_platform(PROFILE)
    groups = registry.groups()
    found = []
    for name in sorted({name.split(" ")[0] for name in registry.commands}):
        if name in groups:
            entries = groups[name].entries
            if len(entries) > SUBCOMMANDS:
                raise Misdeclared(f"/{name}: Discord takes at most {SUBCOMMANDS} entries in a group")
            listed = ", ".join(spec.name.split(" ")[1] for spec in entries)
            found.append(_chat(name, f"One of: {listed}", [_entry(spec) for spec in entries]))
        else:
            spec = registry.commands[name]
            found.append(_chat(name, spec.summary, options(spec)))
    if len(found) > COMMANDS or len(registry.shortcuts) > MESSAGE_COMMANDS:
        raise Misdeclared(
            f"Discord takes at most {COMMANDS} commands and {MESSAGE_COMMANDS} entries in a message's menu"
        )
    for command in found:
        if _characters(command) > COMMAND_CHARACTERS:
            raise Misdeclared(f"/{command['name']}: Discord takes at most {COMMAND_CHARACTERS} characters in all")
    on_messages = [{"type": MESSAGE, "name": name, "contexts": [IN_SERVERS]} for name in sorted(registry.shortcuts)]
    return [*found, *on_messages]


def _chat(name: str, description: str, options: list[Json]) -> Json:
    described = shortened(description, COMMAND_DESCRIPTION)
    return {"type": CHAT, "name": name, "description": described, "options": options, "contexts": [IN_SERVERS]}


def _entry(spec: Spec) -> Json:
    name = spec.name.split(" ")[1]
    described = shortened(spec.summary, COMMAND_DESCRIPTION)
    return {"type": SUBCOMMAND, "name": name, "description": described, "options": options(spec)}


def options(spec: Spec) -> list[Json]:
    """What may be typed after a command; for a form that asks for tags also those, suggested as one types."""
    fields = spec.form.fields() if spec.form else ()
    first = next((field.title for field in fields if field.kind in ("line", "paragraph", "url")), "")
    found = []
    # A form of which only the last field is text is one of settings: nobody types that after a command.
    if typed := spec.typed or (first if fields and fields[0].kind in ("line", "paragraph", "url") else ""):
        found.append({"type": STRING, "name": TYPED, "description": shortened(typed, COMMAND_DESCRIPTION)})
    for field in fields:
        if field.kind == "tags" and field.name == TAGS:
            described = shortened(field.hint or field.title, COMMAND_DESCRIPTION)
            found.append({"type": STRING, "name": TAGS, "description": described, "autocomplete": True})
    return [*found, *map(_filter, spec.filters)]


def _filter(item: Filter) -> Json:
    drawn: Json = {"type": USER if item.kind == "person" else STRING, "name": item.name, "description": item.hint}
    if item.kind == "tags":
        drawn["autocomplete"] = True
    if item.kind == "choice":
        drawn["choices"] = [
            {"name": shortened(option.label, OPTION_LABEL), "value": option.value[:OPTION_VALUE]}
            for option in item.options
        ]
    return drawn


def _characters(command: Any) -> int:
    """Names, descriptions and values, all levels together."""
    own = sum(len(command.get(key, "")) for key in ("name", "description", "value"))
    return own + sum(_characters(inner) for key in ("options", "choices") for inner in command.get(key, ()))


def are_the_same(wanted: list[Json], there: list[Json]) -> bool:
    """Whether what Discord has is what is wanted: only then is nothing registered (200 a day and server are allowed)."""
    return sorted(map(_essence, wanted)) == sorted(map(_essence, there))


def _essence(command: Json) -> str:
    def kept(item: Json) -> Json:
        return {
            "type": item.get("type", CHAT),
            "name": item["name"],
            "description": item.get("description") or "",
            "autocomplete": bool(item.get("autocomplete")),
            "options": [kept(option) for option in item.get("options") or ()],
            "choices": [(choice["name"], choice["value"]) for choice in item.get("choices") or ()],
        }

    return repr((kept(command), command.get("contexts")))
