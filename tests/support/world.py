"""The whole product in one test: a chat service, a database, the program between them, and a clock one can move.

A story reads as its people would tell it: ``await asker.types("/ask …")``, ``await expert.sees("Can you help?")``.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Protocol

from sqlalchemy import func, select

import bot.rituals
from adapters.local.chat.model import Directory, Place
from adapters.local.chat.model import Person as Somebody
from adapters.local.chat.service import ChatService
from adapters.local.client import ChatApi, Person
from bot.core.clock import MovableClock
from bot.core.forms import Form
from bot.core.meaning import Embedder
from bot.core.registry import Registry, scan
from bot.limits import Limits
from bot.wiring import Rounds, local_connect
from schedules.relay import Timing
from storage.answers import Replier
from storage.communities import Place as KnownPlace
from storage.communities import PlaceMember
from storage.engine import Database
from storage.members import Account

WEDNESDAY = datetime(2026, 3, 4, 10, 0, tzinfo=UTC)
# Leases and pauses as short as a test needs; none of them is waited for where nothing fails.
BRISK = Timing(lease=2.0, send=1.0, settled=0.05, poll=0.05, redraw_pause=0.0)
RITUALS = scan(bot.rituals)  # once: a world begins for nearly every test
GENEROUS = Limits(burst_per_person=1000, form_within=2.5)


class Human(Protocol):
    """What a person does and sees, on whatever platform."""

    id: str

    async def types(self, text: str, *, place: str | None = None, dm: bool = False) -> Any: ...
    async def presses(self, label: str, *, on: str | int | None = None) -> Any: ...
    async def submits(self, **values: Any) -> Any: ...
    async def says(self, text: str, *, thread_of: str | int) -> Any: ...
    async def chooses_in_menu(self, entry: str, *, of: str | int) -> Any: ...
    async def sees(self, text: str) -> Any: ...
    async def sees_not(self, text: str) -> None: ...


class World:
    """A community on one platform. Ada looks after it; the others are members. #ward-team is Ada's, Ben's and Chidi's."""

    def __init__(
        self,
        begin: Callable[[], Rounds],
        clock: MovableClock,
        service: Any,
        api: Any,
        person: Callable[[str, str], Any],
        ids: Callable[[str, str], tuple[str, str]] = lambda place, person: (place, person),
    ) -> None:
        """``service``: the chat service; ``api``: how its administrators change it; ``ids``: names → the platform's ids."""
        self._begin, self.clock, self.service, self.api = begin, clock, service, api
        self._person, self._ids = person, ids
        self.rounds = begin()

    async def restarts(self) -> None:
        """The program ends and starts again over the same database; the chat service goes on."""
        await self.rounds.stop()
        self.rounds = self._begin()
        await self.rounds.start()
        await self.settles()

    async def goes_back_to_the_form(self, person: Any) -> None:
        """After something was wrong in it: where a platform closes a form, a button opens it again, filled."""
        if not all(platform.profile.form_errors for platform in self.rounds.platforms.values()):
            await person.presses("Open it again")

    async def completes(self, person: Any, form: type[Form], **values: Any) -> None:
        """Fill and send the form that is open, step by step where the platform shows a few fields at a time."""
        names = [field.name for field in form.fields()]
        per_step = max(platform.profile.form_fields for platform in self.rounds.platforms.values()) or len(names)
        for begin in range(0, len(names), per_step):
            if begin:
                await person.presses("Continue", on=f"Step {begin // per_step} of")
            await person.submits(**{name: values[name] for name in names[begin : begin + per_step] if name in values})

    @property
    def database(self) -> Database:
        return self.rounds.database

    def person(self, name: str, place: str = "questions") -> Any:
        return self._person(name, place)

    async def joins(self, name: str, can_help: str = "", **more: Any) -> Any:
        """Somebody joins by the form and says what they can help with."""
        person = self.person(name)
        await person.types("/rounds me")
        await person.presses("Join", on="You have not joined")
        await person.submits(can_help=can_help, zone="UTC", **more)
        await person.sees("You joined.")
        return person

    async def settles(self) -> None:
        """Wait until nothing is due, under way or out of date."""
        async with asyncio.timeout(20):
            await self.rounds.settle()

    async def hears_of_a_reply(self, people: int = 1) -> None:
        """What is typed in a thread reaches the program on its own time: wait until it has, from so many people."""
        async with asyncio.timeout(20):
            while await self.replies() < people:
                await asyncio.sleep(0.01)
        await self.settles()

    async def agrees_to_keep(self, person: Any, words: str) -> None:
        """Somebody whose reply helped agrees that it is kept; where it can't be read, they write it down once more."""
        async with self.database.read() as db:
            readable = await db.scalar(select(func.count()).where(KnownPlace.readable.is_(True)))
        if readable:
            await person.presses("OK", on="helped.")
        else:
            await person.presses("Write it down", on="helped.")
            await person.submits(text=words)

    async def replies(self) -> int:
        async with self.database.read() as db:
            return await db.scalar(select(func.count()).select_from(Replier)) or 0

    async def removes(self, place: str, name: str) -> None:
        """Somebody is removed from a closed place, and the program has heard of it."""
        await self.api.remove_member(place, name)
        async with asyncio.timeout(20):
            while await self._is_in(place, name):
                await asyncio.sleep(0.01)
        await self.settles()

    async def _is_in(self, place: str, name: str) -> bool:
        place_id, person_id = self._ids(place, name)
        here = (
            select(PlaceMember)
            .join(KnownPlace, KnownPlace.id == PlaceMember.place_id)
            .where(KnownPlace.remote_id == place_id, PlaceMember.left_at.is_(None))
        )
        theirs = here.join(Account, Account.member_id == PlaceMember.member_id).where(Account.remote_id == person_id)
        async with self.database.read() as db:
            return (await db.execute(theirs)).first() is not None

    async def passes(self, **time: float) -> None:
        """Time passes (timedelta's words): what falls due happens, and is delivered."""
        self.clock.advance(timedelta(**time))
        await self.settles()


PEOPLE = Directory(
    people=(
        Somebody("ada", "Sample: Ada A.", "UTC", admin=True),
        *(
            Somebody(name, f"Sample: {name.title()} {name[0].upper()}.", "UTC")
            for name in ("ben", "chidi", "dana", "emre")
        ),
        Somebody("gus", "Sample: Gus G.", "UTC", guest=True),
    ),
    places=(Place("general", "general"), Place("questions", "questions"), Place("ward-team", "ward-team", closed=True)),
    members=(("ward-team", ("ada", "ben", "chidi")),),
)


@asynccontextmanager
async def local_world(
    database_url: str,
    folder: Path,
    *,
    registry: Registry | None = None,
    limits: Limits = GENEROUS,
    timing: Timing = BRISK,
    beginning: Directory = PEOPLE,
    embedder: Embedder | None = None,
) -> AsyncIterator[World]:
    clock = MovableClock(frozen_at=WEDNESDAY)
    service = ChatService(folder / "workspace.db", "token", beginning=beginning, clock=clock)
    url = await service.start()

    def begin() -> Rounds:
        return Rounds(
            Database(database_url),
            [local_connect(url, "token")],
            clock=clock,
            registry=registry or RITUALS,
            limits=limits,
            timing=timing,
            backups=folder / "backups",
            public_url="https://rounds.example.org",
            embedder=embedder,
        )

    async with ChatApi(url, "token") as api:
        world = World(begin, clock, service, api, lambda name, place: Person(api, name, place))
        await world.rounds.start()
        await world.settles()
        try:
            yield world
        finally:
            await world.rounds.stop()
            await service.stop()
