"""What items mean is found out in the background: for those that are new, that read differently now, or that another model read.

The model is asked outside of transactions; what it said is kept if the item still reads as it did.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Awaitable, Callable, Sequence

import structlog
from sqlalchemy import Row, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.core.meaning import Meaning, text_of
from storage import answers, items, questions, sessions
from storage.engine import Database
from storage.items import Item
from storage.questions import Question
from storage.search import vectors
from storage.search.index import SearchDoc
from storage.search.vectors import SearchVector
from storage.sessions import Session

log = structlog.get_logger("rounds.search")
# So many at a time, among the newest LOOKED_AT items and then a stretch of as many of the others: to look through a million for
# what is missing would take a second each time.
AT_ONCE, LOOKED_AT = 50, 5_000
Doc = Row[int, str, int]  # its id in the index, its kind, its subject


class Learning:
    """``means`` says what a text means by ``model``, and may raise anything."""

    def __init__(self, database: Database, model: str, means: Callable[[str], Awaitable[Meaning]]) -> None:
        self._database, self._model, self._means = database, model, means
        self._failed: deque[int] = deque(maxlen=LOOKED_AT)
        self._upto = 0  # where the next stretch ends; 0: it begins anew at the newest

    async def some(self) -> int:
        """Find out what the next few items mean; returns how many were looked at."""
        async with self._database.read() as db:
            texts = await _texts(db, await self._lacking(db))
        said: dict[Doc, bytes] = {}
        for doc, text in texts.items():
            try:
                said[doc] = await self._vector(text)
            except Exception as error:  # perhaps it passes: others come first, and this one after the next start
                log.warning("meaning.not_found_out", kind=doc.kind, subject=doc.subject, error=type(error).__name__)
                self._failed.append(doc.id)
                break
        if said:
            async with self._database.write() as db:
                await self._keep(db, texts, said)
        return len(said)

    async def _lacking(self, db: AsyncSession) -> Sequence[Doc]:
        newest = await db.scalar(select(func.max(SearchDoc.id))) or 0
        if found := await self._lacking_upto(db, newest):
            return found
        self._upto = min(self._upto, newest - LOOKED_AT) if self._upto > 0 else newest - LOOKED_AT
        if self._upto > 0 and not (found := await self._lacking_upto(db, self._upto)):
            self._upto -= LOOKED_AT
        return found

    async def _lacking_upto(self, db: AsyncSession, last: int) -> Sequence[Doc]:
        known = select(SearchVector.doc_id).where(
            SearchVector.doc_id == SearchDoc.id, SearchVector.model == self._model
        )
        stretch = SearchDoc.id > last - LOOKED_AT, SearchDoc.id <= last
        missing = ~known.exists(), SearchDoc.id.not_in(self._failed)
        query = select(SearchDoc.id, SearchDoc.kind, SearchDoc.subject).where(*stretch, *missing)
        return (await db.execute(query.order_by(SearchDoc.id.desc()).limit(AT_ONCE))).all()

    async def _vector(self, text: str) -> bytes:
        """Empty where there is nothing to say: else it would be asked again and again."""
        try:
            return (await self._means(text)).vector if text else b""
        except ValueError:
            return b""

    async def _keep(self, db: AsyncSession, texts: dict[Doc, str], said: dict[Doc, bytes]) -> None:
        """Whoever changes an item changes its row in the index, too: so its text stays while that is held."""
        held = select(SearchDoc.id, SearchDoc.kind, SearchDoc.subject).where(SearchDoc.id.in_([doc.id for doc in said]))
        now = await _texts(db, (await db.execute(held.with_for_update(skip_locked=True))).all())
        same = [(doc.id, text, said[doc]) for doc, text in now.items() if texts.get(doc) == text]
        await vectors.keep(db, self._model, same)


async def _texts(db: AsyncSession, docs: Sequence[Doc]) -> dict[Doc, str]:
    """What a model reads of some items; nothing of those that are gone."""
    found: dict[tuple[str, int], str] = {}

    def subjects(kinds: Sequence[str]) -> list[int]:
        return [doc.subject for doc in docs if doc.kind in kinds]

    for question in await db.scalars(select(Question).where(Question.id.in_(subjects([questions.KIND])))):
        rest = questions.rest_of(question, await answers.texts(db, question.id))
        found[questions.KIND, question.id] = text_of(question.title, rest)
    for session in await db.scalars(select(Session).where(Session.id.in_(subjects([sessions.KIND])))):
        found[sessions.KIND, session.id] = text_of(session.title, await sessions.rest_of(db, session))
    others = [doc.kind for doc in docs if doc.kind not in (questions.KIND, sessions.KIND)]
    for item in await db.scalars(select(Item).where(Item.id.in_(subjects(others)))):
        found[item.kind, item.id] = text_of(item.title, await items.rest_of(db, item))
    return {doc: found.get((doc.kind, doc.subject), "") for doc in docs}
