"""HTML from templates: what the page's routes and its live updates have in common."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import aiosqlite
from aiohttp import web
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from adapters.local.chat import answers, conversation, directory, offers, reading, words
from adapters.local.chat.clock import ahead
from adapters.local.chat.conversation import BOT_NAME, Page
from adapters.local.chat.model import BOT, DIRECT, WORKSPACE_NAME, Json, Person, Place, direct
from adapters.local.chat.workspace import Workspace
from bot.core.clock import MovableClock

HERE = Path(__file__).parent
COLOURS = 10  # of avatars, in static/page.css
TOGETHER_MS = 5 * 60 * 1000  # messages by one author within this time stand together
WEB_ADDRESS = re.compile(r"(https?://[^\s\x00-\x1f<>\"']*[^\s\x00-\x1f<>\"'.,;:!?)\]])")


def initials(name: str) -> str:
    """Of the last two words; what stands before a colon is no part of a name."""
    found = [word for word in re.split(r"[\s.]+", name.rpartition(":")[2]) if word[:1].isalnum()]
    return "".join(word[0] for word in found[:2]).upper() or "?"


def colour(name: str) -> int:
    return sum(place * ord(letter) for place, letter in enumerate(name, 3)) % COLOURS


def linked(text: str) -> list[str | Json]:
    """A person's words as parts, so that web addresses can be followed."""
    pieces = WEB_ADDRESS.split(text)
    return [
        {"kind": "link", "label": piece, "url": piece} if place % 2 else piece
        for place, piece in enumerate(pieces)
        if piece
    ]


# Whatever people and bots wrote is escaped by autoescape, and nothing is ever marked as safe.
templates = Environment(
    loader=FileSystemLoader(HERE / "templates"),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)
templates.filters |= {
    "instant": words.instant,
    "iso": words.iso,
    "hour": words.hour,
    "date": words.date,
    "relative": words.relative,
    "initials": initials,
    "colour": colour,
    "linked": linked,
}


def draw(template: str, shown: Json) -> str:
    return templates.get_template(template).render(shown)


def html(template: str, shown: Json, status: int = 200) -> web.Response:
    return web.Response(text=draw(template, shown), content_type="text/html", status=status)


@dataclass(frozen=True, slots=True)
class Reader:
    """Who reads which place, at which moment."""

    me: Person
    place: Place
    now_ms: int

    @property
    def shown(self) -> Json:
        """What every template knows."""
        is_direct = self.place.id.startswith(DIRECT)
        return {
            "me": self.me,
            "place": self.place,
            "place_name": BOT_NAME if is_direct else f"#{self.place.name}",
            "is_direct": is_direct,
            "now_ms": self.now_ms,
            "here": f"/as/{self.me.id}/{self.place.id}",
        }

    def arranged(self, messages: Iterable[Json], mark: int = -1) -> list[Json]:
        """With what depends on the reader: where a day begins, what stands together, what speaks to them.

        ``mark``: the last message they have read; what comes after it is new.
        """
        return [self._arranged(message, mark) for message in messages]

    def _arranged(self, message: Json, mark: int) -> Json:
        previous, at = message["previous"], message["created_ms"]
        same_day = previous is not None and words.same_day(previous["created_ms"], at, self.me.zone)
        first_new = 0 < mark < message["id"] and previous is not None and previous["id"] <= mark
        thread = message["replies"]
        return message | {
            "day": "" if same_day else words.day(at, self.me.zone, self.now_ms),
            "first_new": first_new and message["author"] != self.me.id,
            "grouped": same_day and not first_new and _belong_together(previous, message),
            "to_me": _speaks_to(self.me, message),
            "new_replies": thread is not None and 0 <= mark < thread["last"],
            "bot": message["author"] == BOT,
        }


def _belong_together(previous: Json, message: Json) -> bool:
    alike = all(previous[name] == message[name] for name in ("author", "private"))
    return alike and not previous["deleted"] and 0 <= message["created_ms"] - previous["created_ms"] < TOGETHER_MS


def _speaks_to(me: Person, message: Json) -> bool:
    if message["card"] is None:
        return message["author"] != me.id and f"@{me.name}" in (message["text"] or "")
    texts = [message["card"]["body"], *(section["text"] for section in message["card"]["sections"])]
    parts = [part for text in texts for part in text if isinstance(part, dict)]
    return any(part["kind"] == "person" and part["notify"] and part["person"] == me.id for part in parts)


async def reader(db: aiosqlite.Connection, workspace: Workspace, person: str, place: str) -> Reader:
    """Raises Problem: 404, or 403 when their account is closed."""
    me = await directory.acting(db, person)
    return Reader(me, await directory.visible_place(db, place, me.id), workspace.now_ms())


async def whole(
    db: aiosqlite.Connection, workspace: Workspace, reader: Reader, thread: int | None, mark: int = -1
) -> Json:
    """Everything that the page shows."""
    place, me = reader.place.id, reader.me.id
    page = await conversation.page(db, place, me)
    panel = await thread_panel(db, reader, thread) if thread is not None else {"thread": None}
    return {
        **reader.shown,
        **panel,
        **_clock(workspace),
        **await forms(db, reader),
        "seq": workspace.changes.of(me),
        "workspace_name": WORKSPACE_NAME,
        "channels": await channels(db, reader),
        "people": await directory.people(db),
        "commands": await offers.commands(db),
        "shortcuts": await offers.shortcuts(db),
        "messages": reader.arranged(page.messages, mark),
        "earlier": page.earlier,
    }


async def thread_panel(db: aiosqlite.Connection, reader: Reader, thread: int) -> Json:
    """A thread: what it begins with, and its newest replies. Raises Problem (404)."""
    root = await conversation.root(db, reader.place.id, reader.me.id, thread)
    replies: Page = await conversation.page(db, reader.place.id, reader.me.id, thread=thread)
    [first] = reader.arranged([root | {"previous": None}])
    return {
        "thread": thread,
        "root": first,
        "replies": reader.arranged(replies.messages),
        "earlier_replies": replies.earlier,
    }


async def forms(db: aiosqlite.Connection, reader: Reader) -> Json:
    """The form that is open in front of them. ``forms_version`` changes when it has to be drawn anew."""
    opened = await answers.open_forms(db, reader.me.id, reader.place.id)
    version = json.dumps([[form["id"], form["errors"]] for form in opened])
    return {"form": opened[-1] if opened else None, "forms_version": version, "people": await directory.people(db)}


async def channels(db: aiosqlite.Connection, reader: Reader) -> list[Json]:
    """The list at the side: every place, then the conversation with the bot."""
    places = await directory.visible_places(db, reader.me.id)
    own = await directory.place(db, direct(reader.me.id))
    return [await channel(db, reader, place) for place in [*places, own]]


async def channel(db: aiosqlite.Connection, reader: Reader, place: Place) -> Json:
    is_direct = place.id.startswith(DIRECT)
    return {
        "id": place.id,
        "name": BOT_NAME if is_direct else place.name,
        "direct": is_direct,
        "closed": place.closed and not is_direct,
        "archived": place.archived,
        "current": place.id == reader.place.id,
        "unread": await reading.unread(db, reader.me.id, place.id),
    }


def _clock(workspace: Workspace) -> dict[str, Any]:
    seconds = ahead(workspace.clock).total_seconds()
    return {
        "movable": isinstance(workspace.clock, MovableClock),
        "ahead_seconds": seconds,
        "ahead": words.ahead(seconds) if seconds > 0 else "",
    }
