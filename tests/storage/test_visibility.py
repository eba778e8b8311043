"""Nobody is shown what they may not see: every query that reads for a Viewer, against an oracle that knows the rule by itself.

Worlds are made at random, with two communities on several workspaces, open, closed and archived places, guests, accounts that
were switched off, and words of platforms that are fresh or stale. For each query in turn the clause is then switched off: the
same check has to find that something is shown.
"""

from __future__ import annotations

import importlib
import inspect
import pkgutil
import random
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, get_type_hints

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select, true
from sqlalchemy.ext.asyncio import AsyncSession

import bot.services
import storage
from bot.core.people import Role, Viewer
from bot.recurrence.rule import Recurrence
from bot.services.links import links_to
from storage import (
    activity,
    answers,
    evidence,
    forwarded,
    items,
    members,
    profiles,
    questions,
    recent,
    sessions,
    visibility,
)
from storage.communities import Place, PlaceMember
from storage.engine import Database
from storage.ledger import rhythms
from storage.ledger.deliveries import Delivery, new_uid
from storage.ledger.rhythms import Rhythm
from storage.members import HELP, Member, MemberTopic
from storage.search import finding
from tests.storage.rows import (
    NOW,
    a_community,
    a_member,
    a_place,
    a_question,
    a_space,
    a_workspace,
    add,
    an_account,
    undone,
)

WORD, ADDRESS, ORIGIN = "falls", "https://example.org/falls", "1:m1"
FRESH, STALE = (timedelta(0), timedelta(hours=23, minutes=59)), (timedelta(hours=24), timedelta(days=30))
HOUR = timedelta(hours=1)


# The world, as plain values


@dataclass(frozen=True)
class Account:
    workspace: str
    active: bool
    guest: bool


@dataclass
class World:
    """Ids are the database's own. A community's workspaces are named after it, so that none is shared."""

    spaces: dict[int, int] = field(default_factory=dict)  # space → community
    places: dict[int, tuple[int, str, bool]] = field(default_factory=dict)  # place → space, workspace, closed
    accounts: dict[int, list[Account]] = field(default_factory=dict)  # member → accounts
    communities: dict[int, int] = field(default_factory=dict)  # member → community
    seen_in: dict[tuple[int, int], bool] = field(default_factory=dict)  # place, member → whether that is fresh
    questions: dict[int, int] = field(default_factory=dict)  # question → space
    askers: dict[int, int] = field(default_factory=dict)  # question → member
    items: dict[int, int] = field(default_factory=dict)  # item → space
    sessions: dict[int, int] = field(default_factory=dict)  # session → space
    rhythms: dict[int, int] = field(default_factory=dict)  # rhythm → space
    past: dict[int, int] = field(default_factory=dict)  # the same of those that are over
    used: dict[int, int] = field(default_factory=dict)  # item that others used → its author
    forwarded: dict[int, int] = field(default_factory=dict)  # what was put forward → space
    talked: dict[int, int] = field(default_factory=dict)  # thread that is counted → space
    busy: set[int] = field(default_factory=set)  # those of them in which at least two wrote
    posts: dict[str, tuple[int, int]] = field(default_factory=dict)  # message → question, place


# The oracle: the rule once more, in Python, over the plain values


def reads(world: World, viewer: Viewer, place: int) -> bool:
    space, workspace, closed = world.places[place]
    if world.spaces[space] != viewer.community:
        return False
    if viewer.place is not None:
        return viewer.place == place
    working = [a for a in world.accounts.get(viewer.member or 0, []) if a.workspace == workspace and a.active]
    if not closed and any(not account.guest for account in working):
        return True
    return bool(working) and world.seen_in.get((place, viewer.member or 0), False)


def sees(world: World, viewer: Viewer, space: int) -> bool:
    return any(reads(world, viewer, place) for place, (of_space, _, _) in world.places.items() if of_space == space)


# The queries


Case = tuple[AsyncSession, World, Viewer]


async def one_by_one(case: Case, get: Callable[..., Awaitable[Any]]) -> set[Any]:
    db, world, viewer = case
    return {number for number in world.questions if await get(db, number, viewer, NOW) is not None}


async def by_get(case: Case) -> set[Any]:
    return await one_by_one(case, questions.get)


async def by_get_for_change(case: Case) -> set[Any]:
    return await one_by_one(case, questions.get_for_change)


async def by_several(case: Case) -> set[Any]:
    db, world, viewer = case
    return set(await questions.several(db, list(world.questions), viewer, NOW))


async def by_asked_by(case: Case) -> set[Any]:
    db, world, viewer = case
    found = set()
    for member in world.communities:
        found |= {(member, question.id) for question in await questions.asked_by(db, member, viewer, NOW, 200)}
    return found


async def by_in_states(case: Case) -> set[Any]:
    db, _, viewer = case
    found = await questions.in_states(db, ["new", "asked"], viewer, NOW, limit=1000)
    newest = await questions.in_states(db, ["new", "asked"], viewer, NOW, limit=1000, newest=True)
    assert {question.id for question in found} == {question.id for question in newest}
    return {question.id for question in found}


async def by_item_get(case: Case) -> set[Any]:
    db, world, viewer = case
    return {number for number in world.items if await items.get(db, number, viewer, NOW) is not None}


async def by_item_get_for_change(case: Case) -> set[Any]:
    db, world, viewer = case
    return {number for number in world.items if await items.get_for_change(db, number, viewer, NOW) is not None}


async def by_item_several(case: Case) -> set[Any]:
    db, world, viewer = case
    return set(await items.several(db, list(world.items), viewer, NOW))


async def by_item_of_address(case: Case) -> set[Any]:
    db, world, viewer = case
    found = [await items.of_address(db, space, ADDRESS, viewer, NOW) for space in world.spaces]
    return {item.id for item in found if item is not None}


async def by_item_of_origin(case: Case) -> set[Any]:
    db, world, viewer = case
    found = [await items.of_origin(db, space, ORIGIN, viewer, NOW) for space in world.spaces]
    return {item.id for item in found if item is not None}


async def by_session_get(case: Case) -> set[Any]:
    db, world, viewer = case
    return {number for number in world.sessions if await sessions.get(db, number, viewer, NOW) is not None}


async def by_session_get_for_change(case: Case) -> set[Any]:
    db, world, viewer = case
    return {number for number in world.sessions if await sessions.get_for_change(db, number, viewer, NOW) is not None}


async def by_session_several(case: Case) -> set[Any]:
    db, world, viewer = case
    return set(await sessions.several(db, sorted(world.sessions), viewer, NOW))


async def by_sessions_coming_up(case: Case) -> set[Any]:
    db, _, viewer = case
    return {session.id for session in await sessions.coming_up(db, viewer, NOW, 100)}


async def by_sessions_lately(case: Case) -> set[Any]:
    db, _, viewer = case
    return {session.id for session in await sessions.lately(db, viewer, NOW, 100)}


async def by_sessions_since(case: Case) -> set[Any]:
    db, _, viewer = case
    return {session.id for session in await sessions.since(db, viewer, NOW, NOW, 100)}


async def by_rhythm_get(case: Case) -> set[Any]:
    db, world, viewer = case
    return {number for number in world.rhythms if await rhythms.get(db, number, viewer, NOW) is not None}


async def by_rhythm_get_for_change(case: Case) -> set[Any]:
    db, world, viewer = case
    return {number for number in world.rhythms if await rhythms.get_for_change(db, number, viewer, NOW) is not None}


async def by_rhythms_going_on(case: Case) -> set[Any]:
    db, _, viewer = case
    return {rhythm.id for rhythm in await rhythms.going_on(db, viewer, NOW)}


async def by_find(case: Case) -> set[Any]:
    db, _, viewer = case
    return {(match.kind, match.subject) for match in await finding.find(db, WORD, viewer, NOW, limit=200)}


async def by_newest(case: Case) -> set[Any]:
    db, _, viewer = case
    return set(await evidence.newest(db, viewer, NOW, 1000))


async def by_tagged(case: Case) -> set[Any]:
    db, _, viewer = case
    return set(await evidence.tagged(db, [WORD], viewer, NOW, 1000))


async def by_kept(case: Case) -> set[Any]:
    db, _, viewer = case
    kinds = {questions.KIND, items.LINK}
    return {(new.kind, new.subject) for new in await recent.kept(db, viewer, kinds, None, NOW - HOUR, NOW, 1000)}


async def by_used(case: Case) -> set[Any]:
    db, _, viewer = case
    return {used.item_id for used in await recent.used_by_others(db, viewer, None, NOW - HOUR, NOW, 1000)}


async def by_forwarded_since(case: Case) -> set[Any]:
    db, _, viewer = case
    return {one.id for one in await forwarded.since(db, viewer, None, NOW - HOUR, NOW, 1000)}


async def by_forwarded_several(case: Case) -> set[Any]:
    db, world, viewer = case
    return set(await forwarded.several(db, list(world.forwarded), viewer, NOW))


async def by_forwarded_get(case: Case) -> set[Any]:
    db, world, viewer = case
    return {number for number in world.forwarded if await forwarded.get(db, number, viewer, NOW) is not None}


async def by_busiest(case: Case) -> set[Any]:
    db, _, viewer = case
    return {one.id for one in await activity.busiest(db, viewer, None, NOW - HOUR, NOW, 1000)}


async def by_talked(case: Case) -> set[Any]:
    db, world, viewer = case
    return set(await activity.several(db, list(world.talked), viewer, NOW))


async def by_sees(case: Case) -> set[Any]:
    db, world, viewer = case
    return {space for space in world.spaces if await visibility.sees(db, space, viewer, NOW)}


async def by_readable(case: Case) -> set[Any]:
    db, world, viewer = case
    return set(await visibility.readable(db, list(world.places), viewer, NOW))


async def by_links(case: Case) -> set[Any]:
    db, world, viewer = case
    found = await links_to(db, "question", list(world.questions), "Open", viewer, NOW)
    return {(question, link.message) for question, link in found.items()}


async def by_readers(case: Case) -> set[Any]:
    db, world, _ = case
    return {(space, member) for space in world.spaces for member in await visibility.readers(db, space, NOW)}


async def by_joined(case: Case) -> set[Any]:
    db, world, viewer = case
    found = set()
    for space in world.spaces:
        among = visibility.is_reader(space, NOW)
        found |= {(space, member.id) for member in await members.joined(db, viewer.community, among)}
    return found


async def by_people(case: Case) -> set[Any]:
    db, _, viewer = case
    named = {shown.member.id for shown in await profiles.found(db, WORD, (), viewer)}
    assert named == {shown.member.id for shown in await profiles.found(db, "", (), viewer)}
    assert named == {shown.member.id for shown in await profiles.found(db, "", (WORD,), viewer)}
    return named


def visible_questions(world: World, viewer: Viewer) -> set[Any]:
    return {question for question, space in world.questions.items() if sees(world, viewer, space)}


def visible_items(world: World, viewer: Viewer) -> set[Any]:
    return {item for item, space in world.items.items() if sees(world, viewer, space)}


def visible_sessions(world: World, viewer: Viewer) -> set[Any]:
    return {session for session, space in world.sessions.items() if sees(world, viewer, space)}


def visible_new(world: World, viewer: Viewer) -> set[Any]:
    asked = {(questions.KIND, question) for question in visible_questions(world, viewer)}
    return asked | {(items.LINK, item) for item in visible_items(world, viewer)}


def visible_used(world: World, viewer: Viewer) -> set[Any]:
    theirs = {item for item, author in world.used.items() if author == viewer.member}
    return theirs & visible_items(world, viewer)


def visible_forwarded(world: World, viewer: Viewer) -> set[Any]:
    return {id for id, space in world.forwarded.items() if sees(world, viewer, space)}


def visible_talked(world: World, viewer: Viewer) -> set[Any]:
    return {id for id, space in world.talked.items() if sees(world, viewer, space)}


def visible_busy(world: World, viewer: Viewer) -> set[Any]:
    return visible_talked(world, viewer) & world.busy


def visible_rhythms(world: World, viewer: Viewer) -> set[Any]:
    return {rhythm for rhythm, space in world.rhythms.items() if sees(world, viewer, space)}


def every_rhythm(world: World) -> set[Any]:
    return set(world.rhythms)


def visible_past(world: World, viewer: Viewer) -> set[Any]:
    return {session for session, space in world.past.items() if sees(world, viewer, space)}


def everything_visible(world: World, viewer: Viewer) -> set[Any]:
    asked = {(questions.KIND, question) for question in visible_questions(world, viewer)}
    met = {(sessions.KIND, session) for session in visible_sessions(world, viewer) | visible_past(world, viewer)}
    return asked | met | {(items.LINK, item) for item in visible_items(world, viewer)}


def visible_to_their_asker(world: World, viewer: Viewer) -> set[Any]:
    return {(world.askers[question], question) for question in visible_questions(world, viewer)}


def every_asker(world: World) -> set[Any]:
    return {(asker, question) for question, asker in world.askers.items()}


def visible_spaces(world: World, viewer: Viewer) -> set[Any]:
    return {space for space in world.spaces if sees(world, viewer, space)}


def readable_places(world: World, viewer: Viewer) -> set[Any]:
    return {place for place in world.places if reads(world, viewer, place)}


def newest_links(world: World, viewer: Viewer) -> set[Any]:
    newest = {question: message for message, (question, place) in world.posts.items() if reads(world, viewer, place)}
    return set(newest.items())


def all_readers(world: World, _viewer: Viewer) -> set[Any]:
    everyone = [Viewer(community, member=member) for member, community in world.communities.items()]
    return {(space, viewer.member) for space in world.spaces for viewer in everyone if sees(world, viewer, space)}


def our_readers(world: World, viewer: Viewer) -> set[Any]:
    working = {member for member, accounts in world.accounts.items() if any(account.active for account in accounts)}
    ours = {member for member, community in world.communities.items() if community == viewer.community}
    return {(space, member) for space, member in all_readers(world, viewer) if member in working & ours}


def people_of_ones_own(world: World, viewer: Viewer) -> set[Any]:
    """Rather a rule of the community than of its places: who has a full account there finds whoever can be reached there."""
    mine = world.accounts.get(viewer.member or 0, []) if viewer.place is None else []
    is_one = world.communities.get(viewer.member or 0) == viewer.community
    if not is_one or not any(account.active and not account.guest for account in mine):
        return set()
    reached = {member for member, theirs in world.accounts.items() if any(account.active for account in theirs)}
    return {member for member in reached if world.communities[member] == viewer.community}


def everybody(world: World) -> set[Any]:
    return set(world.communities)


def every_question(world: World) -> set[Any]:
    return set(world.questions)


def every_session(world: World) -> set[Any]:
    return set(world.sessions)


def every_past_session(world: World) -> set[Any]:
    return set(world.past)


def every_item(world: World) -> set[Any]:
    return set(world.items)


def every_new(world: World) -> set[Any]:
    return {(questions.KIND, question) for question in world.questions} | {(items.LINK, item) for item in world.items}


def every_forwarded(world: World) -> set[Any]:
    return set(world.forwarded)


def every_talked(world: World) -> set[Any]:
    return set(world.talked)


def everything(world: World) -> set[Any]:
    asked = {(questions.KIND, question) for question in world.questions}
    met = {(sessions.KIND, session) for session in [*world.sessions, *world.past]}
    return asked | met | {(items.LINK, item) for item in world.items}


def every_space(world: World) -> set[Any]:
    return set(world.spaces)


def every_place(world: World) -> set[Any]:
    return set(world.places)


def pairs(world: World) -> set[Any]:
    return {(space, member) for space in world.spaces for member in world.communities}


def links(world: World) -> set[Any]:
    return {(question, message) for message, (question, _) in world.posts.items()}


@dataclass(frozen=True)
class Query:
    """What a query shows, what it should show, what there is to show, and where its clause is switched off."""

    shows: Callable[[Case], Awaitable[set[Any]]]
    should: Callable[[World, Viewer], set[Any]]
    everything: Callable[[World], set[Any]]
    clause: tuple[Any, str]


QUERIES = {
    "storage.questions.get": Query(by_get, visible_questions, every_question, (questions, "visible")),
    "storage.questions.get_for_change": Query(
        by_get_for_change, visible_questions, every_question, (questions, "visible")
    ),
    "storage.questions.several": Query(by_several, visible_questions, every_question, (questions, "visible")),
    "storage.questions.asked_by": Query(by_asked_by, visible_to_their_asker, every_asker, (questions, "visible")),
    "storage.questions.in_states": Query(by_in_states, visible_questions, every_question, (questions, "visible")),
    "storage.items.get": Query(by_item_get, visible_items, every_item, (items, "visible")),
    "storage.items.get_for_change": Query(by_item_get_for_change, visible_items, every_item, (items, "visible")),
    "storage.items.several": Query(by_item_several, visible_items, every_item, (items, "visible")),
    "storage.items.of_address": Query(by_item_of_address, visible_items, every_item, (items, "visible")),
    "storage.items.of_origin": Query(by_item_of_origin, visible_items, every_item, (items, "visible")),
    "storage.sessions.get": Query(by_session_get, visible_sessions, every_session, (sessions, "visible")),
    "storage.sessions.get_for_change": Query(
        by_session_get_for_change, visible_sessions, every_session, (sessions, "visible")
    ),
    "storage.sessions.several": Query(by_session_several, visible_sessions, every_session, (sessions, "visible")),
    "storage.sessions.coming_up": Query(by_sessions_coming_up, visible_sessions, every_session, (sessions, "visible")),
    "storage.sessions.lately": Query(by_sessions_lately, visible_past, every_past_session, (sessions, "visible")),
    "storage.sessions.since": Query(by_sessions_since, visible_sessions, every_session, (sessions, "visible")),
    "storage.ledger.rhythms.get": Query(by_rhythm_get, visible_rhythms, every_rhythm, (rhythms, "visible")),
    "storage.ledger.rhythms.get_for_change": Query(
        by_rhythm_get_for_change, visible_rhythms, every_rhythm, (rhythms, "visible")
    ),
    "storage.ledger.rhythms.going_on": Query(by_rhythms_going_on, visible_rhythms, every_rhythm, (rhythms, "visible")),
    "storage.search.finding.find": Query(by_find, everything_visible, everything, (finding, "visible")),
    "storage.evidence.newest": Query(by_newest, visible_questions, every_question, (finding, "visible")),
    "storage.evidence.tagged": Query(by_tagged, visible_questions, every_question, (finding, "visible")),
    "storage.recent.kept": Query(by_kept, visible_new, every_new, (finding, "visible")),
    "storage.recent.used_by_others": Query(by_used, visible_used, every_item, (recent, "visible")),
    "storage.forwarded.since": Query(by_forwarded_since, visible_forwarded, every_forwarded, (forwarded, "visible")),
    "storage.forwarded.several": Query(
        by_forwarded_several, visible_forwarded, every_forwarded, (forwarded, "visible")
    ),
    "storage.forwarded.get": Query(by_forwarded_get, visible_forwarded, every_forwarded, (forwarded, "visible")),
    "storage.activity.busiest": Query(by_busiest, visible_busy, every_talked, (activity, "visible")),
    "storage.activity.several": Query(by_talked, visible_busy, every_talked, (activity, "visible")),
    "storage.profiles.found": Query(by_people, people_of_ones_own, everybody, (profiles, "_may_be_found_by")),
    "storage.visibility.sees": Query(by_sees, visible_spaces, every_space, (visibility, "visible")),
    "storage.visibility.readable": Query(by_readable, readable_places, every_place, (visibility, "_member_reads")),
    "bot.services.links.links_to": Query(by_links, newest_links, links, (visibility, "_member_reads")),
    "storage.visibility.readers": Query(by_readers, all_readers, pairs, (visibility, "_member_reads")),
    "storage.members.joined": Query(by_joined, our_readers, pairs, (visibility, "_member_reads")),
}
FOR_NO_VIEWER = {"storage.visibility.readers", "storage.members.joined"}


# Making worlds


async def make(db: AsyncSession, dice: random.Random) -> tuple[World, list[Viewer]]:
    world = World()
    viewers: list[Viewer] = []
    for number in range(2):
        await _community(db, dice, world, viewers, number)
    return world, viewers


async def _community(db: AsyncSession, dice: random.Random, world: World, viewers: list[Viewer], number: int) -> None:
    community = await a_community(db)
    workspaces = [f"{number}{letter}" for letter in "ab"[: dice.randint(1, 2)]]
    for workspace in workspaces:
        await a_workspace(db, community, id=workspace)
    for _ in range(dice.randint(1, 4)):
        member = await a_member(db, community, role=dice.choice(list(Role)), joined_at=NOW)
        world.communities[member.id], world.accounts[member.id] = community.id, []
        await add(db, MemberTopic(member_id=member.id, kind=HELP, tag=WORD))
        for workspace in workspaces:
            if dice.random() < 0.8:
                account = Account(workspace, active=dice.random() < 0.8, guest=dice.random() < 0.25)
                world.accounts[member.id].append(account)
                await an_account(db, member, workspace=workspace, active=account.active, guest=account.guest)
        viewers.append(Viewer(community.id, member=member.id, role=member.as_role))
    for _ in range(dice.randint(1, 2)):
        await _space(db, dice, world, viewers, workspaces, community)
    viewers.append(Viewer(community.id))  # a timer: nobody in particular
    viewers.append(
        Viewer(community.id, member=dice.choice(list(world.communities)))
    )  # perhaps somebody of the other one


async def _space(
    db: AsyncSession, dice: random.Random, world: World, viewers: list[Viewer], workspaces: list[str], community: Any
) -> None:
    space = await a_space(db, community)
    world.spaces[space.id] = community.id
    places = []
    for _ in range(dice.choice([1, 1, 1, 2])):
        workspace, closed, archived = dice.choice(workspaces), dice.random() < 0.5, dice.random() < 0.2
        place = await a_place(db, community, space, workspace=workspace, closed=closed, archived=archived)
        world.places[place.id] = (space.id, workspace, closed)
        viewers.append(Viewer(dice.choice(list(world.spaces.values())), place=place.id))
        for member in world.communities:
            if dice.random() < 0.4:
                fresh = dice.random() < 0.6
                world.seen_in[place.id, member] = fresh
                verified = NOW - dice.choice(FRESH if fresh else STALE)
                await add(db, PlaceMember(place_id=place.id, member_id=member, verified_at=verified))
        places.append(place)
    asker = await db.get_one(Member, dice.choice([m for m, c in world.communities.items() if c == community.id]))
    item = await _item(db, community, space, asker)
    world.items[item.id] = space.id
    for other in [member for member in world.communities if member != asker.id][:1]:
        await add(db, items.ItemUse(item_id=item.id, member_id=other, at=NOW))
        world.used[item.id] = asker.id
    for place in places:
        about = {"community_id": community.id, "space_id": space.id, "place_id": place.id, "message": "m", "now": NOW}
        put = await forwarded.put_forward(db, **about, author_id=asker.id, by_id=asker.id, line=WORD)
        assert put is not None
        world.forwarded[put] = space.id
        thread = await add(db, activity.BusyThread(place_id=place.id, thread="m"))
        voices = list(world.communities)[:2]
        for member_id in voices:
            await add(db, activity.Voice(thread_id=thread.id, member_id=member_id, replies=1, last_at=NOW))
        world.talked[thread.id] = space.id
        world.busy |= {thread.id} if len(voices) > 1 else set()
    for held, at in ((world.sessions, NOW + timedelta(hours=1)), (world.past, NOW - timedelta(hours=1))):
        session = await _meeting(db, community, space, asker, at)
        held[session.id] = world.rhythms[session.rhythm_id] = space.id
    for _ in range(dice.randint(1, 2)):
        question = await a_question(db, community, space, asker, title=f"{WORD} {dice.random()}", tags=[WORD])
        world.askers[question.id] = asker.id
        await answers.add(db, question, asker.id, NOW, text=f"An answer about {WORD}")
        world.questions[question.id] = space.id
        for place in places:
            await _post(db, dice, world, question.id, place, community.id)


async def _item(db: AsyncSession, community: Any, space: Any, author: Member) -> items.Item:
    said = {"title": WORD, "text": "A page about it", "more": {}, "tags": [WORD], "address": ADDRESS}
    said["origin"] = ORIGIN
    its_place = {"community_id": community.id, "space_id": space.id, "author_id": author.id}
    return await items.add(db, kind=items.LINK, now=NOW, **its_place, **said)


async def _meeting(db: AsyncSession, community: Any, space: Any, host: Member, at: datetime) -> sessions.Session:
    its_place = {"community_id": community.id, "space_id": space.id}
    recurrence = Recurrence(datetime(2026, 3, 4, 11, 0), "UTC").to_json()
    about = {"name": "meeting", "title": "A meeting", "recurrence": recurrence, "more": {}, "watermark": NOW}
    rhythm = await add(db, Rhythm(**its_place, made_by=host.id, created_at=NOW, **about))
    what = {"slot": "2026-03-04", "title": f"A meeting about {WORD}", "minutes": 30, "zone": "UTC", "more": {}}
    session = sessions.Session(**its_place, **what, rhythm_id=rhythm.id, starts_at=at, created_at=NOW)
    return await sessions.add(db, session)


async def _post(
    db: AsyncSession, dice: random.Random, world: World, question_id: int, place: Place, community_id: int
) -> None:
    message = f"m{question_id}-{place.id}" if dice.random() < 0.9 else ""
    state = dice.choice(["sent", "sent", "sent", "pending", "dead"])
    await add(
        db,
        Delivery(
            uid=new_uid(),
            community_id=community_id,
            card="question",
            subject=question_id,
            lane=f"place:{place.id}",
            place_id=place.id,
            state=state,
            remote_id=message,
            next_at=NOW,
            created_at=NOW,
        ),
    )
    if state == "sent" and message:
        world.posts[message] = (question_id, place.id)


# The check


@dataclass
class Seen:
    """What the checks came across, so that they are known to have checked something."""

    cases: int = 0
    hidden: Counter[str] = field(default_factory=Counter)  # query → cases that held something not to be shown
    shown: Counter[str] = field(default_factory=Counter)


async def wrong(case: Case, name: str, seen: Seen) -> str:
    """What the query shows and should not, or hides and should show; empty when it is right."""
    _, world, viewer = case
    query = QUERIES[name]
    should, shows = query.should(world, viewer), await query.shows(case)
    seen.hidden[name] += bool(query.everything(world) - should)
    seen.shown[name] += bool(should)
    return "" if shows == should else f"{name} for {viewer}: too much {shows - should}, too little {should - shows}"


@pytest.fixture
def seen() -> Iterator[Seen]:
    """Counts over all examples of a test; at its end they are told, and have to be enough."""
    counted = Seen()
    yield counted
    if counted.cases < 40:  # it ended early, with a mistake
        return
    for name in QUERIES:
        hidden, shown = counted.hidden[name], counted.shown[name]
        print(f"{name}: of {counted.cases} cases {hidden} held something to be hidden, {shown} something to be shown")
        assert hidden >= 10, name
        assert shown >= 3, name


async def mistakes_in(db: AsyncSession, dice: random.Random, names: Iterable[str], seen: Seen) -> AsyncIterator[str]:
    """Make a world and look at it with the eyes of some of its viewers."""
    world, viewers = await make(db, dice)
    looking = dice.sample(viewers, min(4, len(viewers)))
    looking += [viewer for viewer in viewers if visible_used(world, viewer)][:1]  # few see what others used of theirs
    for number, viewer in enumerate(looking):
        seen.cases += 1
        for name in names:
            if number == 0 or name not in FOR_NO_VIEWER:
                yield await wrong((db, world, viewer), name, seen)


@settings(deadline=None, max_examples=15, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(seed=st.integers(0, 2**32))
async def test_every_query_shows_what_its_viewer_may_see_and_nothing_else(
    shared: Database, seen: Seen, seed: int
) -> None:
    async with undone(shared) as db:
        async for mistake in mistakes_in(db, random.Random(seed), QUERIES, seen):
            assert mistake == ""


@pytest.mark.parametrize("name", QUERIES)
async def test_with_its_clause_switched_off_the_check_finds_that_it_shows_too_much(
    shared: Database, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    module, clause = QUERIES[name].clause
    monkeypatch.setattr(module, clause, lambda *_: true())
    dice, found = random.Random(1), ""
    for _ in range(20):
        async with undone(shared) as db:
            found += "".join([mistake async for mistake in mistakes_in(db, dice, [name], Seen())])
        if "too much {" in found:
            return
    raise AssertionError("switched off, and nobody would notice")


def test_every_query_that_reads_for_a_viewer_is_checked() -> None:
    found = set()
    for package in (storage, bot.services):
        for module in pkgutil.walk_packages(package.__path__, f"{package.__name__}."):
            if ".migrations" in module.name:
                continue
            for name, function in inspect.getmembers(importlib.import_module(module.name), inspect.iscoroutinefunction):
                is_its_own = function.__module__ == module.name and not name.startswith("_")
                if is_its_own and Viewer in get_type_hints(function).values():
                    found.add(f"{module.name}.{name}")
    assert found == set(QUERIES) - FOR_NO_VIEWER


# Single rules, one by one


async def test_the_word_of_a_platform_is_believed_for_a_day(shared: Database) -> None:
    async with undone(shared) as db:
        community = await a_community(db)
        place = await a_place(db, community, await a_space(db, community), closed=True)
        ada = await a_member(db, community)
        await an_account(db, ada)
        viewer = Viewer(community.id, member=ada.id)
        assert not await visibility.sees(db, place.space_id, viewer, NOW)
        await add(db, PlaceMember(place_id=place.id, member_id=ada.id, verified_at=NOW))
        day = timedelta(hours=24)
        assert await visibility.sees(db, place.space_id, viewer, NOW + day - timedelta(microseconds=1))
        assert not await visibility.sees(db, place.space_id, viewer, NOW + day)


async def test_who_lost_their_account_sees_nothing_of_that_workspace_any_more(shared: Database) -> None:
    """Not even a closed place of which the platform said an hour ago that they are in it."""
    async with undone(shared) as db:
        community = await a_community(db)
        place = await a_place(db, community, await a_space(db, community), closed=True)
        ada = await a_member(db, community)
        account = await an_account(db, ada)
        await an_account(db, ada, "discord", "G1")
        await add(db, PlaceMember(place_id=place.id, member_id=ada.id, verified_at=NOW))
        viewer = Viewer(community.id, member=ada.id)
        assert await visibility.sees(db, place.space_id, viewer, NOW)
        account.active = False
        await db.flush()
        assert not await visibility.sees(db, place.space_id, viewer, NOW)
        assert await visibility.readers(db, place.space_id, NOW) == []


async def test_a_space_that_is_seen_gives_no_link_into_a_place_that_is_not(shared: Database) -> None:
    async with undone(shared) as db:
        community = await a_community(db)
        space = await a_space(db, community)
        open_place = await a_place(db, community, space, workspace="T1")
        shut = await a_place(db, community, space, workspace="T2", closed=True)
        ada = await a_member(db, community)
        for workspace in ("T1", "T2"):
            await an_account(db, ada, workspace=workspace)
        question = await a_question(db, community, space, ada)
        for place, message in ((open_place, "open"), (shut, "shut")):
            common = {
                "uid": new_uid(),
                "community_id": community.id,
                "next_at": NOW,
                "created_at": NOW,
                "state": "sent",
            }
            delivery = Delivery(
                card="question", subject=question.id, lane="x", place_id=place.id, remote_id=message, **common
            )
            await add(db, delivery)
        links = await links_to(db, "question", [question.id], "Open", Viewer(community.id, member=ada.id), NOW)
        assert links[question.id].message == "open"


async def test_no_role_sees_through_walls(shared: Database) -> None:
    async with undone(shared) as db:
        community = await a_community(db)
        place = await a_place(db, community, await a_space(db, community), closed=True)
        for role in Role:
            member = await a_member(db, community, role=int(role))
            await an_account(db, member)
            assert not await visibility.sees(db, place.space_id, Viewer(community.id, member=member.id, role=role), NOW)
        assert list(await db.scalars(select(PlaceMember))) == []
