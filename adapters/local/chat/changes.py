"""Telling those who wait that something they see has changed, and what."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Literal

MOST_WAITING = 500  # changes that one feed keeps; one that is further behind starts afresh


@dataclass(frozen=True, slots=True)
class Change:
    """``message``: it came, was edited or went; ``root``: the message that its thread begins with, or itself.

    ``forms``: the person's open forms in a place; ``reading``: what they have read of it; ``all``: look at everything.
    """

    what: Literal["message", "forms", "reading", "all"]
    place: str = ""
    message: int = 0
    root: int = 0


EVERYTHING = Change("all")


@dataclass(frozen=True, slots=True)
class News:
    person: str
    seq: int
    change: Change


class Feed:
    """What changes for some people, in order."""

    def __init__(self, people: Iterable[str]) -> None:
        self.people = frozenset(people)
        self._news: list[News] = []
        self._some = asyncio.Event()
        self._closed = False

    def put(self, news: News) -> None:
        if len(self._news) >= MOST_WAITING:
            self._news = [News(person, news.seq, EVERYTHING) for person in sorted(self.people)]
        self._news.append(news)
        self._some.set()

    def close(self) -> None:
        self._closed = True
        self._some.set()

    async def next(self, seconds: float) -> list[News] | None:
        """What has come since the last call, nothing when the seconds are over, None when nothing will come any more."""
        try:
            async with asyncio.timeout(seconds):
                await self._some.wait()
        except TimeoutError:
            return []
        self._some.clear()
        news, self._news = self._news, []
        return None if self._closed else news


class Changes:
    """A number per person that grows with every change they can see, also over restarts."""

    def __init__(self) -> None:
        # Milliseconds run ahead of any count of changes, so a number from before a restart is never the larger one.
        self._start = self._count = int(time.time() * 1000)
        self._last: dict[str, int] = {}
        self._next = asyncio.Event()
        self._feeds: set[Feed] = set()
        self._closed = False

    def of(self, person: str) -> int:
        return self._last.get(person, self._start)

    def tell(self, people: Iterable[str], change: Change) -> None:
        self._count += 1
        told = set(people)
        self._last.update(dict.fromkeys(told, self._count))
        for feed in self._feeds:
            for person in told & feed.people:
                feed.put(News(person, self._count, change))
        self._wake()

    @contextmanager
    def follow(self, people: Iterable[str]) -> Iterator[Feed]:
        feed = Feed(people)
        if self._closed:
            feed.close()
        self._feeds.add(feed)
        try:
            yield feed
        finally:
            self._feeds.discard(feed)

    async def wait(self, person: str, after: int, seconds: float) -> int:
        """The person's number once it is above ``after``, or the old one when the seconds are over."""
        try:
            async with asyncio.timeout(seconds):
                while self.of(person) <= after and not self._closed:
                    await self._next.wait()
        except TimeoutError:
            pass
        return self.of(person)

    def close(self) -> None:
        """Let everybody go who waits, now and later."""
        self._closed = True
        for feed in self._feeds:
            feed.close()
        self._wake()

    def _wake(self) -> None:
        waited_for, self._next = self._next, asyncio.Event()
        waited_for.set()
