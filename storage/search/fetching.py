"""The statements that count terms and fetch candidates, for each database.

In the index each term begins with its community ("c7xfalls"), so that what other communities keep makes nobody's search slower.
Terms are letters and digits, so quoting is all they need.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import Integer, String, bindparam, column, select, table, text

from storage.types import JSONValue

# In how many items of a community each of some terms (a JSON list) stands; and, with no term, how many items there are and how
# many terms in all. What is kept of very many items was counted lately (storage/search/stock.py).
_SIZE = (
    "SELECT NULL, "
    "coalesce((SELECT items FROM search_size WHERE community_id = :community), "
    "(SELECT count(*) FROM search_doc WHERE community_id = :community)), "
    "coalesce((SELECT length FROM search_size WHERE community_id = :community), "
    "(SELECT sum(length) FROM search_doc WHERE community_id = :community))"
)
_COUNTED = "(SELECT items FROM search_common WHERE community_id = :community AND term = {0})"
COUNTS = {
    "sqlite": text(
        f"{_SIZE} UNION ALL "
        f"SELECT asked.value, coalesce({_COUNTED.format('asked.value')}, (SELECT count(*) FROM search_fts "
        "WHERE search_fts MATCH '\"' || :prefix || asked.value || '\"')), 0 FROM json_each(:terms) AS asked"
    ),
    "postgresql": text(
        f"{_SIZE} UNION ALL "
        f"SELECT asked.term, coalesce({_COUNTED.format('asked.term')}, (SELECT count(*) FROM search_doc "
        "WHERE words @@ to_tsquery('simple', quote_literal(:prefix || asked.term)))), 0 "
        "FROM json_array_elements_text(CAST(:terms AS json)) AS asked (term)"
    ),
}
# Every item with one of some terms (a JSON object of term and weight): its id and the term's weight, once for each term.
HITS = {
    # LIMIT -1 keeps SQLite from joining the inner query with the outer one, where it would look for words without the index.
    "sqlite": text(
        "SELECT search_fts.rowid AS id, asked.value AS weight FROM json_each(:asked) AS asked CROSS JOIN search_fts "
        "WHERE search_fts MATCH '\"' || :prefix || asked.key || '\"' LIMIT -1"
    ),
    "postgresql": text(
        "SELECT holder.id AS id, CAST(asked.value AS integer) AS weight FROM json_each_text(CAST(:asked AS json)) AS asked "
        "CROSS JOIN LATERAL (SELECT id FROM search_doc "
        "WHERE words @@ to_tsquery('simple', quote_literal(:prefix || asked.key))) AS holder"
    ),
}
# Whether an item of a community has one term.
HAS = {
    "sqlite": text("search_fts MATCH '\"' || :prefix || :term || '\"'"),
    "postgresql": text(
        "search_doc.community_id = :community AND words @@ to_tsquery('simple', quote_literal(:prefix || :term))"
    ),
}
_WORDS = table("search_fts", column("rowid", Integer))
# What storage/questions.py keeps of who pointed from which question to which; that module builds on this package.
LINKS = table("question_link", column("question_id", Integer), column("target_id", Integer))
# The same of storage/sessions.py, whose ``more`` names a second host.
SESSIONS = table("session", column("id", Integer), column("more", JSONValue))


def prefix(community: int) -> str:
    """What a community's terms begin with in the index (as the migrations have it)."""
    return f"c{community}x"


def hits(dialect: str, asked: str, community: int) -> Any:
    """HITS as a table ``hits(id, weight)`` to join with."""
    given = bindparam("asked", asked, String), bindparam("prefix", prefix(community), String)
    return HITS[dialect].bindparams(*given).columns(id=Integer, weight=Integer).subquery("hits")


def newest_with(dialect: str, term: str, community: int, item: Any) -> Any:
    """A query of the items (their column ``item`` of ids) that have one term, the newest first. It can be stopped after a few."""
    given = {"term": term, "prefix": prefix(community)}
    if dialect == "sqlite":  # it reads its index of words backwards
        query = select(item).join(_WORDS, _WORDS.c.rowid == item).where(HAS[dialect].bindparams(**given))
        return query.order_by(_WORDS.c.rowid.desc())
    return select(item).where(HAS[dialect].bindparams(**given, community=community)).order_by(item.desc())
