"""Sharing in another channel: its author does, or is asked; nobody else can."""

from __future__ import annotations

import pytest

from tests.rituals.test_sharing import shares_a_tip
from tests.support.world import World

TITLE = "Falls on the way to the bathroom"


async def test_its_author_moves_it_to_another_channel(world: World) -> None:
    author, outsider = await shares_a_tip(world, "ben", "ward-team"), world.person("dana")
    await outsider.sees_not("shares a tip")
    await author.presses("More", on="shares a tip")
    await author.presses("Share in another channel", on=TITLE)
    form = await author.fills()
    labels = [option["label"] for option in form.item["view"]["fields"][0]["options"]]
    assert labels == ["#general · 5 people can read it", "#questions · 5 people can read it"]
    await author.submits(place=form.item["view"]["fields"][0]["options"][1]["value"])
    await author.sees("It stands in #questions now.")
    await world.settles()
    card = await outsider.sees("Ben B. shares a tip")
    assert card.place == "questions"
    await outsider.types("/find lamps")
    await outsider.sees("Tip T-1")
    await world.person("chidi", "ward-team").types("/find lamps")
    await world.person("chidi", "ward-team").sees("Tip T-1")


async def wished_by_another(world: World) -> None:
    await shares_a_tip(world, "ben", "ward-team")
    other = world.person("chidi", "ward-team")
    await other.presses("More", on="shares a tip")
    await other.presses("Share in another channel", on=TITLE)
    await other.submits()
    await other.sees("I asked its author. It stays where it is unless they say yes.")


async def test_anybody_else_asks_its_author_first(world: World) -> None:
    await wished_by_another(world)
    author, outsider = world.person("ben"), world.person("dana", "general")
    await author.sees("Chidi C. would like others to read Falls on the way to the bathroom, too: in #general")
    await outsider.types("/find lamps")
    await outsider.sees("Nothing found")
    await author.presses("Share it")
    await world.settles()
    await outsider.sees("Ben B. shares a tip")
    await author.sees("stands in #general now.")
    await author.sees_not("May this be shared in another channel?")


async def test_its_author_may_say_no_and_is_not_asked_again(world: World) -> None:
    await wished_by_another(world)
    author, other = world.person("ben"), world.person("chidi", "ward-team")
    await author.presses("No", on="May this be shared")
    await author.sees("It stays where it is.")
    await world.person("dana").sees_not("shares a tip")
    await other.presses("More", on="shares a tip")
    await other.presses("Share in another channel", on=TITLE)
    outcome = await other.submits()
    assert "Its author was asked about this channel already." in str(outcome)


async def test_nobody_is_offered_a_channel_that_they_cannot_read(world: World) -> None:
    author = await shares_a_tip(world, "dana")
    await author.presses("More", on="shares a tip")
    await author.presses("Share in another channel", on=TITLE)
    form = await author.fills()
    assert "ward-team" not in str(form.item["view"]["fields"][0]["options"])


async def test_its_author_is_not_asked_about_a_channel_that_they_cannot_read(world: World) -> None:
    await shares_a_tip(world, "dana")
    other = world.person("ben")
    await other.presses("More", on="shares a tip")
    await other.presses("Share in another channel", on=TITLE)
    form = await other.fills()
    (ward,) = [option for option in form.item["view"]["fields"][0]["options"] if "ward-team" in option["label"]]
    outcome = await other.submits(place=ward["value"])
    assert "Its author can't see this channel." in str(outcome)


async def test_a_link_that_stands_there_already_stays_where_it_is(world: World) -> None:
    for place in ("ward-team", "questions"):
        person = world.person("ben", place)
        await person.types("/share link", place=place)
        await person.submits(url="https://example.org/lamps", text=f"Lamps in {place}.")
        await world.settles()
    await person.presses("More", on="Lamps in ward-team.")
    await person.presses("Share in another channel")
    form = await person.fills()
    (there,) = [option for option in form.item["view"]["fields"][0]["options"] if "questions" in option["label"]]
    outcome = await person.submits(place=there["value"])
    assert "This page is shared there already, as L-2." in str(outcome)


@pytest.mark.parametrize("removed_by", ["ben", "ada"])
async def test_what_is_removed_asks_nobody_any_more(world: World, removed_by: str) -> None:
    await wished_by_another(world)
    remover = world.person(removed_by, "ward-team")
    await remover.presses("More", on="shares a tip")
    await remover.presses("Remove", on=TITLE)
    await remover.submits()
    await world.settles()
    await world.person("ben").sees_not("May this be shared in another channel?")
