"""conversations.*, users.conversations and pins.*."""

from __future__ import annotations

from tests.fakes.slack import events, limits
from tests.fakes.slack.calls import Call, method
from tests.fakes.slack.errors import SlackError
from tests.fakes.slack.model import Channel, Json, Message

KINDS = {"public_channel": "channels", "private_channel": "groups", "im": "im", "mpim": "mpim"}


@method("conversations.open", "channel users return_im prevent_creation", "im:write")
async def open_im(call: Call) -> Json:
    if call.args.get("channel"):
        channel = call.channel()
        user = call.team.users[channel.im_user or "USLACKBOT"]
    else:
        given = call.args.get("users", "")
        ids = given if isinstance(given, list) else [one.strip() for one in str(given).split(",")]
        if len(ids) != 1:
            raise SlackError("not_supported")
        found = call.team.users.get(ids[0])
        if found is None:
            raise SlackError("user_not_found")
        user = found
    if user.bot or user.id == "USLACKBOT":
        raise SlackError("cannot_dm_bot")
    if user.deleted:
        raise SlackError("user_disabled")
    channel = call.team.dm(user)
    whole = channel.as_api(call.team.install.bot_user, call.team.id)
    return {"channel": whole if call.flag("return_im") else {"id": channel.id}}


@method("conversations.list", "types exclude_archived limit cursor team_id")
async def list_all(call: Call) -> Json:
    return _listed(call, only_joined=False)


@method("users.conversations", "types exclude_archived limit cursor team_id user")
async def list_joined(call: Call) -> Json:
    return _listed(call, only_joined=True)


@method("conversations.info", "channel include_locale include_num_members")
async def info(call: Call) -> Json:
    channel = call.channel(scope="read")
    shown = channel.as_api(call.team.install.bot_user, call.team.id)
    if not call.flag("include_num_members"):
        shown.pop("num_members", None)
    return {"channel": shown}


@method("conversations.members", "channel limit cursor")
async def members(call: Call) -> Json:
    channel = call.channel(scope="read")
    page, more = call.page(channel.members)
    return {"members": page, **more}


@method("conversations.join", "channel", "channels:join")
async def join(call: Call) -> Json:
    channel, bot = call.channel(), call.team.install.bot_user
    if channel.kind != "channels":
        raise SlackError("method_not_supported_for_channel_type")
    if channel.archived:
        raise SlackError("is_archived")
    if bot not in channel.members:
        channel.members.append(bot)
        events.joined(call.slack, call.team, channel, call.team.users[bot])
    return {"channel": channel.as_api(bot, call.team.id)}


@method("conversations.history", "channel limit cursor oldest latest inclusive include_all_metadata")
async def history(call: Call) -> Json:
    channel = _readable(call)
    found = [one for one in channel.messages if one.thread_ts is None and _within(call, one)]
    page, more = call.page(found[::-1], most=limits.HISTORY_PAGE)
    return {**_shown(call, channel, page), **_more(more), "pin_count": len(channel.pins)}


@method("conversations.replies", "channel ts limit cursor oldest latest inclusive include_all_metadata")
async def replies(call: Call) -> Json:
    channel = _readable(call)
    root = channel.find(call.required("ts"))
    if root is None:
        raise SlackError("thread_not_found")
    root = channel.find(root.thread_ts) or root
    found = [root, *(one for one in channel.replies(root.ts) if _within(call, one))]
    page, more = call.page(found, default=limits.PAGE)
    return {**_shown(call, channel, page), **_more(more)}


@method("pins.add", "channel timestamp", "pins:write")
async def pin(call: Call) -> Json:
    channel, ts = _pinned(call)
    if ts in channel.pins:
        raise SlackError("already_pinned")
    if len(channel.pins) >= limits.PINS_PER_CHANNEL:
        raise SlackError("too_many_pins")
    channel.pins.append(ts)
    return {}


@method("pins.remove", "channel timestamp", "pins:write")
async def unpin(call: Call) -> Json:
    channel, ts = _pinned(call)
    if ts not in channel.pins:
        raise SlackError("no_pin")
    channel.pins.remove(ts)
    return {}


@method("pins.list", "channel", "pins:read")
async def pins(call: Call) -> Json:
    channel = call.channel()
    found = [one for one in channel.messages if one.ts in channel.pins]
    items = [
        {"type": "message", "channel": channel.id, "message": one.as_api(call.team, channel), "created": 0}
        for one in found
    ]
    return {"items": items}


def _pinned(call: Call) -> tuple[Channel, str]:
    channel = call.channel()
    if call.team.install.bot_user not in channel.members:
        raise SlackError("not_in_channel")
    if channel.archived:
        raise SlackError("is_archived")
    message = channel.find(call.required("timestamp"))
    if message is None or message.deleted:
        raise SlackError("message_not_found")
    return channel, message.ts


def _listed(call: Call, *, only_joined: bool) -> Json:
    wanted = [one.strip() for one in call.text("types", "public_channel").split(",")]
    if any(one not in KINDS for one in wanted):
        raise SlackError("invalid_types")
    for one in wanted:
        call.need(f"{KINDS[one]}:read")
    bot, found = call.text("user") or call.team.install.bot_user, list[Json]()
    for channel in call.team.channels.values():
        joined = bot in channel.members
        fits = channel.kind in [KINDS[one] for one in wanted] and (joined or channel.kind == "channels")
        if fits and (joined or not only_joined) and not (channel.archived and call.flag("exclude_archived")):
            found.append(channel.as_api(call.team.install.bot_user, call.team.id))
    if only_joined:
        for shown in found:
            shown.pop("num_members", None)
    page, more = call.page(found)
    return {"channels": page, **more}


def _readable(call: Call) -> Channel:
    channel = call.channel(scope="history")
    if call.team.install.bot_user not in channel.members:
        raise SlackError("not_in_channel")
    return channel


def _within(call: Call, message: Message) -> bool:
    """Between oldest and latest; with ``inclusive`` the ends too."""
    ts, oldest, latest = _micro(message.ts), call.text("oldest"), call.text("latest")
    ends = 0 if call.flag("inclusive") else 1
    return (not oldest or ts >= _micro(oldest) + ends) and (not latest or ts <= _micro(latest) - ends)


def _micro(ts: str) -> int:
    try:
        return round(float(ts) * 1_000_000) if "." not in ts else int(ts.split(".")[0] + f"{ts.split('.')[1]:0<6.6}")
    except ValueError:
        raise SlackError("invalid_ts_oldest") from None


def _shown(call: Call, channel: Channel, page: list[Message]) -> Json:
    with_metadata = call.flag("include_all_metadata")
    return {"messages": [one.as_api(call.team, channel, with_metadata=with_metadata) for one in page]}


def _more(more: Json) -> Json:
    """As history answers: has_more, and no response_metadata on the last page."""
    cursor = more["response_metadata"]["next_cursor"]
    return {"has_more": True, **more} if cursor else {"has_more": False}
