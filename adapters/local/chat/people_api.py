"""The API for people, under /api/: what the page does and what tests do. Anyone may act as anyone."""

from __future__ import annotations

import re
from dataclasses import asdict, replace
from typing import Any

import aiosqlite
from aiohttp import web

from adapters.local.chat import answers, directory, messages, offers, reading
from adapters.local.chat.changes import Change
from adapters.local.chat.http import body, id_of, number, ok
from adapters.local.chat.model import BOT, DIRECT, Json, Person, Place, Problem, direct
from adapters.local.chat.native import Strict
from adapters.local.chat.workspace import WORKSPACE_KEY, Workspace, members_event, person_event, place_event

LONGEST_WAIT = 60.0  # seconds
SUGGESTING = 1.0  # seconds that somebody who types has patience
LONGEST_TYPED = 500
MOST_SUGGESTED = 25
MENTION = re.compile(r"(?<![\w@])@([a-z0-9-]+)")

routes = web.RouteTableDef()


class PersonChange(Strict):
    name: str = ""
    zone: str = ""
    guest: bool = False
    active: bool = True


class PlaceChange(Strict):
    name: str = ""
    closed: bool = False
    archived: bool = False
    forum: bool = False


class Typed(Strict):
    """Where it is typed: a place, or the conversation with the bot. ``thread`` is the id of its first message."""

    text: str
    place: str | None = None
    dm: bool = False
    thread: int | None = None


class Press(Strict):
    message: int
    packed: str


class Chosen(Strict):
    message: int
    shortcut: str


class Submitted(Strict):
    form: str
    values: dict[str, str | int | bool | list[str] | None]


# The directory


@routes.get("/api/directory")
async def show_directory(request: web.Request) -> web.Response:
    async with request.app[WORKSPACE_KEY].store.transaction() as db:
        people = [asdict(person) for person in await directory.people(db)]
        places = [asdict(place) for place in await directory.places(db)]
        members = await directory.members(db)
        offered = {"commands": await offers.commands(db), "shortcuts": await offers.shortcuts(db)}
        return ok(people=people, places=places, members=members, **offered)


@routes.post("/api/people")
async def add_person(request: web.Request) -> web.Response:
    workspace, new = request.app[WORKSPACE_KEY], await body(request, Person)
    async with workspace.store.transaction() as db:
        await directory.add(db, new)
        await workspace.changed_directory(db, person_event(new))
    return ok()


@routes.patch("/api/people/{person}")
async def change_person(request: web.Request) -> web.Response:
    workspace, change = request.app[WORKSPACE_KEY], await body(request, PersonChange)
    async with workspace.store.transaction() as db:
        person = await directory.person(db, request.match_info["person"])
        changed = replace(person, **change.model_dump(exclude_unset=True))
        await directory.change(db, changed)
        await workspace.changed_directory(db, person_event(changed))
    return ok()


@routes.post("/api/places")
async def add_place(request: web.Request) -> web.Response:
    workspace, new = request.app[WORKSPACE_KEY], await body(request, Place)
    async with workspace.store.transaction() as db:
        await directory.add(db, new)
        await _tell_of_place(workspace, db, new)
    return ok()


@routes.patch("/api/places/{place}")
async def change_place(request: web.Request) -> web.Response:
    workspace, change = request.app[WORKSPACE_KEY], await body(request, PlaceChange)
    async with workspace.store.transaction() as db:
        place = await _channel(db, request.match_info["place"])
        changed = replace(place, **change.model_dump(exclude_unset=True))
        await directory.change(db, changed)
        await _tell_of_place(workspace, db, changed)
    return ok()


@routes.put("/api/places/{place}/members/{person}")
@routes.delete("/api/places/{place}/members/{person}")
async def set_member(request: web.Request) -> web.Response:
    workspace = request.app[WORKSPACE_KEY]
    async with workspace.store.transaction() as db:
        place = await _channel(db, request.match_info["place"])
        person = await directory.person(db, request.match_info["person"])
        await directory.set_member(db, place.id, person.id, request.method == "PUT")
        await workspace.changed_directory(db, await members_event(db, place.id, workspace.now_ms()))
    return ok()


async def _channel(db: aiosqlite.Connection, id: str) -> Place:
    """A place that one can change, so not a conversation with the bot. Raises Problem (404)."""
    found = await directory.place(db, id)
    if found.id.startswith(DIRECT):
        raise Problem(404, "no_such_place", "There is no place with this id.")
    return found


async def _tell_of_place(workspace: Workspace, db: aiosqlite.Connection, place: Place) -> None:
    events = [place_event(place)]
    if place.closed:
        events.append(await members_event(db, place.id, workspace.now_ms()))
    await workspace.changed_directory(db, *events)


# What a person does


@routes.post("/api/as/{person}/type")
async def type_text(request: web.Request) -> web.Response:
    """A message, or with a slash in front a command; a command's answer is in the response when it came in time."""
    workspace, typed = request.app[WORKSPACE_KEY], await body(request, Typed)
    if not typed.text.strip() or len(typed.text) > messages.LONGEST_TEXT:
        raise Problem(400, "malformed", f"text: 1 to {messages.LONGEST_TEXT:,} characters")
    async with workspace.store.transaction() as db:
        person = await directory.acting(db, request.match_info["person"])
        place = await _where(db, person, typed)
        root = await messages.root(db, place.id, typed.thread) if typed.thread is not None else None
        if not typed.text.startswith("/"):
            now = workspace.now_ms()
            id = await messages.add(db, place.id, person.id, now, thread=typed.thread, text=typed.text)
            await workspace.changed(db, place.id, id, typed.thread)
            if typed.dm:
                await workspace.tell_bot(db, {"type": "typed_directly", "person": person.id})
            elif root is not None:
                await workspace.tell_bot(db, _in_a_thread(person, place, root, id, now))
            return ok(id=id)
        mentions = await _mentions(db, typed.text)
    event = {"type": "command", "words": typed.text[1:].strip(), "mentions": mentions}
    return web.json_response(await workspace.ask_bot(event, person.id, place.id, typed.thread))


async def _mentions(db: aiosqlite.Connection, text: str) -> dict[str, str]:
    """Whom a command names: "@ada" → their id."""
    known = {person.id for person in await directory.people(db)}
    return {f"@{id}": id for id in MENTION.findall(text) if id in known}


async def _where(db: aiosqlite.Connection, person: Person, typed: Typed) -> Place:
    if typed.dm == (typed.place is not None):
        raise Problem(400, "malformed", "Say a place, or dm.")
    place = await directory.visible_place(db, typed.place or direct(person.id), person.id)
    if place.archived:
        raise Problem(409, "archived", f"#{place.name} is archived.")
    return place


def _in_a_thread(person: Person, place: Place, root: messages.Message, message: int, now_ms: int) -> Json:
    """Who, where and when, in a thread of the bot's or of somebody's; the words stay here."""
    return {
        "type": "thread_reply" if root.author == BOT else "talked",
        "person": person.id,
        "place": place.id,
        "thread": root.id,
        "message": message,
        "at_ms": now_ms,
    }


@routes.post("/api/as/{person}/press")
async def press(request: web.Request) -> web.Response:
    workspace, pressed = request.app[WORKSPACE_KEY], await body(request, Press)
    async with workspace.store.transaction() as db:
        person = await directory.acting(db, request.match_info["person"])
        message = await _seen_message(db, pressed.message, person)
        if not messages.holds_button(message.card, pressed.packed):
            raise Problem(404, "no_such_button", "This message has no such button (any more).")
    event = {"type": "click", "message": message.id, "packed": pressed.packed, "card": message.card}
    return web.json_response(await workspace.ask_bot(event, person.id, message.place, message.thread))


async def _seen_message(db: aiosqlite.Connection, id: int, person: Person) -> messages.Message:
    """Raises Problem (404) when it is not theirs to see."""
    message = await messages.get(db, id)
    await directory.visible_place(db, message.place, person.id)
    if message.only_for not in (None, person.id):
        raise Problem(404, "no_such_message", "There is no message with this id.")
    return message


@routes.post("/api/as/{person}/choose")
async def choose(request: web.Request) -> web.Response:
    """An entry of the bot's in the menu of a message. ``author`` and ``text`` are a person's; the bot knows its own cards."""
    workspace, given = request.app[WORKSPACE_KEY], await body(request, Chosen)
    async with workspace.store.transaction() as db:
        person = await directory.acting(db, request.match_info["person"])
        message = await _seen_message(db, given.message, person)
        if given.shortcut not in await offers.shortcuts(db):
            raise Problem(404, "no_such_shortcut", "The menu of a message has no such entry (any more).")
    author = None if message.author == BOT else message.author
    about = {"message": message.id, "thread": message.thread, "author": author, "text": message.text or ""}
    event = {"type": "shortcut", "name": given.shortcut, **about}
    return web.json_response(await workspace.ask_bot(event, person.id, message.place, message.thread))


@routes.post("/api/as/{person}/submit")
async def submit(request: web.Request) -> web.Response:
    """Send a form. A double click sends it twice, and the bot hears of it twice."""
    workspace, sent = request.app[WORKSPACE_KEY], await body(request, Submitted)
    async with workspace.store.transaction() as db:
        person = await directory.acting(db, request.match_info["person"])
        form = await answers.open_form(db, sent.form, person.id)
        kinds = {field["name"]: field["kind"] for field in form["view"]["fields"]}
        if unknown := sent.values.keys() - kinds.keys():
            raise Problem(400, "malformed", f"values: the form has no {', '.join(sorted(unknown))}")
        await answers.fill_form(db, sent.form, sent.values)
    event = {
        "type": "submit",
        "origin": form["view"]["origin"],
        "draft": form["view"]["draft"],
        "values": {name: {"kind": kinds[name], "value": value} for name, value in sent.values.items()},
    }
    return web.json_response(await workspace.ask_bot(event, person.id, form["place"], form["thread"], form["id"]))


@routes.delete("/api/as/{person}/forms/{form}")
async def cancel(request: web.Request) -> web.Response:
    workspace = request.app[WORKSPACE_KEY]
    async with workspace.store.transaction() as db:
        person = await directory.acting(db, request.match_info["person"])
        form = await answers.open_form(db, request.match_info["form"], person.id)
        await answers.close_form(db, form["id"])
        workspace.changes.tell([person.id], Change("forms", form["place"]))
    return ok()


@routes.delete("/api/as/{person}/private/{id}")
async def vanish(request: web.Request) -> web.Response:
    workspace = request.app[WORKSPACE_KEY]
    async with workspace.store.transaction() as db:
        person = await directory.acting(db, request.match_info["person"])
        gone = await messages.vanish(db, id_of(request, "id"), person.id)
        await workspace.changed(db, gone.place, gone.id, gone.thread, person.id)
    return ok()


class Read(Strict):
    place: str


@routes.post("/api/as/{person}/read")
async def read(request: web.Request) -> web.Response:
    """They have seen all that stands in a place now."""
    workspace, given = request.app[WORKSPACE_KEY], await body(request, Read)
    async with workspace.store.transaction() as db:
        person = await directory.acting(db, request.match_info["person"])
        place = await directory.visible_place(db, given.place, person.id)
        if await reading.read(db, person.id, place.id):
            workspace.changes.tell([person.id], Change("reading", place.id))
    return ok()


# What a person sees


@routes.get("/api/as/{person}/suggest")
async def suggest(request: web.Request) -> web.Response:
    """What the bot suggests while they type; nothing when it does not answer at once."""
    workspace = request.app[WORKSPACE_KEY]
    async with workspace.store.transaction() as db:
        person = await directory.acting(db, request.match_info["person"])
    typed = request.query.get("typed", "")[:LONGEST_TYPED]
    given = await workspace.sockets.ask({"suggest": {"person": person.id, "typed": typed}}, SUGGESTING)
    words = [word for word in given if isinstance(word, str)] if isinstance(given, list) else []
    return ok(suggestions=words[:MOST_SUGGESTED])


@routes.get("/api/as/{person}/view")
async def view(request: web.Request) -> web.Response:
    """One place (``place=``), the conversation with the bot (``dm=1``), or without either everything: ``views``."""
    workspace = request.app[WORKSPACE_KEY]
    async with workspace.store.transaction() as db:
        person = await directory.acting(db, request.match_info["person"])
        seq = workspace.changes.of(person.id)
        if "dm" in request.query or "place" in request.query:
            id = direct(person.id) if "dm" in request.query else request.query["place"]
            place = await directory.visible_place(db, id, person.id)
            return ok(seq=seq, **await seen(db, place, person.id))
        places = [*await directory.visible_places(db, person.id), await directory.place(db, direct(person.id))]
        return ok(seq=seq, views=[await seen(db, place, person.id) for place in places])


async def seen(db: aiosqlite.Connection, place: Place, reader: str, thread: int | None = None) -> dict[str, Any]:
    """A place, its messages and the reader's open forms there."""
    return {
        "place": asdict(place),
        "messages": await messages.conversation(db, place.id, reader, thread),
        "forms": await answers.open_forms(db, reader, place.id),
    }


@routes.get("/api/as/{person}/changes")
async def wait_for_changes(request: web.Request) -> web.Response:
    """The reader's newest number: at once when it is above ``after``, else when it is or ``wait`` seconds are over."""
    workspace = request.app[WORKSPACE_KEY]
    async with workspace.store.transaction() as db:
        person = await directory.acting(db, request.match_info["person"])
    seconds = min(number(request, "wait", 25), LONGEST_WAIT)
    return ok(seq=await workspace.changes.wait(person.id, int(number(request, "after", 0)), seconds))
