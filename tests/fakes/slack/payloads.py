"""What Slack sends about what people do, in its own form."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from tests.fakes.slack import fields
from tests.fakes.slack.model import Channel, Json, Message, Team, User, View
from tests.fakes.slack.text import escape

if TYPE_CHECKING:
    from tests.fakes.slack.server import FakeSlack

NAME = re.compile(r"(?<![\w@])@([\w.-]*\w)")
PLACE = re.compile(r"(?<![\w#&])#([\w-]+)")
ADDRESS = re.compile(r"(https?://(?:[^\s<>&]|&amp;)+[^\s<>&.,;:!?)])")
BROADCAST = {"channel", "here", "everyone"}


def typed(team: Team, text: str, *, labels: bool = False) -> str:
    """What the client makes of typed text: names become ids, addresses links, and markup is made harmless.

    ``labels``: <@U…|name>, as in commands.
    """

    def person(match: re.Match[str]) -> str:
        name = match.group(1)
        if name in BROADCAST:
            return f"<!{name}>"
        found = next((user for user in team.users.values() if user.name == name), None)
        return match.group() if found is None else f"<@{found.id}|{name}>" if labels else f"<@{found.id}>"

    def place(match: re.Match[str]) -> str:
        name = match.group(1)
        found = next((one for one in team.channels.values() if one.name == name and not one.im_user), None)
        return f"<#{found.id}|{name}>" if found else match.group()

    pieces = ADDRESS.split(escape(text))  # every second one is an address
    return "".join(
        f"<{piece}>" if number % 2 else PLACE.sub(place, NAME.sub(person, piece)) for number, piece in enumerate(pieces)
    )


def command(slack: FakeSlack, team: Team, user: User, channel: Channel, name: str, text: str) -> Json:
    return {
        "token": slack.app.verification_token,
        "team_id": team.id,
        "team_domain": team.domain,
        "channel_id": channel.id,
        "channel_name": channel_name(channel),
        "user_id": user.id,
        "user_name": user.name,
        "command": name,
        "text": text,
        "api_app_id": slack.app.id,
        "is_enterprise_install": "false",
        "response_url": slack.hooks.response_url(team, channel, user),
        "trigger_id": slack.hooks.trigger(team, user),
    }


def channel_name(channel: Channel) -> str:
    return "directmessage" if channel.im_user else "privategroup" if channel.private else channel.name


def on_message(slack: FakeSlack, team: Team, user: User, channel: Channel, message: Message, action: Json) -> Json:
    """block_actions from a message; an ephemeral one is not sent along."""
    private = message.to is not None
    container = {"type": "message", "message_ts": message.ts, "channel_id": channel.id, "is_ephemeral": private}
    if message.thread_ts:
        container["thread_ts"] = message.thread_ts
    payload = _actions(slack, team, user, action)
    payload |= {"container": container, "channel": {"id": channel.id, "name": channel_name(channel)}}
    if not private:
        payload["message"] = message.as_api(team, channel, with_metadata=True)
    payload["state"] = {"values": fields.beginning(message.blocks or [])}
    payload["response_url"] = slack.hooks.response_url(team, channel, user, message)
    return payload


def on_view(slack: FakeSlack, team: Team, user: User, view: View, action: Json) -> Json:
    payload = _actions(slack, team, user, action)
    payload["container"] = {"type": "view", "view_id": view.id}
    return {**payload, "view": view.as_api(team, slack.app.id)}


def submission(slack: FakeSlack, team: Team, user: User, view: View) -> Json:
    payload = {"type": "view_submission", **_head(slack, team, user), "view": view.as_api(team, slack.app.id)}
    return {**payload, "trigger_id": slack.hooks.trigger(team, user), "response_urls": []}


def closed(slack: FakeSlack, team: Team, user: User, view: View, *, cleared: bool) -> Json:
    payload = {"type": "view_closed", **_head(slack, team, user), "view": view.as_api(team, slack.app.id)}
    return {**payload, "is_cleared": cleared}


def suggestion(slack: FakeSlack, team: Team, user: User, view: View, block: str, action: str, typed: str) -> Json:
    payload = {"type": "block_suggestion", **_head(slack, team, user), "view": view.as_api(team, slack.app.id)}
    container = {"type": "view", "view_id": view.id}
    return {**payload, "container": container, "action_id": action, "block_id": block, "value": typed}


def shortcut(slack: FakeSlack, team: Team, user: User, callback_id: str) -> Json:
    payload = {"type": "shortcut", **_head(slack, team, user), "callback_id": callback_id}
    return {**payload, "action_ts": slack.next_ts(), "trigger_id": slack.hooks.trigger(team, user)}


def message_action(
    slack: FakeSlack, team: Team, user: User, channel: Channel, message: Message, callback_id: str
) -> Json:
    payload = {**shortcut(slack, team, user, callback_id), "type": "message_action", "message_ts": message.ts}
    payload |= {"channel": {"id": channel.id, "name": channel_name(channel)}}
    payload["response_url"] = slack.hooks.response_url(team, channel, user)
    return {**payload, "message": message.as_api(team, channel, with_metadata=True)}


def _head(slack: FakeSlack, team: Team, user: User) -> Json:
    return {
        "token": slack.app.verification_token,
        "api_app_id": slack.app.id,
        "team": {"id": team.id, "domain": team.domain},
        "enterprise": None,
        "is_enterprise_install": False,
        "user": {"id": user.id, "username": user.name, "name": user.name, "team_id": user.team_id},
    }


def _actions(slack: FakeSlack, team: Team, user: User, action: Json) -> Json:
    payload = {"type": "block_actions", **_head(slack, team, user), "trigger_id": slack.hooks.trigger(team, user)}
    return {**payload, "actions": [{**action, "action_ts": slack.next_ts()}]}
