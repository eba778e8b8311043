"""Requests that Slack would not make: refused at the door, in one line of the log, and nobody gets anywhere by them."""

from __future__ import annotations

import json
import time
from collections.abc import AsyncIterator
from itertools import product
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import aiohttp
import pytest
from sqlalchemy import select
from structlog.testing import capture_logs

from adapters.slack.forms import Opened
from adapters.slack.inbound import stands
from adapters.slack.profile import ref
from storage.communities import PlaceMember
from storage.members import Account, Member
from tests.fakes.slack import payloads
from tests.fakes.slack.model import View
from tests.support.slack import SlackWorld, slack_world

FORM, JSON = "application/x-www-form-urlencoded", "application/json"
DEEP = "[" * 100_000 + "]" * 100_000


@pytest.fixture
async def plain(database_url: str, tmp_path: Path) -> AsyncIterator[SlackWorld]:
    """One workspace by a token in the settings, over HTTP; there are pages to install by as well."""
    oauth = {"client_id": "1000.2000", "client_secret": "client-secret"}
    async with slack_world(database_url, tmp_path, http=True, **oauth) as made:
        yield made


async def asks(
    world: SlackWorld, body: str | bytes, headers: dict[str, str], kind: str = JSON, path: str = "/slack/events"
) -> int:
    method = "POST" if path.endswith("events") else "GET"
    given: dict[str, Any] = {"data": body, "headers": {"Content-Type": kind, **headers}}
    async with aiohttp.ClientSession() as session, session.request(method, world.public + path, **given) as answer:
        return answer.status


async def signed(world: SlackWorld, body: str, kind: str = JSON) -> int:
    return await asks(world, body, world.service.delivery.signature(body), kind)


def event(world: SlackWorld, given: Any, **more: Any) -> str:
    head = {"type": "event_callback", "team_id": world.service.team.id, "event_id": f"Ev{time.monotonic_ns()}"}
    return json.dumps({**head, "event": given, **more})


async def test_what_is_not_signed_is_refused_before_it_is_read(plain: SlackWorld) -> None:
    moments = ("", "now", "-1", "1e9", "١٢٣", "9" * 400, "'; DROP TABLE member; --", str(int(time.time())))
    with capture_logs() as logged:
        for moment, signature in product(moments, ("", "v0=", "v0=é", "v0=" + "0" * 64)):
            headers = {"X-Slack-Request-Timestamp": moment, "X-Slack-Signature": signature}
            assert await asks(plain, "payload=%00", headers) == 401
        for body, kind in product(("{}", DEEP, "{"), (JSON, f"{JSON}; charset=nonsense")):
            assert await asks(plain, body, {}, kind) == 401
    assert logged == []


async def test_slack_may_look_whether_somebody_is_there(plain: SlackWorld) -> None:
    assert await asks(plain, "token=t&ssl_check=1", {}, FORM) == 200


SHAPELESS = (
    DEEP,
    f'{{"type": "event_callback", "event": {{"type": {"[" * 900 + "]" * 900}}}}}',
    '{"authorizations": {"id": 1}}',
    '{"team": {"id": [["T"]]}, "type": "shortcut"}',
    '{"event": "null", "type": "event_callback"}',
    '{"event": true, "type": "event_callback"}',
    '{"event": 1, "type": "event_callback"}',
    '{"response_urls": [1]}',
    '{"actions": {"id": 1}, "type": "block_actions"}',
    '{"actions": 1000, "type": "block_actions", "team": {"id": "T0ROUNDS"}}',
)


async def test_what_is_signed_but_not_of_slacks_shape_is_one_line_of_the_log(plain: SlackWorld) -> None:
    for body in SHAPELESS:
        with capture_logs() as logged:
            assert await signed(plain, body) < 500, body
        assert [one["event"] for one in logged if one["log_level"] == "error"] in ([], ["slack.malformed"]), body
    assert (await plain.person("ben").types("/rounds help"))["outcome"] == "answered"


async def test_a_body_in_no_known_encoding_is_no_failure(plain: SlackWorld) -> None:
    assert await signed(plain, "{}", "application/json; charset=nonsense") < 500
    body = b'{"type": "\xff"}'
    headers = plain.service.delivery.signature(body.decode("latin-1"))
    assert await asks(plain, body, headers) in (400, 401)


async def test_the_pages_to_install_by_read_no_body(plain: SlackWorld) -> None:
    assert await asks(plain, "{", {}, path="/slack/install") == 200
    assert await asks(plain, "{", {}, path="/slack/oauth_redirect") == 400


async def test_a_sent_form_without_its_fields_is_malformed(plain: SlackWorld) -> None:
    for blocks in ([2147483648], [{"type": "input"}], None, "x"):
        payload = submission(plain, "CQUESTIONS")
        payload["view"]["blocks"] = blocks
        with capture_logs() as logged:
            assert await signed(plain, urlencode({"payload": json.dumps(payload)}), FORM) == 200
        assert [one["event"] for one in logged if one["log_level"] == "error"] == ["slack.malformed"]


async def test_a_button_that_was_never_ours_is_answered_in_words(plain: SlackWorld) -> None:
    slack, team = plain.service, plain.service.team
    channel = team.channels["CQUESTIONS"]
    for value in (f"run|{'x' * 80}", "run|a|b", "run", "draft|a|b|c", "draft|a|x", "question.answer|9999999999", "q|1"):
        action = {"type": "button", "action_id": "press.0", "block_id": "b", "value": value}
        payload = payloads.on_message(slack, team, team.person("ben"), channel, channel.messages[0], action)
        with capture_logs() as logged:
            assert await signed(plain, urlencode({"payload": json.dumps(payload)}), FORM) == 200
            await plain.person("ben").sees("This button no longer does anything.")
        assert [one["event"] for one in logged if one["log_level"] == "error"] == []


async def test_what_is_no_id_leads_nowhere(plain: SlackWorld) -> None:
    for channel in ("C\x00", "C\ud800", "../../C", "", {"id": ["C"]}):
        with capture_logs() as logged:
            assert await signed(plain, event(plain, {"type": "channel_archive", "channel": channel})) == 200
        assert [one["event"] for one in logged if one["log_level"] == "error"] == ["slack.malformed"]


async def test_a_payload_is_known_again_by_a_key(plain: SlackWorld) -> None:
    """A database's index holds none of any length: such an event would be tried again for ever."""
    changed = {"type": "user_change", "user": plain.service.team.person("ben").as_api()}
    for key in ("", "E" * 3000, None, {"id": "E"}):
        with capture_logs() as logged:
            assert await signed(plain, event(plain, changed, event_id=key)) == 200
        assert [one["event"] for one in logged if one["log_level"] == "error"] == ["slack.malformed"]


async def test_a_name_that_no_database_keeps_is_kept_without_what_is_wrong_with_it(plain: SlackWorld) -> None:
    user = plain.service.team.person("ben").as_api()
    user["profile"]["display_name"] = "Ben\x00 the \ud800 second"
    assert await signed(plain, event(plain, {"type": "user_change", "user": user})) == 200
    await plain.settles()
    async with plain.database.read() as db:
        names = list(await db.scalars(select(Member.name)))
    assert "Ben the ? second" in names


async def test_a_page_that_was_opened_in_a_closed_channel_lets_nobody_in(plain: SlackWorld) -> None:
    """Its button proves nothing: whoever presses may have been removed from there since."""
    slack, team = plain.service, plain.service.team
    view = submission(plain, "CWARDTEAM")["view"]
    action = {"type": "button", "action_id": "press.0", "block_id": "b", "value": "run|rounds%20help"}
    opened = View("V1", "UDANA", {**view, "blocks": []}, "1.1", "V1")
    payload = payloads.on_view(slack, team, team.person("dana"), opened, action)
    assert await signed(plain, urlencode({"payload": json.dumps(payload)}), FORM) == 200
    await plain.settles()
    query = select(PlaceMember).join(Account, Account.member_id == PlaceMember.member_id)
    async with plain.database.read() as db:
        there = list(await db.scalars(query.where(Account.remote_id == ref(team.id, "UDANA").id)))
    assert there == []


@pytest.mark.parametrize("draft", ["<!channel>", "d" * 41, "a b", "d|1"])
def test_the_id_of_a_draft_is_one(draft: str) -> None:
    with pytest.raises(ValueError, match="not a form of ours"):
        Opened.unpacked(json.dumps({"origin": "/ask", "draft": draft}))


@pytest.mark.parametrize("message", [{"ts": "x"}, {"ts": "1"}, {"ts": "1.1", "thread_ts": "9" * 40}, {"ts": "١.١"}])
def test_a_message_is_named_by_its_instant(message: dict[str, str]) -> None:
    with pytest.raises(ValueError, match="not a message"):
        stands(message)


@pytest.mark.parametrize("url", ["https://hooks.slack.com/" + "x" * 500, "javascript:x", "x", {"id": None}])
async def test_an_address_that_is_none_leaves_another_way_to_answer(plain: SlackWorld, url: Any) -> None:
    slack, team = plain.service, plain.service.team
    payload = payloads.command(slack, team, team.person("ben"), team.channels["CQUESTIONS"], "/ask", "Which gloves?")
    body = urlencode({**payload, "response_url": url})
    assert await signed(plain, body, FORM) == 200
    ben = plain.person("ben")
    await ben.submits()
    await plain.person("dana").sees("Which gloves?")


def submission(world: SlackWorld, place: str) -> Any:
    """Dana sends a form that says it was opened in this place."""
    slack, team = world.service, world.service.team
    memory = json.dumps({"origin": "/ask", "draft": "d1", "place": place})
    given = {"type": "modal", "blocks": [{"type": "input", "block_id": "title"}], "private_metadata": memory}
    return payloads.submission(slack, team, team.person("dana"), View("V1", "UDANA", given, "1.1", "V1"))
