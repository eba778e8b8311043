"""In a community where patients are talked about, no form takes what looks like a patient's detail."""

from __future__ import annotations

import pytest

from tests.rituals.test_keeping_words import asks, kept_anywhere
from tests.support.world import World

PHONE = "+44 7700 900123"
FOUND = "This looks like a phone number (“+44…”). Remove it, or say why it is fine."


async def becomes_clinical(world: World) -> None:
    steward = world.person("ada")
    await steward.types("/facilitate check")
    await steward.presses("About the community")
    await steward.submits(domain="Care on wards", clinical=True)
    await steward.sees("is what people read from now on.")


async def test_each_form_says_so_and_none_takes_what_looks_like_one(world: World) -> None:
    await becomes_clinical(world)
    asker = world.person("ben")
    await asker.types("/ask Whom to call?")
    form = await asker.fills()
    assert "No patient details, please." in str(form.item["view"]["note"])
    outcome = await asker.submits(details=f"I tried {PHONE}.")
    assert FOUND in str(outcome)
    assert await kept_anywhere(world, "900123") == []
    await asker.submits(details=f"I tried {PHONE} (fine: our public line).")
    await asker.sees("Posted in #questions")


@pytest.mark.parametrize("command", ["share tip", "share story", "share term", "share link"])
async def test_every_kind_is_looked_at(world: World, command: str) -> None:
    await becomes_clinical(world)
    sharer = world.person("ben")
    await sharer.types(f"/{command}")
    form = await sharer.fills()
    given = {
        field["name"]: "https://example.org/a" if field["name"] == "url" else f"MRN 00412345 and {PHONE}"
        for field in form.item["view"]["fields"]
        if field["required"] and not field["options"]
    }
    assert "Remove them, or say why they are fine." in str(await sharer.submits(**given))
    assert await kept_anywhere(world, "00412345") == []


async def test_elsewhere_nothing_is_looked_at(world: World) -> None:
    asker = world.person("ben")
    await asker.types("/ask Whom to call?")
    form = await asker.fills()
    assert "No patient details" not in str(form.item["view"])
    await asker.submits(details=f"I tried {PHONE}.")
    await asker.sees("Posted in #questions")


async def test_a_reply_that_helped_is_looked_at_before_it_is_kept(world: World) -> None:
    await becomes_clinical(world)
    asker, emre = await asks(world, "ben", "Whom to call?"), world.person("emre")
    await emre.says(f"Call {PHONE}.", thread_of="Whom to call?")
    await world.hears_of_a_reply()
    await asker.presses("This helped", on="Whom to call?")
    await asker.submits()
    await emre.presses("OK", on="helped.")
    await emre.sees(FOUND)
    assert await kept_anywhere(world, "900123") == []


async def test_what_somebody_saves_is_looked_at_before_it_is_asked_for(world: World) -> None:
    await becomes_clinical(world)
    emre, saver = world.person("emre", "general"), world.person("dana", "general")
    await emre.types(f"Call {PHONE}.", place="general")
    await saver.chooses_in_menu("Save to Rounds…", of="Call +44")
    assert FOUND in str(await saver.submits(what="tip"))
    await emre.sees_not("May this be kept")
