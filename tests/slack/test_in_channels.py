"""What stands in channels: pinned, mentioned, led through by an owner, checked; and whether a message arrived there."""

from __future__ import annotations

from pathlib import Path

from adapters.slack.outbound import IN_A_THREAD, LOOKED_AT
from adapters.slack.profile import ref
from bot.core.ports import Arrival, Outgoing
from bot.core.ui import say
from tests.fakes.slack import FakeSlack
from tests.support.slack import slack_world
from tests.support.world import WEDNESDAY, World


async def test_the_welcome_is_pinned_and_the_asker_is_mentioned(world: World) -> None:
    dana = world.person("dana")
    assert (await dana.sees("Welcome to")).item["pinned"]
    await world.person("ben").types("/ask Which gloves?")
    await world.person("ben").submits()
    question = await dana.sees("Which gloves?")
    assert question.item["mentions"] == ["ben"]
    assert not question.item["pinned"]
    assert question.item["metadata"]["event_payload"].keys() == {"id"}


async def test_the_owner_sets_up_by_what_is_said_to_them(database_url: str, tmp_path: Path) -> None:
    def unlike_the_usual(slack: FakeSlack) -> None:
        slack.team.place("questions").name = "asking"
        slack.add_place("elsewhere", bot=False, members=("ada",))

    async with slack_world(database_url, tmp_path, prepare=unlike_the_usual) as world:
        owner = world.person("ada", "general")
        await owner.presses("About the community", on="Setting up")
        await owner.submits(name="Falls prevention", domain="Nobody falls.", zone="Europe/London")
        await owner.sees("Falls prevention is what people read from now on.")
        await owner.presses("Choose a channel", on="Setting up")
        form = await owner.sees("Which channel?")
        offered = form.item["fields"][0]["options"]
        assert [label for label in offered if "#asking" in label]
        assert not [label for label in offered if "elsewhere" in label]
        await owner.submits(place=next(label for label in offered if "#asking" in label))
        await owner.sees("Questions can go to #asking now.")
        assert (await world.person("dana", "asking").sees("Welcome to Falls prevention")).item["pinned"]
        await owner.sees("That is all.")


async def test_checking_says_what_is_wrong_and_how_to_mend_it(world: World) -> None:
    owner = world.person("ada")
    world.service.team.install.scopes -= {"pins:write", "groups:history"}
    await owner.types("/facilitate check")
    seen = await owner.sees("things need you")
    assert "✗ Permissions in Sample Community" in seen.text
    assert "pins:write: for pinning its welcome message" in seen.text
    assert "✗ Permissions to notice replies" in seen.text
    assert "reinstall it to the workspace" in seen.text
    assert "✓ Socket Mode: 2 of 2 connections" in seen.text
    assert "✓ Channels I can post in: #general, #questions, 1 private" in seen.text
    for place in ("general", "questions", "ward-team"):
        await world.api.remove_bot(place)
    await owner.types("/facilitate check")
    assert "✗ Channels I can post in: none" in (await owner.sees("I am in no channel.")).text


# Did it arrive?


async def test_in_a_long_thread_nobody_can_say_whether_it_arrived(world: World) -> None:
    """Slack gives a thread's oldest replies first: what is not among them may be among the rest."""
    root = await world.person("ben").types("A root")
    slack, channel = world.service, world.service.team.place("questions")
    message = Outgoing("delivery-1", ref("T0ROUNDS", channel.id), False, root["id"], say("Late"), WEDNESDAY)
    platform = world.rounds.platforms["slack"]
    assert await platform.arrived(message) is Arrival.NO
    for number in range(IN_A_THREAD):
        channel.messages.append(slack.bot_message(slack.team, f"reply {number}", None, thread_ts=root["id"]))
    await platform.send(message)
    assert await platform.arrived(message) is Arrival.CANNOT_TELL


async def test_in_a_thread_of_some_hundred_replies_it_is_found(world: World) -> None:
    root = await world.person("ben").types("A root")
    slack, channel = world.service, world.service.team.place("questions")
    for number in range(LOOKED_AT + 10):
        channel.messages.append(slack.bot_message(slack.team, f"reply {number}", None, thread_ts=root["id"]))
    message = Outgoing("delivery-1", ref("T0ROUNDS", channel.id), False, root["id"], say("Late"), WEDNESDAY)
    platform = world.rounds.platforms["slack"]
    assert await platform.arrived(message) is Arrival.NO
    ts = await platform.send(message)
    assert await platform.arrived(message) == ts
