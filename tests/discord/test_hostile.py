"""What Discord's gateway would not say: it is one line of the log, and everything else goes on."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from structlog.testing import capture_logs

from adapters.discord.forms import Opened
from adapters.discord.http import DiscordHttp
from adapters.discord.inbound import Malformed, understood
from tests.discord import payloads
from tests.fakes.discord import shapes
from tests.support.waiting import until
from tests.support.world import World

Json = dict[str, Any]


async def says(world: World, name: str, native: Json) -> list[str]:
    """The gateway says something; what the log then has as errors, once all is done."""
    platform: Any = world.rounds.platforms["discord"]
    with capture_logs() as logged:
        world.service.gateway.dispatch(name, native, intents=0)
        world.service.gateway.dispatch("NOTHING_NEW", {"id": "1"}, intents=0)
        await asyncio.sleep(0.1)

        async def done() -> bool:
            return not platform._tasks

        await until(done, within=3)
    return [one["event"] for one in logged if one["log_level"] == "error"]


SHAPELESS: tuple[tuple[str, Json], ...] = (
    ("GUILD_DELETE", {}),
    ("GUILD_ROLE_DELETE", {"role": {}}),
    ("GUILD_ROLE_UPDATE", {"guild_id": "<script>", "role": {}}),
    ("GUILD_ROLE_CREATE", {"guild_id": "\0", "role": {}}),
    ("THREAD_UPDATE", {"type": 11}),
    ("THREAD_DELETE", {"id": "1\ud800", "type": 11}),
    ("CHANNEL_CREATE", {"type": 0, "name": "x"}),
    ("CHANNEL_CREATE", {"id": "55", "guild_id": "1", "type": 0, "permission_overwrites": [{"id": "1"}]}),
    ("CHANNEL_DELETE", {"id": "../../users/@me", "guild_id": "1"}),
    ("CHANNEL_UPDATE", {"id": {"id": {}}, "guild_id": "1", "type": 0}),
    ("MESSAGE_CREATE", {"id": "1", "channel_id": "5\x07", "guild_id": "1", "author": {"id": "1"}}),
    ("MESSAGE_CREATE", {"id": "1", "channel_id": "5", "type": 0}),
    ("MESSAGE_DELETE_BULK", {"ids": ["1", "x"], "channel_id": "1", "guild_id": "1"}),
    ("GUILD_SCHEDULED_EVENT_CREATE", {"name": "x"}),
    ("GUILD_SCHEDULED_EVENT_USER_ADD", {"guild_scheduled_event_id": '" OR 1=1', "user_id": "1", "guild_id": "1"}),
    ("INTERACTION_CREATE", {"id": "1", "type": 2}),
    ("INTERACTION_CREATE", {"id": "1", "type": 2, "guild_id": "%", "member": {"user": {"id": "1"}}}),
)


async def test_what_is_not_of_discords_shape_is_one_line_of_the_log(world: World) -> None:
    for name, native in SHAPELESS:
        assert await says(world, name, native) == ["discord.malformed"], (name, native)
    assert (await world.person("ben").types("/rounds help"))["answered"]


async def test_a_server_that_makes_no_sense_does_not_take_the_place_of_what_is_known(world: World) -> None:
    whole = shapes.guild(world.service.guild, world.service.state, whole=True)
    for roles in (None, "x", [{"id": "1"}], [{"id": "1", "permissions": "many"}]):
        assert await says(world, "GUILD_CREATE", {**whole, "roles": roles}) == ["discord.malformed"]
    ben = world.person("ben")
    await ben.types("/ask Does it still work?")
    await ben.submits()
    await world.person("dana").sees("Does it still work?")


async def test_a_form_from_where_we_are_not_set_up_is_answered_in_words(world: World) -> None:
    """Nothing of it is kept: there is nobody whose draft it could be."""
    fake: Any = world.service
    told: list[Any] = []
    fake.gateway.dispatch = lambda name, make, *more, **named: told.append(make)
    wrong = {"type": 18, "id": 0, "component": {"id": 0, "custom_id": "title~line", "type": 4, "value": "x" * 9000}}
    data = {"custom_id": "d1.0~/ask", "components": [wrong]}
    begun = fake.interactions.begin(fake.state.user_named("dana").id, fake.state.place_named("questions"), 5, data)
    del fake.gateway.dispatch
    assert await says(world, "INTERACTION_CREATE", {**told[0], "guild_id": "77"}) == []
    assert "is not set up yet" in str(fake.state.find_message(begun.answer).components)


@pytest.mark.parametrize("draft", ["<!channel>", "d" * 41, "a b"])
def test_the_id_of_a_draft_is_one(draft: str) -> None:
    with pytest.raises(ValueError, match="not a form of ours"):
        Opened.unpacked(f"{draft}.0~/ask")


def test_a_token_stands_in_addresses_so_it_is_one() -> None:
    with pytest.raises(Malformed):
        understood({**payloads.command(), "token": "a/../../users/@me"}, payloads.GUILD)


async def test_nothing_is_asked_of_discord_by_what_is_no_id() -> None:
    for id in ("", "None", "../@me", "1\0"):
        with pytest.raises(ValueError, match="not an id"):
            await DiscordHttp("a-token").ask("GET", "/guilds/{guild_id}", guild_id=id)
