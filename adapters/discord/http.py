"""Requests by discord.py's own client, which knows the limits of each route; and the few that must not wait for any."""

from __future__ import annotations

import asyncio
import io
import mimetypes
import time
from collections.abc import Sequence
from contextvars import ContextVar
from typing import Any

import aiohttp
import discord
from discord.http import HTTPClient, MultipartParameters, Route
from discord.webhook.async_ import AsyncWebhookAdapter

from adapters.discord.failures import as_send_error
from adapters.discord.profile import is_id
from bot.core.ports import MaybeSent, RateLimited, SendError, Turns

Json = Any
File = tuple[str, bytes]
# 50 a second for the whole bot (Discord's documentation, "Rate Limits"); interactions' own answers do not count. A little less,
# since requests do not arrive as evenly as they leave.
PER_SECOND = 49.0
TURNS = 5  # taken at a time: asking for each would be one more write to the database for every request
# discord.py waits out a limit by itself; longer than this is for the ledger to wait, which knows what is urgent.
LONGEST_WAIT = 2.0


class Evenly:
    """Lets through so many a second, of all processes together; everybody else waits their turn."""

    def __init__(self, per_second: float, turns: Turns) -> None:
        self._apart, self._turns = 1 / per_second, turns
        self._next = self._over = 0.0
        self._left = 0
        self._asking = asyncio.Lock()

    async def turn(self) -> None:
        async with self._asking:
            if not self._left or max(self._next, time.monotonic()) >= self._over:  # used up, or gone by
                lasts = TURNS * self._apart
                wait = await self._turns("discord requests", lasts)
                self._next = max(self._next, time.monotonic() + wait)
                self._over, self._left = self._next + lasts, TURNS
            mine = max(self._next, time.monotonic())
            self._next, self._left = mine + self._apart, self._left - 1
        await asyncio.sleep(max(0.0, mine - time.monotonic()))

    def skip(self) -> None:
        """One that was refused comes again without asking here: it takes the turn of another."""
        self._next, self._left = self._next + self._apart, max(0, self._left - 1)


async def at_once(name: str, lasts: float) -> float:
    """Turns of a process that is alone."""
    return 0.0


_status: ContextVar[int] = ContextVar("_status", default=0)  # of this task's last answer


def _traced(evenly: Evenly) -> aiohttp.TraceConfig:
    async def note_status(session: Any, context: Any, ended: aiohttp.TraceRequestEndParams) -> None:
        _status.set(ended.response.status)
        if ended.response.status == 429:
            evenly.skip()

    trace = aiohttp.TraceConfig()
    trace.on_request_end.append(note_status)
    return trace


class _Once:
    """Goes with a request as if it were a file, which discord.py sets back before it tries again."""

    def reset(self, *, seek: int | bool) -> None:
        if seek and _status.get() == 429:  # the wait is over already
            raise RateLimited(0.0)
        if seek:
            raise MaybeSent("Discord failed", settled=True)


class DiscordHttp:
    def __init__(self, token: str, per_second: float = PER_SECOND, turns: Turns = at_once) -> None:
        self._token = token
        self._client: HTTPClient | None = None
        self._answers: aiohttp.ClientSession | None = None
        self._evenly = Evenly(per_second, turns)
        self._logging_in = asyncio.Lock()
        self.user = ""  # the bot's own id, once logged in

    async def start(self) -> None:
        """Log in, if that was not done. Raises SendError; Refused when the token is wrong."""
        async with self._logging_in:
            if self._client is not None:
                return
            client = HTTPClient(
                asyncio.get_running_loop(), max_ratelimit_timeout=30.0, http_trace=_traced(self._evenly)
            )
            client.max_ratelimit_timeout = LONGEST_WAIT
            try:
                self.user = str((await client.static_login(self._token))["id"])
            except Exception as error:
                await client.close()
                raise as_send_error(error) from error
            self._client = client

    async def close(self) -> None:
        if self._client is not None:
            await self._client.close()
            self._client = None
        if self._answers is not None:
            await self._answers.close()
            self._answers = None

    async def ask(
        self,
        method: str,
        path: str,
        body: Json = None,
        *,
        files: Sequence[File] = (),
        edits: bool = False,
        once: bool = False,
        **ids: Any,
    ) -> Any:
        """One request; ``files`` are names and contents of what goes with it. Raises SendError.

        A request that Discord answers with a 5xx is repeated by discord.py: harmless where messages carry a nonce, but not
        for what is to be tried ``once``. Raises ValueError, and asks nothing, where an id is none.
        """
        if not all(is_id(one) and one != "" for one in ids.values()):
            raise ValueError("not an id of Discord's")
        await self.start()
        await self._evenly.turn()
        assert self._client is not None
        route = Route(method, path, **ids)
        try:
            only = [_Once()] if once else []
            if files:
                with _multipart(body, files) as params:
                    back = [*only, *(params.files or ())]
                    return await self._client.request(route, files=back, form=params.multipart)  # type: ignore[arg-type]
            given = {"json": body} if body is not None else {}
            return await self._client.request(route, files=only or None, **given)  # type: ignore[arg-type]
        except asyncio.CancelledError:
            # Whoever is cancelled while discord.py waits out a limit leaves the route closed: all that come after would wait for
            # longer than we do, for ever. So what is known of limits is forgotten; Discord tells it again.
            self._client._buckets.clear()
            raise
        except SendError:
            raise
        except Exception as error:
            raise as_send_error(error, edits=edits) from error

    async def respond(self, id: str, token: str, body: Json) -> None:
        """The first answer to an interaction, which has three seconds: it waits for no other request. Raises discord's errors."""
        route = Route("POST", "/interactions/{webhook_id}/{webhook_token}/callback", webhook_id=id, webhook_token=token)
        await self._webhook(route, body)

    async def follow_up(self, app: str, token: str, body: Json) -> None:
        """A later answer, within fifteen minutes. Raises discord's errors."""
        await self._webhook(
            Route("POST", "/webhooks/{webhook_id}/{webhook_token}", webhook_id=app, webhook_token=token), body
        )

    async def take_back(self, app: str, token: str) -> None:
        """Delete the first answer. Raises discord's errors."""
        path = "/webhooks/{webhook_id}/{webhook_token}/messages/@original"
        await self._webhook(Route("DELETE", path, webhook_id=app, webhook_token=token), None)

    async def _webhook(self, route: Route, body: Json) -> None:
        if self._answers is None:
            self._answers = aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=12))
        # An adapter of its own for each request: a shared one locks a route until its limit is over.
        await AsyncWebhookAdapter().request(  # type: ignore[no-untyped-call]
            route, session=self._answers, payload=body
        )


def _multipart(body: Json, files: Sequence[File]) -> MultipartParameters:
    given = {**body, "attachments": [{"id": number, "filename": name} for number, (name, _) in enumerate(files)]}
    parts: list[dict[str, Any]] = [{"name": "payload_json", "value": discord.utils._to_json(given)}]
    opened = [discord.File(io.BytesIO(content), filename=name) for name, content in files]
    for number, (file, (name, _)) in enumerate(zip(opened, files, strict=True)):
        kind = mimetypes.guess_type(name)[0] or "application/octet-stream"
        parts.append({"name": f"files[{number}]", "value": file.fp, "filename": name, "content_type": kind})
    return MultipartParameters(payload=None, multipart=parts, files=opened)
