"""The control API under /fake/: people and places, faults, and what there is to look at afterwards. No token is asked for."""

from __future__ import annotations

import inspect
import json
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Any

from aiohttp import web

from tests.fakes.discord import views
from tests.fakes.discord.doing import does
from tests.fakes.discord.errors import Json, Refused
from tests.fakes.discord.faults import Fault, Plan, answer
from tests.fakes.discord.forms import NotDone
from tests.fakes.discord.permissions import Can

if TYPE_CHECKING:
    from tests.fakes.discord.server import FakeDiscord

Action = Callable[[web.Request, Json], Any]
DOINGS = (
    """types says edits deletes dismisses presses chooses submits cancels uses_message_command completes interested"""
)
INSPECTED = ("violations", "refusals", "late", "acks", "invalid_requests")


def add_routes(app: web.Application, fake: FakeDiscord) -> None:
    control = _Control(fake)
    for method, path, action in (
        ("GET", "/fake/directory", control.directory),
        ("POST", "/fake/people", control.add_person),
        ("PATCH", "/fake/people/{id}", control.change_person),
        ("POST", "/fake/places", control.add_place),
        ("PATCH", "/fake/places/{id}", control.change_place),
        ("PUT", "/fake/places/{id}/members/{person}", control.add_member),
        ("DELETE", "/fake/places/{id}/members/{person}", control.remove_member),
        ("PUT", "/fake/places/{id}/permissions/{person}", control.permit),
        ("GET", "/fake/places/{id}/messages", control.messages),
        ("PUT", "/fake/roles/{id}", control.set_permissions),
        ("GET", "/fake/events", control.events),
        ("POST", "/fake/faults", control.set_faults),
        ("POST", "/fake/faults/one", control.add_fault),
        ("DELETE", "/fake/faults", control.clear_faults),
        ("POST", "/fake/gateway/{what}", control.gateway),
        ("POST", "/fake/guild/{what}", control.guild),
        ("PATCH", "/fake/limits", control.change_limits),
        ("GET", "/fake/inspect", control.inspect),
        ("GET", "/fake/as/{id}/view", control.view),
        ("GET", "/fake/as/{id}/changes", control.changes),
        ("POST", "/fake/as/{id}/{what}", control.do),
    ):
        app.router.add_route(method, path, _answering(action))


def _answering(action: Action) -> Callable[[web.Request], Awaitable[web.Response]]:
    async def handle(request: web.Request) -> web.Response:
        raw = await request.read()
        try:
            found = action(request, json.loads(raw) if raw else {})
            if inspect.isawaitable(found):
                found = await found
        except NotDone as problem:
            return answer(400, {"error": "not_done", "message": str(problem)})
        except Refused as refused:
            return answer(400, {"error": str(refused.code), "message": refused.message})
        except (KeyError, StopIteration, AssertionError, TypeError, ValueError) as problem:
            return answer(400, {"error": "wrong", "message": f"{type(problem).__name__}: {problem}"})
        return answer(200, found if found is not None else {})

    return handle


class _Control:
    def __init__(self, fake: FakeDiscord) -> None:
        self._fake = fake

    def directory(self, request: web.Request, given: Json) -> Json:
        return views.directory(self._fake)

    def add_person(self, request: web.Request, given: Json) -> Json:
        return {"snowflake": str(self._fake.people.add_person(given.pop("id"), **given).id)}

    def change_person(self, request: web.Request, given: Json) -> None:
        self._fake.people.change_person(request.match_info["id"], **given)

    def add_place(self, request: web.Request, given: Json) -> Json:
        return {"snowflake": str(self._fake.people.add_place(given.pop("id"), **given).id)}

    def change_place(self, request: web.Request, given: Json) -> None:
        self._fake.people.change_place(request.match_info["id"], **given)

    def add_member(self, request: web.Request, given: Json) -> None:
        allow = [Can.VIEW_CHANNEL.name or ""]
        self._fake.people.permit(request.match_info["id"], request.match_info["person"], allow, [])

    def remove_member(self, request: web.Request, given: Json) -> None:
        self._fake.people.permit(request.match_info["id"], request.match_info["person"], [], [])

    def permit(self, request: web.Request, given: Json) -> None:
        named = given.get("allow", []), given.get("deny", [])
        self._fake.people.permit(request.match_info["id"], request.match_info["person"], *named)

    def messages(self, request: web.Request, given: Json) -> list[Json]:
        """Everything there, in threads too, private replies and all; oldest first."""
        state = self._fake.state
        place = state.place_named(request.match_info["id"])
        channels = [place, *state.threads_of(place.id)]
        found = [views.message(state, one) for each in channels for one in state.messages.get(each.id, {}).values()]
        return sorted(found, key=lambda one: int(one["id"]))

    def set_permissions(self, request: web.Request, given: Json) -> None:
        self._fake.people.set_permissions(request.match_info["id"], given["permissions"])

    def events(self, request: web.Request, given: Json) -> list[Json]:
        return views.events(self._fake)

    def set_faults(self, request: web.Request, given: Json) -> None:
        self._fake.faults.set(Plan(**given))

    def add_fault(self, request: web.Request, given: Json) -> None:
        self._fake.faults.add(Fault(**given))

    def clear_faults(self, request: web.Request, given: Json) -> None:
        self._fake.faults.clear()

    async def gateway(self, request: web.Request, given: Json) -> Json:
        gateway = self._fake.gateway
        match request.match_info["what"]:
            case "drop":
                return {"dropped": gateway.drop()}
            case "reconnect":
                await gateway.ask_to_reconnect()
            case "invalidate":
                await gateway.invalidate(resumable=bool(given.get("resumable")))
            case "forget":
                gateway.forget_sessions()
            case "freeze":
                gateway.frozen = bool(given.get("frozen", True))
            case "refuse":
                gateway.refuse = int(given.get("times", 1))
            case "malformed":
                gateway.malformed(given.get("name", "MESSAGE_CREATE"), given.get("data"))
            case "look":
                pass
            case what:
                raise ValueError(what)
        sessions = len(gateway.sessions)
        return {"sessions": sessions, "sockets": len(gateway.sockets), "identified": gateway.identified}

    def guild(self, request: web.Request, given: Json) -> None:
        """With ``guild``, another one than the first."""
        home = self._fake.guild_named(given.pop("guild", ""))
        match request.match_info["what"]:
            case "found":
                self._fake.people.found_guild(given["name"])
            case "remove_bot":
                self._fake.people.remove_bot(home)
            case "invite_bot":
                self._fake.people.invite_bot(home)
            case "change":
                self._fake.people.change_guild(**given)
            case what:
                raise ValueError(what)

    def change_limits(self, request: web.Request, given: Json) -> None:
        for name in ("respond_within", "token_lives", "nonce_seconds", "dm_opens"):
            if name in given:
                setattr(self._fake, name, given.pop(name))
        if "requests_a_second" in given:
            self._fake.limiter.a_second = given.pop("requests_a_second")
        if "per_channel" in given:
            most, seconds = given.pop("per_channel") or (0, 0.0)
            self._fake.limiter.per_channel = (most, seconds) if most else None
        assert not given, f"there are no limits {sorted(given)}"

    def inspect(self, request: web.Request, given: Json) -> Json:
        gateway = self._fake.gateway
        sessions = [
            {"id": one.id, "intents": one.intents, "live": one.socket is not None} for one in gateway.sessions.values()
        ]
        found = {name: getattr(self._fake, name) for name in INSPECTED}
        counts = {"identified": gateway.identified, "resumed": gateway.resumed, "sessions": sessions}
        return {**found, **counts, "requests": [named for _, named in self._fake.requests]}

    def view(self, request: web.Request, given: Json) -> Json:
        return views.of(self._fake, request.match_info["id"])

    async def changes(self, request: web.Request, given: Json) -> Json:
        after, seconds = int(request.query["after"]), float(request.query["wait"])
        return {"seq": await self._fake.wait(after, seconds)}

    def do(self, request: web.Request, given: Json) -> Any:
        what = request.match_info["what"]
        if what not in DOINGS.split():
            raise ValueError(what)
        return does(self._fake, request.match_info["id"], what)(given)
