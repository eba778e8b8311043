"""The people of a simulated month, and the platform they are on: what they ask, and what they make of what they are shown.

Everything they do goes through the dispatcher, as it would from Slack or Discord; everything they see came by the relay.
"""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import partial
from heapq import heappop, heappush
from typing import Any
from zoneinfo import ZoneInfo

import aiosqlite
from sqlalchemy import event as on
from sqlalchemy import func, insert, select, update

import bot.rituals
from bench.community import Writer
from bench.outcome import Person
from bot.core.clock import MovableClock
from bot.core.events import (
    CameOrWent,
    Click,
    Command,
    Event,
    PlaceChanged,
    PlaceMembers,
    Ref,
    Submit,
    ThreadReply,
    Value,
)
from bot.core.people import Role
from bot.core.ports import Outgoing
from bot.core.registry import scan
from bot.core.replies import Ask, Consider, Outcome, Said, Wrong
from bot.core.text import Person as Named
from bot.core.ui import Button, Card
from bot.dispatch import Dispatcher
from bot.limits import Limits
from bot.services.drawing import Drawing
from schedules.relay import Timing
from schedules.tick import Tick
from storage import communities
from storage.engine import Database
from storage.ledger.deliveries import UNDER_WAY, Delivery
from storage.ledger.timers import Timer
from storage.members import Account, Member, MemberTopic
from storage.questions import Question
from tests.schedules.stage import MovableDatabase, Shown, StepRelay, Wire, nobody_waits, ref

START = datetime(2026, 3, 2, 0, 0, tzinfo=UTC)  # a Monday; clocks change on the 8th (America) and the 29th (Europe)
COMMUNITY_ZONE = "Europe/London"
ZONES = (COMMUNITY_ZONE,) * 4 + (
    "Europe/Berlin",
    "Asia/Kolkata",
    "America/New_York",
    "Australia/Sydney",
    "America/Los_Angeles",
)
TOPICS = tuple(
    "falls wounds sleep pain delirium nutrition handover infection dementia mobility privacy rota asthma diabetes stroke "
    "dialysis triage vaccines hearing anxiety swallowing catheters scheduling interpreting burns".split()
)
NOBODYS = ("genomics", "robotics")  # asked about now and then; nobody said they can help
BRIEF, DAY = timedelta(minutes=1), timedelta(days=1)
FACILITATORS = 3
REDRAWN_EVERY = 12 * 3600.0  # seconds at least between two redraws of one message, which take most of the time
LONGEST_END = 28  # days after the last question until nothing may be moving any more
NO_LIMITS = Limits(in_flight=10_000, burst_per_person=1_000_000, acknowledge_within=60, form_within=60)


@dataclass(frozen=True, slots=True)
class Plan:
    members: int = 300
    days: int = 30
    questions: int = 200  # a day
    seed: int = 1


# The people, and the platform they are on


class Chat(Wire):
    """A platform that takes everything at once, says who sees what, and shows people what came."""

    def __init__(self, clock: MovableClock) -> None:
        super().__init__()
        self._clock = clock
        self.messages: dict[str, Shown] = {}
        self.sent_at: dict[str, datetime] = {}  # by the delivery's uid
        self.show: Callable[[Shown], None] = lambda message: None

    async def send(self, message: Outgoing) -> str:
        id = str(len(self.messages) + 1)
        self.messages[id] = shown = Shown(id, message.id, message.to, message.thread, message.card)
        assert message.id not in self.sent_at, "sent twice"
        self.sent_at[message.id] = self._clock.now()
        self.show(shown)
        return id

    async def redraw(self, to: Ref, remote: str, card: Card, id: str) -> None:
        self.messages[remote].card = card

    async def delete(self, to: Ref, remote: str) -> None:
        self.messages[remote].card = Card()


def button(card: Card, label: str) -> Button | None:
    everywhere = [*card.buttons, *(it for section in card.sections for it in section.buttons)]
    return next((it for it in everywhere if isinstance(it, Button) and it.label == label), None)


def made_up(plan: Plan) -> tuple[list[Person], dict[int, list[str]]]:
    """The members, and what each can help with. Some topics are known by more people than others."""
    chance, people, topics = random.Random(f"{plan.seed} people"), [], {}
    for id in range(1, plan.members + 1):
        volume = chance.choices(("quiet", "normal", "full"), (15, 65, 20))[0]
        availability = chance.choices(("hours", "shifts", "digest"), (75, 15, 10))[0]
        begins, ends = chance.choices(((9, 17), (7, 15), (12, 20)), (80, 10, 10))[0]
        away = []
        if chance.random() < 0.2:  # one in five is away for a while, one in two of them from the beginning
            since = START + chance.choice((0, 1)) * timedelta(hours=chance.randint(1, max(2, 24 * plan.days - 48)))
            away = [(since, (since + chance.randint(3, 14) * DAY).date())]
        cap, zone = chance.randint(1, 5), chance.choice(ZONES)
        people.append(Person(id, zone, volume, availability, begins * 60, ends * 60, cap, tuple(away)))
        topics[id] = chance.sample(TOPICS, chance.randint(1, 3))
    return people, topics


class Month:
    """The product and its people. ``refused`` counts what people were told when something could not be done."""

    def __init__(self, url: str, plan: Plan) -> None:
        self.plan, self.people, self.knows = plan, *made_up(plan)
        self.clock = MovableClock(frozen_at=START)
        self.database, self.chat = MovableDatabase(url), Chat(self.clock)
        registry = scan(bot.rituals)
        self.dispatch = Dispatcher(registry, self.database, self.clock, lambda: None, NO_LIMITS)
        self.tick = Tick(self.database, self.clock, self.dispatch)
        drawing, timing = Drawing(self.database, registry, self.clock), Timing(redraw_pause=REDRAWN_EVERY)
        self.relay = StepRelay(self.database, drawing, {"fake": self.chat}, self.clock, self.dispatch, timing)
        self.chat.show = self._shown
        self.posts: dict[int, Shown] = {}  # question → its message
        self.left: dict[int, datetime] = {}  # who left the closed channel, and when
        self.closed = range(2, 2 + min(40, plan.members // 4))  # its members at first
        self.refused: Counter[str] = Counter()
        self._coming: list[tuple[datetime, int, Callable[[], Awaitable[Any]]]] = []
        self._number, self._writer, self._chance = 0, Writer(plan.seed), random.Random(f"{plan.seed} asking")

    # The beginning

    async def begin(self) -> None:
        async with self.database.write() as db:
            community = await communities.connect(db, ref("w"), "A month", COMMUNITY_ZONE, START)
            await db.execute(insert(Member), [self._row(person, community.id) for person in self.people])
            where = {"platform": ref("").platform, "workspace": ref("").workspace}
            accounts = [{"id": it.id, "member_id": it.id, "remote_id": str(it.id), **where} for it in self.people]
            await db.execute(insert(Account), accounts)
            topics = [{"member_id": id, "kind": "help", "tag": tag} for id, tags in self.knows.items() for tag in tags]
            await db.execute(insert(MemberTopic), topics)
        for name in ("questions", "ward"):
            await self.hear(PlaceChanged(self._key(), ref(name), name, closed=name == "ward"))
        async with self.database.write() as db:
            for place in await communities.places(db, community.id):
                await communities.use_for(db, place, communities.QUESTIONS)
        self._what_will_come()
        self._questions()

    def _what_will_come(self) -> None:
        hour = timedelta(hours=1)
        for person in self.people:
            for since, until in person.away:
                self._at(since, partial(self._goes_away, person.id, until))
        for id in self.closed[-4:]:
            self._at(START + hour * self._chance.randint(24, 24 * self.plan.days), partial(self._leaves, id))
        for half_day in range(2 * (self.plan.days + LONGEST_END)):
            self._at(START + half_day * DAY / 2, self._who_is_there)
        for day in (START + number * DAY for number in range(self.plan.days)):
            if day.weekday() < 5:
                for id in range(1, FACILITATORS + 1):
                    self._at(day + 10 * hour + id * BRIEF, partial(self._looks_at_the_queue, id))
                    self._at(day + 15 * hour + id * BRIEF, partial(self._looks_at_the_queue, id))

    def _row(self, person: Person, community: int) -> dict[str, Any]:
        role = Role.FACILITATOR if person.id <= FACILITATORS else Role.MEMBER
        hours = {"hours_from": person.begins, "hours_to": person.ends, "weekly_cap": person.cap, "role": int(role)}
        about = {"id": person.id, "community_id": community, "name": f"Member {person.id}", "joined_at": START}
        return {**about, **hours, "zone": person.zone, "volume": person.volume, "availability": person.availability}

    def _questions(self) -> None:
        """At the weekend half as many as on other days; each between 8 and 19 o'clock where the asker is."""
        days = [(START + number * DAY).date() for number in range(self.plan.days)]
        share = [1.0 if day.weekday() < 5 else 0.5 for day in days]
        for day in self._chance.choices(days, share, k=self.plan.questions * self.plan.days):
            asker = self._chance.choice(self.people)
            at = datetime(day.year, day.month, day.day, 8, tzinfo=ZoneInfo(asker.zone))
            at = at.astimezone(UTC) + timedelta(minutes=self._chance.randrange(11 * 60))
            self._at(max(at, START), partial(self._asks, asker.id))

    # Time

    async def run(self, until: datetime) -> None:
        """What people do and what falls due, one instant after the other."""
        while (at := await self._next(until)) <= until:
            passes = max(at - self.clock.now(), timedelta(0))
            self.clock.advance(passes)
            self.database.skip(passes.total_seconds())
            while self._coming and self._coming[0][0] <= self.clock.now():
                await heappop(self._coming)[2]()
            while await self.tick.run_due():
                pass
            await self.relay.drain()

    async def _next(self, until: datetime) -> datetime:
        async with self.database.read() as db:
            timer = await db.scalar(select(func.min(Timer.due)))
            kept_until = select(func.min(Delivery.next_at)).where(UNDER_WAY, Delivery.next_at > self.clock.now())
            delivery = await db.scalar(kept_until)
        coming = self._coming[0][0] if self._coming else None
        return min(at for at in (timer, delivery, coming, until + BRIEF) if at is not None)

    async def still(self) -> bool:
        """Whether nothing moves any more: no question waits for its next step."""
        async with self.database.read() as db:
            return not await db.scalar(select(func.count()).where(Question.next_step_at.is_not(None)))

    def _at(self, at: datetime, act: Callable[[], Awaitable[Any]]) -> None:
        self._number += 1
        heappush(self._coming, (at, self._number, act))

    def _soon(self, chance: random.Random, person: int, hours: float, act: Callable[[], Awaitable[Any]]) -> None:
        """After so many hours on average; in the night it waits for the morning."""
        at = self.clock.now() + BRIEF + timedelta(minutes=round(chance.expovariate(1 / (60 * hours))))
        local = at.astimezone(ZoneInfo(self.people[person - 1].zone))
        if not 7 <= local.hour < 22:
            morning = local.replace(hour=7, minute=0) + (DAY if local.hour >= 22 else timedelta(0))
            at = morning.astimezone(UTC) + timedelta(minutes=chance.randrange(180))
        self._at(at, act)

    # What people do

    def _key(self) -> str:
        self._number += 1
        return f"event-{self._number}"

    async def hear(self, event: Event) -> Outcome:
        outcome = await self.dispatch(event, nobody_waits)
        words = " ".join(outcome.errors.values()) if isinstance(outcome, Wrong) else ""
        words = words or (outcome.card.as_text() if isinstance(outcome, Said) else "")
        assert "failed on our side" not in words, words
        if isinstance(outcome, Wrong):
            self.refused[words.split(":")[0]] += 1
        return outcome

    async def presses(self, who: int, card: Card | None, label: str, **values: Value) -> Outcome | None:
        """Nothing where the button is gone by now. A form that opens is sent, with what it has in it and ``values``."""
        found = button(card, label) if card else None
        if found is None:
            return None
        packed, me = found.action.pack(), ref(str(who))
        outcome = await self.hear(Click(self._key(), me, me, packed))
        if isinstance(outcome, Ask):
            filled = {**outcome.view.values, **values}
            return await self.hear(Submit(self._key(), me, me, outcome.view.origin, outcome.view.draft, filled))
        return outcome

    async def _asks(self, id: int) -> None:
        chance, where = self._chance, "questions"
        if id in self.closed and id not in self.left and chance.random() < 0.4:
            where = "ward"
        topic = chance.choice(NOBODYS) if chance.random() < 0.03 else chance.choice(TOPICS)
        title = f"How do you {' '.join(self._writer.words(4))} {topic}?"
        values: dict[str, Value] = {"title": title, "details": " ".join(self._writer.words(20)), "tags": [topic]}
        values |= {"anonymous": chance.random() < 0.03, "place": ""}
        form = Submit(self._key(), ref(str(id)), ref(where), "/ask", self._key(), values)
        outcome = await self.hear(form)
        if isinstance(outcome, Consider):
            await self.presses(id, outcome.card, "Ask anyway")

    async def _replies(self, id: int, question: int) -> None:
        post = self.posts[question]
        await self.hear(ThreadReply(self._key(), ref(str(id)), post.to, post.id, self._key(), self.clock.now()))

    async def _goes_away(self, id: int, until: date) -> None:
        async with self.database.write() as db:
            await db.execute(update(Member).where(Member.id == id).values(away_until=until))

    async def _leaves(self, id: int) -> None:
        self.left[id] = self.clock.now()
        await self.hear(CameOrWent(self._key(), ref("ward"), ref(str(id)), False, self.clock.now()))

    async def _who_is_there(self) -> None:
        there = {str(id) for id in self.closed if id not in self.left}
        self.chat.readers["ward"] = there
        await self.hear(PlaceMembers(self._key(), ref("ward"), tuple(map(ref, sorted(there))), self.clock.now()))

    # What people make of what they are shown

    def _shown(self, it: Shown) -> None:
        labels = {button.label for button in it.card.buttons if isinstance(button, Button)}
        packed = next((button.action.pack() for button in it.card.buttons if isinstance(button, Button)), "")
        chance = random.Random(f"{self.plan.seed} {it.to.id} {it.card.title} {packed}")
        if it.card.discussed:
            self._seen_in_the_channel(it, chance)
        elif "Not me" in labels:
            self._asked_to_help(it, chance)
        elif it.card.title == "Did that help?":
            does, who = chance.choices(("Yes", "Not yet", ""), (50, 20, 30))[0], int(it.to.id)
            self._soon(chance, who, 4, lambda: self.presses(who, it.card, does))
        elif it.card.title == "A question needs you":
            does, who = chance.choices(("Ask someone", "Close", ""), (8, 2, 90))[0], int(it.to.id)
            self._soon(chance, who, 5, lambda: self._looks_after(who, it.card, does, chance))

    def _seen_in_the_channel(self, it: Shown, chance: random.Random) -> None:
        """One question in four or so gets a reply of somebody who passes by, one in twenty an answer by form."""
        question = _question_of(it.card)
        self.posts[question] = it
        author = it.card.body[0]
        asker = author.accounts[0].id if isinstance(author, Named) else ""
        readers = (
            [int(id) for id in sorted(self.chat.readers["ward"])]
            if it.to.id == "ward"
            else range(1, len(self.people) + 1)
        )
        others = [id for id in readers if str(id) != asker]
        for _ in range(chance.choices((0, 1, 2), (75, 20, 5))[0]):
            who = chance.choice(others)
            self._soon(chance, who, 6, partial(self._replies, who, question))
        if chance.random() < 0.05:
            who = chance.choice(others)
            self._soon(chance, who, 12, lambda: self.presses(who, it.card, "Answer", text="This is how we do it."))

    def _asked_to_help(self, it: Shown, chance: random.Random) -> None:
        """An invitation, or the reminder of one: fewer react to that."""
        who, question, first = int(it.to.id), _question_of(it.card), it.card.title == "Can you help?"
        shares = (17, 14, 12, 8, 6, 43) if first else (10, 8, 15, 4, 3, 60)
        press = partial(self.presses, who)
        acts: dict[str, Callable[[], Awaitable[Any]]] = {
            "answers": lambda: press(it.card, "Answer", text="This is how we do it."),
            "replies": partial(self._replies, who, question),
            "not me": partial(self._passes_on, who, it, chance),
            "later": lambda: press(it.card, "Later", hours=chance.choice(("1", "24", "72"))),
            "asks back": lambda: press(it.card, "Ask back", text="Which setting?"),
        }
        does = chance.choices((*acts, "nothing"), shares)[0]
        if does in acts:
            self._soon(chance, who, 5, acts[does])

    async def _passes_on(self, who: int, it: Shown, chance: random.Random) -> None:
        """Not me; one in four knows somebody who may know, who may well not want to be asked, or not see the channel."""
        outcome = await self.presses(who, it.card, "Not me")
        if isinstance(outcome, Said) and chance.random() < 0.25:
            await self.presses(who, outcome.card, "Suggest someone", person=self._anybody(chance))

    async def _looks_after(self, who: int, card: Card, does: str, chance: random.Random) -> None:
        for _ in range(3):
            more = {"Ask someone": {"person": self._anybody(chance)}, "Close": {"reason": "Settled elsewhere."}}.get(
                does, {}
            )
            outcome = await self.presses(who, card, does, **more)
            if not isinstance(outcome, Wrong):
                return

    async def _looks_at_the_queue(self, who: int) -> None:
        """The first page; something is done about one in three of its questions."""
        chance = random.Random(f"{self.plan.seed} queue {who} {self.clock.now()}")
        outcome = await self.hear(Command(self._key(), ref(str(who)), ref(str(who)), "facilitate queue"))
        for line in outcome.card.sections if isinstance(outcome, Said) else ():
            does = chance.choices(("Ask others now", "Ask someone", "Close", ""), (12, 12, 12, 64))[0]
            await self._looks_after(who, Card(buttons=line.buttons), does, chance)

    def _anybody(self, chance: random.Random) -> str:
        return str(ref(str(chance.randint(1, len(self.people)))))


def in_one_thread(database: Database) -> None:
    """Let SQLite's driver work where it is called: its thread, three trips to it a statement, takes most of a month's time."""

    async def execute(connection: Any, work: Callable[..., Any], *given: Any, **named: Any) -> Any:
        return work(*given, **named)

    aiosqlite.core.Connection._execute = execute  # type: ignore[assignment, method-assign]
    for engine in (database._writer, database._reader):
        on.listen(engine.sync_engine, "do_connect", lambda _d, _r, _a, given: given.update(check_same_thread=False))


def _question_of(card: Card) -> int:
    found = button(card, "Answer")
    assert found is not None, card
    return int(found.action.pack().split("|")[1])
