from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack
from typing import Any

import pytest

from tests.fakes.slack import FakeSlack, SlackApi
from tests.slack_fake.stage import Stage

MakeStage = Callable[..., Awaitable[Stage]]


@pytest.fixture
async def make_stage(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[MakeStage]:
    """Start a fake Slack and an app that is not connected yet."""
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "http_proxy", "https_proxy"):
        monkeypatch.delenv(name, raising=False)
    async with AsyncExitStack() as stack:

        async def make(**options: Any) -> Stage:
            slack = await stack.enter_async_context(FakeSlack(**options))
            stage = Stage(slack, await stack.enter_async_context(SlackApi(slack.url)))
            stack.push_async_callback(stage.close)
            return stage

        yield make


@pytest.fixture
async def stage(make_stage: MakeStage) -> Stage:
    """Over a socket."""
    made = await make_stage()
    await made.connect()
    return made


@pytest.fixture(params=["sockets", "http"])
async def either(request: pytest.FixtureRequest, make_stage: MakeStage) -> Stage:
    made = await make_stage()
    await (made.connect() if request.param == "sockets" else made.serve())
    return made
