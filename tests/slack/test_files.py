"""A file that comes with a card on Slack: shared once, before the message that says that it is there."""

from __future__ import annotations

import io
import json
import zipfile
from typing import Any

import pytest

from adapters.slack.profile import ref
from bot.core.ports import NotSent, Outgoing, Refused
from bot.core.ui import Attachment, Card
from tests.support.world import WEDNESDAY, World

WORDS = "All that is kept of you, as of now"


async def asks_for_a_copy(world: World) -> Any:
    chidi = await world.joins("chidi", can_help="falls")
    await chidi.types("/rounds me")
    await chidi.presses("My data", on="How much")
    await chidi.presses("Give me a copy", on="I keep what you asked")
    return chidi


def shared(world: World) -> list[Any]:
    """The files that stand in the conversation with Chidi, in messages."""
    team = world.service.team
    told = team.dm(team.users["UCHIDI"]).messages
    return [file for message in told for file in message.files]


async def said(world: World) -> int:
    return sum(WORDS in one["text"] for one in await world.api.messages("dm-chidi"))


def content_of(world: World) -> bytes:
    (file,) = shared(world)
    content = world.service.team.files[file["id"]]["content"]
    assert isinstance(content, bytes)
    return content


async def test_a_copy_of_ones_data_comes_once(world: World) -> None:
    chidi = await asks_for_a_copy(world)
    await world.settles()
    assert "my-data.zip" in (await chidi.sees("my-data.zip")).text
    assert await said(world) == 1
    with zipfile.ZipFile(io.BytesIO(content_of(world))) as packed:
        assert {"member", "account"} <= json.loads(packed.read("data.json")).keys()
    assert not [one for one in (await world.api.state())["calls"] if one["error"]]


@pytest.mark.parametrize(
    "fault", ["drop_before", "error_500_before", "error_500_after", "store_then_drop", "ratelimited"]
)
async def test_what_fails_after_the_upload_is_tried_again_without_it(world: World, fault: str) -> None:
    world.service.faults.set(methods=("chat.postMessage",), retry_after=0, **{fault: 1})
    await asks_for_a_copy(world)
    await world.settles()
    assert world.service.faults.used == [(fault, "chat.postMessage")]
    assert await said(world) == 1
    assert len(shared(world)) == 1


@pytest.mark.parametrize(
    ("method", "fault", "files"),
    [
        ("files.getUploadURLExternal", "error_500_after", 1),
        ("files.getUploadURLExternal", "drop_before", 1),
        ("files.completeUploadExternal", "error_500_before", 1),
        ("files.completeUploadExternal", "error_500_after", 2),  # perhaps it stands: better twice than not at all
        ("upload", "upload_fails", 1),
    ],
)
async def test_what_fails_before_the_message_is_tried_again(world: World, method: str, fault: str, files: int) -> None:
    world.service.faults.set(methods=(method,), **{fault: 1})
    await asks_for_a_copy(world)
    await world.settles()
    assert world.service.faults.used == [(fault, method)]
    assert await said(world) == 1
    assert len(shared(world)) == files


async def test_without_the_permission_it_is_refused_and_named(world: World) -> None:
    owner = world.person("ada")
    world.service.team.install.scopes -= {"files:write"}
    await asks_for_a_copy(world)
    await world.settles()
    assert shared(world) == []
    assert await said(world) == 0
    await owner.types("/facilitate check")
    assert "files:write: for giving members a copy of their own data" in (await owner.sees("things need you")).text
    message = Outgoing(
        "d", ref("T0ROUNDS", "UCHIDI"), True, "", Card("T", attachment=Attachment("a.zip", b"a")), WEDNESDAY
    )
    with pytest.raises(Refused, match="A permission is missing"):
        await world.rounds.platforms["slack"].send(message)


async def test_in_a_thread_the_file_is_in_it_too(world: World) -> None:
    root = await world.person("ben").types("A root")
    channel = world.service.team.place("questions")
    card = Card("", ("Here.",), attachment=Attachment("list.csv", b"a,b"))
    to = ref("T0ROUNDS", channel.id)
    await world.rounds.platforms["slack"].send(Outgoing("d", to, False, root["id"], card, WEDNESDAY))
    found = [one for one in channel.messages if one.files]
    assert [one.thread_ts for one in found] == [root["id"]]
    large = Card("", ("Here.",), attachment=Attachment("empty.csv", b""))
    with pytest.raises((Refused, NotSent)):
        await world.rounds.platforms["slack"].send(Outgoing("e", to, False, root["id"], large, WEDNESDAY))
    world.service.violations.clear()  # an empty file is nothing to share
