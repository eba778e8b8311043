"""The API for bots, under /bot/, and the faults one can order for it."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from aiohttp import web

from adapters.local.chat import directory, messages, offers
from adapters.local.chat.changes import EVERYTHING
from adapters.local.chat.faults import Plan
from adapters.local.chat.http import body, id_of, ok
from adapters.local.chat.model import BOT, WORKSPACE, WORKSPACE_NAME, Place, Problem, direct
from adapters.local.chat.native import Strict, check_card
from adapters.local.chat.workspace import WORKSPACE_KEY

routes = web.RouteTableDef()


class NewMessage(Strict):
    """For a place or for a person; ``delivery_id`` is kept with it, to be asked for later."""

    card: Any
    place: str | None = None
    person: str | None = None
    thread: int | None = None
    delivery_id: str | None = None


class NewCard(Strict):
    card: Any


@routes.get("/bot/socket")
async def socket(request: web.Request) -> web.StreamResponse:
    return await request.app[WORKSPACE_KEY].sockets.serve(request)


@routes.post("/bot/messages")
async def send(request: web.Request) -> web.Response:
    workspace = request.app[WORKSPACE_KEY]
    drawn = await workspace.faults.before(request)
    new = await body(request, NewMessage)
    card = check_card(new.card)
    async with workspace.store.transaction() as db:
        place = await directory.place(db, await _address(new))
        if place.archived:
            raise Problem(409, "archived", f"#{place.name} is archived.")
        if not await directory.readers(db, place.id) and new.person:
            raise Problem(403, "not_allowed", f"{place.name} takes no messages: the account is closed.")
        if new.thread is not None:
            await messages.root(db, place.id, new.thread)
        id = await messages.add(
            db, place.id, BOT, workspace.now_ms(), thread=new.thread, card=card, delivery=new.delivery_id
        )
        await workspace.changed(db, place.id, id, new.thread)
    workspace.faults.after(request, drawn)
    return ok(id=id)


async def _address(new: NewMessage) -> str:
    if (new.place is None) == (new.person is None):
        raise Problem(400, "malformed", "A message goes to a place or to a person.")
    return direct(new.person) if new.person is not None else str(new.place)


@routes.get("/bot/messages")
async def arrived(request: web.Request) -> web.Response:
    """The ids of the messages sent with a delivery id."""
    async with request.app[WORKSPACE_KEY].store.transaction() as db:
        return ok(ids=await messages.by_delivery(db, request.query.get("delivery_id", "")))


@routes.get("/bot/messages/{id}")
async def read(request: web.Request) -> web.Response:
    """What a person wrote. Raises Problem (404), also for what nobody else sees."""
    async with request.app[WORKSPACE_KEY].store.transaction() as db:
        message = await messages.get(db, id_of(request, "id"))
    if message.text is None:
        raise Problem(404, "no_such_message", "There is no message with this id that somebody wrote.")
    return ok(place=message.place, thread=message.thread, author=message.author, text=message.text)


@routes.patch("/bot/messages/{id}")
async def edit(request: web.Request) -> web.Response:
    workspace = request.app[WORKSPACE_KEY]
    drawn = await workspace.faults.before(request)
    card = check_card((await body(request, NewCard)).card)
    async with workspace.store.transaction() as db:
        message = await messages.own(db, id_of(request, "id"))
        if (await directory.place(db, message.place)).archived:
            raise Problem(409, "archived", "The place of this message is archived.")
        await messages.edit(db, message.id, card)
        await workspace.changed(db, message.place, message.id, message.thread)
    workspace.faults.after(request, drawn)
    return ok()


@routes.delete("/bot/messages/{id}")
async def delete(request: web.Request) -> web.Response:
    workspace = request.app[WORKSPACE_KEY]
    async with workspace.store.transaction() as db:
        message = await messages.own(db, id_of(request, "id"))
        await messages.delete(db, message.id)
        await workspace.changed(db, message.place, message.id, message.thread)
    return ok()


@routes.post("/bot/answers/{token}")
async def answer(request: web.Request) -> web.Response:
    given = await body(request, dict[str, Any])
    return ok(ok=True, **await request.app[WORKSPACE_KEY].answer_later(request.match_info["token"], given))


@routes.get("/bot/workspace")
async def about(request: web.Request) -> web.Response:
    return ok(id=WORKSPACE, name=WORKSPACE_NAME)


@routes.put("/bot/commands")
async def publish(request: web.Request) -> web.Response:
    """What people can type after a slash, as the bot offers it; replaces what it said before."""
    workspace, commands = request.app[WORKSPACE_KEY], await body(request, list[offers.Command])
    async with workspace.store.transaction() as db:
        if await offers.publish(db, commands):
            workspace.changes.tell([person.id for person in await directory.people(db)], EVERYTHING)
    return ok()


@routes.put("/bot/shortcuts")
async def publish_shortcuts(request: web.Request) -> web.Response:
    """The names of its entries in the menu of every message; replaces what it said before."""
    workspace, names = request.app[WORKSPACE_KEY], await body(request, list[str])
    async with workspace.store.transaction() as db:
        if await offers.publish_shortcuts(db, names):
            workspace.changes.tell([person.id for person in await directory.people(db)], EVERYTHING)
    return ok()


@routes.get("/bot/people")
async def people(request: web.Request) -> web.Response:
    async with request.app[WORKSPACE_KEY].store.transaction() as db:
        return ok(people=[asdict(person) for person in await directory.people(db)])


@routes.get("/bot/places")
async def places(request: web.Request) -> web.Response:
    async with request.app[WORKSPACE_KEY].store.transaction() as db:
        return ok(places=[asdict(place) for place in await directory.places(db)])


@routes.get("/bot/places/{place}/members")
async def members(request: web.Request) -> web.Response:
    """All who see a place, at this moment."""
    workspace = request.app[WORKSPACE_KEY]
    async with workspace.store.transaction() as db:
        place: Place = await directory.place(db, request.match_info["place"])
        return ok(people=await directory.readers(db, place.id), at_ms=workspace.now_ms())


@routes.get("/bot/places/{place}/members/{person}")
async def can_see(request: web.Request) -> web.Response:
    async with request.app[WORKSPACE_KEY].store.transaction() as db:
        place = await directory.place(db, request.match_info["place"])
        person = await directory.person(db, request.match_info["person"])
        return ok(can_see=person.id in await directory.readers(db, place.id))


@routes.get("/faults")
async def faults(request: web.Request) -> web.Response:
    return web.json_response(request.app[WORKSPACE_KEY].faults.plan.model_dump())


@routes.post("/faults")
async def set_faults(request: web.Request) -> web.Response:
    """What is left out is switched off."""
    plan = await body(request, Plan)
    request.app[WORKSPACE_KEY].faults.set(plan)
    return web.json_response(plan.model_dump())


@routes.post("/sockets/drop")
async def drop(request: web.Request) -> web.Response:
    return ok(dropped=request.app[WORKSPACE_KEY].sockets.drop())
