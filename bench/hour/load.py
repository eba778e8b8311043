"""What busy people do for an hour: they ask, answer, reply, share, search; and what became of each thing they did."""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any

import aiohttp

from adapters.local.client import ApiError
from bench.community import TOPICS, Writer
from bench.hour.ground import Somebody

PAUSE = (3.0, 9.0)  # seconds between two things that somebody does
GIVES_UP = 6.0  # seconds that somebody looks for what they want to press


@dataclass(slots=True)
class Book:
    """What everybody did. ``sent``: a word that stands in nothing else → who wrote it, and whether it was taken."""

    sent: dict[str, tuple[str, bool]] = field(default_factory=dict)
    replies: set[tuple[str, str]] = field(default_factory=set)  # below which question, and who
    not_found: int = 0
    """How often somebody did not find what they wanted to press: its question was never taken, or they gave up too soon."""


class Busy:
    """One person, who does one thing after the other."""

    def __init__(self, person: Somebody, book: Book, dice: random.Random, platform: str) -> None:
        self._person, self._book, self._dice, self.platform = person, book, dice, platform
        self._writer = Writer(dice.randrange(10**6))
        self._number = 0
        self._asked: list[str] = []
        self.name = f"{platform}:{person.id}"

    async def joins(self) -> None:
        await self._person.types("/rounds me")
        await self._person.presses("Join", on="You have not joined")
        await self._person.submits(can_help=self._dice.choice(TOPICS), zone="UTC")
        await self._person.sees("You joined.")

    async def lives(self, until: float, known: dict[str, list[str]]) -> None:
        """``known``: place → questions that were asked there, by their word."""
        doing: list[tuple[Callable[[list[str]], Awaitable[None]], int]] = [
            (self._asks, 30),
            (self._answers, 30),
            (self._replies, 10),
            (self._shares, 12),
            (self._searches, 12),
            (self._looks, 6),
        ]
        acts, weights = [act for act, _ in doing], [weight for _, weight in doing]
        while time.monotonic() < until:
            (act,) = self._dice.choices(acts, weights)
            try:
                await self._tidies_up()
                await act(known.setdefault(self._person.place, []))
            except (AssertionError, ApiError, aiohttp.ClientError):
                self._book.not_found += 1
            await asyncio.sleep(self._dice.uniform(*PAUSE))

    async def _tidies_up(self) -> None:
        """Close what is open since something failed: else the next form that is sent may be that one."""
        for one in await self._person.everything():
            if one.kind == "form":
                await self._person.cancels()

    def _word(self, kind: str) -> str:
        self._number += 1
        return f"{kind}{self._person.id}n{self._number}{self.platform[0]}"

    async def _do(self, doing: Awaitable[dict[str, Any]]) -> dict[str, Any]:
        outcome = await doing
        if not _answered(outcome):
            raise AssertionError("not answered")
        return outcome

    async def _sends(self, word: str, **values: Any) -> bool:
        """Send the form, whose text has the word. Whether it was taken."""
        await self._person.fills()  # once it is open
        self._book.sent[word] = (self.name, False)
        outcome = await self._do(self._person.submits(**values))
        taken = _taken(outcome)
        self._book.sent[word] = (self.name, taken)
        return taken

    async def _asks(self, known: list[str]) -> None:
        word = self._word("q")
        await self._do(self._person.types(f"/ask {' '.join(self._writer.words(6))} {word}?"))
        if await self._sends(word, details=" ".join(self._writer.words(20)), tags=self._dice.choice(TOPICS)):
            known.append(word)
            self._asked.append(word)

    async def _answers(self, known: list[str]) -> None:
        if not known:
            return
        word, on = self._word("a"), self._dice.choice(known[-20:])
        await self._person.sees(f"{on}?")  # once it stands
        await self._do(self._person.presses("Answer", on=f"{on}?"))
        await self._sends(word, text=f"{' '.join(self._writer.words(12))} {word}.")

    async def _replies(self, known: list[str]) -> None:
        if known:
            on = self._dice.choice(known[-20:])
            await self._person.sees(f"{on}?")  # once it stands
            await self._person.says(" ".join(self._writer.words(5)), thread_of=await self._in_its_place(f"{on}?"))
            if on not in self._asked:  # one's own are nothing to write down
                self._book.replies.add((on, self.name))

    async def _in_its_place(self, words: str) -> Any:
        """The message that has them there: whoever was asked has them in a direct message, too, where nobody hears replies."""
        seen = [one for one in await self._person.everything() if one.kind == "message" and words in one.text]
        there = [one.id for one in seen if not one.place.startswith("dm")]
        assert there, "only in a direct message"
        return there[0]

    async def _shares(self, known: list[str]) -> None:
        word = self._word("t")
        await self._do(self._person.types("/share tip"))
        words = " ".join(self._writer.words(8))
        await self._sends(word, challenge=f"{' '.join(self._writer.words(3))} {word}", text=words, tags="falls")

    async def _searches(self, known: list[str]) -> None:
        await self._do(self._person.types(f"/find {self._dice.choice(TOPICS)}"))

    async def _looks(self, known: list[str]) -> None:
        await self._do(self._person.types("/rounds me"))


def _answered(outcome: dict[str, Any]) -> bool:
    if "answered" in outcome:
        return bool(outcome["answered"])
    return outcome.get("outcome") not in ("failed", "unknown", None)


def _taken(outcome: dict[str, Any]) -> bool:
    """Whether a form was taken: closed without an error beside a field."""
    if "answered" in outcome:
        return outcome.get("kind") in ("deferred", "message", "update")
    return outcome.get("outcome") == "closed"
