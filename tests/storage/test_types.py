"""Column types mean the same on both databases."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import StatementError

from storage.communities import Community
from storage.engine import Database
from storage.ledger.deliveries import Lane
from storage.members import Member
from storage.questions import Question
from tests.storage.rows import NOW, a_community, a_member, a_question, a_space, add, undone

KATHMANDU = timezone(timedelta(hours=5, minutes=45))


@pytest.mark.parametrize(
    "instant",
    [
        NOW,
        datetime(2026, 3, 4, 10, 0, 0, 123456, tzinfo=KATHMANDU),
        datetime(2026, 3, 29, 1, 30, tzinfo=UTC),
        datetime(1, 1, 1, tzinfo=UTC),
        datetime(9999, 12, 31, 23, 59, 59, 999999, tzinfo=UTC),
    ],
    ids=["now", "elsewhere", "clocks-change", "first", "last"],
)
async def test_an_instant_comes_back_in_utc(shared: Database, instant: datetime) -> None:
    async with undone(shared) as db:
        db.add(Lane(target="place:1", not_before=instant))
        await db.flush()
        found = await db.scalar(select(Lane.not_before))
    assert found == instant
    assert found is not None
    assert found.tzinfo is UTC or found.utcoffset() == timedelta(0)


async def test_the_zone_of_the_database_makes_no_difference(shared: Database) -> None:
    async with undone(shared) as db:
        if not shared.is_sqlite:
            await db.execute(text("SET LOCAL TIME ZONE 'America/New_York'"))
        await a_community(db)
        found = await db.scalar(select(Community.created_at))
        earlier = await db.scalar(select(Community.id).where(Community.created_at < NOW.astimezone(KATHMANDU)))
        same = await db.scalar(select(Community.id).where(Community.created_at == NOW.astimezone(KATHMANDU)))
    assert (found, earlier, same is not None) == (NOW, None, True)
    assert found is not None
    assert found.utcoffset() == timedelta(0)


async def test_instants_are_in_order(shared: Database) -> None:
    instants = [NOW + timedelta(microseconds=1), NOW, (NOW - timedelta(hours=1)).astimezone(KATHMANDU)]
    async with undone(shared) as db:
        for instant in instants:
            await add(db, Community(name="x", created_at=instant))
        found = list(await db.scalars(select(Community.created_at).order_by(Community.created_at)))
    assert found == sorted(instants)


async def test_an_instant_without_a_zone_is_refused(shared: Database) -> None:
    async with undone(shared) as db:
        with pytest.raises(StatementError, match="an instant needs a zone"):
            await add(db, Community(name="x", created_at=datetime(2026, 3, 4)))
    async with undone(shared) as db:
        with pytest.raises(StatementError, match="an instant needs a zone"):
            await db.scalar(select(Community.id).where(Community.created_at == datetime(2026, 3, 4)))


async def test_lists_come_back_as_they_were_and_nothing_stays_nothing(shared: Database) -> None:
    tags = ["falls", "c++", "夜間", "it's", '"quoted"', ""]
    async with undone(shared) as db:
        community = await a_community(db)
        asker = await a_member(db, community)
        question = await a_question(db, community, await a_space(db, community), asker, tags=tags, next_step_at=None)
        await db.refresh(question)
        assert (question.tags, question.next_step_at) == (tags, None)


async def test_no_text_is_too_long_and_every_script_is_kept(shared: Database) -> None:
    long = "å夜👩‍⚕️" * 5000
    async with undone(shared) as db:
        community = await a_community(db)
        asker = await a_member(db, community)
        question = await a_question(db, community, await a_space(db, community), asker, details=long)
        await db.refresh(question)
        assert question.details == long
        assert await db.scalar(select(Question.id).where(Question.details == long)) == question.id


async def test_a_date_is_a_date(shared: Database) -> None:
    async with undone(shared) as db:
        member = await a_member(db, await a_community(db), away_until=NOW.date())
        await db.refresh(member)
        assert member.away_until == NOW.date()
        assert await db.scalar(select(Member.id).where(Member.away_until >= NOW.date())) == member.id
