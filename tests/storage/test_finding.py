"""Finding by more than words: filters, what people pointed to, what came of it; and the index built anew."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import delete, func, select, text, update
from sqlalchemy.ext.asyncio import AsyncSession

from bot.core.people import Viewer
from storage import answers, questions, sessions, trials
from storage.engine import Database
from storage.ledger.rhythms import Rhythm
from storage.questions import KIND, Question, QuestionLink
from storage.search import finding, index
from storage.search.finding import Filters, Match
from storage.search.index import SearchDoc, SearchTag
from storage.search.outcomes import outcome_of
from storage.search.reindex import Progress, reindex
from storage.sessions import CANCELLED, Session
from tests.storage.rows import NOW, a_community, a_member, a_place, a_space, add, an_account, undone

DAY = timedelta(days=1)


class Library:
    """A community with an open place and a closed one, whom only ``insider`` can read."""

    def __init__(self, db: AsyncSession) -> None:
        self.db = db

    async def __aenter__(self) -> Library:
        db = self.db
        self.community = await a_community(db)
        self.open = (await a_place(db, self.community, await a_space(db, self.community))).space_id
        closed = await a_place(db, self.community, await a_space(db, self.community), closed=True)
        self.closed, self.closed_place = closed.space_id, closed.id
        self.ada, self.ben = [await a_member(db, self.community) for _ in range(2)]
        await an_account(db, self.ada)
        self.ada_sees = Viewer(self.community.id, member=self.ada.id)
        self.insider = Viewer(self.community.id, place=self.closed_place)
        return self

    async def __aexit__(self, *_: object) -> None: ...

    async def ask(self, title: str, *, details: str = "", closed: bool = False, **more: object) -> Question:
        given = {"tags": (), "now": NOW, "asker_id": self.ada.id, **more}
        space = self.closed if closed else self.open
        community = self.community.id
        return await questions.ask(
            self.db,
            community_id=community,
            space_id=space,
            title=title,
            details=details,
            state="new",
            **given,  # type: ignore[arg-type]
        )

    async def point(self, source: Question, *targets: Question) -> None:
        for target in targets:
            self.db.add(QuestionLink(question_id=source.id, target_id=target.id, at=NOW))
        await self.db.flush()

    async def find(self, words: str, viewer: Viewer | None = None, **more: object) -> list[Match]:
        return await finding.find(self.db, words, viewer or self.ada_sees, NOW, **{"limit": 50, **more})  # type: ignore[arg-type]


# Filters


async def test_finding_is_narrowed_by_tags_author_and_time(shared: Database) -> None:
    async with undone(shared) as db, Library(db) as library:
        old = await library.ask("Falls at night", tags=("falls", "night"), now=NOW - 9 * DAY)
        new = await library.ask("Falls by day", tags=("falls",), now=NOW - DAY, asker_id=library.ben.id)

        async def ids(words: str, **filters: object) -> list[int]:
            return [match.subject for match in await library.find(words, filters=Filters(**filters))]  # type: ignore[arg-type]

        assert set(await ids("falls")) == {old.id, new.id}
        assert await ids("falls", tags=("falls", "night")) == [old.id]
        assert await ids("falls", author_id=library.ben.id) == [new.id]
        assert await ids("falls", before=NOW - 9 * DAY) == []
        assert await ids("falls", before=NOW - 8 * DAY) == [old.id]
        assert await ids("falls", after=NOW - DAY) == [new.id]
        assert await ids("", tags=("falls",)) == [new.id, old.id]
        assert await ids("") == []
        assert await ids("?!", tags=("falls",)) == []


async def test_who_asked_without_a_name_is_not_found_by_it(shared: Database) -> None:
    async with undone(shared) as db, Library(db) as library:
        await library.ask("Falls?", anonymous=True)
        assert await library.find("falls", filters=Filters(author_id=library.ada.id)) == []
        assert len(await library.find("falls")) == 1


async def test_tags_follow_an_edit(shared: Database) -> None:
    async with undone(shared) as db, Library(db) as library:
        question = await library.ask("Falls?", tags=("falls", "night"))
        question.title, question.tags = "Wounds?", ["wounds"]
        await answers.reindex(db, question)
        assert await library.find("falls") == []
        assert await library.find("", filters=Filters(tags=("night",))) == []
        assert [match.subject for match in await library.find("", filters=Filters(tags=("wounds",)))] == [question.id]


# What people pointed to


async def test_what_was_pointed_to_from_a_question_like_this_one_is_found(shared: Database) -> None:
    async with undone(shared) as db, Library(db) as library:
        page = await library.ask("Our page on low beds")
        asked = [await library.ask(f"Preventing falls at night {word}") for word in ("indoors", "outdoors")]
        assert page.id not in [match.subject for match in await library.find("preventing falls")]
        for question in asked:
            await library.point(question, page)
        found = {match.subject: match for match in await library.find("preventing falls")}
        assert found[page.id].reasons == ("linked",)
        assert found[page.id].words == ()
        assert found[asked[0].id].reasons == ()


async def test_links_lift_nothing_through_a_wall(shared: Database) -> None:
    async with undone(shared) as db, Library(db) as library:
        page, secret = await library.ask("Our page on low beds"), await library.ask("Beds of the board", closed=True)
        whispered = await library.ask("Preventing falls at night", closed=True)
        said = await library.ask("Preventing falls by day")
        await library.point(whispered, page)
        await library.point(said, secret)
        assert [match.subject for match in await library.find("preventing falls")] == [said.id]
        await library.point(said, page)
        alone = await library.find("preventing falls")
        await library.point(await library.ask("Preventing falls in the car park", closed=True), page)
        again = await library.find("preventing falls")
        assert [match.subject for match in again] == [match.subject for match in alone] == [said.id, page.id]
        # The community's statistics changed with the new question; how much the link adds to the page's score did not.
        assert again[1].score / again[0].score == pytest.approx(alone[1].score / alone[0].score)


# What came of it


async def test_what_worked_comes_before_what_did_not(shared: Database) -> None:
    async with undone(shared) as db, Library(db) as library:
        first, second, third = [await library.ask("Falls at night") for _ in range(3)]
        await index.set_outcome(db, KIND, first.id, 0.5)
        await index.set_outcome(db, KIND, third.id, -0.5)
        assert [match.subject for match in await library.find("falls")] == [first.id, second.id, third.id]


def test_an_outcome_lies_between_failed_and_worked() -> None:
    assert outcome_of(helped=0, worked=0, partly=0, did_not=0) == 0
    assert -1 < outcome_of(helped=0, worked=0, partly=0, did_not=9) < 0
    assert 0 < outcome_of(helped=0, worked=0, partly=1, did_not=0) < outcome_of(helped=1, worked=0, partly=0, did_not=0)
    assert outcome_of(helped=1, worked=0, partly=0, did_not=0) < outcome_of(helped=1, worked=2, partly=0, did_not=0) < 1


# What is new


async def test_of_things_equally_like_what_is_asked_the_newer_comes_first(shared: Database) -> None:
    async with undone(shared) as db, Library(db) as library:
        new = await library.ask("Falls at night", now=NOW - DAY)
        old = await library.ask("Falls at night", now=NOW - 900 * DAY)
        assert [match.subject for match in await library.find("falls")] == [new.id, old.id]


# Forgetting


async def test_of_what_is_removed_no_word_stays_in_the_file(sqlite_database: Database, tmp_path: Path) -> None:
    async with sqlite_database.write() as db, Library(db) as library:
        kept, gone = await library.ask("Falls?"), await library.ask("Xylophone?", tags=("xylophone",))
        found = kept.id, gone.id
    async with sqlite_database.write() as db:
        await questions.remove(db, await db.get_one(Question, found[1]))
        assert await db.scalar(select(func.count()).select_from(SearchTag)) == 0
    async with sqlite_database.engine.connect() as connection:
        await connection.execute(text("SELECT 1"))
    await sqlite_database.close()
    written = b"".join(path.read_bytes() for path in tmp_path.glob("forgetting.db"))
    assert b"fall" in written
    assert b"xylophon" not in written.lower()


@pytest.fixture
async def sqlite_database(tmp_path: Path, sqlite_template: Path) -> Database:
    path = tmp_path / "forgetting.db"
    path.write_bytes(sqlite_template.read_bytes())
    return Database(f"sqlite:///{path}")


# The index built anew


async def test_a_damaged_index_is_mended(database: Database) -> None:
    async with database.write() as db, Library(db) as library:
        asked = [await library.ask(f"Falls on ward {number}", tags=("falls",)) for number in range(120)]
        answer = await answers.add(db, asked[7], library.ben.id, NOW, text="A hoist.")
        answer.helped_at = NOW
        await trials.note(db, answers.KIND, answer.id, library.ada.id, trials.WORKED, "", NOW)
    before = await _index(database)
    async with database.write() as db:
        await db.execute(delete(SearchDoc).where(SearchDoc.subject.in_([asked[n].id for n in range(40)])))
        await db.execute(update(SearchDoc).where(SearchDoc.subject > asked[80].id).values(terms="noth ing", length=2))
        await db.execute(delete(SearchTag))
        await index.put(
            db,
            community_id=library.community.id,
            space_id=library.open,
            kind=KIND,
            subject=9_999,
            title="Ghost",
            body="",
        )
        if database.is_sqlite:
            await db.execute(text("INSERT INTO search_fts (search_fts) VALUES ('delete-all')"))
    steps = [step async for step in reindex(database)]
    assert (steps[0], steps[-1]) == (Progress(0, 120, 0), Progress(120, 120, asked[-1].id))
    mended = await _index(database)
    assert mended[asked[7].id][3] > 0  # what came of it is counted anew
    assert {id: row[:3] for id, row in mended.items()} == {id: row[:3] for id, row in before.items()}
    async with database.read() as db:
        viewer = library.ada_sees
        assert [match.subject for match in await finding.find(db, "hoist", viewer, NOW)] == [asked[7].id]
        assert len(await finding.find(db, "falls", viewer, NOW, limit=200, filters=Filters(tags=("falls",)))) == 120
    assert [step.done async for step in reindex(database, after=asked[99].id)] == [0, 20]


async def test_meetings_are_in_an_index_built_anew_and_cancelled_ones_are_not(database: Database) -> None:
    async with database.write() as db, Library(db) as library:
        kept, cancelled, gone = [await _a_meeting(library, f"Delirium {number}") for number in range(3)]
    async with database.write() as db:
        await db.execute(update(SearchDoc).where(SearchDoc.subject == kept.id).values(terms="noth ing", length=2))
        await db.execute(update(Session).where(Session.id == cancelled.id).values(state=CANCELLED))
        await db.execute(delete(Session).where(Session.id == gone.id))
    assert [step.done async for step in reindex(database)] == [0, 2]
    async with database.read() as db:
        found = await finding.find(db, "delirium", library.ada_sees, NOW)
        assert [(match.kind, match.subject) for match in found] == [("session", kept.id)]
        assert await db.scalar(select(func.count()).select_from(SearchDoc)) == 1


async def _a_meeting(library: Library, title: str) -> Session:
    about = {"community_id": library.community.id, "space_id": library.open, "title": title, "created_at": NOW}
    rhythm = Rhythm(**about, name="meeting", made_by=library.ada.id, recurrence={}, more={}, watermark=NOW)
    its = {"slot": "2026-03-04", "starts_at": NOW, "minutes": 60, "zone": "UTC", "more": {}}
    return await sessions.add(library.db, Session(**about, **its, rhythm_id=(await add(library.db, rhythm)).id))


async def _index(database: Database) -> dict[int, tuple[str, int, object, float]]:
    async with database.read() as db:
        rows = await db.execute(
            select(SearchDoc.subject, SearchDoc.terms, SearchDoc.length, SearchDoc.author_id, SearchDoc.outcome)
        )
        return {subject: (words, length, author, outcome) for subject, words, length, author, outcome in rows}


# Slips of the finger


@pytest.mark.parametrize(
    ("typed", "title"),
    [
        ("dresing", "Which dressing for skin tears?"),
        ("wuond", "A wound that does not heal"),
        ("bathrom night", "Falls on the way to the bathroom at night"),
        ("prevnetion", "Prevention of falls"),
        ("Delirum", "Delirium after surgery"),
        ("lmaps", "Lamps with sensors"),
    ],
)
async def test_a_slip_of_the_finger_finds_what_was_meant(shared: Database, typed: str, title: str) -> None:
    async with undone(shared) as db, Library(db) as library:
        meant = await library.ask(title)
        await library.ask("Nothing of the kind")
        (found,) = await finding.find(db, typed, library.ada_sees, NOW, forgiving=True)
        assert found.subject == meant.id
        assert "nearly" in found.reasons
        assert set(found.words) == set(typed.split())


async def test_what_is_spelled_as_it_stands_is_never_guessed(shared: Database) -> None:
    async with undone(shared) as db, Library(db) as library:
        await library.ask("Sepsis bundles")
        for typed in ("sepsis", "sepsis bundle", "unrelated", "xq", "Sepsis-2016"):
            found = await finding.find(db, typed, library.ada_sees, NOW, forgiving=True)
            assert [match.reasons for match in found] == [()] * len(found)


async def test_nobody_is_led_to_a_word_of_a_closed_place(shared: Database) -> None:
    async with undone(shared) as db, Library(db) as library:
        await library.ask("Delirium in room 4", closed=True)
        assert await finding.find(db, "delirum", library.ada_sees, NOW, forgiving=True) == []
        (found,) = await finding.find(db, "delirum", library.insider, NOW, forgiving=True)
        assert found.words == ("delirum",)


async def test_a_word_of_a_closed_place_is_guessed_at_like_any_other_by_those_outside(shared: Database) -> None:
    """Else, that nothing is guessed would tell that the word stands somewhere."""
    async with undone(shared) as db, Library(db) as library:
        await library.ask("The dresing of room 4", closed=True)
        meant = await library.ask("Which dressing for skin tears?")
        (found,) = await finding.find(db, "dresing", library.ada_sees, NOW, forgiving=True)
        assert (found.subject, found.reasons) == (meant.id, ("nearly",))
