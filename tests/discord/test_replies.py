"""Where replies are looked for that nobody heard."""

from __future__ import annotations

from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any

from adapters.discord.inbound import EPOCH, REPLY_KEY
from adapters.discord.replies import Replies

BOT = "1"


def id_at(hour: int, minute: int = 0) -> str:
    """An id of Discord's that was made then."""
    return str(int(datetime(2026, 3, 4, hour, minute, tzinfo=UTC).timestamp() * 1000 - EPOCH) << 22)


def server(*last_said: str, owner: str = BOT) -> dict[str, Any]:
    return {
        "threads": [
            {"id": str(n), "parent_id": "9", "owner_id": owner, "last_message_id": id} for n, id in enumerate(last_said)
        ]
    }


class Heard:
    def __init__(self, newest: str) -> None:
        self.newest = newest
        inside: Any = SimpleNamespace(newest=self._tells)
        unused: Any = None
        http: Any = SimpleNamespace(user=BOT, ask=self._asked)
        servers: Any = SimpleNamespace(is_forum=self._is_forum)
        self.begun_below = "somebody else"
        self.replies = Replies(http, servers, unused, unused, inside)

    async def _asked(self, method: str, path: str, **ids: str) -> dict[str, Any]:
        return {"author": {"id": self.begun_below}}

    async def _is_forum(self, id: str) -> bool:
        return False

    async def _tells(self, platform: str, kind: str) -> str:
        return f"{REPLY_KEY}{self.newest}" if self.newest else ""

    async def missed(self, guild: dict[str, Any]) -> list[str]:
        threads, _ = await self.replies.missed(guild)
        return [thread["id"] for thread in threads]


async def test_only_where_something_was_said_since_shortly_before_the_last_reply_that_was_heard() -> None:
    heard = Heard(newest=id_at(10, 30))
    assert await heard.missed(server(id_at(10, 19), id_at(10, 21), id_at(12))) == ["1", "2"]
    assert await heard.missed(server(id_at(12), owner="somebody else")) == []
    assert await heard.missed({}) == []


async def test_also_where_somebody_else_began_the_thread_below_a_message_of_ours() -> None:
    heard = Heard(newest=id_at(10, 30))
    heard.begun_below = BOT
    assert await heard.missed(server(id_at(12), owner="somebody else")) == ["0"]


async def test_where_nothing_was_heard_yet_everywhere() -> None:
    assert await Heard(newest="").missed(server(id_at(1), id_at(12))) == ["0", "1"]


async def test_what_is_heard_in_one_server_says_nothing_of_another_until_one_connects_anew() -> None:
    heard = Heard(newest=id_at(10, 30))
    assert await heard.missed(server(id_at(11))) == ["0"]
    heard.newest = id_at(14)
    assert await heard.missed(server(id_at(12))) == ["0"]
    heard.replies.connected()
    assert await heard.missed(server(id_at(12))) == []
