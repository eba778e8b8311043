"""What somebody types in their direct messages with the bot reaches nobody, and they are told so."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

import pytest
from sqlalchemy import select

from bot.core.events import Ref, TypedDirectly
from bot.rituals.mydata.declared import GiveMeACopy
from storage import members
from storage.ledger import deliveries
from storage.ledger.deliveries import Delivery
from tests.rituals.test_keeping_words import SECRET, kept_anywhere
from tests.rituals.test_linking import a_code, gives
from tests.rituals.test_people import blocks
from tests.rituals.test_two_workspaces import BEN, HERE, KEYS, Second, nobody_waits, there
from tests.support.world import World

NOBODY = "What you type here reaches nobody"
YAN, EMRE = there("yan"), Ref("local", "local", "emre")


async def told(world: World, card: str = "unread") -> Sequence[Delivery]:
    await world.settles()
    async with world.database.read() as db:
        return (await db.scalars(select(Delivery).where(Delivery.card == card).order_by(Delivery.id))).all()


async def asks(world: World, title: str) -> None:
    asker = world.person("ben")
    await asker.types(f"/ask {title}")
    await asker.submits(tags="falls")


async def test_nothing_of_it_is_kept_and_whoever_was_asked_nothing_learns_what_there_is(world: World) -> None:
    emre = world.person("emre")
    await emre.types(SECRET, dm=True)
    note = await emre.sees(NOBODY)
    assert note.place == "dm-emre"
    assert "buttons for what they are about" in note.text
    assert await kept_anywhere(world, "Silicone") == []
    await emre.presses("Ask a question", on=NOBODY)
    await emre.submits(title="Which dressing?")
    await emre.sees("Posted in")


async def types_something(world: World, who: Ref) -> None:
    """It has been acted on when this returns."""
    await world.rounds.dispatch(TypedDirectly(f"d{next(KEYS)}", who), nobody_waits)


async def test_it_is_said_once_an_hour(world: World) -> None:
    for expected in (1, 1, 2):
        await types_something(world, EMRE)
        assert len(await told(world)) == expected
        world.clock.advance(timedelta(minutes=40))


async def test_a_reply_under_an_invitation_is_typed_to_the_bot_too(world: World) -> None:
    expert = await world.joins("chidi", can_help="falls", when="shifts", volume="full")
    await asks(world, "Falls at night?")
    await expert.says("Low beds.", thread_of="Can you help?")
    note = await expert.sees(NOBODY)
    assert "Open the question" in note.text
    assert "Falls at night" not in note.text  # what is edited or removed later would go on standing here


async def test_of_two_questions_the_right_one_is_answered_in_its_own_message(world: World) -> None:
    expert = await world.joins("chidi", can_help="falls", when="shifts", volume="full")
    for title in ("Falls at night?", "Falls in the bath?"):
        await asks(world, title)
        await expert.sees(title)
    await expert.types("Low beds.", dm=True)
    note = await expert.sees("press Answer in its message above")
    assert "[Answer]" not in note.text


async def test_a_question_that_they_may_not_see_any_more_is_not_linked_to(world: World) -> None:
    expert = await world.joins("chidi", can_help="falls", when="shifts")
    asker = world.person("ben", "ward-team")
    await asker.types("/ask Falls on our ward?", place="ward-team")
    await asker.submits(tags="falls")
    await expert.sees("Can you help?")
    await world.removes("ward-team", "chidi")
    await expert.types("Low beds.", dm=True)
    assert "Open the question" not in (await expert.sees(NOBODY)).text


async def test_who_takes_no_part_any_more_is_told_nothing(world: World) -> None:
    await world.joins("ben")
    await blocks(world, "ben")
    await types_something(world, BEN)
    assert await told(world) == []


@pytest.fixture
async def second(world: World) -> Second:
    """Ben is Yan in another workspace, where he has his newest account."""
    made = Second(world)
    await made.connects()
    await made.joins_the_first()
    await gives(made, await a_code(made))
    return made


async def account_of(world: World, who: Ref) -> int:
    async with world.database.read() as db:
        account = await members.account_of(db, who)
    assert account is not None
    return account.id


async def test_they_are_told_where_they_typed(second: Second) -> None:
    for who in (BEN, YAN):
        await types_something(second.world, who)
        second.world.clock.advance(timedelta(hours=1))
    assert [one.account_id for one in await told(second.world)] == [
        await account_of(second.world, it) for it in (BEN, YAN)
    ]


async def test_a_copy_of_ones_data_goes_where_it_was_asked_for(second: Second) -> None:
    await second.presses(BEN, HERE, GiveMeACopy())
    assert [one.account_id for one in await told(second.world, "my_data")] == [await account_of(second.world, BEN)]


async def test_where_a_platform_does_not_say_the_workspace_it_is_where_they_were_told_something_last(
    second: Second,
) -> None:
    nameless, elsewhere = Ref("other", "", "yan"), Ref("other", "w3", "yan")
    async with second.world.database.write() as db:
        assert await deliveries.last_told(db, nameless) == YAN
        yan = await members.account_of(db, YAN)
        assert yan is not None
        db.add(members.Account(member_id=yan.member_id, platform="other", workspace="w3", remote_id="yan"))
        await db.flush()
        assert await deliveries.last_told(db, nameless) == elsewhere  # told nothing anywhere: the newest
        await deliveries.confided(db, yan, 1, second.world.clock.now())
        assert await deliveries.last_told(db, nameless) == YAN
        assert await deliveries.last_told(db, Ref("other", "", "nobody")) is None
    await types_something(second.world, nameless)
    assert [one.account_id for one in await told(second.world)] == [await account_of(second.world, YAN)]
