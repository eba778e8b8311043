"""Search: both databases find the same, in the same order, whatever is asked; the index says what the tables say."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import func, select, text
from sqlalchemy.ext.asyncio import AsyncSession

from bot.core.people import Viewer
from storage import answers, questions
from storage.communities import Community
from storage.engine import Database
from storage.questions import KIND
from storage.search import finding, index
from storage.search.analyser import terms
from storage.search.finding import Match
from storage.search.index import SearchDoc
from tests.storage.rows import NOW, a_community, a_member, a_place, a_space, undone

Both = tuple[Database, Database]
Doc = tuple[str, str]
VOCABULARY = [
    *(
        "falls night ward wound wounds care dressing falling c c++ c# node.js it's AND OR NOT NEAR 夜間 転倒 夜 हिन्दी ไทย ดี ดู"
    ).split(),
    *("Straße café CAFÉ ٣ ３ 1e5 0x1f 12ab 12-34 a_b ß Ⅷ ㏗ 𞤀𞤣 👩‍⚕️ مرحبا שלום падение * \" ' ( : ^ the of").split(),
]
PHRASES = st.lists(st.sampled_from(VOCABULARY), max_size=6).map(" ".join)
DOCS = st.lists(st.tuples(PHRASES, PHRASES), min_size=1, max_size=8)
QUERIES = st.one_of(PHRASES, st.text(max_size=20))
# Databases are opened once for a test; every example is rolled back.
PROPERTY = settings(deadline=None, max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])


class Shelf:
    """A community of one place, whose search is tried."""

    def __init__(self, db: AsyncSession, community_id: int, space_id: int, viewer: Viewer) -> None:
        self.db, self.community_id, self.space_id, self.viewer = db, community_id, space_id, viewer

    async def put(self, subject: int, title: str, body: str = "", kind: str = KIND) -> None:
        await index.put(
            self.db,
            community_id=self.community_id,
            space_id=self.space_id,
            kind=kind,
            subject=subject,
            title=title,
            body=body,
        )

    async def find(self, query: str, **more: Any) -> list[Match]:
        return await finding.find(self.db, query, self.viewer, NOW, **{"limit": 50, **more})

    async def subjects(self, query: str, **more: Any) -> list[int]:
        return [match.subject for match in await self.find(query, **more)]


async def a_shelf(db: AsyncSession) -> Shelf:
    community = await a_community(db)
    place = await a_place(db, community, await a_space(db, community))
    return Shelf(db, community.id, place.space_id, Viewer(community.id, place=place.id))


def alike(matches: list[Match]) -> list[tuple[str, int, float, tuple[str, ...]]]:
    return [(match.kind, match.subject, round(match.score, 9), match.words) for match in matches]


async def found_in(database: Database, docs: list[Doc], queries: list[str]) -> list[Any]:
    async with undone(database) as db:
        shelf = await a_shelf(db)
        for subject, (title, body) in enumerate(docs):
            await shelf.put(subject, title, body)
        return [alike(await shelf.find(query)) for query in queries]
    raise AssertionError("undone() only rolls back")


@PROPERTY
@given(docs=DOCS, queries=st.lists(QUERIES, min_size=1, max_size=3))
async def test_both_databases_find_the_same_in_the_same_order(both: Both, docs: list[Doc], queries: list[str]) -> None:
    sqlite, postgres = await asyncio.gather(*(found_in(database, docs, queries) for database in both))
    assert sqlite == postgres
    for query, matches in zip(queries, sqlite, strict=True):
        asked = set(terms(query))
        expected = {number for number, doc in enumerate(docs) if asked & set(terms(" ".join(doc)))}
        assert {subject for _, subject, _, _ in matches} == expected
        assert all(score > 0 and words for _, _, score, words in matches)


HOSTILE = [
    '"', "*", "AND", "NEAR(", "NEAR(falls night)", "c++", "it's", "'; DROP TABLE question; --", "😀", "👩‍⚕️ ❤️", "\u202eمرحبا",
    "falls" * 100, "falls OR 1=1", "terms:falls", "falls -night", "^falls", "{falls}", "fall*", "\\", "%", "_", "$1", ":words",
    "\0", "\0falls\0", "é\u0301\u0301\u0301", "x" * 500, "' OR ''='", "& | ! <->", "falls & !night", "\n\t ", "", "٣", "1e5 -2",
    "夜" * 500, "ดี", "ดู", "ที่นี่", "a b c d e f g h i j k l m n o p q r s t u v w x y z 1 2 3 4 5 6 7 8 9 0 falls night",
]  # fmt: skip


async def test_hostile_questions_do_no_harm_and_find_the_same_on_both(both: Both) -> None:
    docs = [
        ("How do you prevent falls at night?", "c++ it's 夜間 مرحبا 1e5 -2"),
        ("Wounds", "e f g"),
        *((q, q) for q in HOSTILE),
    ]
    sqlite, postgres = await asyncio.gather(*(found_in(database, docs, HOSTILE) for database in both))
    for query, one, other in zip(HOSTILE, sqlite, postgres, strict=True):
        assert one == other, query
        if terms(query):
            assert one, query
        else:
            assert one == [], query


# One database at a time, both alike


async def test_the_best_match_comes_first(shared: Database) -> None:
    async with undone(shared) as db:
        shelf = await a_shelf(db)
        await shelf.put(
            1, "Wound care", "falls are mentioned here among many other things that happen on a ward at night"
        )
        await shelf.put(2, "Preventing falls at night", "low beds")
        await shelf.put(3, "Falls", "")
        await shelf.put(4, "Hygiene", "hands")
        assert await shelf.subjects("falls at night") == [2, 1, 3]
        assert await shelf.subjects("falls") == [3, 2, 1]
        (best, *_) = await shelf.find("Falls, at NIGHT?")
        assert best.words == ("NIGHT?", "Falls,")  # as they were asked for, the rarest first


async def test_a_rare_word_tells_more_than_a_common_one(shared: Database) -> None:
    async with undone(shared) as db:
        shelf = await a_shelf(db)
        for subject in range(6):
            await shelf.put(subject, "ward")
        await shelf.put(10, "ward hoist")
        await shelf.put(11, "ward ward")
        assert (await shelf.subjects("ward hoist"))[0] == 10


async def test_a_word_of_the_title_tells_more_than_one_of_the_rest(shared: Database) -> None:
    async with undone(shared) as db:
        shelf = await a_shelf(db)
        await shelf.put(1, "falls night", "ward hoist")
        await shelf.put(2, "ward hoist", "falls night")
        assert await shelf.subjects("falls") == [1, 2]
        assert await shelf.subjects("hoist") == [2, 1]


async def test_of_equals_the_newer_comes_first(shared: Database) -> None:
    async with undone(shared) as db:
        shelf = await a_shelf(db)
        for subject in (2, 3, 1):
            await shelf.put(subject, "falls")
        assert await shelf.subjects("falls") == [3, 2, 1]
        assert await shelf.subjects("falls", limit=2) == [3, 2]


async def test_only_the_kinds_that_were_asked_for_are_found(shared: Database) -> None:
    async with undone(shared) as db:
        shelf = await a_shelf(db)
        await shelf.put(1, "falls", kind="question")
        await shelf.put(1, "falls", kind="tip")
        assert [(match.kind, match.subject) for match in await shelf.find("falls", kinds=("tip",))] == [("tip", 1)]
        assert len(await shelf.find("falls")) == 2


async def test_another_community_is_neither_found_nor_counted(shared: Database) -> None:
    async with undone(shared) as db:
        ours, theirs = await a_shelf(db), await a_shelf(db)
        await ours.put(1, "falls at night")
        alone = alike(await ours.find("falls"))
        for subject in range(2, 9):
            await theirs.put(subject, "falls")
        assert alike(await ours.find("falls")) == alone


async def test_an_answer_makes_its_question_findable(shared: Database) -> None:
    async with undone(shared) as db:
        shelf = await a_shelf(db)
        community = await db.get_one(Community, shelf.community_id)
        person = (await a_member(db, community)).id
        question = await questions.ask(
            db,
            community_id=community.id,
            space_id=shelf.space_id,
            asker_id=person,
            title="How do you prevent falls?",
            details="One night nurse.",
            tags=("wound-care",),
            state="new",
            now=NOW,
        )
        for words in ("falls", "nurse", "wound care"):
            assert await shelf.subjects(words) == [question.id]
        assert await shelf.subjects("hoist") == []
        await answers.add(db, question, person, NOW, text="Use the hoist.")
        assert await shelf.subjects("hoist") == [question.id]
        await answers.add(db, question, person, NOW)  # in the thread: no words are kept
        assert await shelf.subjects("falls") == [question.id]


ACTS = st.lists(
    st.one_of(
        st.tuples(st.just("put"), st.integers(1, 4), PHRASES, PHRASES),
        st.tuples(st.just("remove"), st.integers(1, 4), st.just(""), st.just("")),
    ),
    max_size=12,
)


@settings(PROPERTY, max_examples=25)
@given(acts=ACTS)
async def test_after_whatever_was_done_the_index_says_what_the_table_says(
    shared: Database, acts: list[tuple[str, int, str, str]]
) -> None:
    kept: dict[int, Doc] = {}
    async with undone(shared) as db:
        shelf = await a_shelf(db)
        for act, subject, title, body in acts:
            if act == "put":
                kept[subject] = (title, body)
                await shelf.put(subject, title, body)
            else:
                kept.pop(subject, None)
                await index.remove(db, KIND, subject)
        assert await db.scalar(select(func.count()).select_from(SearchDoc)) == len(kept)
        for word in {term for doc in kept.values() for term in terms(" ".join(doc))} | {"fall"}:
            expected = {subject for subject, doc in kept.items() if word in terms(" ".join(doc))}
            assert set(await shelf.subjects(word)) == expected, word
        if shared.is_sqlite:  # the index itself compares what it holds with the table
            await db.execute(text("INSERT INTO search_fts (search_fts, rank) VALUES ('integrity-check', 1)"))


@pytest.mark.parametrize("words", ["", "   ", "the of and", "?!", "\0"])
async def test_asking_for_nothing_finds_nothing(shared: Database, words: str) -> None:
    async with undone(shared) as db:
        shelf = await a_shelf(db)
        await shelf.put(1, "falls")
        assert await shelf.find(words) == []
