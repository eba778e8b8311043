"""What people say in threads and delete, on Discord: counted where that is on, and gone from digests."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from adapters.discord import inbound
from adapters.discord.profile import ref
from adapters.discord.text import message_url
from bot.core.events import MessageGone
from tests.discord import payloads
from tests.discord.payloads import CHANNEL, GUILD, THREAD
from tests.fakes.discord.model import Channel, Message
from tests.support.discord import discord_world
from tests.support.talking import (
    LINE,
    acted_on,
    counts_threads,
    gets_a_digest,
    hears,
    links_in,
    nothing_is_put_forward,
    puts_forward,
    voices,
)
from tests.support.waiting import until
from tests.support.world import World

HERE = ref(GUILD, CHANNEL)


def message(world: World, id: Any) -> Message:
    found = world.service.state.find_message(int(id))
    assert isinstance(found, Message)
    return found


def thread_of(world: World, id: Any) -> Channel:
    """The thread that was begun with a message, or that it stands in."""
    it = message(world, id)
    found = world.service.state.channels[it.thread or it.channel]
    assert isinstance(found, Channel)
    return found


def address(world: World, *ids: Any) -> str:
    return "/".join(["https://discord.com/channels", str(world.service.guild.id), *map(str, ids)])


async def test_threads_are_counted_where_that_is_on_and_linked(world: World) -> None:
    root = await world.person("emre").types("Who has tried the new mats?")
    for who in ("ben", "chidi"):
        await world.person(who).says("Before.", thread_of="Who has tried")
    lunch = await world.person("emre").types("Lunch?", place="general")
    await counts_threads(world)
    before = await acted_on(world, "message:")
    await world.person("dana").says("Yes.", thread_of=lunch["message"])
    await world.person("ben").says("On 3B.", thread_of="Who has tried")
    await world.person("chidi").says("Us, too.", thread_of="Who has tried")
    thread = thread_of(world, root["message"])
    world.service.messages.post(thread, world.service.state.bot, {"content": "By a bot"})
    await world.person("chidi").says("And 3C.", thread_of="Who has tried")
    await hears(world, 3)
    assert await voices(world) == {f"{thread.id}:{thread.id}": {"people": 2, "replies": 3}}
    assert await acted_on(world, "message:") == before + 3
    digest = await gets_a_digest(world)
    assert "Busiest thread: 3 replies, 2 people" in digest.text
    assert address(world, thread.id, thread.id) in links_in(digest.item)


async def test_private_threads_are_nobodys_to_count(world: World) -> None:
    """The bot sees them since it may manage threads; those who read the channel do not."""
    await counts_threads(world)
    service = world.service
    place, state = service.state.place_named("questions"), service.state
    private = service.messages.start_thread(place, state.user_named("emre").id, "About Ben", type=12)
    public = service.messages.start_thread(place, state.user_named("emre").id, "Of all")
    for thread in (private, public):
        service.messages.post(thread, state.user_named("chidi").id, {"content": "Hm."})
    await hears(world, 1)
    assert await voices(world) == {f"{public.id}:{public.id}": {"people": 1, "replies": 1}}


async def test_threads_of_ours_are_counted_once(world: World) -> None:
    await counts_threads(world)
    await world.person("ben").types("/ask Which gloves?")
    await world.person("ben").submits()
    await world.person("chidi").says("The blue ones.", thread_of="Which gloves?")
    await world.hears_of_a_reply()
    ((thread, counted),) = (await voices(world)).items()
    assert counted == {"people": 1, "replies": 1}
    question = await world.person("chidi").sees("Which gloves?")
    place = world.service.state.place_named("questions").id
    there = message_url(ref(world.service.guild.id, place), thread)
    assert there == address(world, place, question.item["id"])


async def test_a_post_in_a_forum_is_no_reply_and_goes_as_a_whole(database_url: str, tmp_path: Path) -> None:
    async with discord_world(database_url, tmp_path, forum=True) as world:
        await counts_threads(world)
        post = (await world.person("emre").types("Who has tried the new mats?", place="questions"))["message"]
        await world.person("ben").says("On 3B.", thread_of="Who has tried")
        await world.person("chidi").says("Us, too.", thread_of="Who has tried")
        await hears(world, 2)
        assert await voices(world) == {f"{post}:{post}": {"people": 2, "replies": 2}}
        await puts_forward(world, post)
        digest = await gets_a_digest(world)
        assert LINE in digest.text
        assert address(world, post, post) in links_in(digest.item)
        world.service.people.remove_channel(thread_of(world, post))
        await nothing_is_put_forward(world)
        await world.person("dana").sees_not("your digest")  # what was counted in it is gone, too: nothing is left


@pytest.mark.parametrize("where", ["channel", "thread", "a thread nobody told of", "many at once"])
async def test_what_is_deleted_goes_from_digests(world: World, where: str) -> None:
    root = (await world.person("emre").types("We tried lamps with sensors."))["message"]
    await world.person("ben").types("/ask Which gloves?")
    await world.person("ben").submits()
    gone, ids = root, [world.service.state.place_named("questions").id, root]
    if "thread" in where:
        gone = (await world.person("emre").says("They are cheap.", thread_of=root))["message"]
        ids = [message(world, gone).channel, gone]
    await puts_forward(world, gone)
    digest = await gets_a_digest(world)
    assert LINE in digest.text
    assert address(world, *ids) in links_in(digest.item)
    if where == "a thread nobody told of":  # it was archived when we connected, say
        world.rounds.platforms["discord"].servers.forget_channel(str(ids[0]))  # type: ignore[attr-defined]
    if where == "many at once":
        other = (await world.person("emre").types("Never mind."))["message"]
        world.service.messages.delete_many([message(world, other), message(world, gone)])
    else:
        await world.person("emre").deletes(gone)
    await nothing_is_put_forward(world)
    digest = await world.person("dana").sees("your digest")
    assert LINE not in digest.text
    assert "Which gloves?" in digest.text


async def test_what_we_delete_ourselves_and_what_is_unknown_changes_nothing(world: World) -> None:
    await world.person("emre").types("We tried lamps with sensors.")
    await puts_forward(world, "We tried lamps")
    service, state = world.service, world.service.state
    ours = service.messages.post(state.place_named("questions"), state.bot, {"content": "By the bot"})
    service.messages.delete(ours)
    guild = str(service.guild.id)
    for native in (
        {"id": "5", "channel_id": "6", "guild_id": guild},
        {"ids": ["5"], "channel_id": "6", "guild_id": guild},
        {"id": "5", "channel_id": "6"},
        {"id": None, "channel_id": [], "guild_id": guild},
        {"ids": {}, "channel_id": str(state.place_named("questions").id), "guild_id": guild},
        {"guild_id": guild},
    ):
        name = "MESSAGE_DELETE_BULK" if "ids" in native else "MESSAGE_DELETE"
        await world.api.gateway("malformed", name=name, data=native)
    await world.api.gateway("malformed", name="THREAD_DELETE", data={"id": "5", "guild_id": guild})
    gone = {"id": str(ours.id), "channel_id": "6", "guild_id": guild, "parent_id": "7", "type": 11}
    await world.api.gateway("malformed", name="THREAD_DELETE", data=gone)

    async def heard() -> bool:
        return await acted_on(world, "deleted:") >= 2

    await until(heard)
    await world.person("ben").types("/rounds help")
    assert LINE in (await gets_a_digest(world)).text


# What is understood


def test_what_is_said_is_who_and_when_and_in_which_thread() -> None:
    thread = payloads.channel(THREAD, 11, parent_id=CHANNEL, owner_id=payloads.ADA)
    found = inbound.talked(payloads.typed(id="1477200000000000001"), GUILD, thread)
    assert found is not None
    assert (found.place, found.thread) == (HERE, f"{THREAD}:{THREAD}")
    assert payloads.SECRET not in repr(found)
    assert inbound.talked(payloads.typed(id=THREAD), GUILD, thread) is None
    assert inbound.talked(payloads.typed(id="1"), GUILD, {**thread, "type": 12}) is None
    assert inbound.talked(payloads.typed(id="1", webhook_id="2"), GUILD, thread) is None


def test_what_is_deleted() -> None:
    one, many = {"guild_id": GUILD, "id": "5"}, {"guild_id": GUILD, "ids": ["5", "6"]}
    thread = payloads.thread()
    assert inbound.gone(one, payloads.channel()) == [MessageGone("deleted:5", HERE, "5")]
    assert inbound.gone(one, thread) == [MessageGone(f"deleted:{THREAD}:5", HERE, f"{THREAD}:5")]
    assert [it.message for it in inbound.gone(many, thread)] == [f"{THREAD}:5", f"{THREAD}:6"]
    assert [it.message for it in inbound.gone(many, payloads.channel())] == ["5", "6"]
