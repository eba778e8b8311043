"""A small app on the real Bolt, over sockets or HTTP, and what a test needs to talk with it."""

from __future__ import annotations

import asyncio
import logging
from typing import Any

from aiohttp import web
from slack_bolt.adapter.socket_mode.aiohttp import AsyncSocketModeHandler
from slack_bolt.async_app import AsyncApp
from slack_sdk.web.async_client import AsyncWebClient

from tests.fakes.slack import FakeSlack, SlackApi, SlackPerson

Json = dict[str, Any]
QUIET = logging.getLogger("tests.slack_fake")
QUIET.setLevel(logging.CRITICAL)

MANIFEST: Json = {
    "display_information": {"name": "Rounds"},
    "features": {
        "bot_user": {"display_name": "rounds"},
        "slash_commands": [{"command": "/ask", "description": "Ask", "should_escape": True}],
        "shortcuts": [{"name": "Ask about", "type": "message", "callback_id": "about", "description": "Ask"}],
    },
    "oauth_config": {"scopes": {"bot": ["commands", "chat:write", "channels:history"]}},
    "settings": {"event_subscriptions": {"bot_events": ["message.channels"]}, "socket_mode_enabled": True},
}


def plain(text: str) -> Json:
    return {"type": "plain_text", "text": text}


def button(text: str, action: str = "press", **more: Any) -> Json:
    return {"type": "button", "text": plain(text), "action_id": action, **more}


def section(text: str, **more: Any) -> Json:
    return {"type": "section", "text": {"type": "mrkdwn", "text": text}, **more}


def field(name: str, element: Json, label: str = "", **more: Any) -> Json:
    element = {"action_id": "value", **element}
    return {"type": "input", "block_id": name, "label": plain(label or name), "element": element, **more}


def option(value: str, label: str = "") -> Json:
    return {"text": plain(label or value), "value": value}


def modal(*blocks: Json, **more: Any) -> Json:
    whole = {"type": "modal", "callback_id": "form", "title": plain("A form"), "blocks": list(blocks)}
    return {**whole, "submit": plain("Send"), "close": plain("Never mind"), **more}


class Stage:
    def __init__(self, slack: FakeSlack, api: SlackApi) -> None:
        self.slack, self.api = slack, api
        self.client = AsyncWebClient(slack.token, base_url=slack.api_url, retry_handlers=[], logger=QUIET)
        self.app = AsyncApp(client=self.client, signing_secret=slack.app.signing_secret, logger=QUIET)
        self.heard: list[Json] = []
        self._handlers: list[AsyncSocketModeHandler] = []
        self._runner: web.AppRunner | None = None

    def person(self, name: str, place: str = "questions") -> SlackPerson:
        return SlackPerson(self.api, name, place)

    async def connect(self, *, ping: float = 10, app: AsyncApp | None = None) -> AsyncSocketModeHandler:
        """One more socket."""
        handler = AsyncSocketModeHandler(app or self.app, self.slack.app.app_token, ping_interval=ping, logger=QUIET)
        before = self.slack.delivery.sockets.opened
        await handler.connect_async()
        self._handlers.append(handler)
        await self.slack.until(lambda: self.slack.delivery.sockets.opened > before)
        return handler

    async def serve(self) -> None:
        """HTTP mode instead of sockets."""
        self._runner = web.AppRunner(self.app.web_app(path="/slack/events"), shutdown_timeout=0.1)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", 0).start()
        port = self._runner.addresses[0][1]
        self.slack.app.events_url = f"http://127.0.0.1:{port}/slack/events"

    def hears(self, *types: str) -> None:
        """Remember these events."""

        async def hear(event: Json, body: Json) -> None:
            self.heard.append(body)

        for type in types:
            self.app.event(type)(hear)

    def shows(self, view: Json, command: str = "/form") -> None:
        """A command that opens a form."""

        async def show(ack: Any, body: Json, client: AsyncWebClient) -> None:
            await ack()
            await client.views_open(trigger_id=body["trigger_id"], view=view)

        self.app.command(command)(show)

    async def until_heard(self, count: int, within: float = 5.0) -> list[Json]:
        async with asyncio.timeout(within):
            while len(self.heard) < count:
                await asyncio.sleep(0.005)
        return self.heard

    async def close(self) -> None:
        for handler in self._handlers:
            await handler.close_async()
        if self._runner is not None:
            await self._runner.cleanup()
