"""What is as it should be on Slack, and what is not: with how to mend it."""

from __future__ import annotations

from typing import Any

from adapters.slack import manifest
from adapters.slack.failures import as_send_error
from adapters.slack.settings import SlackSettings
from adapters.slack.workspaces import Workspace, Workspaces, everything
from bot.core.ports import Finding, Refused, SendError
from bot.core.registry import Registry

REINSTALL = "In the app's settings, under OAuth & Permissions, reinstall it to the workspace."
NO_SOCKET = (
    "Check ROUNDS_SLACK_APP_TOKEN (it begins with xapp- and has the scope connections:write), and that Socket Mode is on in "
    "the app's settings."
)


async def inspect(
    workspaces: Workspaces,
    registry: Registry,
    settings: SlackSettings,
    team: str,
    *,
    connected: int | None = None,
) -> tuple[Finding, ...]:
    """``team``: one workspace, or "" for all. ``connected``: how many sockets work, None where none were opened."""
    found = _tokens(settings)
    try:
        teams = (team,) if team else await workspaces.teams()
    except SendError as error:
        return (*found, Finding("Slack accepts the bot's token", False, _advice(error)))
    if not teams:
        found.append(
            Finding(
                "Installed in a workspace", False, "Open /slack/install on the public address and press the button."
            )
        )
    if settings.app_token:
        found.append(await _socket(workspaces, settings, connected))
    found.append(await _commands(workspaces, registry, settings))
    for one in teams:
        found += await _workspace(workspaces, one, history=settings.history)
    return tuple(found)


def _advice(error: SendError) -> str:
    if isinstance(error, Refused):
        return f"{error} {REINSTALL}"
    return f"{error}. Does this machine reach Slack? Try again later."


def _tokens(settings: SlackSettings) -> list[Finding]:
    found = []
    if settings.bot_token:
        well = settings.bot_token.startswith("xoxb-")
        words = "ROUNDS_SLACK_BOT_TOKEN must be the Bot User OAuth Token, which begins with xoxb-."
        found.append(Finding("The bot's token is a bot's", well, words))
    if settings.app_token:
        well = settings.app_token.startswith("xapp-")
        words = "ROUNDS_SLACK_APP_TOKEN must be an App-Level Token, which begins with xapp-."
        found.append(Finding("The app's token is an app's", well, words))
    if not settings.app_token and not settings.signing_secret:
        words = "Set ROUNDS_SLACK_APP_TOKEN (Socket Mode), or ROUNDS_SLACK_SIGNING_SECRET and a public address."
        found.append(Finding("A way for Slack to reach me", False, words))
    return found


async def _socket(workspaces: Workspaces, settings: SlackSettings, connected: int | None) -> Finding:
    if connected is not None:
        return Finding(f"Socket Mode: {connected} of {settings.connections} connections", connected > 0, NO_SOCKET)
    try:
        await workspaces.client().apps_connections_open(app_token=settings.app_token)
    except Exception as error:
        return Finding("Socket Mode", False, f"{as_send_error(error)} {NO_SOCKET}")
    return Finding("Socket Mode", True)


async def _commands(workspaces: Workspaces, registry: Registry, settings: SlackSettings) -> Finding:
    """Slack tells what an app's commands are only to a configuration token, which lasts twelve hours."""
    wanted = {command["command"] for command in manifest.commands(registry, settings.command_prefix)}
    if not settings.config_token or not settings.app_id:
        listed = ", ".join(sorted(wanted))
        return Finding(f"Commands that the app's settings should list: {listed}", True)
    try:
        client = workspaces.client(settings.config_token)
        answer: Any = await client.apps_manifest_export(app_id=settings.app_id)
    except Exception as error:
        words = f"{as_send_error(error)} A new configuration token is made under Your Apps."
        return Finding("The app's own settings", False, words)
    there = {item["command"] for item in (answer["manifest"].get("features") or {}).get("slash_commands") or ()}
    missing = ", ".join(sorted(wanted - there))
    words = f"Missing: {missing}. Put what `rounds slack manifest` prints into the app's settings, under App Manifest."
    return Finding("All commands are in the app's settings", not missing, words)


async def _workspace(workspaces: Workspaces, team: str, *, history: bool) -> list[Finding]:
    workspaces.renew(team)
    try:
        workspace = await workspaces.find(team)
    except SendError as error:
        return [Finding(f"Workspace {team}", False, _advice(error))]
    missing = sorted(set(manifest.SCOPES) - workspace.scopes)
    words = "; ".join(f"{scope}: for {manifest.SCOPES[scope]}" for scope in missing)
    found = [
        Finding(f"{workspace.name} accepts the bot's token", True),
        Finding(f"Permissions in {workspace.name}", not missing, f"Missing: {words}. Add them, then: {REINSTALL}"),
        _history(workspace, wanted=history),
    ]
    return [*found, await _channels(workspace)]


def _history(workspace: Workspace, *, wanted: bool) -> Finding:
    granted = workspace.granted & set(manifest.HISTORY_SCOPES)
    missing = sorted(set(manifest.HISTORY_SCOPES) - granted)
    if granted and not wanted:
        words = (
            "ROUNDS_SLACK_HISTORY is false, but Slack still sends what is said; it is dropped here. "
            f"Take {', '.join(sorted(granted))} out of the app's settings, under OAuth & Permissions, remove the app from the "
            "workspace, and install it again."
        )
        return Finding("No permission to see what is said", False, words)
    if not granted:
        return Finding("Without history permissions: replies typed in threads are not noticed", True)
    words = f"Missing: {', '.join(missing)}. Add them, then: {REINSTALL}"
    return Finding("Permissions to notice replies", not missing, words)


async def _channels(workspace: Workspace) -> Finding:
    try:
        listed = everything(
            workspace.client.users_conversations, "channels", types="public_channel,private_channel", limit=200
        )
        found = [channel async for channel in listed if not channel.get("is_archived")]
    except SendError as error:
        return Finding("Channels", False, str(error))
    # Whoever reads this may not be in the private ones.
    names = [f"#{channel.get('name')}" for channel in found if not channel.get("is_private")]
    private = len(found) - len(names)
    names = [*names[:10], *(["…"] if len(names) > 10 else []), *([f"{private} private"] if private else [])]
    shown = ", ".join(names)
    words = "I am in no channel. Type /invite with my name in the channel that is for questions."
    return Finding(f"Channels I can post in: {shown or 'none'}", bool(names), words)
