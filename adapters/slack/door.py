"""The door for what comes over HTTP: of what Slack did not sign nothing is read."""

from __future__ import annotations

import hashlib
import hmac
import re
from collections.abc import Mapping

from aiohttp import web
from slack_bolt.request.async_request import AsyncBoltRequest

OLDEST = 300  # seconds; Slack's documentation, "Verifying requests from Slack"
MOMENT, SIGNATURE = re.compile(r"[0-9]{1,12}"), re.compile(r"v0=[0-9a-f]{64}")


def is_signed(secret: str, headers: Mapping[str, str], body: bytes, now: float) -> bool:
    """Whether the body comes from Slack, and came just now. ``now``: seconds since 1970."""
    moment, signature = headers.get("X-Slack-Request-Timestamp", ""), headers.get("X-Slack-Signature", "")
    if not (MOMENT.fullmatch(moment) and SIGNATURE.fullmatch(signature)) or abs(now - int(moment)) > OLDEST:
        return False
    made = hmac.new(secret.encode(), b"v0:" + moment.encode() + b":" + body, hashlib.sha256).hexdigest()
    return hmac.compare_digest(f"v0={made}", signature)


def is_ssl_check(body: bytes) -> bool:
    """Slack only looks whether somebody is there, and does not sign that."""
    return b"ssl_check=1" in body[:1000].split(b"&")


def read(request: web.Request, body: bytes) -> AsyncBoltRequest:
    """What Bolt makes of a request. Raises one of MALFORMED: Bolt trusts a payload to have the shape that Slack gives it."""
    return AsyncBoltRequest(body=body.decode(), query=request.query_string, headers=dict(request.headers))
