"""The statements that count terms and fetch candidates, for each database.

Terms are letters and digits, so quoting is all they need.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import BindParameter, Integer, String, bindparam, column, table, text

from storage.types import JSONValue

# In how many items of a community each of some terms (a JSON list) stands.
COUNTS = {
    "sqlite": text(
        "SELECT asked.value, (SELECT count(*) FROM search_fts CROSS JOIN search_doc ON search_doc.id = search_fts.rowid "
        "WHERE search_fts MATCH '\"' || asked.value || '\"' AND search_doc.community_id = :community) "
        "FROM json_each(:terms) AS asked"
    ),
    "postgresql": text(
        "SELECT asked.term, (SELECT count(*) FROM search_doc WHERE community_id = :community "
        "AND words @@ to_tsquery('simple', quote_literal(asked.term))) "
        "FROM json_array_elements_text(CAST(:terms AS json)) AS asked (term)"
    ),
}
# Every item with one of some terms (a JSON object of term and weight): its id and the term's weight, once for each term.
HITS = {
    # LIMIT -1 keeps SQLite from joining the inner query with the outer one, where it would look for words without the index.
    "sqlite": text(
        "SELECT search_fts.rowid AS id, asked.value AS weight FROM json_each(:asked) AS asked CROSS JOIN search_fts "
        "WHERE search_fts MATCH '\"' || asked.key || '\"' LIMIT -1"
    ),
    "postgresql": text(
        "SELECT holder.id AS id, CAST(asked.value AS integer) AS weight FROM json_each_text(CAST(:asked AS json)) AS asked "
        "CROSS JOIN LATERAL (SELECT id FROM search_doc WHERE community_id = :community "
        "AND words @@ to_tsquery('simple', quote_literal(asked.key))) AS holder"
    ),
}
# What storage/questions.py keeps of who pointed from which question to which; that module builds on this package.
LINKS = table("question_link", column("question_id", Integer), column("target_id", Integer))
# The same of storage/sessions.py, whose ``more`` names a second host.
SESSIONS = table("session", column("id", Integer), column("more", JSONValue))


def hits(dialect: str, asked: str, community: int) -> Any:
    """HITS as a table ``hits(id, weight)`` to join with."""
    given: list[BindParameter[Any]] = [bindparam("asked", asked, String)]
    if dialect == "postgresql":
        given.append(bindparam("community", community, Integer))
    return HITS[dialect].bindparams(*given).columns(id=Integer, weight=Integer).subquery("hits")
