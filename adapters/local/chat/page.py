"""The page, for people: drawn here, kept up to date by static/page.js, which acts through the API for people."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from typing import Any

from aiohttp import web
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from adapters.local.chat import directory, words
from adapters.local.chat.http import number
from adapters.local.chat.model import DIRECT, direct
from adapters.local.chat.people_api import seen
from adapters.local.chat.workspace import WORKSPACE_KEY

HERE = Path(__file__).parent

routes = web.RouteTableDef()
routes.static("/static", HERE / "static")

# Whatever people and bots wrote is escaped by autoescape, and nothing is ever marked as safe.
templates = Environment(
    loader=FileSystemLoader(HERE / "templates"),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)
templates.filters["instant"] = words.instant


def _page(template: str, **shown: Any) -> web.Response:
    return web.Response(text=templates.get_template(template).render(shown), content_type="text/html")


@routes.get("/")
async def choose(request: web.Request) -> web.Response:
    """Who do you want to be?"""
    async with request.app[WORKSPACE_KEY].store.transaction() as db:
        people = await directory.people(db)
    return _page("people.html", people=people)


@routes.get("/as/{person}")
async def begin(request: web.Request) -> web.Response:
    """To the first place that they see."""
    async with request.app[WORKSPACE_KEY].store.transaction() as db:
        person = await directory.acting(db, request.match_info["person"])
        places = await directory.visible_places(db, person.id)
    first = next((place.id for place in places if not place.archived), direct(person.id))
    raise web.HTTPSeeOther(f"/as/{person.id}/{first}")


@routes.get("/as/{person}/{place}")
async def conversation(request: web.Request) -> web.Response:
    """A place, or with ``thread`` one thread of it, as one person sees it."""
    workspace = request.app[WORKSPACE_KEY]
    thread = int(number(request, "thread")) if "thread" in request.query else None
    async with workspace.store.transaction() as db:
        person = await directory.acting(db, request.match_info["person"])
        seq = workspace.changes.of(person.id)
        place = await directory.visible_place(db, request.match_info["place"], person.id)
        view = await seen(db, place, person.id, thread)
        places = await directory.visible_places(db, person.id)
        people = await directory.people(db)
        commands = [dict(row) for row in await db.execute_fetchall("SELECT * FROM command ORDER BY name")]
    shown = {"me": person, "seq": seq, "place": place, "places": places, "people": people, "commands": commands}
    shown |= {"thread": thread, "direct": direct(person.id), "is_direct": place.id.startswith(DIRECT)}
    # What is being typed into a form stays while this does.
    shown |= {"forms_version": json.dumps([[form["id"], form["errors"]] for form in view["forms"]])}
    # Drawing a long conversation takes a while; bots and other people should not wait for it.
    return await asyncio.to_thread(_page, "conversation.html", **shown, messages=view["messages"], forms=view["forms"])
