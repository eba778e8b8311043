"""The one who only reads; and the one who goes."""

from __future__ import annotations

from typing import Any

from bot.rituals.digests.declared import HowIWantIt
from bot.rituals.schedule.declared import NewMeeting
from tests.support.scanning import tables_with
from tests.support.world import World

CHAT = "The coffee machine on 3B is broken, pelican."


async def a_week_in_the_channel(world: World) -> None:
    """A question, a tip, a message that somebody puts forward, a meeting that is announced; and ordinary chat."""
    facilitator, colleague, author = world.person("ada"), world.person("ben"), world.person("emre")
    await colleague.types("/ask How do you keep the night quiet?")
    await colleague.submits()
    await colleague.sees("Posted in")
    await author.types("/share tip")
    await author.submits(challenge="Falls at night", text="Lamps with sensors.", tags="falls")
    await author.sees("Shared in")
    await author.types(CHAT)
    await author.types("We moved the trolley to the window.")
    await colleague.chooses_in_menu("Save to Rounds…", of="We moved the trolley")
    await colleague.submits(what="digest", why="Saves ten minutes a shift")
    await colleague.sees("It may stand in the next digest")
    await facilitator.types("/facilitate schedule")
    await facilitator.presses("Schedule a meeting", on="Nothing is scheduled yet.")
    await world.completes(facilitator, NewMeeting, title="Grand rounds", first="2026-03-10 12:30")
    await facilitator.presses("Save it", on="Nothing is saved yet.")
    await world.settles()
    await author.says(CHAT, thread_of="How do you keep")
    await world.hears_of_a_reply()


async def wants_everything(world: World, reader: Any) -> None:
    await reader.presses("Weekly digest of this channel", on="Welcome to")
    await reader.sees("Weekly digest of #")
    await reader.presses("How much do I hear?", on="Weekly digest of #")
    await reader.presses("Change how much", on="How much")
    await reader.submits(volume="quiet")
    await reader.presses("Change", on="Weekly digest of #")
    wanted = {"every": "weekly", "weekday": "4", "at": "16:00", "channels": ["all"]}
    await world.completes(reader, HowIWantIt, **wanted)
    await reader.sees("of all channels you can read")


async def test_the_one_who_only_reads(world: World) -> None:
    reader = world.person("chidi")
    await wants_everything(world, reader)
    await a_week_in_the_channel(world)
    await world.person("ben", "ward-team").types("/ask Room four?", place="ward-team")
    await world.person("ben", "ward-team").submits()
    await world.settles()
    await world.passes(days=2, hours=5)  # Friday, an hour before
    await world.removes("ward-team", "chidi")
    await world.passes(hours=1)
    digest = await reader.sees("your digest")
    for line in ("How do you keep the night quiet?", "Falls at night", "Saves ten minutes a shift", "Grand rounds"):
        assert line in digest.text
    assert "Room four?" not in digest.text
    assert "trolley" not in digest.text
    await world.passes(days=7)  # the meeting was; nothing else is new
    await world.passes(days=7)
    assert len([seen for seen in await reader.everything() if "your digest" in seen.text]) <= 2
    assert await tables_with(world.database, "pelican") == {}
    assert await tables_with(world.database, "trolley") == {}


async def test_farewell(world: World) -> None:
    """A tip that should not stand is gone with one press; a member takes their data along, and is gone."""
    facilitator, author, reader = world.person("ada"), world.person("emre"), world.person("dana")
    await wants_everything(world, reader)
    await author.types("/share tip")
    await author.submits(challenge="Room four", text="Mrs Pelican fell twice.", tags="falls")
    await author.sees("Shared in")
    await author.types("/ask Which mats for Pelican?")
    await author.submits()
    await author.sees("Posted in")
    await facilitator.presses("More", on="shares a tip")
    await facilitator.presses("Remove")
    await facilitator.submits(reason="It names a patient.")
    await facilitator.sees("It is gone")
    await world.passes(days=2, hours=6)
    digest = await reader.sees("your digest")
    assert "Room four" not in digest.text
    assert "Which mats for Pelican?" in digest.text
    await author.types("/rounds me")
    await author.presses("My data", on="How much")
    await author.presses("Give me a copy", on="I keep what you asked")
    await world.settles()
    await author.sees("All that is kept of you")
    await author.presses("Delete my data", on="I keep what you asked")
    await author.submits(what="all")
    await author.sees("It is deleted.")
    await world.settles()
    assert await tables_with(world.database, "pelican") == {}
    await reader.sees_not("Pelican")
    await reader.types("/find mats")
    await reader.sees("Nothing found")
