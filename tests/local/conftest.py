from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from adapters.local.app import LocalPlatform
from adapters.local.chat.service import ChatService
from adapters.local.client import ChatApi
from tests.local.stage import TOKEN, FakeBot, RawBot, Stage

MakeService = Callable[..., Awaitable[ChatService]]


@pytest.fixture
async def make_service(tmp_path: Path) -> AsyncIterator[MakeService]:
    """Start a service with the sample workspace; its times can be chosen so that no test has to wait."""
    async with AsyncExitStack() as stack:

        async def make(**options: Any) -> ChatService:
            service = ChatService(tmp_path / "chat.db", TOKEN, **options)
            await service.start()
            stack.push_async_callback(service.stop)
            return service

        yield make


@pytest.fixture
async def stage(make_service: MakeService, tmp_path: Path) -> AsyncIterator[Stage]:
    service, bot = await make_service(), FakeBot()
    platform = LocalPlatform(service.url, TOKEN, bot)
    await platform.start()
    async with ChatApi(service.url, TOKEN) as api:
        made = Stage(tmp_path / "chat.db", service, bot, platform, api)
        yield made
        await platform.stop_receiving()
        await platform.close()
        await made.service.stop()


@pytest.fixture
async def connect() -> AsyncIterator[Callable[[str], Awaitable[RawBot]]]:
    """Connect a raw bot to the service at a URL."""
    async with (
        aiohttp.ClientSession(headers={"Authorization": f"Bearer {TOKEN}"}) as session,
        AsyncExitStack() as stack,
    ):

        async def one(url: str) -> RawBot:
            socket = await session.ws_connect(url + "/bot/socket")
            stack.push_async_callback(socket.close)
            return RawBot(socket)

        yield one
