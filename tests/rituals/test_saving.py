"""Save to Rounds… as a tip, a story or a link: one's own at once, somebody else's when they say OK."""

from __future__ import annotations

from typing import Any

import pytest

from tests.rituals.test_keeping_words import SECRET, asks, kept_anywhere
from tests.support.world import World

ENTRY = "Save to Rounds…"


async def writes(world: World, who: str, words: str, place: str = "general") -> Any:
    person = world.person(who, place)
    await person.types(words, place=place)
    return person


async def test_ones_own_message_becomes_a_tip_that_stands_and_is_found(world: World) -> None:
    emre = await writes(world, "emre", SECRET)
    await emre.chooses_in_menu(ENTRY, of=SECRET)
    form = await emre.fills()
    labels = [option["label"] for option in form.item["view"]["fields"][0]["options"]]
    to_read = "Something to read: put it forward for the digest"
    assert labels == ["A question", "A tip", "A story", "A link", to_read]
    await emre.submits(what="tip", title="Skin tears", tags="wounds")
    await emre.sees("Shared in #general. It is found with /find, also as T-1.")
    finder = world.person("dana")
    await finder.sees("Emre E. shares a tip")
    await finder.types("/find silicone")
    await finder.sees("Tip T-1 by @Sample: Emre E.")


async def test_without_a_title_its_first_words_are_its_title(world: World) -> None:
    emre = await writes(world, "emre", SECRET)
    await emre.chooses_in_menu(ENTRY, of=SECRET)
    await emre.submits(what="story")
    assert (await emre.sees("Emre E. tells a story")).item["card"]["title"] == SECRET


async def test_the_same_message_is_shared_once(world: World) -> None:
    emre = await writes(world, "emre", SECRET)
    written = await emre.sees(SECRET)
    for _ in range(2):
        await emre.chooses_in_menu(ENTRY, of=written.id)  # by its id: the tip that it becomes has the same words
        await emre.submits(what="tip")
    await emre.sees("It is shared already, as T-1.")
    await emre.types("/find T-2")
    await emre.sees("Nothing found")


async def test_a_message_with_an_address_becomes_a_link(world: World) -> None:
    emre = await writes(world, "emre", "Our lamps: https://example.org/lamps?utm_source=x, they last.")
    await emre.chooses_in_menu(ENTRY, of="Our lamps")
    await emre.submits(what="link")
    await emre.sees("example.org/lamps")
    await emre.sees("It is found with /find, also as L-1.")


async def test_without_an_address_it_is_no_link(world: World) -> None:
    emre = await writes(world, "emre", SECRET)
    await emre.chooses_in_menu(ENTRY, of=SECRET)
    outcome = await emre.submits(what="link")
    assert "There is no web address in this." in str(outcome)


async def test_somebody_elses_words_become_a_tip_of_theirs_when_they_say_ok(world: World) -> None:
    emre, saver = await writes(world, "emre", SECRET), world.person("dana", "general")
    await saver.chooses_in_menu(ENTRY, of=SECRET)
    await saver.submits(what="tip")
    await saver.sees("I asked whoever wrote it. Nothing is kept unless they say OK.")
    await emre.sees("thinks that others could use this of yours, as a tip in #general, where 5 people can read it")
    assert await kept_anywhere(world, "Silicone") == []
    await emre.presses("OK", on="May this be kept")
    await saver.sees("Emre E. shares a tip")
    await emre.presses("OK", on="May this be kept")
    await emre.sees("It is shared already, as T-1.")
    await emre.types("/find silicone from:me")
    await emre.sees("Tip T-1")


async def test_who_said_ok_and_then_no_can_remove_it(world: World) -> None:
    emre, saver = await writes(world, "emre", SECRET), world.person("dana", "general")
    await saver.chooses_in_menu(ENTRY, of=SECRET)
    await saver.submits(what="tip")
    await emre.presses("OK", on="May this be kept")
    await saver.sees("Emre E. shares a tip")
    await emre.presses("No", on="May this be kept")
    await emre.sees("It is kept already, since you said OK.")
    await emre.presses("Remove it", on="It is kept already")
    await emre.submits()
    await world.settles()
    assert await kept_anywhere(world, "Silicone") == []


async def test_who_agreed_to_an_answer_and_then_says_no_can_remove_it(world: World) -> None:
    await asks(world, "ben", "Which dressing for skin tears?")
    emre, saver = await writes(world, "emre", SECRET), world.person("dana", "general")
    await saver.chooses_in_menu(ENTRY, of=SECRET)
    form = await saver.fills()
    answer = next(
        option["value"] for option in form.item["view"]["fields"][0]["options"] if "dressing" in option["label"]
    )
    await saver.submits(what=answer)
    await emre.presses("OK", on="May this be kept")
    await emre.sees("Kept as an answer to")
    await emre.presses("No", on="May this be kept")
    await emre.presses("Remove it", on="It is kept already")
    await emre.submits()
    await world.settles()
    assert await kept_anywhere(world, "Silicone") == []


async def test_they_may_put_it_in_their_own_words_first(world: World) -> None:
    emre, saver = await writes(world, "emre", SECRET), world.person("dana", "general")
    await saver.chooses_in_menu(ENTRY, of=SECRET)
    await saver.submits(what="story")
    await emre.presses("Edit", on="May this be kept")
    await emre.submits(text="Foam works.", title="Skin tears")
    await saver.sees("Emre E. tells a story\nFoam works.")
    assert await kept_anywhere(world, "Silicone") == []


async def test_they_may_say_no(world: World) -> None:
    emre, saver = await writes(world, "emre", SECRET), world.person("dana", "general")
    await saver.chooses_in_menu(ENTRY, of=SECRET)
    await saver.submits(what="tip")
    await emre.presses("No", on="May this be kept")
    await emre.sees("Nothing of it is kept.")
    assert await kept_anywhere(world, "Silicone") == []


async def test_what_was_said_in_a_closed_channel_is_shared_there_alone(world: World) -> None:
    ben = await writes(world, "ben", SECRET, "ward-team")
    await ben.chooses_in_menu(ENTRY, of=SECRET)
    await ben.submits(what="tip")
    await ben.sees("Shared in #ward-team.")
    outsider = world.person("dana")
    await outsider.types("/find silicone")
    await outsider.sees("Nothing found")
    await outsider.sees_not("shares a tip")


@pytest.mark.parametrize("what", ["tip", "link"])
async def test_who_left_the_channel_can_share_nothing_of_it_any_more(world: World, what: str) -> None:
    chidi, saver = await writes(world, "chidi", "https://example.org/a", "ward-team"), world.person("ben", "ward-team")
    await saver.chooses_in_menu(ENTRY, of="https://example.org/a")
    await saver.submits(what=what)
    await chidi.sees("May this be kept")
    await world.removes("ward-team", "chidi")
    await chidi.presses("OK", on="May this be kept")
    await chidi.sees("You can't share in this channel.")
