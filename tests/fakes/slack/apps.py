"""The app as Slack knows it: its secrets, and what its manifest says."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Final

from tests.fakes.slack import limits, schemas
from tests.fakes.slack.model import Json


class Scopes:
    """What a method or an event needs."""

    USUAL: Final = frozenset(
        """app_mentions:read channels:history channels:join channels:read chat:write commands files:read files:write
        groups:history groups:read im:history im:read im:write pins:read pins:write team:read users:read""".split()
    )
    EVENTS: Final = {  # subscription -> scope; the rest needs none
        "app_mention": "app_mentions:read",
        "message.channels": "channels:history",
        "message.groups": "groups:history",
        "message.im": "im:history",
        "user_change": "users:read",
        "team_join": "users:read",
        **dict.fromkeys(
            ("channel_rename", "channel_archive", "channel_unarchive", "channel_deleted", "channel_left"),
            "channels:read",
        ),
        **dict.fromkeys(
            ("group_rename", "group_archive", "group_unarchive", "group_deleted", "group_left"), "groups:read"
        ),
    }


@dataclass
class App:
    name: str = "rounds"
    id: str = "A0ROUNDS"
    client_id: str = "1000.2000"
    client_secret: str = "client-secret"
    signing_secret: str = "signing-secret"
    verification_token: str = "verification"
    config_token: str = "xoxe.xoxp-1-config"  # reads the manifest by apps.manifest.export
    app_token: str = "xapp-1-A0ROUNDS-1-secret"
    events_url: str = ""
    manifest: Json | None = None
    commands: dict[str, Json] = field(default_factory=dict)
    shortcuts: list[Json] = field(default_factory=list)
    subscribed: set[str] | None = None  # None: everything
    rotates: bool = False  # tokens end after a while and are exchanged for new ones

    def load(self, manifest: Json) -> None:
        if found := schemas.manifest_problems(manifest):
            raise ValueError(f"Slack refuses this manifest: {found}")
        features, settings = manifest.get("features", {}), manifest.get("settings", {})
        commands = features.get("slash_commands", [])
        names = [one["command"] for one in commands]
        found = [f"{name} is built in" for name in names if name in limits.BUILT_IN_COMMANDS]
        found += [f"{name} twice" for name in sorted(set(names)) if names.count(name) > 1]
        found += [f"{name} has capitals or spaces" for name in names if not re.fullmatch(r"/[^\sA-Z/]+", name)]
        if len(names) > limits.COMMANDS_PER_APP:
            found.append(f"more than {limits.COMMANDS_PER_APP} commands")
        if (names or features.get("shortcuts")) and "commands" not in _bot_scopes(manifest):
            found.append("commands and shortcuts need the scope commands")
        subscribed = settings.get("event_subscriptions", {}).get("bot_events", [])
        for event in subscribed:
            needed = Scopes.EVENTS.get(event)
            if needed and needed not in _bot_scopes(manifest):
                found.append(f"the event {event} needs the scope {needed}")
        if found:
            raise ValueError(f"Slack refuses this manifest: {found}")
        self.manifest = manifest
        self.commands = {one["command"]: one for one in commands}
        self.shortcuts = features.get("shortcuts", [])
        self.subscribed = set(subscribed)
        self.rotates = settings.get("token_rotation_enabled", False)

    @property
    def interactive(self) -> bool:
        """Buttons, forms and shortcuts do nothing in an app whose manifest does not turn interactivity on."""
        settings = (self.manifest or {}).get("settings", {})
        return self.manifest is None or settings.get("interactivity", {}).get("is_enabled", False)

    @property
    def home(self) -> Json:
        """What the manifest says of the app's tabs; without a manifest all are there."""
        every = {"home_tab_enabled": True, "messages_tab_enabled": True, "messages_tab_read_only_enabled": False}
        if self.manifest is None:
            return every
        given: Json = self.manifest.get("features", {}).get("app_home", {})
        return {**every, "home_tab_enabled": False, **given}

    def wants(self, event: str) -> bool:
        return self.subscribed is None or event in self.subscribed


def _bot_scopes(manifest: Json) -> list[str]:
    found: list[str] = manifest.get("oauth_config", {}).get("scopes", {}).get("bot", [])
    return found
