"""What a payload hands to the app for a while: trigger ids and response URLs."""

from __future__ import annotations

import asyncio
import json
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING
from uuid import uuid4

from aiohttp import web

from tests.fakes.slack import limits, methods_chat
from tests.fakes.slack.errors import Invalid, SlackError
from tests.fakes.slack.model import Channel, Json, Message, Team, User

if TYPE_CHECKING:
    from tests.fakes.slack.server import FakeSlack

KNOWN = {
    *("text", "blocks", "response_type", "replace_original", "delete_original", "thread_ts", "metadata"),
    *("attachments", "unfurl_links", "unfurl_media", "mrkdwn"),
}


@dataclass
class Trigger:
    team: str
    user: str
    made: float  # by the machine's monotonic clock
    used: bool = False


@dataclass
class ResponseUrl:
    team: Team
    channel: Channel
    user: User
    message: Message | None  # the one whose button was pressed
    made: float  # by the fake's clock
    uses: int = 0


class Hooks:
    def __init__(self, slack: FakeSlack) -> None:
        self._slack = slack
        self._triggers: dict[str, Trigger] = {}
        self._urls: dict[str, ResponseUrl] = {}

    def routes(self) -> list[web.RouteDef]:
        return [web.post("/response/{id}", self._serve)]

    def trigger(self, team: Team, user: User) -> str:
        made = f"{self._slack.number()}.{self._slack.number()}.{uuid4().hex}"
        self._triggers[made] = Trigger(team.id, user.id, time.monotonic())
        return made

    def use_trigger(self, team: Team, id: str) -> str:
        """Whose it is. Raises SlackError when it is unknown, used or too old."""
        found = self._triggers.get(id)
        if found is None or found.team != team.id:
            raise SlackError("invalid_trigger_id")
        if found.used:
            raise SlackError("exchanged_trigger_id")
        if time.monotonic() - found.made > self._slack.trigger_seconds:
            raise SlackError("expired_trigger_id")
        found.used = True
        return found.user

    def response_url(self, team: Team, channel: Channel, user: User, message: Message | None = None) -> str:
        id = uuid4().hex
        self._urls[id] = ResponseUrl(team, channel, user, message, self._slack.now())
        return f"{self._slack.url}/response/{id}"

    async def _serve(self, request: web.Request) -> web.Response:
        found, slack = self._urls.get(request.match_info["id"]), self._slack
        seen: Json = {"method": "response_url", "team": found.team.id if found else "", "args": {}, "error": ""}
        slack.calls.append(seen)
        try:
            given = json.loads(await request.text())
            seen["args"] = given
            if found is None:
                raise SlackError("expired_url", status=404)
            if slack.now() - found.made > limits.RESPONSE_URL_LIFE:
                raise SlackError("expired_url", status=404)
            if found.uses >= limits.RESPONSE_URL_USES:
                raise SlackError("used_url", status=404)
            fault = slack.faults.for_call("response_url")
            if fault in ("drop_before", "error_500_before", "ratelimited"):
                return self._failed(request, fault)
            if fault == "delay":
                await asyncio.sleep(slack.faults.delay_seconds)
            self.respond(found, given, "response_url")
            found.uses += 1
            if fault in ("store_then_drop", "error_500_after"):
                return self._failed(request, fault)
        except ValueError:
            return web.Response(status=400, text="invalid_payload")
        except SlackError as error:
            seen["error"] = error.code
            if isinstance(error, Invalid):
                slack.violation("response_url", error.problems, seen["args"])
            status = error.status if error.status != 200 else 400
            return web.json_response({"ok": False, "error": error.code, **error.more}, status=status)
        return web.Response(text="ok")

    def _failed(self, request: web.Request, fault: str) -> web.Response:
        if (fault.startswith("drop") or fault.endswith("drop")) and request.transport is not None:
            request.transport.abort()
        if fault == "ratelimited":
            return web.Response(status=429, headers={"Retry-After": str(self._slack.faults.retry_after)})
        return web.Response(status=500)

    def answer(self, team: Team, channel: Channel, user: User, given: Json) -> None:
        """The body of a command's acknowledgement, shown as if it had come by the response URL."""
        self.respond(ResponseUrl(team, channel, user, None, self._slack.now()), given, "acknowledgement")

    def respond(self, url: ResponseUrl, given: Json, where: str) -> None:
        """Raises SlackError when the message cannot be shown."""
        slack, message = self._slack, url.message
        if unknown := sorted(given.keys() - KNOWN):
            slack.violation(where, [f"unknown keys: {', '.join(unknown)}"], given)
        if message is not None and given.get("delete_original"):
            methods_chat.remove(slack, url.team, url.channel, message)
            return
        methods_chat.content(slack, where, given)
        standing = message is not None and (message in url.channel.messages or message in url.channel.ephemerals)
        if message is not None and standing and given.get("replace_original"):
            given = {"blocks": [], **given}  # replaced altogether
            methods_chat.change(slack, url.team, url.channel, message, {"text": "", **given})
            return
        kind = given.get("response_type", "ephemeral")
        if kind not in ("ephemeral", "in_channel"):
            raise Invalid("invalid_response_type", [f"response_type: {kind}"])
        to = url.user.id if kind == "ephemeral" else None
        made = slack.bot_message(url.team, given.get("text", ""), given.get("blocks"), to=to)
        made.thread_ts = given.get("thread_ts") or None
        slack.post(url.team, url.channel, made)
