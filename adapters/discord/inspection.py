"""What is as it should be on Discord, and what is not: with how to mend it."""

from __future__ import annotations

from typing import Any

from adapters.discord import commands, permissions
from adapters.discord.directory import Directory
from adapters.discord.events import Events
from adapters.discord.gateway import Gateway
from adapters.discord.http import DiscordHttp
from adapters.discord.permissions import INVITED_WITH, NEEDED_IN_SERVER, VIEW_CHANNEL
from adapters.discord.profile import OPEN_EVENTS
from adapters.discord.servers import Servers
from adapters.discord.settings import DiscordSettings, point_at
from bot.core.ports import Finding, SendError

SHOWN = 10
INVITE = "https://discord.com/oauth2/authorize"


def invite_url(app: str) -> str:
    """The address by which somebody adds the bot to a server, with the least permissions it works with."""
    return f"{INVITE}?client_id={app}&scope=bot%20applications.commands&permissions={INVITED_WITH}"


async def inspect(
    http: DiscordHttp,
    servers: Servers,
    directory: Directory,
    gateway: Gateway,
    events: Events,
    wanted: list[dict[str, Any]],
    guild: str,
) -> tuple[Finding, ...]:
    """``guild``: one server, or "" for all."""
    try:
        await http.start()
        guilds = [guild] if guild else await directory.guilds()
    except SendError as error:
        return (Finding("Discord accepts the bot's token", False, f"{error} Then set ROUNDS_DISCORD_TOKEN."),)
    found = [Finding("Discord accepts the bot's token", True)]
    if gateway.first_tried.is_set():
        words = "Discord can't be reached. I try again by myself."
        found.append(Finding("The gateway", gateway.is_ready or not gateway.is_owner, words))
    if not guilds:
        found.append(Finding("In a server", False, f"Open {invite_url(http.user)} and choose your server."))
    found.append(await _commands(http, wanted))
    for one in guilds:
        try:
            found += await _server(servers, one)
            found.append(await _events(servers, events, one))
        except SendError as error:
            found.append(Finding(f"Server {one}", False, str(error)))
    return tuple(found)


async def _commands(http: DiscordHttp, wanted: list[dict[str, Any]]) -> Finding:
    try:
        there = list(await http.ask("GET", "/applications/{app}/commands", app=http.user))
    except SendError as error:
        return Finding("The commands", False, str(error))
    well = commands.are_the_same(wanted, there)
    return Finding(
        "The commands are registered", well, "They are registered when Rounds starts: start it, or start it again."
    )


async def _server(servers: Servers, guild: str) -> list[Finding]:
    """Each channel we can see, with what is missing there."""
    about = await servers.guild(guild)
    member = await servers.member(guild, str(servers.me))
    seen, found = 0, list[Finding]()
    for channel in await servers.channels(guild):
        granted = await servers.may(guild, channel, member) if member else 0
        if not granted & VIEW_CHANNEL:
            continue
        seen += 1
        missing = permissions.missing(granted)
        if missing and len(found) < SHOWN:
            words = "; ".join(f"{name}, for {why}" for name, why in missing)
            mend = f"Missing: {words}. In the channel's settings, under Permissions, allow them for me."
            found.append(Finding(f"#{channel['name']} in {about['name']}", False, mend))
    words = "I see no channel. Give me View Channel in the one that is for questions."
    return [Finding(f"{about['name']}: {seen} channels I can see", seen > 0, words), *found]


async def _events(servers: Servers, events: Events, guild: str) -> Finding:
    """Whether meetings can stand among the server's own events."""
    about = await servers.guild(guild)
    member = await servers.member(guild, str(servers.me))
    what = f"Meetings among the events of {about['name']}"
    granted = permissions.in_server(about, member) if member else 0
    if lacking := permissions.missing(granted, NEEDED_IN_SERVER):
        words = "; ".join(f"{name}, for {why}" for name, why in lacking)
        return Finding(what, False, f"Missing: {words}. In the server's settings, under Roles, allow it for my role.")
    words = f"The server has {OPEN_EVENTS} open events, as many as Discord allows. End or delete some."
    return Finding(what, len(await events.open(guild)) < OPEN_EVENTS, words)


async def invitation(settings: DiscordSettings) -> str:
    """``invite_url`` of the application whose token is set. Raises SendError."""
    point_at(settings)
    http = DiscordHttp(settings.token)
    try:
        await http.start()
        return invite_url(http.user)
    finally:
        await http.close()
