"""Forms → modals, and what was sent → values. Pure.

A field's input has the field's name as block_id and the field's kind as action_id, so that what comes back can be read without
knowing the form.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from adapters.slack.profile import (
    INPUT_HINT,
    INPUT_LABEL,
    INPUT_TEXT,
    MODAL_BUTTON,
    MODAL_TITLE,
    OPTION_TEXT,
    OPTION_VALUE,
    OPTIONS,
    PLACEHOLDER,
    ref,
    same_team,
)
from adapters.slack.render import NO_WORDS, plain_text, small_print
from adapters.slack.text import Voice
from bot.core.events import Ref, Value, Values
from bot.core.forms import FormField, FormView, Option, is_draft

Json = dict[str, Any]
CALLBACK = "form"
WALL_TIME = 40  # characters that a date and a time are typed in


@dataclass(frozen=True, slots=True)
class Opened:
    """What a modal remembers of how it was opened, in its private_metadata: Slack keeps nothing else for us."""

    origin: str = ""
    draft: str = ""
    place: str = ""
    thread: str = ""
    url: str = ""  # the response_url of what opened it
    home: str = ""  # "yes" when it was opened at home

    def packed(self) -> str:
        return json.dumps({key: value for key, value in asdict(self).items() if value}, separators=(",", ":"))

    @classmethod
    def unpacked(cls, text: str) -> Opened:
        """Raises ValueError when it is not ours."""
        given = json.loads(text or "{}")
        if not isinstance(given, dict) or not all(isinstance(value, str) for value in given.values()):
            raise ValueError("not metadata of ours")
        if not is_draft(given.get("draft", "")):
            raise ValueError("not a form of ours")
        return cls(**{key: given[key] for key in given if key in cls.__slots__})


def modal(view: FormView, opened: Opened, voice: Voice) -> Json:
    """The form, filled with what is known, with the errors it opens with above the fields they are about."""
    fields = view.fields()
    names = {field.name for field in fields}
    blocks: list[Json] = []
    for name in sorted(view.errors.keys() - names):
        blocks += small_print((f"⚠ {view.errors[name]}",), voice)
    for field in fields:
        if problem := view.errors.get(field.name):
            blocks += small_print((f"⚠ {problem}",), voice)
        blocks += _input(field, view.values.get(field.name), voice)
    blocks += small_print(view.note, voice)
    return {
        "type": "modal",
        "callback_id": CALLBACK,
        "title": plain_text(view.form.heading(), MODAL_TITLE),
        "submit": plain_text(view.form.submit, MODAL_BUTTON),
        "close": plain_text("Cancel", MODAL_BUTTON),
        "private_metadata": opened.packed(),
        "blocks": blocks,
    }


def _input(field: FormField, value: Value, voice: Voice) -> list[Json]:
    element = _element(field, value, voice)
    if element is None:
        return small_print((f"{field.title}: there is nothing to choose from.",), voice)
    block: Json = {
        "type": "input",
        "block_id": field.name,
        "label": plain_text(field.title, INPUT_LABEL),
        "element": {**element, "action_id": field.kind},
        "optional": not field.required,
    }
    if field.hint:
        block["hint"] = plain_text(field.hint, INPUT_HINT)
    return [block]


def _element(field: FormField, value: Value, voice: Voice) -> Json | None:
    match field.kind:
        case "line" | "paragraph" | "url":
            return _text_input(field, value)
        case "number":
            words = "" if isinstance(value, bool) else str(value)
            number = {"initial_value": words} if re.fullmatch(r"-?[0-9]{1,18}", words) else {}
            return {"type": "number_input", "is_decimal_allowed": False, **number}
        case "choice":
            return _choice(field, value)
        case "choices":
            return _choices(field, value)
        case "tags":
            return _tags(value)
        case "person":
            chosen = Ref.parse(value) if isinstance(value, str) and value.count("/") >= 2 else None
            first = {"initial_user": chosen.id} if chosen and chosen.id and same_team(chosen, voice.team) else {}
            return {"type": "users_select", **first}
        case "datetime":
            return _wall_time(value)
        case "yesno":
            yes = option(Option("yes", "Yes"))
            return {"type": "checkboxes", "options": [yes], **({"initial_options": [yes]} if value is True else {})}


def _text_input(field: FormField, value: Value) -> Json:
    longest = min(field.max_length or INPUT_TEXT, INPUT_TEXT)
    words = str(value) if value else ""
    drawn: Json = {"type": "plain_text_input", "multiline": field.kind == "paragraph", "max_length": longest}
    if len(words) > longest:
        # Slack opens no form with text that is too long: it is cut, and the error says so.
        words = words[:longest]
    return {**drawn, **({"initial_value": words} if words else {})}


def option(item: Option) -> Json:
    return {"text": plain_text(item.label, OPTION_TEXT), "value": item.value[:OPTION_VALUE] or NO_WORDS}


def _offered(field: FormField) -> list[Json]:
    """Each value once, as Slack wants it."""
    known: dict[str, Json] = {}
    for item in map(option, field.options):
        known.setdefault(item["value"], item)
    return list(known.values())


def _listed(options: list[Json]) -> Json:
    """A menu's options: in groups where they are too many for one list."""
    if len(options) <= OPTIONS:
        return {"options": options}
    groups = [
        {
            "label": plain_text(f"{at + 1} to {min(at + OPTIONS, len(options))}", OPTION_TEXT),
            "options": options[at : at + OPTIONS],
        }
        for at in range(0, len(options), OPTIONS)
    ]
    return {"option_groups": groups}


def _choice(field: FormField, value: Value) -> Json | None:
    options = _offered(field)
    if not options:
        return None
    first = next((item for item in options if item["value"] == value), None)
    # A few are seen at once; ten is where radio buttons end (Block Kit reference, "Radio button group element").
    kind = "radio_buttons" if len(options) <= 4 and field.required else "static_select"
    return {"type": kind, **_listed(options), **({"initial_option": first} if first else {})}


def _choices(field: FormField, value: Value) -> Json | None:
    options = _offered(field)
    if not options:
        return None
    chosen = [item for item in options if isinstance(value, list) and item["value"] in value]
    return {"type": "multi_static_select", **_listed(options), **({"initial_options": chosen} if chosen else {})}


def _tags(value: Value) -> Json:
    """Tags are suggested while one types; what is typed can be chosen, too, so that there can be new ones."""
    given = value if isinstance(value, list) else str(value or "").split(",")
    tags = dict.fromkeys(tag.strip()[:OPTION_VALUE] for tag in given)
    chosen = [option(Option(tag, tag)) for tag in tags if tag]
    drawn: Json = {"type": "multi_external_select", "min_query_length": 1}
    drawn["placeholder"] = plain_text("Type a word", PLACEHOLDER)
    return {**drawn, **({"initial_options": chosen} if chosen else {})}


def _wall_time(value: Value) -> Json:
    """Slack's picker for an instant works in the reader's own zone; wall time is typed as a date and a time."""
    words = str(value)[:WALL_TIME] if value else ""
    typed = plain_text("2026-03-05 14:30", PLACEHOLDER)
    drawn: Json = {"type": "plain_text_input", "placeholder": typed, "max_length": WALL_TIME}
    return {**drawn, **({"initial_value": words} if words else {})}


def values(view: Json, team: str) -> Values:
    """What was filled in, by field. Raises KeyError, TypeError or ValueError when the view is malformed."""
    found: dict[str, Value] = {}
    for name, inputs in view["state"]["values"].items():
        for kind, given in inputs.items():
            found[str(name)] = _value(str(kind), given, team)
    return found


def _value(kind: str, given: Json, team: str) -> Value:
    match kind:
        case "line" | "paragraph" | "url" | "number" | "datetime":
            return _words(given.get("value"))
        case "choice":
            return _words((given.get("selected_option") or {}).get("value"))
        case "choices" | "tags":
            return [str(item["value"]) for item in given.get("selected_options") or []]
        case "person":
            user = given.get("selected_user")
            return str(ref(team, str(user))) if user else None
        case "yesno":
            return bool(given.get("selected_options"))
        case _:
            raise ValueError("not a kind of field")


def _words(value: Any) -> str | None:
    if value is not None and not isinstance(value, str):
        raise TypeError("not text")
    return value


def errors(problems: Mapping[str, str], view: Json) -> Json:
    """The response that leaves a form open with errors. What belongs to no input stands at the first one."""
    inputs = [str(block["block_id"]) for block in view["blocks"] if block.get("type") == "input"]
    found: dict[str, str] = {}
    for name, words in problems.items():
        problem = words if words.strip() else NO_WORDS
        where = name if name in inputs else inputs[0]
        found[where] = f"{found[where]} {problem}" if where in found else problem
    return {"response_action": "errors", "errors": found}
