"""The profile: what others see of somebody, and finding people by it, by nothing else."""

from __future__ import annotations

from typing import Any

from sqlalchemy import select

from bot.core.events import Ref
from bot.rituals.profiles import SHOWN
from storage import members, tags
from storage.profiles import EVERYTHING, Profile
from tests.support.world import World


async def shows(world: World, name: str, **values: Any) -> Any:
    person = world.person(name)
    await person.types("/rounds me")
    await person.presses("Profile")
    await person.submits(**values)
    await person.sees("Saved. Others see")
    return person


async def finds(world: World, typed: str, name: str = "emre", place: str = "questions") -> str:
    """What is found, as its reader sees it."""
    answer = await world.person(name, place).types(f"/find {typed}")
    return str(answer["answer"])


async def test_people_who_can_help_are_found_after_what_was_asked(world: World) -> None:
    await world.joins("dana", can_help="falls, wound care", learn="audit")
    await shows(world, "dana", profession="Physiotherapist", site="Ward 3", cohort="Spring 2026")
    await world.person("ben").types("/ask How do you prevent falls at night?")
    await world.person("ben").submits()
    await world.settles()
    finder = world.person("emre")
    await finder.types("/find falls at night")
    found = (await finder.sees("Dana D. · can help with falls · Physiotherapist, Ward 3, Spring 2026")).text
    assert found.index("How do you prevent falls at night?") < found.index("Dana D.")
    for typed in ("physiotherapist", "ward 3", "spring 2026", "falls physiotherapist", "wounds", "audits", "tag:falls"):
        assert "Dana D." in await finds(world, typed), typed
    assert "wants to learn audit" in await finds(world, "audit")
    assert "Dana D." not in await finds(world, "falls", "dana")  # whoever looks knows that of themselves
    assert "Dana D." in await finds(world, "falls kind:person", "dana")
    for typed in ("lamps", "ward 4", "Dana", "tag:lamps", "the"):
        assert "Dana D." not in await finds(world, typed), typed


async def test_only_what_is_shown_is_found_and_appears(world: World) -> None:
    await world.joins("dana", can_help="falls", learn="audit")
    person = await shows(world, "dana", profession="Physiotherapist", site="Ward 3", shown=["profession", "learn"])
    found = await finds(world, "physiotherapist")
    assert "Dana D." in found
    assert "Ward 3" not in found
    assert "falls" not in found
    for typed in ("falls", "ward 3", "tag:falls"):
        assert "Dana D." not in await finds(world, typed), typed
    assert "Dana D." in await finds(world, "audit")
    await person.types("/rounds me")
    form = (await person.presses("Profile"))["answer"]["form"]
    assert form["values"]["shown"] == ["profession", "learn"]
    await person.submits(shown=[])
    await person.sees("Others see nothing of it.")
    assert "Dana D." not in await finds(world, "physiotherapist")
    assert "Dana D." not in await finds(world, "kind:person")


async def test_at_first_everything_is_shown() -> None:
    assert [option.value for option in SHOWN] == list(EVERYTHING)


async def test_who_left_is_blocked_or_never_joined_is_not_found(world: World) -> None:
    await shows(world, "chidi", profession="Physiotherapist")
    assert "Chidi" not in await finds(world, "physiotherapist")
    leaver = await world.joins("dana", can_help="falls")
    await shows(world, "dana", profession="Physiotherapist")
    assert "Dana" in await finds(world, "physiotherapist")
    await leaver.types("/rounds me")
    await leaver.presses("Leave", on="How much: ")
    assert "Dana" not in await finds(world, "physiotherapist")
    async with world.database.read() as db:
        assert list(await db.scalars(select(Profile.profession))) == ["Physiotherapist"]  # Chidi's

    await world.joins("ben", can_help="falls")
    async with world.database.write() as db:
        ben = await members.of_account(db, Ref("local", "local", "ben"))
        assert ben is not None
        ben.blocked_at = world.clock.now()
    assert "Ben" not in await finds(world, "falls")


async def test_an_account_that_works_no_more_and_guests(world: World) -> None:
    await world.joins("dana", can_help="falls")
    await world.api.add_member("ward-team", "gus")
    assert "Dana" not in await finds(world, "falls", "gus", "ward-team")  # a guest sees least
    assert "Dana" in await finds(world, "falls", "chidi", "ward-team")
    async with world.database.write() as db:
        account = await members.account_of(db, Ref("local", "local", "dana"))
        assert account is not None
        account.active = False
    assert "Dana" not in await finds(world, "falls")


async def test_people_alone_page_by_page(world: World) -> None:
    names = ("ada", "ben", "chidi", "dana", "emre", "gus")
    for name in names[1:-1]:
        await world.joins(name, can_help="falls")
    await world.api.add_member("ward-team", "gus")
    guest = world.person("gus", "ward-team")
    await guest.types("/rounds me")
    await guest.presses("Join", on="You have not joined")
    await guest.submits(can_help="falls", zone="UTC")
    steward = world.person("ada")
    await steward.types("/rounds me")
    await steward.presses("Change topics")
    await steward.submits(can_help="falls", zone="UTC")
    finder = world.person("emre")
    await finder.types("/find falls")
    first = await finder.sees("these people may know")
    assert [name for name in names if f"Sample: {name.title()}" in first.text] == ["ada", "ben", "chidi"]
    await finder.presses("More people", on="these people may know")
    await finder.presses("More", on="People")
    everybody = "\n".join([seen.text for seen in await finder.everything() if "People" in seen.text])
    for name in names:
        assert f"Sample: {name.title()}" in everybody, name
    await finder.types("/find kind:person")
    await finder.sees("can help with falls")
    assert "leave the other filters out" in await finds(world, "kind:person after:2026-01")
    assert "Nothing found" in await finds(world, "kind:person lamps")


async def test_a_synonym_finds_who_said_the_other_word(world: World) -> None:
    await world.joins("dana", can_help="falls")
    async with world.database.write() as db:
        dana = await members.of_account(db, Ref("local", "local", "dana"))
        assert dana is not None
        await tags.mean(db, dana.community_id, "slips", "falls")
    for typed in ("slips", "slips at night", "tag:slips"):
        assert "can help with falls" in await finds(world, typed), typed


async def test_what_was_asked_without_a_name_tells_nothing(world: World) -> None:
    await world.joins("dana", can_help="knots")
    await world.person("dana").types("/ask Am I too slow?")
    await world.person("dana").submits(tags="slow", anonymous=True)
    await world.settles()
    assert "Dana" not in await finds(world, "slow")
