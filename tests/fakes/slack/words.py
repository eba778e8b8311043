"""Blocks as the words that somebody reads, line by line, and the controls among them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from tests.fakes.slack import check, fields
from tests.fakes.slack.model import Channel, Json, Message, View
from tests.fakes.slack.model import Team as _Team
from tests.fakes.slack.model import User as _User
from tests.fakes.slack.text import mentioned, plain

Read = Callable[[str], str]
RICH_LEAVES = {"text": "text", "link": "text", "emoji": "name"}


def text_object(given: Any, read: Read) -> str:
    if not isinstance(given, dict):
        return ""
    text = str(given.get("text", ""))
    return read(text) if given.get("type") == "mrkdwn" else text


def block_lines(block: Json, read: Read) -> Iterator[str]:
    kind = block["type"]
    if kind == "section":
        yield text_object(block.get("text"), read)
        for field in block.get("fields", []):
            yield text_object(field, read)
        if "accessory" in block:
            yield element_words(block["accessory"], read)
    elif kind == "header":
        yield text_object(block["text"], read)
    elif kind in ("context", "actions"):
        yield "  ".join(words for one in block["elements"] if (words := element_words(one, read)))
    elif kind == "input":
        yield text_object(block["label"], read)
        yield element_words(block["element"], read)
        yield text_object(block.get("hint"), read)
    elif kind == "markdown":
        yield read(block["text"].replace("**", "*"))
    elif kind == "image":
        yield text_object(block.get("title"), read) or block.get("alt_text", "")
    elif kind == "rich_text":
        yield from _rich(block.get("elements", []), read)
    else:
        yield from check.all_words(block)


def element_words(element: Json, read: Read) -> str:
    kind = element["type"]
    if kind in ("mrkdwn", "plain_text"):
        return text_object(element, read)
    if kind == "button":
        return f"[{element['text']['text']}]"
    if kind == "image":
        return str(element.get("alt_text", ""))
    if kind in ("radio_buttons", "checkboxes", "overflow"):
        return "  ".join(text_object(option["text"], read) for option in fields.offered(element))
    return text_object(element.get("placeholder"), read)


def _rich(elements: list[Json], read: Read) -> Iterator[str]:
    for one in elements:
        inner = one.get("elements", [])
        if inner and all("elements" in child for child in inner):
            yield from _rich(inner, read)
        else:
            yield "".join(_leaf(child, read) for child in inner)


def _leaf(leaf: Json, read: Read) -> str:
    if leaf["type"] == "user":
        return read(f"<@{leaf['user_id']}>")
    if leaf["type"] == "channel":
        return read(f"<#{leaf['channel_id']}>")
    if leaf["type"] == "date":
        return read(f"<!date^{leaf['timestamp']}^{leaf['format']}|{leaf.get('fallback', '')}>")
    if leaf["type"] == "broadcast":
        return "@" + str(leaf.get("range", ""))
    return str(leaf.get(RICH_LEAVES.get(leaf["type"], "text")) or leaf.get("url", ""))


def joined(lines: Iterator[str]) -> str:
    return "\n".join(line for line in lines if line)


def controls(blocks: list[Json]) -> list[Json]:
    """What can be pressed or chosen, outside of input blocks."""
    found = []
    for block in blocks:
        if block["type"] == "input":
            continue
        for element in check.elements(block):
            one = {"label": label(element), "type": element["type"], "block_id": block["block_id"]}
            one |= {key: element[key] for key in ("action_id", "value", "url", "style") if key in element}
            one["options"] = [option["text"]["text"] for option in fields.offered(element)]
            found.append(one)
    return found


def label(element: Json) -> str:
    holder = element.get("text") or element.get("placeholder") or {}
    return str(holder.get("text", ""))


class Reader:
    """Somebody's eyes: a workspace, a person, and the time it is for them."""

    def __init__(self, team: _Team, user: _User, read: Read) -> None:
        self.team, self.user, self.read = team, user, read

    def message(self, channel: Channel, message: Message) -> Json:
        """As ``Seen`` wants it: kind, place, text, item."""
        private = message.to is not None
        blocks = message.blocks or []
        text = joined(line for block in blocks for line in block_lines(block, self.read))
        text = text or self.read(message.text)
        text = "\n".join([text, *(str(file.get("title") or file.get("name")) for file in message.files)]).strip()
        author = self.team.users.get(message.user)
        item: Json = {
            "id": message.ts,
            "thread": message.thread_ts,
            "place": channel.name,
            "channel": channel.id,
            "author": author.name if author else message.user,
            "bot": message.bot_id is not None,
            "private": private,
            "text": message.text,
            "blocks": message.blocks,
            "buttons": controls(blocks),
            "mentions": mentioned(message, self.team),
            "metadata": message.metadata,
            "edited": message.edited is not None,
            "pinned": message.ts in channel.pins,
            "files": message.files,
        }
        kind = "private reply" if private else "reply" if message.thread_ts else "message"
        return {"kind": kind, "place": channel.name, "text": text, "item": item}

    def form(self, view: View) -> Json:
        shown = [fields.as_item(block, view) for block in view.given["blocks"] if block["type"] == "input"]
        lines = [text_object(view.given.get("title"), self.read)]
        for block in view.given["blocks"]:
            lines += block_lines(block, self.read)
            for state in view.state.get(block["block_id"], {}).values():
                lines.append(fields.words(state, self._name))
            lines.append(view.errors.get(block["block_id"], ""))
        lines += [text_object(view.given.get(key), self.read) for key in ("submit", "close")]
        item: Json = {"id": view.id, "fields": shown, "errors": view.errors, "view": view.given, "hash": view.hash}
        item |= {"values": {one["name"]: one["value"] for one in shown}, "opened": view.opened}
        item |= {"title": lines[0], "callback_id": view.given.get("callback_id", "")}
        item["buttons"] = controls(view.given["blocks"])
        return {"kind": "form", "place": "", "text": joined(iter(lines)), "item": item}

    def home(self, view: View) -> Json:
        text = joined(line for block in view.given["blocks"] for line in block_lines(block, self.read))
        item: Json = {"id": view.id, "view": view.given, "buttons": controls(view.given["blocks"]), "hash": view.hash}
        return {"kind": "home", "place": f"home-{self.user.name}", "text": text, "item": item}

    def _name(self, id: str) -> str:
        user, channel = self.team.users.get(id), self.team.channels.get(id)
        return f"@{user.shown}" if user else f"#{channel.name}" if channel else id


def reader(team: _Team, user: _User, now: Any) -> Reader:
    return Reader(team, user, lambda text: plain(text, team, user, now))
