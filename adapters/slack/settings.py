"""How we talk to Slack."""

from __future__ import annotations

from dataclasses import dataclass, field

from adapters.slack.sockets import Watch

API_URL = "https://slack.com/api/"


@dataclass(frozen=True, slots=True)
class SlackSettings:
    """With an app token: Socket Mode. With a signing secret: signed HTTP, too. Times in seconds."""

    bot_token: str = field(default="", repr=False)
    app_token: str = field(default="", repr=False)
    signing_secret: str = field(default="", repr=False)
    client_id: str = ""
    client_secret: str = field(default="", repr=False)
    api_url: str = API_URL
    command_prefix: str = ""
    config_token: str = field(default="", repr=False)  # lets `rounds doctor` see the app's own settings
    app_id: str = ""
    history: bool = True  # whether the permission to see what is said is asked for
    connections: int = 2
    watch: Watch = field(default_factory=Watch)
    patience: float = 10.0  # how long the start waits for a Slack that does not answer before it goes on without
    again_after: float = 1.0  # when Slack could not be asked for the directory; doubles up to a minute
    look_up_within: float = 2.0
    meet_within: float = 0.5  # how long an event waits for Slack to say who somebody new is
