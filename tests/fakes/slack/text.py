"""Slack's markup in words: who it notifies, and how a reader sees it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from tests.fakes.slack.model import Message, Team, User

ENTITY = re.compile(r"<([^<>\n]+)>")
BROADCASTS = ("channel", "here", "everyone", "group")
HALF_A_YEAR = timedelta(days=183)
QUOTE = re.compile(r"^(?:>>>|&gt;&gt;&gt;|>|&gt;) ?", re.MULTILINE)
STYLE = re.compile(r"(?<![\w*_~`])([*_~`])(?=\S)([^\n]*?\S)\1(?![\w*_~`])")
CODE = re.compile(r"```(.*?)```", re.DOTALL)


def escape(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def unescape(text: str) -> str:
    return text.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")


def mentions_in(text: str) -> Iterator[str]:
    """Whom Slack would notify: user ids, "channel", "here", "everyone", "subteam:S…"."""
    for match in ENTITY.finditer(text):
        inside = match.group(1)
        if inside.startswith("@"):
            yield inside[1:].split("|")[0]
        elif inside.startswith("!subteam^"):
            yield "subteam:" + inside.removeprefix("!subteam^").split("|")[0]
        elif inside[0] == "!" and inside[1:].split("|")[0] in BROADCASTS:
            yield inside[1:].split("|")[0]


def mentioned(message: Message, team: Team) -> list[str]:
    """Whom a message notifies, by short names where Slack knows them. Text beside blocks counts too: better too many."""
    found = list(mentions_in(message.text))
    for block in message.blocks or []:
        for kind, text in _marked(block):
            found += [text] if kind == "id" else list(mentions_in(text))
    if message.linked_names:
        found += re.findall(r"(?<![\w<])@([\w.-]+)", message.text)
    names = {user.id: user.name for user in team.users.values()}
    return list(dict.fromkeys(names.get(one, one) for one in found))


def _marked(value: Any) -> Iterator[tuple[str, str]]:
    """The texts of blocks in which markup counts, and the people that rich text names."""
    if isinstance(value, list):
        for inner in value:
            yield from _marked(inner)
    elif isinstance(value, dict):
        kind = value.get("type")
        if kind in ("mrkdwn", "markdown") and isinstance(value.get("text"), str):
            yield "text", value["text"]
        elif kind == "user" and "user_id" in value:
            yield "id", value["user_id"]
        elif kind == "broadcast":
            yield "id", value.get("range", "")
        for inner in value.values():
            yield from _marked(inner)


def plain(text: str, team: Team, reader: User, now: datetime) -> str:
    """Markup as its reader sees it."""

    found: list[str] = []

    def shown(match: re.Match[str]) -> str:
        inside, _, label = match.group(1).partition("|")
        label = unescape(label)
        if inside.startswith("@"):
            user = team.users.get(inside[1:])
            return "@" + (user.shown if user else label or inside[1:])
        if inside.startswith("#"):
            channel = team.channels.get(inside[1:])
            hidden = channel is not None and not team.sees(reader, channel)
            return "#" + ("private-channel" if hidden else channel.name if channel else label or inside[1:])
        if inside.startswith("!date^"):
            return date(inside, label, reader.zone, now)
        if inside.startswith("!"):
            return label or "@" + inside[1:].split("^")[0]
        return label or unescape(inside).removeprefix("mailto:")

    def put_away(match: re.Match[str]) -> str:
        """What stands in a name or link is no markup: it comes back when the rest is done."""
        found.append(shown(match))
        return f"\ue000{len(found) - 1}\ue001"

    text = ENTITY.sub(put_away, QUOTE.sub("", CODE.sub(r"\1", text)))
    for _ in range(3):  # bold within italics within struck-out
        text = STYLE.sub(r"\2", text)
    return re.sub("\ue000(\\d+)\ue001", lambda match: found[int(match.group(1))], unescape(text))


def date(inside: str, fallback: str, zone: str, now: datetime) -> str:
    """<!date^timestamp^format^link|fallback> in the reader's zone, as an American English client shows it."""
    parts = inside.split("^")
    try:
        then = datetime.fromtimestamp(int(parts[1]), UTC).astimezone(ZoneInfo(zone))
        form = parts[2]
    except (IndexError, ValueError):
        return fallback
    local_now = now.astimezone(ZoneInfo(zone))
    known = _formats(then, local_now)
    return re.sub(r"\{(\w+)\}", lambda match: known.get(match.group(1), match.group()), form)


def _formats(then: datetime, now: datetime) -> dict[str, str]:
    ordinal = "th" if 10 <= then.day % 100 <= 20 else {1: "st", 2: "nd", 3: "rd"}.get(then.day % 10, "th")
    year = f", {then.year}" if abs(now - then) > HALF_A_YEAR else ""
    days = (then.date() - now.date()).days
    near = {-1: "yesterday", 0: "today", 1: "tomorrow"}.get(days, "")
    hour = f"{then.hour % 12 or 12}:{then:%M}"
    made = {
        "date_num": f"{then:%Y-%m-%d}",
        "date": f"{then:%B} {then.day}{ordinal}{year}",
        "date_short": f"{then:%b} {then.day}{year}",
        "date_long": f"{then:%A}, {then:%B} {then.day}{ordinal}{year}",
        "time": f"{hour} {then:%p}",
        "time_secs": f"{hour}:{then:%S} {then:%p}",
        "ago": f"{abs(now - then).days} days ago" if then < now else f"in {abs(now - then).days} days",
    }
    return made | {f"{name}_pretty": near or made[name] for name in ("date", "date_short", "date_long")}
