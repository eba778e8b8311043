"""A busy month, in small: more questions than people want to be asked, beside digests, meetings and tags that are followed.

Whatever they chose, nobody gets more of what we start than their volume allows, and every message says why it came. The counting
here goes by the ledger's rows and by when the platform was given each message; nothing of it is the gate's.
"""

from __future__ import annotations

import shutil
from collections import Counter
from collections.abc import AsyncIterator, Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import aiosqlite
import pytest
from sqlalchemy import select

from bench import people
from bench.outcome import Person
from bench.people import DAY, FACILITATORS, START, Month, Plan, button, in_one_thread
from bot.core.events import Click
from bot.core.replies import Kind, Said
from bot.core.ui import Action, Button, Card
from bot.rituals.digests import DigestHere
from bot.rituals.following import FollowTag
from bot.rituals.sessions.declared import Come, RemindMe
from bot.routing.gate import UNASKED, VOLUMES, WEEK
from storage import communities, sessions
from storage.ledger.deliveries import CONFIDED, SENT, Delivery
from storage.ledger.rhythms import Rhythm
from storage.sessions import Session
from tests.schedules.stage import ref

PLAN = Plan(members=10, days=8, questions=4, seed=7)
VOLUME = ("quiet", "normal", "full", "normal", "normal")
FOLLOWED = "falls"


class Busy(Month):
    """The same month for people who know much of the little that is asked, and allow any number of invitations."""

    def __init__(self, url: str) -> None:
        super().__init__(url, PLAN)
        self.people = [
            replace(person, volume=VOLUME[person.id % len(VOLUME)], availability="hours", cap=20)
            for person in self.people
        ]

    async def begin(self) -> None:
        await super().begin()
        meetings = await self._meetings()
        for person in self.people:
            me = str(person.id)
            if person.id % 2:
                await self._does(me, DigestHere())
            if person.id % 3 != 1:
                await self._does(me, FollowTag(tag=FOLLOWED))
            for meeting in meetings:
                await self._does(me, Come(session=meeting, answer=sessions.YES))
                remind = Card(buttons=(Button("Remind me", RemindMe(session=meeting)),))
                assert isinstance(await self.presses(person.id, remind, "Remind me"), Said)

    async def _does(self, who: str, action: Action) -> None:
        outcome = await self.hear(Click(self._key(), ref(who), ref("questions"), action.pack()))
        assert isinstance(outcome, Said), outcome

    async def _meetings(self) -> list[int]:
        async with self.database.write() as db:
            place = await communities.place_of(db, ref("questions"))
            assert place is not None
            about = {"community_id": place.community_id, "space_id": place.space_id, "title": "Grand rounds"}
            rhythm = Rhythm(
                **about, made_by=1, name=sessions.MEETING, recurrence={}, more={}, watermark=START, created_at=START,
                ended_at=START,
            )  # fmt: skip
            db.add(rhythm)
            await db.flush()
            held = [
                await sessions.add(
                    db,
                    Session(
                        **about, rhythm_id=rhythm.id, slot=f"{week}", starts_at=START + week * WEEK + timedelta(days=9.5),
                        minutes=60, zone="UTC", host_id=1, more={}, created_at=START,
                    ),
                )
                for week in range(1)
            ]  # fmt: skip
            return [session.id for session in held]

    async def directs(self) -> list[Delivery]:
        """What was to be sent to somebody in particular, sent or withheld."""
        async with self.database.read() as db:
            query = select(Delivery).where(Delivery.place_id.is_(None), Delivery.card != CONFIDED)
            return list(await db.scalars(query.order_by(Delivery.id)))


@pytest.fixture
async def month(sqlite_template: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Busy]:
    """On SQLite, where it takes half a minute; that a shorter month keeps its promises on both is in test_a_month.py."""
    monkeypatch.setattr(aiosqlite.Connection, "_execute", aiosqlite.Connection._execute)  # so that it is put back
    monkeypatch.setattr(people, "TOPICS", (FOLLOWED, "sleep", "wounds"))
    made = Busy(f"sqlite:///{shutil.copyfile(sqlite_template, tmp_path / 'month.db')}")
    in_one_thread(made.database)
    await made.begin()
    await made.run(START + (PLAN.days + 2) * DAY)
    yield made
    await made.database.close()


async def test_everybody_is_left_in_peace_as_they_chose_and_can_ask_why(month: Busy) -> None:
    directs, by_id = await month.directs(), {person.id: person for person in month.people}
    sent = [it for it in directs if it.uid in month.chat.sent_at]
    kinds = {volume: Counter(it.kind for it in sent if by_id[it.member_id or 0].volume == volume) for volume in VOLUMES}
    assert all(kinds[volume][kind] for volume in ("normal", "full") for kind in (*UNASKED, Kind.DIGEST, Kind.ASKED_FOR))

    # What we start: so many on one's own day, and in any seven days.
    for person in month.people:
        at = [month.chat.sent_at[it.uid] for it in sent if it.member_id == person.id and it.kind in UNASKED]
        assert list(_too_much(person, at)) == []

    # Quiet: what they asked for, and their task where they look after the community.
    quiet = [it for it in sent if by_id[it.member_id or 0].volume == "quiet"]
    assert {it.kind for it in quiet if (it.member_id or 0) > FACILITATORS} == {Kind.ASKED_FOR, Kind.DIGEST}
    assert {it.card for it in quiet} >= {"digest", "session_soon", "question_news"}
    assert {it.kind for it in quiet} <= {Kind.ASKED_FOR, Kind.DIGEST, Kind.DUTY}

    # Why: on everything, and whoever presses the button reads the same.
    assert [it.card for it in directs if not it.kind or not it.reason.endswith(".")] == []
    shown = {it.uid: it for it in month.chat.messages.values()}
    for it in sent:
        if it.state == SENT:
            why = button(shown[it.uid].card, "Why this?")
            assert why is not None, it.card
            me = ref(str(it.member_id))
            outcome = await month.hear(Click(f"why {it.uid}", me, me, why.action.pack()))
            assert isinstance(outcome, Said)
            assert it.reason in outcome.card.as_text()


def _too_much(person: Person, times: list[datetime]) -> Iterator[str]:
    """The days and weeks in which somebody got more than their volume allows."""
    allowed, zone = VOLUMES[person.volume], ZoneInfo(person.zone)
    for day, number in Counter(at.astimezone(zone).date() for at in times).items():
        if number > allowed.a_day:
            yield f"{person.volume}: {number} on {day}"
    for last in times:
        number = sum(last - WEEK < at <= last for at in times)
        if number > allowed.a_week:
            yield f"{person.volume}: {number} in the week until {last}"


def test_one_too_many_would_be_noticed() -> None:
    normal, quiet, day = Person(1), Person(2, volume="quiet"), START + DAY / 2
    daily = [day + number * DAY for number in range(5)]
    assert list(_too_much(normal, daily)) == []
    assert list(_too_much(normal, [day, day + DAY / 4])) == ["normal: 2 on 2026-03-02"]
    assert list(_too_much(normal, [*daily, day + 5 * DAY])) == ["normal: 6 in the week until 2026-03-07 12:00:00+00:00"]
    assert len(list(_too_much(quiet, [day]))) == 2
