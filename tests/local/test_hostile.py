"""What the chat service and the program would not say to each other: refused, and the connection stands."""

from __future__ import annotations

import json
from typing import Any

import aiohttp
import pytest

from adapters.local import inbound
from tests.local.conftest import MakeService
from tests.local.stage import TOKEN

DEEP = "[" * 100_000 + "]" * 100_000
WHERE = {"person": "ada", "place": "questions", "answer_to": "x"}
CARD: dict[str, Any] = {"body": [], "sections": []}
SHAPELESS: tuple[dict[str, Any], ...] = (
    {"type": "command", "words": "find x", **WHERE, "person": "ada\0"},
    {"type": "command", "words": "find x", **WHERE, "place": "../questions"},
    {"type": "click", "packed": "x", "message": "9" * 400, "card": CARD, **WHERE},
    {"type": "click", "packed": "x", "message": -1, "card": CARD, **WHERE},
    {"type": "submit", "origin": "/ask", "draft": "<!channel>", "values": {}, **WHERE},
    {"type": "submit", "origin": "/ask", "draft": "d" * 41, "values": {}, **WHERE},
    {"type": "talked", "thread": 10**30, "at_ms": 1, **WHERE},
)


@pytest.mark.parametrize("event", SHAPELESS, ids=str)
def test_an_event_that_the_service_would_not_send_is_malformed(event: dict[str, Any]) -> None:
    with pytest.raises(inbound.Malformed):
        inbound.event({"id": "evt-1", "event": event})


@pytest.mark.parametrize("key", ["", "e" * 3000, 7])
def test_an_event_is_known_again_by_a_key(key: Any) -> None:
    with pytest.raises(inbound.Malformed):
        inbound.event({"id": key, "event": {"type": "command", "words": "find x", **WHERE}})


def test_a_frame_may_be_nested_too_deeply_to_be_read() -> None:
    with pytest.raises(inbound.Malformed):
        inbound.frame(DEEP)


def test_whoever_is_typing_has_an_id() -> None:
    with pytest.raises(inbound.Malformed):
        inbound.suggest({"id": "ask-1", "suggest": {"person": "a|b", "typed": "fal"}})


async def test_a_bot_may_say_anything_and_stays_connected(make_service: MakeService) -> None:
    url = (await make_service()).url
    headers = {"Authorization": f"Bearer {TOKEN}"}
    async with aiohttp.ClientSession(headers=headers) as session, session.ws_connect(f"{url}/bot/socket") as socket:
        for frame in (DEEP, "{", json.dumps({"id": DEEP[:900]})):
            await socket.send_str(frame)
            assert (await socket.receive_json(timeout=5))["problem"]["error"] == "malformed"


async def test_a_body_in_an_encoding_that_there_is_not_is_refused(make_service: MakeService) -> None:
    url = (await make_service()).url
    async with (
        aiohttp.ClientSession() as session,
        session.patch(
            f"{url}/api/people/ada", data=b"{}", headers={"Content-Type": "application/json; charset=nonsense"}
        ) as answer,
    ):
        assert (answer.status, (await answer.json())["error"]) == (400, "malformed")
