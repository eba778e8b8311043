"""What Discord refuses in messages and modals and its OpenAPI description lets through."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Any

from tests.fakes.discord import limits
from tests.fakes.discord.errors import Json, Problems, Refused, invalid

Step = tuple[str | int, ...]
BUTTON, TEXT_INPUT, SECTION, TEXT_DISPLAY, FILE, LABEL = 2, 4, 9, 10, 13, 18
SELECTS = (3, 5, 6, 7, 8)


def walk(components: list[Json], path: Step = ("components",)) -> Iterator[tuple[Step, Json]]:
    """Every component with its path, nested ones too, in the order in which they are read."""
    for number, one in enumerate(components):
        here = (*path, number)
        yield here, one
        yield from walk(one.get("components") or [], (*here, "components"))
        for key in ("accessory", "component"):
            if one.get(key):
                yield (*here, key), one[key]


def names(files: Sequence[Json]) -> list[str]:
    """Of files as they came in a request."""
    return [str(one["filename"]) for one in files]


def message(body: Json, *, files: Sequence[str] = (), before: Json | None = None) -> None:
    """A message that is created; or, with ``before`` (content, embeds, components, flags, attachments), edited.

    ``files``: the names of those that come with it.
    """
    whole = {**(before or {}), **{key: value for key, value in body.items() if key in body}}
    flags = (whole.get("flags") or 0) | ((before or {}).get("flags") or 0) & limits.COMPONENTS_V2_FLAG
    components = whole.get("components") or []
    problems: Problems = []
    if len(whole.get("content") or "") > limits.CONTENT:
        problems.append((("content",), "BASE_TYPE_MAX_LENGTH", f"Must be {limits.CONTENT} or fewer in length."))
    if _length_of_embeds(whole.get("embeds") or []) > limits.EMBEDS_TOGETHER:
        problems.append((("embeds",), "MAX_EMBED_SIZE_EXCEEDED", "Embed size exceeds maximum size of 6000"))
    problems += _mentions(body.get("allowed_mentions"))
    problems += _components(components, v2=bool(flags & limits.COMPONENTS_V2_FLAG))
    problems += _files(components, body.get("attachments"), files, (before or {}).get("attachments") or [])
    if flags & limits.COMPONENTS_V2_FLAG:
        legacy = [key for key in ("content", "embeds", "poll", "sticker_ids") if whole.get(key)]
        text = "The 'content', 'embeds', 'stickers' and 'poll' fields cannot be used with components v2"
        problems += [((key,), "MESSAGE_CANNOT_USE_LEGACY_FIELDS_WITH_COMPONENTS_V2", text) for key in legacy]
    if problems:
        raise invalid(problems)
    attached = files or whole.get("attachments") or whole.get("sticker_ids") or whole.get("poll")
    if not ((whole.get("content") or "").strip() or whole.get("embeds") or components or attached):
        raise Refused(400, 50006, "Cannot send an empty message")


def _files(components: list[Json], described: list[Json] | None, files: Sequence[str], before: list[Json]) -> Problems:
    """What is described came, and what a component shows is there, by the name that Discord gives it."""
    problems: Problems = []
    kept = (
        before if described is None else [one for one in before if str(one["id"]) in {str(x["id"]) for x in described}]
    )
    ids = {str(one["id"]) for one in kept} | {str(number) for number in range(len(files))}
    for number, one in enumerate(described or []):
        if str(one["id"]) not in ids:
            text = "There is no file of this number, and no attachment of this id"
            problems.append((("attachments", number, "id"), "ATTACHMENT_NOT_FOUND", text))
    there = [*(one["filename"] for one in kept), *(re.sub(r"[^\w.-]", "_", name, flags=re.ASCII) for name in files)]
    shown = [(path, one["file"]["url"]) for path, one in walk(components) if one["type"] == FILE]
    for path, url in shown:
        if url.startswith("attachment://") and url.removeprefix("attachment://") not in there:
            text = "The referenced attachment was not found"
            problems.append(((*path, "file", "url"), "UNFURLED_MEDIA_ITEM_REFERENCED_ATTACHMENT_NOT_FOUND", text))
    return problems


def _length_of_embeds(embeds: list[Json]) -> int:
    total = 0
    for embed in embeds:
        texts = [embed.get("title"), embed.get("description")]
        texts += [(embed.get("footer") or {}).get("text"), (embed.get("author") or {}).get("name")]
        texts += [text for field in embed.get("fields") or [] for text in (field.get("name"), field.get("value"))]
        total += sum(len(text or "") for text in texts)
    return total


def _mentions(allowed: Json | None) -> Problems:
    if not allowed:
        return []
    return [
        (("allowed_mentions",), "MESSAGE_ALLOWED_MENTIONS_PARSE_EXCLUSIVE", f"parse:{kind} and {kind} are exclusive")
        for kind in ("users", "roles")
        if kind in (allowed.get("parse") or []) and allowed.get(kind)
    ]


def _components(components: list[Json], *, v2: bool) -> Problems:
    found = list(walk(components))
    problems = _custom_ids(found)
    if v2:
        if len(found) > limits.COMPONENTS_V2:
            problems.append((("components",), "BASE_TYPE_BAD_LENGTH", "Must be between 1 and 40 in length."))
        shown = sum(len(one.get("content") or "") for _, one in found if one["type"] == TEXT_DISPLAY)
        if shown > limits.COMPONENTS_V2_TEXT:
            text = f"The displayed text is {shown} characters long, {limits.COMPONENTS_V2_TEXT} at most"
            problems.append((("components",), "COMPONENT_DISPLAYABLE_TEXT_SIZE_EXCEEDED", text))
    else:
        if len(components) > limits.COMPONENTS_V1_ROWS:
            problems.append((("components",), "BASE_TYPE_BAD_LENGTH", "Must be between 1 and 5 in length."))
        text = "Components of this type need the flag of components v2"
        problems += [
            ((*path, "type"), "UNION_TYPE_CHOICES", text) for path, one in found if len(path) == 2 and one["type"] != 1
        ]
    for path, one in found:
        problems += _one(path, one)
    return problems


def _custom_ids(found: list[tuple[Step, Json]]) -> Problems:
    seen: set[str] = set()
    problems: Problems = []
    for path, one in found:
        if (custom_id := one.get("custom_id")) is None:
            continue
        if custom_id in seen:
            problems.append(
                ((*path, "custom_id"), "COMPONENT_CUSTOM_ID_DUPLICATED", "Component custom id cannot be duplicated")
            )
        seen.add(custom_id)
    return problems


def _one(path: Step, one: Json) -> Problems:
    kind = one["type"]
    if kind == 1:
        selects = [child for child in one["components"] if child["type"] in SELECTS]
        if selects and len(one["components"]) > 1:
            return [
                (
                    (*path, "components"),
                    "COMPONENT_LAYOUT_WIDTH_EXCEEDED",
                    "The specified component exceeds the maximum width",
                )
            ]
    if kind == BUTTON:
        return _button(path, one)
    if kind in SELECTS:
        return _select(path, one)
    if kind == TEXT_DISPLAY and not (one.get("content") or "").strip():
        return [((*path, "content"), "BASE_TYPE_REQUIRED", "This field is required")]
    return []


def _button(path: Step, one: Json) -> Problems:
    problems: Problems = []
    link, premium = one["style"] == 5, one["style"] == 6
    if link != bool(one.get("url")):
        problems.append(((*path, "url"), "BUTTON_COMPONENT_INVALID_URL", "A link button, and only it, must have a url"))
    if not link and not premium and not one.get("custom_id"):
        problems.append(((*path, "custom_id"), "BUTTON_COMPONENT_CUSTOM_ID_REQUIRED", "A custom id is required"))
    if link and one.get("custom_id"):
        problems.append(
            ((*path, "custom_id"), "BUTTON_COMPONENT_CUSTOM_ID_URL_MUTUALLY_EXCLUSIVE", "Custom id or url, not both")
        )
    if not premium and not (one.get("label") or one.get("emoji")):
        problems.append(((*path, "label"), "BUTTON_COMPONENT_LABEL_OR_EMOJI_REQUIRED", "A label or emoji is required"))
    return problems


def _select(path: Step, one: Json) -> Problems:
    problems: Problems = []
    options = one.get("options") or []
    values = [option["value"] for option in options]
    if len(set(values)) < len(values):
        problems.append(
            ((*path, "options"), "SELECT_COMPONENT_OPTION_VALUE_DUPLICATED", "The option value is used already")
        )
    least, most = one.get("min_values"), one.get("max_values")
    least, most = 1 if least is None else least, 1 if most is None else most
    if least > most or (one["type"] == 3 and most > len(options)):
        problems.append(
            ((*path, "max_values"), "SELECT_COMPONENT_MAX_VALUES_TOO_LARGE", "max_values does not fit the options")
        )
    if sum(bool(option.get("default")) for option in options) > most:
        problems.append(
            ((*path, "options"), "SELECT_COMPONENT_TOO_MANY_DEFAULT_VALUES", "More defaults than max_values")
        )
    return problems


def modal(data: Json) -> None:
    components: list[Json] = data["components"]
    found = list(walk(components))
    problems = _custom_ids(found)
    if len(components) > limits.MODAL_COMPONENTS:
        problems.append((("data", "components"), "BASE_TYPE_BAD_LENGTH", "Must be between 1 and 5 in length."))
    for path, one in found:
        here = ("data", *path)
        if one["type"] in (3, 22):
            problems += _select(here, {**one, "max_values": _most(one), "min_values": _least(one)})
        if one["type"] == TEXT_INPUT:
            problems += _text_input(here, one, labelled=path[-1] == "component")
    if problems:
        raise invalid(
            [((*(() if path[0] == "data" else ("data",)), *path), code, text) for path, code, text in problems]
        )


def _most(one: Json) -> int:
    return int(one.get("max_values") or (len(one["options"]) if one["type"] == 22 else 1))


def _least(one: Json) -> int:
    return (
        min(int(one.get("min_values") or 0), _most(one))
        if one.get("required") is False
        else int(one.get("min_values") or 1)
    )


def _text_input(path: Step, one: Json, *, labelled: bool) -> Problems:
    problems: Problems = []
    value, most, least = one.get("value"), one.get("max_length") or limits.TEXT_INPUT, one.get("min_length") or 0
    if value and not least <= len(value) <= most:
        text = f"Must be between {least} and {most} in length."
        problems.append(((*path, "value"), "BASE_TYPE_BAD_LENGTH", text))
    if least > most:
        problems.append(
            ((*path, "min_length"), "TEXT_INPUT_COMPONENT_MIN_LENGTH_TOO_LARGE", "min_length is above max_length")
        )
    if labelled == bool(one.get("label")):
        problems.append(
            ((*path, "label"), "BASE_TYPE_REQUIRED", "A label belongs to the input or to the component around it")
        )
    return problems


def choices(data: Json) -> None:
    given: list[Any] = data.get("choices") or []
    if len(given) > limits.AUTOCOMPLETE_CHOICES:
        raise invalid([(("data", "choices"), "BASE_TYPE_BAD_LENGTH", "Must be between 0 and 25 in length.")])
