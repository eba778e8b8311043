"""What items mean: found out in the background, kept beside their words, used for ranking, and gone when they are."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncSession
from structlog.testing import capture_logs

from bot.core.meaning import Meaning
from bot.core.people import Viewer
from storage import answers, items, questions, sessions
from storage.engine import Database
from storage.items import Item
from storage.ledger.rhythms import Rhythm
from storage.questions import KIND, Question
from storage.search import finding, index, learning, scoring
from storage.search.finding import Filters, Match
from storage.search.index import SearchDoc
from storage.search.learning import Learning
from storage.search.vectors import SearchVector
from storage.sessions import Session
from tests.storage.rows import NOW, a_community, a_member, a_place, a_space, add, an_account
from tests.support.meaning import FewWords

ANY = Filters()


class Shelf:
    """A community with an open place, and a model that reads what is kept there."""

    def __init__(self, database: Database, model: FewWords) -> None:
        self.database, self.model = database, model
        self.learning = self.another(model)

    def another(self, model: FewWords) -> Learning:
        async def means(text: str) -> Meaning:
            return Meaning.of(model.model, model(text))

        return Learning(self.database, model.model, means)

    async def begin(self) -> None:
        async with self.database.write() as db:
            community = await a_community(db)
            place = await a_place(db, community, await a_space(db, community))
            closed = await a_place(db, community, await a_space(db, community), closed=True)
            ada = await a_member(db, community)
            await an_account(db, ada)
            self.community, self.ada = community.id, ada.id
            self.space, self.closed = place.space_id, closed.space_id
        self.viewer = Viewer(self.community, member=self.ada)

    async def ask(self, title: str, details: str = "", *, closed: bool = False) -> int:
        async with self.database.write() as db:
            question = await questions.ask(
                db, community_id=self.community, space_id=self.closed if closed else self.space, asker_id=self.ada,
                title=title, details=details, tags=(), state="new", now=NOW,
            )  # fmt: skip
            return question.id

    async def edit(self, question_id: int, title: str) -> None:
        async with self.database.write() as db:
            question = await db.get_one(Question, question_id)
            question.title = title
            await answers.reindex(db, question)

    async def find(self, words: str, asked: str = "", leaving_out: int | None = None) -> list[Match]:
        meaning = Meaning.of(self.model.model, self.model(asked)) if asked else None
        async with self.database.read() as db:
            return await finding.find(db, words, self.viewer, NOW, meaning=meaning, leaving_out=leaving_out)

    async def type(self, words: str, filters: Filters = ANY, kinds: tuple[str, ...] = ()) -> list[Match]:
        """As somebody types them who looks for something."""
        meaning = Meaning.of(self.model.model, self.model(words))
        async with self.database.read() as db:
            return await finding.find(
                db, words, self.viewer, NOW, filters=filters, kinds=kinds, meaning=meaning, in_other_words=True
            )

    async def vectors(self) -> dict[int, SearchVector]:
        """Subject → its vector."""
        joined = select(SearchDoc.subject, SearchVector).join(SearchVector, SearchVector.doc_id == SearchDoc.id)
        async with self.database.read() as db:
            return {subject: vector for subject, vector in await db.execute(joined)}


@pytest.fixture
async def shelf(database: Database) -> Shelf:
    made = Shelf(database, FewWords())
    await made.begin()
    return made


def subjects(found: Sequence[Match]) -> list[int]:
    return [match.subject for match in found]


# Ranking


async def test_what_means_the_same_comes_first(shelf: Shelf) -> None:
    slipping, noise = await shelf.ask("Slipping at night"), await shelf.ask("Noise at night")
    assert subjects(await shelf.find("falls at night")) == [noise, slipping]  # the newer first
    assert subjects(await shelf.find("falls at night", "falls at night")) == [noise, slipping]  # nothing is known yet
    assert await shelf.learning.some() == 2
    assert subjects(await shelf.find("falls at night", "falls at night")) == [slipping, noise]
    assert subjects(await shelf.find("falls at night", "What is loud?")) == [noise, slipping]


async def test_without_a_meaning_all_is_as_if_there_were_no_vectors(shelf: Shelf) -> None:
    for title in ("Slipping at night", "Noise at night", "Falls by day"):
        await shelf.ask(title)
    before = await shelf.find("falls night")
    await shelf.learning.some()
    assert await shelf.find("falls night") == before


async def test_what_was_pointed_to_from_what_means_the_same_comes_first_too(shelf: Shelf) -> None:
    beds, doors = await shelf.ask("Our page on low beds"), await shelf.ask("Our page on quiet doors")
    slipping, noise = await shelf.ask("Slipping at night"), await shelf.ask("Noise at night")
    async with shelf.database.write() as db:
        for source, target in ((slipping, beds), (noise, doors)):
            await add(db, questions.QuestionLink(question_id=source, target_id=target, at=NOW))
    await shelf.learning.some()
    pages = {beds, doors}
    for asked, first in (("falls at night", beds), ("noisy at night", doors)):
        found = [subject for subject in subjects(await shelf.find("night", asked)) if subject in pages]
        assert found == [first, *(pages - {first})]


async def test_what_is_kept_already_is_left_out_as_if_it_were_not(shelf: Shelf) -> None:
    await shelf.ask("Slipping at night"), await shelf.ask("Noise at night")
    await shelf.learning.some()
    before = await shelf.find("falls at night", "falls at night")
    itself = await shelf.ask("falls at night")
    await shelf.learning.some()
    with_it = await shelf.find("falls at night", "falls at night")
    assert with_it[0].subject == itself
    without = await shelf.find("falls at night", "falls at night", leaving_out=itself)
    assert subjects(without) == subjects(before)
    for one, other in zip(without, before, strict=True):
        assert abs(one.likeness - other.likeness) < 0.1 < abs(with_it[1].likeness - other.likeness)


async def test_what_the_viewer_cannot_see_takes_nobodys_place(shelf: Shelf) -> None:
    seen = await shelf.ask("Slipping, and noise")
    for number in range(scoring.NEAREST):
        await shelf.ask(f"Tumbling {number}", closed=True)
    await shelf.learning.some()
    assert subjects(await shelf.type("falls")) == [seen]


async def test_what_the_viewer_cannot_see_stays_unseen_whatever_it_means(shelf: Shelf) -> None:
    seen, hidden = await shelf.ask("Noise at night"), await shelf.ask("Falls at night", closed=True)
    await shelf.learning.some()
    assert (await shelf.vectors()).keys() == {seen, hidden}
    (only,) = await shelf.find("falls at night", "falls at night")
    assert only.subject == seen


async def test_one_is_no_surer_of_what_means_something_else(shelf: Shelf) -> None:
    await shelf.ask("Noise at night on the ward")
    await shelf.learning.some()
    (by_words,) = await shelf.find("Falls at night on the ward")
    (other,) = await shelf.find("Falls at night on the ward", "falls")
    (same,) = await shelf.find("Falls at night on the ward", "noise")
    assert other.sure < by_words.sure <= same.sure
    assert other.likeness < by_words.likeness <= same.likeness


# Whatever its words


async def test_who_looks_for_something_finds_what_means_it_in_other_words(shelf: Shelf) -> None:
    slipping, noise = await shelf.ask("Slipping in the bathroom"), await shelf.ask("Noise at night")
    await shelf.learning.some()
    (only,) = await shelf.type("tumbling")
    assert (only.subject, only.words, only.reasons) == (slipping, (), ("meant",))
    both = await shelf.type("tumbling at night")
    assert [(match.subject, match.reasons) for match in both] == [(slipping, ("meant",)), (noise, ())]
    assert await shelf.find("tumbling", "tumbling") == []  # what is shown unasked has words of what is asked


async def test_what_means_something_else_is_not_found(shelf: Shelf) -> None:
    await shelf.ask("Noise at night")
    await shelf.learning.some()
    assert await shelf.type("tumbling") == []


async def test_what_is_out_of_sight_or_filtered_out_is_not_found_by_meaning_either(shelf: Shelf) -> None:
    await shelf.ask("Slipping", closed=True)
    await shelf.learning.some()
    assert await shelf.type("tumbling") == []
    seen = await shelf.ask("Falls")
    await shelf.learning.some()
    assert subjects(await shelf.type("tumbling", kinds=(KIND,))) == [seen]
    assert await shelf.type("tumbling", kinds=("tip",)) == []
    assert subjects(await shelf.type("tumbling", Filters(author_id=shelf.ada))) == [seen]
    assert await shelf.type("tumbling", Filters(author_id=shelf.ada + 1)) == []


async def test_as_many_as_can_be_compared_in_time_the_newest(shelf: Shelf, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(scoring, "LOOKED_THROUGH", 2)
    older = await shelf.ask("Slipping")
    first = await shelf.ask("Slipping")
    await shelf.learning.some()
    assert sorted(subjects(await shelf.type("tumbling"))) == [older, first]
    second = await shelf.ask("Falls")
    await shelf.learning.some()
    assert sorted(subjects(await shelf.type("tumbling"))) == [first, second]


async def test_what_was_pointed_to_from_what_means_the_same_is_found_in_other_words(shelf: Shelf) -> None:
    beds, slipping = await shelf.ask("Our page on low beds"), await shelf.ask("Slipping")
    async with shelf.database.write() as db:
        await add(db, questions.QuestionLink(question_id=slipping, target_id=beds, at=NOW))
    await shelf.learning.some()
    assert [(match.subject, match.reasons) for match in await shelf.type("tumbling")] == [
        (slipping, ("meant",)),
        (beds, ("linked",)),
    ]


# In the background


async def test_what_is_new_is_read_once_some_at_a_time_the_newest_first(
    shelf: Shelf, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(learning, "AT_ONCE", 2)
    for number in range(5):
        await shelf.ask(f"Question {number}")
    assert [await shelf.learning.some() for _ in range(4)] == [2, 2, 1, 0]
    assert shelf.model.read == [f"Question {number}" for number in (4, 3, 2, 1, 0)]


async def test_all_is_looked_through_one_stretch_after_the_other(shelf: Shelf, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(learning, "LOOKED_AT", 2)
    first = await shelf.ask("Question 0")
    for number in range(1, 5):
        await shelf.ask(f"Question {number}")
    for _ in range(6):
        await shelf.learning.some()
    assert len(shelf.model.read) == 5
    await shelf.edit(first, "Falls?")
    for _ in range(4):
        await shelf.learning.some()
    assert shelf.model.read[5:] == ["Falls?"]


async def test_questions_meetings_and_what_was_shared_are_read_with_what_belongs_to_them(shelf: Shelf) -> None:
    asked = await shelf.ask("Falls?", "At night.")
    async with shelf.database.write() as db:
        await answers.add(db, await db.get_one(Question, asked), shelf.ada, NOW, text="Low beds.")
        await a_tip(db, shelf)
        await a_meeting(db, shelf)
    assert await shelf.learning.some() == 3
    assert sorted(shelf.model.read) == [
        "Falls?\nAt night.\n\nLow beds.",
        "Mats\nBeside the bed.",
        "Rounds on falls\n\nBeds",
    ]
    assert await shelf.learning.some() == 0


async def a_meeting(db: AsyncSession, shelf: Shelf) -> Session:
    about = {"community_id": shelf.community, "space_id": shelf.space, "title": "Rounds on falls", "created_at": NOW}
    rhythm = Rhythm(**about, name="meeting", made_by=shelf.ada, recurrence={}, more={}, watermark=NOW)
    its = {"slot": "2026-03-04", "starts_at": NOW, "minutes": 60, "zone": "UTC", "more": {"topic": "Beds"}}
    return await sessions.add(db, Session(**about, **its, rhythm_id=(await add(db, rhythm)).id))


async def a_tip(db: AsyncSession, shelf: Shelf) -> Item:
    return await items.add(
        db, community_id=shelf.community, space_id=shelf.space, author_id=shelf.ada, kind="tip", title="Mats",
        text="Beside the bed.", more={}, tags=(), now=NOW,
    )  # fmt: skip


async def test_an_edit_forgets_at_once_and_is_read_anew(shelf: Shelf) -> None:
    asked, other = await shelf.ask("Noise at night"), await shelf.ask("Loud at night")
    await shelf.learning.some()
    was = (await shelf.vectors())[asked].vector
    await shelf.edit(asked, "Slipping at night")
    assert (await shelf.vectors()).keys() == {other}
    assert await shelf.learning.some() == 1
    assert (await shelf.vectors())[asked].vector != was
    assert subjects(await shelf.find("falls at night", "falls"))[0] == asked


async def test_what_reads_the_same_is_not_read_again(shelf: Shelf) -> None:
    asked = await shelf.ask("Noise at night")
    await shelf.learning.some()
    await shelf.edit(asked, "Noise at night")
    assert await shelf.learning.some() == 0


async def test_what_is_removed_takes_its_meaning_along(shelf: Shelf) -> None:
    asked = await shelf.ask("Noise at night")
    await shelf.learning.some()
    async with shelf.database.write() as db:
        await index.remove(db, KIND, asked)
    async with shelf.database.read() as db:
        assert list(await db.scalars(select(SearchVector))) == []


async def test_what_changed_or_went_while_it_was_read_is_not_kept(shelf: Shelf) -> None:
    changed, gone, same = await shelf.ask("Noise?"), await shelf.ask("Falls?"), await shelf.ask("Wounds?")

    async def means(text: str) -> Meaning:
        if text == "Noise?":
            await shelf.edit(changed, "Slipping?")
            async with shelf.database.write() as db:
                await index.remove(db, KIND, gone)
        return Meaning.of(shelf.model.model, shelf.model(text))

    await Learning(shelf.database, shelf.model.model, means).some()
    assert (await shelf.vectors()).keys() == {same}


async def test_another_model_reads_everything_anew(shelf: Shelf) -> None:
    asked = await shelf.ask("Noise at night")
    await shelf.ask("Slipping at night")
    await shelf.learning.some()
    newer = FewWords("few words 2")
    async with shelf.database.read() as db:
        meaning = Meaning.of(newer.model, newer("noise"))
        found = await finding.find(db, "night", shelf.viewer, NOW, meaning=meaning)
    assert found[0].subject != asked  # what another model said counts for nothing
    assert await shelf.another(newer).some() == 2
    assert {vector.model for vector in (await shelf.vectors()).values()} == {newer.model}


async def test_what_the_model_cannot_read_holds_up_nothing_else(shelf: Shelf) -> None:
    bad, good = await shelf.ask("Unreadable noise"), await shelf.ask("Readable noise")
    shelf.model.fails_on = "Unreadable"
    with capture_logs() as logged:
        assert await shelf.learning.some() == 1
    assert [(line["event"], line["subject"]) for line in logged] == [("meaning.not_found_out", bad)]
    shelf.model.fails_on = ""
    assert subjects(await shelf.find("noise", "loud")) == [good, bad]
    assert await shelf.learning.some() == 0  # not again in this program's life
    assert await shelf.another(shelf.model).some() == 1  # but in the next: perhaps it had passed


async def test_an_item_that_fails_is_no_reason_to_leave_the_older_ones_out(shelf: Shelf) -> None:
    older, _ = await shelf.ask("Readable noise"), await shelf.ask("Unreadable noise")
    shelf.model.fails_on = "Unreadable"
    assert [await shelf.learning.some() for _ in range(3)] == [0, 1, 0]
    assert set(await shelf.vectors()) == {older}


async def test_what_stands_in_the_index_alone_is_passed_over(shelf: Shelf) -> None:
    asked = await shelf.ask("Noise")
    async with shelf.database.write() as db:
        await db.execute(update(SearchDoc).values(subject=asked + 1000))
    assert [await shelf.learning.some() for _ in range(2)] == [1, 0]
    assert shelf.model.read == []
