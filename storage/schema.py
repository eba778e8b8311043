"""Every table, in one import: for migrations and for checks that must see them all."""

from __future__ import annotations

from storage import audit, communities, drafts, installations, members, pairings, questions, tags, visibility
from storage.base import Base
from storage.ledger import deliveries, inbox, leases, occurrences, timers
from storage.search import index

TABLES = Base.metadata

__all__ = [
    "TABLES",
    "audit",
    "communities",
    "deliveries",
    "drafts",
    "inbox",
    "index",
    "installations",
    "leases",
    "members",
    "occurrences",
    "pairings",
    "questions",
    "tags",
    "timers",
    "visibility",
]
