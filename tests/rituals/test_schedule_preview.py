"""What a change would do to meetings that are announced is said before it is saved; and that is what it does."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import pytest
from sqlalchemy import select

from storage.sessions import Session
from tests.rituals.test_schedule import schedules_a_meeting
from tests.rituals.test_schedule_changes import does
from tests.support.world import World

# The world begins on Wednesday 4 March 2026 at 10:00 UTC.
Announced = dict[int, tuple[str, datetime, int]]  # meeting → how it stands, when, how often it was moved or cancelled


async def every_day(world: World) -> Any:
    """Meetings on weekdays, of which today's is announced, and two more by themselves: this evening and tomorrow morning."""
    facilitator = await schedules_a_meeting(world, "weekdays 12:30")
    await facilitator.presses("Save it", on="Nothing is saved yet.")
    await world.settles()
    for at in ("2026-03-04 18:00", "2026-03-05 09:00"):
        await facilitator.types("/facilitate schedule")
        await facilitator.presses("More", on="Scheduled")
        await facilitator.presses("Add a date", on="Grand rounds")
        await facilitator.submits(at=at)
        await world.settles()
    return facilitator


async def announced(world: World) -> Announced:
    async with world.database.read() as db:
        return {one.id: (one.state, one.starts_at, one.sequence) for one in await db.scalars(select(Session))}


def said(at: datetime) -> str:
    return f"{at:%a} {at.day} {at:%b %Y, %H:%M} (UTC+00:00)"


def in_words(before: Announced, after: Announced) -> str:
    """What happened, as it had to be said beforehand."""
    parts = []
    for id, (state, at, sequence) in sorted(before.items(), key=lambda one: one[1][1]):
        is_now, then, changes = after[id]
        if changes == sequence:
            continue
        if is_now == "cancelled":
            parts.append(f"{said(at)} would be cancelled")
        elif state == "cancelled":
            parts.append(f"{said(at)} would be on again" + (f", {said(then)}" if then != at else ""))
        else:
            parts.append(f"{said(at)} would move to {said(then)}")
    return f"\nAlready announced: {'; '.join(parts)}. Those who come are told once." if parts else ""


async def shown(facilitator: Any) -> str:
    """The newest look at dates that are not saved yet."""
    looks = [seen for seen in await facilitator.everything() if "Nothing is saved yet." in seen.text]
    return str(max(looks, key=lambda seen: int(seen.id)).text)


CHANGES = {
    "later today": {"words": "weekdays 15:00"},
    "an hour that is over today": {"words": "weekdays 9:30"},
    "on other days": {"words": "every Friday 12:30"},
    "its name alone": {"title": "Rounds for all"},
    "from tomorrow on": {"words": "weekdays 15:00", "since": "2026-03-05"},
    "from the day after on": {"words": "weekdays 15:00", "since": "2026-03-06"},
    "from tomorrow on, on other days": {"words": "every Friday 12:30", "since": "2026-03-05"},
    "in another zone": {"words": "weekdays 12:30 Europe/Berlin"},
}


SKIPPED = ("later today", "from tomorrow on")  # tried with a date that was skipped before, too


@pytest.mark.parametrize("name", [*CHANGES, *(f"{name}, one skipped" for name in SKIPPED)])
async def test_what_is_said_beforehand_is_what_happens(world: World, name: str) -> None:
    given = CHANGES[name.removesuffix(", one skipped")]
    facilitator = await every_day(world)
    if name not in CHANGES:
        await does(world, facilitator, "Skip a date")
    before = await announced(world)
    assert len(before) == 3
    await facilitator.types("/facilitate schedule")
    await facilitator.presses("Change", on="Scheduled")
    await facilitator.submits(**given)
    look = await shown(facilitator)
    await facilitator.presses("Save it", on="Nothing is saved yet.")
    await world.settles()
    happened = in_words(before, await announced(world))
    if happened:
        assert happened in look
    else:
        assert "Already announced" not in look


async def test_a_meeting_that_comes_back_is_said_to(world: World) -> None:
    facilitator = await every_day(world)
    await does(world, facilitator, "Change", words="every Friday 12:30")
    await facilitator.types("/facilitate schedule")
    await facilitator.presses("Change", on="Scheduled")
    await facilitator.submits(words="weekdays 13:00")
    again = "Wed 4 Mar 2026, 12:30 (UTC+00:00) would be on again, Wed 4 Mar 2026, 13:00 (UTC+00:00)"
    assert again in await shown(facilitator)


async def test_each_of_two_meanings_says_what_it_would_do(world: World) -> None:
    facilitator = await every_day(world)
    await facilitator.types("/facilitate schedule")
    await facilitator.presses("Change", on="Scheduled")
    await facilitator.submits(words="every 2nd Thursday 12:30")
    assert (await shown(facilitator)).count("Already announced: Wed 4 Mar 2026, 12:30") == 2


async def test_before_it_ends_one_reads_how_many_meetings_are_cancelled_and_after_too(world: World) -> None:
    facilitator = await every_day(world)
    await facilitator.types("/facilitate schedule")
    await facilitator.presses("More", on="Scheduled")
    menu = await facilitator.sees("[End it]")
    confirms = [button["confirm"] for button in buttons_of(menu.item) if button["label"] == "End it"]
    assert confirms == ["End it? 3 announced meetings are cancelled, and those who come are told."]
    await facilitator.presses("End it", on="Grand rounds")
    await facilitator.sees("It has ended. 3 announced meetings are cancelled; those who come are told.")


def buttons_of(item: Any) -> list[dict[str, Any]]:
    """Every button, wherever it stands in a message."""
    if isinstance(item, dict):
        here = [item] if item.get("kind") == "button" else []
        return here + [one for value in item.values() for one in buttons_of(value)]
    return [one for value in item for one in buttons_of(value)] if isinstance(item, list) else []


async def test_of_a_schedule_four_weeks_of_dates_can_be_skipped_or_moved(world: World) -> None:
    facilitator = await every_day(world)
    for label in ("Skip a date", "Move a date"):
        await facilitator.types("/facilitate schedule")
        await facilitator.presses(label, on="Scheduled")
        form = await facilitator.fills()
        offered = form.item["view"]["fields"][0]["options"]
        assert len(offered) == 24
        more = {"to": "2026-06-01 09:00"} if label == "Move a date" else {}
        await facilitator.submits(date=offered[-1]["value"], **more)
        await world.settles()
    await facilitator.types("/facilitate schedule")
    await facilitator.sees("not on 2 April 2026; one date moved; 2 dates added")


async def test_an_added_date_before_the_change_goes_on_as_it_was(world: World) -> None:
    """It belongs to the dates before, which it would otherwise leave, to be cancelled and announced once more."""
    facilitator = await every_day(world)
    await does(world, facilitator, "Change", words="weekdays 15:00", since="2026-03-06")
    after = await announced(world)
    assert [state for state, _, _ in after.values()] == ["planned"] * 3
    await world.person("dana").sees("Grand rounds\nThu 5 Mar 2026, 09:00")
