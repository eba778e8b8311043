"""A member's home: what the rituals put there, in one page."""

from __future__ import annotations

from bot.core.clock import Clock
from bot.core.events import Ref
from bot.core.registry import Registry
from bot.core.ui import Card
from bot.services import identity
from storage import members
from storage.engine import Database


class Home:
    """Implements bot.core.ports.DrawHome."""

    def __init__(self, database: Database, registry: Registry, clock: Clock) -> None:
        self._database, self._registry, self._clock = database, registry, clock

    async def __call__(self, who: Ref) -> tuple[Card, ...]:
        """The cards of somebody's home; nothing for a person we have not met."""
        async with self._database.read() as db:
            member = await members.of_account(db, who)
            account = await members.account_of(db, who)
            if member is None or account is None or not account.active:
                return ()
            if member.blocked_at is not None:
                return (Card(body=identity.NO_PART_BUT),)
            cards = [await draw(db, member, self._clock.now()) for draw in self._registry.home]
        return tuple(card for card in cards if card is not None)
