"""Live updates: server-sent events that say what has changed on the pages that are open, drawn for their readers.

One stream serves all windows of a browser (static/hub.js), since browsers open six connections to a server and no more.
"""

from __future__ import annotations

import contextlib
import json
from collections.abc import Iterable
from dataclasses import dataclass

import aiosqlite
from aiohttp import web

from adapters.local.chat import conversation, directory, drawing
from adapters.local.chat.changes import Change, Feed, News
from adapters.local.chat.drawing import Reader, draw
from adapters.local.chat.model import Json, Problem
from adapters.local.chat.workspace import WORKSPACE_KEY, Workspace

MOST_WINDOWS = 100
MOST_CHANGES = 40  # at once, for one window; more than these and it looks at everything anew
HEARTBEAT = 20.0  # seconds of silence after which one says that one is still there

routes = web.RouteTableDef()


@dataclass(frozen=True, slots=True)
class Window:
    """A page that somebody has open: who, where, and the number of the last change that it shows."""

    person: str
    place: str
    seq: int

    @property
    def key(self) -> str:
        return f"{self.person}/{self.place}"


def _window(text: str) -> Window:
    person, _, rest = text.partition("/")
    place, _, seq = rest.rpartition("/")
    if not (person and place and seq.isascii() and seq.isdigit() and len(seq) < 19):
        raise Problem(400, "malformed", "window: person/place/number")
    return Window(person, place, int(seq))


@routes.get("/live")
async def live(request: web.Request) -> web.StreamResponse:
    """``window``: once for each, as person/place/number. Each event is JSON with the window it is for and its number:

    ``parts`` to put in their places, ``refresh`` when there is too much of that, ``gone`` when they may not be there.
    """
    workspace = request.app[WORKSPACE_KEY]
    windows = [_window(text) for text in request.query.getall("window", [])[:MOST_WINDOWS]]
    response = web.StreamResponse(headers={"Content-Type": "text/event-stream"})
    with workspace.changes.follow(window.person for window in windows) as feed:
        await response.prepare(request)
        with contextlib.suppress(ConnectionError):  # the window was closed
            await _stream(workspace, windows, feed, response)
    return response


async def _stream(workspace: Workspace, windows: list[Window], feed: Feed, response: web.StreamResponse) -> None:
    await response.write(b"retry: 1000\n\n")
    for window in windows:
        if workspace.changes.of(window.person) > window.seq:
            await _tell(response, window, workspace.changes.of(window.person), {"refresh": True})
    while (news := await feed.next(HEARTBEAT)) is not None:
        for window in windows:
            concerning = [one for one in news if one.person == window.person]
            if concerning:
                await _tell(response, window, concerning[-1].seq, await _updates(workspace, window, concerning))
        if not news:
            await response.write(b": still here\n\n")


async def _tell(response: web.StreamResponse, window: Window, seq: int, update: Json) -> None:
    data = json.dumps({"window": window.key, "seq": seq, **update})
    await response.write(f"data: {data}\n\n".encode())


async def _updates(workspace: Workspace, window: Window, news: Iterable[News]) -> Json:
    changes = list(dict.fromkeys(one.change for one in news))
    try:
        async with workspace.store.transaction() as db:
            reader = await drawing.reader(db, workspace, window.person, window.place)
            if len(changes) > MOST_CHANGES or any(change.what == "all" for change in changes):
                return {"refresh": True}
            return {"parts": [part for change in changes for part in await _parts(db, reader, change)]}
    except Problem:
        return {"gone": True}


async def _parts(db: aiosqlite.Connection, reader: Reader, change: Change) -> list[Json]:
    """What to draw anew. Each part replaces what has its id; a new one goes to the end of what ``into`` names."""
    is_here = change.place == reader.place.id
    if change.what == "forms":
        return [await _forms(db, reader)] if is_here else []
    parts = [await _channel(db, reader, change.place)]
    if change.what == "message" and is_here:
        if change.root == change.message:
            parts += await _message(db, reader, change.message)
            parts += await _message(db, reader, change.root, panel=True)
        else:
            parts += await _message(db, reader, change.root)
            parts += await _message(db, reader, change.message, thread=change.root)
    return parts


async def _forms(db: aiosqlite.Connection, reader: Reader) -> Json:
    return {"id": "forms", "html": draw("forms.html", {**reader.shown, **await drawing.forms(db, reader)})}


async def _channel(db: aiosqlite.Connection, reader: Reader, place: str) -> Json:
    shown = await drawing.channel(db, reader, await directory.place(db, place))
    return {"id": f"place-{place}", "html": draw("channel.html", {**reader.shown, "channel": shown})}


async def _message(
    db: aiosqlite.Connection, reader: Reader, id: int, *, thread: int | None = None, panel: bool = False
) -> list[Json]:
    """A message, and when it is gone the one that followed. ``panel``: as the beginning of its thread."""
    place, me = reader.place.id, reader.me.id
    element = f"thread-message-{id}" if panel else f"message-{id}"
    found = await conversation.one(db, place, me, id, thread)
    if found is not None:
        return [_drawn(reader, found | {"previous": None} if panel else found, thread, panel)]
    if panel:
        return [{"gone": element}]
    following = await conversation.after(db, place, me, id, thread)
    return [{"gone": element}, *([_drawn(reader, following, thread, False)] if following else [])]


def _drawn(reader: Reader, message: Json, thread: int | None, panel: bool) -> Json:
    [shown] = reader.arranged([message])
    element = f"thread-message-{message['id']}" if panel else f"message-{message['id']}"
    into = "" if panel else "messages" if thread is None else f"replies-{thread}"
    told = {"by": message["name"], "mine": message["author"] == reader.me.id}
    html = draw("message.html", {**reader.shown, "message": shown, "thread": thread, "panel": panel})
    return {"id": element, "into": into, "html": html, **told}
