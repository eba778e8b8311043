"""Building the search index anew from the tables, while the program runs; again, or from the middle, it does no harm.

A few items at a time are a transaction of their own, in which nobody changes them, so that what is written is what stands.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass

from sqlalchemy import delete, func, select, text

from storage import answers, items, sessions
from storage.engine import Database
from storage.items import Item
from storage.questions import KIND, Question
from storage.search.index import SearchDoc
from storage.sessions import Session

AT_ONCE = 50


@dataclass(frozen=True, slots=True)
class Progress:
    """``last``: the question up to which the index is right, to begin after when it was broken off."""

    done: int
    total: int
    last: int


async def reindex(database: Database, after: int = 0) -> AsyncIterator[Progress]:
    """Bring every item's row up to date and remove what belongs to nothing; ``after`` goes on after that question."""
    total = await _first(database, after)
    done, last = 0, after
    yield Progress(done, total, last)
    while found := await _questions(database, last):
        done, last = done + len(found), found[-1]
        yield Progress(done, max(total, done), last)
    item = 0
    while shared := await _items(database, item):
        done, item = done + len(shared), shared[-1]
        yield Progress(done, max(total, done), last)
    session = 0
    while announced := await _sessions(database, session):
        done, session = done + len(announced), announced[-1]
        yield Progress(done, max(total, done), last)


async def _first(database: Database, after: int) -> int:
    """SQLite's list of words is made anew from the rows; what belongs to nothing goes. How much is to be done."""
    async with database.write() as db:
        if database.is_sqlite:
            await db.execute(text("INSERT INTO search_fts (search_fts) VALUES ('rebuild')"))
        asked = select(Question.id).where(Question.id == SearchDoc.subject).exists()
        shared = select(Item.id).where(Item.id == SearchDoc.subject, Item.kind == SearchDoc.kind).exists()
        announced = select(Session.id).where(Session.id == SearchDoc.subject, SearchDoc.kind == sessions.KIND).exists()
        await db.execute(delete(SearchDoc).where(SearchDoc.kind == KIND, ~asked))
        await db.execute(delete(SearchDoc).where(SearchDoc.kind != KIND, ~shared, ~announced))
        questions = await db.scalar(select(func.count()).select_from(Question).where(Question.id > after)) or 0
        shared_or_announced = [
            await db.scalar(select(func.count()).select_from(table)) or 0 for table in (Item, Session)
        ]
        return questions + sum(shared_or_announced)


async def _questions(database: Database, last: int) -> list[int]:
    """The next few that were done."""
    async with database.write() as db:
        several = select(Question).where(Question.id > last).order_by(Question.id).limit(AT_ONCE).with_for_update()
        found = list(await db.scalars(several))
        for question in found:
            await answers.reindex(db, question)
            await answers.rate(db, question.id)
        return [question.id for question in found]


async def _items(database: Database, last: int) -> list[int]:
    async with database.write() as db:
        several = select(Item).where(Item.id > last).order_by(Item.id).limit(AT_ONCE).with_for_update()
        found = list(await db.scalars(several))
        for item in found:
            await items.reindex(db, item)
            await items.rate(db, item)
        return [item.id for item in found]


async def _sessions(database: Database, last: int) -> list[int]:
    async with database.write() as db:
        several = select(Session).where(Session.id > last).order_by(Session.id).limit(AT_ONCE).with_for_update()
        found = list(await db.scalars(several))
        for session in found:
            await sessions.reindex(db, session)
        return [session.id for session in found]
