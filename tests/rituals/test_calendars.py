"""A member's calendar, read by two programs of other people: it follows what happens, and its address can be taken back."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import Any

import aiohttp
import pytest
import vobject
from icalendar import Calendar

from adapters.web.calendar import calendar_route
from adapters.web.server import public_app, serve
from tests.rituals.test_schedule import saves, schedules_a_meeting
from tests.support.world import World


async def address_of(world: World, who: str) -> str:
    person = world.person(who)
    await person.types("/rounds sessions")
    await person.presses("My calendar", on="Meetings")
    seen = await person.sees("Give this address to your calendar program")
    found = re.search(r"https://rounds\.example\.org(/calendar/[\w-]+\.ics)", seen.text + str(seen.item))
    assert found is not None
    return found[1]


async def read(world: World, path: str) -> tuple[int, bytes, str]:
    async def healthy() -> bool:
        return True

    runner = await serve(public_app(healthy, [calendar_route(world.rounds.calendars)]), "127.0.0.1", 0)
    try:
        url = f"http://127.0.0.1:{runner.addresses[0][1]}{path}"
        async with aiohttp.ClientSession() as session, session.get(url) as response:
            return response.status, await response.read(), response.content_type
    finally:
        await runner.cleanup()


async def events(world: World, path: str) -> dict[datetime, dict[str, Any]]:
    """Start → what both programs read of it, which is the same."""
    status, body, kind = await read(world, path)
    assert (status, kind) == (200, "text/calendar")
    one = {
        str(event["uid"]): {
            "starts": event.decoded("dtstart").astimezone(UTC),
            "ends": event.decoded("dtend").astimezone(UTC),
            "title": str(event["summary"]),
            "sequence": int(event["sequence"]),
            "status": str(event["status"]),
        }
        for event in Calendar.from_ical(body).walk("VEVENT")
    }
    other = {
        event.uid.value: {
            "starts": event.dtstart.value.astimezone(UTC),
            "ends": event.dtend.value.astimezone(UTC),
            "title": event.summary.value,
            "sequence": int(event.sequence.value),
            "status": event.status.value,
        }
        for event in vobject.readOne(body.decode()).contents.get("vevent", [])
    }
    assert one == other
    assert len(one) == len(Calendar.from_ical(body).walk("VEVENT")), "two events of one UID"
    return {it["starts"]: {"uid": uid, **it} for uid, it in one.items()}


def at(month: int, day: int, hour: int, minute: int = 0) -> datetime:
    return datetime(2026, month, day, hour, minute, tzinfo=UTC)


async def test_a_calendar_follows_what_is_moved_and_cancelled(world: World) -> None:
    facilitator = await schedules_a_meeting(world, "every Thursday 12:30 Europe/London")
    await saves(world, facilitator)
    path = await address_of(world, "ben")
    first = await events(world, path)
    assert first[at(3, 5, 12, 30)]["title"] == "Grand rounds"
    assert at(4, 2, 11, 30) in first, "London's clocks have changed by then"
    await facilitator.types("/facilitate schedule")
    await facilitator.presses("Move a date", on="Scheduled")
    await facilitator.submits(to="2026-03-06 09:00")
    moved = await events(world, path)
    assert moved[at(3, 6, 9)]["uid"] == first[at(3, 5, 12, 30)]["uid"]
    assert moved[at(3, 6, 9)]["sequence"] > first[at(3, 5, 12, 30)]["sequence"]
    await facilitator.types("/facilitate schedule")
    await facilitator.presses("Skip a date", on="Scheduled")
    await facilitator.submits()
    cancelled = (await events(world, path))[at(3, 6, 9)]
    assert cancelled["status"] == "CANCELLED"
    assert cancelled["sequence"] > moved[at(3, 6, 9)]["sequence"]


async def test_an_announced_date_is_the_event_that_it_was(world: World) -> None:
    facilitator = await schedules_a_meeting(world, "every Thursday 12:30")
    await saves(world, facilitator)
    path = await address_of(world, "ben")
    before = await events(world, path)
    await world.passes(days=2)
    after = await events(world, path)
    assert after[at(3, 12, 12, 30)] == before[at(3, 12, 12, 30)]


async def test_an_address_that_is_taken_back_or_replaced_is_found_no_more(world: World) -> None:
    person = world.person("ben")
    first = await address_of(world, "ben")
    second = await address_of(world, "ben")
    assert [(await read(world, path))[0] for path in (first, second)] == [404, 200]
    await person.presses("Turn it off", on="Your calendar")
    assert [(await read(world, path))[0] for path in (first, second)] == [404, 404]


@pytest.mark.parametrize("path", ["/calendar/x.ics", "/calendar/" + "a" * 32 + ".ics", "/calendar/..%2f..%2fx.ics"])
async def test_any_other_address_is_found_nowhere(world: World, path: str) -> None:
    assert (await read(world, path))[0] == 404


async def test_nobodys_calendar_holds_what_they_cannot_see_or_said_no_to(world: World) -> None:
    facilitator = world.person("ada", "ward-team")
    await facilitator.types("/facilitate schedule")
    await facilitator.presses("Schedule a meeting", on="Scheduled")
    await facilitator.submits(title="Ward rounds", words="every Thursday 12:30")
    await facilitator.presses("Save it", on="Nothing is saved yet.")
    await facilitator.sees("in #ward-team")
    await world.settles()
    insider, outsider = await address_of(world, "ben"), await address_of(world, "dana")
    assert await events(world, outsider) == {}
    assert at(3, 5, 12, 30) in await events(world, insider)
    await world.person("ben", "ward-team").presses("Can't come", on="Ward rounds")
    assert at(3, 5, 12, 30) not in await events(world, insider)
    await world.removes("ward-team", "ben")
    assert await events(world, insider) == {}


async def test_one_meeting_as_a_file(world: World) -> None:
    facilitator, person = await schedules_a_meeting(world, "every Thursday 12:30"), world.person("ben")
    await saves(world, facilitator)
    await person.presses("More", on="Grand rounds")
    await person.presses("Add to my calendar", on="Grand rounds")
    seen = await person.sees("as a file for your calendar")
    found = re.search(r"/calendar/[\w-]+\.ics", str(seen.item))
    assert found is not None
    assert list(await events(world, found[0])) == [at(3, 5, 12, 30)]
