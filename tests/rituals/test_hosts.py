"""Who hosts a meeting: named on its card, told of what becomes of it, and able to cancel it."""

from __future__ import annotations

from typing import Any

from sqlalchemy import select

from storage.audit import AuditEntry
from storage.ledger.rhythms import Rhythm
from storage.sessions import Session
from tests.rituals.test_find_meetings import MEETING, announced
from tests.rituals.test_schedule import count
from tests.rituals.test_schedule_changes import does, messages
from tests.support.world import World


async def cancels(person: Any, reason: str = "") -> Any:
    await person.presses("More", on="Grand rounds")
    await person.presses("Cancel this meeting", on="Grand rounds")
    return await person.submits(reason=reason)


async def test_both_hosts_stand_on_the_card(world: World) -> None:
    await announced(world, **MEETING)
    await world.person("dana").sees("hosted by @Sample: Ben B. and @Sample: Chidi C.")


async def test_the_same_person_twice_or_only_as_the_second_is_one_host(world: World) -> None:
    await announced(world, host="ben", cohost="ben")
    await world.person("dana").sees("hosted by @Sample: Ben B.")
    await announced(world, cohost="chidi")
    await world.person("dana").sees("hosted by @Sample: Chidi C.")
    await world.person("dana").sees_not("B. and ")


async def test_hosts_are_told_of_moves_and_cancellations_once_also_when_they_come(world: World) -> None:
    facilitator = await announced(world, **MEETING)
    ben, chidi, dana = (world.person(name) for name in ("ben", "chidi", "dana"))
    await chidi.presses("I'm coming", on="Grand rounds")
    await does(world, facilitator, "Move a date", to="2026-03-06 09:00")
    for person, told in ((ben, 1), (chidi, 1), (dana, 0)):
        assert await messages(person, "Grand rounds is now Fri 6 Mar 2026, 09:00") == told
    await does(world, facilitator, "Skip a date")
    for person, told in ((ben, 1), (chidi, 1), (dana, 0)):
        assert await messages(person, "Grand rounds is now Fri 6 Mar 2026, 09:00") == 0  # it says so, too
        assert await messages(person, "is cancelled.") == 2 * told


async def test_a_host_cancels_it_and_those_who_come_read_why_once(world: World) -> None:
    await announced(world, **MEETING)
    ben, chidi, dana = (world.person(name) for name in ("ben", "chidi", "dana"))
    await dana.presses("I'm coming", on="Grand rounds")
    await cancels(chidi, "The room is flooded.")
    await world.settles()
    await chidi.sees("Cancelled. Those who said they come are told once.")
    await dana.sees("Cancelled: Grand rounds")
    assert [await messages(who, "The room is flooded.") for who in (ben, chidi, dana)] == [1, 0, 1]
    await world.passes(days=3)  # its schedule agrees: nothing comes back, and the next is announced
    await dana.sees_not("Grand rounds begins")
    assert await count(world, Session, Session.state == "planned") == 1
    async with world.database.read() as db:
        (entry,) = await db.scalars(select(AuditEntry).where(AuditEntry.action == "session.cancelled"))
        (rhythm,) = await db.scalars(select(Rhythm))
    assert (entry.subject, entry.detail) == ("session:1", "The room is flooded.")
    assert rhythm.recurrence["skipped"] == ["2026-03-05"]


async def test_a_facilitator_may_a_member_may_not_and_nobody_twice(world: World) -> None:
    facilitator = await announced(world, **MEETING)
    dana = world.person("dana")
    await dana.presses("More", on="Grand rounds")
    await dana.sees("Add to my calendar")
    await dana.sees_not("Cancel this meeting")
    await cancels(facilitator)
    await world.settles()
    await dana.sees("Cancelled: Grand rounds")
    await facilitator.presses("Cancel this meeting", on="Grand rounds")  # its menu still stands there
    await facilitator.submits()
    await facilitator.sees("It is cancelled already.")
    assert await count(world, Session, Session.sequence == 1) == 1


async def test_it_cannot_be_cancelled_once_it_has_begun(world: World) -> None:
    await announced(world, **MEETING)
    ben = world.person("ben")
    await ben.presses("More", on="Grand rounds")
    await world.passes(hours=27)
    await ben.presses("Cancel this meeting", on="Grand rounds")
    assert "It has begun already." in str(await ben.submits())


async def test_an_extra_date_is_cancelled_like_any_other(world: World) -> None:
    facilitator = await announced(world)
    await facilitator.types("/facilitate schedule")
    await facilitator.presses("More", on="Scheduled")
    await facilitator.presses("Add a date", on="Grand rounds")
    await facilitator.submits(at="2026-03-06 09:00")
    await world.settles()
    await facilitator.presses("More", on="Fri 6 Mar 2026, 09:00")
    await facilitator.presses("Cancel this meeting", on="Grand rounds")
    await facilitator.submits()
    await world.settles()
    await facilitator.sees("Cancelled: Grand rounds\nGrand rounds\nFri 6 Mar 2026, 09:00")
    assert await count(world, Session, Session.state == "planned") == 1


async def test_a_host_removes_what_others_left(world: World) -> None:
    await announced(world, **MEETING)
    await world.passes(days=2)
    dana, chidi = world.person("dana"), world.person("chidi")
    await dana.presses("Add notes or a recording", on="is over")
    await dana.submits(url="https://example.org/wrong", text="The wrong one")
    await chidi.presses("More", on="is over")
    await chidi.presses("Remove: The wrong one")
    await world.settles()
    await dana.sees_not("The wrong one")
