"""Nobody is shown what they may not see: every query that reads for a Viewer, against an oracle that knows the rule by itself.

For each query in turn the clause is then switched off: the same check has to find that something is shown.
"""

from __future__ import annotations

import importlib
import inspect
import pkgutil
import random
from collections import Counter
from collections.abc import AsyncIterator, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from typing import get_type_hints

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select, true
from sqlalchemy.ext.asyncio import AsyncSession

import bot.services
import storage
from bot.core.people import Role, Viewer
from bot.services.links import links_to
from storage import visibility
from storage.communities import PlaceMember
from storage.engine import Database
from storage.ledger.deliveries import Delivery, new_uid
from tests.storage.rows import NOW, a_community, a_member, a_place, a_question, a_space, add, an_account, undone
from tests.storage.viewing import FOR_NO_VIEWER, QUERIES, visible_used
from tests.storage.worlds import Case, make

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
