"""Whoever is quicker than we are at writing down that a message stands."""

from __future__ import annotations

import asyncio

import pytest

from bot.core.events import ThreadReply
from tests.schedules.stage import Stage, nobody_waits, ref

pytestmark = pytest.mark.asyncio(loop_scope="session")


async def test_a_reply_below_a_message_that_is_not_written_down_yet_is_heard(stage: Stage) -> None:
    heard: list[asyncio.Task[object]] = []

    async def somebody_replies() -> None:
        event = ThreadReply(stage.key(), ref("ben"), ref("a"), "1", "99", stage.clock.now())
        heard.append(asyncio.create_task(stage.dispatch(event, nobody_waits)))
        await asyncio.wait(heard, timeout=0.3)  # long enough to be taken for a reply to nothing

    stage.wire.afterwards = somebody_replies
    await stage.posts("a", 7)
    await stage.relay.drain()
    await asyncio.gather(*heard)
    assert stage.notes.replies == [7]


async def test_a_reply_below_what_is_not_ours_is_heard_at_once(stage: Stage) -> None:
    event = ThreadReply(stage.key(), ref("ben"), ref("a"), "unknown", "99", stage.clock.now())
    await stage.hear(event)
    assert stage.notes.replies == [None]
