"""What is kept of a question: who answered, by form or in the thread, and who was asked; and the tags that were used."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import timedelta

from storage import answers, evidence, invitations, tags
from storage.engine import Database
from storage.evidence import Answered
from tests.storage.rows import NOW, a_community, a_member, a_place, a_question, a_space, undone

HOUR = timedelta(hours=1)


async def test_who_answered_is_who_wrote_an_answer_or_replied_but_not_who_asked(shared: Database) -> None:
    async with undone(shared) as db:
        community = await a_community(db)
        place = await a_place(db, community, await a_space(db, community))
        asker, ada, ben = [await a_member(db, community) for _ in range(3)]
        question = await a_question(db, community, await a_space(db, community), asker, title="Falls?")
        other = await a_question(db, community, await a_space(db, community), asker)
        by_form = await answers.add(db, question, ada.id, NOW, text="Low beds.")
        await answers.add(db, question, asker.id, NOW, text="I found it myself.")
        await answers.add(db, other, ada.id, NOW, text="Elsewhere.")
        for member in (asker, ada, ben):
            assert await answers.note_reply(db, question.id, member.id, place.id, f"m{member.id}", NOW)
        by_form.helped_at = NOW
        await db.flush()
        assert await evidence.answered_by(db, [question.id]) == [
            Answered(question.id, ada.id, "Falls?", NOW, True),
            Answered(question.id, ben.id, "Falls?", NOW, False),
        ]
        assert await evidence.answered_by(db, []) == []


async def test_who_wrote_several_times_answered_once_and_the_last_time_counts(shared: Database) -> None:
    async with undone(shared) as db:
        community = await a_community(db)
        asker, ada = await a_member(db, community), await a_member(db, community)
        place = await a_place(db, community, await a_space(db, community))
        question = await a_question(db, community, await a_space(db, community), asker, title="Falls?")
        first = await answers.add(db, question, ada.id, NOW, text="Low beds.")
        await answers.add(db, question, ada.id, NOW + HOUR, text="And alarms.")
        first.helped_at = NOW
        await db.flush()
        once = Answered(question.id, ada.id, "Falls?", NOW + HOUR, True)
        assert await evidence.answered_by(db, [question.id]) == [once]
        assert await answers.note_reply(db, question.id, ada.id, place.id, "m1", NOW + 2 * HOUR)
        assert await evidence.answered_by(db, [question.id]) == [replace(once, at=NOW + 2 * HOUR)]


async def test_the_latest_reply_of_each_is_remembered(shared: Database) -> None:
    async with undone(shared) as db:
        community = await a_community(db)
        place = await a_place(db, community, await a_space(db, community))
        asker, ada = await a_member(db, community), await a_member(db, community)
        question = await a_question(db, community, await a_space(db, community), asker)
        said = [("second", NOW + HOUR), ("first, come late", NOW), ("third", NOW + 2 * HOUR)]
        first = [await answers.note_reply(db, question.id, ada.id, place.id, words, at) for words, at in said]
        (replier,) = await answers.repliers(db, question.id)
        assert (first, replier.message, replier.at) == ([True, False, False], "third", NOW + 2 * HOUR)


async def test_who_was_asked_lately_is_counted_in_their_own_community(shared: Database) -> None:
    async with undone(shared) as db:
        ours, theirs = await a_community(db), await a_community(db)
        for community in (ours, theirs):
            asker, ada = await a_member(db, community), await a_member(db, community)
            question = await a_question(db, community, await a_space(db, community), asker)
            (invitation,) = await invitations.invite(db, question.id, {ada.id: ["topic:falls"]}, NOW)
            assert await invitations.of_question(db, question.id) == [invitation]
            assert await invitations.since(db, community.id, NOW) == {ada.id: [NOW]}
            assert await invitations.since(db, community.id, NOW + HOUR) == {}


async def test_tags_are_offered_the_most_used_first(database: Database) -> None:
    async with database.write() as db:
        ours, theirs = await a_community(db), await a_community(db)

    async def use(*names: str) -> None:
        async with database.write() as db:
            await tags.used(db, ours.id, names)

    async with asyncio.timeout(20):
        await asyncio.gather(
            use("falls", "night"), use("night", "falls", "fall-mats"), use("falls", "falls", "c++", "c#")
        )
    async with database.read() as db:
        assert await tags.beginning(db, ours.id, "fall", 10) == ["falls", "fall-mats"]
        assert await tags.beginning(db, ours.id, "", 2) == ["falls", "night"]
        assert await tags.beginning(db, ours.id, "c+", 10) == ["c++"]
        for nothing in ("%", "_", "f%", "\\"):
            assert await tags.beginning(db, ours.id, nothing, 10) == []
        assert await tags.beginning(db, theirs.id, "", 10) == []
