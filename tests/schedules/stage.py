"""A relay on a stage: a real database and dispatcher, a platform that does what a test tells it, and time that one can move.

No test here waits for a lease or a pause: the machine's clock is moved on instead.
"""

from __future__ import annotations

import asyncio
from collections import Counter, defaultdict, deque
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any

from sqlalchemy import ColumnElement, delete, literal, select, update
from sqlalchemy import event as on
from sqlalchemy.ext.asyncio import AsyncSession

import bot.rituals.deliveries
from bot.context import Context
from bot.core.clock import MovableClock
from bot.core.events import (
    Click,
    Event,
    PersonChanged,
    PlaceChanged,
    PlaceMembers,
    Ref,
    ThreadReply,
    WorkspaceConnected,
)
from bot.core.people import Viewer
from bot.core.ports import Arrival, Dispatch, Gone, Outgoing, Profile, Refused
from bot.core.registry import Registry
from bot.core.replies import Direct, Done, Effect, Kind, Later, Outcome, Post
from bot.core.ritual import Occasion, Ritual
from bot.core.ui import Action, Button, Card, say
from bot.dispatch import Dispatcher
from bot.limits import Limits
from bot.recurrence.rule import Recurrence
from bot.services import effects, identity, rhythms
from bot.services.drawing import Drawing
from schedules.relay import Relay, Timing
from storage import communities, members
from storage.base import Base
from storage.engine import Database
from storage.ledger import deliveries
from storage.ledger.deliveries import Delivery
from storage.ledger.rhythms import Rhythm, held
from storage.types import UTCDateTime

NOON = datetime(2026, 3, 4, 12, 0, tzinfo=UTC)
LEASE = 60.0
TIMING = Timing(lease=LEASE, send=15.0, settled=2.0, poll=0.01, redraw_pause=0.0)


def ref(id: str) -> Ref:
    return Ref("fake", "w", id)


async def nobody_waits() -> None:
    """Nobody does."""


# Time


class MovableDatabase(Database):
    """A database whose machine's clock goes only when it is moved on, and a microsecond each time it is looked at."""

    def __init__(self, url: str) -> None:
        super().__init__(url)
        self._machine = datetime.now(UTC)
        if self.is_sqlite:  # nothing here survives anything
            on.listen(self.engine.sync_engine, "connect", lambda connection, _: _not_waiting_for_the_disk(connection))

    async def empty(self) -> None:
        """Forget what a test before this one has left."""
        async with self.write() as db:
            await db.execute(update(Delivery).values(after_id=None))
            for table in reversed(Base.metadata.sorted_tables):
                await db.execute(delete(table))

    def machine_now(self, ahead: timedelta = timedelta(0)) -> ColumnElement[datetime]:
        self._machine += timedelta(microseconds=1)
        return literal(self._machine + ahead, UTCDateTime())

    def skip(self, seconds: float) -> None:
        self._machine += timedelta(seconds=seconds)

    @property
    def as_time(self) -> SimpleNamespace:
        """What stands in for the module ``time`` in the relay, so that both clocks of the machine go together."""
        return SimpleNamespace(monotonic=lambda: self._machine.timestamp())


def _not_waiting_for_the_disk(connection: Any) -> None:
    cursor = connection.cursor()
    cursor.execute("PRAGMA synchronous=OFF")
    cursor.close()


# The platform


@dataclass(frozen=True)
class After:
    """It took effect; then this was raised."""

    error: BaseException


# What the next call does: fail, take effect and then fail, or wait for something first.
Step = BaseException | After | Callable[[], Awaitable[None]]
DEATH = asyncio.CancelledError  # the process dies here: nothing more of this task happens


@dataclass
class Shown:
    """A message as it stands on the platform."""

    id: str
    uid: str
    to: Ref
    thread: str
    card: Card
    deleted: bool = False

    @property
    def text(self) -> str:
        return self.card.as_text()


class Wire:
    """A platform in memory. ``plan["send"]`` and so on: what the next calls do; without a plan they work."""

    profile = Profile("fake", form_fields=25, form_errors=True)

    def __init__(self) -> None:
        self.pace = 0.0
        self.shown: list[Shown] = []
        self.plan: dict[str, deque[Step]] = defaultdict(deque)
        self.calls: Counter[str] = Counter()
        self.cannot_tell = False
        self.readers: dict[str, set[str]] = {}
        self.afterwards: Callable[[], Awaitable[None]] | None = (
            None  # once, when a message has arrived, before it is known
        )
        self.answered: list[Outcome] = []

    def will(self, what: str, *steps: Step) -> None:
        self.plan[what].extend(steps)

    async def _step(self, what: str) -> BaseException | None:
        self.calls[what] += 1
        step = self.plan[what].popleft() if self.plan[what] else None
        match step:
            case None:
                return None
            case After(error):
                return error
            case BaseException():
                raise step
        await step()
        return None

    async def send(self, message: Outgoing) -> str:
        error = await self._step("send")
        assert not message.thread or any(one.id == message.thread and one.to == message.to for one in self.shown)
        id = str(len(self.shown) + 1)
        self.shown.append(Shown(id, message.id, message.to, message.thread, message.card))
        if self.afterwards is not None:
            afterwards, self.afterwards = self.afterwards, None
            await afterwards()
        if error is not None:
            raise error
        return id

    async def arrived(self, message: Outgoing) -> str | Arrival:
        error = await self._step("arrived")
        if error is not None:
            raise error
        if self.cannot_tell:
            return Arrival.CANNOT_TELL
        return next((one.id for one in self.shown if one.uid == message.id), Arrival.NO)

    def _standing(self, remote: str) -> Shown:
        for one in self.shown:
            if one.id == remote and not one.deleted:
                return one
        raise Gone("no such message")

    async def redraw(self, to: Ref, remote: str, card: Card, id: str) -> None:
        error = await self._step("redraw")
        self._standing(remote).card = card
        if error is not None:
            raise error

    async def delete(self, to: Ref, remote: str) -> None:
        error = await self._step("delete")
        self._standing(remote).deleted = True
        if error is not None:
            raise error

    async def can_see(self, person: Ref, place: Ref) -> bool:
        error = await self._step("can_see")
        if error is not None:
            raise error
        return person.id in self.readers.get(place.id, set())

    async def words(self, place: Ref, message: str, thread: str) -> str:
        raise Refused("Nothing can be read here.")

    async def answer(self, event: Event, outcome: Outcome) -> None:
        await self._step("answer")
        self.answered.append(outcome)

    async def start(self) -> None: ...
    async def report_directory(self) -> None:
        await self._step("report_directory")

    async def stop_receiving(self) -> None: ...
    async def close(self) -> None: ...

    def texts(self, to: str) -> list[str]:
        """What stands in a place or in a person's conversation with us, the oldest first."""
        return [one.text for one in self.shown if one.to.id == to and not one.deleted]

    def button(self, to: str, label: str) -> Button:
        """The newest button with this label in a place or conversation."""
        found = [
            button
            for one in self.shown
            if one.to.id == to and not one.deleted
            for button in one.card.buttons
            if isinstance(button, Button) and button.label == label
        ]
        assert found, f"no button {label!r}; {to} sees {self.texts(to)}"
        return found[-1]


# The ritual


class Ring(Action, prefix="notes.ring"):
    note: int


@dataclass
class Notes:
    """A ritual whose cards say "note 7", or what ``words`` has for 7; None there means that the note is gone."""

    words: dict[int, str | None] = field(default_factory=dict)
    # Awaited while a note is drawn, once: time passes, somebody else is quicker, the drawing fails.
    while_drawing: dict[int, Callable[[], Awaitable[None]]] = field(default_factory=dict)
    rings: list[int] = field(default_factory=list)
    chimes: list[tuple[int, str]] = field(default_factory=list)  # rhythm, slot
    replies: list[int | None] = field(default_factory=list)  # below which note somebody replied
    on_chime: Callable[[Occasion], None] | None = None
    on_ring: Callable[[Context, Ring], Awaitable[tuple[Effect, ...]]] | None = None

    def ritual(self) -> Ritual:
        ritual = Ritual("notes")

        @ritual.card("note")
        async def draw(db: AsyncSession, subject: int, viewer: Viewer, now: datetime) -> Card | None:
            words = self.words.get(subject, f"note {subject}")
            if subject in self.while_drawing:
                await self.while_drawing.pop(subject)()
            return None if words is None else say(words)

        @ritual.on(ThreadReply)
        async def replied(ctx: Context, event: ThreadReply) -> None:
            assert ctx.place is not None
            root = await deliveries.of_message(ctx.db, ctx.place.id, event.thread)
            self.replies.append(root.subject if root else None)

        @ritual.timer
        async def ring(ctx: Context, due: Ring) -> tuple[Effect, ...]:
            self.rings.append(due.note)
            return await self.on_ring(ctx, due) if self.on_ring else ()

        @ritual.rhythm("chime")
        async def chime(ctx: Context, occasion: Occasion) -> None:
            if self.on_chime is not None:
                self.on_chime(occasion)
            self.chimes.append((occasion.rhythm, occasion.slot))

        return ritual


class StepRelay(Relay):
    """A relay that does one round when told to."""

    async def turn(self) -> int:
        took = await self._take_work()
        if self._under_way:
            await asyncio.wait(self._under_way)
        return took

    async def drain(self) -> None:
        """Until there is nothing that could be done at this moment."""
        async with asyncio.timeout(20):
            while await self.turn():
                pass


class Stage:
    """Ada looks after a community with the places "a", "b" and "c"; "closed" is Ben's alone. Nobody else is there."""

    def __init__(self, database: MovableDatabase, clock: MovableClock) -> None:
        self.database, self.clock = database, clock
        self.wire, self.notes = Wire(), Notes()
        self.registry = Registry([self.notes.ritual(), bot.rituals.deliveries.ritual])
        self.dispatch = self.dispatcher()
        self.relay = self.another_relay()
        self.places: dict[str, communities.Place] = {}
        self.members: dict[str, members.Member] = {}
        self._keys = 0

    def dispatcher(self, database: Database | None = None) -> Dispatcher:
        return Dispatcher(
            self.registry, database or self.database, self.clock, lambda: None, Limits(burst_per_person=10_000)
        )

    def another_relay(
        self, timing: Timing = TIMING, dispatch: Dispatch | None = None, database: Database | None = None
    ) -> StepRelay:
        """One of another process."""
        base = database or self.database
        drawing = Drawing(base, self.registry, self.clock)
        return StepRelay(base, drawing, {"fake": self.wire}, self.clock, dispatch or self.dispatch, timing)

    async def begin(self) -> None:
        now = self.clock.now()
        async with self.database.write() as db:
            about = WorkspaceConnected("", ref("w"), "Sample", ref("ada"))
            self.community = await identity.workspace_connected(db, about, now)
            for name in ("ada", "ben"):
                await identity.person_changed(db, PersonChanged("", ref(name), name.title(), "UTC"))
            for name in ("a", "b", "c", "closed"):
                await identity.place_changed(db, PlaceChanged("", ref(name), name, closed=name == "closed"))
            await identity.place_members(db, PlaceMembers("", ref("closed"), (ref("ben"),), now))
        self.wire.readers["closed"] = {"ben"}
        async with self.database.read() as db:
            for place in await communities.places(db, self.community.id):
                self.places[place.remote_id] = place
            for name in ("ada", "ben"):
                member = await members.of_account(db, ref(name))
                assert member is not None
                self.members[name] = member

    def key(self) -> str:
        self._keys += 1
        return f"event-{self._keys}"

    async def hear(self, event: Event) -> None:
        assert await self.dispatch(event, nobody_waits) == Done()

    async def presses(self, who: str, label: str) -> str:
        """Press the newest button of this label in the conversation with us; what is said to it."""
        packed = self.wire.button(who, label).action.pack()
        outcome: Any = await self.dispatch(Click(self.key(), ref(who), ref(who), packed), nobody_waits)
        return str(outcome.card.as_text())

    async def carries_out(self, *wanted: Effect) -> None:
        async with self.database.write() as db:
            await effects.carry_out(db, self.community, wanted, self.clock.now())

    async def posts(self, place: str, *notes: int, **more: Any) -> None:
        await self.carries_out(*(Post("note", note, place=self.places[place].id, **more) for note in notes))

    async def tells(self, who: str, note: int, about: str | None = None, **more: Any) -> None:
        space = self.places[about].space_id if about else None
        await self.carries_out(Direct("note", note, to=self.members[who].id, kind=Kind.ASKED_FOR, about=space, **more))

    async def later(self, at: datetime, note: int, key: str) -> None:
        await self.carries_out(Later(at, Ring(note=note), key))

    async def chimes(self, recurrence: Recurrence, lead: timedelta = timedelta(0)) -> int:
        """Begin a rhythm in place "a"; its id."""
        now = self.clock.now()
        async with self.database.write() as db:
            made = Rhythm(
                community_id=self.community.id,
                space_id=self.places["a"].space_id,
                made_by=self.members["ada"].id,
                name="chime",
                title="Chime",
                recurrence=recurrence.to_json(),
                more={},
                lead=int(lead.total_seconds()),
                paused=False,
                rev=1,
                failures=0,
                watermark=now - lead,
                created_at=now,
            )
            rhythms.plan(made)
            db.add(made)
            await db.flush()
            return made.id

    async def changes(self, rhythm_id: int, change: Callable[[Rhythm], None]) -> None:
        async with self.database.write() as db:
            rhythm = await held(db, rhythm_id)
            assert rhythm is not None
            change(rhythm)

    async def delivery(self, note: int) -> Delivery:
        """The newest delivery of a note."""
        async with self.database.read() as db:
            found = await db.scalar(
                select(Delivery)
                .where(Delivery.card == "note", Delivery.subject == note)
                .order_by(Delivery.id.desc())
                .limit(1)
            )
        assert found is not None
        return found

    async def state(self, note: int) -> str:
        return (await self.delivery(note)).state

    def skip(self, seconds: float) -> None:
        """The machine's clock moves on: leases and pauses end. The community's clock stays."""
        self.database.skip(seconds)
