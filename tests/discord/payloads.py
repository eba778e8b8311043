"""What Discord sends, as it sends it. Words that must go no further hold SECRET, so that a test sees where they go."""

from __future__ import annotations

from typing import Any

Json = dict[str, Any]
GUILD, APP, BEN, ADA, CHANNEL, THREAD, MESSAGE = "100", "200", "301", "302", "400", "1477200000000000000", "600"
SECRET, TOKEN, ID = "fentanyl", "a-token", "700"
DELIVERY = "abcdefghijklmnopqrstuv23"


def user(id: str = BEN, **more: Any) -> Json:
    named = {"id": id, "username": f"user{id}", "global_name": "Ben B.", "discriminator": "0", "avatar": None}
    return {**named, "public_flags": 0, **more}


def member(id: str = BEN, **more: Any) -> Json:
    return {"user": user(id), "roles": ["101"], "nick": None, "permissions": "8", "flags": 0, "pending": False, **more}


def channel(id: str = CHANNEL, type: int = 0, **more: Any) -> Json:
    return {"id": id, "type": type, "name": "questions", "guild_id": GUILD, "parent_id": None, "flags": 0, **more}


def thread() -> Json:
    return channel(THREAD, 11, parent_id=CHANNEL, owner_id=APP)


def _head(type: int, data: Json, where: Json | None = None) -> Json:
    where = where or channel()
    return {
        "id": ID,
        "application_id": APP,
        "type": type,
        "token": TOKEN,
        "version": 1,
        "data": data,
        "guild_id": GUILD,
        "guild": {"id": GUILD, "locale": "en-US", "features": []},
        "channel_id": where["id"],
        "channel": where,
        "member": member(),
        "app_permissions": "0",
        "locale": "en-GB",
        "guild_locale": "en-US",
        "entitlements": [],
        "authorizing_integration_owners": {"0": GUILD},
        "context": 0,
    }


def in_dm(native: Json) -> Json:
    """The same in a direct message, where Discord does not say of which server it is."""
    gone = ("guild_id", "guild", "guild_locale", "member")
    found = {key: value for key, value in native.items() if key not in gone}
    return {**found, "user": user(), "channel": {"id": CHANNEL, "type": 1, "flags": 0}, "context": 1}


def command(*options: Json, name: str = "ask", where: Json | None = None) -> Json:
    return _head(2, {"id": "800", "name": name, "type": 1, "options": list(options), "guild_id": GUILD}, where)


def option(name: str, value: str, **more: Any) -> Json:
    return {"name": name, "type": 3, "value": value, **more}


def subcommand(name: str, *options: Json) -> Json:
    return {"name": name, "type": 1, "options": list(options)}


def message(id: str = MESSAGE, **more: Any) -> Json:
    found = {"id": id, "channel_id": CHANNEL, "type": 0, "content": SECRET, "author": user(APP, bot=True)}
    return {**found, "timestamp": "2026-03-04T10:00:00+00:00", "components": [], "embeds": [], "mentions": [], **more}


def press(custom_id: str, *, where: Json | None = None) -> Json:
    return {**_head(3, {"custom_id": custom_id, "component_type": 2, "id": 3}, where), "message": message()}


def typing(*options: Json, name: str = "ask") -> Json:
    return {**command(*options, name=name), "type": 4}


INPUTS: dict[str, Json] = {
    "title~line": {"type": 4, "value": SECRET},
    "details~paragraph": {"type": 4, "value": ""},
    "page~url": {"type": 4, "value": "https://e.example"},
    "much~number": {"type": 4, "value": "12"},
    "when~datetime": {"type": 4, "value": "2026-03-05 14:30"},
    "tags~tags": {"type": 4, "value": "falls, night"},
    "where~choice": {"type": 3, "values": ["ward"]},
    "nowhere~choice": {"type": 3, "values": []},
    "several~choices": {"type": 3, "values": ["a", "b"]},
    "who~person": {"type": 5, "values": [ADA]},
    "nobody~person": {"type": 5, "values": []},
    "sure~yesno": {"type": 3, "values": ["yes"]},
    "unsure~yesno": {"type": 3, "values": ["no"]},
}


def submission(custom_id: str, *, where: Json | None = None) -> Json:
    labels: list[Json] = [
        {"type": 18, "id": number, "component": {"id": number, "custom_id": id, **given}}
        for number, (id, given) in enumerate(INPUTS.items())
    ]
    return _head(5, {"custom_id": custom_id, "components": [*labels, {"type": 10, "id": 99}]}, where)


def message_command(author: Json, *, name: str = "Save to Rounds…") -> Json:
    chosen = message(author=author)
    data = {"id": "801", "name": name, "type": 3, "target_id": MESSAGE, "resolved": {"messages": {MESSAGE: chosen}}}
    return _head(2, data)


def typed(**more: Any) -> Json:
    """Somebody wrote something in a thread."""
    found = message("1477200000000000000", author=user(), channel_id=THREAD, guild_id=GUILD)
    return {**found, "member": {key: value for key, value in member().items() if key != "user"}, **more}
