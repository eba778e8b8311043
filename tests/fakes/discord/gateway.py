"""The gateway: sessions over websockets, which get events by their intents and can be taken up again where they broke off."""

from __future__ import annotations

import asyncio
import json
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from secrets import token_hex
from typing import TYPE_CHECKING, Any

from aiohttp import WSMsgType, web

from tests.fakes.discord import limits, shapes
from tests.fakes.discord.model import Json, State

if TYPE_CHECKING:
    from tests.fakes.discord.server import FakeDiscord

DISPATCH, HEARTBEAT, IDENTIFY, RESUME, RECONNECT, REQUEST_MEMBERS, INVALID, HELLO, ACK = 0, 1, 2, 6, 7, 8, 9, 10, 11
LEAVE_BE = (3, 4)  # presence and voice state: taken and not acted on


@dataclass(eq=False)
class Session:
    """``events`` are kept for resuming. A session without a socket goes on collecting them."""

    id: str
    intents: int
    number: int = 0
    events: deque[tuple[int, str]] = field(default_factory=lambda: deque(maxlen=limits.EVENTS_KEPT))
    socket: web.WebSocketResponse | None = None
    outgoing: asyncio.Queue[str] = field(default_factory=asyncio.Queue)

    def add(self, name: str, data: Any) -> None:
        self.number += 1
        text = json.dumps({"op": DISPATCH, "t": name, "s": self.number, "d": data})
        self.events.append((self.number, text))
        if self.socket is not None:
            self.outgoing.put_nowait(text)


class Gateway:
    """``frozen``: neither heartbeats are answered nor anything sent. ``resumable``: whether RESUME is granted."""

    def __init__(self, fake: FakeDiscord, *, heartbeat: float) -> None:
        self._fake = fake
        self.heartbeat = heartbeat
        self.sessions: dict[str, Session] = {}
        self.sockets: dict[web.WebSocketResponse, web.Request] = {}
        self._frozen = False
        self.resumable = True
        self.refuse = 0
        """So many of the next connections are cut at once."""
        self.identified = 0
        self.resumed = 0

    @property
    def frozen(self) -> bool:
        return self._frozen

    @frozen.setter
    def frozen(self, frozen: bool) -> None:
        self._frozen = frozen
        self._fake.changed()

    @property
    def state(self) -> State:
        return self._fake.state

    def dispatch(self, name: str, make: Callable[[Session], Any] | Any, intents: int = limits.GUILDS) -> None:
        """To every session that asked for one of these intents (0: to all). ``make`` may write it for each session."""
        for session in self.sessions.values():
            if intents and not session.intents & intents:
                continue
            data = make(session) if callable(make) else make
            if data is not None:
                session.add(name, data)

    async def handle(self, request: web.Request) -> web.StreamResponse:
        socket = web.WebSocketResponse(autoclose=True, autoping=True)
        await socket.prepare(request)
        if self.refuse > 0:
            self.refuse -= 1
            _abort(request)
            return socket
        self.sockets[socket] = request
        try:
            await self._serve(socket)
        finally:
            self.sockets.pop(socket, None)
            self._fake.changed()
        return socket

    async def _serve(self, socket: web.WebSocketResponse) -> None:
        session: Session | None = None
        sender: asyncio.Task[None] | None = None
        interval = {"heartbeat_interval": int(self.heartbeat * 1000), "_trace": []}
        try:
            await socket.send_str(json.dumps({"op": HELLO, "d": interval}))
            async for message in socket:
                if message.type is not WSMsgType.TEXT:
                    break
                given = json.loads(message.data)
                if given["op"] == HEARTBEAT:
                    await self._beat(socket)
                elif given["op"] in (IDENTIFY, RESUME) and session is None:
                    session = await self._begin(socket, given)
                    if session is not None:
                        sender = asyncio.create_task(self._send(session, socket))
                elif session is None:
                    await socket.close(code=4003, message=b"Not authenticated.")
                elif given["op"] not in LEAVE_BE and given["op"] != REQUEST_MEMBERS:
                    await socket.close(code=4001, message=b"Unknown opcode.")
        except (ConnectionError, asyncio.IncompleteReadError):
            pass
        finally:
            if sender is not None:
                sender.cancel()
                await asyncio.gather(sender, return_exceptions=True)
            if session is not None and session.socket is socket:
                session.socket = None
                if socket.close_code in (1000, 1001):  # the client is done with it
                    self.sessions.pop(session.id, None)

    async def _beat(self, socket: web.WebSocketResponse) -> None:
        if not self.frozen:
            await socket.send_str(json.dumps({"op": ACK}))

    async def _begin(self, socket: web.WebSocketResponse, given: Json) -> Session | None:
        data = given["d"]
        if data.get("token", "").removeprefix("Bot ") != self._fake.token:
            await socket.close(code=4004, message=b"Authentication failed.")
            return None
        if given["op"] == RESUME:
            return await self._resume(socket, data)
        intents = data.get("intents")
        if not isinstance(intents, int):
            await socket.close(code=4013, message=b"Invalid intent(s).")
            return None
        if intents & limits.PRIVILEGED & ~self._fake.privileged:
            await socket.close(code=4014, message=b"Disallowed intent(s).")
            return None
        self.identified += 1
        session = Session(token_hex(16), intents, socket=socket)
        self.sessions[session.id] = session
        self._welcome(session)
        self._fake.changed()
        return session

    def _welcome(self, session: Session) -> None:
        homes = [one for one in self.state.guilds.values() if one.has_bot]
        session.add(
            "READY",
            {
                "v": 10,
                "user": {**shapes.user(self.state.users[self.state.bot]), "verified": True, "flags": 0, "email": None},
                "guilds": [{"id": str(one.id), "unavailable": True} for one in homes],
                "session_id": session.id,
                "resume_gateway_url": self._fake.gateway_url,
                "application": {"id": str(self.state.application), "flags": 0},
                "private_channels": [],
                "_trace": [],
            },
        )
        for one in homes:
            if session.intents & limits.GUILDS:
                session.add("GUILD_CREATE", shapes.guild(one, self.state, whole=True))

    async def _resume(self, socket: web.WebSocketResponse, data: Json) -> Session | None:
        session = self.sessions.get(data.get("session_id") or "")
        if session is None or not self.resumable or (data.get("seq") or 0) > session.number:
            if session is not None:
                del self.sessions[session.id]
            await socket.send_str(json.dumps({"op": INVALID, "d": False}))
            return None
        if session.socket is not None:
            self._cut(session.socket)
        self.resumed += 1
        session.outgoing = asyncio.Queue()
        session.socket = socket
        for number, text in session.events:
            if number > (data.get("seq") or 0):
                session.outgoing.put_nowait(text)
        session.add("RESUMED", {"_trace": []})
        self._fake.changed()
        return session

    async def _send(self, session: Session, socket: web.WebSocketResponse) -> None:
        queue = session.outgoing
        while True:
            text = await queue.get()
            try:
                await self._fake.until(lambda: not self.frozen, seconds=3600)
                await socket.send_str(text)
            except (ConnectionError, RuntimeError, TimeoutError):
                return

    # Faults

    def drop(self) -> int:
        """Cut every connection without a word. Returns how many there were."""
        sockets = list(self.sockets)
        for socket in sockets:
            self._cut(socket)
        return len(sockets)

    def _cut(self, socket: web.WebSocketResponse) -> None:
        if socket in self.sockets:
            _abort(self.sockets[socket])

    async def ask_to_reconnect(self) -> None:
        await self._say({"op": RECONNECT, "d": None})

    async def invalidate(self, *, resumable: bool = False) -> None:
        if not resumable:
            self.sessions = {id: one for id, one in self.sessions.items() if one.socket is None}
        await self._say({"op": INVALID, "d": resumable})

    def forget_sessions(self) -> None:
        """The next RESUME is refused."""
        self.sessions.clear()

    async def say_raw(self, text: str) -> None:
        for socket in list(self.sockets):
            await socket.send_str(text)

    async def _say(self, given: Json) -> None:
        await self.say_raw(json.dumps(given))

    def malformed(self, name: str = "MESSAGE_CREATE", data: Any = None) -> None:
        """An event that lacks what it should have."""
        self.dispatch(name, data or {"id": "not a number"}, intents=0)


def _abort(request: web.Request) -> None:
    if request.transport is not None:
        request.transport.abort()
