"""What somebody fills into a form or picks from a list, as the client checks it and writes it down."""

from __future__ import annotations

import re
from typing import Any

from tests.fakes.discord import shapes
from tests.fakes.discord.checks import walk
from tests.fakes.discord.errors import Json
from tests.fakes.discord.model import Form, State

STRING, TEXT, USER, ROLE, CHANNEL, FILES, RADIO, CHECKBOXES, CHECKBOX = 3, 4, 5, 6, 8, 19, 21, 22, 23
INPUTS = (STRING, TEXT, USER, ROLE, 7, CHANNEL, FILES, RADIO, CHECKBOXES, CHECKBOX)


class NotDone(Exception):
    """Something that the client does not let a person do; its words."""


def field_name(custom_id: str) -> str:
    """The part of a custom_id before any separator: question of question:123."""
    return re.split(r"[:|~/]", custom_id, maxsplit=1)[0]


def inputs(components: list[Json]) -> dict[str, Json]:
    return {field_name(one["custom_id"]): one for _, one in walk(components) if one["type"] in INPUTS}


def before(one: Json) -> Any:
    """What a field holds when the form opens."""
    if one["type"] == TEXT:
        return one.get("value") or ""
    if one["type"] == CHECKBOX:
        return bool(one.get("default"))
    if "options" in one:
        return [option["value"] for option in one["options"] if option.get("default")]
    return [str(default["id"]) for default in one.get("default_values") or []]


class Filled:
    """A form's or a list's values on their way: ids of people and places are gathered to be resolved."""

    def __init__(self, state: State, guild: int | None) -> None:
        self._state, self._guild = state, guild
        self._users: list[int] = []
        self._channels: list[int] = []
        self._roles: list[int] = []

    def resolved(self) -> Json:
        return shapes.resolved(self._state, self._guild, self._users, self._channels, self._roles)

    def form(self, form: Form, given: Json) -> list[Json]:
        """The components of a submission. Raises NotDone where the client would not send it."""
        fields = inputs(form.components)
        if strange := given.keys() - fields.keys():
            raise NotDone(f"the form has the fields {list(fields)}, not {sorted(strange)}")
        return [self._component(number, one, given) for number, one in enumerate(form.components, start=1)]

    def _component(self, number: int, one: Json, given: Json) -> Json:
        if one["type"] == 1:
            inner = [self.input(child, given) for child in one["components"]]
            return {"type": 1, "id": number, "components": inner}
        if one["type"] == 18:
            return {"type": 18, "id": number, "component": self.input(one["component"], given, one["label"])}
        return {"type": one["type"], "id": number}

    def input(self, one: Json, given: Json, label: str = "") -> Json:
        name = field_name(one["custom_id"])
        value = given.get(name, before(one))
        label = label or one.get("label") or name
        head = {"type": one["type"], "id": one.get("id") or 0, "custom_id": one["custom_id"]}
        if one["type"] == TEXT:
            return {**head, "value": _text(one, value, label)}
        if one["type"] == CHECKBOX:
            return {**head, "value": bool(value)}
        values = self.values(one, value, label, in_form=True)
        if one["type"] == RADIO:
            return {**head, "value": values[0] if values else None}
        return {**head, "values": values}

    def values(self, one: Json, given: Any, label: str, *, in_form: bool = False) -> list[str]:
        """What is picked from a list, by value or label, short name of a person, name of a place or role."""
        wanted = _listed(one, given)
        values = [self._value(one, each, label) for each in wanted]
        required = one.get("required") is not False if in_form else True
        least = one.get("min_values")
        least = 1 if least is None else least
        most = one.get("max_values") or (len(one.get("options") or []) if one["type"] == CHECKBOXES else 1)
        if in_form and not values:
            least = 1 if required and one.get("min_values") != 0 else 0
        if not least <= len(values) <= most:
            raise NotDone(f"{label}: between {least} and {most} can be picked, not {len(values)}")
        return values

    def _value(self, one: Json, wanted: Any, label: str) -> str:
        if "options" in one:
            for option in one["options"]:
                if str(wanted) in (option["value"], option["label"]):
                    return str(option["value"])
            raise NotDone(f"{label}: {wanted!r} is none of {[option['label'] for option in one['options']]}")
        if str(wanted).isdecimal():
            id = int(wanted)
        elif one["type"] == CHANNEL:
            id = self._state.place_named(str(wanted).removeprefix("#")).id
        elif one["type"] == ROLE and self._guild is not None:
            id = next(role.id for role in self._state.guilds[self._guild].roles.values() if role.name == wanted)
        else:
            id = self._state.user_named(str(wanted).removeprefix("@")).id
        gathered = {CHANNEL: self._channels, ROLE: self._roles}.get(one["type"], self._users)
        gathered.append(id)
        return str(id)


def _listed(one: Json, given: Any) -> list[Any]:
    if isinstance(given, bool) and "options" in one:
        yes, no = ("yes", "true", "on", "1"), ("no", "false", "off", "0")
        meant = [
            o["value"] for o in one["options"] if {o["value"].lower(), o["label"].lower()} & set(yes if given else no)
        ]
        return meant[:1] or ([one["options"][0]["value"]] if given else [])
    if given is None or given == "":
        return []
    return list(given) if isinstance(given, list | tuple | set | frozenset) else [given]


def _text(one: Json, given: Any, label: str) -> str:
    text = "" if given is None else str(given)
    most, least = one.get("max_length") or 4000, one.get("min_length") or 0
    if not text and one.get("required", True) is not False:
        raise NotDone(f"{label}: this is required")
    if text and not least <= len(text) <= most:
        raise NotDone(f"{label}: between {least} and {most} characters, not {len(text)}")
    if one["style"] == 1 and "\n" in text:
        text = text.replace("\n", " ")
    return text
