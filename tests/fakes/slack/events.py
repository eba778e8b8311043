"""What the app hears of what happens: only what it subscribed to, may know, and where it is."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.fakes.slack.apps import Scopes
from tests.fakes.slack.model import Channel, Json, Message, Team, User
from tests.fakes.slack.text import mentions_in

if TYPE_CHECKING:
    from tests.fakes.slack.server import FakeSlack


def send(slack: FakeSlack, team: Team, event: Json, subscription: str = "") -> None:
    """``subscription``: under which name an app subscribes, where that is not the event's type."""
    name, install = subscription or event["type"], team.install
    needed = Scopes.EVENTS.get(name)
    if not install.active or not slack.app.wants(name) or (needed and needed not in install.scopes):
        return
    allowed = {"enterprise_id": None, "team_id": team.id, "user_id": install.bot_user, "is_bot": True}
    slack.delivery.event(
        {
            "token": slack.app.verification_token,
            "team_id": team.id,
            "api_app_id": slack.app.id,
            "event": event,
            "type": "event_callback",
            "event_id": slack.id("Ev"),
            "event_time": int(slack.now()),
            "authorizations": [{**allowed, "is_enterprise_install": False}],
            "is_ext_shared_channel": False,
            "event_context": f"4-{slack.number()}",
        }
    )


def message(slack: FakeSlack, team: Team, channel: Channel, made: Message) -> None:
    event = {**made.as_api(team, channel, with_metadata=True), **_where(slack, channel)}
    for key in ("reply_count", "reply_users", "reply_users_count", "latest_reply", "is_locked", "subscribed"):
        event.pop(key, None)
    author = team.users[made.user]
    if author.stranger:
        event |= {"team": author.team_id, "user_team": author.team_id, "source_team": author.team_id}
    if made.bot_id:
        user = team.users[made.user]
        profile = {"id": made.bot_id, "deleted": False, "name": user.name, "updated": 0, "app_id": made.app_id}
        event["bot_profile"] = {**profile, "icons": {}, "team_id": team.id}
    _message(slack, team, channel, event)
    bot = team.install.bot_user
    if made.user != bot and not channel.im_user and bot in mentions_in(made.text) and bot in channel.members:
        kept = {key: value for key, value in event.items() if key != "channel_type"}
        send(slack, team, {**kept, "type": "app_mention"})


def message_changed(slack: FakeSlack, team: Team, channel: Channel, made: Message, before: Json) -> None:
    event = {"type": "message", "subtype": "message_changed", "hidden": True, "ts": slack.next_ts()}
    now = made.as_api(team, channel, with_metadata=True)
    _message(slack, team, channel, {**event, "message": now, "previous_message": before, **_where(slack, channel)})


def message_deleted(slack: FakeSlack, team: Team, channel: Channel, before: Json) -> None:
    event = {"type": "message", "subtype": "message_deleted", "hidden": True, "ts": slack.next_ts()}
    event |= {"deleted_ts": before["ts"], "previous_message": before}
    _message(slack, team, channel, {**event, **_where(slack, channel)})


def joined(slack: FakeSlack, team: Team, channel: Channel, user: User, *, left: bool = False) -> None:
    event = {"type": "member_left_channel" if left else "member_joined_channel", "user": user.id, "team": user.team_id}
    event |= {"channel": channel.id, "channel_type": "G" if channel.private else "C", "event_ts": slack.next_ts()}
    if _here(team, channel) or user.id == team.install.bot_user:
        send(slack, team, event)
    if left and user.id == team.install.bot_user:
        type = "group_left" if channel.private else "channel_left"
        send(slack, team, {"type": type, "channel": channel.id, "actor_id": "USLACKBOT", "event_ts": slack.next_ts()})


def channel_changed(slack: FakeSlack, team: Team, channel: Channel, what: str) -> None:
    """``what``: rename, archive, unarchive, deleted."""
    if not _here(team, channel):
        return
    type = f"{'group' if channel.private else 'channel'}_{what}"
    whole: Json = {"id": channel.id, "name": channel.name, "name_normalized": channel.name, "created": channel.created}
    whole |= {"is_channel": not channel.private, "is_mpim": False}
    event: Json = {"type": type, "channel": whole if what == "rename" else channel.id}
    if type != "channel_deleted":  # each has its own few keys
        event["event_ts"] = slack.next_ts()
    if type in ("channel_archive", "group_archive"):
        event |= {"user": "USLACKBOT", "is_moved": 0}
    elif type == "channel_unarchive":
        event["user"] = "USLACKBOT"
    elif type in ("group_unarchive", "group_deleted"):
        event["actor_id"] = "USLACKBOT"
    if type == "group_deleted":
        event["date_deleted"] = int(slack.now())
    send(slack, team, event)


def converted(slack: FakeSlack, team: Team, channel: Channel) -> None:
    """A public channel has become private, or the other way round: Slack says so by a message only."""
    to = "private" if channel.private else "public"
    made = Message(slack.next_ts(), "USLACKBOT", f"made this channel *{to}*", subtype=f"channel_convert_to_{to}")
    channel.messages.append(made)
    event = {**made.as_api(team, channel), **_where(slack, channel)}
    _message(slack, team, channel, event)


def user_changed(slack: FakeSlack, team: Team, user: User) -> None:
    event = {"type": "user_change", "user": user.as_api(), "cache_ts": int(slack.now()), "event_ts": slack.next_ts()}
    send(slack, team, event)


def team_join(slack: FakeSlack, team: Team, user: User) -> None:
    if slack.url:  # nobody hears of those who were there before the beginning
        event = {"type": "team_join", "user": user.as_api(), "cache_ts": int(slack.now())}
        send(slack, team, {**event, "event_ts": slack.next_ts()})


def home_opened(slack: FakeSlack, team: Team, user: User, tab: str = "home") -> None:
    event: Json = {"type": "app_home_opened", "user": user.id, "channel": team.dm(user).id, "tab": tab}
    event["event_ts"] = slack.next_ts()
    if tab == "home" and user.id in team.homes:
        event["view"] = team.homes[user.id].as_api(team, slack.app.id)
    send(slack, team, event)


def uninstalled(slack: FakeSlack, team: Team) -> None:
    tokens = {"oauth": [], "bot": [team.install.bot_user]}
    send(slack, team, {"type": "tokens_revoked", "tokens": tokens, "event_ts": slack.next_ts()})
    send(slack, team, {"type": "app_uninstalled", "event_ts": slack.next_ts()})


def _here(team: Team, channel: Channel) -> bool:
    return channel.im_user is not None or team.install.bot_user in channel.members


def _message(slack: FakeSlack, team: Team, channel: Channel, event: Json) -> None:
    if _here(team, channel):
        send(slack, team, event, f"message.{channel.kind}")


def _where(slack: FakeSlack, channel: Channel) -> Json:
    kind = {"channels": "channel", "groups": "group", "im": "im"}[channel.kind]
    return {"channel": channel.id, "channel_type": kind, "event_ts": slack.next_ts()}
