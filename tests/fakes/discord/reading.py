"""The words of a message as a person reads them in the client: markdown, mentions and times as they are shown."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

Json = dict[str, Any]
# How each style of <t:…> is shown; R (relative) has a way of its own.
STYLES = {
    "t": "{hour}:{at:%M}",
    "T": "{hour}:{at:%M:%S}",
    "d": "{at:%d/%m/%Y}",
    "D": "{at.day} {at:%B %Y}",
    "f": "{at.day} {at:%B %Y} {hour}:{at:%M}",
    "F": "{at:%A}, {at.day} {at:%B %Y} {hour}:{at:%M}",
    "s": "{at:%d/%m/%Y}, {hour}:{at:%M}",
    "S": "{at:%d/%m/%Y}, {hour}:{at:%M:%S}",
}
SYSTEM = {6: "pinned a message to this channel.", 7: "joined the server."}


@dataclass(frozen=True, slots=True)
class Reader:
    """Whose eyes: their zone, and the names that ids stand for (users, channels, roles, commands)."""

    zone: str
    names: Json

    def text(self, raw: str) -> str:
        """One stretch of markdown."""
        kept: list[str] = []

        def keep(shown: str) -> str:
            """Put what is final out of the way of the markdown that follows."""
            kept.append(shown)
            return f"\0{len(kept) - 1}\0"

        raw = re.sub(r"```(?:\w+\n)?(.*?)```|`([^`\n]+)`", lambda m: keep(m[1] or m[2] or ""), raw, flags=re.DOTALL)
        raw = re.sub(r"\\([\\*_~`|>#\[\]()\-+.!<:@&{}=/])", lambda m: keep(m[1]), raw)
        raw = re.sub(r"<t:(-?\d+)(?::([tTdDfFsSR]))?>", lambda m: keep(self._time(int(m[1]), m[2] or "f")), raw)
        raw = re.sub(r"<@!?(\d+)>", lambda m: keep("@" + self._name("users", m[1], "unknown-user")), raw)
        raw = re.sub(r"<@&(\d+)>", lambda m: keep("@" + self._name("roles", m[1], "deleted-role").lstrip("@")), raw)
        raw = re.sub(r"<#(\d+)>", lambda m: keep("#" + self._name("channels", m[1], "unknown")), raw)
        raw = re.sub(r"</([^:>]+):\d+>", lambda m: keep("/" + m[1]), raw)
        raw = re.sub(r"<a?:(\w+):\d+>", lambda m: keep(f":{m[1]}:"), raw)
        raw = re.sub(r"\[([^\]\n]+)\]\(<?(?:https?|discord)://[^)\s]+\)", r"\1", raw)
        raw = re.sub(r"<(https?://[^>\s]+)>", r"\1", raw)
        raw = re.sub(r"https?://[^\s\0]+", lambda m: keep(m[0]), raw)
        raw = re.sub(r"(?m)^(?:#{1,3}|-#|>>>|>) +", "", raw)
        for pattern in (
            r"\*\*\*(.+?)\*\*\*",
            r"\*\*(.+?)\*\*",
            r"__(.+?)__",
            r"~~(.+?)~~",
            r"\|\|(.+?)\|\|",
            r"\*(?!\s)(.+?)\*",
        ):
            raw = re.sub(pattern, r"\1", raw, flags=re.DOTALL)
        raw = re.sub(r"(?<!\w)_(?!\s)(.+?)_(?!\w)", r"\1", raw, flags=re.DOTALL)
        while "\0" in raw:
            raw = re.sub(r"\0(\d+)\0", lambda m: kept[int(m[1])], raw)
        return raw

    def _name(self, kind: str, id: str, otherwise: str) -> str:
        return str(self.names[kind].get(id, otherwise))

    def _time(self, seconds: int, style: str) -> str:
        if style == "R":
            return f"<t:{seconds}:R>"  # depends on the reader's now, which is not ours to know
        at = datetime.fromtimestamp(seconds, UTC).astimezone(ZoneInfo(self.zone))
        return STYLES[style].format(at=at, hour=f"{at:%H}")

    def item(self, item: Json) -> str:
        """All that a message, notice or form says, in the order in which it is read."""
        if item["kind"] == "form":
            return "\n".join(line for line in (item["title"], *self._components(item["components"])) if line)
        if item["kind"] == "notice":
            return str(item["content"])
        if item["loading"]:
            return "Rounds is thinking…"
        lines = [item["title"], SYSTEM.get(item["type"], ""), self.text(item["content"])]
        for embed in item["embeds"]:
            lines += self._embed(embed)
        lines += [one["filename"] for one in item["attachments"]]
        lines += self._components(item["components"])
        return "\n".join(line for line in lines if line)

    def _embed(self, embed: Json) -> Iterator[str]:
        yield (embed.get("author") or {}).get("name") or ""
        yield self.text(embed.get("title") or "")
        yield self.text(embed.get("description") or "")
        for field in embed.get("fields") or []:
            yield self.text(field["name"])
            yield self.text(field["value"])
        yield (embed.get("footer") or {}).get("text") or ""

    def _components(self, components: list[Json]) -> Iterator[str]:
        for one in components:
            yield from self._own_words(one)
            for key in ("components",):
                yield from self._components(one.get(key) or [])
            for key in ("accessory", "component"):
                if one.get(key):
                    yield from self._components([one[key]])

    def _own_words(self, one: Json) -> Iterator[str]:
        match one["type"]:
            case 10:
                yield self.text(one["content"])
            case 18:
                yield one["label"]
                yield one.get("description") or ""
            case 2:
                emoji = (one.get("emoji") or {}).get("name") or ""
                yield " ".join(part for part in (emoji, one.get("label") or "") if part)
            case 4:
                yield one.get("label") or ""
                yield one.get("value") or one.get("placeholder") or ""
            case 3 | 5 | 6 | 7 | 8 | 21 | 22:
                yield one.get("placeholder") or ""
                for option in one.get("options") or []:
                    yield option["label"]
                    yield option.get("description") or ""
