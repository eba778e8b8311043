"""Asking without one's name: no member, facilitator, message, log or search tells who it was."""

from __future__ import annotations

from typing import Any

import pytest
import structlog
from sqlalchemy import select

from storage.audit import AuditEntry
from tests.support.world import World


async def asks_without_a_name(world: World, who: str = "ben", title: str = "Am I too slow?", **more: Any) -> Any:
    asker = world.person(who, more.pop("channel", "questions"))
    await asker.types(f"/ask {title}")
    await asker.submits(anonymous=True, **more)
    await world.settles()
    return asker


async def test_nobody_learns_who_asked_and_the_asker_is_told_of_each_reply(world: World) -> None:
    invited, passer_by, facilitator = (
        await world.joins("chidi", can_help="slow"),
        world.person("emre"),
        world.person("ada"),
    )
    with structlog.testing.capture_logs() as logged:
        asker = await asks_without_a_name(world, tags="slow")
        await asker.sees("Don't type in its thread: that shows who you are.")
        await invited.sees("Somebody asks: Am I too slow?")
        await passer_by.says("You are not alone.", thread_of="Am I too slow?")
        await world.hears_of_a_reply()
        await asker.sees("There is a reply to “Am I too slow?”.")
        await invited.presses("Ask back")
        await invited.submits(text="At what?")
        await passer_by.sees("Chidi C. asks back:\nAt what?")
        await asker.presses("Reply as the asker", on="There is a reply")
        await asker.submits(text="At wound care.")
        await passer_by.sees("The asker replies:\nAt wound care.")
        await passer_by.presses("Answer", on="Am I too slow?")
        await passer_by.submits(text="Time is the least of it.")
        await facilitator.presses("More", on="Am I too slow?")
        await facilitator.types("/facilitate queue")
        await facilitator.sees("Am I too slow?")
        await facilitator.types("/find slow")
        await world.passes(days=1)
        await asker.presses("Yes", on="Did that help?")
        await asker.submits()
        await passer_by.sees("Solved")
        await world.passes(days=3)
    for somebody in (invited, passer_by, facilitator):
        seen = [one for one in await somebody.everything() if "Ben" in one.text]
        assert seen == []
    assert "Ben" not in str(logged)


async def test_picking_the_asker_to_ask_does_not_tell_it_is_theirs(world: World) -> None:
    facilitator = world.person("ada")
    asker = await world.joins("ben")
    await world.joins("dana")
    await asks_without_a_name(world)
    for name, who in (("dana", "Dana D."), ("ben", "Ben B.")):
        await facilitator.types("/facilitate queue")
        await facilitator.presses("Ask someone", on="What waits")
        await facilitator.submits(person=name)
        await facilitator.sees(f"I'm asking Sample: {who}")
        await world.settles()
    await asker.sees("You asked this yourself, without your name.")


async def test_the_asker_is_kept_from_showing_themselves_by_the_answer_button(world: World) -> None:
    asker = await asks_without_a_name(world)
    await asker.presses("Answer", on="Am I too slow?")
    outcome = await asker.submits(text="I found it.")
    assert "an answer would show it" in str(outcome)
    await asker.presses("More", on="Am I too slow?")
    await asker.presses("Reply as the asker")
    await asker.submits(text="I found it.")
    await world.person("dana").sees("The asker replies:\nI found it.")


@pytest.mark.parametrize("by", ["ben", "ada"])
async def test_what_is_done_with_it_tells_nothing_in_the_log_of_the_facilitators(world: World, by: str) -> None:
    await asks_without_a_name(world)
    person = world.person(by)
    await person.presses("More", on="Am I too slow?")
    await person.presses("Close", on="[Remove]")
    await person.submits(reason="It was a test.")
    await person.presses("More", on="Am I too slow?")
    await person.presses("Remove", on="[Remove]")
    await person.submits()
    await world.settles()
    async with world.database.read() as db:
        actors = set(await db.scalars(select(AuditEntry.actor_id).where(AuditEntry.action.contains("question"))))
    assert len(actors) == (1 if by == "ada" else 0)
