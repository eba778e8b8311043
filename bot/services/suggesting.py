"""Suggestions while somebody types."""

from __future__ import annotations

from bot.core.events import Ref
from bot.core.storable import storable
from bot.core.tags import normalised_tag
from storage import members, tags
from storage.engine import Database

MOST = 25  # Discord's autocomplete takes no more


class Suggesting:
    """Implements bot.core.ports.Suggest."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def __call__(self, who: Ref, typed: str) -> tuple[str, ...]:
        """Tags for the last word of ``typed`` (words with commas between); none for somebody we do not know."""
        start = normalised_tag(storable(typed).rpartition(",")[2])
        async with self._database.read() as db:
            member = await members.of_account(db, who)
            account = await members.account_of(db, who)
            if member is None or member.blocked_at or account is None or account.guest or not account.active:
                return ()
            return tuple(await tags.beginning(db, member.community_id, start, MOST))
