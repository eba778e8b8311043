"""What is offered to somebody for keeping: told to them alone, stored nowhere until they agree."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import select

from bot.core.events import Click, Ref, Submit
from bot.core.ports import Outgoing, RateLimited
from bot.core.replies import Confide, Reply, Said
from bot.core.ui import say
from bot.services.effects import carry_out
from storage import communities
from storage.ledger.deliveries import CONFIDED, Delivery
from storage.ledger.inbox import InboxEntry
from tests.support.keeping import ENTRY, WORDS, Agree, Offer, holding, registry
from tests.support.world import World, local_world

ADA, BEN = Ref("local", "local", "ada"), Ref("local", "local", "ben")
HERE = Ref("local", "local", "questions")


@pytest.fixture
async def world(database_url: str, tmp_path: Path) -> AsyncIterator[World]:
    async with local_world(database_url, tmp_path, registry=registry()) as made:
        yield made


async def test_the_words_are_kept_when_their_author_agrees_and_nowhere_before(world: World) -> None:
    ada, ben = world.person("ada"), world.person("ben")
    root = await ada.types("How do you prevent falls?")
    await ben.types(WORDS, thread=root["id"])
    await ada.chooses_in_menu(ENTRY, of=WORDS)
    assert await holding(world.database, "prevent <falls>") == set()
    await ada.submits()
    await ada.sees("They were asked.")
    assert (await ben.sees("May I keep this?")).place == "dm-ben"
    await world.settles()
    assert await holding(world.database, "prevent <falls>") == set()
    await ben.presses("OK")
    await ben.sees("It is kept.")
    assert await holding(world.database, WORDS) == {"audit"}


async def test_a_delivery_without_words_is_written_and_never_sent_again(world: World) -> None:
    ada, ben = world.person("ada"), world.person("ben")
    await ben.types(WORDS)
    await ada.chooses_in_menu(ENTRY, of=WORDS)
    await ada.submits()
    await world.passes(days=40)
    assert len([seen for seen in await ben.everything() if "May I keep this?" in seen.text]) == 1
    async with world.database.read() as db:
        rows = list(await db.scalars(select(Delivery).where(Delivery.card == CONFIDED)))
    assert [(row.state, row.subject, row.reason, row.remote_id) for row in rows] == [(CONFIDED, 0, "", "")]


async def test_where_it_cannot_be_sent_whoever_asked_is_told_and_nothing_is_kept(world: World) -> None:
    ada, ben = world.person("ada"), world.person("ben")
    await ben.types(WORDS)
    await world.api.change_person("ben", active=False)
    await ada.chooses_in_menu(ENTRY, of=WORDS)
    await ada.submits()
    await ada.sees("They can't be asked.")
    await world.api.set_faults(fail_after=1.0)
    await ada.chooses_in_menu(ENTRY, of=WORDS)
    await world.api.change_person("ben", active=True)
    await ada.submits()
    await world.api.set_faults()
    await world.settles()
    assert await holding(world.database, "prevent <falls>") == set()


@pytest.mark.parametrize("trouble", [RateLimited(30), RuntimeError(WORDS), None])
async def test_one_try_is_made(world: World, trouble: Exception | None, monkeypatch: pytest.MonkeyPatch) -> None:
    tries: list[Outgoing] = []

    async def send(message: Outgoing) -> str:
        tries.append(message)
        if trouble is not None:
            raise trouble
        return "1"

    monkeypatch.setattr(world.rounds.platforms["local"], "send", send)
    event = Submit("k", ADA, HERE, Offer(author=str(BEN)).pack(), "d", {"text": WORDS})
    told = await world.rounds.dispatch(event, _nobody_waits)
    assert isinstance(told, Said)
    assert told.card.as_text() == ("They were asked." if trouble is None else "They can't be asked.")
    assert [(message.to, message.to_person, message.whole) for message in tries] == [(BEN, True, True)]


async def test_what_was_typed_into_a_form_that_is_not_kept_is_stored_nowhere(world: World) -> None:
    """Also where it is acknowledged early, or opened again after something was wrong."""
    slow = world.rounds.dispatch
    slow._limits = replace(slow._limits, acknowledge_within=0.0)
    stored: list[set[str]] = []

    async def acknowledge() -> None:
        stored.append(await holding(world.database, "wrong"))

    event = Submit("k", ADA, HERE, Offer(author=str(BEN)).pack(), "d", {"text": "wrong"})
    await slow(event, acknowledge)
    assert stored == [set()]
    assert await holding(world.database, "wrong") == set()
    async with world.database.read() as db:
        assert list(await db.scalars(select(InboxEntry))) == []


async def test_a_press_that_is_acted_on_late_is_stored_without_the_words(world: World) -> None:
    slow = world.rounds.dispatch
    slow._limits = replace(slow._limits, acknowledge_within=0.0)
    stored: list[set[str]] = []

    async def acknowledge() -> None:
        stored.append(await holding(world.database, "Low beds"))

    await slow(Click("k", BEN, HERE, Agree().pack(), words="Low beds"), acknowledge)
    assert stored in ([set()], [{"audit"}])
    assert await holding(world.database, "Low beds") == {"audit"}


async def _nobody_waits() -> None: ...


async def test_what_came_of_it_is_the_whole_answer(world: World) -> None:
    confide = Confide(BEN, say("May I?"), say("Asked."), say("Not asked."))
    async with world.database.write() as db:
        community = await communities.of_workspace(db, HERE)
        assert community is not None
        for effects in ((Reply(say("Yes.")), confide), (confide, Reply(say("Yes."))), (confide, confide)):
            with pytest.raises(TypeError, match="the whole answer"):
                await carry_out(db, community, effects, world.clock.now())
