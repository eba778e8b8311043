"""The bots' websockets: each event goes to any one of them, and again until one acknowledges it."""

from __future__ import annotations

import asyncio
import contextlib
import json
import secrets
from collections import deque
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import aiosqlite
import structlog
from aiohttp import WSMsgType, web

from adapters.local.chat.model import Json, Problem

log = structlog.get_logger()

# How long to wait for an acknowledgement before each of the three further tries, in seconds.
PAUSES = (3.0, 15.0, 60.0)


@dataclass(frozen=True, slots=True)
class Envelope:
    """An event on its way to the bot. ``id`` is unique for ever; ``made_ms`` when it happened."""

    id: str
    event: Json
    made_ms: int


async def keep(db: aiosqlite.Connection, event: Json, now_ms: int) -> Envelope:
    envelope = Envelope(f"evt-{secrets.token_hex(12)}", event, now_ms)
    await db.execute("INSERT INTO envelope VALUES (?, ?, ?)", (envelope.id, json.dumps(event), now_ms))
    return envelope


async def kept(db: aiosqlite.Connection) -> list[Envelope]:
    rows = await db.execute_fetchall("SELECT * FROM envelope ORDER BY made_ms, rowid")
    return [Envelope(row["id"], json.loads(row["event"]), row["made_ms"]) for row in rows]


async def forget(db: aiosqlite.Connection, id: str) -> bool:
    """False when it was acknowledged or given up before."""
    return (await db.execute("DELETE FROM envelope WHERE id = ?", (id,))).rowcount > 0


@dataclass(eq=False, slots=True)
class _Line:
    """One connected bot."""

    ws: web.WebSocketResponse
    transport: asyncio.Transport


@dataclass(eq=False, slots=True)
class _Letter:
    """An envelope being delivered. ``again``: look at it now, something about its delivery has changed."""

    envelope: Envelope
    result: asyncio.Future[Json]
    again: asyncio.Event = field(default_factory=asyncio.Event)
    line: _Line | None = None
    late: bool = False


class Sockets:
    """``acknowledged(envelope, answer)`` does what the bot answered; None when that was done before; raises Problem.
    ``give_up(envelope)`` is told when no further try will be made; ``expired`` asks whether to make one at all.
    """

    def __init__(
        self,
        acknowledged: Callable[[Envelope, Any], Awaitable[Json | None]],
        give_up: Callable[[Envelope], Awaitable[None]],
        expired: Callable[[Envelope], bool],
        pauses: Sequence[float] = PAUSES,
    ) -> None:
        self._acknowledged, self._give_up, self._expired, self._pauses = acknowledged, give_up, expired, pauses
        self._lines: deque[_Line] = deque()
        self._connected = asyncio.Event()
        self._letters: dict[str, _Letter] = {}
        self._questions: dict[str, asyncio.Future[Any]] = {}
        self._tasks: set[asyncio.Task[None]] = set()

    def __len__(self) -> int:
        return len(self._lines)

    def carry(self, envelope: Envelope) -> asyncio.Future[Json]:
        """Deliver an envelope, now and later; the future is what came of the bot's answer."""
        letter = _Letter(envelope, asyncio.get_running_loop().create_future())
        self._letters[envelope.id] = letter
        task = asyncio.create_task(self._deliver(letter))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return letter.result

    async def ask(self, question: Json, seconds: float) -> Any:
        """Ask one bot something in passing: sent once, to one that is connected now. None without an answer in time."""
        if not self._lines:
            return None
        id, answer = f"ask-{secrets.token_hex(12)}", asyncio.get_running_loop().create_future()
        self._questions[id] = answer
        try:
            async with asyncio.timeout(seconds):
                await self._choose(None).ws.send_json({"id": id, **question})
                return await answer
        except (TimeoutError, ConnectionError):
            return None
        finally:
            del self._questions[id]

    async def _deliver(self, letter: _Letter) -> None:
        pauses = [*self._pauses, self._pauses[-1]]
        while pauses and not letter.result.done():
            await self._connected.wait()
            if self._expired(letter.envelope):
                break
            letter.again.clear()
            letter.line = self._choose(letter.line)
            with contextlib.suppress(ConnectionError):  # its closing sets ``again``
                await letter.line.ws.send_json({"id": letter.envelope.id, "event": letter.envelope.event})
            try:
                # Not wait_for: before Python 3.12 it swallows a cancellation that comes together with the event.
                async with asyncio.timeout(pauses[0]):
                    await letter.again.wait()
            except TimeoutError:
                letter.late = True
                pauses.pop(0)
        self._letters.pop(letter.envelope.id, None)
        if not letter.result.done():
            letter.result.cancel()
            await self._give_up(letter.envelope)

    def _choose(self, last: _Line | None) -> _Line:
        """The next in turn; another than the last time where there is one."""
        self._lines.rotate(-1)
        return next((line for line in self._lines if line is not last), self._lines[0])

    async def serve(self, request: web.Request) -> web.WebSocketResponse:
        """One bot's connection, from its beginning to its end."""
        ws = web.WebSocketResponse(heartbeat=30, timeout=2)
        await ws.prepare(request)
        assert request.transport is not None
        line = _Line(ws, request.transport)
        self._lines.append(line)
        self._connected.set()
        for letter in self._letters.values():
            # What another bot is busy with, and not late with, stays with it.
            if letter.late:
                letter.again.set()
        try:
            async for frame in ws:
                if frame.type is WSMsgType.TEXT:
                    await self._received(ws, frame.data)
        finally:
            self._lines.remove(line)
            if not self._lines:
                self._connected.clear()
            for letter in self._letters.values():
                if letter.line is line:
                    letter.again.set()
        return ws

    async def _received(self, ws: web.WebSocketResponse, data: str) -> None:
        try:
            frame = json.loads(data)
            id, answer = frame["id"], frame["answer"]
        except (ValueError, KeyError, TypeError, RecursionError):
            await ws.send_json({"problem": {"error": "malformed", "message": "a frame has an id and an answer"}})
            return
        question = self._questions.get(id) if isinstance(id, str) else None
        if question is not None and not question.done():
            question.set_result(answer)
            return
        letter = self._letters.get(id) if isinstance(id, str) else None
        if letter is None:
            return  # answered before, by this bot or another
        try:
            result = await self._acknowledged(letter.envelope, answer)
        except Problem as problem:
            log.warning("the bot's answer was refused", key=id, error=problem.code)
            await ws.send_json({"id": id, "problem": {"error": problem.code, "message": problem.message}})
            result = {}
        if result is not None and not letter.result.done():
            letter.result.set_result(result)
        letter.again.set()

    def drop(self) -> int:
        """Cut every connection as a failing network would. Returns how many there were."""
        for line in self._lines:
            line.transport.abort()
        return len(self._lines)

    async def close(self) -> None:
        for task in list(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        for letter in self._letters.values():
            letter.result.cancel()
        for line in list(self._lines):
            await line.ws.close(code=1001)
