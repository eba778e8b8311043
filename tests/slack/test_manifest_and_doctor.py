"""What an installer pastes into Slack, and what tells them whether it worked: the manifest, `rounds doctor`."""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

import bot.rituals
from adapters.slack.manifest import HISTORY_SCOPES, SCOPES, commands, manifest
from adapters.slack.profile import BUILT_IN_COMMANDS
from bot.context import Context
from bot.core.people import Role
from bot.core.registry import Registry, scan
from bot.core.ritual import Misdeclared, Ritual
from storage import migrate
from tests.fakes.slack import FakeSlack, SlackApi, schemas
from tests.support.program import REPOSITORY, Program

Json = dict[str, Any]


# The manifest


def variants() -> Iterator[tuple[str, Json]]:
    rituals = scan(bot.rituals)
    for prefix in ("", "cop-", "a-prefix-of-twenty-c"):
        for history in (True, False):
            for url in ("", "https://rounds.example.org/"):
                made = manifest(rituals, prefix=prefix, history=history, url=url)
                yield f"{prefix or 'no prefix'}, history {history}, {url or 'sockets'}", made


@pytest.mark.parametrize("made", [pytest.param(made, id=name) for name, made in variants()])
def test_slack_takes_the_manifest_in_every_form(made: Json) -> None:
    assert schemas.manifest_problems(made) == []
    FakeSlack().install(made)  # raises ValueError for what Slack refuses beyond its schema
    for command in made["features"]["slash_commands"]:
        assert command["should_escape"]
        assert command["command"].removeprefix("/") not in BUILT_IN_COMMANDS
        assert len(command["command"]) <= 32
    texts = json.dumps(made)
    assert ("rounds.example.org/slack/events" in texts) != made["settings"]["socket_mode_enabled"]
    assert "rounds.example.org//" not in texts


def test_it_asks_for_the_least() -> None:
    rituals = scan(bot.rituals)
    whole, without = manifest(rituals), manifest(rituals, history=False)
    assert set(whole["oauth_config"]["scopes"]["bot"]) == {*SCOPES, *HISTORY_SCOPES}
    assert set(without["oauth_config"]["scopes"]["bot"]) == set(SCOPES)
    assert not [event for event in without["settings"]["event_subscriptions"]["bot_events"] if "message" in event]


def test_it_lists_what_the_rituals_declare_and_no_more() -> None:
    async def handler(ctx: Context, typed: str) -> None: ...

    one = Ritual("one")
    one.command("only", "The only one", role=Role.MEMBER)(handler)
    made = manifest(Registry([one]))
    assert [command["command"] for command in made["features"]["slash_commands"]] == ["/only"]
    assert schemas.manifest_problems(made) == []
    with pytest.raises(Misdeclared, match="at most 32 characters"):
        commands(Registry([one]), "x" * 40)
    many = Ritual("many")
    for number in range(51):
        many.command(f"word{number}", "One of many", role=Role.MEMBER)(handler)
    with pytest.raises(Misdeclared, match="at most 50 commands"):
        manifest(Registry([many]))


def rounds(folder: Path, *arguments: str, **settings: str) -> subprocess.CompletedProcess[str]:
    """`rounds …` as a program."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith("ROUNDS_")}
    environment |= {"ROUNDS_DATA_DIR": str(folder / "data"), "PYTHONPATH": str(REPOSITORY), **settings}
    command = [sys.executable, "-m", "bot", *arguments]
    return subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, timeout=60, check=False)


def test_the_program_prints_it(tmp_path: Path) -> None:
    given = {"ROUNDS_SLACK_COMMAND_PREFIX": "cop-", "ROUNDS_SLACK_HISTORY": "false"}
    ended = rounds(tmp_path, "slack", "manifest", **given)
    assert ended.returncode == 0, ended.stderr
    made = json.loads(ended.stdout)
    assert made == manifest(scan(bot.rituals), prefix="cop-", history=False)
    assert "/cop-ask" in {command["command"] for command in made["features"]["slash_commands"]}


# The doctor


class Ward:
    """A Slack as a process of its own, and the doctor of a program that is set up for it."""

    def __init__(self, folder: Path) -> None:
        (folder / "manifest.json").write_text(json.dumps(manifest(scan(bot.rituals))))
        self.slack = Program("tests.fakes.slack", "--manifest", str(folder / "manifest.json"), folder=folder)
        self.told: Json = json.loads(self.slack.until("{"))
        (folder / "data").mkdir()
        migrate.upgrade(f"sqlite:///{folder / 'data' / 'rounds.db'}")
        self.folder = folder
        self.settings = {
            "ROUNDS_SLACK_BOT_TOKEN": self.told["bot_token"],
            "ROUNDS_SLACK_APP_TOKEN": self.told["app_token"],
            "SLACK_API_URL": self.told["api_url"],
            "ROUNDS_DATA_DIR": str(folder / "data"),
        }

    def doctor(self, **settings: str) -> tuple[int, str]:
        """In this process, which saves a second for each; test_a_good_set_up starts the program itself."""
        from bot import cli

        with pytest.MonkeyPatch.context() as patch:
            patch.chdir(self.folder)
            for name, value in {**self.settings, **settings}.items():
                patch.setenv(name, value)
            result = CliRunner().invoke(cli.app, ["doctor"])
        assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
        return result.exit_code, result.output


@pytest.fixture
def ward(tmp_path: Path) -> Iterator[Ward]:
    made = Ward(tmp_path)
    try:
        yield made
    finally:
        made.slack.kill()


def test_a_good_set_up(ward: Ward) -> None:
    ended = rounds(ward.folder, "doctor", **ward.settings)
    assert ended.returncode == 0, ended.stdout + ended.stderr
    assert "NO " not in ended.stdout
    assert "ok  Channels I can post in: #general, #questions, 1 private" in ended.stdout
    assert "ok  Socket Mode" in ended.stdout
    assert ward.told["bot_token"] not in ended.stdout + ended.stderr


@pytest.mark.parametrize(
    ("settings", "words", "mend"),
    [
        ({"ROUNDS_SLACK_BOT_TOKEN": "xoxp-1-user"}, "The bot's token is a bot's", "begins with xoxb-"),
        (
            {"ROUNDS_SLACK_BOT_TOKEN": "xoxb-1-revoked"},
            "Slack accepts the bot's token",
            "reinstall it to the workspace",
        ),
        ({"ROUNDS_SLACK_APP_TOKEN": "xoxb-1"}, "The app's token is an app's", "begins with xapp-"),
        ({"ROUNDS_SLACK_APP_TOKEN": "xapp-1-other"}, "Socket Mode", "connections:write"),
        ({"ROUNDS_SLACK_APP_TOKEN": ""}, "A way for Slack to reach me", "ROUNDS_SLACK_SIGNING_SECRET"),
        ({"SLACK_API_URL": "http://127.0.0.1:9/api/"}, "Slack accepts the bot's token", "could not connect to Slack"),
    ],
)
def test_what_is_wrong_in_the_settings(ward: Ward, settings: dict[str, str], words: str, mend: str) -> None:
    code, printed = ward.doctor(**settings)
    assert code == 1
    assert f"NO  {words}" in printed
    assert mend in printed


async def test_what_is_wrong_in_slack(ward: Ward) -> None:
    async with SlackApi(ward.told["url"]) as api:
        scopes = [scope for scope in (*SCOPES, *HISTORY_SCOPES) if scope not in ("pins:write", "im:history")]
        await api.do("grant", scopes=scopes)
        for place in ("general", "questions", "ward-team"):
            await api.remove_bot(place)
    code, printed = await asyncio.to_thread(ward.doctor)
    assert code == 1
    assert "Missing: pins:write: for pinning its welcome message. Add them, then" in printed
    assert "Missing: im:history. Add them, then" in printed
    assert "NO  Channels I can post in: none" in printed
    assert "Type /invite with my name" in printed


async def test_what_was_granted_before_and_is_not_wanted_any_more(ward: Ward) -> None:
    code, printed = await asyncio.to_thread(ward.doctor, ROUNDS_SLACK_HISTORY="false")
    assert code == 1
    assert "NO  No permission to see what is said" in printed
    assert "Take channels:history, groups:history, im:history out of the app's settings" in printed
    async with SlackApi(ward.told["url"]) as api:
        await api.do("grant", scopes=list(SCOPES))
    code, printed = await asyncio.to_thread(ward.doctor, ROUNDS_SLACK_HISTORY="false")
    assert (code, "NO" in printed) == (0, False), printed


async def test_a_permission_to_list_channels_is_missing(ward: Ward) -> None:
    async with SlackApi(ward.told["url"]) as api:
        await api.do("grant", scopes=["commands", "chat:write"])
    code, printed = await asyncio.to_thread(ward.doctor)
    assert code == 1
    assert "channels:read: for knowing the public channels" in printed
    assert "Without history permissions: replies typed in threads are not noticed" in printed
    assert "NO  Channels" in printed


def test_installed_nowhere_yet(ward: Ward) -> None:
    oauth = {"ROUNDS_SLACK_CLIENT_ID": "1", "ROUNDS_SLACK_CLIENT_SECRET": "2", "ROUNDS_SLACK_SIGNING_SECRET": "3"}
    code, printed = ward.doctor(ROUNDS_SLACK_BOT_TOKEN="", ROUNDS_SLACK_APP_TOKEN="", **oauth)
    assert code == 1
    assert "NO  Installed in a workspace" in printed
    assert "/slack/install" in printed


async def test_commands_that_the_apps_settings_lack(ward: Ward) -> None:
    """Slack tells them to a configuration token only."""
    asking = {"ROUNDS_SLACK_CONFIG_TOKEN": "xoxe.xoxp-1-config", "ROUNDS_SLACK_APP_ID": "A0ROUNDS"}
    code, printed = await asyncio.to_thread(ward.doctor, **asking)
    assert (code, "ok  All commands are in the app's settings" in printed) == (0, True), printed
    async with SlackApi(ward.told["url"]) as api:
        fewer = manifest(scan(bot.rituals))
        fewer["features"]["slash_commands"].pop()
        await api.do("install", **fewer)
    code, printed = await asyncio.to_thread(ward.doctor, **asking)
    assert code == 1
    assert "Missing: /share. Put what `rounds slack manifest` prints into the app's settings" in printed
    code, printed = await asyncio.to_thread(ward.doctor, **{**asking, "ROUNDS_SLACK_CONFIG_TOKEN": "xoxe.xoxp-1-old"})
    assert code == 1
    assert "A new configuration token is made under Your Apps." in printed


def test_what_slack_does_not_tell_is_listed_to_compare(ward: Ward) -> None:
    """An app's commands, without a configuration token."""
    code, printed = ward.doctor()
    assert "ok  Commands that the app's settings should list: /ask, /facilitate, /find, /rounds" in printed
    assert code == 0
