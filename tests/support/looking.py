"""A ritual with a command that takes filters, and what its handler was given."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from bot.context import Context
from bot.core.filters import Filter, parse_typed
from bot.core.forms import Option
from bot.core.people import Role
from bot.core.registry import Registry
from bot.core.replies import Reply
from bot.core.ritual import Ritual
from bot.core.ui import say

FILTERS = (
    Filter("tag", "A tag", "tags"),
    Filter("kind", "What it is", "choice", (Option("question", "Questions"), Option("tip", "Tips"))),
    Filter("from", "Who wrote it", "person"),
    Filter("after", "Since when, like 2026-01", "date"),
)


@dataclass
class Looked:
    """``whom``: of the people named by the filter, the ids of their accounts."""

    words: str = ""
    filters: Mapping[str, list[str]] = field(default_factory=dict)
    whom: list[str] = field(default_factory=list)


def looking(looked: Looked) -> Registry:
    ritual = Ritual("looking")

    @ritual.command("find", "Find something", role=Role.MEMBER, typed="A few words", filters=FILTERS)
    async def find(ctx: Context, text: str) -> Reply:
        looked.words, looked.filters = parse_typed(text, FILTERS)
        looked.whom = [ctx.mentioned[name] for name in looked.filters.get("from", ()) if name in ctx.mentioned]
        return Reply(say("Looked."))

    return Registry([ritual])
