"""Socket Mode: several connections, each watched, so that one that ends, or goes deaf without noticing, is replaced."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import Coroutine
from dataclasses import dataclass
from typing import Any

import structlog
from slack_bolt.adapter.socket_mode.aiohttp import AsyncSocketModeHandler
from slack_bolt.app.async_app import AsyncApp

log = structlog.get_logger("rounds.slack")


@dataclass(frozen=True, slots=True)
class Watch:
    """Seconds. One that ended is opened again within ``every``; one that does not work for ``patience`` is replaced."""

    ping: float = 5.0
    every: float = 1.0
    patience: float = 30.0


class Sockets:
    """``count`` connections of one app: Slack gives each payload to one of them, and takes up to ten."""

    def __init__(self, app: AsyncApp, app_token: str, count: int, watch: Watch) -> None:
        self._app, self._token, self._count, self._watch = app, app_token, count, watch
        self._handlers: list[AsyncSocketModeHandler] = []
        self._connecting: set[asyncio.Task[None]] = set()
        self._watching: asyncio.Task[None] | None = None
        self._lost_since: dict[AsyncSocketModeHandler, float] = {}

    async def start(self, within: float) -> None:
        """Connect; returns when the first connection stands, or after so many seconds while trying goes on."""
        self._handlers = [self._connect() for _ in range(self._count)]
        self._watching = asyncio.create_task(self._watch_over(), name="slack sockets")
        if self._connecting:
            await asyncio.wait(self._connecting, timeout=within, return_when=asyncio.FIRST_COMPLETED)

    def _connect(self) -> AsyncSocketModeHandler:
        handler = AsyncSocketModeHandler(self._app, self._token, ping_interval=self._watch.ping)
        self._begin(handler.client.connect())  # type: ignore[no-untyped-call]
        return handler

    def _begin(self, connecting: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(connecting, name="slack connect")
        self._connecting.add(task)
        task.add_done_callback(self._connected)

    def _connected(self, task: asyncio.Task[None]) -> None:
        self._connecting.discard(task)
        if not task.cancelled() and (error := task.exception()):
            log.warning("slack.cannot_connect", error=type(error).__name__)

    async def connected(self) -> int:
        """How many connections work."""
        return sum([await self._is_well(handler) for handler in self._handlers])

    async def _is_well(self, handler: AsyncSocketModeHandler) -> bool:
        client = handler.client
        processes = client.message_processor is not None and not client.message_processor.done()
        return processes and await client.is_connected()

    async def _watch_over(self) -> None:
        while True:
            await asyncio.sleep(self._watch.every)
            try:
                await self._mend()
            except Exception:
                log.exception("slack.watch_failed")

    async def _mend(self) -> None:
        now = time.monotonic()
        for number, handler in enumerate(self._handlers):
            if await self._is_well(handler):
                self._lost_since.pop(handler, None)
            elif now - self._lost_since.setdefault(handler, now) >= self._watch.patience:
                log.warning("slack.connection_replaced", lost_for=round(now - self._lost_since.pop(handler)))
                self._handlers[number] = self._connect()
                await _closed(handler)
            elif _ended(handler) and not self._connecting:
                self._begin(handler.client.connect_to_new_endpoint())

    async def close(self) -> None:
        if self._watching is not None:
            self._watching.cancel()
        for task in self._connecting:
            task.cancel()
        await asyncio.gather(*self._connecting, return_exceptions=True)
        for handler in self._handlers:
            await _closed(handler)
        self._handlers = []


def _ended(handler: AsyncSocketModeHandler) -> bool:
    """Whether its connection was cut. The SDK itself would see that at its next ping only."""
    session = handler.client.current_session
    return session is not None and session.closed


async def _closed(handler: AsyncSocketModeHandler) -> None:
    """End a connection and everything that belongs to it; one that is broken may fail to end."""
    client = handler.client
    with contextlib.suppress(Exception):
        async with asyncio.timeout(5):
            await client.close()  # type: ignore[no-untyped-call]
    ended = [
        task for task in (client.message_processor, client.current_session_monitor, client.message_receiver) if task
    ]
    for task in ended:
        task.cancel()
    await asyncio.gather(*ended, return_exceptions=True)
    with contextlib.suppress(Exception):
        await client.aiohttp_client_session.close()
