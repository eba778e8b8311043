"""Safe text → Slack's. Pure.

What members wrote goes into rich text, whose plain elements Slack does not parse: no formatting, mention or link can come of
them. Where only mrkdwn is possible (small print, notifications) it is escaped.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

from adapters.slack.profile import CHARACTERS_IN_RICH_TEXT, LINK_URL, PLATFORM, same_team
from bot.core.text import Bold, Channel, Link, MessageLink, Person, Quoted, Span, Text, Typed, When, plain, split

Json = dict[str, Any]
GOES_ON = "goes-on."  # a block's id begins with it where a quotation was too long for the block before
DATE = "{date_short_pretty} {time}"


@dataclass(frozen=True, slots=True)
class Voice:
    """What writing for one workspace needs: its id, its web address, how its commands are called."""

    team: str
    url: str = "https://slack.com/"
    prefix: str = ""

    def command(self, command: str) -> str:
        return f"/{self.prefix}{command}"

    def message_url(self, channel: str, message: str) -> str:
        """The address of a message ("thread:message" for a reply), as chat.getPermalink gives it."""
        thread, _, ts = message.rpartition(":")
        there = f"?thread_ts={thread}&cid={channel}" if thread else ""
        return f"{self.url.rstrip('/')}/archives/{channel}/p{ts.replace('.', '')}{there}"


def escaped(text: str) -> str:
    """Slack's three control characters: the guard against mentions and links in mrkdwn."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def unescaped(text: str) -> str:
    return text.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")


def is_web(url: str) -> bool:
    return re.fullmatch(r"https?://[^\s\x00-\x1f<>|]+", url) is not None and len(url) <= LINK_URL


def account_here(person: Person, team: str) -> str | None:
    return next((account.id for account in person.accounts if same_team(account, team)), None)


def fallback(text: Text, voice: Voice) -> str:
    """The words alone, escaped, for a notification. Mentions nobody: who is meant is mentioned in the blocks."""
    return escaped(plain(tuple(voice.command(span.command) if isinstance(span, Typed) else span for span in text)))


def mrkdwn(text: Text, voice: Voice) -> str:
    return "".join(_mrkdwn(span, voice) for span in text)


def _mrkdwn(span: Span, voice: Voice) -> str:
    match span:
        case str():
            return escaped(span)
        case Bold(words):
            return f"*{escaped(words)}*" if re.fullmatch(r"[^\s*](?:[^\n*]*[^\s*])?", words) else escaped(words)
        case Quoted(words):
            return escaped(words)
        case Link(label, url):
            return f"<{escaped(url)}|{_label(label or url)}>" if is_web(url) else escaped(f"{label} ({url})")
        case Person(name, _, notify):
            here = account_here(span, voice.team)
            return f"<@{here}>" if notify and here else escaped(name or "someone")
        case Channel(name, place):
            return f"<#{place.id}>" if place and same_team(place, voice.team) else escaped(f"#{name}")
        case MessageLink(label, place, message):
            return (
                f"<{escaped(voice.message_url(place.id, message))}|{_label(label)}>"
                if _is_here(span, voice)
                else escaped(label)
            )
        case When(at):
            return f"<!date^{int(at.timestamp())}^{DATE}|{plain((span,))}>"
        case Typed(command):
            return f"`{escaped(voice.command(command))}`"


def _label(label: str) -> str:
    return escaped(" ".join(label.replace("|", "/").split())) or "link"


def _is_here(link: MessageLink, voice: Voice) -> bool:
    place = link.place
    return (
        place.platform == PLATFORM
        and place.workspace == voice.team
        and re.fullmatch(r"(?:\d+\.\d+:)?\d+\.\d+", link.message) is not None
    )


def rich_blocks(text: Text, voice: Voice) -> list[Json]:
    """Rich text blocks of at most CHARACTERS_IN_RICH_TEXT each, split between paragraphs, sentences or words."""
    blocks: list[Json] = []
    parts: list[Json] = []
    room = CHARACTERS_IN_RICH_TEXT
    its_id: Json = {}
    for quote, elements in _lines(text, voice):
        begins = quote
        for element in (piece for whole in elements for piece in _pieces(whole)):
            size = _size(element)
            if size > room and parts:
                blocks.append({"type": "rich_text", "elements": parts, **its_id})
                its_id = {"block_id": GOES_ON + uuid4().hex} if quote and not begins else {}
                parts, room = [], CHARACTERS_IN_RICH_TEXT
            kind = "rich_text_quote" if quote else "rich_text_section"
            if not parts or parts[-1]["type"] != kind or begins:  # each quotation is one of its own
                parts.append({"type": kind, "elements": []})
            begins = False
            parts[-1]["elements"].append(element)
            room -= size
    return [*blocks, {"type": "rich_text", "elements": parts, **its_id}] if parts else blocks


def _size(element: Json) -> int:
    return len(element.get("text", "")) or 40


def quoted(blocks: Iterable[Json]) -> str:
    """What a message of ours quotes first, or nothing: the reverse of ``rich_blocks``, as Slack gives our blocks back.

    A quotation goes on in the next block where it was too long for the one it began in.
    """
    words = ""
    for block in blocks:
        goes_on = str(block.get("block_id", "")).startswith(GOES_ON)
        for part in block.get("elements", ()) if block.get("type") == "rich_text" else ():
            if words and not goes_on:
                return words
            if part["type"] == "rich_text_quote":
                words += "".join(map(_as_typed, part["elements"]))
            goes_on = False
    return words


def _as_typed(element: Json) -> str:
    """Ours are all text; what else Slack may have made of one is read as it was typed."""
    match element["type"]:
        case "emoji":
            return f":{element['name']}:"
        case "link":
            return str(element.get("text") or element["url"])
        case _:
            return str(element.get("text", ""))


def _lines(text: Text, voice: Voice) -> Iterable[tuple[bool, list[Json]]]:
    """The text in runs: (is it a quotation set apart, its elements). A quotation within a line stays within it."""
    run: list[Json] = []
    at_line_start = True
    for span in text:
        if isinstance(span, Quoted) and at_line_start and span.text.strip():
            if run:
                _drop_last_break(run)
                yield False, [element for element in run if element.get("text") != ""]
                run = []
            yield True, [{"type": "text", "text": span.text}]
            at_line_start = False
            continue
        element = _element(span, voice)
        if element is None:
            continue
        words = element.get("text", "")
        if not run and element["type"] == "text" and not at_line_start:
            element = {**element, "text": words.removeprefix("\n")}
        if element.get("text") != "":
            run.append(element)
        at_line_start = element["type"] == "text" and words.endswith("\n")
    if run:
        yield False, run


def _drop_last_break(run: list[Json]) -> None:
    if run and run[-1]["type"] == "text":
        run[-1] = {**run[-1], "text": run[-1]["text"].removesuffix("\n")}


def _element(span: Span, voice: Voice) -> Json | None:
    match span:
        case "":
            return None
        case str():
            return {"type": "text", "text": span}
        case Bold(words):
            return {"type": "text", "text": words, "style": {"bold": True}} if words else None
        case Quoted(words):
            return {"type": "text", "text": words} if words else None
        case Link(label, url):
            if is_web(url):
                return {"type": "link", "url": url, "text": label or url}
            return {"type": "text", "text": f"{label} ({url})"}
        case Person(name, _, notify):
            here = account_here(span, voice.team)
            return {"type": "user", "user_id": here} if notify and here else {"type": "text", "text": name or "someone"}
        case Channel(name, place):
            if place and same_team(place, voice.team):
                return {"type": "channel", "channel_id": place.id}
            return {"type": "text", "text": f"#{name}"}
        case MessageLink(label, place, message):
            if _is_here(span, voice):
                return {"type": "link", "url": voice.message_url(place.id, message), "text": label or "link"}
            return {"type": "text", "text": label} if label else None
        case When(at):
            stamp = int(at.timestamp())
            return {"type": "date", "timestamp": stamp, "format": DATE, "fallback": plain((span,))}
        case Typed(command):
            return {"type": "text", "text": voice.command(command), "style": {"code": True}}


def _pieces(element: Json) -> Iterable[Json]:
    if "text" not in element:
        yield element
        return
    for piece in split(element["text"], CHARACTERS_IN_RICH_TEXT):
        yield {**element, "text": piece}
