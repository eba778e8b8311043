"""Following a tag: what is new with it is told to those who can see it, a few times a day."""

from __future__ import annotations

from typing import Any

from tests.rituals.test_keeping_words import asks
from tests.rituals.test_sharing import shares_a_tip
from tests.support.world import World


async def follows(world: World, who: str, tag: str) -> Any:
    person = world.person(who)
    await person.types(f"/find tag:{tag}")
    await person.presses("Follow this tag", on="Found")
    await person.sees(f"You follow {tag}: I tell you of what is new with it, 3 times a day at most.")
    return person


async def test_who_follows_a_tag_hears_of_what_is_new_with_it(world: World) -> None:
    await shares_a_tip(world)
    follower = await follows(world, "ben", "falls")
    await asks(world, "chidi", "Which mats?", tags="falls")
    seen = await follower.sees("A new question: Which mats?")
    assert "You follow falls." in seen.text
    await shares_a_tip(world, challenge="Night falls")
    await follower.sees("A new tip: Night falls")
    await world.person("dana").sees_not("A new question: Which mats?")


async def test_it_stops_with_one_press(world: World) -> None:
    await shares_a_tip(world)
    follower = await follows(world, "ben", "falls")
    await follower.types("/rounds me")
    await follower.presses("Stop following", on="You follow falls")
    await follower.sees("You don't follow falls any more.")
    await asks(world, "chidi", "Which mats?", tags="falls")
    await follower.sees_not("A new question")


async def test_nobody_hears_of_what_they_cannot_see_or_wrote_themselves(world: World) -> None:
    await shares_a_tip(world)
    outsider, writer = await follows(world, "dana", "falls"), await follows(world, "ben", "falls")
    await asks(world, "ben", "Room 4?", channel="ward-team", tags="falls")
    await outsider.sees_not("Room 4?")
    await writer.sees_not("A new question")


async def test_three_times_a_day_is_enough(world: World) -> None:
    await shares_a_tip(world)
    follower = await follows(world, "ben", "falls")
    for number in range(5):
        await asks(world, "chidi", f"Mat number {number}?", tags="falls")
    await follower.sees("A new question: Mat number 2?")
    await follower.sees_not("A new question: Mat number 3?")


async def test_a_merged_tag_is_followed_by_its_new_name(world: World) -> None:
    await shares_a_tip(world, tags="tumbles")
    follower, facilitator = await follows(world, "ben", "tumbles"), world.person("ada")
    await facilitator.types("/facilitate tags")
    await facilitator.presses("Merge or rename")
    await facilitator.submits(old="tumbles", new="falls")
    await asks(world, "chidi", "Which mats?", tags="tumbles")
    seen = await follower.sees("A new question: Which mats?")
    assert "You follow falls." in seen.text


async def test_what_is_removed_is_gone_from_the_message_too(world: World) -> None:
    await shares_a_tip(world)
    follower = await follows(world, "ben", "falls")
    author = await shares_a_tip(world, challenge="Night falls")
    await follower.sees("A new tip: Night falls")
    await author.presses("More", on="Night falls")
    await author.presses("Remove", on="Night falls")
    await author.submits()
    await world.settles()
    await follower.sees_not("Night falls")
    await asks(world, "chidi", "Which mats?", tags="falls")
    await world.person("chidi").presses("More", on="Which mats?")
    await world.person("chidi").presses("Remove", on="Close")
    await world.person("chidi").submits()
    await world.settles()
    await follower.sees_not("Which mats?")
