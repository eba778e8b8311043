"""What people say in threads and delete, on Slack: counted where that is on, and gone from digests."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from adapters.slack import inbound
from adapters.slack.inbound import Malformed, understood
from adapters.slack.text import Voice, mrkdwn, rich_blocks
from bot.core.events import MessageGone, Ref
from bot.core.text import MessageLink
from storage.communities import Place
from tests.slack import payloads
from tests.slack.payloads import BOT, TEAM
from tests.support.slack import slack_world
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

HERE = Ref("slack", TEAM, "C0HERE")


async def test_threads_are_counted_where_that_is_on_and_linked(world: World) -> None:
    root = await world.person("emre").types("Who has tried the new mats?")
    for who in ("ben", "chidi"):
        await world.person(who).says("Before.", thread_of="Who has tried")
    elsewhere = await world.person("emre").types("Lunch?", place="general")
    await counts_threads(world)
    before = await acted_on(world, "Ev")
    await world.person("dana").says("Yes.", thread_of=elsewhere["id"])
    channel = world.service.team.place("questions")
    said = world.service.bot_message(world.service.team, "By a bot", None, thread_ts=root["id"])
    world.service.post(world.service.team, channel, said)
    await world.person("ben").says("On 3B.", thread_of="Who has tried")
    await world.person("chidi").says("Us, too.", thread_of="Who has tried")
    await world.person("chidi").says("And 3C.", thread_of="Who has tried")
    await hears(world, 3)
    assert await voices(world) == {root["id"]: {"people": 2, "replies": 3}}
    assert await acted_on(world, "Ev") == before + 3
    digest = await gets_a_digest(world)
    assert "Busiest thread: 3 replies, 2 people" in digest.text
    assert f"/archives/{channel.id}/p{root['id'].replace('.', '')}" in links_in(digest.item)


async def test_threads_of_ours_are_counted_once(world: World) -> None:
    await counts_threads(world)
    await world.person("ben").types("/ask Which gloves?")
    await world.person("ben").submits()
    await world.person("chidi").says("The blue ones.", thread_of="Which gloves?")
    await world.hears_of_a_reply()
    (only,) = (await voices(world)).values()
    assert only == {"people": 1, "replies": 1}


async def all_is_taken(world: World) -> bool:
    """Whatever Slack had to tell was acknowledged."""
    return not world.service.delivery.waiting


@pytest.mark.parametrize("granted_before", [False, True])
async def test_without_history_nothing_is_heard_and_nothing_fails(
    granted_before: bool, database_url: str, tmp_path: Path
) -> None:
    async with slack_world(database_url, tmp_path, history=False, granted_before=granted_before) as world:
        await counts_threads(world)
        await world.person("emre").types("Who has tried the new mats?")
        before = await acted_on(world, "Ev")
        for who in ("ben", "chidi"):
            await world.person(who).says("We did.", thread_of="Who has tried")
        await puts_forward(world, "Who has tried")
        await world.person("emre").deletes("Who has tried")
        await world.person("emre").types("Hello?", dm=True)
        await until(partial(all_is_taken, world))
        await world.settles()
        assert await voices(world) == {}
        async with world.database.read() as db:
            assert set(await db.scalars(select(Place.readable))) == {False}
        assert await acted_on(world, "Ev") == before


@pytest.mark.parametrize("with_replies", [False, True])
async def test_what_is_deleted_goes_from_digests(world: World, with_replies: bool) -> None:
    await world.person("emre").types("We tried lamps with sensors.")
    if with_replies:
        await world.person("chidi").says("Which ones?", thread_of="We tried lamps")
    await puts_forward(world, "We tried lamps")
    await world.person("ben").types("/ask Which gloves?")
    await world.person("ben").submits()
    assert LINE in (await gets_a_digest(world)).text
    await world.person("emre").deletes("We tried lamps")
    await nothing_is_put_forward(world)
    digest = await world.person("dana").sees("your digest")
    assert LINE not in digest.text
    assert "Which gloves?" in digest.text


async def test_a_reply_that_is_put_forward_is_linked_in_its_thread_and_goes_with_it(world: World) -> None:
    root = await world.person("emre").types("Who has tried the new mats?")
    reply = await world.person("chidi").says("They slip.", thread_of="Who has tried")
    await puts_forward(world, reply["id"])
    digest = await gets_a_digest(world)
    channel = world.service.team.place("questions").id
    there = f"/archives/{channel}/p{reply['id'].replace('.', '')}?thread_ts={root['id']}&cid={channel}"
    assert there in links_in(digest.item)
    await world.person("chidi").deletes(reply["id"])
    await nothing_is_put_forward(world)
    assert not [one for one in await world.api.messages("dm-dana") if LINE in str(one)]


def test_a_link_to_a_reply_names_its_thread() -> None:
    voice = Voice(TEAM, "https://sample.slack.com/")
    url = "https://sample.slack.com/archives/C0HERE/p20002?thread_ts=1.0001&cid=C0HERE"
    link = MessageLink("Open", HERE, "1.0001:2.0002")
    assert url in str(rich_blocks((link,), voice))
    assert mrkdwn((link,), voice) == f"<{url.replace('&', '&amp;')}|Open>"
    for hostile in ("1.1|x", "x:1.1", "1.1:", ":1.1", "1.1:1.1:1.1", "1.1?a=b:1.1"):
        assert mrkdwn((MessageLink("Open", HERE, hostile),), voice) == "Open"


def broken(value: Any) -> Iterator[Any]:
    """The same with one part missing or of another kind."""
    for key in value:
        yield {other: one for other, one in value.items() if other != key}
        for odd in (None, "", [], {}, 7, "x"):
            yield {**value, key: odd}


def test_hostile_deletions_are_events_or_malformed() -> None:
    now = {"subtype": inbound.TOMBSTONE, "ts": "1.1"}
    for subtype in ("message_deleted", "message_changed"):
        whole = payloads.said(
            subtype=subtype, deleted_ts="1.1", message=now, previous_message={"user": "U1", "ts": "1.1"}
        )
        assert isinstance(understood(whole, TEAM, BOT), MessageGone)
        for event in broken(whole["event"]):
            try:
                found = understood({**whole, "event": event}, TEAM, BOT)
            except Malformed:
                continue
            assert found is None or found.__class__.__module__.startswith(("bot.core", "adapters.slack"))
