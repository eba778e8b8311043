"""Who may do what: tokens, scopes, workspaces, pages; and what the app hears of a workspace's life."""

from __future__ import annotations

import asyncio
import json
import sys
from datetime import timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

import aiohttp
import pytest
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from bot.core.clock import MovableClock
from tests.fakes.slack import SlackApi, SlackPerson, schemas
from tests.slack_fake.conftest import MakeStage
from tests.slack_fake.stage import MANIFEST, Json, Stage, button, section


async def refused(call: Any) -> Json:
    with pytest.raises(SlackApiError) as caught:
        await call
    answer: Json = dict(caught.value.response.data)
    return answer


async def test_who_am_i(stage: Stage) -> None:
    answer = await stage.client.auth_test()
    assert answer["url"] == "https://sample.slack.com/"
    assert (answer["team_id"], answer["user_id"], answer["bot_id"]) == ("T0ROUNDS", "UROUNDS", "BROUNDS")
    assert "chat:write" in answer.headers["x-oauth-scopes"].split(",")
    assert schemas.problems("auth-test-response", answer.data) == []


async def test_scopes(stage: Stage) -> None:
    await stage.api.do("grant", scopes=["channels:read"])
    answer = await refused(stage.client.chat_postMessage(channel="CQUESTIONS", text="x"))
    assert (answer["error"], answer["needed"], answer["provided"]) == ("missing_scope", "chat:write", "channels:read")
    await stage.client.conversations_list()
    private = await refused(stage.client.conversations_list(types="public_channel,private_channel"))
    assert private["needed"] == "groups:read"
    assert (await refused(stage.client.conversations_history(channel="CQUESTIONS")))["needed"] == "channels:history"
    assert (await refused(stage.client.conversations_info(channel="CWARDTEAM")))["needed"] == "groups:read"


async def test_tokens(stage: Stage) -> None:
    def with_token(token: str) -> AsyncWebClient:
        return AsyncWebClient(token, base_url=stage.slack.api_url, retry_handlers=[])

    assert (await refused(with_token("").auth_test()))["error"] == "not_authed"
    assert (await refused(with_token("xoxb-wrong").auth_test()))["error"] == "invalid_auth"
    wrong = with_token(stage.slack.token).apps_connections_open(app_token=stage.slack.token)
    assert (await refused(wrong))["error"] == "not_allowed_token_type"


@pytest.mark.parametrize("gone", ["account_inactive", "token_revoked"])
async def test_the_end(stage: Stage, gone: str) -> None:
    stage.hears("app_uninstalled", "tokens_revoked")
    if gone == "token_revoked":
        await stage.client.auth_revoke()
    else:
        await stage.api.do("uninstall")
    await stage.until_heard(2)
    assert (await refused(stage.client.auth_test()))["error"] == gone


async def test_pages(stage: Stage) -> None:
    names, cursor, pages = [], "", 0
    while pages == 0 or cursor:
        page = await stage.client.users_list(limit=3, cursor=cursor)
        names += [one["name"] for one in page["members"]]
        cursor, pages = page["response_metadata"]["next_cursor"], pages + 1
    assert (names[-1], len(names), pages) == ("gus", 8, 3)
    for number in range(5):
        await stage.person("ben").types(f"Message {number}")
    first = await stage.client.conversations_history(channel="CQUESTIONS", limit=3)
    assert [one["text"] for one in first["messages"]] == ["Message 4", "Message 3", "Message 2"]
    assert first["has_more"]
    after = await stage.client.conversations_history(channel="CQUESTIONS", oldest=first["messages"][1]["ts"])
    assert [one["text"] for one in after["messages"]] == ["Message 4"]
    assert (await refused(stage.client.users_list(limit=1001)))["error"] == "invalid_limit"


async def test_threads(stage: Stage) -> None:
    root = (await stage.client.chat_postMessage(channel="CQUESTIONS", text="Who knows?"))["ts"]
    stage.hears("message")
    ben = stage.person("ben")
    await ben.says("I do.", thread_of="Who knows?")
    await ben.says("Really.", thread_of="I do.")
    heard = await stage.until_heard(2)
    assert {body["event"]["thread_ts"] for body in heard} == {root}
    assert {body["event"]["parent_user_id"] for body in heard} == {"UROUNDS"}
    found = await stage.client.conversations_replies(channel="CQUESTIONS", ts=root)
    assert [one["text"] for one in found["messages"]] == ["Who knows?", "I do.", "Really."]
    assert found["messages"][0]["reply_count"] == 2
    await stage.client.chat_delete(channel="CQUESTIONS", ts=root)
    await ben.sees_not("Who knows?")
    await ben.sees("Really.")
    link = await stage.client.chat_getPermalink(channel="CQUESTIONS", message_ts=root)
    assert link["permalink"].startswith("https://sample.slack.com/archives/CQUESTIONS/p")


LIFE = {
    "member_joined_channel": ("add_member", {"place": "questions", "person": "gus"}),
    "member_left_channel": ("remove_member", {"place": "ward-team", "person": "ben"}),
    "channel_rename": ("change_place", {"id": "questions", "name": "help"}),
    "channel_archive": ("change_place", {"id": "questions", "archived": True}),
    "group_archive": ("change_place", {"id": "ward-team", "archived": True}),
    "channel_deleted": ("change_place", {"id": "questions", "deleted": True}),
    "channel_left": ("remove_bot", {"place": "questions"}),
    "group_left": ("remove_bot", {"place": "ward-team"}),
    "user_change": ("change_person", {"id": "ben", "zone": "Asia/Manila"}),
    "team_join": ("add_person", {"id": "fay", "name": "Fay"}),
    "message": ("change_place", {"id": "questions", "closed": True}),
}


@pytest.mark.parametrize("type", LIFE)
async def test_the_app_hears_of_what_happens(stage: Stage, type: str) -> None:
    stage.hears(type)
    what, given = LIFE[type]
    await stage.api.do(what, **given)
    (body,) = await stage.until_heard(1)
    if type != "message":  # Slack's types do not know this subtype
        assert schemas.problems("payload-event-envelope", body) == []
    if type == "message":
        assert body["event"]["subtype"] == "channel_convert_to_private"
        assert (await stage.client.conversations_info(channel="CQUESTIONS"))["channel"]["is_private"]


async def test_the_app_hears_only_where_it_is(stage: Stage) -> None:
    stage.hears("message", "member_left_channel")
    await stage.api.remove_bot("questions")
    await stage.until_heard(1)
    await stage.person("ben").types("Unheard")
    await stage.person("ben").types("Heard", place="general")
    await stage.until_heard(2)
    assert stage.heard[1]["event"]["text"] == "Heard"
    await stage.api.invite_bot("questions")


async def test_messages_changed_and_deleted(stage: Stage) -> None:
    ben = stage.person("ben")
    stage.hears("message")
    await ben.types("Frist")
    await stage.until_heard(1)
    await ben.edits("First", of="Frist")
    await stage.until_heard(2)
    await ben.deletes("First")
    heard = (await stage.until_heard(3))[1:]
    assert [one["event"]["subtype"] for one in heard] == ["message_changed", "message_deleted"]
    assert heard[0]["event"]["message"]["text"] == "First"
    await ben.sees_not("First")


async def test_installing_into_another_workspace(make_stage: MakeStage) -> None:
    stage = await make_stage()
    slack, app = stage.slack, stage.slack.app
    slack.add_team("T0WARD", "Ward", "ward", suffix="B", installed=False)
    slack.oauth.installs_into = "T0WARD"
    asked = {"client_id": app.client_id, "scope": "chat:write,users:read", "state": "s1"}
    asked["redirect_uri"] = "http://127.0.0.1:1/back"
    async with (
        aiohttp.ClientSession() as session,
        session.get(f"{slack.url}/oauth/v2/authorize", params=asked, allow_redirects=False) as response,
    ):
        back = parse_qs(urlsplit(response.headers["Location"]).query)
    assert back["state"] == ["s1"]
    client = AsyncWebClient(base_url=slack.api_url, retry_handlers=[])
    given = {"client_id": app.client_id, "client_secret": app.client_secret, "code": back["code"][0]}
    assert (await refused(client.oauth_v2_access(**{**given, "client_secret": "x"})))["error"] == "bad_client_secret"
    granted = await client.oauth_v2_access(**given, redirect_uri=asked["redirect_uri"])
    assert (granted["team"]["id"], granted["scope"]) == ("T0WARD", "chat:write,users:read")
    again = await refused(client.oauth_v2_access(**given, redirect_uri=asked["redirect_uri"]))
    assert again["error"] == "invalid_code"

    async with SlackApi(slack.url, team="T0WARD") as api:
        await api.add_person("ada", "Ada of the ward")
        await api.add_place("questions")
        ward = AsyncWebClient(granted["access_token"], base_url=slack.api_url, retry_handlers=[])
        await ward.chat_postMessage(channel="CQUESTIONSB", text="For <@UADAB> only")
        await SlackPerson(api, "ada").sees("For @Ada of the ward only")
    await stage.person("ada").sees_not("For @Ada")
    crossed = await refused(stage.client.chat_postMessage(channel="CQUESTIONSB", text="x"))
    assert crossed["error"] == "channel_not_found"


async def test_tokens_that_end_after_half_a_day(make_stage: MakeStage) -> None:
    clock = MovableClock()
    stage = await make_stage(clock=clock.now)
    app, client = stage.slack.app, AsyncWebClient(base_url=stage.slack.api_url, retry_handlers=[])
    app.rotates = True
    secrets = {"client_id": app.client_id, "client_secret": app.client_secret}
    address = f"{stage.slack.url}/oauth/v2/authorize"
    asked = {"client_id": app.client_id, "scope": "users:read", "redirect_uri": "http://127.0.0.1:1/back"}
    async with aiohttp.ClientSession() as session:
        answer = await session.get(address, params=asked, allow_redirects=False)
    code = parse_qs(urlsplit(answer.headers["Location"]).query)["code"][0]
    first = await client.oauth_v2_access(**secrets, code=code, redirect_uri=asked["redirect_uri"])
    clock.advance(timedelta(hours=12))
    assert (await refused(client.auth_test(token=first["access_token"])))["error"] == "token_expired"
    again = {"grant_type": "refresh_token", "refresh_token": first["refresh_token"]}
    second = await client.oauth_v2_access(**secrets, **again)
    await client.auth_test(token=second["access_token"])
    assert (await refused(client.oauth_v2_access(**secrets, **again)))["error"] == "invalid_refresh_token"


async def test_somebody_of_another_organisation(stage: Stage) -> None:
    stage.hears("message", "member_joined_channel")
    await stage.api.add_person("zoe", "Zoe Z.", home="T0ELSEWHERE")
    await stage.api.add_member("questions", "zoe")
    zoe = stage.person("zoe")
    await zoe.types("Hello")
    heard = await stage.until_heard(2)
    assert {body["event"]["team"] for body in heard} == {"T0ELSEWHERE"}
    assert (await stage.client.users_info(user="UZOE"))["user"]["is_stranger"]
    await zoe.types("/hello")
    await zoe.sees("/hello is not a valid command.")


async def test_the_manifest_as_slack_has_it(stage: Stage) -> None:
    stage.slack.install(MANIFEST)
    token, export = stage.slack.app.config_token, stage.client.apps_manifest_export
    assert (await export(token=token, app_id="A0ROUNDS"))["manifest"] == MANIFEST
    assert (await refused(export(token=stage.slack.token, app_id="A0ROUNDS")))["error"] == "invalid_auth"


async def test_a_file(stage: Stage) -> None:
    await stage.client.files_upload_v2(channel="CQUESTIONS", content="a,b\n1,2\n", filename="export.csv")
    seen = await stage.person("ben").sees("export.csv")
    assert seen.item["files"][0]["size"] == 8
    assert stage.slack.violations == []


async def test_as_a_program() -> None:
    program = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "tests.fakes.slack", "--limits", "tiers", stdout=asyncio.subprocess.PIPE
    )
    assert program.stdout is not None
    told = json.loads(await program.stdout.readline())
    async with SlackApi(told["url"]) as api:
        client = AsyncWebClient(told["bot_token"], base_url=told["api_url"], retry_handlers=[])
        await client.chat_postMessage(channel="CQUESTIONS", text="Hello")
        await SlackPerson(api, "ben").sees("Hello")
    program.terminate()
    assert await program.wait() == 0


async def test_answers_are_what_slacks_types_say(stage: Stage) -> None:
    blocks = [section("x", accessory=button("Go"))]
    posted = await stage.client.chat_postMessage(channel="CQUESTIONS", text="x", blocks=blocks)
    assert schemas.problems("chat-post-message-response", posted.data) == []
    opened = await stage.client.apps_connections_open(app_token=stage.slack.app.app_token)
    assert schemas.problems("apps-connections-open-response", opened.data) == []
