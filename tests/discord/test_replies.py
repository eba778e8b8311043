"""Where replies are looked for that nobody heard."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any

import pytest

from adapters.discord import replies
from adapters.discord.inbound import EPOCH, REPLY_KEY
from adapters.discord.replies import Replies
from bot.core.ports import Gone, NotSent, Refused
from tests.discord.stage import drops_and_forgets
from tests.fakes.discord.faults import Fault
from tests.support.world import World

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
    """Replies over a Discord that says who began a thread's message, or fails to."""

    def __init__(self, newest: str) -> None:
        self.newest = newest
        inside: Any = SimpleNamespace(newest=self._tells, counts=self._counts)
        unused: Any = None
        http: Any = SimpleNamespace(user=BOT, ask=self._asked)
        servers: Any = SimpleNamespace(is_forum=self._is_forum, channel=self._channel)
        self.begun_below: str | Exception = "somebody else"
        self.looked_into: list[str] = []
        self.replies = Replies(http, servers, unused, unused, inside)

    async def _asked(self, method: str, path: str, *, edits: bool = False, **ids: str) -> Any:
        if "message_id" not in ids:
            self.looked_into.append(ids["channel_id"])
            return []
        if isinstance(self.begun_below, Exception):
            raise self.begun_below
        return {"author": {"id": self.begun_below}}

    async def _is_forum(self, id: str) -> bool:
        return False

    async def _channel(self, id: str) -> dict[str, Any]:
        return {"id": id, "type": 11, "parent_id": "9", "owner_id": "somebody else"}

    async def _counts(self, place: Any) -> bool:
        return False

    async def _tells(self, platform: str, kind: str) -> str:
        return f"{REPLY_KEY}{self.newest}" if self.newest else ""

    async def missed(self, guild: dict[str, Any]) -> list[str]:
        """In which threads of a server that one is connected to replies are looked for."""
        self.looked_into.clear()
        since = await self.replies.unsure_since()
        for thread in guild.get("threads", ()):
            await self.replies.catch_up("7", thread, since)
        return self.looked_into


async def test_only_where_something_was_said_since_shortly_before_the_last_reply_that_was_heard() -> None:
    heard = Heard(newest=id_at(10, 30))
    assert await heard.missed(server(id_at(10, 19), id_at(10, 21), id_at(12))) == ["1", "2"]
    assert await heard.missed(server(id_at(12), owner="somebody else")) == []
    assert await heard.missed(server("")) == []


async def test_also_where_somebody_else_began_the_thread_below_a_message_of_ours() -> None:
    heard = Heard(newest=id_at(10, 30))
    heard.begun_below = BOT
    assert await heard.missed(server(id_at(12), owner="somebody else")) == ["0"]


async def test_whose_a_thread_is_that_could_not_be_read_is_asked_again() -> None:
    heard, theirs = Heard(newest=id_at(10, 30)), server(id_at(12), owner="somebody else")
    heard.begun_below = Refused("I may not see this channel.")
    assert await heard.missed(theirs) == []
    heard.begun_below = NotSent("could not connect to Discord")
    with pytest.raises(NotSent):
        await heard.missed(theirs)
    heard.begun_below = BOT
    assert await heard.missed(theirs) == ["0"]


async def test_where_the_message_is_gone_below_which_a_thread_was_begun_it_is_nobodys() -> None:
    heard, theirs = Heard(newest=id_at(10, 30)), server(id_at(12), owner="somebody else")
    heard.begun_below = Gone("10008")
    assert await heard.missed(theirs) == []


async def test_where_nothing_was_heard_yet_everywhere() -> None:
    assert await Heard(newest="").missed(server(id_at(1), id_at(12))) == ["0", "1"]


async def test_what_is_heard_in_one_server_says_nothing_of_another_until_one_connects_anew() -> None:
    heard = Heard(newest=id_at(10, 30))
    assert await heard.missed(server(id_at(11))) == ["0"]
    heard.newest = id_at(14)
    assert await heard.missed(server(id_at(12))) == ["0"]
    heard.replies.connected()
    assert await heard.missed(server(id_at(12))) == []


async def test_what_is_told_first_after_connecting_says_nothing_of_what_was_said_before() -> None:
    heard = Heard(newest=id_at(10, 30))
    await heard.replies.heard({"id": id_at(14), "channel_id": "5", "author": {"id": "77", "bot": True}}, "7")
    heard.newest = id_at(14)
    assert await heard.missed(server(id_at(11))) == ["0"]


# The whole program


async def asks(world: World, title: str) -> None:
    asker = world.person("ben")
    await asker.types(f"/ask {title}")
    await asker.submits()
    await asker.sees(title)
    await world.settles()


async def test_replies_typed_while_the_gateway_was_away_are_caught_up_with(world: World) -> None:
    await asks(world, "Which dressing?")
    await world.rounds.stop()
    for name in ("chidi", "dana"):
        await world.person(name).says(f"{name} knows", thread_of="Which dressing?")
    world.rounds = world._begin()
    await world.rounds.start()
    await world.hears_of_a_reply(2)
    await drops_and_forgets(world)
    await world.person("emre").says("emre knows", thread_of="Which dressing?")
    await world.hears_of_a_reply(3)


async def test_replies_are_looked_for_again_where_discord_tells_nothing_for_a_while(world: World) -> None:
    await asks(world, "Which dressing?")
    await world.rounds.stop()
    await world.person("chidi").says("chidi knows", thread_of="Which dressing?")
    # Longer than discord.py waits: then it refuses by itself.
    world.service.faults.add(Fault(kind="rate_limit", route=r"GET /channels/\d+/messages", retry_after=2.1))
    world.rounds = world._begin()
    await world.rounds.start()
    await world.hears_of_a_reply(1)


async def test_a_reply_is_heard_also_where_whoever_replied_began_the_thread(world: World) -> None:
    """They were quicker than we are, or we may not begin any."""
    world.service.faults.add(
        Fault(kind="refuse", route=r"POST /channels/\d+/messages/\d+/threads", status=403, code=50013)
    )
    asker = world.person("ben")
    await asker.types("/ask Which dressing?")
    await asker.submits()
    await world.person("chidi").says("chidi knows", thread_of="Which dressing?")
    await world.hears_of_a_reply(1)
    await drops_and_forgets(world)
    await world.person("dana").says("dana knows", thread_of="Which dressing?")
    await world.hears_of_a_reply(2)


async def test_only_threads_in_which_something_was_said_since_are_looked_at_for_replies(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(replies, "UNSURE", timedelta(0))
    for number, title in enumerate(("Which dressing?", "Which pillow?"), 1):
        await asks(world, title)
        await world.person("chidi").says("chidi knows", thread_of=title)
        await world.hears_of_a_reply(number)
        await world.passes(minutes=1)
    before = len((await world.api.inspect())["requests"])
    await drops_and_forgets(world)
    await world.person("emre").says("emre knows", thread_of="Which pillow?")
    await world.hears_of_a_reply(3)
    requests = (await world.api.inspect())["requests"][before:]
    assert len({one for one in requests if one.startswith("GET /channels/") and "/messages" in one}) == 1
