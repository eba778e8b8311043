"""The REST API of messages, pins and typing."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.fakes.discord import checks, limits, reach, shapes
from tests.fakes.discord.errors import Json, Refused, unknown
from tests.fakes.discord.http import Call, Routes
from tests.fakes.discord.interactions import as_body
from tests.fakes.discord.model import DM, Channel, Message
from tests.fakes.discord.permissions import Can

if TYPE_CHECKING:
    from tests.fakes.discord.server import FakeDiscord

routes = Routes()
CHANNEL = "/channels/{channel_id}"
MESSAGE = CHANNEL + "/messages/{message_id}"


def read(fake: FakeDiscord, message: Message) -> Json:
    """As the application's own permission to read texts lets it: other people's are empty."""
    found = shapes.message(message, fake.state, emptied=not fake.messages.readable(message, fake.privileged))
    if message.reactions:
        mine = fake.state.bot
        counted = [(emoji, users) for emoji, users in message.reactions.items() if users]
        found["reactions"] = [
            {
                "emoji": {"id": None, "name": emoji},
                "count": len(users),
                "count_details": {"burst": 0, "normal": len(users)},
                "me": mine in users,
                "me_burst": False,
                "burst_colors": [],
            }
            for emoji, users in counted
        ]
    return found


@routes.add("GET", CHANNEL + "/messages")
def list_messages(fake: FakeDiscord, call: Call) -> list[Json]:
    where = reach.channel(fake, call.id("channel_id"))
    limit = call.number("limit", 50, 100)
    if not reach.may(fake, where, Can.READ_MESSAGE_HISTORY):
        return []
    newest = [one for one in reversed(fake.state.messages.get(where.id, {}).values()) if not one.private_to]
    before, after, around = (call.snowflake(name) for name in ("before", "after", "around"))
    if around is not None:
        older = [one for one in newest if one.id <= around][: limit // 2 + 1]
        newer = [one for one in newest if one.id > around][-(limit // 2) :]
        found = [*newer, *older]
    elif after is not None:
        found = [one for one in newest if one.id > after][-limit:]
    else:
        found = [one for one in newest if before is None or one.id < before][:limit]
    return [read(fake, one) for one in found]


@routes.add("POST", CHANNEL + "/messages")
def create_message(fake: FakeDiscord, call: Call) -> Json:
    where = reach.channel(fake, call.id("channel_id"))
    reach.writable(fake, where)
    checks.message(call.body, files=checks.names(call.files))
    _may_carry(fake, where, call)
    reference = call.body.get("message_reference") or {}
    if reference.get("message_id") and int(reference["message_id"]) not in fake.state.messages.get(where.id, {}):
        if reference.get("fail_if_not_exists", True):
            problem = {
                "message_reference": {"_errors": [{"code": "REPLIES_UNKNOWN_MESSAGE", "message": "Unknown message"}]}
            }
            raise Refused(400, 50035, "Invalid Form Body", problem)
        del call.body["message_reference"]
    message = fake.messages.once(where, fake.state.bot, call.body, call.files)
    nonce = {} if message.nonce is None else {"nonce": message.nonce}
    return {**shapes.message(message, fake.state), **nonce}


def _may_carry(fake: FakeDiscord, where: Channel, call: Call) -> None:
    if call.body.get("embeds"):
        reach.need(fake, where, Can.EMBED_LINKS)
    if call.files:
        reach.need(fake, where, Can.ATTACH_FILES)
    if call.body.get("message_reference"):
        reach.need(fake, where, Can.READ_MESSAGE_HISTORY)


@routes.add("GET", MESSAGE)
def get_message(fake: FakeDiscord, call: Call) -> Json:
    where = reach.channel(fake, call.id("channel_id"), Can.READ_MESSAGE_HISTORY)
    return read(fake, reach.message(fake, where, call.id("message_id")))


@routes.add("PATCH", MESSAGE)
def update_message(fake: FakeDiscord, call: Call) -> Json:
    where = reach.channel(fake, call.id("channel_id"))
    message = reach.message(fake, where, call.id("message_id"))
    if message.author != fake.state.bot:
        raise Refused(403, 50005, "Cannot edit a message authored by another user")
    if where.archived:
        raise Refused(400, 50083, "Thread is archived")
    checks.message(call.body, files=checks.names(call.files), before=as_body(message))
    fake.messages.edit(message, call.body, call.files)
    return shapes.message(message, fake.state)


@routes.add("DELETE", MESSAGE)
def delete_message(fake: FakeDiscord, call: Call) -> None:
    where = reach.channel(fake, call.id("channel_id"))
    message = reach.message(fake, where, call.id("message_id"))
    if message.author != fake.state.bot:
        if where.type == DM:
            raise Refused(403, 50003, "Cannot execute action on a DM channel")
        reach.need(fake, where, Can.MANAGE_MESSAGES)
    if where.archived:
        raise Refused(400, 50083, "Thread is archived")
    fake.messages.delete(message)


@routes.add("POST", CHANNEL + "/typing")
def typing(fake: FakeDiscord, call: Call) -> None:
    reach.writable(fake, reach.channel(fake, call.id("channel_id")))


@routes.add("PUT", MESSAGE + "/reactions/{emoji_name}/@me")
def react(fake: FakeDiscord, call: Call) -> None:
    where = reach.channel(fake, call.id("channel_id"), Can.READ_MESSAGE_HISTORY, Can.ADD_REACTIONS)
    message = reach.message(fake, where, call.id("message_id"))
    message.reactions.setdefault(call.params["emoji_name"], set()).add(fake.state.bot)
    fake.changed()


# Pins, under both of their addresses


def _pins(fake: FakeDiscord, call: Call) -> list[tuple[Message, str]]:
    where = reach.channel(fake, call.id("channel_id"), Can.READ_MESSAGE_HISTORY)
    messages = fake.state.messages.get(where.id, {})
    return [(messages[id], shapes.instant(at)) for id, at in reversed(where.pins)]


@routes.add("GET", CHANNEL + "/messages/pins")
def list_pins(fake: FakeDiscord, call: Call) -> Json:
    found = _pins(fake, call)[: call.number("limit", 50, 50)]
    return {"items": [{"pinned_at": at, "message": read(fake, one)} for one, at in found], "has_more": False}


@routes.add("GET", CHANNEL + "/pins")
def list_pins_as_before(fake: FakeDiscord, call: Call) -> list[Json]:
    return [read(fake, one) for one, _ in _pins(fake, call)]


def _pin(fake: FakeDiscord, call: Call) -> None:
    where = reach.channel(fake, call.id("channel_id"), Can.PIN_MESSAGES)
    message = reach.message(fake, where, call.id("message_id"))
    if message.pinned:
        return
    if len(where.pins) >= limits.PINS:
        raise Refused(400, 30003, f"Maximum number of pins reached ({limits.PINS})")
    message.pinned = True
    where.pins.append((message.id, fake.state.clock()))
    _pins_changed(fake, where)


def _unpin(fake: FakeDiscord, call: Call) -> None:
    where = reach.channel(fake, call.id("channel_id"), Can.PIN_MESSAGES)
    message = reach.message(fake, where, call.id("message_id"))
    if not message.pinned:
        raise unknown("Message")
    message.pinned = False
    where.pins = [pin for pin in where.pins if pin[0] != message.id]
    _pins_changed(fake, where)


def _pins_changed(fake: FakeDiscord, where: Channel) -> None:
    last = shapes.instant(where.pins[-1][1]) if where.pins else None
    guild = {"guild_id": str(where.guild)} if where.guild else {}
    fake.gateway.dispatch("CHANNEL_PINS_UPDATE", {"channel_id": str(where.id), "last_pin_timestamp": last, **guild})
    fake.changed()


for _base in (CHANNEL + "/messages/pins", CHANNEL + "/pins"):
    routes.add("PUT", _base + "/{message_id}")(_pin)
    routes.add("DELETE", _base + "/{message_id}")(_unpin)
