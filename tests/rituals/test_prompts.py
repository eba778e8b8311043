"""What was posted on a schedule: why it is there, and how a facilitator takes it away."""

from __future__ import annotations

from typing import Any

from sqlalchemy import select

from storage.audit import AuditEntry
from storage.ledger.rhythms import Rhythm
from tests.rituals.test_schedule import how_often
from tests.support.world import World

# The world begins on Wednesday 4 March 2026 at 10:00 UTC.


async def posted(world: World, words: str) -> Any:
    facilitator = world.person("ada")
    await facilitator.types("/facilitate schedule")
    await facilitator.presses("Schedule a prompt", on="Scheduled")
    await facilitator.submits(text="What did you learn this week?", words=words)
    await facilitator.presses("Save it", on="Nothing is saved yet.")
    await world.passes(days=2, hours=6, minutes=1)
    assert await how_often(world.person("dana")) == 1
    return facilitator


async def removes(facilitator: Any, reason: str = "") -> None:
    await facilitator.presses("More", on="What did you learn")
    await facilitator.presses("Remove", on="A facilitator scheduled it")
    await facilitator.submits(reason=reason)


async def test_a_facilitator_removes_one_and_the_next_comes_nevertheless(world: World) -> None:
    facilitator, dana = await posted(world, "every Friday 16:00"), world.person("dana")
    await removes(facilitator, "It was a joke.")
    await world.settles()
    await facilitator.sees("It is gone from its channel. Its next dates stay as they are")
    assert await how_often(dana) == 0
    await facilitator.presses("Remove", on="A facilitator scheduled it")
    assert "This is gone already." in str(await facilitator.submits())
    await world.passes(days=7)
    assert await how_often(dana) == 1
    async with world.database.read() as db:
        (entry,) = await db.scalars(select(AuditEntry).where(AuditEntry.action == "prompt.removed"))
    assert (entry.subject, entry.detail) == ("prompt:1", "It was a joke.")


async def test_with_the_last_one_its_words_are_gone_from_the_database(world: World) -> None:
    facilitator = await posted(world, "Friday 16:00")
    await removes(facilitator)
    await world.settles()
    await facilitator.sees("It is gone from its channel.")
    assert await how_often(world.person("dana")) == 0
    async with world.database.read() as db:
        (rhythm,) = await db.scalars(select(Rhythm))
    assert (rhythm.title, rhythm.more) == ("", {})


async def test_a_member_reads_why_it_is_there_and_cannot_remove_it(world: World) -> None:
    await posted(world, "every Friday 16:00")
    dana = world.person("dana")
    await dana.presses("More", on="What did you learn")
    seen = await dana.sees("A facilitator scheduled it: Every Friday at 16:00, UTC.")
    assert "Remove" not in seen.text
