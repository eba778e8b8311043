"""Form elements: what is in them from the start, what somebody puts in, and what the client itself refuses."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

from tests.fakes.slack import check, limits
from tests.fakes.slack.model import Json, View

REQUIRED = "Please complete this required field."
TEXTS = ("plain_text_input", "number_input", "url_text_input", "email_text_input")
ONE_OPTION = ("static_select", "external_select", "radio_buttons", "overflow")
MANY_OPTIONS = ("multi_static_select", "multi_external_select", "checkboxes")
IDS = {  # element type -> key in state.values, key of what is in it from the start
    "users_select": ("selected_user", "initial_user"),
    "conversations_select": ("selected_conversation", "initial_conversation"),
    "channels_select": ("selected_channel", "initial_channel"),
    "multi_users_select": ("selected_users", "initial_users"),
    "multi_conversations_select": ("selected_conversations", "initial_conversations"),
    "multi_channels_select": ("selected_channels", "initial_channels"),
    "datepicker": ("selected_date", "initial_date"),
    "timepicker": ("selected_time", "initial_time"),
    "datetimepicker": ("selected_date_time", "initial_date_time"),
}


class Refused(Exception):
    """The client itself does not take what somebody puts in; its words stand beside the field."""


def offered(element: Json) -> list[Json]:
    groups = element.get("option_groups") or [element]
    return [option for group in groups for option in group.get("options", [])]


def key_of(kind: str) -> str:
    """Under which key state.values holds what is in an element of this type."""
    if kind in TEXTS:
        return "value"
    if kind in IDS:
        return IDS[kind][0]
    return "selected_options" if kind in MANY_OPTIONS else "selected_option"


def is_field(element: Json) -> bool:
    return element["type"] in (*TEXTS, *ONE_OPTION, *MANY_OPTIONS, *IDS) and element["type"] != "overflow"


def initial(element: Json) -> Json:
    """The element's entry in state.values before anybody touched it."""
    kind = element["type"]
    if kind in TEXTS:
        value: Any = element.get("initial_value") or None
    elif kind in IDS:
        value = element.get(IDS[kind][1], [] if kind.startswith("multi_") else None)
    elif kind in MANY_OPTIONS:
        value = list(element.get("initial_options", []))
    else:
        value = element.get("initial_option")
    return {"type": kind, key_of(kind): value}


def beginning(blocks: list[Json]) -> dict[str, Json]:
    """state.values of a view or message as it first appears."""
    state: dict[str, Json] = {}
    for block in blocks:
        for element in check.elements(block):
            if is_field(element):
                state.setdefault(block["block_id"], {})[element["action_id"]] = initial(element)
    return state


def find(view: View, name: str) -> tuple[Json, Json]:
    """The block and element that a test calls by its block_id or action_id. Raises KeyError."""
    names = []
    for block in view.given["blocks"]:
        for element in check.elements(block):
            if is_field(element):
                if name in (block["block_id"], element["action_id"]):
                    return block, element
                names.append(block["block_id"])
    raise KeyError(f"the form has the fields {names}, not {name!r}")


def as_item(block: Json, view: View) -> Json:
    element = block["element"]
    state = view.state[block["block_id"]].get(element["action_id"], {}) if block["block_id"] in view.state else {}
    return {
        "name": block["block_id"],
        "action_id": element["action_id"],
        "type": element["type"],
        "label": block["label"]["text"],
        "hint": (block.get("hint") or {}).get("text", ""),
        "required": not block.get("optional", False),
        "value": plain_value(state),
        "error": view.errors.get(block["block_id"], ""),
        "options": [option["text"]["text"] for option in offered(element)],
    }


def plain_value(state: Json) -> Any:
    """What is in a field, as a test writes it: options by their values."""
    value = state.get(key_of(state["type"])) if state else None
    if isinstance(value, dict):
        return value["value"]
    return [one["value"] if isinstance(one, dict) else one for one in value] if isinstance(value, list) else value


def words(state: Json, name: Callable[[str], str]) -> str:
    """What is in a field, as somebody reads it."""
    value = state.get(key_of(state["type"]))
    if value is None or state["type"] in ("radio_buttons", "checkboxes"):
        return ""
    many = value if isinstance(value, list) else [value]
    return ", ".join(str(one["text"]["text"]) if isinstance(one, dict) else name(str(one)) for one in many)


def set_plain(element: Json, value: Any, zone: str) -> Any:
    """The value for an element that needs no look-up: texts, dates and times. Raises AssertionError."""
    kind = element["type"]
    if value in (None, ""):
        return None
    if kind == "datetimepicker":
        if isinstance(value, str) and not value.isdigit():
            then = datetime.fromisoformat(value)
            then = then if then.tzinfo else then.replace(tzinfo=ZoneInfo(zone))
            return int(then.astimezone(UTC).timestamp())
        return int(value)
    if kind == "datepicker":
        assert re.fullmatch(r"\d{4}-\d\d-\d\d", str(value)), f"a date is written 2026-03-04, not {value!r}"
    if kind == "timepicker":
        assert re.fullmatch(r"\d\d:\d\d", str(value)), f"a time is written 09:30, not {value!r}"
    text = str(value)
    return text if kind != "plain_text_input" or element.get("multiline") else re.sub(r"\s*\n\s*", " ", text)


def choose(options: list[Json], wanted: str) -> Json:
    """The option of that value or label. Raises AssertionError with what is offered."""
    for option in options:
        if wanted in (option["value"], option["text"]["text"]):
            return option
    shown = [f"{option['text']['text']} ({option['value']})" for option in options]
    raise AssertionError(f"nobody is offered {wanted!r}; there are {shown}")


def wrong(view: View) -> dict[str, str]:
    """What the client refuses before anything is sent: words beside fields, by block_id."""
    found = {}
    for block in view.given["blocks"]:
        if block["type"] != "input":
            continue
        element = block["element"]
        state = view.state.get(block["block_id"], {}).get(element["action_id"])
        if state is not None and (words := _wrong(block, element, state)):
            found[block["block_id"]] = words
    return found


def _wrong(block: Json, element: Json, state: Json) -> str:
    value, kind = state[key_of(element["type"])], element["type"]
    if value in (None, "", []) or (isinstance(value, str) and not value.strip()):
        return "" if block.get("optional") else REQUIRED
    if kind == "plain_text_input":
        least, most = element.get("min_length", 0), element.get("max_length", limits.INPUT_LENGTH)
        if len(value) < least:
            return f"Please enter at least {least} characters."
        return f"Please enter no more than {most} characters." if len(value) > most else ""
    if kind == "number_input":
        pattern = r"-?\d+(\.\d+)?" if element["is_decimal_allowed"] else r"-?\d+"
        if not re.fullmatch(pattern, value):
            return "Please enter a number." if element["is_decimal_allowed"] else "Please enter a whole number."
        low, high = float(element.get("min_value", "-inf")), float(element.get("max_value", "inf"))
        return "" if low <= float(value) <= high else f"Please enter a number between {low:g} and {high:g}."
    if kind == "url_text_input":
        return "" if re.fullmatch(r"https?://[^\s/]+\S*", value) else "Please enter a valid URL."
    if kind == "email_text_input":
        return "" if re.fullmatch(r"[^@\s]+@[^@\s]+\.[^@\s]+", value) else "Please enter a valid email address."
    most = element.get("max_selected_items")
    return f"Please choose no more than {most}." if most and isinstance(value, list) and len(value) > most else ""
