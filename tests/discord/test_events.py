"""Meetings among a server's own events: made, moved, called off; and who presses "Interested" may come."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from adapters.discord.events import NAMED
from adapters.discord.profile import ref
from bot.core.clock import MovableClock
from bot.core.events import Interest
from bot.rituals.schedule.declared import NewMeeting
from schedules.relay import Timing
from storage.ledger.deliveries import Delivery
from storage.members import Account
from storage.sessions import Rsvp
from tests.fakes.discord.faults import Fault
from tests.fakes.discord.model import ScheduledEvent
from tests.support.discord import discord_world
from tests.support.waiting import until
from tests.support.world import WEDNESDAY, World

# The world begins on Wednesday 4 March 2026 at 10:00 UTC.
THURSDAY = datetime(2026, 3, 5, 12, 30, tzinfo=UTC)
EVENTS = r"scheduled-events"
SCHEDULED, COMPLETED, CANCELLED = 1, 3, 4
OURS = ["VIEW_CHANNEL", "SEND_MESSAGES", "SEND_MESSAGES_IN_THREADS", "CREATE_PUBLIC_THREADS", "READ_MESSAGE_HISTORY"]
OURS += ["ATTACH_FILES", "PIN_MESSAGES", "MANAGE_THREADS"]


@pytest.fixture
async def hurried(database_url: str, tmp_path: Path) -> AsyncIterator[World]:
    """With a lease that the slowest of these requests does not outlive."""
    timing = Timing(lease=1.0, send=0.6, settled=0.05, poll=0.05, redraw_pause=0.0)
    async with discord_world(database_url, tmp_path, timing=timing) as made:
        yield made


async def schedules(world: World, place: str = "questions", **more: Any) -> Any:
    facilitator = world.person("ada", place)
    await facilitator.types("/facilitate schedule")
    await facilitator.presses("Schedule a meeting", on="Scheduled")
    given = {"title": "Grand rounds", "words": "every Thursday 12:30", "kind": "grand rounds", **more}
    await world.completes(facilitator, NewMeeting, **given)
    await facilitator.presses("Save it", on="Nothing is saved yet.")
    await facilitator.sees("Saved: Grand rounds")
    await world.settles()
    return facilitator


async def moves(world: World, facilitator: Any, to: str) -> None:
    await facilitator.types("/facilitate schedule")
    await facilitator.presses("Move a date", on="Scheduled")
    await facilitator.submits(to=to)
    await world.settles()


async def ends(world: World, facilitator: Any) -> None:
    await facilitator.types("/facilitate schedule")
    await facilitator.presses("More", on="Scheduled")
    await facilitator.presses("End it", on="Grand rounds")


async def begins_again(world: World, facilitator: Any) -> None:
    await facilitator.presses("Begin it again", on="It has ended")
    await world.settles()


async def event(world: World) -> dict[str, Any]:
    (found,) = await world.api.events()
    return dict(found)


def starts(found: dict[str, Any]) -> datetime:
    return datetime.fromisoformat(found["scheduled_start_time"])


async def delivered(world: World) -> list[Delivery]:
    async with world.database.read() as db:
        found = await db.scalars(select(Delivery).where(Delivery.card == "session_event").order_by(Delivery.id))
        return list(found)


async def answers(world: World) -> dict[str, str]:
    """Short name → what they said."""
    people = {user.id: user.name for user in world.service.state.users.values()}
    query = select(Account.remote_id, Rsvp.answer).join(Rsvp, Rsvp.member_id == Account.member_id)
    async with world.database.read() as db:
        return {people[int(id)]: answer for id, answer in await db.execute(query)}


async def comes_to(world: World, expected: dict[str, str]) -> None:
    async def has_come() -> bool:
        return await answers(world) == expected

    await until(has_come)
    await world.settles()


async def heard(world: World) -> None:
    """Wait until what was pressed before has been acted on: presses are reported in the order in which they came."""
    platform: Any = world.rounds.platforms["discord"]
    await asyncio.sleep(0.05)  # until it has come over the gateway
    async with platform._interested.in_turn:
        pass
    await world.settles()


# What stands there


async def test_a_meeting_that_is_announced_stands_among_the_servers_events(world: World) -> None:
    topic = "*Falls* in <@1> @everyone"
    await world.person("ben").types("/rounds help")
    await schedules(world, where="https://meet.example.org/rounds", host="@ben", topics=topic, minutes=45)
    found = await event(world)
    assert found["name"] == "Grand rounds"
    assert starts(found) == THURSDAY
    assert datetime.fromisoformat(found["scheduled_end_time"]) == THURSDAY + timedelta(minutes=45)
    assert found["entity_metadata"] == {"location": "https://meet.example.org/rounds"}
    assert (found["entity_type"], found["privacy_level"], found["status"]) == (3, 2, SCHEDULED)
    place = world.service.state.place_named("questions").id
    mark = (await delivered(world))[0].uid[:8]
    assert found["description"] == (
        "Grand rounds\nHosted by Sample: Ben B.\n> \\*Falls\\* in \\<@1> @everyone\n"
        f"Say whether you come in <#{place}>.\n\nRounds · {mark}"
    )
    await world.person("dana").sees("Grand rounds\n")


async def test_without_a_place_of_its_own_it_is_in_its_channel(world: World) -> None:
    await schedules(world)
    assert (await event(world))["entity_metadata"] == {"location": "#questions"}


async def test_it_moves_with_its_meeting(world: World) -> None:
    facilitator = await schedules(world)
    before = await event(world)
    await moves(world, facilitator, "2026-03-06 09:00")
    found = await event(world)
    assert starts(found) == datetime(2026, 3, 6, 9, 0, tzinfo=UTC)
    assert (found["id"], found["description"]) == (before["id"], before["description"])


async def test_it_is_cancelled_with_its_meeting_and_comes_back_as_another(world: World) -> None:
    facilitator = await schedules(world)
    await ends(world, facilitator)
    await world.settles()
    assert (await event(world))["status"] == CANCELLED
    await begins_again(world, facilitator)
    one, other = await world.api.events()
    assert (one["status"], other["status"]) == (CANCELLED, SCHEDULED)
    assert starts(other) == THURSDAY
    await world.person("dana").is_interested("Grand rounds")
    await comes_to(world, {"dana": "maybe"})


@pytest.mark.parametrize(
    "fault",
    [{"kind": "fail", "times": None}, {"kind": "delay", "seconds": 0.3}],
    ids="away slow".split(),
)
async def test_a_meeting_that_comes_back_while_it_is_cancelled_has_one_event(
    hurried: World, fault: dict[str, Any]
) -> None:
    facilitator = await schedules(hurried)
    hurried.service.faults.add(Fault.model_validate({"route": f"PATCH .*{EVENTS}", **fault}))
    await ends(hurried, facilitator)
    await until(lambda: _happened(hurried))
    await facilitator.presses("Begin it again", on="It has ended")
    await hurried.api.clear_faults()
    await hurried.settles()
    (found,) = [one for one in await hurried.api.events() if one["status"] == SCHEDULED]
    assert starts(found) == THURSDAY


async def _happened(world: World) -> bool:
    return bool(world.service.faults.happened)


async def test_what_is_over_ends_by_itself_and_nothing_is_asked_of_it(world: World) -> None:
    await schedules(world)
    asked, id = len(requests(world)), str((await event(world))["id"])
    await world.passes(days=1, hours=4)
    assert (await world.api.events())[0]["status"] == COMPLETED
    assert not [one for one in requests(world)[asked:] if id in one]
    await world.person("ben").sees("Grand rounds is over.")


def requests(world: World) -> list[str]:
    return [named for _, named in world.service.requests if EVENTS in named]


async def test_what_somebody_deletes_by_hand_is_left_alone_and_the_message_stays(world: World) -> None:
    facilitator = await schedules(world)
    world.service.state.events.clear()
    await moves(world, facilitator, "2026-03-06 09:00")
    assert await world.api.events() == []
    assert [one.state for one in await delivered(world)] == ["withheld"]
    await world.person("dana").sees("6 March 2026 09:00")


# Who sees it


async def test_a_meeting_of_a_closed_channel_is_no_event(world: World) -> None:
    await schedules(world, "ward-team")
    assert await world.api.events() == []
    assert await delivered(world) == []
    await world.person("ben", "ward-team").sees("Grand rounds\n")


async def test_when_its_channel_is_closed_the_event_goes(world: World) -> None:
    async def gone() -> bool:
        return not await world.api.events()

    await schedules(world)
    await world.api.change_place("questions", closed=True)
    await until(gone)
    await world.settles()


# What goes wrong


async def test_without_the_permission_everything_else_goes_on_and_checking_names_it(world: World) -> None:
    await world.api.set_permissions("bot", *OURS)
    facilitator = await schedules(world)
    assert await world.api.events() == []
    await world.person("dana").sees("Grand rounds\n")
    await world.person("ben").presses("I'm coming", on="Grand rounds")
    await facilitator.sees_not("I couldn't post")
    await facilitator.types("/facilitate check")
    seen = await facilitator.sees("✗ Meetings among the events of Sample community")
    assert "Missing: Create Events, for putting meetings among the server's events" in seen.text
    await moves(world, facilitator, "2026-03-06 09:00")
    await world.person("dana").sees("6 March 2026 09:00")


async def test_with_as_many_events_as_discord_allows_the_meeting_is_announced(world: World) -> None:
    world.service.faults.add(Fault(kind="refuse", route=f"POST .*{EVENTS}", status=400, code=30038))
    facilitator = await schedules(world)
    (delivery,) = await delivered(world)
    assert (delivery.state, delivery.reason[:37]) == ("dead", "This server has as many open events a")
    await world.person("dana").sees("Grand rounds\n")
    await facilitator.sees_not("I couldn't post")


@pytest.mark.parametrize(
    "fault",
    [
        {"kind": "fail", "after": True},
        {"kind": "fail", "after": True, "status": 500, "times": 2},
        {"kind": "fail"},
        {"kind": "drop", "after": True},
        {"kind": "drop"},
        {"kind": "delay", "seconds": 0.8},
        {"kind": "rate_limit", "times": 3, "retry_after": 2.5},
    ],
    ids="5xx-after 500-after 5xx drop-after drop slow 429".split(),
)
async def test_whatever_goes_wrong_there_is_one_event(hurried: World, fault: dict[str, Any]) -> None:
    hurried.service.faults.add(Fault.model_validate({"route": f"POST .*{EVENTS}", **fault}))
    await schedules(hurried)
    assert hurried.service.faults.happened
    found = await event(hurried)
    (delivery,) = await delivered(hurried)
    assert (delivery.state, delivery.remote_id) == ("sent", f"{NAMED}{found['id']}")


async def test_an_event_that_waits_keeps_no_message_waiting(hurried: World) -> None:
    hurried.service.faults.add(Fault(kind="rate_limit", route=f"POST .*{EVENTS}", times=None, retry_after=30.0))
    facilitator = hurried.person("ada")
    await facilitator.types("/facilitate schedule")
    await facilitator.presses("Schedule a meeting", on="Scheduled")
    await hurried.completes(facilitator, NewMeeting, title="Grand rounds", words="every Thursday 12:30")
    await facilitator.presses("Save it", on="Nothing is saved yet.")
    await hurried.person("dana").sees("Grand rounds\n")
    await hurried.api.clear_faults()


async def test_the_program_ends_after_the_work_and_finds_it_when_it_begins_again(hurried: World) -> None:
    async def is_there() -> bool:
        return bool(await hurried.api.events())

    hurried.service.faults.add(Fault(kind="drop", route=f"POST .*{EVENTS}", after=True))
    hurried.service.faults.add(Fault(kind="fail", route=f"GET .*{EVENTS}", times=None, status=503))
    facilitator = hurried.person("ada")
    await facilitator.types("/facilitate schedule")
    await facilitator.presses("Schedule a meeting", on="Scheduled")
    await hurried.completes(facilitator, NewMeeting, title="Grand rounds", words="every Thursday 12:30")
    await facilitator.presses("Save it", on="Nothing is saved yet.")
    await until(is_there)
    await hurried.rounds.stop()
    await hurried.api.clear_faults()
    hurried.rounds = hurried._begin()
    await hurried.rounds.start()
    await hurried.settles()
    assert [one.state for one in await delivered(hurried)] == ["sent"]
    await event(hurried)


# Who is interested


async def test_who_is_interested_may_come_and_who_no_longer_is_does_not(world: World) -> None:
    await schedules(world)
    dana = world.person("dana")
    await dana.is_interested("Grand rounds")
    await comes_to(world, {"dana": "maybe"})
    await dana.sees("0 coming · 1 may come")
    await dana.is_interested("Grand rounds", yes=False)
    await comes_to(world, {"dana": "no"})
    await dana.sees("0 coming")
    await dana.sees_not("1 may come")
    assert world.service.state.dm_with(world.service.state.user_named("dana").id) is None  # nobody is written to


async def test_what_was_said_by_a_button_counts_for_more(world: World) -> None:
    await schedules(world, capacity=1)
    ben, chidi, dana = (world.person(name) for name in ("ben", "chidi", "dana"))
    await ben.presses("I'm coming", on="Grand rounds")
    await chidi.presses("I'm coming", on="Grand rounds")
    await dana.presses("Can't come", on="Grand rounds")
    said = {"ben": "yes", "chidi": "waiting", "dana": "no"}
    assert await answers(world) == said
    for person in (ben, chidi):
        await person.is_interested("Grand rounds")
        await person.is_interested("Grand rounds", yes=False)
    await dana.is_interested("Grand rounds")
    await comes_to(world, {**said, "dana": "maybe"})


async def test_pressed_again_and_again_the_last_one_counts(world: World) -> None:
    await schedules(world)
    dana = world.person("dana")
    for turn in range(7):
        await dana.is_interested("Grand rounds", yes=turn % 2 == 0)
    await heard(world)
    await comes_to(world, {"dana": "maybe"})


async def test_what_comes_late_or_twice_changes_nothing(world: World) -> None:
    await schedules(world)
    dana = world.person("dana")
    await dana.is_interested("Grand rounds")
    await comes_to(world, {"dana": "maybe"})
    async with world.database.read() as db:
        account = await db.scalar(select(Account).join(Rsvp, Rsvp.member_id == Account.member_id))
    assert account is not None
    message = (await delivered(world))[0].remote_id
    workspace, at = ref(account.workspace, ""), world.clock.now()

    async def hears(interested: bool, key: str, at: datetime | None) -> None:
        async def nobody_waits() -> None: ...

        await world.rounds.dispatch(Interest(key, workspace, message, (account.ref,), interested, at), nobody_waits)

    world.clock.advance(timedelta(minutes=5))
    await dana.presses("Can't come", on="Grand rounds")
    await hears(True, "again", at)  # of before
    await hears(True, "as it is", None)  # still interested there
    assert await answers(world) == {"dana": "no"}
    await hears(True, "anew", world.clock.now())
    await hears(True, "anew", world.clock.now())
    assert await answers(world) == {"dana": "maybe"}


async def test_what_was_pressed_while_we_were_away_is_found_out(world: World) -> None:
    await schedules(world)
    await world.rounds.stop()
    await world.api.add_person("fay", "Sample: Fay F.")
    await world.person("fay").is_interested("Grand rounds")
    await world.person("dana").is_interested("Grand rounds")
    world.rounds = world._begin()
    await world.rounds.start()
    await comes_to(world, {"fay": "maybe", "dana": "maybe"})
    await world.person("ben").sees("0 coming · 2 may come")
    await world.person("dana").presses("Can't come", on="Grand rounds")
    await world.rounds.platforms["discord"].report_directory()
    await comes_to(world, {"fay": "maybe", "dana": "no"})


async def test_of_many_who_are_interested_none_is_left_out(world: World) -> None:
    await schedules(world)
    await world.rounds.stop()
    names = [f"p{number}" for number in range(120)]
    (found,) = world.service.state.events.values()
    for name in names:
        found.interested.add(world.service.people.add_person(name).id)
    world.rounds = world._begin()
    await world.rounds.start()
    await comes_to(world, dict.fromkeys(names, "maybe"))


async def test_other_peoples_events_are_none_of_ours(world: World) -> None:
    state = world.service.state
    theirs = {"name": "Game night", "entity_type": 3, "entity_metadata": {"location": "here"}}
    theirs |= {"scheduled_start_time": THURSDAY.isoformat()}
    theirs |= {"scheduled_end_time": (THURSDAY + timedelta(hours=1)).isoformat()}
    id = state.new_id()
    state.events[id] = ScheduledEvent(id, world.service.guild.id, theirs, state.user_named("ben").id)
    for name in ("ben", "chidi", "dana"):
        await world.person(name).is_interested("Game night")
        await world.person(name).is_interested("Game night", yes=False)
    await heard(world)
    asked = [one for one in requests(world) if str(id) in one]
    assert len(asked) == 1
    assert await answers(world) == {}
    await world.rounds.platforms["discord"].report_directory()
    assert len([one for one in requests(world) if str(id) in one]) == 1


async def test_who_does_not_see_the_channel_is_not_written_down(world: World) -> None:
    """Closed a moment ago, before the event has gone."""
    await schedules(world)
    world.service.faults.add(Fault(kind="fail", route=f"DELETE .*{EVENTS}", times=None))
    await world.api.change_place("questions", closed=True)

    await until(lambda: _happened(world))
    await world.person("dana").is_interested("Grand rounds")
    await heard_while_something_fails(world)
    assert await answers(world) == {}
    await world.api.clear_faults()
    await world.settles()
    assert await world.api.events() == []


async def heard_while_something_fails(world: World) -> None:
    platform: Any = world.rounds.platforms["discord"]
    await asyncio.sleep(0.2)  # until it has come over the gateway
    async with platform._interested.in_turn:
        pass


async def test_an_event_that_has_begun_is_deleted_when_its_meeting_is_called_off(world: World) -> None:
    """Discord lets such an event end, but not be cancelled."""
    facilitator = await schedules(world)
    platform: Any = world.rounds.platforms["discord"]
    (delivery,) = await delivered(world)
    guild = str(world.service.guild.id)
    assert isinstance(world.clock, MovableClock)
    assert world.clock.now() == WEDNESDAY
    world.clock.advance(THURSDAY - WEDNESDAY)
    await platform.events._cancel(guild, delivery.remote_id)
    assert await world.api.events() == []
    assert facilitator.id == "ada"


async def test_the_same_over_postgresql(postgres_url: str, tmp_path: Path) -> None:
    async with discord_world(postgres_url, tmp_path) as world:
        facilitator = await schedules(world)
        await world.person("dana").is_interested("Grand rounds")
        await comes_to(world, {"dana": "maybe"})
        await moves(world, facilitator, "2026-03-05 14:00")
        await ends(world, facilitator)
        await world.settles()
        await begins_again(world, facilitator)
        found = await world.api.events()
        assert [one["status"] for one in found] == [CANCELLED, SCHEDULED]
        assert {starts(one) for one in found} == {datetime(2026, 3, 5, 14, 0, tzinfo=UTC)}
        await world.person("dana").is_interested("Grand rounds")
        await world.person("dana").is_interested("Grand rounds", yes=False)
        await comes_to(world, {"dana": "no"})
