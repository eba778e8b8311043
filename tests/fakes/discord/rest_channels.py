"""The REST API of channels, threads, forum posts and direct conversations."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tests.fakes.discord import checks, limits, reach, shapes
from tests.fakes.discord.errors import Json, Refused, missing_permissions, unknown, wrong
from tests.fakes.discord.http import Call, Routes
from tests.fakes.discord.model import DM, FORUM, PRIVATE_THREAD, PUBLIC_THREAD, TEXT, Channel
from tests.fakes.discord.permissions import Can

if TYPE_CHECKING:
    from tests.fakes.discord.server import FakeDiscord

routes = Routes()
CHANNEL = "/channels/{channel_id}"


@routes.add("GET", CHANNEL)
def get_channel(fake: FakeDiscord, call: Call) -> Json:
    return shapes.channel(reach.channel(fake, call.id("channel_id")), fake.state)


@routes.add("PATCH", CHANNEL)
def update_channel(fake: FakeDiscord, call: Call) -> Json:
    where = reach.channel(fake, call.id("channel_id"))
    if not where.is_thread:
        reach.need(fake, where, Can.MANAGE_CHANNELS)
        where.name, where.topic = call.body.get("name") or where.name, call.body.get("topic", where.topic)
        fake.people.channel_changed(where)
        return shapes.channel(where, fake.state)
    _may_change(fake, where, call.body)
    if "applied_tags" in call.body:
        where.applied_tags = _tags(fake.state.channels[where.parent], call.body["applied_tags"] or [], by_bot=fake)
    for key, name in (("archived", "archived"), ("locked", "locked"), ("auto_archive_duration", "auto_archive")):
        if call.body.get(key) is not None:
            setattr(where, name, call.body[key])
    where.name = call.body.get("name") or where.name
    if call.body.get("flags") is not None:
        where.flags = call.body["flags"]
    fake.messages.thread_changed(where)
    return shapes.thread(where, fake.state)


def _may_change(fake: FakeDiscord, thread: Channel, body: Json) -> None:
    """Whoever began a thread may rename, tag and archive it; to lock it, or to touch others', takes a permission."""
    manages = reach.may(fake, thread, Can.MANAGE_THREADS)
    if manages:
        if thread.archived and body.get("archived") is not False:
            raise Refused(400, 50083, "Thread is archived")
        return
    if thread.owner != fake.state.bot or "locked" in body or thread.locked:
        raise missing_permissions()
    if thread.archived and body.get("archived") is not False:
        raise Refused(400, 50083, "Thread is archived")


@routes.add("DELETE", CHANNEL)
def delete_channel(fake: FakeDiscord, call: Call) -> Json:
    where = reach.channel(fake, call.id("channel_id"))
    if where.type == DM:
        return shapes.channel(where, fake.state)
    reach.need(fake, where, Can.MANAGE_THREADS if where.is_thread else Can.MANAGE_CHANNELS)
    told = shapes.channel(where, fake.state)
    fake.people.remove_channel(where)
    return told


@routes.add("POST", CHANNEL + "/threads")
def create_thread(fake: FakeDiscord, call: Call) -> tuple[int, Json]:
    parent = reach.channel(fake, call.id("channel_id"))
    if parent.type == FORUM:
        return 201, _post_in_forum(fake, parent, call)
    if parent.type != TEXT:
        raise Refused(400, 50024, "Cannot execute action on this channel type")
    if "message" in call.body:
        raise wrong("message", "Only posts in forums carry a message.")
    kind = call.body.get("type") or PRIVATE_THREAD
    reach.need(fake, parent, Can.CREATE_PUBLIC_THREADS if kind == PUBLIC_THREAD else Can.CREATE_PRIVATE_THREADS)
    thread = fake.messages.start_thread(parent, fake.state.bot, call.body["name"], type=kind, **_duration(call.body))
    return 201, shapes.thread(thread, fake.state)


def _duration(body: Json) -> dict[str, Any]:
    return {"auto_archive": body["auto_archive_duration"]} if body.get("auto_archive_duration") else {}


def _post_in_forum(fake: FakeDiscord, forum: Channel, call: Call) -> Json:
    if "message" not in call.body:
        raise wrong("message", "This field is required", "BASE_TYPE_REQUIRED")
    reach.need(fake, forum, Can.SEND_MESSAGES)
    checks.message(call.body["message"], files=checks.names(call.files))
    tags = _tags(forum, call.body.get("applied_tags") or [], by_bot=fake)
    state = fake.state
    thread = fake.messages.start_thread(forum, state.bot, call.body["name"], applied_tags=tags, **_duration(call.body))
    message = fake.messages.post(thread, state.bot, call.body["message"], call.files)
    return {**shapes.thread(thread, state), "message": shapes.message(message, state)}


def _tags(forum: Channel, given: list[Any], *, by_bot: FakeDiscord) -> list[int]:
    tags = [int(tag) for tag in given]
    offered = {int(one["id"]): one for one in forum.tags}
    if len(tags) > limits.FORUM_TAGS_ON_POST:
        raise wrong("applied_tags", "Must be 5 or fewer in length.", "BASE_TYPE_BAD_LENGTH")
    if any(tag not in offered for tag in tags):
        raise Refused(400, 10087, "Unknown tag")
    if forum.flags & limits.REQUIRE_TAG_FLAG and not tags:
        raise Refused(400, 40067, "A tag is required to create a forum post in this channel")
    if any(offered[tag]["moderated"] for tag in tags) and not reach.may(by_bot, forum, Can.MANAGE_THREADS):
        raise missing_permissions()
    return tags


@routes.add("POST", CHANNEL + "/messages/{message_id}/threads")
def create_thread_from_message(fake: FakeDiscord, call: Call) -> tuple[int, Json]:
    parent = reach.channel(fake, call.id("channel_id"))
    if parent.type != TEXT:
        raise Refused(400, 50024, "Cannot execute action on this channel type")
    reach.need(fake, parent, Can.CREATE_PUBLIC_THREADS)
    message = reach.message(fake, parent, call.id("message_id"))
    if message.thread or message.id in fake.state.channels:
        raise Refused(400, 160004, "A thread has already been created for this message")
    name, state = call.body["name"], fake.state
    thread = fake.messages.start_thread(parent, state.bot, name, message=message, **_duration(call.body))
    return 201, shapes.thread(thread, state)


def _thread(fake: FakeDiscord, call: Call) -> Channel:
    found = reach.channel(fake, call.id("channel_id"))
    if not found.is_thread:
        raise Refused(400, 50024, "Cannot execute action on this channel type")
    return found


def _thread_in_use(fake: FakeDiscord, call: Call) -> Channel:
    thread = _thread(fake, call)
    if thread.archived:
        raise Refused(400, 50083, "Thread is archived")
    return thread


@routes.add("PUT", CHANNEL + "/thread-members/@me")
def join_thread(fake: FakeDiscord, call: Call) -> None:
    fake.messages.join_thread(_thread_in_use(fake, call), fake.state.bot)


@routes.add("DELETE", CHANNEL + "/thread-members/@me")
def leave_thread(fake: FakeDiscord, call: Call) -> None:
    fake.messages.leave_thread(_thread_in_use(fake, call), fake.state.bot)


@routes.add("PUT", CHANNEL + "/thread-members/{user_id}")
def add_thread_member(fake: FakeDiscord, call: Call) -> None:
    thread = _thread_in_use(fake, call)
    reach.need(fake, thread, Can.SEND_MESSAGES_IN_THREADS)
    if call.id("user_id") not in fake.state.guilds[thread.guild or 0].members:
        raise unknown("Member")
    fake.messages.join_thread(thread, call.id("user_id"))


@routes.add("DELETE", CHANNEL + "/thread-members/{user_id}")
def delete_thread_member(fake: FakeDiscord, call: Call) -> None:
    thread = _thread_in_use(fake, call)
    reach.need(fake, thread, Can.MANAGE_THREADS)
    fake.messages.leave_thread(thread, call.id("user_id"))


@routes.add("GET", CHANNEL + "/thread-members/{user_id}")
def get_thread_member(fake: FakeDiscord, call: Call) -> Json:
    thread = _thread(fake, call)
    if call.id("user_id") not in thread.thread_members:
        raise unknown("Member")
    return shapes.thread_member(thread, call.id("user_id"))


@routes.add("GET", CHANNEL + "/thread-members")
def list_thread_members(fake: FakeDiscord, call: Call) -> list[Json]:
    thread = _thread(fake, call)
    if not fake.privileged & limits.GUILD_MEMBERS:
        raise Refused(403, 50001, "Missing Access")
    return [shapes.thread_member(thread, id) for id in sorted(thread.thread_members)]


@routes.add("GET", CHANNEL + "/threads/archived/public")
def list_archived_threads(fake: FakeDiscord, call: Call) -> Json:
    parent = reach.channel(fake, call.id("channel_id"), Can.READ_MESSAGE_HISTORY)
    limit, before = call.number("limit", 50, 100), call.query.get("before")
    threads = [one for one in fake.state.threads_of(parent.id) if one.archived and one.type == PUBLIC_THREAD]
    threads = [one for one in threads if before is None or shapes.instant(one.changed) < before]
    threads.sort(key=lambda one: one.changed, reverse=True)
    told = [shapes.thread(one, fake.state) for one in threads[:limit]]
    return {"threads": told, "members": _mine(fake, threads[:limit]), "has_more": len(threads) > limit}


@routes.add("GET", "/guilds/{guild_id}/threads/active")
def list_active_threads(fake: FakeDiscord, call: Call) -> Json:
    home = reach.guild(fake, call.id("guild_id"))
    here = [one for one in fake.state.channels.values() if one.guild == home.id and one.is_thread and not one.archived]
    seen = [one for one in here if reach.may(fake, one, Can.VIEW_CHANNEL)]
    return {"threads": [shapes.thread(one, fake.state) for one in seen], "members": _mine(fake, seen)}


def _mine(fake: FakeDiscord, threads: list[Channel]) -> list[Json]:
    bot = fake.state.bot
    return [shapes.thread_member(one, bot) for one in threads if bot in one.thread_members]


@routes.add("POST", "/users/@me/channels")
def create_dm(fake: FakeDiscord, call: Call) -> Json:
    id = int(call.body.get("recipient_id") or 0)
    if id not in fake.state.users:
        raise unknown("User")
    if id == fake.state.bot:
        raise Refused(400, 50007, "Cannot send messages to this user")
    return shapes.channel(fake.messages.open_dm(id), fake.state)
