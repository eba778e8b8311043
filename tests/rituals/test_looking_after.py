"""Somebody looks after one channel: there they may do what facilitators may, elsewhere nothing more than before."""

from __future__ import annotations

from typing import Any

from sqlalchemy import func, select

from bot.core.events import Ref, Submit
from bot.rituals.sharing.declared import RemoveItem
from storage.audit import AuditEntry
from storage.communities import Place
from storage.items import Item
from storage.looking_after import SpaceRole
from tests.rituals.test_questions import asks, errors
from tests.rituals.test_sharing import shares_a_tip
from tests.support.world import World

NOT_THEIRS = "Only whoever shared it, or looks after the channel, can remove it."


async def nobody_waits() -> None: ...


async def choice_of(world: World, name: str) -> str:
    """What a form offers a channel as."""
    async with world.database.read() as db:
        return str(await db.scalar(select(Place.id).where(Place.remote_id == name)))


async def asked_to(world: World, name: str, channel: str = "questions", by: str = "ada") -> Any:
    """A facilitator asks somebody to look after a channel; returns what became of the form."""
    facilitator = world.person(by)
    await facilitator.types("/facilitate people")
    await facilitator.presses("Ask somebody to look after a channel", on="Who looks after")
    outcome = await facilitator.submits(person=name, place=await choice_of(world, channel))
    await world.settles()
    return outcome


async def taken_back(world: World, by: str = "ada") -> None:
    await world.person(by).types("/facilitate people")
    await world.person(by).presses("Take back", on="looks after #")


async def logged(world: World) -> list[str]:
    async with world.database.read() as db:
        query = select(AuditEntry.action).where(AuditEntry.action.like("channel_keeper.%"))
        return list(await db.scalars(query.order_by(AuditEntry.id)))


async def how_many(world: World, table: Any) -> int:
    async with world.database.read() as db:
        return await db.scalar(select(func.count()).select_from(table)) or 0


async def told(person: Any, words: str) -> int:
    return len([seen for seen in await person.everything() if words in seen.text])


async def test_they_are_told_once_and_remove_what_should_not_stand(world: World) -> None:
    keeper, author = world.person("ben"), await shares_a_tip(world)
    await asked_to(world, "ben")
    await world.person("ada").sees("Ben B. looks after #questions now, and was told.")
    assert await told(keeper, "You look after #questions now.") == 1
    await asked_to(world, "ben")
    await world.person("ada").sees("looks after #questions already.")
    assert await told(keeper, "You look after #questions now.") == 1
    assert await logged(world) == ["channel_keeper.appointed"]

    await keeper.presses("More", on="shares a tip")
    await keeper.presses("Remove", on="[Add a note]")
    await keeper.submits(reason="It names a patient.")
    await world.settles()
    await author.sees("Whoever looks after the channel removed something you shared. Why: It names a patient.")
    assert await how_many(world, Item) == 0
    for other in ("ada", "chidi", "emre"):
        await world.person(other).sees_not("removed something you shared")


async def test_they_close_and_remove_questions_and_answers(world: World) -> None:
    keeper, helper = world.person("chidi"), world.person("emre")
    await asks(world, "ben", "Which pump?")
    await helper.presses("Answer", on="Which pump?")
    await helper.submits(text="The small one of Mr. Smith.")
    await asks(world, "ben", "Which bed?")
    await keeper.presses("More", on="Which bed?")
    assert "[Remove]" not in (await keeper.sees("[Answered before]")).text
    await asked_to(world, "chidi")
    await keeper.presses("More", on="Mr. Smith")
    await keeper.presses("Remove", on="This answer:")
    await keeper.submits(reason="It names a patient.")
    await world.settles()
    await helper.sees("Whoever looks after the channel removed an answer of yours.")
    await keeper.presses("More", on="Which bed?")
    await keeper.presses("Remove", on="[Close]")
    await keeper.submits(reason="Asked twice.")
    await world.settles()
    await world.person("ben").sees("Whoever looks after the channel removed a question of yours. Why: Asked twice.")
    await keeper.presses("More", on="Which pump?")
    await keeper.presses("Close", on="[Close]")
    await keeper.submits(reason="Solved by phone.")
    await world.person("ben").sees("Solved by phone.")


async def test_in_another_channel_they_may_not_and_no_command_is_theirs(world: World) -> None:
    keeper = world.person("ben", "general")
    await shares_a_tip(world, place="general")
    await keeper.presses("More", on="shares a tip")
    assert "[Remove]" not in (await keeper.sees("[Add a note]")).text
    await asked_to(world, "ben", "general")
    await keeper.presses("More", on="shares a tip")
    await keeper.presses("Remove", on="[Remove]")
    await taken_back(world)
    await asked_to(world, "ben", "questions")
    await keeper.submits(reason="Mine to say?")
    await keeper.sees(NOT_THEIRS)
    assert await how_many(world, Item) == 1
    for typed in ("people", "queue", "schedule", "channels", "tags", "check"):
        assert "This is for facilitators." in str(await keeper.types(f"/facilitate {typed}")), typed


async def test_what_was_taken_back_is_theirs_no_more(world: World) -> None:
    keeper = world.person("ben")
    await shares_a_tip(world)
    await asked_to(world, "ben")
    await keeper.presses("More", on="shares a tip")
    await keeper.presses("Remove", on="[Remove]")
    await taken_back(world)
    await world.person("ada").sees("doesn't look after #questions any more.")
    await world.person("ada").presses("Take back", on="looks after #questions")  # the list as it was
    await world.person("ada").sees("doesn't look after #questions.")
    assert await logged(world) == ["channel_keeper.appointed", "channel_keeper.removed"]
    await keeper.submits(reason="Mine to say?")
    await keeper.sees(NOT_THEIRS)
    assert await how_many(world, Item) == 1
    await world.passes(minutes=1)
    await asked_to(world, "ben")
    assert await told(keeper, "You look after #questions now.") == 2


async def test_who_left_a_closed_channel_may_do_nothing_there(world: World) -> None:
    keeper = world.person("ben")
    await shares_a_tip(world, who="chidi", place="ward-team")
    await asked_to(world, "ben", "ward-team")
    await keeper.presses("More", on="shares a tip")
    await keeper.sees("[Remove]")
    await world.removes("ward-team", "ben")
    async with world.database.read() as db:
        tip = (await db.scalars(select(Item.id))).one()
    who, here = Ref("local", "local", "ben"), Ref("local", "local", "questions")
    sent = Submit("late", who, here, RemoveItem(item=tip).pack(), "d", {"reason": "Mine to say?"})
    outcome = str(await world.rounds.dispatch(sent, nobody_waits))
    assert "you can't see the channel it stands in any more" in outcome
    assert await how_many(world, Item) == 1


async def test_a_closed_channel_is_for_those_who_see_it(world: World) -> None:
    """Neither who looks after it nor that it is there is for facilitators who can't see it."""
    assert errors(await asked_to(world, "dana", "ward-team"))["person"] == "They can't see this channel."
    await world.person("ada").types("/facilitate people")
    await world.person("ada").presses("Appoint a facilitator", on="Who looks after")
    await world.person("ada").submits(person="dana")
    await asked_to(world, "ben", "ward-team")
    await world.person("ada").types("/facilitate people")
    await world.person("ada").sees("Ben B. · looks after #ward-team")
    facilitator = world.person("dana")
    await facilitator.types("/facilitate people")
    assert "ward-team" not in (await facilitator.sees("Who looks after this community")).text
    refused = await asked_to(world, "emre", "ward-team", by="dana")
    assert errors(refused)["place"] == "Please choose one of the channels."


async def test_who_cannot_look_after_a_channel(world: World) -> None:
    guest = "Somebody with a guest's account, or none that works, can't look after the community."
    assert errors(await asked_to(world, "gus"))["person"] == guest
    assert errors(await asked_to(world, "ada"))["person"] == "They look after this community already."
    await world.person("ada").types("/facilitate people")
    await world.person("ada").presses("Block somebody", on="Who looks after")
    await world.person("ada").submits(person="emre", reason="other")
    assert errors(await asked_to(world, "emre"))["person"] == "They are blocked. Let them back in first."
    assert await how_many(world, SpaceRole) == 0


async def test_all_who_do_are_listed_page_by_page(world: World) -> None:
    for channel in ("general", "questions"):
        for name in ("ben", "chidi", "dana"):
            await asked_to(world, name, channel)
    facilitator = world.person("ada")
    await facilitator.types("/facilitate people")
    seen = await facilitator.sees("Who looks after this community")
    assert seen.text.count(" · looks after #") == 5
    await facilitator.presses("More channels", on="Who looks after this community")
    seen = await facilitator.sees("Who looks after a channel")
    assert seen.text.count(" · looks after #") == 1
