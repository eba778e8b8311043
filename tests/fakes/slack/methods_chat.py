"""chat.*: sending, changing and deleting messages."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tests.fakes.slack import check, events, schemas
from tests.fakes.slack.calls import Call, method
from tests.fakes.slack.errors import Invalid, SlackError
from tests.fakes.slack.model import Channel, Json, Message, Team

if TYPE_CHECKING:
    from tests.fakes.slack.server import FakeSlack

KNOWN = set(
    "channel text thread_ts reply_broadcast metadata unfurl_links unfurl_media mrkdwn parse link_names username "
    "icon_url icon_emoji as_user".split()
)
FLAGS = ("as_user", "link_names", "mrkdwn", "reply_broadcast", "unfurl_links", "unfurl_media")


@method(
    "chat.postMessage",
    "channel text blocks attachments thread_ts reply_broadcast metadata unfurl_links unfurl_media mrkdwn parse "
    "link_names username icon_url icon_emoji markdown_text as_user",
    "chat:write",
)
async def post(call: Call) -> Json:
    channel = _target(call)
    content(call.slack, call.method, call.args)
    _by_schema(call)
    root = _thread(call, channel)
    made = _made(call, root, metadata=call.args.get("metadata") or None)
    call.slack.post(call.team, channel, made)
    shown = made.as_api(call.team, channel, with_metadata=True)
    return {"channel": channel.id, "ts": made.ts, "message": shown}


@method(
    "chat.postEphemeral",
    "channel user text blocks attachments thread_ts parse link_names username icon_url icon_emoji as_user",
    "chat:write",
)
async def post_ephemeral(call: Call) -> Json:
    channel = call.channel()
    user = call.team.users.get(call.required("user"))
    if call.team.install.bot_user not in channel.members:
        raise SlackError("not_in_channel")
    if channel.archived:
        raise SlackError("is_archived")
    if user is None or user.id not in channel.members:
        raise SlackError("user_not_in_channel")
    content(call.slack, call.method, call.args)
    made = _made(call, _thread(call, channel), to=user.id)
    call.slack.post(call.team, channel, made)
    return {"message_ts": made.ts}


@method(
    "chat.update",
    "channel ts text blocks attachments metadata parse link_names reply_broadcast as_user file_ids markdown_text",
    "chat:write",
)
async def update(call: Call) -> Json:
    channel = call.channel()
    message = _own(call, channel, "cant_update_message")
    if channel.archived:
        raise SlackError("is_archived")
    content(call.slack, call.method, call.args, update=True)
    change(call.slack, call.team, channel, message, call.args)
    shown = message.as_api(call.team, channel, with_metadata=True)
    return {"channel": channel.id, "ts": message.ts, "text": message.text, "message": shown}


@method("chat.delete", "channel ts as_user", "chat:write")
async def delete(call: Call) -> Json:
    channel = call.channel()
    message = _own(call, channel, "cant_delete_message")
    remove(call.slack, call.team, channel, message)
    return {"channel": channel.id, "ts": message.ts}


@method("chat.getPermalink", "channel message_ts")
async def permalink(call: Call) -> Json:
    channel = call.channel()
    message = channel.find(call.required("message_ts"))
    if message is None:
        raise SlackError("message_not_found")
    link = f"https://{call.team.domain}.slack.com/archives/{channel.id}/p{message.ts.replace('.', '')}"
    if message.thread_ts:
        link += f"?thread_ts={message.thread_ts}&cid={channel.id}"
    return {"channel": channel.id, "permalink": link}


def content(slack: FakeSlack, where: str, given: Json, *, update: bool = False) -> None:
    """Raises SlackError unless there are words or blocks, and all of them fit. Blocks without text are a violation."""
    text, blocks = given.get("text"), given.get("blocks")
    if not text and not blocks and not given.get("attachments") and not (update and given.get("metadata") is not None):
        raise Invalid("no_text", ["neither text nor blocks"])
    if given.get("attachments"):
        slack.violation(where, ["attachments are a thing of the past"], given)
    check.message(text, blocks)
    check.metadata(given.get("metadata"))
    if blocks and not (text or "").strip():
        slack.violation(where, ["blocks without text: notifications and screen readers need it"], given)


def change(slack: FakeSlack, team: Team, channel: Channel, message: Message, given: Json) -> None:
    """What is not given stays as it was."""
    before = message.as_api(team, channel, with_metadata=True)
    message.text = given.get("text", message.text)
    if "blocks" in given:
        message.blocks = slack.with_ids(given["blocks"]) if given["blocks"] else None
    if "metadata" in given:
        message.metadata = given["metadata"] or None
    message.edited = {"user": team.install.bot_user, "ts": slack.next_ts()}
    if message.to is None:
        events.message_changed(slack, team, channel, message, before)
    slack.changed()


def remove(slack: FakeSlack, team: Team, channel: Channel, message: Message) -> None:
    """Gone; the root of a thread leaves a mark that says so."""
    before = message.as_api(team, channel, with_metadata=True)
    if message in channel.ephemerals:
        channel.ephemerals.remove(message)
    elif channel.replies(message.ts):
        message.deleted, message.subtype, message.user = True, "tombstone", "USLACKBOT"
        message.text, message.blocks, message.metadata = "This message was deleted.", None, None
        message.bot_id = message.app_id = None
    else:
        channel.messages.remove(message)
    channel.pins = [ts for ts in channel.pins if ts != message.ts]
    if message.to is None and message.deleted:
        events.message_changed(slack, team, channel, message, before)
    elif message.to is None:
        events.message_deleted(slack, team, channel, before)
    slack.changed()


def _target(call: Call) -> Channel:
    """Where a message goes: a channel, or a person by their id."""
    id, bot = call.required("channel", "channel_not_found"), call.team.install.bot_user
    user = call.team.users.get(id)
    if user is not None and (user.deleted or user.bot):
        raise SlackError("cannot_dm_bot" if user.bot else "channel_not_found")
    channel = call.team.dm(user) if user is not None else call.channel()
    if channel.im_user and not call.slack.app.home["messages_tab_enabled"]:
        raise SlackError("messages_tab_disabled")
    if channel.archived or (channel.im_user and call.team.users[channel.im_user].deleted):
        raise SlackError("is_archived")
    if bot not in channel.members and (
        channel.kind != "channels" or "chat:write.public" not in call.team.install.scopes
    ):
        raise SlackError("not_in_channel")
    return channel


def _thread(call: Call, channel: Channel) -> str | None:
    ts = call.text("thread_ts")
    if not ts:
        return None
    root = channel.find(ts)
    if root is None:
        raise SlackError("thread_not_found")
    if root.thread_ts:
        call.slack.violation(call.method, ["thread_ts names a reply, not the thread's first message"], call.args)
    return root.thread_ts or root.ts


def _made(call: Call, root: str | None, **more: Any) -> Message:
    named = call.flag("link_names") or call.text("parse") == "full"
    text, blocks = call.text("text"), call.args.get("blocks")
    return call.slack.bot_message(call.team, text, blocks, thread_ts=root, linked_names=named, **more)


def _own(call: Call, channel: Channel, otherwise: str) -> Message:
    message = channel.find(call.required("ts"))
    if message is None or message.deleted:
        raise SlackError("message_not_found")
    if message.user != call.team.install.bot_user or message.subtype:
        raise SlackError(otherwise)
    return message


def _by_schema(call: Call) -> None:
    """The arguments as Slack's own types describe them. Forms carry words where JSON has true and false."""
    given = {key: call.flag(key) if key in FLAGS else value for key, value in call.args.items() if key in KNOWN}
    given.setdefault("text", "")
    if found := schemas.problems("chat-post-message-arguments", given):
        raise Invalid("invalid_arguments", found)
