"""The connection to the local chat service: what happens there comes in, what the bot says goes out."""

from __future__ import annotations

import asyncio
import contextlib
import uuid
from collections.abc import Coroutine
from typing import Any

import aiohttp
import structlog

from adapters.local import inbound, render
from adapters.local.outbound import TIMEOUT, LocalOutbound
from adapters.local.profile import PROFILE
from bot.core.events import (
    Event,
    FromAPerson,
    PersonChanged,
    PlaceChanged,
    PlaceMembers,
    Ref,
    Several,
    Talked,
    WorkspaceConnected,
)
from bot.core.ports import Counts, Dispatch, Finding, Route, SendError, Suggest
from bot.core.registry import Registry

log = structlog.get_logger()

BACKOFF = (0.1, 0.2, 0.5, 1.0, 2.0, 5.0)  # seconds between tries to connect; the last one for ever


class LocalPlatform(LocalOutbound):
    """Implements bot.core.ports.Platform."""

    profile = PROFILE

    def __init__(
        self,
        url: str,
        token: str,
        dispatch: Dispatch,
        registry: Registry | None = None,
        suggest: Suggest | None = None,
        counts: Counts | None = None,
        *,
        timeout: float = TIMEOUT,
    ) -> None:
        """``registry``: whose commands the service offers as people type; ``suggest``: what it offers in fields for tags;
        ``counts``: where threads that people began are reported;
        ``timeout``: of one request, in seconds.

        Raises Misdeclared when the service cannot offer what the rituals declare.
        """
        super().__init__(url, token, timeout)
        self._dispatch, self._registry, self._suggest, self._counts = dispatch, registry, suggest, counts
        self._socket: aiohttp.ClientWebSocketResponse | None = None
        self._reported = asyncio.Event()
        self._receiving = True
        self._tasks: set[asyncio.Task[None]] = set()
        self._supervisor: asyncio.Task[None] | None = None
        if registry is not None:
            registry.check_platform(PROFILE)

    @property
    def connected(self) -> bool:
        return self._reported.is_set()

    async def start(self) -> None:
        """Connect and report the directory; waits for a service that is not there yet."""
        self._supervisor = asyncio.create_task(self._keep_connected())
        await self._reported.wait()

    async def stop_receiving(self) -> None:
        """Takes no new events. Returns when those under way have been answered."""
        self._receiving = False
        while self._tasks:
            await asyncio.wait(self._tasks)

    async def close(self) -> None:
        self._receiving = False
        tasks = [*self._tasks, *([self._supervisor] if self._supervisor else [])]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await super().close()

    async def _keep_connected(self) -> None:
        """The supervisor: whatever ends a connection, another follows."""
        tries = 0
        while self._receiving:
            try:
                await self._connection()
                tries = 0
            except (aiohttp.ClientError, OSError, TimeoutError, SendError) as error:
                log.warning("cannot talk to the chat service", error=type(error).__name__, tries=tries)
            except Exception:
                log.exception("the connection to the chat service failed")
            await asyncio.sleep(BACKOFF[min(tries, len(BACKOFF) - 1)])
            tries += 1

    async def _connection(self) -> None:
        """One connection, from its beginning to its end."""
        async with self.session.ws_connect(
            self.url.replace("http", "ws", 1) + "/bot/socket", heartbeat=20, autoping=True
        ) as socket:
            self._socket = socket
            log.info("connected to the chat service", url=self.url)
            if self._reported.is_set():
                self._spawn(self._report_again())
            else:
                # The first event of a person needs their community, so it has to wait until that is known.
                await self.report_directory()
                self._reported.set()
            async for message in socket:
                if message.type is aiohttp.WSMsgType.TEXT and self._receiving:
                    self._received(message.data, socket)
        log.info("the connection to the chat service ended")

    def _received(self, data: str, socket: aiohttp.ClientWebSocketResponse) -> None:
        try:
            frame = inbound.frame(data)
            if problem := frame.get("problem"):
                log.error("the chat service refused an answer", key=frame.get("id"), problem=problem)
                return
            if "suggest" in frame:
                self._spawn(self._suggested(*inbound.suggest(frame), socket))
                return
            event = inbound.event(frame)
        except inbound.Malformed as error:
            log.error("a frame from the chat service makes no sense", error=str(error))
            return
        self._spawn(self._handle(event, socket))

    def _spawn(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _handle(self, event: Event, socket: aiohttp.ClientWebSocketResponse) -> None:
        early = False

        async def acknowledge() -> None:
            nonlocal early
            if not early:
                early = True
                await _acknowledge(socket, event.key, None)

        try:
            if isinstance(event, Talked) and not (self._counts and await self._counts(event.place)):
                return await acknowledge()
            outcome = await self._dispatch(event, acknowledge)
            if not isinstance(event, FromAPerson):
                await acknowledge()
            elif early or not await _acknowledge(socket, event.key, render.answer(outcome)):
                await self.answer(event, outcome)
        except SendError as error:
            log.warning("an answer did not get through", key=event.key, kind=event.kind, error=str(error))
        except Exception:
            # Not acknowledged, so it comes again.
            log.exception("an event failed", key=event.key, kind=event.kind)

    async def _suggested(self, key: str, who: Ref, typed: str, socket: aiohttp.ClientWebSocketResponse) -> None:
        """Somebody is typing and waits for no longer than a moment: when it fails, they see no suggestions."""
        found: tuple[str, ...] = ()
        try:
            found = await self._suggest(who, typed) if self._suggest else ()
        except Exception:
            log.exception("suggesting failed", key=key)
        await _acknowledge(socket, key, list(found))

    async def _report_again(self) -> None:
        try:
            await self.report_directory()
        except Exception:
            log.exception("the directory could not be reported")

    async def inspect(self, workspace: str) -> tuple[Finding, ...]:
        """Whether the service answers: nothing else can be missing here."""
        try:
            await self.request("GET", "/bot/workspace")
        except SendError as error:
            return (Finding("The workspace's chat service", False, f"It does not answer ({error}). Restart Rounds."),)
        return (Finding("The workspace's chat service", True),)

    def routes(self) -> tuple[Route, ...]:
        """None: the page has a server of its own, which only this machine reaches."""
        return ()

    async def report_directory(self) -> None:
        """Everything that the service knows, as events. Raises SendError."""
        if self._registry is not None:
            commands = [render.command(spec) for spec in self._registry.commands.values()]
            await self.request("PUT", "/bot/commands", commands)
            await self.request("PUT", "/bot/shortcuts", sorted(self._registry.shortcuts))
        about = await self.request("GET", "/bot/workspace")
        people = (await self.request("GET", "/bot/people"))["people"]
        places = (await self.request("GET", "/bot/places"))["places"]
        in_closed = {
            place["id"]: await self.request("GET", f"/bot/places/{place['id']}/members")
            for place in places
            if place["closed"]
        }
        reports: tuple[WorkspaceConnected | PersonChanged | PlaceChanged | PlaceMembers, ...] = (
            inbound.workspace(_key(), about, people),
            *(inbound.person(_key(), person) for person in people),
            *(inbound.place(_key(), place) for place in places),
            *(inbound.members(_key(), id, members) for id, members in in_closed.items()),
        )

        async def nothing_to_acknowledge() -> None: ...

        await self._dispatch(Several(_key(), reports), nothing_to_acknowledge)


def _key() -> str:
    return f"sync:{uuid.uuid4().hex}"


async def _acknowledge(socket: aiohttp.ClientWebSocketResponse, envelope: str, answer: Any) -> bool:
    """False when the connection has ended; the service then sends the event again, to whoever is connected."""
    with contextlib.suppress(ConnectionError):
        await socket.send_json({"id": envelope, "answer": answer})
        return True
    return False
