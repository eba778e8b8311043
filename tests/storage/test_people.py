"""People and places as platforms report them, also when several reports come at once."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.core.events import Ref, Values
from bot.core.people import Role
from storage import communities, drafts, members, visibility
from storage.communities import QUESTIONS, TALK, Community, Place, PlaceMember, Space
from storage.engine import Database, is_passing
from storage.members import HELP, LEARN, Account, Member
from tests.storage.rows import NOW, a_community, a_member, a_place, a_space, a_workspace, an_account, undone

ADA = Ref("slack", "T1", "U1")
GENERAL = Ref("slack", "T1", "C1")


async def at_once(database: Database, *acts: Callable[[AsyncSession], Awaitable[Any]]) -> list[Any]:
    """Each act in a transaction of its own, all having begun before the first ends; again where that is what to do."""
    begun = asyncio.Barrier(1 if database.is_sqlite else len(acts))  # SQLite has one writer

    async def one(act: Callable[[AsyncSession], Awaitable[Any]]) -> Any:
        waited = False
        for _ in range(5):
            try:
                async with database.write() as db:
                    await db.execute(select(1))
                    if not waited:
                        waited = True
                        await begun.wait()
                    return await act(db)
            except Exception as error:
                if not is_passing(error):
                    raise
        raise AssertionError("it passed five times")

    async with asyncio.timeout(20):
        return await asyncio.gather(*map(one, acts))


async def a_kept_community(database: Database) -> Community:
    async with database.write() as db:
        community = await a_community(db)
        await a_workspace(db, community)
        return community


async def test_somebody_new_becomes_known_once_however_many_events_come_at_once(database: Database) -> None:
    community = await a_kept_community(database)

    async def meet(db: AsyncSession) -> int:
        return (await members.keep(db, community.id, ADA, "UTC", "Sample: Ada")).id

    known = await at_once(database, *[meet] * 6)
    assert len(set(known)) == 1
    async with database.read() as db:
        assert await db.scalar(select(func.count()).select_from(Member)) == 1
        assert await db.scalar(select(func.count()).select_from(Account)) == 1


async def test_meeting_somebody_at_the_same_time_does_not_undo_what_else_was_done(
    both: tuple[Database, Database],
) -> None:
    """Also where nobody tries again: what was written before and after stays."""
    _, postgres = both
    community = await a_kept_community(postgres)
    async with postgres.write() as first, postgres.write() as second:
        await a_space(second, community, "before")
        met = await members.keep(first, community.id, ADA, "UTC")
        meeting = asyncio.create_task(members.keep(second, community.id, ADA, "UTC"))
        await asyncio.sleep(0.05)
        await first.commit()
        assert (await meeting).id == met.id
        await a_space(second, community, "after")
    async with postgres.read() as db:
        assert set(await db.scalars(select(Space.purpose))) == {"before", "after"}


async def test_a_place_is_kept_once_however_many_reports_come_at_once(database: Database) -> None:
    community = await a_kept_community(database)

    async def report(db: AsyncSession) -> int:
        place = await communities.keep_place(
            db, community, GENERAL, "general", closed=False, archived=False, forum=False
        )
        return place.id

    assert len(set(await at_once(database, *[report] * 4))) == 1
    async with database.read() as db:
        assert [space.purpose for space in await db.scalars(select(Space))] == [TALK]


async def test_a_workspace_is_connected_once(database: Database) -> None:
    async def connect(db: AsyncSession) -> int:
        return (await communities.connect(db, GENERAL, "Ward", "UTC", NOW)).id

    assert len(set(await at_once(database, *[connect] * 3))) == 1
    async with database.read() as db:
        assert await db.scalar(select(func.count()).select_from(Community)) == 1


async def test_what_a_platform_says_of_a_closed_place_may_be_said_twice_at_once(database: Database) -> None:
    async with database.write() as db:
        community = await a_community(db)
        place = await a_place(db, community, await a_space(db, community), closed=True)
        ids = [(await a_member(db, community)).id for _ in range(3)]

    async def all_of_them(db: AsyncSession) -> None:
        mine = await db.get_one(Place, place.id)
        await communities.keep_members(db, mine, [*ids, ids[0]], NOW)

    async def one_of_them(db: AsyncSession) -> None:
        await communities.verify_member(db, place.id, ids[1], can_see=True, at=NOW + timedelta(hours=1))

    await at_once(database, all_of_them, one_of_them, all_of_them, one_of_them)
    async with database.read() as db:
        assert sorted(await db.scalars(select(PlaceMember.member_id))) == ids


async def test_of_two_reports_of_who_is_in_a_place_the_later_counts(both: tuple[Database, Database]) -> None:
    """Also when the later one begins before the earlier one ends: nobody stays who is in neither."""
    _, postgres = both
    async with postgres.write() as db:
        community = await a_community(db)
        place = await a_place(db, community, await a_space(db, community), closed=True)
        ada, ben = await a_member(db, community), await a_member(db, community)

    async def report(db: AsyncSession, member: Member) -> None:
        await communities.keep_members(db, await db.get_one(Place, place.id), [member.id], NOW)

    async with postgres.write() as first, postgres.write() as second:
        await report(first, ada)
        later = asyncio.create_task(report(second, ben))
        await asyncio.sleep(0.1)
        await first.commit()
        await later
    async with postgres.read() as db:
        assert list(await db.scalars(select(PlaceMember.member_id))) == [ben.id]


async def test_who_is_not_in_a_closed_place_any_more_is_forgotten(shared: Database) -> None:
    async with undone(shared) as db:
        community = await a_community(db)
        place = await a_place(db, community, await a_space(db, community), closed=True)
        ada, ben = await a_member(db, community), await a_member(db, community)
        for member in (ada, ben):
            await an_account(db, member)
        await communities.keep_members(db, place, [ada.id, ben.id], NOW)
        assert await visibility.readers(db, place.space_id, NOW) == [ada.id, ben.id]
        await communities.keep_members(db, place, [ben.id], NOW)
        assert await visibility.readers(db, place.space_id, NOW) == [ben.id]
        await communities.verify_member(db, place.id, ben.id, can_see=False, at=NOW)
        await communities.verify_member(db, place.id, ada.id, can_see=True, at=NOW)
        await communities.verify_member(db, place.id, ada.id, can_see=True, at=NOW + timedelta(hours=20))
        assert await visibility.readers(db, place.space_id, NOW + timedelta(hours=40)) == [ada.id]


async def test_joining_says_what_one_can_help_with_and_leaving_forgets_it(shared: Database) -> None:
    async with undone(shared) as db:
        community = await a_community(db)
        ada = await a_member(db, community)
        await an_account(db, ada)
        await members.join(db, ada, NOW, can_help=("wounds", "falls"), wants_to_learn=("night",))
        assert await members.topics(db, ada.id, HELP) == ("falls", "wounds")
        assert await members.topics(db, ada.id, LEARN) == ("night",)
        assert await members.helpers_by_tag(db, community.id) == {ada.id: {"falls", "wounds"}}
        assert await members.joined(db, community.id) == [ada]

        await members.join(db, ada, NOW + timedelta(days=1), can_help=("falls",), wants_to_learn=())
        assert ada.joined_at == NOW
        assert await members.helpers_by_tag(db, community.id) == {ada.id: {"falls"}}

        await members.leave(db, ada)
        assert await members.helpers_by_tag(db, community.id) == {}
        assert await members.joined(db, community.id) == []


async def test_only_working_accounts_count(shared: Database) -> None:
    async with undone(shared) as db:
        community = await a_community(db)
        ada, gone = await a_member(db, community), await a_member(db, community)
        old, new = await an_account(db, ada), await an_account(db, ada, "discord", "G1")
        await an_account(db, gone, active=False)
        for member in (ada, gone):
            await members.join(db, member, NOW, can_help=(), wants_to_learn=())
        assert await members.accounts(db, ada.id) == [new, old]
        assert await members.accounts(db, gone.id) == []
        assert await members.count(db, community.id) == 1
        assert await members.joined(db, community.id) == [ada]
        assert (await members.as_person(db, ada.id)).accounts == (new.ref, old.ref)


async def test_a_community_sees_none_of_another(shared: Database) -> None:
    async with undone(shared) as db:
        ours, theirs = await a_community(db), await a_community(db, "Other")
        for community in (ours, theirs):
            member = await a_member(db, community, role=int(Role.FACILITATOR))
            await an_account(db, member, workspace=f"T{community.id}")
            await members.join(db, member, NOW, can_help=("falls",), wants_to_learn=())
            await a_place(db, community, await a_space(db, community), workspace=f"T{community.id}")
        (mine,) = await members.facilitators(db, ours.id)
        assert mine.community_id == ours.id
        assert set(await members.helpers_by_tag(db, ours.id)) == {mine.id}
        assert await members.count(db, ours.id) == 1
        assert [place.community_id for place in await communities.places(db, ours.id)] == [ours.id]


async def test_open_places_of_one_purpose_in_two_workspaces_share_a_space(shared: Database) -> None:
    async with undone(shared) as db:
        community = await a_community(db)
        first, second, same, closed = [
            await a_place(
                db, community, await a_space(db, community, TALK), platform=platform, workspace=id, closed=shut
            )
            for platform, id, shut in (
                ("slack", "T1", False),
                ("discord", "G1", False),
                ("slack", "T1", False),
                ("discord", "G1", True),
            )
        ]
        for place in (first, second, same, closed):
            await communities.use_for(db, place, QUESTIONS)
        assert second.space_id == first.space_id
        assert len({first.space_id, closed.space_id}) == 2
        used = {place.id for place in await communities.places(db, community.id, QUESTIONS)}
        assert used == {first.id, second.id, same.id, closed.id}
        assert [place.id for place in await communities.places_of_space(db, first.space_id)][:2] == [
            first.id,
            second.id,
        ]


async def test_a_draft_is_its_writers_own_for_a_week(shared: Database) -> None:
    values: Values = {"title": "Falls?\0", "tags": ["a", "\ud83d"], "sure": True, "none": None}
    async with undone(shared) as db:
        community = await a_community(db)
        ada, ben = await a_member(db, community), await a_member(db, community)
        await drafts.put(db, "d1", ada.id, "/ask", GENERAL, {"title": "first"}, NOW)
        await drafts.put(db, "d1", ada.id, "/ask", GENERAL, values, NOW)
        draft = await drafts.get(db, "d1", ada.id, NOW)
        assert draft is not None
        await db.refresh(draft)
        assert draft.filled == {"title": "Falls?", "tags": ["a", "?"], "sure": True, "none": None}
        assert await drafts.get(db, "d1", ben.id, NOW) is None
        assert await drafts.get(db, "d1", ada.id, NOW + timedelta(days=7)) is None
        await drafts.purge(db, NOW + timedelta(days=6))
        assert await drafts.get(db, "d1", ada.id, NOW) is not None
        await drafts.purge(db, NOW + timedelta(days=7))
        assert await drafts.get(db, "d1", ada.id, NOW) is None
        await drafts.put(db, "d2", ada.id, "/ask", GENERAL, values, NOW)
        await drafts.remove(db, "d2")
        assert await drafts.get(db, "d2", ada.id, NOW) is None


async def test_who_left_a_closed_channel_stays_out_whatever_older_news_comes(shared: Database) -> None:
    """Reports come in any order; a list of members may have been made before somebody left."""
    earlier, left, later = NOW - timedelta(minutes=2), NOW - timedelta(minutes=1), NOW
    async with undone(shared) as db:
        community = await a_community(db)
        place = await a_place(db, community, await a_space(db, community), closed=True)
        ada, ben = await a_member(db, community), await a_member(db, community)
        await communities.verify_member(db, place.id, ada.id, can_see=False, at=left)
        await communities.verify_member(db, place.id, ada.id, can_see=True, at=earlier)
        assert not await communities.is_believed(db, place.id, ada.id, NOW)
        await communities.keep_members(db, place, [ada.id, ben.id], earlier)
        assert not await communities.is_believed(db, place.id, ada.id, NOW)
        assert await communities.is_believed(db, place.id, ben.id, NOW)
        await communities.verify_member(db, place.id, ada.id, can_see=True, at=later)
        assert await communities.is_believed(db, place.id, ada.id, NOW)
