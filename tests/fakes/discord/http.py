"""The REST API's front: which handler a request is for, its token and body, the faults and limits it runs into."""

from __future__ import annotations

import json
import re
import time
import traceback
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from aiohttp import BodyPartReader, hdrs, web

from tests.fakes.discord import limits, schema
from tests.fakes.discord.errors import Json, Refused, invalid
from tests.fakes.discord.faults import Broken, answer

if TYPE_CHECKING:
    from tests.fakes.discord.server import FakeDiscord

PREFIX = "/api/v10"
NO_TOKEN = ("/gateway", "/webhooks/{", "/interactions/{")  # templates that ask for no bot's token


@dataclass
class Call:
    """A request, read and checked."""

    params: dict[str, str]
    query: dict[str, str]
    body: Any = field(default_factory=dict)
    files: list[Json] = field(default_factory=list)

    def id(self, name: str) -> int:
        value = self.params[name]
        if not value.isdecimal():
            raise invalid([((name,), "NUMBER_TYPE_COERCE", f'Value "{value}" is not snowflake.')])
        return int(value)

    def number(self, name: str, default: int, most: int) -> int:
        value = int(self.query.get(name, default))
        if not 1 <= value <= most:
            raise invalid([((name,), "NUMBER_TYPE_MAX", f"int value should be between 1 and {most}.")])
        return value

    def snowflake(self, name: str) -> int | None:
        return int(self.query[name]) if name in self.query else None

    def flag(self, name: str) -> bool:
        return self.query.get(name, "").lower() in ("1", "true")


Handler = Callable[["FakeDiscord", Call], Any]


@dataclass
class Route:
    method: str
    template: str
    pattern: re.Pattern[str]
    handler: Handler


class Routes:
    """Handlers by method and template; a template is the one that the OpenAPI description has."""

    def __init__(self) -> None:
        self.all: list[Route] = []

    def add(self, method: str, template: str) -> Callable[[Handler], Handler]:
        def keep(handler: Handler) -> Handler:
            pattern = re.compile(re.sub(r"\{(\w+)\}", r"(?P<\1>[^/]+)", template))
            self.all.append(Route(method, template, pattern, handler))
            return handler

        return keep


class Api:
    def __init__(self, fake: FakeDiscord, *routes: Routes) -> None:
        self._fake = fake
        # What is named in full goes before what stands for anything.
        self._routes = sorted((one for each in routes for one in each.all), key=lambda one: one.template.count("{"))

    async def handle(self, request: web.Request) -> web.StreamResponse:
        path = request.path.removeprefix(PREFIX)
        named = f"{request.method} {path}"
        self._fake.requests.append((time.monotonic(), named))
        try:
            raw = await request.read() if not request.content_type.startswith("multipart/") else b""
            headers = self._fake.limiter.check(request.method, path)
            drawn = await self._fake.faults.before(named)
            response = await self._answered(request, path, named, raw)
            response.headers.update(headers)
            await self._fake.faults.after(named, drawn)
        except Broken as fault:
            if fault.response is None:
                if request.transport is not None:
                    request.transport.abort()
                return web.Response(status=500)
            response = fault.response
        if response.status in (401, 403, 429):
            self._fake.invalid_requests += 1
        return response

    async def _answered(self, request: web.Request, path: str, named: str, raw: bytes) -> web.Response:
        body: Any = None
        try:
            route, params = self._find(request.method, path)
            self._check_token(request, route.template)
            body, files = await self._read(request, raw)
            if schema.known(route.method, route.template) and request.method in ("POST", "PUT", "PATCH"):
                schema.check(route.method, route.template, body)
            self._fake.messages.archive_what_rests()
            self._fake.pass_time()
            call = Call(params, dict(request.query), body if body is not None else {}, files)
            result = route.handler(self._fake, call)
        except Refused as refused:
            self._fake.refusals.append(f"{named} {refused.status} {refused.code}")
            if (refused.status in (404, 405, 415) and refused.code == 0) or refused.code in (50035, 50006, 50109):
                problem = {"route": named, "code": refused.code, "message": refused.message}
                self._fake.violations.append({**problem, "errors": refused.errors, "body": body})
            return answer(refused.status, refused.body())
        except Exception:
            # A mistake of the fake's own must not look like one of Discord's many 500s.
            self._fake.violations.append({"route": named, "code": 0, "message": traceback.format_exc(), "body": body})
            return answer(500, {"message": "500: Internal Server Error", "code": 0})
        if result is None:
            return web.Response(status=204)
        status, found = result if isinstance(result, tuple) else (200, result)
        return answer(status, found)

    def _find(self, method: str, path: str) -> tuple[Route, dict[str, str]]:
        elsewhere = False
        for route in self._routes:
            if found := route.pattern.fullmatch(path):
                if route.method == method:
                    return route, found.groupdict()
                elsewhere = True
        if elsewhere:
            raise Refused(405, 0, "405: Method Not Allowed")
        raise Refused(404, 0, "404: Not Found")

    def _check_token(self, request: web.Request, template: str) -> None:
        if template.startswith(NO_TOKEN) and template != "/gateway/bot":
            return
        if request.headers.get(hdrs.AUTHORIZATION) != f"Bot {self._fake.token}":
            raise Refused(401, 0, "401: Unauthorized")

    async def _read(self, request: web.Request, raw: bytes) -> tuple[Any, list[Json]]:
        kind = request.headers.get(hdrs.CONTENT_TYPE, "")
        if kind.startswith("multipart/form-data"):
            return await _parts(request)
        if not raw:
            return None, []
        if kind != "application/json":
            raise Refused(415, 0, f"Expected \"Content-Type\" header to be 'application/json', not {kind!r}")
        try:
            return json.loads(raw), []
        except ValueError:
            raise Refused(400, 50109, "The request body contains invalid JSON.") from None


async def _parts(request: web.Request) -> tuple[Any, list[Json]]:
    body: Any = None
    files: list[Json] = []
    async for part in await request.multipart():
        if not isinstance(part, BodyPartReader):
            raise invalid([((), "MULTIPART_NESTED", "Parts in parts are not read.")])
        content = bytes(await part.read())
        if part.name == "payload_json":
            body = json.loads(content)
        elif re.fullmatch(r"files?\[\d+\]|file", part.name or ""):
            kind = part.headers.get(hdrs.CONTENT_TYPE, "application/octet-stream")
            one = {"filename": part.filename or "unknown", "size": len(content), "content_type": kind}
            files.append({**one, "content": content})
        else:
            raise invalid([((part.name or "",), "UNKNOWN_KEY", "Unknown part.")])
    if len(files) > limits.FILES:
        raise invalid([(("attachments",), "BASE_TYPE_BAD_LENGTH", "Must be 10 or fewer in length.")])
    if sum(one["size"] for one in files) > limits.FILE_BYTES:
        raise Refused(413, 40005, "Request entity too large")
    return body if body is not None else {}, files
