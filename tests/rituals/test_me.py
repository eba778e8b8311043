"""/rounds me: one screen with how much, when one may be asked, and the digest; each changed by a small form of its own."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from sqlalchemy import select

from storage import members
from storage.ledger.timers import Timer
from storage.members import Member
from tests.support.world import World


async def member(world: World, name: str) -> Member:
    async with world.database.read() as db:
        account = select(members.Account.member_id).where(members.Account.remote_id == name)
        return (await db.scalars(select(Member).where(Member.id.in_(account)))).one()


async def test_three_controls_stand_on_one_screen(world: World) -> None:
    person = await world.joins("dana", can_help="falls")
    await person.types("/rounds me")
    screen = await person.sees("How much: ")
    assert "How much: Normal: at most one question a day, 3 questions a week at most" in screen.text
    assert "When you may be asked: On working days from 9:00 to 17:00, UTC" in screen.text
    assert "Digest: none" in screen.text
    assert "You can help with: falls" in screen.text
    for label in ("Change how much", "Change when", "Choose it", "Change topics", "Profile", "Leave"):
        assert f"[{label}]" in screen.text
    assert "another account" not in screen.text  # there is one workspace only


async def test_how_much_is_set_without_joining(world: World) -> None:
    reader = world.person("dana")
    await reader.types("/rounds me")
    await reader.sees("You have not joined")
    await reader.presses("Change how much")
    wrong = await reader.submits(volume="quiet", most=21)
    assert wrong["answer"]["errors"]["most"] == "This should be 20 or less."
    await reader.submits(volume="quiet", most=2)
    await reader.sees("You have not joined, so I ask you nothing anyway.")
    they = await member(world, "dana")
    assert (they.volume, they.weekly_cap, they.joined_at) == ("quiet", 2, None)
    await reader.types("/rounds me")
    form = (await reader.presses("Join", on="You have not joined"))["answer"]["form"]
    assert form["values"]["volume"] == "quiet"


@pytest.mark.parametrize(
    ("wrong", "field", "said"),
    [
        ({"begins": "nine"}, "begins", "This should be a time like 9:00."),
        ({"ends": "25:00"}, "ends", "This should be a time like 9:00."),
        ({"begins": "17:00", "ends": "9:00"}, "ends", "This should be later than the time before it."),
        ({"zone": "Mars/Base"}, "zone", "I don't know this time zone."),
        ({"away": "soon"}, "away", "This should be a date like 2026-05-03."),
        ({"away": "2026-03-03"}, "away", "This day is over."),
        ({"away": "9999-12-31"}, "away", "At most a year ahead, please."),
    ],
)
async def test_what_is_wrong_stands_beside_its_field(
    world: World, wrong: dict[str, str], field: str, said: str
) -> None:
    person = world.person("dana")
    await person.types("/rounds me")
    await person.presses("Change when")
    answer = await person.submits(**wrong)
    assert set(answer["answer"]["errors"]) == {field}
    assert said in answer["answer"]["errors"][field]


async def test_hours_a_zone_and_days_away(world: World) -> None:
    person = await world.joins("dana", can_help="falls")
    await person.types("/rounds me")
    await person.presses("Change when")
    await person.submits(begins="7", ends="15:30", zone="Europe/London", away="2026-03-06")
    await person.sees("On working days from 7:00 to 15:30, Europe/London")
    await person.sees("Away until 6 March: until then I ask you nothing.")
    they = await member(world, "dana")
    assert (they.hours_from, they.hours_to, they.zone) == (7 * 60, 15 * 60 + 30, "Europe/London")
    assert they.away_until == date(2026, 3, 6)

    await world.person("ben").types("/ask Falls at night?")
    await world.person("ben").submits()
    await person.sees_not("Can you help?")

    await person.types("/rounds me")
    await person.presses("I'm back", on="Away until 6 March")
    await person.sees("Welcome back.")
    assert (await member(world, "dana")).away_until == date(2026, 3, 3)
    await person.types("/rounds me")
    assert "Away until" not in (await person.sees("How much: ")).text


async def due(world: World) -> Any:
    async with world.database.read() as db:
        return await db.scalar(select(Timer.due).where(Timer.key.startswith("digest:")))


async def test_the_digest_goes_by_the_new_clock(world: World) -> None:
    person = await world.joins("dana")
    await person.presses("Weekly digest of this channel", on="Welcome to")
    before = await due(world)
    await person.types("/rounds me")
    await person.presses("Change when")
    await person.submits(zone="Asia/Tokyo")
    after = await due(world)
    assert (before - after).total_seconds() == 9 * 3600


async def test_the_digest_after_being_away_comes_when_one_is_back(world: World) -> None:
    person = await world.joins("dana")
    await person.types("/rounds digest")
    await person.presses("Choose it")
    await person.submits(every="away", at="16:00")
    assert await due(world) is None
    await person.types("/rounds me")
    await person.presses("Change when")
    await person.submits(away="2026-03-10")
    assert (await due(world)).date() == date(2026, 3, 11)
    await person.types("/rounds me")
    await person.presses("I'm back")
    assert (await due(world)).date() == date(2026, 3, 4)  # today, at that time
