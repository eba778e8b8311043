"""What people read of cards and forms, as plain words: for the page's instants, and for tests."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

from adapters.local.chat.model import Json


def instant(at: str | int, zone: str) -> str:
    """ISO text or milliseconds → the reader's wall time and its offset, like Thu 5 Mar 2026, 15:30 (UTC+01:00)."""
    moment = datetime.fromtimestamp(at / 1000, UTC) if isinstance(at, int) else datetime.fromisoformat(at)
    here = moment.astimezone(ZoneInfo(zone))
    offset = here.strftime("%z")
    return f"{here:%a} {here.day} {here:%b %Y, %H:%M} (UTC{offset[:3]}:{offset[3:]})"


def text(parts: list[Any], zone: str) -> str:
    return "".join(part if isinstance(part, str) else _part(part, zone) for part in parts)


def _part(part: Json, zone: str) -> str:
    match part["kind"]:
        case "person":
            return f"@{part['name']}"
        case "channel":
            return f"#{part['name']}"
        case "when":
            return instant(part["at"], zone)
        case "typed":
            return f"/{part['command']}"
        case "link" | "message":
            return str(part["label"])
        case _:
            return str(part["text"])


def buttons(card: Json) -> list[Json]:
    """All of a card's buttons, links too, in the order in which they stand."""
    return [*(button for section in card["sections"] for button in section["buttons"]), *card["buttons"]]


def message(shown: Json, zone: str) -> str:
    """A message as one block of text: a person's words, or a card's parts and its buttons' labels, one a line."""
    card = shown["card"]
    if card is None:
        return shown["text"] or ""
    lines = [card["title"], text(card["body"], zone)]
    for section in card["sections"]:
        labels = "".join(f" [{button['label']}]" for button in section["buttons"])
        lines.append(text(section["text"], zone) + labels)
    lines.append(" ".join(f"[{button['label']}]" for button in card["buttons"]))
    lines.append(text(card["state"], zone))
    return "\n".join(line for line in lines if line)


def form(shown: Json, zone: str) -> str:
    """An open form as one block of text: title, fields with hints, values and errors, note, button."""
    view = shown["view"]
    lines = [view["title"], shown["errors"].get("", "")]
    for field in view["fields"]:
        options = ", ".join(option["label"] for option in field["options"])
        value = shown["values"].get(field["name"])
        given = "" if value in (None, "") else f": {value}"
        lines += [f"{field['title']}{given}", field["hint"], options, shown["errors"].get(field["name"], "")]
    lines += [text(view["note"], zone), f"[{view['submit']}]"]
    return "\n".join(line for line in lines if line)
