"""Slack's own types as JSON schemas, compiled once each, when first needed."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import Any

import jsonschema_rs

SPECS = Path(__file__).with_name("specs")
SHOWN = 3  # problems told of one value


@cache
def load(name: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((SPECS / name).read_text())
    definitions = found.get("definitions", {})
    if "KnownBlock" in definitions:  # the generic Block lets anything through that has a type
        definitions["AnyBlock"] = {"$ref": "#/definitions/KnownBlock"}
    return found


@cache
def _compiled(name: str) -> Any:
    return jsonschema_rs.Draft7Validator(load(name))


@cache
def _block(type: str) -> Any:
    """The validator of one type of block: its complaints are about that type, not about all that it is not."""
    definitions = load("message-blocks.schema.json")["definitions"]
    for name, definition in definitions.items():
        if name.endswith("Block") and definition.get("properties", {}).get("type", {}).get("const") == type:
            return jsonschema_rs.Draft7Validator({"$ref": f"#/definitions/{name}", "definitions": definitions})
    return None


def problems(name: str, value: Any) -> list[str]:
    """What is wrong with a value by the schema of that name, for example "view-modal"."""
    return _told(_compiled(f"{name}.schema.json"), value, "")


def block_problems(block: Any, where: str) -> list[str]:
    if not isinstance(block, dict):
        return [f"{where}: must be an object"]
    validator = _block(str(block.get("type")))
    if validator is None:
        return [f"{where}: unsupported type: {block.get('type')}"]
    return _told(validator, block, where)


def manifest_problems(manifest: Any) -> list[str]:
    return _told(_compiled("manifest.schema.2.0.0.json"), manifest, "")


def _told(validator: Any, value: Any, where: str) -> list[str]:
    if validator.is_valid(value):
        return []
    found = []
    for error in validator.iter_errors(value):
        path = "/".join([where, *map(str, error.instance_path)]).strip("/")
        found.append(f"{path or 'value'}: {error.message[:300]}")
        if len(found) == SHOWN:
            break
    return found
