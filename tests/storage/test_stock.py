"""However much a community keeps, a search reads only what its words fetch; how common they are was counted before."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest
from sqlalchemy import delete, func, select, text
from sqlalchemy.ext.asyncio import AsyncSession

from storage.engine import Database
from storage.questions import KIND
from storage.search import finding, index, scoring, stock
from storage.search.finding import Filters
from storage.search.index import SearchCommon, SearchDoc, SearchSize
from storage.search.stock import take_stock
from tests.storage.rows import NOW
from tests.storage.test_search import Shelf, a_shelf, alike
from tests.support.plans import plans, sent
from tests.support.scanning import tables_with

QUERIES = ("falls ward", "night", "ward ward hoist", "bells at night")


@pytest.fixture(autouse=True)
def small_is_large(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stock, "LARGE", 20)
    monkeypatch.setattr(stock, "COMMON", 0)
    monkeypatch.setattr(stock, "AT_ONCE", 7)


@pytest.fixture
def postgres_url(own_postgres_url: str) -> str:
    """What was counted of the tables stays; another test would be planned by it."""
    return own_postgres_url


async def filled(db: AsyncSession) -> Shelf:
    shelf = await a_shelf(db)
    for subject in range(1, 31):
        words = ["ward", *(["falls"] if subject % 2 else []), *(["night", "bells"] if subject % 5 == 0 else [])]
        await shelf.put(subject, f"Question {subject}", " ".join([*words, "hoist"] if subject == 7 else words))
    return shelf


async def rows(db: AsyncSession) -> dict[str, int]:
    return {one.term: one.items for one in await db.scalars(select(SearchCommon))}


@pytest.mark.parametrize("narrowed", [{}, {"kinds": (KIND,)}])
async def test_what_words_fetch_is_all_that_is_read(database: Database, narrowed: dict[str, tuple[str, ...]]) -> None:
    async with database.write() as db:
        shelf = await filled(db)
    async with database.read() as db:
        shelf.db = db
        with sent() as statements:
            await shelf.find("falls hoist", **narrowed)
    fetching = [one for one in statements if "AS hits" in one.sql]
    assert len(fetching) == 1
    (plan,) = (await plans(database, fetching, small=True)).values()
    assert "ix_search_doc_community_id_" not in plan
    if database.is_sqlite:  # PostgreSQL knows how few rows these are
        looks = [line for line in plan.splitlines() if "search_doc" in line]
        assert looks == ["SEARCH search_doc USING INTEGER PRIMARY KEY (rowid=?)"] * 2


@pytest.mark.parametrize("narrowed", [{}, {"kinds": (KIND,)}])
async def test_a_common_word_fetches_the_newest_and_reads_no_further(
    database: Database, monkeypatch: pytest.MonkeyPatch, narrowed: dict[str, tuple[str, ...]]
) -> None:
    for module in (finding, scoring):
        monkeypatch.setattr(module, "CANDIDATES", 3)
    monkeypatch.setattr(scoring, "LOOKED_AT", 20)
    async with database.write() as db:
        shelf = await filled(db)
    async with database.read() as db:
        shelf.db = db
        with sent() as statements:
            assert {match.subject for match in await shelf.find("ward", **narrowed)} == {30, 29, 28}
        assert {match.subject for match in await shelf.find("ward question", **narrowed)} == {30, 29, 28}
        assert {match.subject for match in await shelf.find("night ward", **narrowed)} == {30, 25, 20}
    fetching = [one for one in statements if "LIMIT" in one.sql and "search_doc" in one.sql]
    assert len(fetching) == 1
    assert "AS hits" not in fetching[0].sql
    (plan,) = (await plans(database, fetching, small=True)).values()
    if database.is_sqlite:  # PostgreSQL sorts as few as these
        assert "ORDER BY" not in plan


async def test_with_a_filter_the_newest_are_looked_for_only_where_nothing_else_is_read(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What is wanted may be among the old, so looking from the newest on could read everything."""
    monkeypatch.setattr(scoring, "LOOKED_AT", 20)
    async with database.write() as db:
        shelf = await filled(db)
    async with database.read() as db:
        shelf.db = db
        with sent() as statements:
            found = await shelf.subjects("ward", filters=Filters(before=NOW - timedelta(days=1)))
    assert found == []
    assert any("AS hits" in one.sql for one in statements) == (not database.is_sqlite)


async def test_what_was_counted_before_gives_the_same_as_counting_now(database: Database) -> None:
    async with database.write() as db:
        shelf = await filled(db)
    async with database.read() as db:
        shelf.db = db
        counted_now = [alike(await shelf.find(query)) for query in QUERIES]
    await take_stock(database)
    async with database.read() as db:
        shelf.db = db
        assert [alike(await shelf.find(query)) for query in QUERIES] == counted_now
        found = await rows(db)
        assert (found["ward"], found["fall"], found["night"], found["hoist"]) == (30, 15, 6, 1)
        size = await db.get_one(SearchSize, shelf.community_id)
        assert size.items == 30
        assert size.length == await db.scalar(select(func.sum(SearchDoc.length)))


async def test_what_was_counted_is_used_and_what_is_rare_is_still_counted(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(stock, "COMMON", 12)
    async with database.write() as db:
        shelf = await filled(db)
    await take_stock(database)
    async with database.write() as db:
        assert await rows(db) == {"question": 30, "ward": 30, "fall": 15}
        shelf.db = db
        before = alike(await shelf.find("falls night"))
        await db.execute(delete(SearchCommon).where(SearchCommon.term == "fall"))
        db.add(SearchCommon(community_id=shelf.community_id, term="fall", items=2))
        await db.flush()
        assert alike(await shelf.find("falls night")) != before  # falls would tell more if it were as rare as that


async def test_of_very_many_items_some_are_looked_at(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stock, "SAMPLE", 10)
    async with database.write() as db:
        await filled(db)
    await take_stock(database)
    async with database.read() as db:
        found = await rows(db)
    assert found["ward"] == 30  # all of ten are all of thirty
    assert found["fall"] in (12, 15, 18)


async def test_who_keeps_less_again_is_counted_each_time(database: Database) -> None:
    async with database.write() as db:
        await filled(db)
    await take_stock(database)
    async with database.write() as db:
        await db.execute(delete(SearchDoc).where(SearchDoc.subject > 5))
    await take_stock(database)
    async with database.read() as db:
        assert await rows(db) == {}
        assert list(await db.scalars(select(SearchSize))) == []


async def test_words_that_were_removed_leave_the_file_by_the_next_night(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(index, "SOON", 20)
    async with database.write() as db:
        shelf = await filled(db)
        await shelf.put(31, "Xylophones")
    async with database.write() as db:
        shelf.db = db
        await index.remove(db, KIND, 31)
        assert await shelf.find("xylophones") == []
    if database.is_sqlite:
        assert list(await tables_with(database, "xylophon")) != []
    await take_stock(database)
    assert await tables_with(database, "xylophon") == {}


async def test_two_processes_take_stock_at_once(database: Database) -> None:
    async with database.write() as db:
        await filled(db)
    await asyncio.gather(*(take_stock(database) for _ in range(4)))
    await asyncio.gather(*(take_stock(database) for _ in range(4)))
    async with database.read() as db:
        assert (await rows(db))["ward"] == 30


async def test_what_came_since_stock_was_taken_tells_no_less_than_nothing(database: Database) -> None:
    async with database.write() as db:
        shelf = await filled(db)
    await take_stock(database)
    async with database.write() as db:
        shelf.db = db
        for subject in range(100, 160):
            await shelf.put(subject, f"Xylophone {subject}")
        assert all(match.score > 0 for match in await shelf.find("xylophone"))


async def test_postgresql_knows_how_many_channels_there_are(own_postgres_url: str) -> None:
    database = Database(own_postgres_url)
    async with database.write() as db:
        await a_shelf(db)
    await take_stock(database)
    async with database.read() as db:
        counted = await db.scalar(text("SELECT reltuples FROM pg_class WHERE relname = 'place'"))
        assert counted == await db.scalar(text("SELECT count(*) FROM place"))
    await database.close()
