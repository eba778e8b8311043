"""What Slack answers when something fails, as the core understands it: what may be sent again, and words for people."""

from __future__ import annotations

from typing import Any

import aiohttp
import pytest
from slack_sdk.errors import SlackApiError, SlackRequestError
from slack_sdk.web.async_slack_response import AsyncSlackResponse

from adapters.slack.failures import WORDS, as_send_error, code_of
from bot.core.ports import Gone, MaybeSent, NotSent, RateLimited, Refused, SendError


def answered(status: int, data: Any, **headers: str) -> SlackApiError:
    response = AsyncSlackResponse(
        client=None, http_verb="POST", api_url="x", req_args={}, data=data, headers=headers, status_code=status
    )
    return SlackApiError("failed", response)  # type: ignore[no-untyped-call]


def refused(code: str) -> SlackApiError:
    return answered(200, {"ok": False, "error": code})


@pytest.mark.parametrize(
    ("error", "expected", "settled"),
    [
        (answered(500, "Internal Server Error"), MaybeSent, True),
        (answered(503, {"ok": False, "error": "service_unavailable"}), MaybeSent, True),
        (answered(200, "<html>"), MaybeSent, True),
        (refused("internal_error"), MaybeSent, True),
        (refused("fatal_error"), MaybeSent, True),
        (refused("ratelimited"), RateLimited, None),
        (refused("channel_not_found"), Refused, None),
        (refused("something_new"), Refused, None),
        (refused("<!channel> A name"), Refused, None),
        (refused("message_not_found"), Refused, None),
        (SlackRequestError("no connection"), NotSent, None),
        (aiohttp.ServerDisconnectedError(), MaybeSent, False),
        (aiohttp.ClientPayloadError(), MaybeSent, False),
        (TimeoutError(), MaybeSent, False),
        (ConnectionResetError(), MaybeSent, False),
        (ValueError("no JSON"), MaybeSent, True),
        (NotSent("already ours"), NotSent, None),
    ],
)
def test_what_a_failure_means(error: Exception, expected: type[SendError], settled: bool | None) -> None:
    found = as_send_error(error)
    assert type(found) is expected
    if isinstance(found, MaybeSent):
        assert found.settled is settled


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [({"Retry-After": "7"}, 7.0), ({"retry-after": "30"}, 30.0), ({}, 1.0), ({"Retry-After": "soon"}, 1.0)],
)
def test_how_long_slack_wants_us_to_wait(headers: dict[str, str], seconds: float) -> None:
    found = as_send_error(answered(429, {"ok": False, "error": "ratelimited"}, **headers))
    assert isinstance(found, RateLimited)
    assert found.retry_after == seconds


@pytest.mark.parametrize(
    "code", ["message_not_found", "thread_not_found", "cant_update_message", "cant_delete_message"]
)
def test_a_message_that_is_gone_cannot_be_changed(code: str) -> None:
    assert isinstance(as_send_error(refused(code), edits=True), Gone)


@pytest.mark.parametrize("code", sorted(WORDS))
def test_people_read_what_is_wrong_in_sentences(code: str) -> None:
    words = str(as_send_error(refused(code)))
    assert words.endswith((".", "!"))
    assert code not in words


def test_nothing_but_a_code_of_slacks_is_repeated() -> None:
    assert "Slack refused: something_new." in str(as_send_error(refused("something_new")))
    assert "<!channel>" not in str(as_send_error(refused("<!channel> A name")))


def test_an_answer_without_a_code_has_none() -> None:
    assert code_of(answered(500, "Internal Server Error")) == ""
    assert code_of(answered(500, {})) == ""
    assert code_of(ValueError()) == ""
