"""Forms → modals, and what was sent → values. Pure."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from adapters.discord.profile import (
    CUSTOM_ID,
    FIELDS_IN_MODAL,
    LABEL_DESCRIPTION,
    LABEL_TEXT,
    MODAL_TITLE,
    OPTION_LABEL,
    OPTION_VALUE,
    OPTIONS,
    PLACEHOLDER,
    TEXT_INPUT,
    ref,
    same_guild,
)
from adapters.discord.render import MARK, NO_WORDS, uncarried
from adapters.discord.text import markdown, pieces
from bot.core.events import Ref, Value, Values
from bot.core.forms import FormField, FormView, is_draft
from bot.core.text import plain, shortened

Json = dict[str, Any]
LABEL, TEXT_INPUT_TYPE, SELECT, USER_SELECT, TEXT = 18, 4, 3, 5, 10
SHORT, PARAGRAPH = 1, 2
YES, NO = "yes", "no"
NOTE = 2000  # characters; what is longer would push the form's button out of sight
NOTHING_TO_CHOOSE = "There is nothing to choose from."
STEPPED = "{title} ({step} of {steps})"


@dataclass(frozen=True, slots=True)
class Opened:
    """What a modal carries of how it was opened, in its custom_id."""

    draft: str
    step: int
    origin: str
    delivery: str = ""

    def packed(self) -> str:
        """``delivery`` is left out when there is no room for it: it only matters for buttons in direct messages."""
        short = f"{self.draft}.{self.step}{MARK}{self.origin}"
        whole = f"{short}{MARK}{self.delivery}" if self.delivery else short
        return whole if len(whole) <= CUSTOM_ID else short

    @classmethod
    def unpacked(cls, text: str) -> Opened:
        """Raises ValueError when it is not ours."""
        head, _, rest = text.partition(MARK)
        origin, delivery = uncarried(rest)
        draft, _, step = head.rpartition(".")
        if not draft or not origin or not is_draft(draft):
            raise ValueError("not a form of ours")
        return cls(draft, int(step), origin, delivery)


def modal(view: FormView, guild: str, delivery: str = "") -> Json:
    """One step of the form, filled with what is known."""
    steps = view.form.steps(view.per_step)
    title = view.form.heading()
    if steps > 1:
        title = STEPPED.format(title=shortened(title, MODAL_TITLE - 10), step=view.step + 1, steps=steps)
    labels = [drawn for field in view.fields() if (drawn := _label(field, view, guild)) is not None]
    if plain(view.note).strip():
        _add_note(labels, view, guild)
    return {
        "custom_id": Opened(view.draft, view.step, view.origin, delivery).packed(),
        "title": shortened(title, MODAL_TITLE) or NO_WORDS,
        "components": labels or [{"type": TEXT, "content": NOTHING_TO_CHOOSE}],
    }


def _add_note(labels: list[Json], view: FormView, guild: str) -> None:
    """Below the fields if there is room for one more component, else beside the last field that has no hint of its own."""
    if len(labels) < FIELDS_IN_MODAL:
        said, *more = pieces(view.note, guild, NOTE, markdown)
        labels.append({"type": TEXT, "content": f"{said} …" if more else said})
        return
    free = next((label for label in reversed(labels) if "description" not in label), labels[-1])
    said = " ".join([*([free["description"]] if "description" in free else []), plain(view.note)])
    free["description"] = shortened(said, LABEL_DESCRIPTION)


def _label(field: FormField, view: FormView, guild: str) -> Json | None:
    component = _component(field, view.values.get(field.name), guild)
    if component is None:  # a choice of which there is nothing to choose from
        return None
    drawn: Json = {"type": LABEL, "label": shortened(field.title, LABEL_TEXT) or NO_WORDS}
    said = [view.errors.get(field.name, ""), field.title if len(field.title) > LABEL_TEXT else "", field.hint]
    if len(field.options) > OPTIONS:
        said.append(f"The first {OPTIONS} of {len(field.options)}.")
    if description := shortened(" ".join(part for part in said if part), LABEL_DESCRIPTION):
        drawn["description"] = description
    return {**drawn, "component": {**component, "custom_id": f"{field.name}{MARK}{field.kind}"}}


def _component(field: FormField, value: Value, guild: str) -> Json | None:
    match field.kind:
        case "choice" | "choices":
            return _select(field, value)
        case "yesno":
            options: list[Json] = [{"label": "Yes", "value": YES}, {"label": "No", "value": NO}]
            if isinstance(value, bool):
                options[0 if value else 1]["default"] = True
            return {"type": SELECT, "options": options, "required": field.required}
        case "person":
            chosen = Ref.parse(value) if isinstance(value, str) and value.count("/") >= 2 else None
            here = chosen is not None and same_guild(chosen, guild) and re.fullmatch("[0-9]+", chosen.id)
            first = {"default_values": [{"id": chosen.id, "type": "user"}]} if here and chosen else {}
            return {"type": USER_SELECT, "required": field.required, "max_values": 1, **first}
        case _:
            return _text_input(field, value)


def _select(field: FormField, value: Value) -> Json | None:
    several = field.kind == "choices"
    chosen = value if isinstance(value, list) else [value]
    chosen = chosen if several else chosen[:1]
    offered = tuple({option.value[:OPTION_VALUE]: option for option in field.options if option.value}.values())
    if len(offered) > OPTIONS:  # what is chosen already is among them
        offered = tuple(sorted(offered, key=lambda option: option.value not in chosen))[:OPTIONS]
    options: list[Json] = []
    for option in offered:
        drawn: Json = {"label": shortened(option.label, OPTION_LABEL) or "…", "value": option.value[:OPTION_VALUE]}
        options.append({**drawn, "default": True} if option.value in chosen else drawn)
    if not options:
        return None
    return {
        "type": SELECT,
        "options": options,
        "required": field.required,
        "min_values": 1 if field.required else 0,
        "max_values": len(options) if several else 1,
    }


def _text_input(field: FormField, value: Value) -> Json:
    longest = min(field.max_length or TEXT_INPUT, TEXT_INPUT)
    words = ", ".join(value) if isinstance(value, list) else "" if value is None else str(value)
    drawn: Json = {
        "type": TEXT_INPUT_TYPE,
        "style": PARAGRAPH if field.kind == "paragraph" else SHORT,
        "required": field.required,
        "max_length": longest,
    }
    if field.kind == "datetime":
        drawn["placeholder"] = shortened("2026-03-05 14:30", PLACEHOLDER)
    # Discord opens no form with text that is too long: it is cut, and the description says so.
    return {**drawn, **({"value": words[:longest]} if words else {})}


def values(data: Json, guild: str) -> Values:
    """What was filled in, by field. Raises KeyError, TypeError or ValueError when it is malformed."""
    found: dict[str, Value] = {}
    for label in data["components"]:
        given = label.get("component")
        if given is None:  # text between the fields
            continue
        name, _, kind = str(given["custom_id"]).partition(MARK)
        found[name] = _value(kind, given, guild)
    return found


def _value(kind: str, given: Json, guild: str) -> Value:
    chosen = [str(item) for item in given.get("values") or ()]
    match kind:
        case "line" | "paragraph" | "url" | "number" | "datetime" | "tags":
            return str(given.get("value") or "")
        case "choice":
            return chosen[0] if chosen else None
        case "choices":
            return [*chosen]
        case "person":
            return str(ref(guild, chosen[0])) if chosen else None
        case "yesno":
            return chosen == [YES]
        case _:
            raise ValueError("not a kind of field")
