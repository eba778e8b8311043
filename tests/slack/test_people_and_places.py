"""Who and what there is in a workspace, as it changes."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from storage.communities import Place, Workspace
from storage.members import Account, Member
from tests.fakes.slack import FakeSlack
from tests.support.slack import slack_world
from tests.support.waiting import until
from tests.support.world import World


async def place(world: World, id: str) -> Place | None:
    async with world.database.read() as db:
        return await db.scalar(select(Place).where(Place.remote_id == id))


async def account(world: World, id: str) -> tuple[Account, Member]:
    async with world.database.read() as db:
        found = await db.execute(
            select(Account, Member).join(Member, Account.member_id == Member.id).where(Account.remote_id == id)
        )
        one, member = found.one()
        return one, member


async def place_becomes(world: World, id: str, **expected: Any) -> None:
    async def has_become() -> bool:
        found = await place(world, id)
        return found is not None and all(getattr(found, key) == value for key, value in expected.items())

    await until(has_become)


async def person_becomes(world: World, id: str, **expected: Any) -> None:
    async def has_become() -> bool:
        one, member = await account(world, id)
        return all(getattr(member if hasattr(member, key) else one, key) == value for key, value in expected.items())

    await until(has_become)


# Places


async def test_the_bot_is_invited_to_a_channel_and_removed_again(world: World) -> None:
    await world.api.add_place("kitchen", bot=False, members=("ada", "ben"))
    assert await place(world, "CKITCHEN") is None
    await world.api.invite_bot("kitchen")
    await place_becomes(world, "CKITCHEN", name="kitchen", closed=False, archived=False)
    await world.api.remove_bot("kitchen")
    await place_becomes(world, "CKITCHEN", name="kitchen", archived=True)  # there is no posting there any more
    await world.api.invite_bot("kitchen")
    await place_becomes(world, "CKITCHEN", archived=False)


async def test_the_bot_is_removed_from_a_closed_channel(world: World) -> None:
    """It can't look there any more, so nobody sees anything of it."""
    await world.person("ben", "ward-team").types("/ask Falls in room 4?")
    await world.person("ben", "ward-team").submits()
    await world.person("chidi").sees("Falls in room 4?")
    await world.api.remove_bot("ward-team")
    await place_becomes(world, "CWARDTEAM", closed=True, archived=True)


async def test_a_channel_is_renamed_archived_and_brought_back(world: World) -> None:
    await world.api.change_place("general", name="everybody")
    await place_becomes(world, "CGENERAL", name="everybody")
    await world.api.change_place("everybody", archived=True)
    await place_becomes(world, "CGENERAL", archived=True)
    await world.api.change_place("everybody", archived=False)
    await place_becomes(world, "CGENERAL", archived=False)
    await world.api.change_place("everybody", deleted=True)
    await place_becomes(world, "CGENERAL", archived=True)


async def test_what_was_asked_in_a_channel_that_became_private_is_seen_by_its_members_alone(world: World) -> None:
    insider, outsider = world.person("dana", "general"), world.person("emre", "general")
    await world.api.add_place("lab", bot=False, members=("ada", "ben", "dana"))
    await world.api.invite_bot("lab")
    await place_becomes(world, "CLAB", name="lab", closed=False)
    await world.api.change_place("lab", closed=True)
    await place_becomes(world, "CLAB", closed=True)
    asker = world.person("ben", "lab")
    await asker.types("/ask Where are the pipettes?")
    await asker.submits()
    await insider.sees("Where are the pipettes?")
    await insider.types("/find pipettes")
    await insider.sees("Where are the pipettes?")
    await outsider.types("/find pipettes")
    await outsider.sees("Nothing found")
    await world.api.change_place("lab", closed=False)
    await place_becomes(world, "CLAB", closed=False)


async def test_joining_and_leaving_a_closed_channel_counts_at_once(world: World) -> None:
    await world.person("ben", "ward-team").types("/ask Which lifting belt?")
    await world.person("ben", "ward-team").submits()
    await world.settles()
    dana = world.person("dana")
    await dana.types("/find lifting belt")
    await dana.sees("Nothing found")
    await world.api.add_member("ward-team", "dana")
    await until(lambda: world._is_in("ward-team", "dana"))
    await dana.types("/find lifting belt")
    await dana.sees("Which lifting belt?")
    await world.removes("ward-team", "dana")
    await dana.hides_ephemerals()
    await dana.types("/find lifting belt")
    await dana.sees("Nothing found")
    await dana.sees_not("Which lifting belt?")


# People


async def test_people_change(world: World) -> None:
    await world.api.change_person("dana", shown="Dana of the Ward", zone="Europe/London")
    await person_becomes(world, "UDANA", name="Dana of the Ward", zone="Europe/London")
    await world.api.change_person("dana", guest=True)
    await person_becomes(world, "UDANA", guest=True)
    await world.api.change_person("dana", guest=False, deleted=True)
    await person_becomes(world, "UDANA", guest=False, active=False)
    await world.api.change_person("dana", deleted=False)
    await person_becomes(world, "UDANA", active=True)


async def test_somebody_new_is_known_by_name_from_the_first_command(world: World) -> None:
    await world.api.add_person("fay", "Fay F.", "Asia/Manila")
    await world.api.add_member("questions", "fay")
    await world.person("fay").types("/ask Where is the kettle?")
    await world.person("fay").submits()
    await world.person("dana").sees("Where is the kettle?")
    await person_becomes(world, "UFAY", name="Fay F.", zone="Asia/Manila")


async def test_who_was_deactivated_is_not_asked(world: World) -> None:
    await world.joins("chidi", can_help="falls")
    await world.api.change_person("chidi", deleted=True)
    await person_becomes(world, "UCHIDI", active=False)
    asker = world.person("ben")
    await asker.types("/ask How to prevent falls?")
    await asker.submits(tags="falls")
    await asker.sees("I told a facilitator")


async def test_a_guest_sees_only_what_is_asked_where_they_are(world: World) -> None:
    guest, asker = world.person("gus", "ward-team"), world.person("ben")
    await asker.types("/ask Which gloves?")
    await asker.submits()
    await world.api.add_member("ward-team", "gus")
    await until(lambda: world._is_in("ward-team", "gus"))
    await guest.types("/find gloves")
    await guest.sees("Nothing found")
    await world.person("ben", "ward-team").types("/ask Which gloves in here?")
    await world.person("ben", "ward-team").submits()
    await guest.sees("Which gloves in here?")
    await guest.types("/find gloves")
    await guest.sees("Which gloves in here?")


async def test_people_of_another_organisation_are_told_whom_we_serve(world: World) -> None:
    """Two organisations share #questions."""
    await world.person("ben").types("/ask Which gloves?")
    await world.person("ben").submits()
    await world.api.add_person("xena", "Xena X.", home="T0XENA")
    await world.api.add_member("questions", "xena")
    stranger = world.person("xena")
    await stranger.presses("Answer", on="Which gloves?")
    await stranger.sees("I only serve the people of the workspace that I am installed in.")
    assert "form" not in [seen.kind for seen in await stranger.everything()]


# Coming and going


async def test_the_app_is_removed_and_installed_again(world: World) -> None:
    """By a token in the settings: the same one works again."""
    await world.api.do("uninstall")

    async def gone() -> bool:
        async with world.database.read() as db:
            return await db.scalar(select(Workspace.gone_at)) is not None

    await until(gone)
    world.service.team.install.active = True
    await world.restarts()
    assert not await gone()
    await world.person("ben").types("/ask Are we back?")
    await world.person("ben").submits()
    await world.person("dana").sees("Are we back?")


async def test_while_the_token_is_worth_nothing_nothing_is_lost(world: World) -> None:
    ben = world.person("ben")
    await ben.types("/ask Still there?")
    world.service.team.install.active = False
    await world.rounds.platforms["slack"].report_directory()  # raises nothing: it is said in the log
    world.service.team.install.active = True
    await ben.submits()
    await world.person("dana").sees("Still there?")


# A Slack that is slow, or not there


@pytest.mark.parametrize("method", ["auth.test", "users.conversations", "users.list", "apps.connections.open"])
@pytest.mark.parametrize("faults", [{"drop_before": 2}, {"ratelimited": 1, "retry_after": 1}])
async def test_it_begins_all_the_same(database_url: str, tmp_path: Path, method: str, faults: dict[str, int]) -> None:
    def failing(slack: FakeSlack) -> None:
        slack.faults.set(methods=(method,), **faults)

    async with slack_world(database_url, tmp_path, prepare=failing, again_after=0.05, patience=4.0) as world:
        await until(lambda: begun(world))
        assert len(world.service.faults.used) == next(iter(faults.values()))


async def connected(world: World) -> bool:
    return bool(world.service.delivery.sockets.open)


async def begun(world: World) -> bool:
    """The owner was reported, so that somebody looks after the workspace; a socket is open."""
    seen = await world.person("ada").everything()
    return any("Setting up" in one.text for one in seen) and await connected(world)


async def test_a_large_workspace_is_served_before_everybody_in_it_is_known(database_url: str, tmp_path: Path) -> None:
    """And the program ends in time although it is still asking who there is."""

    def slow(slack: FakeSlack) -> None:
        slack.faults.set(methods=("users.list",), ratelimited=1, retry_after=600)

    async with slack_world(database_url, tmp_path, prepare=slow, patience=0.2) as world:
        await until(lambda: connected(world))
        await world.person("ben").types("/ask Who is there?")
        await world.person("ben").submits()
        await world.person("dana").sees("Who is there?")
        async with asyncio.timeout(5):
            await world.rounds.platforms["slack"].stop_receiving()
