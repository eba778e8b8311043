"""The REST API of interactions and application commands."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

from tests.fakes.discord import command_checks, limits, shapes
from tests.fakes.discord.errors import Json, Refused, missing_access, unknown
from tests.fakes.discord.http import Call, Routes

if TYPE_CHECKING:
    from tests.fakes.discord.server import FakeDiscord

routes = Routes()
WEBHOOK = "/webhooks/{webhook_id}/{webhook_token}"


@routes.add("POST", "/interactions/{interaction_id}/{interaction_token}/callback")
def callback(fake: FakeDiscord, call: Call) -> Any:
    type, data = call.body["type"], call.body.get("data") or {}
    one = fake.interactions.respond(call.id("interaction_id"), call.params["interaction_token"], type, data, call.files)
    if not call.flag("with_response"):
        return None
    answer = fake.state.find_message(one.answer or 0)
    told: Json = {"id": str(one.id), "type": one.type}
    resource: Json = {"type": type}
    if type in (4, 5, 7) and answer is not None:
        told |= {"response_message_id": str(answer.id), "response_message_loading": type == 5}
        told |= {"response_message_ephemeral": bool(answer.flags & limits.EPHEMERAL)}
        resource["message"] = shapes.message(answer, fake.state)
    return {"interaction": told, **({"resource": resource} if "message" in resource else {})}


@routes.add("POST", WEBHOOK)
def follow_up(fake: FakeDiscord, call: Call) -> Json:
    one = fake.interactions.by_token(call.id("webhook_id"), call.params["webhook_token"])
    return shapes.message(fake.interactions.follow_up(one, call.body, call.files), fake.state)


def _get(fake: FakeDiscord, call: Call) -> Json:
    one = fake.interactions.by_token(call.id("webhook_id"), call.params["webhook_token"])
    return shapes.message(fake.interactions.message_of(one, call.params.get("message_id", "@original")), fake.state)


def _edit(fake: FakeDiscord, call: Call) -> Json:
    one = fake.interactions.by_token(call.id("webhook_id"), call.params["webhook_token"])
    message = fake.interactions.message_of(one, call.params.get("message_id", "@original"))
    fake.interactions.edit(message, call.body, call.files)
    return shapes.message(message, fake.state)


def _delete(fake: FakeDiscord, call: Call) -> None:
    one = fake.interactions.by_token(call.id("webhook_id"), call.params["webhook_token"])
    fake.messages.delete(fake.interactions.message_of(one, call.params.get("message_id", "@original")))


for _which in ("@original", "{message_id}"):
    routes.add("GET", f"{WEBHOOK}/messages/{_which}")(_get)
    routes.add("PATCH", f"{WEBHOOK}/messages/{_which}")(_edit)
    routes.add("DELETE", f"{WEBHOOK}/messages/{_which}")(_delete)


# Commands: everywhere (guild 0) or in one guild

GLOBAL = "/applications/{application_id}/commands"
GUILD = "/applications/{application_id}/guilds/{guild_id}/commands"


def _scope(fake: FakeDiscord, call: Call) -> int:
    if call.id("application_id") != fake.state.application:
        raise unknown("Application")
    if "guild_id" not in call.params:
        return 0
    guild = fake.state.guilds.get(call.id("guild_id"))
    if guild is None or not guild.has_bot:
        raise missing_access()
    return guild.id


def _kept(fake: FakeDiscord, body: Json, scope: int, id: int) -> Json:
    permissions = body.get("default_member_permissions")
    contexts = body.get("contexts")
    found: Json = {
        "id": str(id),
        "application_id": str(fake.state.application),
        "version": str(fake.state.new_id()),
        "type": command_checks.kind(body),
        "name": body["name"],
        "description": body.get("description") or "",
        "options": body.get("options") or [],
        "default_member_permissions": None if permissions is None else str(permissions),
        "nsfw": bool(body.get("nsfw")),
        "contexts": contexts,
        "integration_types": body.get("integration_types") or [0],
    }
    if scope:
        return {**found, "guild_id": str(scope)}
    in_dms = body.get("dm_permission", True) if contexts is None else 1 in contexts
    return {**found, "dm_permission": in_dms is not False}


def _count_creates(fake: FakeDiscord, scope: int, how_many: int) -> None:
    now = fake.state.clock()
    recent = [at for at in fake.state.creates.get(scope, []) if now - at < timedelta(days=1)]
    if len(recent) + how_many > limits.COMMAND_CREATES:
        text = f"Max number of daily application command creates has been reached ({limits.COMMAND_CREATES})"
        raise Refused(400, 30034, text)
    fake.state.creates[scope] = recent + [now] * how_many


def _same(fake: FakeDiscord, scope: int, body: Json) -> Json | None:
    """The command of that kind and name, if there is one."""
    standing = fake.state.commands.get(scope, {}).values()
    wanted = (command_checks.kind(body), body["name"])
    return next((one for one in standing if (one["type"], one["name"]) == wanted), None)


def _list(fake: FakeDiscord, call: Call) -> list[Json]:
    return list(fake.state.commands.get(_scope(fake, call), {}).values())


def _put(fake: FakeDiscord, call: Call) -> list[Json]:
    scope = _scope(fake, call)
    bodies: list[Json] = call.body or []
    command_checks.all_of(bodies)
    before = [_same(fake, scope, body) for body in bodies]
    _count_creates(fake, scope, before.count(None))
    ids = [int(old["id"]) if old else fake.state.new_id() for old in before]
    fake.state.commands[scope] = {id: _kept(fake, body, scope, id) for id, body in zip(ids, bodies, strict=True)}
    fake.changed()
    return list(fake.state.commands[scope].values())


def _post(fake: FakeDiscord, call: Call) -> tuple[int, Json]:
    scope = _scope(fake, call)
    old = _same(fake, scope, call.body)
    others = [one for one in fake.state.commands.get(scope, {}).values() if one is not old]
    command_checks.one(call.body)
    command_checks.all_of([*others, call.body])
    if old is None:
        _count_creates(fake, scope, 1)
    id = int(old["id"]) if old else fake.state.new_id()
    fake.state.commands.setdefault(scope, {})[id] = _kept(fake, call.body, scope, id)
    fake.changed()
    return (200 if old else 201), fake.state.commands[scope][id]


def _one(fake: FakeDiscord, call: Call) -> Json:
    found = fake.state.commands.get(_scope(fake, call), {}).get(call.id("command_id"))
    if found is None:
        raise unknown("application command")
    return found


def _patch(fake: FakeDiscord, call: Call) -> Json:
    scope, old = _scope(fake, call), _one(fake, call)
    body = {**old, **call.body}
    command_checks.one(body)
    id = int(old["id"])
    fake.state.commands[scope][id] = _kept(fake, body, scope, id)
    return fake.state.commands[scope][id]


def _remove(fake: FakeDiscord, call: Call) -> None:
    del fake.state.commands[_scope(fake, call)][int(_one(fake, call)["id"])]


for _base in (GLOBAL, GUILD):
    routes.add("GET", _base)(_list)
    routes.add("PUT", _base)(_put)
    routes.add("POST", _base)(_post)
    routes.add("GET", f"{_base}/{{command_id}}")(_one)
    routes.add("PATCH", f"{_base}/{{command_id}}")(_patch)
    routes.add("DELETE", f"{_base}/{{command_id}}")(_remove)
