"""Whether Slack would take it: the sizes and counts that no schema knows, duplicates, and what must go together."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from tests.fakes.slack import limits, schemas
from tests.fakes.slack.errors import Invalid

Json = dict[str, Any]
INPUT_ONLY = {"plain_text_input", "number_input", "email_text_input", "url_text_input", "rich_text_input", "file_input"}
MODAL_PLAIN = {"title": limits.TITLE, "submit": limits.TITLE, "close": limits.TITLE}


def message(text: Any, blocks: Any, code: str = "invalid_blocks") -> None:
    """Raises Invalid unless a message with these words and blocks can be posted."""
    if text is not None and not isinstance(text, str):
        raise Invalid("invalid_arguments", ["text: must be a string"])
    if len(text or "") > limits.TEXT_OF_MESSAGE:
        raise Invalid("msg_too_long", [f"text: more than {limits.TEXT_OF_MESSAGE} characters"])
    if blocks is None:
        return
    if not isinstance(blocks, list):
        raise Invalid("invalid_blocks_format", ["blocks: must be an array"])
    if found := block_list(blocks, limits.BLOCKS_PER_MESSAGE):
        raise Invalid(code, found)
    if (total := sum(len(words) for words in all_words(blocks))) > limits.ALL_BLOCKS_OF_MESSAGE:
        raise Invalid("msg_blocks_too_long", [f"blocks: {total} characters together"])


def metadata(given: Any) -> None:
    if given in (None, {}):
        return
    fine = isinstance(given, dict) and given.keys() <= {"event_type", "event_payload", "entities"}
    if not fine or not isinstance(given.get("event_type"), str) or not isinstance(given.get("event_payload"), dict):
        raise Invalid("invalid_metadata_format", ["metadata: needs event_type and an event_payload object"])
    if len(json.dumps(given["event_payload"]).encode()) > limits.METADATA_BYTES:
        raise Invalid("metadata_too_large", ["metadata: too large"])


def view(given: Any, kinds: tuple[str, ...] = ("modal",)) -> None:
    """Raises Invalid unless the view can be shown."""
    if not isinstance(given, dict) or given.get("type") not in kinds:
        raise Invalid("invalid_arguments", [f"view/type: must be one of {', '.join(kinds)}"])
    if len(json.dumps(given).encode()) > limits.VIEW_BYTES:
        raise Invalid("view_too_large", ["view: more than 250 kB"])
    rest = {key: value for key, value in given.items() if key != "blocks"}
    found = schemas.problems(f"view-{given['type']}", {**rest, "blocks": []})
    blocks = given.get("blocks")
    found += block_list(blocks, limits.BLOCKS_PER_VIEW, "view/blocks")
    for key, most in MODAL_PLAIN.items():
        if given["type"] == "modal" and (key == "title" or key in given):
            found += list(_text(given.get(key), most, f"view/{key}", plain=True))
    found += list(_long(given, "private_metadata", limits.PRIVATE_METADATA, "view"))
    found += list(_long(given, "callback_id", limits.CALLBACK_ID, "view"))
    found += list(_long(given, "external_id", limits.EXTERNAL_ID, "view"))
    has_input = isinstance(blocks, list) and any(isinstance(one, dict) and one.get("type") == "input" for one in blocks)
    if given["type"] == "modal" and has_input and not given.get("submit"):
        found.append("view/submit: missing, and there are input blocks")
    if found:
        raise Invalid("invalid_arguments", found)


def options(given: Any) -> None:
    """Raises Invalid unless this can answer a block_suggestion."""
    if not isinstance(given, dict) or len(given.keys() & {"options", "option_groups"}) != 1:
        raise Invalid("invalid_options", ["an answer holds either options or option_groups"])
    if found := list(_choices(given, "options", limits.OPTIONS, required=False)):
        raise Invalid("invalid_options", found)


def block_list(blocks: Any, most: int, where: str = "blocks") -> list[str]:
    if not isinstance(blocks, list):
        return [f"{where}: must be an array"]
    found = [f"{where}: no more than {most} items allowed"] if len(blocks) > most else []
    proper = []
    for index, block in enumerate(blocks):
        here = f"{where}/{index}"
        if wrong := schemas.block_problems(block, here):
            found += wrong
        else:
            proper.append(block)
            found += _block(block, here)
    ids = [block["block_id"] for block in proper if "block_id" in block]
    found += [f"{where}: block_id {id!r} already exists" for id in sorted({id for id in ids if ids.count(id) > 1})]
    markdown = sum(len(block.get("text", "")) for block in proper if block.get("type") == "markdown")
    if markdown > limits.MARKDOWN_PER_PAYLOAD:
        found.append(f"{where}: more than {limits.MARKDOWN_PER_PAYLOAD} characters of markdown")
    focused = [one for block in proper for one in elements(block) if one.get("focus_on_load")]
    return found + ([f"{where}: more than one focus_on_load"] if len(focused) > 1 else [])


def elements(block: Json) -> list[Json]:
    """The interactive elements of a block."""
    if block.get("type") == "input":
        return [block["element"]]
    if block.get("type") == "section":
        return [block["accessory"]] if "action_id" in block.get("accessory", {}) or _interactive(block) else []
    return list(block.get("elements", ())) if block.get("type") == "actions" else []


def all_words(value: Any) -> Iterator[str]:
    """Every text that somebody reads in blocks, as far as the total length goes."""
    if isinstance(value, dict):
        for key, inner in value.items():
            if key == "text" and isinstance(inner, str):
                yield inner
            else:
                yield from all_words(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from all_words(inner)


def _interactive(block: Json) -> bool:
    return "accessory" in block and block["accessory"].get("type") != "image"


def _block(block: Json, where: str) -> Iterator[str]:
    """What the schema lets through although Slack does not."""
    yield from _long(block, "block_id", limits.BLOCK_ID, where)
    kind = block["type"]
    if kind == "section":
        if not block.get("text") and not block.get("fields"):
            yield f"{where}: needs text or fields"
        if "text" in block:
            yield from _text(block["text"], limits.SECTION_TEXT, f"{where}/text")
        fields = block.get("fields", [])
        if len(fields) > limits.SECTION_FIELDS or ("fields" in block and not fields):
            yield f"{where}/fields: between 1 and {limits.SECTION_FIELDS} items"
        for index, field in enumerate(fields):
            yield from _text(field, limits.SECTION_FIELD, f"{where}/fields/{index}")
    elif kind == "header":
        yield from _text(block["text"], limits.HEADER, f"{where}/text", plain=True)
    elif kind == "context":
        if not 1 <= len(block["elements"]) <= limits.CONTEXT_ELEMENTS:
            yield f"{where}/elements: between 1 and {limits.CONTEXT_ELEMENTS} items"
        for index, one in enumerate(block["elements"]):
            if one["type"] != "image":
                yield from _text(one, limits.CONTEXT_TEXT, f"{where}/elements/{index}")
    elif kind == "actions":
        if not 1 <= len(block["elements"]) <= limits.ACTIONS_ELEMENTS:
            yield f"{where}/elements: between 1 and {limits.ACTIONS_ELEMENTS} items"
    elif kind == "input":
        yield from _text(block["label"], limits.INPUT_LABEL, f"{where}/label", plain=True)
        if "hint" in block:
            yield from _text(block["hint"], limits.INPUT_HINT, f"{where}/hint", plain=True)
    elif kind == "image":
        yield from _long(block, "alt_text", limits.IMAGE_ALT, where)
    elif kind == "markdown" and not block["text"]:
        yield f"{where}/text: must not be empty"
    given = elements(block)
    ids = [one["action_id"] for one in given if "action_id" in one]
    yield from (f"{where}: action_id {id!r} already exists" for id in sorted({id for id in ids if ids.count(id) > 1}))
    for index, element in enumerate(given):
        if kind != "input" and element["type"] in INPUT_ONLY - {"plain_text_input"}:
            yield f"{where}: {element['type']} belongs into an input block"
        yield from _element(element, f"{where}/{element['type']}/{index}")


def _element(element: Json, where: str) -> Iterator[str]:
    kind = element["type"]
    yield from _long(element, "action_id", limits.ACTION_ID, where)
    if "placeholder" in element:
        yield from _text(element["placeholder"], limits.PLACEHOLDER, f"{where}/placeholder", plain=True)
    if "confirm" in element:
        confirm = element["confirm"]
        yield from _text(confirm["text"], limits.CONFIRM_TEXT, f"{where}/confirm/text")
        most = {"title": limits.CONFIRM_TITLE, "confirm": limits.CONFIRM_BUTTON, "deny": limits.CONFIRM_BUTTON}
        for key in most.keys() & confirm.keys():
            yield from _text(confirm[key], most[key], f"{where}/confirm/{key}", plain=True)
    if kind == "button":
        yield from _text(element["text"], limits.BUTTON_TEXT, f"{where}/text", plain=True)
        yield from _long(element, "value", limits.BUTTON_VALUE, where)
        yield from _long(element, "url", limits.BUTTON_URL, where)
        yield from _long(element, "accessibility_label", limits.ACCESSIBILITY_LABEL, where)
    elif kind in ("static_select", "multi_static_select"):
        yield from _choices(element, where, limits.OPTIONS)
        yield from _initial(element, where)
    elif kind in ("radio_buttons", "checkboxes"):
        yield from _choices(element, where, limits.CHOICES)
        yield from _initial(element, where)
    elif kind == "overflow":
        yield from _choices(element, where, limits.OVERFLOW_OPTIONS)
    elif kind == "plain_text_input":
        least, most = element.get("min_length", 0), element.get("max_length", limits.INPUT_LENGTH)
        if not 0 <= least <= limits.INPUT_LENGTH or not 1 <= most <= limits.INPUT_LENGTH or least > most:
            yield f"{where}: min_length and max_length within 0 to {limits.INPUT_LENGTH}"
        if len(element.get("initial_value", "")) > most:
            yield f"{where}/initial_value: longer than max_length"
    if kind.startswith("multi_") and not element.get("max_selected_items", 1) >= 1:
        yield f"{where}/max_selected_items: at least 1"
    if kind in ("external_select", "multi_external_select"):
        first = element.get("initial_options", []) + [element[key] for key in ("initial_option",) if key in element]
        for option in first:
            yield from _option(option, f"{where}/initial")


def _choices(holder: Json, where: str, most: int, *, required: bool = True) -> Iterator[str]:
    if "options" in holder and "option_groups" in holder:
        yield f"{where}: options and option_groups together"
    groups = holder.get("option_groups")
    if groups is not None:
        if not 1 <= len(groups) <= limits.OPTION_GROUPS:
            yield f"{where}/option_groups: between 1 and {limits.OPTION_GROUPS} items"
        for group in groups:
            yield from _text(group["label"], limits.GROUP_LABEL, f"{where}/label", plain=True)
    lists = [group["options"] for group in groups] if groups is not None else [holder.get("options", [])]
    for options in lists:
        if not (1 if required else 0) <= len(options) <= most:
            yield f"{where}/options: between 1 and {most} items"
        for option in options:
            yield from _option(option, where)
    values = [option.get("value") for options in lists for option in options]
    if len(values) != len(set(values)):
        yield f"{where}/options: the same value twice"


def _option(option: Any, where: str) -> Iterator[str]:
    if not isinstance(option, dict) or not isinstance(option.get("value"), str):
        yield f"{where}: an option needs text and a value"
        return
    yield from _text(option.get("text"), limits.OPTION_TEXT, f"{where}/option/text")
    if not 1 <= len(option["value"]) <= limits.OPTION_VALUE:
        yield f"{where}/option/value: between 1 and {limits.OPTION_VALUE} characters"
    if "description" in option:
        yield from _text(option["description"], limits.OPTION_DESCRIPTION, f"{where}/option/description")


def _initial(element: Json, where: str) -> Iterator[str]:
    """What is chosen from the start must be one of the options, exactly."""
    groups = element.get("option_groups") or [element]
    offered = [option for group in groups for option in group.get("options", [])]
    chosen = element.get("initial_options", []) + [element[key] for key in ("initial_option",) if key in element]
    if any(option not in offered for option in chosen):
        yield f"{where}: what is chosen from the start is not among the options"
    if element.get("initial_options") == []:
        yield f"{where}/initial_options: must not be empty"


def _text(given: Any, most: int, where: str, *, plain: bool = False) -> Iterator[str]:
    if not isinstance(given, dict) or not isinstance(given.get("text"), str):
        yield f"{where}: must be a text object"
        return
    if plain and given.get("type") != "plain_text":
        yield f"{where}: must be plain_text"
    if not given["text"].strip():
        yield f"{where}: must not be empty"
    if len(given["text"]) > most:
        yield f"{where}: must be no more than {most} characters"


def _long(holder: Json, key: str, most: int, where: str) -> Iterator[str]:
    value = holder.get(key)
    if isinstance(value, str) and len(value) > most:
        yield f"{where}/{key}: must be no more than {most} characters"
    if isinstance(value, str) and not value and key in ("action_id", "block_id"):
        yield f"{where}/{key}: must not be empty"
