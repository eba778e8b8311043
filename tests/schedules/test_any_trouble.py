"""Whatever goes wrong in whatever order: each message stands once, in the order of its place, and replies in their threads."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from hypothesis import HealthCheck, event, given, note, settings
from hypothesis import strategies as st
from sqlalchemy import delete

from bot.core.ports import MaybeSent, NotSent, RateLimited
from storage.ledger.deliveries import Delivery, Lane
from tests.schedules.stage import DEATH, LEASE, After, Stage, Step, StepRelay

pytestmark = pytest.mark.asyncio(loop_scope="session")

SENDING: dict[str, Step | None] = {
    "works": None,
    "too busy": RateLimited(5),
    "not sent": NotSent("no connection"),
    "lost": MaybeSent("502", settled=True),
    "lost without a word": MaybeSent("timeout"),
    "arrived, answer lost": After(MaybeSent("502", settled=True)),
    "arrived without a word": After(MaybeSent("timeout")),
    "died before": DEATH(),
    "died after": After(DEATH()),
}
ASKING: dict[str, Step | None] = {
    "works": None,
    "too busy": RateLimited(5),
    "no answer": MaybeSent("timeout"),
    "not asked": NotSent("no connection"),
    "died": DEATH(),
}
# Places of the posts, and whether each is a reply to the first of its place. Together with the freezes at most seven tries
# of one delivery can fail, which is fewer than would end it.
posts = st.lists(st.tuples(st.sampled_from("ab"), st.booleans()), min_size=1, max_size=7)
sendings = st.lists(st.sampled_from(sorted(SENDING)), max_size=4)
askings = st.lists(st.sampled_from(sorted(ASKING)), max_size=2)
freezes = st.sets(st.integers(0, 6), max_size=2)
# Whose turn it is, and how much time passes after it.
turns = st.lists(st.tuples(st.integers(0, 1), st.sampled_from([0.0, 1.5, 6.0, LEASE + 1])), max_size=12)


@settings(max_examples=12, deadline=None, database=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(posts=posts, sendings=sendings, askings=askings, freezes=freezes, turns=turns)
async def test_each_stands_once_and_in_order(
    stage: Stage,
    posts: list[tuple[str, bool]],
    sendings: list[str],
    askings: list[str],
    freezes: set[int],
    turns: list[tuple[int, float]],
) -> None:
    relays = await begin_again(stage)
    expected: dict[str, list[str]] = {"a": [], "b": []}
    firsts: dict[str, int] = {}
    for number, (place, is_reply) in enumerate(posts):
        thread: dict[str, Any] = {"thread_of": ("note", firsts[place])} if is_reply and place in firsts else {}
        firsts.setdefault(place, number)
        await stage.posts(place, number, **thread)
        expected[place].append(f"note {number}")
    stage.wire.will("send", *(step for name in sendings if (step := SENDING[name])))
    stage.wire.will("arrived", *(step for name in askings if (step := ASKING[name])))
    for number in freezes:
        stage.notes.while_drawing[number] = freeze(stage, relays)

    for who, seconds in turns:
        await relays[who].turn()
        stage.skip(seconds)
    rounds = 0
    while not await relays[0].idle():
        rounds += 1
        assert rounds < 40, [await stage.delivery(number) for number in range(len(posts))]
        await relays[rounds % 2].drain()
        stage.skip(LEASE + 1)

    note(f"calls: {dict(stage.wire.calls)}")
    event(f"asked {min(3, stage.wire.calls['arrived'])} times or more")
    assert {place: stage.wire.texts(place) for place in "ab"} == expected
    for number, (place, _) in enumerate(posts):
        (shown,) = [one for one in stage.wire.shown if one.text == f"note {number}"]
        row = await stage.delivery(number)
        assert (row.state, row.remote_id) == ("sent", shown.id)
        if row.threaded:
            assert shown.thread == next(one.id for one in stage.wire.shown if one.text == f"note {firsts[place]}")


def freeze(stage: Stage, relays: list[StepRelay]) -> Callable[[], Awaitable[None]]:
    """The process that draws this sleeps longer than its lease, and the other one goes on meanwhile."""

    async def sleeps() -> None:
        stage.skip(LEASE + 1)
        others = [relay for relay in relays if not relay._under_way]
        await asyncio.gather(*(relay.turn() for relay in others))

    return sleeps


async def begin_again(stage: Stage) -> list[StepRelay]:
    """Each example has the same database, emptied of deliveries."""
    async with stage.database.write() as db:
        await db.execute(delete(Delivery))
        await db.execute(delete(Lane))
    stage.wire.shown.clear()
    stage.wire.plan.clear()
    stage.wire.calls.clear()
    stage.notes.while_drawing.clear()
    return [stage.another_relay(), stage.another_relay()]
