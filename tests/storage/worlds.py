"""Communities made at random, as rows and as plain values; and who sees what in them: the rule once more, by itself.

There are two on several workspaces, with open, closed and archived places, guests, accounts that were switched off, and words of
platforms that are fresh or stale.
"""

from __future__ import annotations

import random
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from bot.core.people import Role, Viewer
from bot.recurrence.rule import Recurrence
from storage import activity, answers, forwarded, items, sessions
from storage.communities import Place, PlaceMember
from storage.ledger.deliveries import Delivery, new_uid
from storage.ledger.rhythms import Rhythm
from storage.members import HELP, Member, MemberTopic
from tests.storage.rows import NOW, a_community, a_member, a_place, a_question, a_space, a_workspace, add, an_account

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


Case = tuple[AsyncSession, World, Viewer]


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
