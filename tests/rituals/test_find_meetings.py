"""Meetings are found: those to come, and what is left of those that were."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import select

from storage.search.index import SearchDoc
from tests.rituals.test_schedule import count, schedules_a_meeting
from tests.rituals.test_schedule_changes import does
from tests.support.world import World

# The world begins on Wednesday 4 March 2026 at 10:00 UTC.
MEETING = {"topics": "Delirium at night", "host": "ben", "cohost": "chidi"}


async def announced(world: World, **more: Any) -> Any:
    facilitator = await schedules_a_meeting(world, "every Thursday 12:30", **more)
    await facilitator.presses("Save it", on="Nothing is saved yet.")
    await world.settles()
    return facilitator


async def finds(person: Any, typed: str) -> str:
    """What /find says last."""
    await person.types(f"/find {typed}", dm=True)
    found = [seen for seen in await person.everything() if seen.text.startswith(("Found", "Nothing found"))]
    return str(max(found, key=lambda seen: int(seen.id)).text)


@pytest.mark.parametrize("typed", ["grand rounds", "delirium", "kind:session", "delirium kind:session", "M-1", "m-1"])
async def test_a_meeting_to_come_is_found_and_answered_there(world: World, typed: str) -> None:
    await announced(world, **MEETING)
    dana = world.person("dana")
    found = await finds(dana, typed)
    assert "Grand rounds\nMeeting M-1: Thu 5 Mar 2026, 12:30" in found
    assert "hosted by @Sample: Ben B. and @Sample: Chidi C." in found
    assert "Open" in found
    await dana.presses("I'm coming", on="Meeting M-1")
    await dana.sees("1 coming")


async def test_it_is_found_by_who_hosts_it_by_when_it_is_and_not_otherwise(world: World) -> None:
    await announced(world, **MEETING)
    dana = world.person("dana")
    for typed in ("from:@ben", "from:@chidi", "rounds after:2026-03-05", "rounds before:2026-03-06"):
        assert "Grand rounds" in await finds(dana, typed)
    assert "Grand rounds" in await finds(world.person("chidi"), "from:me")
    for typed in ("from:@ada", "rounds after:2026-03-06", "rounds before:2026-03-05", "kind:tip rounds", "tag:rounds"):
        assert "Grand rounds\n" not in await finds(dana, typed)
    await dana.types("/find kind:moon", dm=True)
    await dana.sees("I know these kinds: question, session, tip")


async def test_moved_renamed_cancelled_it_is_found_as_it_stands(world: World) -> None:
    facilitator, dana = await announced(world), world.person("dana")
    await does(world, facilitator, "Move a date", to="2026-03-06 09:00")
    assert "Fri 6 Mar 2026, 09:00" in await finds(dana, "grand rounds")
    await does(world, facilitator, "Change", title="Falls for all", words="every Thursday 13:00")
    assert "Falls for all\nMeeting M-1: Fri 6 Mar 2026, 09:00" in await finds(dana, "falls")
    await does(world, facilitator, "Change", title="Lamps for all")
    assert "Lamps for all\n" in await finds(dana, "lamps")
    assert "Nothing found" in await finds(dana, "falls")
    await does(world, facilitator, "Skip a date")
    for typed in ("lamps", "kind:session", "M-1"):
        assert "Nothing found" in await finds(dana, typed)
    assert await count(world, SearchDoc) == 0


async def test_what_is_left_of_a_meeting_is_found_until_it_is_removed(world: World) -> None:
    facilitator, ben, dana = await announced(world), world.person("ben"), world.person("dana")
    await world.passes(days=2)
    await ben.presses("Add notes or a recording", on="is over")
    await ben.submits(kind="slides", url="https://example.org/lamps", text="Lamps with sensors")
    found = await finds(dana, "sensors")
    assert "Grand rounds" in found
    assert "Slides: Lamps with sensors" in found
    assert "I'm coming" not in found
    await facilitator.presses("More", on="is over")
    await facilitator.presses("Remove: Lamps with sensors")
    await world.settles()
    assert "Nothing found" in await finds(dana, "sensors")
    assert "Slides" not in await finds(dana, "M-1")


async def test_a_meeting_of_a_closed_channel_is_found_there_alone(world: World) -> None:
    facilitator = world.person("ada", "ward-team")
    await facilitator.types("/facilitate schedule")
    await facilitator.presses("Schedule a meeting", on="Scheduled")
    await facilitator.submits(title="Ward secrets", words="every Thursday 12:30", host="dana")
    await facilitator.presses("Save it", on="Nothing is saved yet.")
    await world.settles()
    assert "Ward secrets" in await finds(world.person("chidi"), "secrets")
    for typed in ("secrets", "secret", "kind:session", "M-1", "from:me"):  # though she hosts it
        assert "Nothing found" in await finds(world.person("dana"), typed)


async def test_one_goes_from_a_meeting_to_what_is_like_it(world: World) -> None:
    await announced(world, topics="Delirium at night")
    dana = world.person("dana")
    await world.person("ben").types("/ask Rounds at night?")
    await world.person("ben").submits()
    await finds(dana, "M-1")
    await dana.presses("More like this", on="Meeting M-1")
    assert "Rounds at night?" in (await dana.sees("Like “Grand rounds”")).text


async def test_an_asker_is_shown_questions_alone_before_posting(world: World) -> None:
    await announced(world, topics="Delirium at night")
    ben = world.person("ben")
    await ben.types("/ask Grand rounds on delirium at night?")
    await ben.submits()
    await ben.sees_not("Was this asked before?")


async def test_the_round_up_says_what_is_left_of_a_meeting_and_nothing_of_one_that_left_nothing(world: World) -> None:
    facilitator, dana = await announced(world), world.person("dana")
    await facilitator.types("/facilitate schedule")
    await facilitator.presses("Schedule a prompt", on="Scheduled")
    await facilitator.submits(what="round-up", words="every Friday 16:00")
    await facilitator.presses("Save it", on="Nothing is saved yet.")
    await world.passes(days=2, hours=7)
    await dana.sees_not("New in this channel")
    await world.passes(days=6)  # the next one was held on Thursday
    await dana.presses("Add notes or a recording", on="is over")
    await dana.submits(kind="recording", url="https://example.org/talk", text="The talk")
    await world.passes(days=1)
    seen = await dana.sees("New in this channel")
    assert "Met: Grand rounds\nRecording: The talk" in seen.text
    assert seen.text.count("Met:") == 1


async def test_the_index_is_empty_of_what_was_never_announced(world: World) -> None:
    await announced(world)
    async with world.database.read() as db:
        (doc,) = await db.scalars(select(SearchDoc))
    assert (doc.kind, doc.subject) == ("session", 1)
