"""The app's manifest, made from what the rituals declare: commands, shortcuts, events and the least scopes. Pure."""

from __future__ import annotations

from typing import Any

from adapters.slack.inbound import RUN
from adapters.slack.install import REDIRECT_PATH
from adapters.slack.profile import PROFILE
from bot.core.registry import Registry
from bot.core.ritual import Misdeclared

Json = dict[str, Any]
EVENTS_PATH = "/slack/events"
# Manifest schema 2.0.0 and Slack's reference for app manifests.
MOST_COMMANDS, LONGEST_COMMAND, LONGEST_HINT, LONGEST_SHORTCUT_NAME = 50, 32, 1000, 24
MOST_MESSAGE_SHORTCUTS, MOST_GLOBAL_SHORTCUTS = 5, 5
# Each scope, and what would not work without it. docs/for-your-it.md says the same.
SCOPES = {
    "commands": "the slash commands and shortcuts",
    "chat:write": "posting, in the channels it is invited to and in direct messages",
    "channels:read": "knowing the public channels it is in, and when one is renamed or archived",
    "groups:read": "the same for private channels, and who may see what was asked there",
    "users:read": "people's names and time zones, so that nobody is asked at night",
    "pins:write": "pinning its welcome message",
    "files:write": "giving members a copy of their own data, as a file",
    "im:write": "finding the conversation that such a file goes to",
}
# With these Slack also sends what is said in the channels the bot is in; the words are dropped on arrival.
HISTORY_SCOPES = {
    "channels:history": "noticing that somebody replied in a question's thread, or in others where counting is switched on, and "
    "that a message was deleted; reading a message when its author agrees that it is kept; checking whether a message arrived",
    "groups:history": "the same in private channels",
    "im:history": "checking whether a direct message arrived, before it is sent again; telling whoever writes to it that nobody "
    "reads that",
}
EVENTS = (
    "app_home_opened app_uninstalled channel_archive channel_deleted channel_left channel_rename channel_unarchive "
    "group_archive group_deleted group_left group_rename group_unarchive member_joined_channel member_left_channel "
    "team_join tokens_revoked user_change"
).split()
HISTORY_EVENTS = ["message.channels", "message.groups", "message.im"]


def scopes(*, history: bool = True) -> list[str]:
    return sorted([*SCOPES, *(HISTORY_SCOPES if history else ())])


def manifest(registry: Registry, *, prefix: str = "", history: bool = True, url: str = "") -> Json:
    """For Socket Mode, or for signed HTTP at ``url`` (https://…). Raises Misdeclared when Slack's limits are exceeded."""
    registry.check_platform(PROFILE)
    events_url = url.rstrip("/") + EVENTS_PATH
    at_url = {"url": events_url} if url else {}
    request_url = {"request_url": events_url} if url else {}
    oauth: Json = {"scopes": {"bot": scopes(history=history)}}
    if url:
        oauth["redirect_urls"] = [url.rstrip("/") + REDIRECT_PATH]
    return {
        "_metadata": {"major_version": 1, "minor_version": 1},
        "display_information": {
            "name": "Rounds",
            "description": "Ask, find and share what your community of practice knows",
            "background_color": "#1f4e5f",
        },
        "features": {
            "app_home": {
                "home_tab_enabled": True,
                "messages_tab_enabled": True,
                "messages_tab_read_only_enabled": False,
            },
            "bot_user": {"display_name": "Rounds", "always_online": True},
            **_unless_empty("slash_commands", [{**command, **at_url} for command in commands(registry, prefix)]),
            **_unless_empty("shortcuts", _shortcuts(registry)),
        },
        "oauth_config": oauth,
        "settings": {
            "event_subscriptions": {
                **request_url,
                "bot_events": sorted([*EVENTS, *(HISTORY_EVENTS if history else ())]),
            },
            "interactivity": {
                "is_enabled": True,
                **request_url,
                **({"message_menu_options_url": events_url} if url else {}),
            },
            "org_deploy_enabled": False,
            "socket_mode_enabled": not url,
            "token_rotation_enabled": False,
        },
    }


def _unless_empty(key: str, items: list[Json]) -> Json:
    """Slack takes no empty lists."""
    return {key: items} if items else {}


def commands(registry: Registry, prefix: str = "") -> list[Json]:
    """One for each first word. With should_escape mentions arrive as ids."""
    found: list[Json] = []
    groups = registry.groups()
    for name in sorted({name.split(" ")[0] for name in registry.commands}):
        if name in groups:
            entries = [spec.name.split(" ")[1] for spec in groups[name].entries]
            description, hint = f"One of: {', '.join(entries)}", "[" + " | ".join(entries) + "]"
        else:
            spec = registry.commands[name]
            description, hint = spec.summary, " ".join(["[your words]", *(f"{item.name}:…" for item in spec.filters)])
        command = f"/{prefix}{name}"
        if len(command) > LONGEST_COMMAND:
            raise Misdeclared(f"{command}: a command of Slack's has at most {LONGEST_COMMAND} characters")
        found.append(
            {"command": command, "description": description, "usage_hint": hint[:LONGEST_HINT], "should_escape": True}
        )
    if len(found) > MOST_COMMANDS:
        raise Misdeclared(f"Slack takes at most {MOST_COMMANDS} commands")
    return found


def _shortcuts(registry: Registry) -> list[Json]:
    """On every message: what the rituals declare. Everywhere: each command that opens a form, as the plainest way to it."""
    on_messages = [
        {"type": "message", "name": name, "callback_id": name, "description": "Keep this message for the community"}
        for name in sorted(registry.shortcuts)
    ]
    everywhere = [
        {"type": "global", "name": name, "callback_id": f"{RUN}{spec.name}", "description": spec.summary}
        for spec in registry.commands.values()
        if spec.form is not None
        and " " not in spec.name
        and (name := spec.summary.split(":")[0][:LONGEST_SHORTCUT_NAME])
    ]
    if len(on_messages) > MOST_MESSAGE_SHORTCUTS:
        raise Misdeclared(f"Slack takes at most {MOST_MESSAGE_SHORTCUTS} entries in a message's menu")
    return [*on_messages, *everywhere[:MOST_GLOBAL_SHORTCUTS]]
