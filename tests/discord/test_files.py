"""A file that comes with a card on Discord: in the same message, once."""

from __future__ import annotations

import io
import json
import zipfile
from pathlib import Path
from typing import Any

import pytest

from adapters.discord.outbound import TOO_LARGE
from adapters.discord.profile import FILES_IN_MESSAGE, ref
from adapters.discord.render import WHOLE_TEXT
from bot.core.clock import MovableClock
from bot.core.ports import Outgoing, Refused
from bot.core.ui import Attachment, Card
from tests.support.discord import discord_world
from tests.support.world import WEDNESDAY, World

WORDS = "All that is kept of you, as of now"
MESSAGES = r"POST /channels/\d+/messages$"
FILE = 13


async def asks_for_a_copy(world: World) -> Any:
    chidi = await world.joins("chidi", can_help="falls")
    await chidi.types("/rounds me")
    await chidi.presses("My data", on="How much")
    await chidi.presses("Give me a copy", on="I keep what you asked")
    return chidi


async def copies(world: World) -> list[Any]:
    return [one for one in await world.api.messages("dm-chidi") if WORDS in str(one["components"])]


def content_of(world: World, attached: Any) -> bytes:
    found = world.service.files[attached["url"].removeprefix(world.service.url)]
    assert isinstance(found, bytes)
    return found


async def test_a_copy_of_ones_data_comes_once(world: World) -> None:
    await asks_for_a_copy(world)
    await world.settles()
    (told,) = await copies(world)
    (attached,) = told["attachments"]
    assert attached["filename"] == "my-data.zip"
    (shown,) = [one for one in told["components"][0]["components"] if one["type"] == FILE]
    assert shown["file"]["url"] == "attachment://my-data.zip"
    with zipfile.ZipFile(io.BytesIO(content_of(world, attached))) as packed:
        assert {"member", "account"} <= json.loads(packed.read("data.json")).keys()


@pytest.mark.parametrize("after", [False, True])
@pytest.mark.parametrize("kind", ["fail", "drop", "rate_limit"])
async def test_a_request_that_fails_is_repeated_and_the_message_is_there_once(
    database_url: str, tmp_path: Path, kind: str, after: bool
) -> None:
    async with discord_world(database_url, tmp_path, clock=MovableClock()) as world:
        chidi = await asks_for_a_copy(world)
        await world.settles()
        await world.api.add_fault(kind, route=MESSAGES, times=1, after=after)
        await chidi.presses("Give me a copy", on="I keep what you asked")
        await world.settles()
        assert len(world.service.faults.happened) == 1
        one, other = [told["attachments"] for told in await copies(world)]
        for attached in (one, other):
            with zipfile.ZipFile(io.BytesIO(content_of(world, attached[0]))) as packed:
                assert sorted(packed.namelist()) == ["data.json", "index.html"]


def outgoing(world: World, card: Card) -> Outgoing:
    here = world.service.state.place_named("questions")
    return Outgoing("a" * 24, ref(world.service.guild.id, here.id), False, "", card, WEDNESDAY)


async def test_what_is_too_large_is_refused_before_it_is_tried(world: World) -> None:
    platform = world.rounds.platforms["discord"]
    large = Card("T", attachment=Attachment("a.zip", b"x" * (FILES_IN_MESSAGE + 1)))
    requests = len(world.service.requests)
    with pytest.raises(Refused, match="larger than Discord takes: 10 MB"):
        await platform.send(outgoing(world, large))
    with pytest.raises(Refused) as refused:
        await platform.redraw(ref(world.service.guild.id, "1"), "2", large, "a" * 24)
    assert str(refused.value) == TOO_LARGE
    assert len(world.service.requests) == requests
    just = Card("T", attachment=Attachment("a.zip", b"x" * FILES_IN_MESSAGE))
    assert await platform.send(outgoing(world, just))


async def test_a_long_text_and_a_file_are_two_files(world: World) -> None:
    platform = world.rounds.platforms["discord"]
    long = Card("T", ("Ein Satz. " * 900,), attachment=Attachment("a.zip", b"PK"))
    message = outgoing(world, long)
    remote = await platform.send(message)
    (told,) = [one for one in await world.api.messages("questions") if str(one["id"]) == remote]
    assert [one["filename"] for one in told["attachments"]] == [WHOLE_TEXT, "a.zip"]
    assert content_of(world, told["attachments"][1]) == b"PK"
    # Drawn anew, with another file, and without one.
    for card, names in ((Card("T", attachment=Attachment("b.zip", b"PK")), ["b.zip"]), (Card("T", ("x",)), [])):
        await platform.redraw(message.to, remote, card, message.id)
        (told,) = [one for one in await world.api.messages("questions") if str(one["id"]) == remote]
        assert [one["filename"] for one in told["attachments"]] == names


async def test_the_permission_for_files_is_named(world: World) -> None:
    owner = world.person("ada")
    await world.api.permit("questions", "bot", deny=("ATTACH_FILES",))
    with pytest.raises(Refused, match="A permission is missing"):
        await world.rounds.platforms["discord"].send(outgoing(world, Card("T", attachment=Attachment("a.zip", b"PK"))))
    await owner.types("/facilitate check")
    assert "Attach Files" in (await owner.sees("✗")).text
