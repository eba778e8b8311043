"""Words that stand nowhere, and what was probably meant: a word that stands in something the one who looks can see.

So a correction tells nobody of a word that they could not have read.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable
from difflib import SequenceMatcher, get_close_matches

from sqlalchemy import Select, String, bindparam, text
from sqlalchemy.ext.asyncio import AsyncSession

# Shorter words are too alike; and so many words that stand nowhere are no slips of the finger.
SHORTEST, MOST_WORDS = 4, 5
MOST_NEAR = 10
CLOSE_ENOUGH = 0.75  # of difflib's ratio: two letters that changed places in a word of four
# People rarely miss the beginning: words with the same three letters, among so many of the newest items that have such; then
# those with the same first letter, among so many of the newest.
BEGINNING, LOOKED_AT, NEWEST = 3, 200, 1_000
BEGINS = {
    "sqlite": "search_doc.id IN (SELECT rowid FROM search_fts WHERE search_fts MATCH '\"' || :beginning || '\"*')",
    "postgresql": "search_doc.words @@ to_tsquery('simple', quote_literal(:beginning) || ':*')",
}


async def meant(db: AsyncSession, unknown: Collection[str], items: Select[str], prefix: str) -> dict[str, str]:
    """Unknown term → the one that was probably meant, where there is one.

    ``items`` selects the terms of what may be seen, the newest first; ``prefix`` is what those begin with in the index.
    """
    found: dict[str, str] = {}
    slips = [term for term in unknown if len(term) >= SHORTEST and term.isalpha()]
    for term in slips if len(unknown) <= MOST_WORDS else ():
        beginning = prefix + term[:BEGINNING]
        begins = text(BEGINS[db.get_bind().dialect.name]).bindparams(bindparam("beginning", beginning, String))
        for some in (items.where(begins).limit(LOOKED_AT), items.limit(NEWEST)):
            near = _nearest(term, await db.scalars(some))
            if near:
                found[term] = near
                break
    return found


def _nearest(term: str, standing: Iterable[str]) -> str | None:
    """Of those equally near the one that is used most: the letters, whatever their order, tell before the rest."""
    uses = Counter(word for words in standing for word in words.split(" ") if word[:1] == term[0])
    near = get_close_matches(term, sorted(uses), n=MOST_NEAR, cutoff=CLOSE_ENOUGH)
    return min(
        near, key=lambda word: (sorted(word) != sorted(term), -_likeness(term, word), -uses[word], word), default=None
    )


def _likeness(term: str, word: str) -> float:
    """As get_close_matches has it."""
    return SequenceMatcher(None, word, term).ratio()
