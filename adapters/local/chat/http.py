"""What all of the service's HTTP shares: who may ask at all, how bodies are read, how problems are told."""

from __future__ import annotations

import hmac
import json
from typing import Any, TypeVar
from urllib.parse import urlsplit

from aiohttp import web
from aiohttp.typedefs import Handler
from pydantic import TypeAdapter, ValidationError

from adapters.local.chat.model import Problem

T = TypeVar("T")

OURSELVES = frozenset({"127.0.0.1", "localhost"})
BOT_TOKEN: web.AppKey[str] = web.AppKey("bot_token", str)

HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; "
        "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cache-Control": "no-store",
}


async def add_headers(request: web.Request, response: web.StreamResponse) -> None:
    response.headers.update(HEADERS)


@web.middleware
async def tell_problems(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Problems, ours and aiohttp's own (404, 405, 413), as JSON: {"error": code, "message": words}."""
    try:
        return await handler(request)
    except Problem as problem:
        headers = {} if problem.retry_after is None else {"Retry-After": f"{problem.retry_after:g}"}
        answer = {"error": problem.code, "message": problem.message}
        return web.json_response(answer, status=problem.status, headers=headers)
    except web.HTTPClientError as error:
        return web.json_response({"error": "bad_request", "message": error.reason}, status=error.status)


@web.middleware
async def refuse_strangers(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Anyone here may act as anyone, so no other web page in the same browser may get in.

    Another name for this address (DNS rebinding) shows in Host; another site's request or websocket shows in Origin.
    """
    if urlsplit(f"//{request.headers.get('Host', '')}").hostname not in OURSELVES:
        raise Problem(403, "not_allowed", "This service answers to 127.0.0.1 and localhost only.")
    origin = request.headers.get("Origin")
    if origin is not None and origin != f"http://{request.headers['Host']}":
        raise Problem(403, "not_allowed", "This service takes no requests from other sites.")
    return await handler(request)


@web.middleware
async def admit_bots(request: web.Request, handler: Handler) -> web.StreamResponse:
    """What lies under /bot/ is for whoever has the token."""
    if request.path.startswith("/bot/"):
        given = request.headers.get("Authorization", "").encode()
        if not hmac.compare_digest(given, f"Bearer {request.app[BOT_TOKEN]}".encode()):
            raise Problem(401, "unauthorized", "The bot's token is missing or wrong.")
    return await handler(request)


async def body(request: web.Request, model: type[T]) -> T:
    """The request's JSON as a ``model``. Raises Problem (400)."""
    try:
        given = json.loads(await request.text())
        json.dumps(given, ensure_ascii=False).encode()  # half a surrogate pair cannot be stored or shown
    except (ValueError, LookupError, RecursionError):  # LookupError: an encoding that there is not
        raise Problem(400, "malformed", "The body is not JSON.") from None
    try:
        return TypeAdapter(model).validate_python(given)
    except ValidationError as error:
        first = error.errors(include_input=False, include_url=False)[0]
        where = ".".join(str(step) for step in first["loc"])
        raise Problem(400, "malformed", f"{where or 'the body'}: {first['msg']}") from None


def number(request: web.Request, name: str, default: float | None = None) -> float:
    """A number from the path or the query. Raises Problem (400)."""
    given = request.match_info.get(name) or request.query.get(name)
    if given is None and default is not None:
        return default
    try:
        value = float(given or "")
    except ValueError:
        value = -1
    if not 0 <= value < 2**62:
        raise Problem(400, "malformed", f"{name}: a number from 0 up")
    return value


def id_of(request: web.Request, name: str) -> int:
    """A message's id from the path. Raises Problem (400)."""
    return int(number(request, name))


def ok(**answer: Any) -> web.Response:
    return web.json_response(answer or {"ok": True})
