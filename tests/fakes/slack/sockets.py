"""Socket Mode: the app's connections. Each payload goes to one of them, in turn."""

from __future__ import annotations

import asyncio
import json
from typing import TYPE_CHECKING, Any
from uuid import uuid4

from aiohttp import WSMsgType, web

from tests.fakes.slack import limits
from tests.fakes.slack.errors import SlackError
from tests.fakes.slack.model import Json

if TYPE_CHECKING:
    from tests.fakes.slack.server import FakeSlack


class Connection:
    def __init__(self, socket: web.WebSocketResponse, request: web.Request, deaf: bool) -> None:
        self.socket, self.request, self.deaf = socket, request, deaf
        self.received = 0  # payloads that went here

    def abort(self) -> None:
        if self.request.transport is not None:
            self.request.transport.abort()


class Sockets:
    def __init__(self, slack: FakeSlack) -> None:
        self._slack = slack
        self.open: list[Connection] = []
        self.opened = 0  # connections there ever were
        self._tickets: set[str] = set()
        self._waiting: dict[str, asyncio.Future[Any]] = {}
        self._turn, self._new_ones_deaf = 0, False

    def routes(self) -> list[web.RouteDef]:
        return [web.get("/link/", self._serve)]

    def ticket(self) -> str:
        """The address for one new connection."""
        if len(self.open) >= limits.SOCKETS_PER_APP:
            raise SlackError("too_many_websockets")
        made = uuid4().hex
        self._tickets.add(made)
        return f"{self._slack.url.replace('http', 'ws', 1)}/link/?ticket={made}&app_id={self._slack.app.id}"

    async def send(
        self, type: str, payload: Json, takes_payload: bool, attempt: int, reason: str, within: float
    ) -> Any:
        """To one connection; returns the acknowledgement's payload. Raises ConnectionError, TimeoutError."""
        if not self.open:
            raise ConnectionError("no connection is open")
        self._turn += 1
        connection = self.open[self._turn % len(self.open)]
        connection.received += 1
        envelope: Json = {"envelope_id": str(uuid4()), "type": type, "payload": payload}
        envelope["accepts_response_payload"] = takes_payload
        if type == "events_api":
            envelope |= {"retry_attempt": attempt, "retry_reason": reason}
        answered = self._waiting[envelope["envelope_id"]] = asyncio.get_running_loop().create_future()
        try:
            if not connection.deaf:
                await connection.socket.send_str(json.dumps(envelope))
            return await asyncio.wait_for(answered, within)
        finally:
            del self._waiting[envelope["envelope_id"]]

    async def cut(self) -> int:
        there = list(self.open)
        self.open.clear()
        for connection in there:
            connection.abort()
        return len(there)

    async def refresh(self) -> None:
        there = list(self.open)
        for connection in there:
            debug = {"host": "127.0.0.1"}
            await connection.socket.send_json(
                {"type": "disconnect", "reason": "refresh_requested", "debug_info": debug}
            )

    def go_deaf(self, new_ones_too: bool) -> None:
        self._new_ones_deaf = new_ones_too
        for connection in self.open:
            connection.deaf = True

    async def _serve(self, request: web.Request) -> web.WebSocketResponse:
        ticket = request.query.get("ticket", "")
        if ticket not in self._tickets:
            raise web.HTTPForbidden
        self._tickets.discard(ticket)
        socket = web.WebSocketResponse(autoping=False)
        await socket.prepare(request)
        connection = Connection(socket, request, self._new_ones_deaf)
        hello = {"type": "hello", "num_connections": len(self.open) + 1}
        hello["debug_info"] = {"host": "127.0.0.1", "build_number": 1, "approximate_connection_time": 18060}
        hello["connection_info"] = {"app_id": self._slack.app.id}
        await socket.send_json(hello)
        self.open.append(connection)
        self.opened += 1
        self._slack.changed()
        try:
            await self._read(connection)
        finally:
            if connection in self.open:
                self.open.remove(connection)
            self._slack.changed()
        return socket

    async def _read(self, connection: Connection) -> None:
        async for frame in connection.socket:
            if connection.deaf:
                continue
            if frame.type is WSMsgType.PING:
                await connection.socket.pong(frame.data)
            elif frame.type is WSMsgType.TEXT:
                self._acknowledged(frame.data)

    def _acknowledged(self, text: str) -> None:
        try:
            answer = json.loads(text)
            waiting = self._waiting.get(answer["envelope_id"])
        except (ValueError, KeyError, TypeError):
            self._slack.violation("socket", ["not an acknowledgement"], text)
            return
        if unknown := answer.keys() - {"envelope_id", "payload"}:
            self._slack.violation("socket", [f"unknown keys {sorted(unknown)}"], answer)
        if waiting is not None and not waiting.done():
            waiting.set_result(answer.get("payload"))
