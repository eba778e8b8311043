"""How we talk to Discord."""

from __future__ import annotations

from dataclasses import dataclass, field

import discord
import yarl

from adapters.discord.http import PER_SECOND


@dataclass(frozen=True, slots=True)
class DiscordSettings:
    """Times in seconds. ``guilds``: register commands there alone, where they appear at once: for development."""

    token: str = field(default="", repr=False)
    api_base: str = ""  # another server that speaks Discord's API; empty: Discord's own
    gateway: str = ""
    guilds: tuple[str, ...] = ()
    lease: float = 10.0  # how long the gateway's owner is believed to be alive
    patience: float = 10.0  # how long the start waits for a Discord that does not answer before it goes on without
    per_second: float = PER_SECOND
    meet_within: float = (
        0.1  # how long an event waits until it is written down who somebody new is: it has three seconds in all
    )


def point_at(settings: DiscordSettings) -> None:
    """discord.py knows one Discord for all clients of a process."""
    if settings.api_base:
        discord.http.Route.BASE = settings.api_base.rstrip("/")
    if settings.gateway:
        discord.gateway.DiscordWebSocket.DEFAULT_GATEWAY = yarl.URL(settings.gateway)
