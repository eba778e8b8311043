"""What people read of cards, forms and instants, as plain words: for the page, and for tests."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

from adapters.local.chat.model import Json

MINUTE, HOUR, DAY, WEEK, MONTH, YEAR = 60, 3600, 86_400, 604_800, 2_629_800, 31_557_600  # seconds
# From this many seconds on a distance is told in that unit; static/times.js has the same.
UNITS = (
    (2 * YEAR, YEAR, "year"),
    (9 * WEEK, MONTH, "month"),
    (2 * WEEK, WEEK, "week"),
    (2 * DAY, DAY, "day"),
    (HOUR, HOUR, "hour"),
    (MINUTE, MINUTE, "minute"),
)


def instant(at: str | int, zone: str) -> str:
    """ISO text or milliseconds → the reader's wall time and its offset, like Thu 5 Mar 2026, 15:30 (UTC+01:00)."""
    here = _here(at, zone)
    offset = here.strftime("%z")
    return f"{here:%a} {here.day} {here:%b %Y, %H:%M} (UTC{offset[:3]}:{offset[3:]})"


def _here(at: str | int, zone: str) -> datetime:
    moment = datetime.fromtimestamp(at / 1000, UTC) if isinstance(at, int) else datetime.fromisoformat(at)
    return moment.astimezone(ZoneInfo(zone))


def iso(at: str | int) -> str:
    """For programs: UTC, whole seconds, like 2026-03-05T14:30:00Z."""
    return f"{_here(at, 'UTC'):%Y-%m-%dT%H:%M:%S}Z"


def hour(at: str | int, zone: str) -> str:
    """The reader's wall time alone, like 15:30."""
    return f"{_here(at, zone):%H:%M}"


def date(at: str | int, zone: str, now_ms: int) -> str:
    """The reader's day, like Thu 5 Mar; with the year when it is another one."""
    here = _here(at, zone)
    year = "" if here.year == _here(now_ms, zone).year else f" {here.year}"
    return f"{here:%a} {here.day} {here:%b}{year}"


def day(at: str | int, zone: str, now_ms: int) -> str:
    """Above the messages of a day: Today, Yesterday, Thursday 5 March."""
    here, today = _here(at, zone), _here(now_ms, zone)
    match (today.date() - here.date()).days:
        case 0:
            return "Today"
        case 1:
            return "Yesterday"
    year = "" if here.year == today.year else f" {here.year}"
    return f"{here:%A} {here.day} {here:%B}{year}"


def same_day(one: int, other: int, zone: str) -> bool:
    return _here(one, zone).date() == _here(other, zone).date()


def relative(at: str | int, now_ms: int) -> str:
    """How far from now, roughly: just now, 5 minutes ago, in 3 hours."""
    seconds = round(_here(at, "UTC").timestamp() - now_ms / 1000)
    for least, size, name in UNITS:
        if abs(seconds) >= least:
            told = _counted(abs(seconds) // size, name)
            return f"in {told}" if seconds > 0 else f"{told} ago"
    return "now" if seconds > 0 else "just now"


def ahead(seconds: float) -> str:
    """How far a clock is ahead, in the two largest units that matter: 2 days 3 hours; nothing under a minute."""
    left = round(seconds)
    told: list[str] = []
    for size, name in ((DAY, "day"), (HOUR, "hour"), (MINUTE, "minute")):
        if left >= size and len(told) < 2:
            told.append(_counted(left // size, name))
        left %= size
    return " ".join(told)


def _counted(count: int, name: str) -> str:
    return f"{count} {name}" if count == 1 else f"{count} {name}s"


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
