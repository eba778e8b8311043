"""Who may do what, for everything that can be typed or pressed: found in the registry, so a new button needs nothing here.

Below the declared role each is refused, when it is pressed and when its form is sent all the same, and nothing in the database
changes by it; at or above it, it is not refused for the role.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass, replace
from itertools import count
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

import bot.rituals
from bot.core.clock import MovableClock
from bot.core.events import (
    Click,
    Command,
    Event,
    PersonChanged,
    PlaceChanged,
    PlaceMembers,
    Ref,
    Submit,
    Value,
    WorkspaceConnected,
)
from bot.core.forms import Form, FormField
from bot.core.people import Role
from bot.core.registry import scan
from bot.core.ritual import Spec
from bot.core.ui import Action
from bot.dispatch import Dispatcher
from bot.limits import Limits
from bot.services.identity import NO_PART
from storage import answers, forwarded, invitations, items, members, schema
from storage.communities import Community, Space, of_workspace, place_of
from storage.engine import Database
from storage.ledger.rhythms import Occurrence, Rhythm
from storage.questions import Question
from storage.sessions import Session
from tests.storage.rows import NOW, a_question, add

NUMBERS = count(1)
REGISTRY = scan(bot.rituals)
SPECS = (*REGISTRY.commands.values(), *REGISTRY.clicks.values())
# That an event was acted on is written down for those that are not refused, too.
HOUSEKEEPING = {"inbound_event", "inbox"}
UNKNOWN = 1_000_000  # an id that nothing has
PLACES = {"an open channel": "questions", "a closed channel": "ward-team", "a direct message": "dm"}
PEOPLE = {"member": "ben", "facilitator": "chidi", "steward": "ada", "blocked": "emre"}
ROLES = {"stranger": Role.MEMBER, "member": Role.MEMBER, "facilitator": Role.FACILITATOR, "steward": Role.STEWARD}
FAILED = "Something failed on our side"


async def nobody_waits() -> None: ...


@dataclass(frozen=True)
class Stage:
    """The core over a database, with no platform. ``ids``: the name of a button's field → what exists here, and what exists in
    another community."""

    database: Database
    dispatch: Dispatcher
    ids: dict[str, tuple[int, int]]

    async def does(self, event: Event) -> str:
        return str(await self.dispatch(event, nobody_waits))

    async def appoints(self, role: str) -> None:
        """Whatever they did meanwhile: they may have taken it back from themselves, or had all that is theirs erased."""
        if role in PEOPLE:
            async with self.database.write() as db:
                community = await of_workspace(db, at(""))
                assert community is not None
                member = await members.keep(db, community.id, at(PEOPLE[role]), "UTC")
                member.role = int(ROLES[role])

    async def contents(self) -> dict[str, list[Any]]:
        """All that is kept."""
        async with self.database.read() as db:
            return {
                table.name: sorted(map(tuple, await db.execute(select(table))), key=repr)
                for table in schema.TABLES.sorted_tables
                if table.name not in HOUSEKEEPING
            }


def at(id: str, workspace: str = "here") -> Ref:
    return Ref("local", workspace, id)


def who(role: str) -> Ref:
    return at(PEOPLE.get(role) or f"stranger-{next(NUMBERS)}")


def where(place: str) -> Ref:
    return at(PLACES[place])


def action_of(kind: type[Action], stage: Stage, whose: int) -> Action:
    """A button as it could be pressed. ``whose``: 0 names what is here, 1 what is in another community, 2 nothing there is."""

    def value(name: str, annotation: Any) -> Any:
        if annotation is int:
            return UNKNOWN if whose == 2 and name in stage.ids else stage.ids.get(name, (1, 1))[whose % 2]
        return {"kind": "tip", "answer": "yes", "author": str(at("dana"))}.get(name, "falls")

    fields = kind.model_fields.items()
    return kind.model_validate({name: value(name, info.annotation) for name, info in fields})


FILLED: dict[str, Value] = {
    "line": "2026-05-03",
    "paragraph": "Something about falls",
    "tags": "falls",
    "person": str(at("dana")),
    "datetime": "2026-05-03 10:00",
    "url": "https://example.org/page",
    "number": 5,
    "yesno": True,
}
BY_NAME: dict[str, Value] = {"zone": "UTC", "at": "16:00", "begins": "9:00", "ends": "17:00", "away": ""}


def filled(form: type[Form]) -> dict[str, Value]:
    def value(field: FormField) -> Value:
        if field.kind in ("choice", "choices"):
            first = field.options[0].value if field.options else "1"
            return [first] if field.kind == "choices" else first
        text = BY_NAME.get(field.name, FILLED["line"]) if field.kind == "line" else FILLED[field.kind]
        return text[: field.max_length] if isinstance(text, str) and field.max_length else text

    return {field.name: value(field) for field in form.fields()}


def events(spec: Spec, stage: Stage, role: str, place: str, whose: int) -> Iterator[Event]:
    """It is typed or pressed; and its form is sent, as if it had been open before."""
    here = where(place)
    if spec.action is None:
        origin = f"/{spec.name}"
        yield Command(f"e{next(NUMBERS)}", who(role), here, f"{spec.name} falls")
    else:
        origin = action_of(spec.action, stage, whose).pack()
        yield Click(f"e{next(NUMBERS)}", who(role), here, origin)
    if spec.form is not None:
        yield Submit(f"e{next(NUMBERS)}", who(role), here, origin, f"d{next(NUMBERS)}", filled(spec.form))


def sentence(spec: Spec, role: str) -> str:
    if role == "blocked":
        return NO_PART
    return f"This is for {spec.role.name.lower()}s. Ask somebody who looks after this community to do it."


@pytest.fixture
async def stage(database: Database) -> AsyncIterator[Stage]:
    """Everything that a button can name, here and in another community."""
    limits = Limits(burst_per_person=1_000_000, form_within=10, acknowledge_within=10)
    dispatch = Dispatcher(REGISTRY, database, MovableClock(frozen_at=NOW), lambda: None, limits)
    for workspace in ("here", "there"):
        reports: list[Event] = [WorkspaceConnected("", at("", workspace), workspace, at("ada", workspace))]
        reports += [
            PersonChanged("", at(name, workspace), name, "UTC") for name in ("ada", "ben", "chidi", "dana", "emre")
        ]
        reports += [
            PlaceChanged("", at(name, workspace), name, closed=name == "ward-team")
            for name in ("questions", "ward-team")
        ]
        theirs = tuple(at(name, workspace) for name in PEOPLE.values())
        reports.append(PlaceMembers("", at("ward-team", workspace), theirs, NOW))
        for report in reports:
            await dispatch(replace(report, key=f"r{next(NUMBERS)}"), nobody_waits)
    async with database.write() as db:
        chidi, emre = await members.of_account(db, at("chidi")), await members.of_account(db, at("emre"))
        assert chidi is not None
        assert emre is not None
        chidi.role, emre.blocked_at = int(Role.FACILITATOR), NOW
        here, there = await everything(db, "here"), await everything(db, "there")
    yield Stage(database, dispatch, {name: (id, there[name]) for name, id in here.items()})
    await dispatch.finish()


async def everything(db: AsyncSession, workspace: str) -> dict[str, int]:
    """One of each kind of thing in a workspace's channel for questions, by Dana."""
    now = NOW
    person, place = await members.of_account(db, at("dana", workspace)), await place_of(db, at("questions", workspace))
    assert person is not None
    assert place is not None
    community = await db.get_one(Community, person.community_id)
    space = await db.get_one(Space, place.space_id)
    here: dict[str, Any] = {"community_id": community.id, "space_id": space.id}
    asked: list[Question] = [await a_question(db, community, space, person, state="asked") for _ in range(2)]
    answer = await answers.add(db, asked[0], person.id, now, text="Lamps with sensors.")
    why = {"reasons": ["suggested"], "state": invitations.ASKED, "created_at": now}
    invitation = await add(db, invitations.Invitation(question_id=asked[0].id, member_id=person.id, **why))
    said: dict[str, Any] = {
        "title": "Lamps",
        "text": "With sensors",
        "more": {},
        "tags": ["falls"],
        "address": None,
        "origin": None,
    }
    item = await items.add(db, kind=items.TIP, author_id=person.id, now=now, **here, **said)
    wish = await add(db, items.Widening(item_id=item.id, place_id=place.id, asked_by=person.id, at=now))
    recurrence = {"name": "prompt", "title": "A prompt", "recurrence": {}, "more": {}, "ended_at": now}
    rhythm = await add(db, Rhythm(**here, made_by=person.id, created_at=now, watermark=now, **recurrence))
    happened = {"slot": "2026-03-04", "due": now, "state": "happened", "at": now}
    occurrence = await add(db, Occurrence(rhythm_id=rhythm.id, **happened))
    what = {"slot": "2026-03-05", "title": "Grand rounds", "starts_at": now, "minutes": 60, "zone": "UTC", "more": {}}
    session = await add(db, Session(**here, **what, rhythm_id=rhythm.id, created_at=now))
    put: dict[str, Any] = {
        "place_id": place.id,
        "message": "1",
        "author_id": person.id,
        "by_id": person.id,
        "line": "Read",
        "now": now,
    }
    put_forward = await forwarded.put_forward(db, **here, **put)
    found: dict[str, Any] = {
        "question": asked[0],
        "earlier": asked[1],
        "answer": answer,
        "invitation": invitation,
        "item": item,
    }
    found |= {"wish": wish, "rhythm": rhythm, "occurrence": occurrence, "session": session, "member": person}
    return {name: row.id for name, row in found.items()} | {"place": place.id, "forwarded": put_forward or 0}


def test_what_is_sent_is_filled_as_its_form_wants_it() -> None:
    """Else it would be refused for something else."""
    for spec in SPECS:
        if spec.form is not None:
            assert isinstance(spec.form.parse(filled(spec.form)), Form), spec.name


@pytest.mark.parametrize("role", [*ROLES, "blocked"])
async def test_below_its_role_everything_is_refused_and_changes_nothing(stage: Stage, role: str) -> None:
    refused = [spec for spec in SPECS if (not spec.even_blocked if role == "blocked" else spec.role > ROLES[role])]
    before = await stage.contents()
    for spec in refused:
        for number, place in enumerate(PLACES):
            for event in events(spec, stage, role, place, number):
                outcome = await stage.does(event)
                assert sentence(spec, role) in outcome, f"{spec.name}, {event.kind}, {role}, {place}: {outcome}"
    after = await stage.contents()
    assert {name for name in after if after[name] != before[name]} == set()


def test_whoever_is_blocked_has_their_own_data_and_nothing_else() -> None:
    assert {spec.name for spec in SPECS if spec.even_blocked} == {
        "rounds data", "data.mine", "data.copy", "data.erase"
    }  # fmt: skip


@pytest.mark.parametrize("role", ROLES)
async def test_at_or_above_its_role_nothing_is_refused_for_the_role(stage: Stage, role: str) -> None:
    """Each in one kind of place for each role, in turn: what is done in a place may be up to the place."""
    allowed = [spec for spec in SPECS if spec.role <= ROLES[role]]
    for number, spec in enumerate(allowed, list(ROLES).index(role)):
        await stage.appoints(role)
        place = list(PLACES)[number % len(PLACES)]
        for event in events(spec, stage, role, place, number // len(PLACES) % 3):
            outcome = await stage.does(event)
            refusals = "Ask somebody who looks after this community to do it." in outcome, NO_PART in outcome
            assert refusals == (False, False), f"{spec.name}, {event.kind}, {role}, {place}: {outcome}"
            assert FAILED not in outcome, f"{spec.name}, {event.kind}, {role}, {place}"
