"""Two members become one: nothing refers to the one who is gone any more, nothing is there twice, and codes work once."""

from __future__ import annotations

import json
import re
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.core.people import Role
from storage import invitations, linking, members, profiles, schema, sessions, trials
from storage.activity import BusyThread, Voice
from storage.audit import AuditEntry
from storage.engine import Database
from storage.invitations import Invitation
from storage.ledger.deliveries import Delivery, Lane
from storage.ledger.rhythms import Rhythm
from storage.members import HELP, Account, Member, MemberTopic
from storage.search.index import SearchDoc
from storage.sessions import Rsvp, Session
from storage.thanks import Thanks
from storage.trials import Trial
from tests.storage.filler import filled
from tests.storage.rows import NOW, a_community, a_member, a_place, a_question, a_space, add, an_account, undone

MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)


def of_members() -> list[tuple[sa.Table, sa.Column[Any]]]:
    """Every column with a member's id in it that the schema knows of."""
    return [
        (table, column)
        for table in schema.TABLES.sorted_tables
        for column in table.columns
        if any(key.target_fullname == "member.id" for key in column.foreign_keys)
    ] + [(SearchDoc.__table__, SearchDoc.__table__.c.author_id)]  # type: ignore[list-item]


async def referring(db: AsyncSession, member_id: int) -> dict[str, int]:
    """Column → in how many rows it holds this id."""
    found = {}
    for table, column in of_members():
        number = await db.scalar(select(func.count()).select_from(table).where(column == member_id))
        if number:
            found[f"{table.name}.{column.name}"] = number
    return found


async def in_words(db: AsyncSession, member_id: int) -> list[str]:
    """Where an id stands in text or JSON, named as that of a member."""
    named = re.compile(rf'(member:{member_id}|suggested:{member_id}|"(co)?host": {member_id})(?!\d)')
    found = []
    for table in schema.TABLES.sorted_tables:
        for row in (await db.execute(select(table))).mappings():
            texts = [value if isinstance(value, str) else json.dumps(value, default=str) for value in row.values()]
            found += [table.name for text in texts if named.search(text)]
    return found


async def two(db: AsyncSession, **more: Any) -> tuple[Member, Member]:
    community = await a_community(db)
    kept, gone = await a_member(db, community), await a_member(db, community, **more)
    await an_account(db, kept)
    await an_account(db, gone, platform="discord", workspace="D1")
    return kept, gone


async def test_every_table_filled_nothing_refers_to_who_is_gone(empty_database_url: str, tmp_path: Path) -> None:
    filled(empty_database_url)
    database = Database(empty_database_url)
    try:
        for gone_id, kept_id in ((1, 2), (3, 2)):
            async with database.write() as db:
                kept, gone = await db.get_one(Member, kept_id), await db.get_one(Member, gone_id)
                for one in (kept, gone):
                    one.volume, one.blocked_at = "normal", None
                before = await referring(db, gone_id)
                assert before.keys() >= {f"{table.name}.{column.name}" for table, column in of_members()} - {
                    "search_doc.author_id"  # numbered by the filler on its own
                }
                await linking.merge(db, kept, gone)
            async with database.read() as db:
                assert await referring(db, gone_id) == {}
                assert await db.get(Member, gone_id) is None
                assert await db.get(Member, kept_id) is not None
    finally:
        await database.close()


PAIRS = st.sets(st.tuples(st.sampled_from(["kept", "gone", "third"]), st.integers(0, 3)), max_size=12)


@settings(deadline=None, max_examples=20, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    said=PAIRS, thanked=PAIRS, invited=PAIRS, tried=PAIRS, asked=st.lists(st.sampled_from(["kept", "gone"]), max_size=3)
)
async def test_whatever_both_did_no_row_is_there_twice_or_left_behind(
    shared: Database, said: Any, thanked: Any, invited: Any, tried: Any, asked: list[str]
) -> None:
    async with undone(shared) as db:
        kept, gone = await two(db)
        community = await db.get_one(schema.communities.Community, kept.community_id)
        people = {"kept": kept, "gone": gone, "third": await a_member(db, community)}
        space = await a_space(db, community)
        questions = [await a_question(db, community, space, people["third"]) for _ in range(4)]
        own = [await a_question(db, community, space, people[who]) for who in asked]
        for who, number in sorted(said):
            await add(db, MemberTopic(member_id=people[who].id, kind=HELP, tag=f"tag-{number}"))
        for who, number in sorted(thanked):
            about = {"kind": "item", "subject": number, "reason": "", "at": NOW}
            await add(db, Thanks(community_id=community.id, from_id=people[who].id, to_id=people["kept"].id, **about))
        for who, number in sorted(invited):
            why = {"reasons": [f"suggested:{gone.id}"], "state": invitations.ASKED, "created_at": NOW}
            await add(db, Invitation(question_id=questions[number].id, member_id=people[who].id, **why))
        for question in own:
            other = gone if question.asker_id == kept.id else kept
            why = {"reasons": [], "state": invitations.ASKED, "created_at": NOW}
            await add(db, Invitation(question_id=question.id, member_id=other.id, **why))
        for who, number in sorted(tried):
            at = NOW + number * MINUTE if who == "gone" else NOW + MINUTE
            how = {"outcome": who, "setting": "", "at": at}
            await add(db, Trial(kind="answer", subject=number, member_id=people[who].id, **how))
        old = gone.id
        await linking.merge(db, kept, gone)
        await db.flush()

        assert await referring(db, old) == {}
        assert await in_words(db, old) == []
        topics = await members.topics(db, kept.id, HELP)
        assert set(topics) == {f"tag-{number}" for who, number in said if who != "third"}
        mine = {number for who, number in thanked if who == "third"}
        theirs = select(Thanks.subject).where(Thanks.to_id == kept.id)
        assert set(await db.scalars(theirs)) == mine
        for question in own:
            states = [it.state for it in await invitations.of_question(db, question.id)]
            assert states == [invitations.WITHDRAWN]
        for number in {number for _, number in tried}:
            how = [trial.outcome for trial in await trials.of(db, "answer", number) if trial.member_id == kept.id]
            both = {who for who, subject in tried if subject == number} - {"third"}
            latest = {"gone"} if both == {"kept", "gone"} and number > 1 else both - {"gone"} or both
            assert set(how) == latest


async def test_what_is_one_value_of_a_person_is_combined(shared: Database) -> None:
    async with undone(shared) as db:
        away = date(2026, 5, 3)
        kept, gone = await two(
            db, role=int(Role.FACILITATOR), volume="quiet", joined_at=NOW - HOUR, away_until=away, weekly_cap=1
        )
        await profiles.put(db, kept.id, profession="", site="Ward 3", cohort="", hidden=["site"])
        await profiles.put(db, gone.id, profession="Nurse", site="Ward 4", cohort="", hidden=["help"])
        await linking.merge(db, kept, gone)
        assert (kept.role, kept.volume, kept.joined_at) == (Role.FACILITATOR, "quiet", NOW - HOUR)
        assert (kept.away_until, kept.weekly_cap) == (away, 1)
        mine = await profiles.of(db, kept.id)
        assert mine is not None
        assert (mine.profession, mine.site, mine.hidden) == ("Nurse", "Ward 3", ["help", "site"])
        accounts = await db.scalars(select(Account.platform).where(Account.member_id == kept.id))
        assert set(accounts) == {"slack", "discord"}


async def test_where_an_id_stands_without_a_foreign_key_it_is_that_of_the_other(shared: Database) -> None:
    async with undone(shared) as db:
        kept, gone = await two(db)
        community = await db.get_one(schema.communities.Community, kept.community_id)
        space = await a_space(db, community)
        place = await a_place(db, community, space)
        await a_question(db, community, space, gone)
        here = {"community_id": community.id, "space_id": space.id}
        hosted = {"more": {"host": kept.id, "cohost": gone.id, "link": "x"}, "created_at": NOW, "watermark": NOW}
        rhythm = await add(db, Rhythm(**here, made_by=gone.id, name="meeting", title="", recurrence={}, **hosted))
        held = {"title": "", "starts_at": NOW, "minutes": 30, "zone": "UTC", "created_at": NOW, "host_id": gone.id}
        session = await add(db, Session(**here, rhythm_id=rhythm.id, slot="1", more={"cohost": gone.id}, **held))
        for member, answer, since in ((kept, sessions.NO, NOW), (gone, sessions.YES, NOW + MINUTE)):
            await add(db, Rsvp(session_id=session.id, member_id=member.id, answer=answer, since=since))
        thread = await add(db, BusyThread(place_id=place.id, thread="1"))
        for member, replies in ((kept, 2), (gone, 3)):
            await add(db, Voice(thread_id=thread.id, member_id=member.id, replies=replies, last_at=NOW))
        await add(
            db, AuditEntry(community_id=community.id, at=NOW, action="x", subject=f"member:{gone.id}", actor_id=gone.id)
        )
        await add(db, Lane(target=f"member:{gone.id}", not_before=NOW))
        sent = {"uid": "u", "community_id": community.id, "card": "x", "subject": 1, "member_id": gone.id}
        delivery = await add(db, Delivery(lane=f"member:{gone.id}", next_at=NOW, created_at=NOW, **sent))
        old = gone.id
        await linking.merge(db, kept, gone)
        await db.flush()
        db.expunge_all()
        assert await referring(db, old) == {}
        assert await in_words(db, old) == []
        assert await db.scalar(select(Rhythm.more)) == {"host": kept.id, "cohost": kept.id, "link": "x"}
        met = await db.get_one(Session, session.id)
        assert sessions.hosts(met) == [kept.id]
        assert await sessions.answer_of(db, session.id, kept.id) == sessions.YES  # their latest word
        assert list(await db.scalars(select(Voice.replies))) == [5]
        assert (await db.get_one(Delivery, delivery.id)).lane == f"member:{kept.id}"


# Codes


async def test_a_code_is_used_once_by_somebody_else_of_the_same_community(shared: Database) -> None:
    async with undone(shared) as db:
        kept, gone = await two(db)
        stranger = await a_member(db, await a_community(db))
        code = await linking.make(db, gone.id, NOW)
        assert re.fullmatch(r"[a-z2-9]{5}-[a-z2-9]{5}", code)
        stored = list(await db.scalars(select(linking.LinkCode.code_hash)))
        assert code not in stored[0]
        assert await linking.use(db, code, gone, NOW) is None  # their own
        assert await linking.use(db, code, stranger, NOW) is None
        assert await linking.whose(db, code) == gone.id
        used = await linking.use(db, code.upper().replace("-", " "), kept, NOW + 14 * MINUTE)
        assert used is gone
        assert await linking.use(db, code, kept, NOW) is None


async def test_a_code_is_not_used_late_after_a_newer_one_or_by_whom_is_blocked(shared: Database) -> None:
    async with undone(shared) as db:
        kept, gone = await two(db)
        first = await linking.make(db, gone.id, NOW)
        second = await linking.make(db, gone.id, NOW)
        assert await linking.use(db, first, kept, NOW) is None
        assert await linking.use(db, second, kept, NOW + 15 * MINUTE) is None
        gone.blocked_at = NOW
        await db.flush()
        assert await linking.use(db, second, kept, NOW) is None
        await linking.purge(db, NOW + 15 * MINUTE)
        assert await linking.whose(db, second) is None


async def test_five_wrong_codes_an_hour(shared: Database) -> None:
    async with undone(shared) as db:
        kept, gone = await two(db)
        assert [await linking.may_try(db, kept.id, NOW) for _ in range(7)] == [True] * 5 + [False] * 2
        assert await linking.may_try(db, gone.id, NOW)
        assert not await linking.may_try(db, kept.id, NOW + 59 * MINUTE)
        assert await linking.may_try(db, kept.id, NOW + HOUR)
