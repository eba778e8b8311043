"""Bodies checked by Discord's own OpenAPI description, closed to unknown keys and mended where it is known to be wrong."""

from __future__ import annotations

import json
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

from jsonschema_rs import Draft202012Validator, ValidationError

from tests.fakes.discord.errors import Json, Problems, invalid

DESCRIPTION = Path(__file__).with_name("specs") / "openapi.json"
PREFIX = "#/components/schemas/"
# What clients rightly send and the description leaves out, by the schema's name.
LEFT_OUT = {
    "ApplicationCommandUpdateRequest": {"nsfw": {"type": ["boolean", "null"]}, "type": {"type": "integer"}},
    "ApplicationCommandCreateRequest": {"nsfw": {"type": ["boolean", "null"]}},
    "ApplicationCommandPatchRequestPartial": {"nsfw": {"type": ["boolean", "null"]}},
    "CreatePrivateChannelRequest": {"recipient_id": {"$ref": PREFIX + "SnowflakeType"}},
    "RichEmbed": {"flags": {"type": "integer"}},
    "CreateForumThreadRequest": {"type": {"type": "integer"}},
    "BaseCreateMessageCreateRequest": {"tts": {"type": "boolean"}},
    "IncomingWebhookUpdateForInteractionCallbackRequestPartial": {"tts": {"type": "boolean"}},
    "IncomingWebhookUpdateRequestPartial": {"tts": {"type": "boolean"}},
    "MessageEditRequestPartial": {"tts": {"type": "boolean"}},
    "MessageAttachmentRequest": {"size": {}, "url": {}, "proxy_url": {}, "ephemeral": {}},
}
SNOWFLAKE = {"anyOf": [{"type": "string", "pattern": "^(0|[1-9][0-9]*)$"}, {"type": "integer", "minimum": 0}]}
PERMISSIONS = {"anyOf": [{"type": ["integer", "null"], "minimum": 0}, {"type": "string", "pattern": "^[0-9]+$"}]}
CODES = {
    "MaxLength": "BASE_TYPE_MAX_LENGTH",
    "MinLength": "BASE_TYPE_MIN_LENGTH",
    "MaxItems": "BASE_TYPE_BAD_LENGTH",
    "MinItems": "BASE_TYPE_BAD_LENGTH",
    "Required": "BASE_TYPE_REQUIRED",
    "Enum": "BASE_TYPE_CHOICES",
    "Constant": "BASE_TYPE_CHOICES",
    "Maximum": "NUMBER_TYPE_MAX",
    "Minimum": "NUMBER_TYPE_MIN",
    "AdditionalProperties": "UNKNOWN_KEY",
}


@cache
def _description() -> Json:
    description: Json = json.loads(DESCRIPTION.read_text())
    for name, schema in description["components"]["schemas"].items():
        schema.get("properties", {}).update(LEFT_OUT.get(name, {}))
        if "default_member_permissions" in schema.get("properties", {}):
            schema["properties"]["default_member_permissions"] = PERMISSIONS
        _mend(schema)
    description["components"]["schemas"]["SnowflakeType"] = SNOWFLAKE
    # The description leaves forums and media channels out of what a channel can be picked from.
    description["components"]["schemas"]["ChannelTypes"] = {"type": "integer", "enum": [*range(6), *range(10, 17)]}
    return description


def _mend(schema: Any) -> None:
    """Close objects to unknown keys; one of several suffices (consts overlap where branches share a shape)."""
    if isinstance(schema, list):
        for one in schema:
            _mend(one)
    if not isinstance(schema, dict):
        return
    if "properties" in schema and schema.get("type") == "object":
        schema.setdefault("additionalProperties", False)
    if "oneOf" in schema:
        schema["anyOf"] = schema.pop("oneOf")
    for value in schema.values():
        _mend(value)


def _references(schema: Any) -> Iterator[str]:
    if isinstance(schema, dict):
        if isinstance(schema.get("$ref"), str):
            yield schema["$ref"].removeprefix(PREFIX)
        for value in schema.values():
            yield from _references(value)
    elif isinstance(schema, list):
        for one in schema:
            yield from _references(one)


@cache
def _checker(method: str, path: str) -> Draft202012Validator | None:
    """Compiled when first needed, with only the schemas that it reaches."""
    operation = _description()["paths"].get(path, {}).get(method.lower(), {})
    if "requestBody" not in operation:
        return None
    schema = operation["requestBody"]["content"]["application/json"]["schema"]
    _mend(schema)
    everything, reached = _description()["components"]["schemas"], {}
    waiting = list(_references(schema))
    while waiting:
        name = waiting.pop()
        if name not in reached:
            reached[name] = everything[name]
            waiting += _references(everything[name])
    return Draft202012Validator({**schema, "components": {"schemas": reached}})


def known(method: str, path: str) -> bool:
    return method.lower() in _description()["paths"].get(path, {})


def check(method: str, path: str, body: Any) -> None:
    """Raises 50035 with the tree of what is wrong. ``path`` is the description's own, like /channels/{channel_id}."""
    checker = _checker(method, path)
    if checker is None:
        if body:
            raise invalid([((), "UNKNOWN_KEY", "This operation takes no body.")])
        return
    problems = [problem for error in checker.iter_errors(body) for problem in _explained(error)]
    if problems:
        raise invalid(problems)


def _explained(error: ValidationError) -> Problems:
    kind = type(error.kind).__name__
    if kind in ("AnyOf", "OneOfNotValid"):
        branch = _meant(error)
        if branch:
            return [problem for one in branch for problem in _explained(one)]
    return [(tuple(error.instance_path), CODES.get(kind, "BASE_TYPE_BAD_TYPE"), error.message)]


def _meant(error: ValidationError) -> list[ValidationError]:
    """Of several shapes, the one that the body was probably meant to have: its type fits, and least is wrong with it."""
    kind: Any = error.kind
    here = list(error.instance_path)

    def distance(branch: list[ValidationError]) -> tuple[bool, bool, int, int]:
        paths = [list(one.instance_path) for one in branch]
        another = any(path in ([*here, "type"], [*here, "entity_type"]) for path in paths)
        not_at_all = any(
            path == here and type(one.kind).__name__ == "Type" for path, one in zip(paths, branch, strict=True)
        )
        return not_at_all, another, paths.count(here), len(branch)

    branches: list[list[ValidationError]] = kind.context
    return min(branches, key=distance, default=[])
