"""From Slack to the app: every payload goes out once, over one socket or by HTTP, and must be acknowledged in time."""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import json
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

import aiohttp

from tests.fakes.slack import limits
from tests.fakes.slack.model import Json
from tests.fakes.slack.sockets import Sockets

if TYPE_CHECKING:
    from tests.fakes.slack.server import FakeSlack

SOCKET_TYPES = {"command": "slash_commands", "event": "events_api"}  # everything else is "interactive"
HTTP_REASONS = {"timeout": "http_timeout", "dispatch_failed": "connection_failed"}
HELD_SECONDS = 2.0  # at most, before an event that is to come out of order comes
TAKES_PAYLOAD = {"command", "view_submission", "block_suggestion", "block_actions", "shortcut", "message_action"}


@dataclass(frozen=True)
class Ack:
    """What came of a payload: acknowledged in time or not, the answer's body, and what went wrong."""

    ok: bool
    body: Any = None
    error: str = ""


class Delivery:
    def __init__(self, slack: FakeSlack) -> None:
        self._slack = slack
        self.sockets = Sockets(slack)
        self.sent: list[Json] = []  # kind, payload, attempt: everything that left, for tests to look at
        self._session: aiohttp.ClientSession | None = None
        self._held: list[Json] = []
        self.waiting = 0  # events that were not acknowledged yet, and will be sent again

    async def close(self) -> None:
        await self.sockets.cut()
        if self._session is not None:
            await self._session.close()

    async def send(self, kind: str, payload: Json, *, attempt: int = 0, reason: str = "") -> Ack:
        """Send once and wait for the acknowledgement, no longer than the deadline."""
        slack, started = self._slack, time.monotonic()
        self.sent.append({"kind": kind, "payload": payload, "attempt": attempt})
        try:
            if kind not in ("command", "event") and not slack.app.interactive:
                ack = Ack(False, error="not_configured_for_interactivity")
            elif slack.app.events_url:
                ack = await self._post(kind, payload, attempt, reason)
            else:
                type = SOCKET_TYPES.get(kind, "interactive")
                takes = kind in TAKES_PAYLOAD
                body = await self.sockets.send(type, payload, takes, attempt, reason, slack.ack_seconds)
                ack = Ack(True, body)
        except TimeoutError:
            ack = Ack(False, error="operation_timeout")
        except (ConnectionError, aiohttp.ClientError):
            ack = Ack(False, error="dispatch_failed")
        if ack.ok and slack.faults.takes("lose_acks", kind):
            ack = Ack(False, error="operation_timeout")
        known = {"kind": kind, "at": started, "seconds": time.monotonic() - started, "ok": ack.ok, "attempt": attempt}
        slack.acks.append({**known, "error": ack.error})
        if not ack.ok and kind != "event":
            slack.late += 1
        slack.changed()
        return ack

    def event(self, payload: Json) -> None:
        """Send an event on its own time, and again while it is not acknowledged."""
        faults = self._slack.faults
        if not self._held and faults.takes("reorder_events", payload["event"]["type"]):
            self._held.append(payload)
            self._slack.begin(self._lets_go())
            return
        self._slack.begin(self._send_event(payload))
        if faults.takes("duplicate_events", payload["event"]["type"]):
            self._slack.begin(self._send_event(payload))
        self._let_go()

    async def _lets_go(self) -> None:
        """After the next one, or a while."""
        await asyncio.sleep(HELD_SECONDS)
        self._let_go()

    def _let_go(self) -> None:
        while self._held:
            self._slack.begin(self._send_event(self._held.pop()))

    async def _send_event(self, payload: Json) -> None:
        self.waiting += 1
        try:
            await self._send_until_acknowledged(payload)
        finally:
            self.waiting -= 1

    async def _send_until_acknowledged(self, payload: Json) -> None:
        ack = await self.send("event", payload)
        for attempt, wait in enumerate(limits.EVENT_RETRIES, start=1):
            if ack.ok:
                return
            await asyncio.sleep(wait * self._slack.retry_factor)
            reason = "timeout" if ack.error == "operation_timeout" else ack.error or "http_error"
            ack = await self.send("event", payload, attempt=attempt, reason=reason)

    async def verify_url(self) -> bool:
        """What Slack does when an events URL is entered: a challenge that must come back."""
        body = {"token": self._slack.app.verification_token, "challenge": "challenge-1", "type": "url_verification"}
        ack = await self._post("event", body, 0, "")
        return ack.ok and (ack.body == "challenge-1" or ack.body == {"challenge": "challenge-1"})

    async def _post(self, kind: str, payload: Json, attempt: int, reason: str) -> Ack:
        if kind == "event":
            body, content = json.dumps(payload), "application/json"
        else:
            form = payload if kind == "command" else {"payload": json.dumps(payload)}
            body, content = urlencode(form), "application/x-www-form-urlencoded"
        headers = {"Content-Type": content, **self.signature(body)}
        if attempt:
            headers |= {"X-Slack-Retry-Num": str(attempt), "X-Slack-Retry-Reason": HTTP_REASONS.get(reason, reason)}
        if self._session is None:
            self._session = aiohttp.ClientSession()
        timeout = aiohttp.ClientTimeout(total=self._slack.ack_seconds)
        async with self._session.post(
            self._slack.app.events_url, data=body, headers=headers, timeout=timeout
        ) as answer:
            text = await answer.text()
            if answer.status != 200:
                return Ack(False, error="http_error")
            is_json = answer.content_type == "application/json" and text
            return Ack(True, json.loads(text) if is_json else text)

    def signature(self, body: str, at: int | None = None) -> dict[str, str]:
        """The headers that prove a request comes from Slack. ``at``: seconds since 1970, real time."""
        moment = str(int(time.time()) if at is None else at)
        made = hmac.new(self._slack.app.signing_secret.encode(), f"v0:{moment}:{body}".encode(), hashlib.sha256)
        return {"X-Slack-Request-Timestamp": moment, "X-Slack-Signature": f"v0={made.hexdigest()}"}
