"""Building the search index anew from the tables, while the program runs; again, or from the middle, it does no harm.

Every few questions are a transaction of their own, in which nobody changes them, so that what is written is what stands.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass

from sqlalchemy import delete, func, select, text
from sqlalchemy.ext.asyncio import AsyncSession

from storage import answers, trials
from storage.engine import Database
from storage.questions import KIND, Question
from storage.search import index
from storage.search.index import SearchDoc
from storage.search.outcomes import outcome_of

AT_ONCE = 50


@dataclass(frozen=True, slots=True)
class Progress:
    """``last``: the question up to which the index is right, to begin after when it was broken off."""

    done: int
    total: int
    last: int


async def reindex(database: Database, after: int = 0) -> AsyncIterator[Progress]:
    """Bring every item's row up to date and remove what belongs to nothing; ``after`` goes on where an earlier one ended."""
    total = await _first(database, after)
    done, last = 0, after
    yield Progress(done, total, last)
    while True:
        async with database.write() as db:
            several = select(Question).where(Question.id > last).order_by(Question.id).limit(AT_ONCE)
            found = list(await db.scalars(several.with_for_update()))
            for question in found:
                await _bring_up_to_date(db, question)
        if not found:
            return
        done, last = done + len(found), found[-1].id
        yield Progress(done, max(total, done), last)


async def _first(database: Database, after: int) -> int:
    """SQLite's list of words is made anew from the rows; what belongs to no question goes. How many questions are to be done."""
    async with database.write() as db:
        if database.is_sqlite:
            await db.execute(text("INSERT INTO search_fts (search_fts) VALUES ('rebuild')"))
        known = select(Question.id).where(Question.id == SearchDoc.subject).exists()
        await db.execute(delete(SearchDoc).where(SearchDoc.kind == KIND, ~known))
        return await db.scalar(select(func.count()).select_from(Question).where(Question.id > after)) or 0


async def _bring_up_to_date(db: AsyncSession, question: Question) -> None:
    await answers.reindex(db, question)
    given = await answers.of_question(db, question.id)
    tried = [trial.outcome for answer in given for trial in await trials.of(db, answers.KIND, answer.id)]
    outcome = outcome_of(
        helped=sum(answer.helped_at is not None for answer in given),
        worked=tried.count(trials.WORKED),
        partly=tried.count(trials.PARTLY),
        did_not=tried.count(trials.DID_NOT),
    )
    await index.set_outcome(db, KIND, question.id, outcome)
