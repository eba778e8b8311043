"""What goes wrong with a network, and what Slack does then."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import Any

import aiohttp
import pytest
from slack_sdk.errors import SlackApiError
from slack_sdk.http_retry.builtin_async_handlers import AsyncRateLimitErrorRetryHandler
from slack_sdk.web.async_client import AsyncWebClient

from bot.core.clock import MovableClock
from tests.fakes.slack import delivery
from tests.fakes.slack.limits import POST_BURST
from tests.slack_fake.conftest import MakeStage
from tests.slack_fake.stage import QUIET, Json, Stage


async def test_the_default_retries_post_twice(stage: Stage) -> None:
    """A dropped answer makes slack_sdk's own retry handler send again, and Slack takes it again."""
    stage.slack.faults.set(store_then_drop=1, methods=("chat.postMessage",))
    client = AsyncWebClient(stage.slack.token, base_url=stage.slack.api_url, logger=QUIET)
    await client.chat_postMessage(channel="CQUESTIONS", text="Once?")
    assert [one["text"] for one in await stage.api.messages("questions")] == ["Once?", "Once?"]


async def test_without_retries_the_outcome_is_unknown_and_can_be_looked_up(stage: Stage) -> None:
    stage.slack.faults.set(store_then_drop=1)
    tag = {"event_type": "delivery", "event_payload": {"id": "d1"}}
    with pytest.raises(aiohttp.ClientError):
        await stage.client.chat_postMessage(channel="CQUESTIONS", text="Once", metadata=tag)
    found = await stage.client.conversations_history(channel="CQUESTIONS", include_all_metadata=True, oldest="0")
    assert [one["metadata"] for one in found["messages"]] == [tag]
    bare = await stage.client.conversations_history(channel="CQUESTIONS")
    assert "metadata" not in bare["messages"][0]


@pytest.mark.parametrize(("fault", "stored"), [("drop_before", 0), ("error_500_before", 0), ("error_500_after", 1)])
async def test_calls_that_fail(stage: Stage, fault: str, stored: int) -> None:
    await stage.api.set_faults(**{fault: 1})
    with pytest.raises((aiohttp.ClientError, SlackApiError)):
        await stage.client.chat_postMessage(channel="CQUESTIONS", text="x")
    assert len(await stage.api.messages("questions")) == stored
    assert stage.slack.faults.used == [(fault, "chat.postMessage")]


async def test_rate_limits_by_fault_and_by_tier(make_stage: MakeStage) -> None:
    stage = await make_stage(limits="tiers", speed=60)
    stage.slack.faults.set(ratelimited=1, retry_after=0)
    client = AsyncWebClient(stage.slack.token, base_url=stage.slack.api_url, logger=QUIET)
    client.retry_handlers = [AsyncRateLimitErrorRetryHandler(max_retry_count=1)]
    await client.chat_postMessage(channel="CQUESTIONS", text="x")
    stage.slack.rates.speed = 0.001
    for _ in range(POST_BURST):
        await stage.client.chat_postMessage(channel="CGENERAL", text="x")
    with pytest.raises(SlackApiError) as caught:
        await stage.client.chat_postMessage(channel="CGENERAL", text="x")
    assert caught.value.response.status_code == 429
    assert int(caught.value.response.headers["Retry-After"]) >= 1
    assert len(await stage.api.messages("general")) == POST_BURST
    await stage.client.chat_postMessage(channel="CWARDTEAM", text="another channel is free")


async def test_an_event_comes_again_until_it_is_acknowledged(make_stage: MakeStage) -> None:
    stage = await make_stage()
    stage.hears("message")
    await stage.connect()
    stage.slack.faults.set(lose_acks=2)
    await stage.person("ben").types("Hello")
    heard = await stage.until_heard(3)
    assert len({body["event_id"] for body in heard}) == 1
    await stage.slack.until(lambda: [ack["ok"] for ack in stage.slack.acks] == [False, False, True])
    assert [sent["attempt"] for sent in stage.slack.delivery.sent] == [0, 1, 2]


async def test_retries_say_so_over_http(make_stage: MakeStage) -> None:
    stage = await make_stage(ack_seconds=1)
    await stage.serve()
    headers = []

    @stage.app.event("message")
    async def hear(request: Any = None, req: Any = None) -> None:
        headers.append(req.headers)

    stage.slack.faults.set(lose_acks=1)
    await stage.person("ben").types("Hello")
    await stage.slack.until(lambda: len(stage.slack.acks) == 2)
    async with asyncio.timeout(5):
        while len(headers) < 2:
            await asyncio.sleep(0.005)
    assert "x-slack-retry-num" not in headers[0]
    assert headers[1]["x-slack-retry-num"] == ["1"]


async def test_events_twice_and_in_another_order(stage: Stage) -> None:
    stage.hears("message")
    stage.slack.faults.set(duplicate_events=1)
    await stage.person("ben").types("One")
    first, second = await stage.until_heard(2)
    assert first["event_id"] == second["event_id"]
    stage.slack.faults.set(reorder_events=1)
    await stage.person("ben").types("Two")
    await stage.person("ben").types("Three")
    heard = await stage.until_heard(4)
    assert [body["event"]["text"] for body in heard[2:]] == ["Three", "Two"]


async def test_an_event_in_another_order_comes_also_when_it_was_the_last(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(delivery, "HELD_SECONDS", 0.01)
    stage.hears("message")
    stage.slack.faults.set(reorder_events=1)
    await stage.person("ben").types("One")
    (heard,) = await stage.until_heard(1)
    assert heard["event"]["text"] == "One"
    await stage.slack.until(lambda: not stage.slack.delivery.waiting)


async def test_a_command_that_nobody_acknowledges(make_stage: MakeStage) -> None:
    stage = await make_stage(ack_seconds=0.05)
    await stage.connect()

    @stage.app.command("/slow")
    async def slow(ack: Any) -> None:
        pass

    ben = stage.person("ben")
    assert (await ben.types("/slow"))["error"] == "operation_timeout"
    await ben.sees("/slow failed with the error “operation_timeout”")
    assert stage.slack.late == 1
    assert stage.slack.acks[0]["seconds"] >= 0.05


async def test_nobody_is_connected(make_stage: MakeStage) -> None:
    stage = await make_stage()
    assert (await stage.person("ben").types("/hello"))["error"] == "dispatch_failed"


async def test_a_cut_connection_is_made_anew(make_stage: MakeStage) -> None:
    stage = await make_stage()
    stage.hears("message")
    await stage.connect(ping=0.1)
    assert await stage.api.drop_sockets() == 1
    await stage.slack.until(lambda: stage.slack.delivery.sockets.opened == 2)
    await stage.person("ben").types("Hello")
    await stage.until_heard(1)


async def test_slack_asks_for_another_connection(make_stage: MakeStage) -> None:
    stage = await make_stage()
    stage.hears("message")
    await stage.connect()
    await stage.slack.request_refresh()
    await stage.slack.until(lambda: stage.slack.delivery.sockets.opened == 2)
    await stage.person("ben").types("Hello")
    await stage.until_heard(1)


async def test_deaf_connections_answer_nothing(make_stage: MakeStage) -> None:
    stage = await make_stage(ack_seconds=0.1)
    await stage.connect(ping=0.2)
    stage.slack.go_deaf()
    assert (await stage.person("ben").types("/hello"))["error"] == "operation_timeout"
    assert len(stage.slack.delivery.sockets.open) == 1
    await stage.slack.until(lambda: stage.slack.delivery.sockets.opened == 2)  # the missing pong was noticed


async def test_response_urls_wear_out(make_stage: MakeStage) -> None:
    clock = MovableClock()
    stage = await make_stage(clock=clock.now)
    await stage.connect()
    urls: list[str] = []

    @stage.app.command("/hello")
    async def hello(ack: Any, body: Json) -> None:
        await ack()
        urls.append(body["response_url"])

    ben = stage.person("ben")
    await ben.types("/hello")
    await ben.types("/hello")
    async with aiohttp.ClientSession() as session:

        async def use(url: str, **given: Any) -> int:
            async with session.post(url, json={"text": "Used", **given}) as response:
                return response.status

        assert [await use(urls[0]) for _ in range(6)] == [200] * 5 + [404]
        assert await use(urls[1], response_type="in_channel") == 200
        assert await use(urls[1], blocks=[{"type": "nonsense"}]) == 400
        clock.advance(timedelta(minutes=31))
        assert await use(urls[1]) == 404
    assert len([seen for seen in await ben.everything() if seen.text == "Used"]) == 6
    assert len(stage.slack.violations) == 1


async def test_requests_without_a_good_signature(make_stage: MakeStage) -> None:
    stage = await make_stage()
    await stage.serve()
    assert await stage.slack.delivery.verify_url()
    old = stage.slack.delivery.signature("{}", at=1_000_000_000)
    async with (
        aiohttp.ClientSession() as session,
        session.post(stage.slack.app.events_url, data="{}", headers=old) as response,
    ):
        assert response.status == 401
    stage.slack.app.signing_secret = "another"
    assert not await stage.slack.delivery.verify_url()
