"""Scheduling in chat: meetings and prompts from a form, their dates looked at before they are saved, changed and undone."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import func, select

from adapters.local.client import together
from storage.ledger.rhythms import Rhythm
from storage.sessions import Rsvp, Session
from tests.support.world import World

# The world begins on Wednesday 4 March 2026 at 10:00 UTC.


async def schedules_a_meeting(world: World, words: str, **more: Any) -> Any:
    facilitator = world.person("ada")
    await facilitator.types("/facilitate schedule")
    await facilitator.presses("Schedule a meeting", on="Scheduled")
    await facilitator.submits(title="Grand rounds", words=words, kind="grand rounds", **more)
    return facilitator


async def saves(world: World, facilitator: Any) -> None:
    await facilitator.presses("Save it", on="Nothing is saved yet.")
    await facilitator.sees("Saved: Grand rounds in #questions.")
    await world.settles()


async def test_two_meanings_are_shown_with_their_dates_and_one_is_saved(world: World) -> None:
    facilitator = await schedules_a_meeting(world, "every 2nd Thursday 12:30")
    shown = await facilitator.sees("Nothing is saved yet.")
    assert "The 2nd Thursday of the month, or a Thursday every other week?" in shown.text
    assert "Thursday 12 March 2026 12:30 UTC" in shown.text
    await facilitator.presses("This one", on="Nothing is saved yet.")
    await facilitator.sees("Saved: Grand rounds in #questions.")
    await facilitator.types("/facilitate schedule")
    listed = await facilitator.sees("Grand rounds\n")
    assert "Next: " in listed.text


async def test_it_can_be_said_by_choosing(world: World) -> None:
    facilitator = world.person("ada")
    await facilitator.types("/facilitate schedule")
    await facilitator.presses("Schedule a meeting", on="Scheduled")
    await facilitator.submits(title="Grand rounds", first="2026-03-12 12:30", often="weekday")
    await saves(world, facilitator)
    await facilitator.types("/facilitate schedule")
    await facilitator.sees("Grand rounds\nThe second Thursday of the month at 12:30, UTC")


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"words": "when the moon is full"}, "For example: every other Tuesday at 4pm"),
        ({"words": "every Friday"}, "At what time? Add it, as in: every Friday 16:00."),
        ({}, "Say when the first is, or say it in words below."),
        ({"first": "2026-03-01 10:00"}, "This is over already."),
    ],
)
async def test_what_is_not_understood_is_said_beside_its_field(world: World, given: dict[str, str], said: str) -> None:
    facilitator = world.person("ada")
    await facilitator.types("/facilitate schedule")
    await facilitator.presses("Schedule a meeting", on="Scheduled")
    assert said in str(await facilitator.submits(title="Grand rounds", **given))


async def test_a_meeting_is_announced_answered_reminded_of_and_over(world: World) -> None:
    facilitator, ben, dana = (
        await schedules_a_meeting(world, "every Thursday 12:30"),
        world.person("ben"),
        world.person("dana"),
    )
    await saves(world, facilitator)
    await ben.sees("Grand rounds\nThu 5 Mar 2026, 12:30")
    await ben.presses("I'm coming", on="Grand rounds")
    await ben.sees("You are coming.")
    await dana.presses("Maybe", on="Grand rounds")
    await dana.sees("1 coming · 1 may come")
    await world.passes(hours=25, minutes=31)
    await dana.sees("Grand rounds begins")
    await world.passes(hours=2)
    await ben.sees("Grand rounds is over. What do you still want to ask?")
    await ben.presses("I was there", on="is over")
    await ben.presses("Add notes or a recording", on="is over")
    await ben.submits(kind="recording", url="https://example.org/talk", text="The talk")
    await dana.types("/rounds sessions")
    caught_up = await dana.sees("Catch up")
    assert "Recording: The talk" in caught_up.text
    await dana.sees("1 person was there.")


async def test_a_move_and_a_cancellation_are_told_once_to_those_coming(world: World) -> None:
    facilitator, ben, dana = (
        await schedules_a_meeting(world, "every Thursday 12:30"),
        world.person("ben"),
        world.person("dana"),
    )
    await saves(world, facilitator)
    await ben.presses("I'm coming", on="Grand rounds")
    await facilitator.types("/facilitate schedule")
    await facilitator.presses("Move a date", on="Scheduled")
    await facilitator.submits(to="2026-03-06 09:00")
    await world.settles()
    await ben.sees("Grand rounds is now Fri 6 Mar 2026, 09:00")
    await dana.sees("Grand rounds\nFri 6 Mar 2026, 09:00")
    await dana.sees_not("Grand rounds is now")
    await facilitator.types("/facilitate schedule")
    await facilitator.presses("Skip a date", on="Scheduled")
    await facilitator.submits()
    await world.settles()
    await ben.sees("Fri 6 Mar 2026, 09:00 (UTC+00:00), is cancelled.")
    await dana.sees("Cancelled: Grand rounds")
    told = [seen for seen in await ben.everything() if seen.place == "dm-ben" and "Grand rounds" in seen.text]
    assert len(told) == 2
    await world.passes(days=3)
    await dana.sees_not("Grand rounds begins")


async def test_a_full_meeting_has_a_queue(world: World) -> None:
    facilitator = await schedules_a_meeting(world, "every Thursday 12:30", capacity=1)
    await saves(world, facilitator)
    ben, dana = world.person("ben"), world.person("dana")
    await ben.presses("I'm coming", on="Grand rounds")
    await dana.presses("I'm coming", on="Grand rounds")
    await dana.sees("It is full: you are next when a place gets free.")
    await dana.sees("1 of 1 coming · 1 waiting for a place")
    await ben.presses("Can't come", on="1 of 1 coming")
    await dana.sees("A place got free: Grand rounds")


async def test_ones_own_reminder_comes_to_oneself_and_moves_along(world: World) -> None:
    facilitator, ben = await schedules_a_meeting(world, "every Thursday 12:30", remind="0"), world.person("ben")
    await saves(world, facilitator)
    await ben.presses("I'm coming", on="Grand rounds")
    await ben.presses("Remind me", on="You are coming.")
    await ben.submits(minutes="60")
    await facilitator.types("/facilitate schedule")
    await facilitator.presses("Move a date", on="Scheduled")
    await facilitator.submits(to="2026-03-05 15:30")
    await world.passes(hours=26)
    await ben.sees_not("Grand rounds begins")
    await world.passes(hours=2, minutes=31)
    seen = await ben.sees("Grand rounds begins")
    assert seen.place == "dm-ben"
    await world.person("dana").sees_not("Grand rounds begins")


async def test_a_prompt_is_posted_paused_posted_now_and_ended(world: World) -> None:
    facilitator, member = world.person("ada"), world.person("ben")
    await facilitator.types("/facilitate schedule")
    await facilitator.presses("Schedule a prompt", on="Scheduled")
    await facilitator.submits(text="What did you learn this week?", words="every Friday 16:00")
    await facilitator.presses("Save it", on="Nothing is saved yet.")
    await world.passes(days=2, hours=6, minutes=1)
    assert await how_often(member) == 1
    await facilitator.types("/facilitate schedule")
    await facilitator.presses("More", on="Scheduled")
    await facilitator.presses("Pause", on="What did you learn")
    await world.passes(days=7)
    assert await how_often(member) == 1
    await facilitator.types("/facilitate schedule")
    await facilitator.sees("Paused.")
    await facilitator.presses("More", on="Paused.")
    await facilitator.presses("Go on", on="What did you learn")
    await world.passes(days=7)
    assert await how_often(member) == 2
    await facilitator.types("/facilitate schedule")
    await facilitator.presses("More", on="Next: Fri 27 Mar")
    await facilitator.presses("Post it now", on="What did you learn")
    await world.passes(seconds=1)
    assert await how_often(member) == 3
    await facilitator.presses("End it", on="What did you learn")
    await world.passes(days=14)
    assert await how_often(member) == 3
    await facilitator.presses("Begin it again", on="It has ended.")
    await world.passes(days=7)
    assert await how_often(member) == 4


async def how_often(person: Any) -> int:
    seen = await person.everything()
    return len([one for one in seen if one.text.startswith("What did you learn") and one.place == "questions"])


async def test_only_a_facilitator_schedules(world: World) -> None:
    member = world.person("ben")
    await member.types("/facilitate schedule")
    await member.sees_not("Scheduled")


async def test_the_tip_of_the_week_gives_each_its_turn(world: World) -> None:
    facilitator, sharer, reader = world.person("ada"), world.person("ben"), world.person("dana")
    for title in ("Lamps", "Chairs"):
        await sharer.types("/share tip")
        await sharer.submits(challenge=title, text=f"{title} work.")
    await facilitator.types("/facilitate schedule")
    await facilitator.presses("Schedule a prompt", on="Scheduled")
    await facilitator.submits(what="tip of the week", words="every Monday 9:00")
    await facilitator.presses("Save it", on="Nothing is saved yet.")
    shown = []
    await world.passes(days=4, hours=23)  # Monday, 9:00
    for week in range(3):
        await world.passes(days=7 if week else 0)
        weekly = [one.text for one in await reader.everything() if one.text.startswith("The tip of the week")]
        shown.append("Lamps" if "Lamps" in weekly[-1] else "Chairs")
    assert shown == ["Lamps", "Chairs", "Lamps"]


async def test_a_round_up_lists_what_is_new_and_is_silent_otherwise(world: World) -> None:
    facilitator, reader = world.person("ada"), world.person("dana")
    await facilitator.types("/facilitate schedule")
    await facilitator.presses("Schedule a prompt", on="Scheduled")
    await facilitator.submits(what="round-up", words="every Friday 16:00")
    await facilitator.presses("Save it", on="Nothing is saved yet.")
    await world.passes(days=2, hours=6)
    await reader.sees_not("New in this channel")
    await world.person("ben").types("/ask Which mats?")
    await world.person("ben").submits()
    await world.passes(days=7)
    seen = await reader.sees("New in this channel")
    assert "Asked: Which mats?" in seen.text


async def test_all_dates_change_and_what_was_moved_stays_moved(world: World) -> None:
    facilitator, ben = await schedules_a_meeting(world, "every Thursday 12:30"), world.person("ben")
    await saves(world, facilitator)
    await facilitator.types("/facilitate schedule")
    await facilitator.presses("Move a date", on="Scheduled")
    form = await facilitator.fills()
    second = form.item["view"]["fields"][0]["options"][1]["value"]
    await facilitator.submits(date=second, to="2026-03-13 09:00")
    await facilitator.types("/facilitate schedule")
    await facilitator.presses("Change", on="one date moved")
    await facilitator.submits(words="every Thursday 14:00", title="Rounds for all")
    await facilitator.presses("Save it", on="Nothing is saved yet.")
    await world.settles()
    await ben.sees("Rounds for all\nGrand rounds\nThu 5 Mar 2026, 14:00")
    await world.passes(days=5)
    await ben.sees("Rounds for all\nGrand rounds\nFri 13 Mar 2026, 09:00")


# Twice at once


async def count(world: World, table: Any, *where: Any) -> int:
    async with world.database.read() as db:
        return await db.scalar(select(func.count()).select_from(table).where(*where)) or 0


async def test_saved_twice_at_once_it_is_one_schedule(world: World) -> None:
    facilitator = await schedules_a_meeting(world, "every Thursday 12:30")

    async def save() -> Any:
        return await facilitator.presses("Save it", on="Nothing is saved yet.")

    await together(save(), save())
    await world.settles()
    assert await count(world, Rhythm) == 1
    assert await count(world, Session) == 1


async def test_the_last_place_is_one_persons_however_many_press_at_once(world: World) -> None:
    facilitator = await schedules_a_meeting(world, "every Thursday 12:30", capacity=1)
    await saves(world, facilitator)
    people = [world.person(name) for name in ("ben", "chidi", "dana", "emre")]
    for person in people:
        await person.sees("0 of 1 coming")
    await together(*(person.presses("I'm coming", on="of 1 coming") for person in people))
    await world.settles()
    assert await count(world, Rsvp, Rsvp.answer == "yes") == 1
    assert await count(world, Rsvp, Rsvp.answer == "waiting") == 3
    (first,) = [person for person in people if any("You are coming." in one.text for one in await person.everything())]
    await first.presses("Can't come", on="1 of 1 coming")
    await world.settles()
    assert await count(world, Rsvp, Rsvp.answer == "yes") == 1
    assert await count(world, Rsvp, Rsvp.answer == "waiting") == 2


async def test_a_date_is_changed_twice_at_once(world: World) -> None:
    facilitator = await schedules_a_meeting(world, "every Thursday 12:30")
    await saves(world, facilitator)
    for label, values in (("Move a date", {"to": "2026-03-06 09:00"}), ("Skip a date", {})):
        await facilitator.types("/facilitate schedule")
        await facilitator.presses(label, on="Scheduled")
        form = await facilitator.fills(**values)
        filled = {"form": form.id, "values": {**form.item["values"], **values}}
        answers = await together(*(world.api.request("POST", "/api/as/ada/submit", filled) for _ in range(2)))
        assert "failed on our side" not in str(answers)
        await world.settles()
    assert await count(world, Session) == 1
    assert await count(world, Session, Session.sequence == 2, Session.state == "cancelled") == 1
