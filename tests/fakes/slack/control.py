"""How a test drives the people and looks inside: HTTP under /fake/."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Any

from aiohttp import web

from tests.fakes.slack import changes
from tests.fakes.slack.model import Json, Team
from tests.fakes.slack.text import mentioned

if TYPE_CHECKING:
    from tests.fakes.slack.server import FakeSlack

Act = Callable[["FakeSlack", Team, Json], Awaitable[Any] | Any]


def routes(slack: FakeSlack) -> list[web.RouteDef]:
    async def look(request: web.Request) -> web.Response:
        team = _team(slack, request)
        user = team.person(request.match_info["name"])
        return web.json_response({"version": slack.version, "seen": slack.people.sees(team, user)})

    async def change_after(request: web.Request) -> web.Response:
        wait = float(request.query.get("wait", "0"))
        return web.json_response({"version": await slack.change_after(int(request.query["after"]), wait)})

    async def act(request: web.Request) -> web.Response:
        return await _answer(slack, request, ACTS, {"name": request.match_info["name"]})

    async def change(request: web.Request) -> web.Response:
        return await _answer(slack, request, changes.CHANGES, {})

    async def state(request: web.Request) -> web.Response:
        return web.json_response(_state(slack, _team(slack, request)))

    return [
        web.get("/fake/as/{name}", look),
        web.post("/fake/as/{name}/{what}", act),
        web.get("/fake/changes", change_after),
        web.get("/fake/state", state),
        web.post("/fake/{what}", change),
    ]


async def _answer(slack: FakeSlack, request: web.Request, acts: dict[str, Act], more: Json) -> web.Response:
    """What cannot be done is told with 400 and words; the driver raises them as an AssertionError."""
    try:
        given = {**(await request.json() if request.can_read_body else {}), **more}
        found = acts[request.match_info["what"]](slack, _team(slack, request), given)
        answer = await found if isinstance(found, Awaitable) else found
    except (AssertionError, KeyError, ValueError, TypeError) as error:
        words = str(error.args[0]) if error.args else type(error).__name__
        return web.json_response({"error": type(error).__name__, "message": words}, status=400)
    return web.json_response(answer if answer is not None else {})


def _team(slack: FakeSlack, request: web.Request) -> Team:
    wanted = request.query.get("team", "")
    return slack.teams[wanted] if wanted else slack.team


def _types(slack: FakeSlack, team: Team, given: Json) -> Awaitable[Json]:
    user = team.person(given["name"])
    to_bot = given.get("dm") or given.get("place") == f"dm-{user.name}"
    channel = team.dm(user) if to_bot else team.place(given["place"])
    return slack.people.types(team, user, channel, given["text"], given.get("thread"))


def _presses(slack: FakeSlack, team: Team, given: Json) -> Awaitable[Json]:
    option, user = given.get("option", ""), team.person(given["name"])
    return slack.people.presses(team, user, given["on"], given["block_id"], given["action_id"], option)


ACTS: dict[str, Act] = {
    "types": _types,
    "presses": _presses,
    "edits": lambda s, t, g: s.people.edits(t, t.person(g["name"]), g["id"], g["text"]),
    "deletes": lambda s, t, g: s.people.deletes(t, t.person(g["name"]), g["id"]),
    "fills": lambda s, t, g: s.people.fills(t, t.person(g["name"]), g["form"], g["values"]),
    "submits": lambda s, t, g: s.people.submits(t, t.person(g["name"]), g["form"]),
    "cancels": lambda s, t, g: s.people.cancels(t, t.person(g["name"]), g["form"], everything=g.get("all", False)),
    "suggestions": lambda s, t, g: s.people.suggestions(t, t.person(g["name"]), g["form"], g["field"], g["typed"]),
    "uses_shortcut": lambda s, t, g: s.people.uses_shortcut(t, t.person(g["name"]), g["shortcut"], g.get("on")),
    "opens_home": lambda s, t, g: s.people.opens_home(t, t.person(g["name"])),
    "reloads": lambda s, t, g: s.people.reloads(t, t.person(g["name"])),
}


def _state(slack: FakeSlack, team: Team) -> Json:
    """All that a test may want to look at, of one workspace and of the traffic."""
    places = {}
    for channel in team.channels.values():
        messages = [
            {**one.as_api(team, channel, with_metadata=True), "mentions": mentioned(one, team), "to": one.to}
            for one in (*channel.messages, *channel.ephemerals)
            if not one.deleted
        ]
        members = [team.users[id].name for id in channel.members]
        shown = {"id": channel.id, "closed": channel.private, "archived": channel.archived, "members": members}
        places[channel.name] = {**shown, "messages": messages, "pins": channel.pins}
    return {
        "places": places,
        "violations": slack.violations,
        "acks": slack.acks,
        "late": slack.late,
        "calls": slack.calls,
        "sent": slack.delivery.sent,
        "waiting": slack.delivery.waiting,
        "sockets": len(slack.delivery.sockets.open),
        "sockets_opened": slack.delivery.sockets.opened,
        "faults_used": slack.faults.used,
        "scopes": sorted(team.install.scopes),
        "active": team.install.active,
        "token": team.install.token,
    }
