"""Forms that are filled with what a platform is asked for first."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bot.core.events import Click, Ref
from bot.core.ports import NotSent, Refused
from bot.core.replies import Ask, Outcome, Said
from bot.services.opening import TRY_AGAIN
from tests.support.keeping import WORDS, Change, registry
from tests.support.world import World, local_world

BEN, HERE = Ref("local", "local", "ben"), Ref("local", "local", "questions")


@pytest.fixture
async def world(database_url: str, tmp_path: Path) -> AsyncIterator[World]:
    async with local_world(database_url, tmp_path, registry=registry()) as made:
        yield made


async def _presses(world: World, message: str, place: Ref = HERE) -> Outcome:
    async def nobody_waits() -> None: ...

    packed = Change(place=str(place), message=message).pack()
    return await world.rounds.dispatch(Click(f"k{message}", BEN, HERE, packed), nobody_waits)


async def test_the_form_is_filled_with_what_stands_there_now(world: World) -> None:
    message = str((await world.person("ben").types(WORDS))["id"])
    opened = await _presses(world, message)
    assert isinstance(opened, Ask)
    assert opened.view.values == {"text": f"ben: {WORDS}"}


@pytest.mark.parametrize(
    ("trouble", "told"), [(Refused("It is gone."), "It is gone."), (NotSent("away"), TRY_AGAIN), (None, TRY_AGAIN)]
)
async def test_what_cannot_be_read_opens_no_form(
    world: World, trouble: Exception | None, told: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    dispatch, over = world.rounds.dispatch, asyncio.Event()

    async def words(place: Ref, message: str, thread: str) -> str:
        if trouble is not None:
            raise trouble
        await over.wait()
        return WORDS

    monkeypatch.setattr(world.rounds.platforms["local"], "words", words)
    if trouble is None:
        object.__setattr__(dispatch._opening, "within", 0.05)
    outcome = await _presses(world, "1")
    over.set()
    assert isinstance(outcome, Said)
    assert outcome.card.as_text() == told


async def test_where_the_platform_is_not_connected_that_is_said(world: World) -> None:
    del world.rounds.dispatch.platforms["local"]
    outcome = await _presses(world, "1")
    world.rounds.dispatch.platforms |= world.rounds.platforms
    assert isinstance(outcome, Said)
    assert "not connected to Local" in outcome.card.as_text()
