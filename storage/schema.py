"""Every table, in one import: for migrations and for checks that must see them all."""

from __future__ import annotations

from storage import (
    answers,
    audit,
    calendars,
    communities,
    drafts,
    follows,
    installations,
    invitations,
    items,
    members,
    pairings,
    questions,
    sessions,
    tags,
    thanks,
    trials,
    visibility,
)
from storage.base import Base
from storage.ledger import deliveries, inbox, leases, rhythms, timers
from storage.search import index

TABLES = Base.metadata

__all__ = [
    "TABLES",
    "answers",
    "audit",
    "calendars",
    "communities",
    "deliveries",
    "drafts",
    "follows",
    "inbox",
    "index",
    "installations",
    "invitations",
    "items",
    "leases",
    "members",
    "pairings",
    "questions",
    "rhythms",
    "sessions",
    "tags",
    "thanks",
    "timers",
    "trials",
    "visibility",
]
