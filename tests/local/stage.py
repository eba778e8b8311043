"""A chat service, a bot that does what a test tells it, and people: all real, over HTTP on 127.0.0.1."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, TypeVar

import aiohttp

from adapters.local.app import LocalPlatform
from adapters.local.chat.service import ChatService
from adapters.local.client import ChatApi, Person
from adapters.local.profile import ref
from bot.core.events import Event
from bot.core.ports import Acknowledge, Outgoing
from bot.core.replies import Done, Outcome
from bot.core.ui import Action, Button, Card

TOKEN = "token-of-the-bot"
HOSTILE = (
    '<script>window.evil = 1</script> <img src=x onerror="window.evil = 1"> </p></textarea> <!channel> @everyone'
    " \u202ereversed\u202c עברית 👩🏽\u200d⚕️ {{ 7 * 7 }} [x](javascript:alert(1)) & &amp; ' \""
)

E = TypeVar("E")


class Thank(Action, prefix="tips.thank"):
    tip: int


THANKS = Card("A tip", ("Put a ", "cool bag", " in the car."), buttons=(Button("Thanks", Thank(tip=1)),))


@dataclass
class FakeBot:
    """A dispatch that keeps what it hears and does what it is told: nothing, until a test says otherwise."""

    does: Callable[[Event, Acknowledge], Awaitable[Outcome]] | None = None
    heard: list[Event] = field(default_factory=list)
    _news: asyncio.Event = field(default_factory=asyncio.Event)

    async def __call__(self, event: Event, acknowledge: Acknowledge) -> Outcome:
        self.heard.append(event)
        self._news.set()
        return await self.does(event, acknowledge) if self.does else Done()

    def answers(self, outcome: Outcome) -> None:
        async def does(event: Event, acknowledge: Acknowledge) -> Outcome:
            return outcome

        self.does = does

    async def hears(self, kind: type[E], count: int = 1) -> list[E]:
        """Wait for as many events of a kind."""
        async with asyncio.timeout(5):
            while sum(isinstance(event, kind) for event in self.heard) < count:
                self._news.clear()
                await self._news.wait()
        return [event for event in self.heard if isinstance(event, kind)]


@dataclass
class Stage:
    database: Path
    service: ChatService
    bot: FakeBot
    platform: LocalPlatform
    api: ChatApi

    def person(self, id: str, place: str = "questions") -> Person:
        return Person(self.api, id, place)

    async def restart(self) -> None:
        """The service goes away and comes back at the same address with the same database."""
        port = int(self.service.url.rsplit(":", 1)[1])
        await self.service.stop()
        self.service = ChatService(self.database, TOKEN)
        await self.service.start(port)


def outgoing(
    card: Card = THANKS, to: str = "questions", *, person: bool = False, thread: str = "", id: str = "delivery-1"
) -> Outgoing:
    return Outgoing(id, ref(to), person, thread, card, datetime.now(UTC))


class RawBot:
    """A bot at the other end of a bare websocket: it sees the frames and answers when a test says so."""

    def __init__(self, socket: aiohttp.ClientWebSocketResponse) -> None:
        self.socket = socket

    async def receives(self) -> dict[str, Any]:
        frame: dict[str, Any] = await self.socket.receive_json(timeout=5)
        return frame

    async def acknowledges(self, frame: dict[str, Any], answer: Any = None) -> None:
        await self.socket.send_str(json.dumps({"id": frame["id"], "answer": answer}))

    async def hears_nothing(self, seconds: float) -> None:
        try:
            frame = await self.socket.receive_json(timeout=seconds)
        except TimeoutError:
            return
        raise AssertionError(f"came all the same: {frame}")
