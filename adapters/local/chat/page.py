"""The page, for people: drawn here and kept up to date by live.py. What people do on it goes through the API."""

from __future__ import annotations

import asyncio

from aiohttp import web
from aiohttp.typedefs import Handler

from adapters.local.chat import conversation, directory, drawing, reading
from adapters.local.chat.drawing import HERE, html
from adapters.local.chat.http import number
from adapters.local.chat.model import Json, Problem, direct
from adapters.local.chat.workspace import WORKSPACE_KEY

routes = web.RouteTableDef()
routes.static("/static", HERE / "static")


@web.middleware
async def show_problems(request: web.Request, handler: Handler) -> web.StreamResponse:
    """People at a browser are told as people."""
    try:
        return await handler(request)
    except Problem as problem:
        if not request.path.startswith("/as/") or "text/html" not in request.headers.get("Accept", ""):
            raise
        return html("problem.html", {"words": problem.message}, problem.status)


@routes.get("/")
async def choose(request: web.Request) -> web.Response:
    """Who do you want to be?"""
    async with request.app[WORKSPACE_KEY].store.transaction() as db:
        people = await directory.people(db)
    return html("people.html", {"people": people})


@routes.get("/as/{person}")
async def begin(request: web.Request) -> web.Response:
    """To the first place that they see."""
    async with request.app[WORKSPACE_KEY].store.transaction() as db:
        person = await directory.acting(db, request.match_info["person"])
        places = await directory.visible_places(db, person.id)
    first = next((place.id for place in places if not place.archived), direct(person.id))
    raise web.HTTPSeeOther(f"/as/{person.id}/{first}")


@routes.get("/as/{person}/{place}")
async def show(request: web.Request) -> web.Response:
    """A place as one person sees it, with ``thread`` one thread beside it. ``message`` leads to where that stands."""
    workspace = request.app[WORKSPACE_KEY]
    if "message" in request.query:
        raise web.HTTPSeeOther(await _where_it_stands(request, int(number(request, "message"))))
    thread = _optional(request, "thread")
    async with workspace.store.transaction() as db:
        reader = await drawing.reader(db, workspace, request.match_info["person"], request.match_info["place"])
        mark = await reading.mark(db, reader.me.id, reader.place.id)
        try:
            shown = await drawing.whole(db, workspace, reader, thread, mark)
        except Problem:  # the thread is gone; the place is still there
            shown = await drawing.whole(db, workspace, reader, None, mark)
    return await _drawn("conversation.html", shown)


async def _where_it_stands(request: web.Request, message: int) -> str:
    """Among the newest messages, or else in its thread: every message can begin one."""
    workspace, here = request.app[WORKSPACE_KEY], request.path
    async with workspace.store.transaction() as db:
        reader = await drawing.reader(db, workspace, request.match_info["person"], request.match_info["place"])
        root = await conversation.root_of(db, reader.place.id, reader.me.id, message)
        newest = (await conversation.page(db, reader.place.id, reader.me.id)).messages
    if root == message and any(one["id"] == message for one in newest):
        return f"{here}#message-{message}"
    return f"{here}?thread={root}#message-{message}"


@routes.get("/as/{person}/{place}/parts")
async def show_again(request: web.Request) -> web.Response:
    """All that may have changed on an open page, each part to be put in its place."""
    workspace, thread = request.app[WORKSPACE_KEY], _optional(request, "thread")
    async with workspace.store.transaction() as db:
        reader = await drawing.reader(db, workspace, request.match_info["person"], request.match_info["place"])
        try:
            shown = await drawing.whole(db, workspace, reader, thread)
        except Problem:
            shown = await drawing.whole(db, workspace, reader, None)
    return await _drawn("parts.html", shown)


@routes.get("/as/{person}/{place}/thread/{thread}")
async def show_thread(request: web.Request) -> web.Response:
    workspace, thread = request.app[WORKSPACE_KEY], int(number(request, "thread"))
    async with workspace.store.transaction() as db:
        reader = await drawing.reader(db, workspace, request.match_info["person"], request.match_info["place"])
        panel = await drawing.thread_panel(db, reader, thread)
    return await _drawn("thread.html", {**reader.shown, **panel})


@routes.get("/as/{person}/{place}/earlier")
async def show_earlier(request: web.Request) -> web.Response:
    """The messages before one, of the place or with ``thread`` of that."""
    workspace, thread = request.app[WORKSPACE_KEY], _optional(request, "thread")
    before = int(number(request, "before"))
    async with workspace.store.transaction() as db:
        reader = await drawing.reader(db, workspace, request.match_info["person"], request.match_info["place"])
        page = await conversation.page(db, reader.place.id, reader.me.id, thread=thread, before=before)
    shown = {"messages": reader.arranged(page.messages), "earlier": page.earlier, "thread": thread}
    return await _drawn("earlier.html", {**reader.shown, **shown})


def _optional(request: web.Request, name: str) -> int | None:
    return int(number(request, name)) if name in request.query else None


async def _drawn(template: str, shown: Json) -> web.Response:
    """Drawing a long conversation takes a while; bots and other people should not wait for it."""
    return await asyncio.to_thread(html, template, shown)
