"""Every table, in one import: for migrations and for checks that must see them all."""

from __future__ import annotations

from storage import (
    activity,
    answers,
    audit,
    calendars,
    communities,
    digests,
    drafts,
    erasing,
    follows,
    forwarded,
    installations,
    invitations,
    items,
    linking,
    looking_after,
    members,
    pairings,
    profiles,
    questions,
    sessions,
    tags,
    thanks,
    trials,
    visibility,
)
from storage.base import Base
from storage.ledger import deliveries, inbox, leases, rhythms, timers
from storage.search import index, vectors

TABLES = Base.metadata

__all__ = [
    "TABLES",
    "activity",
    "answers",
    "audit",
    "calendars",
    "communities",
    "deliveries",
    "digests",
    "drafts",
    "erasing",
    "follows",
    "forwarded",
    "inbox",
    "index",
    "installations",
    "invitations",
    "items",
    "leases",
    "linking",
    "looking_after",
    "members",
    "pairings",
    "profiles",
    "questions",
    "rhythms",
    "sessions",
    "tags",
    "thanks",
    "timers",
    "trials",
    "vectors",
    "visibility",
]
