"""Who and what there is in a server, as it changes; and what Discord offers beyond messages."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from adapters.discord.inspection import invite_url
from bot.core.events import Event, PlaceChanged
from storage.communities import Place, Workspace
from storage.members import Account, Member
from tests.fakes.discord.faults import Fault
from tests.support.discord import discord_world
from tests.support.waiting import until
from tests.support.world import World


async def id_of(world: World, kind: str, name: str) -> str:
    found = (await world.api.directory())[kind]
    return str(next(one["snowflake"] for one in found if one["id"] == name))


async def place_becomes(world: World, id: str, **expected: Any) -> None:
    async def has_become() -> bool:
        async with world.database.read() as db:
            found = await db.scalar(select(Place).where(Place.remote_id == id))
        return found is not None and all(getattr(found, key) == value for key, value in expected.items())

    await until(has_become)


async def person_is(world: World, who: str, **expected: Any) -> bool:
    query = select(Account, Member).join(Member, Account.member_id == Member.id)
    async with world.database.read() as db:
        found = (await db.execute(query.where(Account.remote_id == await id_of(world, "people", who)))).first()
    if found is None:
        return False
    account, member = found
    return all(getattr(member if hasattr(member, key) else account, key) == value for key, value in expected.items())


async def requests(world: World, method: str, ending: str) -> int:
    return sum(named.startswith(method) and named.endswith(ending) for _, named in world.service.requests)


# People


async def test_who_joined_is_known_by_discords_own_message(world: World) -> None:
    await world.api.add_person("fay", "Fay F.", announced=True)
    await until(lambda: person_is(world, "fay", name="Fay F."))


async def test_who_is_called_something_else_is_known_by_that_from_their_next_command(world: World) -> None:
    await world.person("dana").types("/rounds help")
    await until(lambda: person_is(world, "dana", name="Sample: Dana D."))
    await world.api.change_person("dana", name="Dana of the Ward")
    await world.person("dana").types("/rounds help")
    await until(lambda: person_is(world, "dana", name="Dana of the Ward"))


async def test_who_left_is_asked_nothing_any_more(world: World) -> None:
    await world.joins("chidi", can_help="falls")
    await world.api.change_person("chidi", gone=True)
    await world.rounds.platforms["discord"].report_directory()
    await until(lambda: person_is(world, "chidi", active=False))
    asker = world.person("ben")
    await asker.types("/ask How to prevent falls?")
    await asker.submits(tags="falls")
    await asker.sees("I told a facilitator")
    assert not [one for one in await world.api.messages("general") if "Can you help?" in str(one)]


async def test_who_left_while_the_program_was_away_is_found_out(world: World) -> None:
    await world.joins("chidi", can_help="falls")
    await world.rounds.stop()
    await world.api.change_person("chidi", gone=True)
    world.rounds = world._begin()
    await world.rounds.start()
    await world.settles()
    await world.passes(hours=25)
    asker = world.person("ben")
    await asker.types("/ask How to prevent falls?")
    await asker.submits(tags="falls")
    await world.settles()
    state = world.service.state
    conversation = state.dm_with(state.user_named("chidi").id)
    said = [] if conversation is None else list(state.messages.get(conversation.id, {}).values())
    assert "Can you help?" not in str([one.components for one in said])


async def test_direct_messages_that_are_closed_are_nobody_elses_business(world: World) -> None:
    await world.joins("chidi", can_help="falls")
    await world.api.change_person("chidi", dms_closed=True)
    await world.person("ben").types("/ask How to prevent falls?")
    await world.person("ben").submits(tags="falls")
    await world.settles()
    assert "Can you help?" not in str(await world.api.messages("questions"))


# Places


async def test_a_channel_comes_is_renamed_closed_opened_and_goes(world: World) -> None:
    await world.api.add_place("lab")
    id = await id_of(world, "places", "lab")
    await place_becomes(world, id, name="lab", closed=False, archived=False)
    await world.api.change_place("lab", name="laboratory")
    await place_becomes(world, id, name="laboratory")
    await world.api.change_place("laboratory", closed=True)
    await place_becomes(world, id, closed=True, archived=False)
    await world.api.change_place("laboratory", closed=False)
    await place_becomes(world, id, closed=False)
    await world.api.change_place("laboratory", removed=True)
    await place_becomes(world, id, archived=True)


async def test_a_channel_closed_while_all_are_looked_at_is_not_reported_open_after_that(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    platform: Any = world.rounds.platforms["discord"]
    directory, listed, go_on = platform._directory, asyncio.Event(), asyncio.Event()
    lists, reports, reported = directory._servers.channels, directory._report, []
    id = await id_of(world, "places", "questions")

    async def slowly(guild: str) -> Any:
        found = await lists(guild)
        listed.set()
        await go_on.wait()
        return found

    async def report(event: Event) -> None:
        if isinstance(event, PlaceChanged) and event.place.id == id:
            reported.append(event.closed)
        await reports(event)

    async def reported_or_waiting() -> bool:
        return True in reported or any(lock._waiters for lock in directory.turns.values())

    async def reported_as_closed() -> bool:
        return True in reported

    monkeypatch.setattr(directory._servers, "channels", slowly)
    monkeypatch.setattr(directory, "_report", report)
    looking = asyncio.create_task(platform.report_directory())
    await listed.wait()
    await world.api.change_place("questions", closed=True)
    await until(reported_or_waiting)
    go_on.set()
    await looking
    await until(reported_as_closed)
    assert False not in reported[reported.index(True) :]
    await place_becomes(world, id, closed=True)


async def test_a_channel_that_was_made_private_hides_what_was_asked_there(world: World) -> None:
    asker, outsider = world.person("ben", "general"), world.person("dana")
    await asker.types("/ask Where are the pipettes?")
    await asker.submits()
    await world.settles()
    await outsider.types("/find pipettes")
    await outsider.sees("Where are the pipettes?")
    id = await id_of(world, "places", "questions")
    await world.api.change_place("questions", closed=True)
    await place_becomes(world, id, closed=True)
    await world.api.permit("questions", "ben", allow=("VIEW_CHANNEL",))
    await outsider.dismisses()
    await world.person("dana", "general").types("/find pipettes")
    await outsider.sees("Nothing found")


async def test_roles_tell_who_is_in_a_closed_channel(world: World) -> None:
    await world.api.permit("ward-team", "nurses", allow=("VIEW_CHANNEL",))
    await world.person("ben", "ward-team").types("/ask Which lifting belt?")
    await world.person("ben", "ward-team").submits()
    await world.settles()
    dana = world.person("dana")
    await dana.types("/find lifting belt")
    await dana.sees("Nothing found")
    await world.api.change_person("dana", roles=["nurses"])
    await dana.types("/rounds help")
    await until(lambda: world._is_in(str_id(world, "ward-team"), str_user(world, "dana")))
    await dana.types("/find lifting belt")
    await dana.sees("Which lifting belt?")
    await world.api.change_person("dana", roles=[])
    await dana.types("/rounds help")
    await until(lambda: _is_out(world, "dana"))
    await dana.dismisses()
    await dana.types("/find lifting belt")
    await dana.sees("Nothing found")


def str_id(world: World, place: str) -> str:
    return str(world.service.state.place_named(place).id)


def str_user(world: World, name: str) -> str:
    return str(world.service.state.user_named(name).id)


async def _is_out(world: World, name: str) -> bool:
    return not await world._is_in(str_id(world, "ward-team"), str_user(world, name))


@pytest.mark.parametrize("denied", ["SEND_MESSAGES", "VIEW_CHANNEL"])
async def test_a_permission_that_was_taken_away_is_told_to_facilitators(world: World, denied: str) -> None:
    id = await id_of(world, "places", "questions")
    await world.api.permit("questions", "bot", deny=(denied,))
    await place_becomes(world, id, archived=True)
    facilitator = world.person("ada", "general")
    await facilitator.types("/facilitate check")
    # What we do not even see may be for nobody's eyes any more: its name is not said.
    seen = await facilitator.sees("✗ #questions" if denied == "SEND_MESSAGES" else "✗ A closed channel")
    if denied == "SEND_MESSAGES":
        assert "Missing: Send Messages, for posting questions and its welcome message." in seen.text
    await world.api.permit("questions", "bot")
    await place_becomes(world, id, archived=False)


async def test_a_post_that_may_not_be_made_is_told_in_words(world: World) -> None:
    """The permission goes between the question and its posting."""
    world.service.faults.add(_refused(r"POST /channels/\d+/messages", 403, 50013))
    await world.person("ben").types("/ask Which gloves?")
    await world.person("ben").submits()
    await world.settles()
    told = await world.person("ada").sees("I couldn't post the question card in")
    assert "A permission is missing in this channel. /facilitate check says which one." in told.text


def _refused(route: str, status: int, code: int) -> Any:
    return Fault.model_validate({"kind": "refuse", "route": route, "status": status, "code": code})


async def test_checking_names_each_channel_and_what_is_missing_there(world: World) -> None:
    await world.api.permit("general", "bot", deny=("PIN_MESSAGES", "CREATE_PUBLIC_THREADS"))
    await world.person("ada").types("/facilitate check")
    seen = await world.person("ada").sees("#general in Sample community")
    assert "Create Public Threads, for giving each question a thread of its own" in seen.text
    assert "Pin Messages, for pinning its welcome message" in seen.text
    assert "✓ Discord accepts the bot's token" in seen.text
    assert "✓ The gateway" in seen.text
    assert "✓ The commands are registered" in seen.text


# Servers


async def test_the_bot_is_removed_and_invited_again(world: World) -> None:
    async def gone() -> bool:
        async with world.database.read() as db:
            return await db.scalar(select(Workspace.gone_at)) is not None

    async def back() -> bool:
        """Its channels are told of after the server itself."""
        async with world.database.read() as db:
            return not await gone() and await db.scalar(select(Place.id).where(Place.archived)) is None

    await world.api.remove_bot()
    await until(gone)
    await world.api.invite_bot()
    await until(back)
    await world.person("ben").types("/ask Are we back?")
    await world.person("ben").submits()
    await world.person("dana").sees("Are we back?")


async def test_two_servers_are_two_communities_until_a_code_joins_them(world: World) -> None:
    await world.person("ben").types("/ask Which dressing for skin tears?")
    await world.person("ben").submits()
    await world.settles()
    await world.api.add_guild("Another server")
    await world.api.add_person("zoe", "Zoe Z.", guild="Another server")
    await world.api.add_place("elsewhere", guild="Another server")
    zoe, owner = world.person("zoe", "elsewhere"), world.person("owner2", "elsewhere")
    await zoe.types("/find dressing")
    await zoe.sees("Nothing found")
    await owner.sees("Setting up Another server")
    steward = world.person("ada")
    await steward.types("/facilitate check")
    await steward.presses("Connect another workspace")
    told = await steward.sees("gives this code: ")
    code = told.text.partition("gives this code: ")[2].partition(".")[0].strip("* ")
    await owner.presses("It exists already")
    await owner.submits(code=code)
    await owner.sees("Sample community lives here, too, now.")
    await owner.types("/facilitate channels")
    await owner.submits(place="#elsewhere", purpose="questions")
    await world.person("ben").types("/ask Which pillow for the neck?")
    await world.person("ben").submits()
    await zoe.sees("Which pillow for the neck?")


async def test_whoever_owns_the_server_is_led_through_setting_up_once(world: World) -> None:
    await world.person("ada").sees("Setting up Sample community")
    await world.restarts()
    await world.api.gateway("forget")
    await world.api.drop_gateways()
    await until(lambda: _identified(world, 3))
    await world.settles()
    assert len([one for one in await world.person("ada").everything() if "Setting up" in one.text]) == 1
    assert not [one for one in await world.person("dana").everything() if "Setting up" in one.text]


async def _identified(world: World, count: int) -> bool:
    return int(world.service.gateway.identified) >= count


async def test_commands_are_registered_when_they_differ_and_only_then(world: World) -> None:
    assert await requests(world, "PUT", "/commands") == 1
    await world.restarts()
    await world.restarts()
    assert await requests(world, "PUT", "/commands") == 1
    world.service.state.commands[0].popitem()
    await world.restarts()
    assert await requests(world, "PUT", "/commands") == 2


# Threads, forums, pins


async def test_the_asker_is_in_the_thread_which_closes_when_it_helped(world: World) -> None:
    asker = world.person("ben")
    await asker.types("/ask Which dressing?")
    await asker.submits()
    question = await world.person("dana").sees("Which dressing?")
    await world.settles()
    state = world.service.state
    thread = state.channels[question.item["id"]]
    assert state.user_named("ben").id in thread.thread_members
    assert thread.auto_archive == 10080
    await world.person("dana").presses("Answer", on="Which dressing?")
    await world.person("dana").submits(text="Silicone.")
    await asker.presses("This helped", on="Which dressing?")
    await asker.submits()
    await world.settles()
    assert thread.archived
    assert await world.api.inspect()
    await world.person("emre").says("Or foam.", thread_of="Which dressing?")
    assert not thread.archived


async def test_the_asker_is_in_the_thread_also_when_the_answer_to_its_beginning_was_lost(world: World) -> None:
    world.service.faults.add(Fault(kind="fail", route=r"POST /channels/\d+/messages/\d+/threads", after=True))
    await world.person("ben").types("/ask Which scale for pain?")
    await world.person("ben").submits()
    await world.settles()
    question = await world.person("dana").sees("Which scale for pain?")
    state = world.service.state
    assert state.user_named("ben").id in state.channels[question.item["id"]].thread_members


async def test_a_message_in_a_thread_that_rests_is_still_redrawn(world: World) -> None:
    asker = world.person("ben")
    await asker.types("/ask Which dressing?")
    await asker.submits()
    await world.person("dana").presses("Answer", on="Which dressing?")
    await world.person("dana").submits(text="Silicone.")
    await asker.sees("Silicone.")
    await world.settles()
    world.clock.advance(timedelta(days=8))
    await asker.presses("This helped", on="Which dressing?")
    await asker.submits()
    await world.person("emre").sees("Solved: what helped came from")


@pytest.fixture
async def forum_world(database_url: str, tmp_path: Path) -> AsyncIterator[World]:
    def tagged(discord: Any) -> None:
        place = discord.state.place_named("questions")
        names = ("Night shift", "falls", "other")
        place.tags = [
            {"id": str(discord.state.new_id()), "name": name, "moderated": False, "emoji_id": None, "emoji_name": None}
            for name in names
        ]
        discord.people.change_place("questions", tag_required=True)

    async with discord_world(database_url, tmp_path, forum=True, prepare=tagged) as made:
        yield made


@pytest.mark.parametrize(
    ("tags", "shown"), [("falls, night-shift, air", ["falls", "Night shift"]), ("", ["Night shift"])]
)
async def test_a_forums_own_tags_are_used(forum_world: World, tags: str, shown: list[str]) -> None:
    await forum_world.person("ben").types("/ask Which bed?")
    await forum_world.person("ben").submits(tags=tags)
    await forum_world.settles()
    (post,) = [one for one in await forum_world.api.messages("questions") if one["title"] == "Which bed?"]
    assert sorted(post["tags"]) == sorted(shown)
    assert post["mentions"] == ["ben"]


@pytest.mark.parametrize("forum", [False, True])
async def test_the_welcome_is_pinned(database_url: str, tmp_path: Path, forum: bool) -> None:
    async with discord_world(database_url, tmp_path, forum=forum) as world:
        state = world.service.state
        (welcome,) = [one for one in await world.api.messages("questions") if "Welcome to" in str(one["components"])]
        assert state.channels[welcome["channel"]].flags & 2 if forum else welcome["pinned"]


# What it is invited with


def test_the_bot_is_invited_with_the_least_it_needs() -> None:
    names = "VIEW 10 SEND 11 ATTACH 15 HISTORY 16 MANAGE_THREADS 34 CREATE_THREADS 35 IN_THREADS 38 EVENTS 44 PIN 51".split()
    least = sum(1 << int(bit) for bit in names[1::2])
    assert invite_url("42") == (
        f"https://discord.com/oauth2/authorize?client_id=42&scope=bot%20applications.commands&permissions={least}"
    )
