"""Every HTTP route that there is, asked in ways that no browser would."""

from __future__ import annotations

import asyncio
import contextlib
import json
import time
from dataclasses import dataclass
from random import Random
from typing import Any
from urllib.parse import quote

from aiohttp import web

from adapters.local.chat.faults import Plan
from bench.fuzzing import hostile
from bench.fuzzing.hostile import Json
from bench.fuzzing.house import TOKEN, House

# Values that parts of a path may have; what is not named here gets one that fits what the route asks for.
PARTS: dict[str, tuple[str, ...]] = {
    "person": ("dana", "emre", "gus", "ben", "nobody"),
    "place": ("questions", "general", "ward-team", "dm:dana", "nowhere"),
    "id": ("1", "2", "7", "99999"),
    "message": ("1", "3"),
    "thread": ("1", "2", "5"),
    "form": ("form-000000000000",),
    "token": ("A" * 32, "token-of-nobody-at-all"),
    "name": ("x",),
    "filename": ("page.css", "nothing.js"),
}
NAMES = "thread message before after wait typed window place dm person delivery_id code state error".split()
METHODS = "GET POST PUT PATCH DELETE HEAD OPTIONS TRACE CONNECT PROPFIND get G<ET".split()
TYPES = (
    "application/json",
    "application/x-www-form-urlencoded",
    "text/plain",
    "text/html",
    "multipart/form-data",
    "multipart/form-data; boundary=",
    "application/json; charset=utf-16",
    "application/json; charset=nonsense",
    "application/json; charset=idna",
    "application/json; charset=base64",
    "",
    "/",
    "text/\x7f",
)
CARD: Json = {
    "title": "A card",
    "body": ["words ", {"kind": "quoted", "text": "of somebody"}],
    "sections": [{"text": ["one"], "buttons": [{"label": "Press", "packed": "question.ask|1"}]}],
    "buttons": [{"label": "Go", "url": "https://example.org"}],
    "state": ["open"],
}
BODIES: tuple[Json | list[Any], ...] = (
    {"text": "hello", "place": "questions"},
    {"text": "hello", "place": "questions", "thread": 1},
    {"text": "/find vial", "place": "questions"},
    {"text": "/ask Which one?", "dm": True},
    {"message": 1, "packed": "question.ask|1"},
    {"message": 1, "shortcut": "Save to Rounds…"},
    {"form": "form-000000000000", "values": {"title": "x", "tags": ["a"]}},
    {"id": "zoe", "name": "Zoe", "zone": "UTC", "guest": False, "active": True, "admin": False},
    {"name": "Renamed", "zone": "Europe/London"},
    {"id": "cellar", "name": "cellar", "closed": False, "archived": False, "forum": False},
    {"place": "questions"},
    {"card": CARD, "place": "questions", "delivery_id": "d1"},
    {"card": CARD, "person": "dana", "thread": 1},
    {"answer": "message", "card": CARD, "private": True},
    {"fail_before": 0.5, "seed": 1, "retry_after": 1},
    {"advance_seconds": 60},
    [{"name": "ask", "summary": "Ask", "typed": "What"}],
    ["Save to Rounds…"],
)


@dataclass(frozen=True)
class Route:
    """A route as the program's own server has it."""

    app: str
    method: str
    path: str  # with {names} for its parts
    resource: Any


class Unaddressable(Exception):
    """There is a route that no request of these can reach: say in PARTS what it wants."""


@dataclass(frozen=True)
class Answer:
    status: int  # 0: none
    content_type: str
    body: str
    seconds: float


def routes_of(name: str, app: web.Application) -> list[Route]:
    """Every one of a server, as the server itself has them. Raises Unaddressable."""
    found = []
    for one in app.router.routes():
        assert one.resource is not None
        found.append(Route(name, one.method, one.resource.canonical, one.resource))
        address(found[-1], Random(0))
    return found


def address(route: Route, chance: Random | None) -> str:
    """A path that leads to the route; with ``chance`` one of several. Raises Unaddressable."""
    if isinstance(route.resource, web.StaticResource):
        return f"{route.path}/page.css"
    path, pattern = route.path, route.resource.get_info().get("pattern")
    if pattern is None:
        return path
    for name in pattern.groupindex:
        values = PARTS.get(name, ("1", "x" * 24))
        fits = [one for one in values if pattern.fullmatch(_filled(path, pattern, {name: one}))]
        if not fits:
            raise Unaddressable(f"{route.method} {path}: {name}")
        path = path.replace(f"{{{name}}}", quote(chance.choice(fits) if chance else fits[0]))
    return path


def _filled(path: str, pattern: Any, given: dict[str, str]) -> str:
    for name in pattern.groupindex:
        path = path.replace(f"{{{name}}}", given.get(name, PARTS.get(name, ("1",))[0]))
    return path


class Web:
    def __init__(self, house: House, chance: Random) -> None:
        self._house, self._chance = house, chance
        self.routes = [one for name, (_, _, app) in house.apps.items() for one in routes_of(name, app)]

    async def one(self, number: int) -> None:
        """One request, to each route in turn."""
        route, chance = self.routes[number % len(self.routes)], self._chance
        method = route.method if chance.random() < 0.8 and route.method != "*" else chance.choice(METHODS)
        target = self._target(route)
        body = self._body() if chance.random() < (0.9 if method in ("POST", "PUT", "PATCH") else 0.1) else b""
        headers, whole = self._headers(route, body)
        lines = [f"{method} {target} HTTP/{chance.choice(('1.1',) * 30 + ('1.0', '0.9', '2', 'x'))}", *headers]
        request = "\r\n".join(lines).encode("utf-8", "surrogatepass") + b"\r\n\r\n" + body
        self._house.watch.begins(f"http {route.app}", f"{method} {route.path}")
        host, port, _ = self._house.apps[route.app]
        answer = await ask(host, port, request, cut=not whole)
        if whole and not answer.status:
            self._house.watch.finds("no answer", request[:300].decode("latin-1"))
        self._house.watch.page(answer.body, answer.content_type)
        self._house.watch.ends(answer.seconds, status=answer.status)
        self._house.chat.workspace.faults.set(Plan())  # what was ordered is no failure of the program's

    def _target(self, route: Route) -> str:
        chance = self._chance
        path = address(route, chance)
        if "{" in route.path and chance.random() < 0.4:
            parts = path.split("/")
            parts[chance.randrange(1, len(parts))] = hostile.segment(chance)
            path = "/".join(parts)
        if path.endswith("/changes"):  # which waits as long as it is asked to
            path += "?wait=0"
        if chance.random() < 0.5:
            asked = [(chance.choice(NAMES), hostile.segment(chance)) for _ in range(chance.choice((1, 1, 2, 5)))]
            path += ("&" if "?" in path else "?") + "&".join(f"{name}={one}" for name, one in asked)
        return path

    def _body(self) -> bytes:
        chance = self._chance
        given: Any = chance.choice(BODIES)
        if chance.random() < 0.8:
            given = hostile.mutated(chance, given)
        body = hostile.dumped(given).encode("utf-8", "surrogatepass")
        return hostile.garbled(chance, body) if chance.random() < 0.2 else body

    def _headers(self, route: Route, body: bytes) -> tuple[list[str], bool]:
        """And whether the request is one that ends."""
        chance = self._chance
        host, port, _ = self._house.apps[route.app]
        kind = "application/json" if chance.random() < 0.8 else chance.choice(TYPES)
        length = len(body) if chance.random() < 0.95 else chance.choice((-1, 0, len(body) + 10, 10**30))
        found = [f"Host: {host}:{port}", f"Content-Type: {kind}", f"Content-Length: {length}", "Connection: close"]
        if route.path.startswith("/bot/") and chance.random() < 0.95:
            found.append(f"Authorization: Bearer {TOKEN}")
        if chance.random() < 0.5:
            found.append("Accept: text/html")
        whole = length == len(body)
        if chance.random() < 0.15:
            name = chance.choice(
                ("Host", "Origin", "Cookie", "Accept", "Range", "X-Forwarded-For", "Transfer-Encoding")
            )
            found.append(f"{name}: {hostile.text(chance)[:6000]}")
            whole = whole and name != "Transfer-Encoding" and "\n" not in found[-1]
        return found, whole


async def ask(host: str, port: int, request: bytes, *, cut: bool = False, within: float = 10.0) -> Answer:
    """Send bytes and read what comes back until the other side is done; of an endless answer the beginning.

    ``cut``: hang up when all is said, as somebody does whose request never ends.
    """
    began = time.monotonic()
    received = b""
    with contextlib.suppress(ConnectionError):
        reader, writer = await asyncio.open_connection(host, port)
        try:
            received = await asyncio.wait_for(_told(reader, writer, request, cut), within)
        except TimeoutError:
            return Answer(0, "", "", time.monotonic() - began)
        finally:
            writer.close()
            with contextlib.suppress(ConnectionError):
                await writer.wait_closed()
    seconds = time.monotonic() - began
    head, _, body = received.partition(b"\r\n\r\n")
    first, *lines = head.decode("latin-1").split("\r\n")
    words = first.split(" ")
    status = int(words[1]) if len(words) > 1 and words[1].isdigit() else 0
    kind = next((line.split(":", 1)[1] for line in lines if line.lower().startswith("content-type:")), "")
    return Answer(status, kind, body.decode("utf-8", "replace"), seconds)


async def _told(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, request: bytes, cut: bool) -> bytes:
    with contextlib.suppress(ConnectionError):  # refused before all of it was read
        writer.write(request)
        await writer.drain()
        if cut:
            writer.write_eof()
    received = bytearray()
    with contextlib.suppress(ConnectionError):
        while data := await reader.read(65536):
            received += data
            if b"text/event-stream" in received or b"101 Switching" in received[:20]:
                break
    return bytes(received)


class Socket:
    """A bot of the chat service that says what no bot should; and the program's own, told what the service never says."""

    def __init__(self, house: House, chance: Random) -> None:
        self._house, self._chance = house, chance
        self._session: Any = None

    async def one(self, number: int) -> None:
        await (self._to_program() if number % 4 else self._to_service())

    async def _to_service(self) -> None:
        chance, house = self._chance, self._house
        given = {"id": chance.choice(("evt-1", "ask-1", "")), "answer": {"answer": "message", "card": CARD}}
        frame = hostile.dumped(hostile.mutated(chance, given))
        frame = frame if chance.random() < 0.8 else chance.choice(("", "null", "[]", "{", "0", '"x"'))
        house.watch.begins("websocket local", frame[:100])
        began = time.monotonic()
        with contextlib.suppress(ConnectionError):  # what is too long ends the connection
            async with house.chat_api._session.ws_connect(f"{house.chat.url}/bot/socket") as socket:  # type: ignore[union-attr]
                await socket.send_str(frame.encode("utf-8", "replace").decode())
                await socket.send_str(json.dumps({"id": "nothing"}))  # answered with a problem: so the first was read
                while (message := await socket.receive(timeout=5)).type.name == "TEXT":
                    if "problem" in message.json():
                        break
        house.watch.ends(time.monotonic() - began)

    async def _to_program(self) -> None:
        chance, house = self._chance, self._house
        given = chance.choice(FRAMES)
        given = {**given, "id": f"evt-{chance.getrandbits(64)}"}
        made = hostile.mutated(chance, given) if chance.random() < 0.85 else given
        house.watch.begins(f"frame {given.get('event', {}).get('type', 'suggest')}", hostile.dumped(made)[:300])
        began = time.monotonic()
        try:
            house.local._received(hostile.dumped(made), house.local._socket)
        except Exception as error:  # it would end the connection
            house.watch.finds(f"a frame raises {type(error).__name__}")
        quiet = await house.quiet(house.local)
        house.watch.ends(time.monotonic() - began)
        if not quiet:
            house.watch.finds("not done within 15 s")


def _frame(type: str, **more: Any) -> Json:
    return {"event": {"type": type, "person": "dana", "place": "questions", "answer_to": "nobody", "at_ms": 1, **more}}


FRAMES: tuple[Json, ...] = (
    _frame("command", words="find vial", mentions={"@ben": "ben"}),
    _frame("command", words="ask Which one?", mentions={}),
    _frame("click", packed="question.ask|1", message=1, card=CARD),
    _frame("shortcut", name="Save to Rounds…", message=1, author="ben", thread=None, text="words"),
    _frame("submit", origin="/ask", draft="d1", values={"title": {"kind": "line", "value": "Which one?"}}),
    _frame("thread_reply", thread=1, message=2),
    _frame("talked", thread=1, message=2),
    _frame("typed_directly"),
    {
        "event": {
            "type": "person",
            "person": {"id": "zed", "name": "Zed", "zone": "UTC", "guest": False, "active": True},
        }
    },
    {
        "event": {
            "type": "place",
            "place": {"id": "attic", "name": "attic", "closed": True, "archived": False, "forum": False},
        }
    },
    {"event": {"type": "members", "place": "attic", "people": ["zed"], "at_ms": 1}},
    {"suggest": {"person": "dana", "typed": "fal"}},
)
