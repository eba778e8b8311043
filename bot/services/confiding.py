"""Telling one account something whose words are never stored: sent once, after the commit, by whoever holds them.

What is stored is a delivery without words: by its id a press on the message is known to belong to this workspace, as with
every direct message. The relay leaves it alone.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

import structlog
from sqlalchemy.ext.asyncio import AsyncSession

from bot.core.errors import Fixable
from bot.core.ports import Outgoing, Platform
from bot.core.replies import Confide
from bot.core.ui import Card
from storage import members
from storage.communities import Community
from storage.ledger import deliveries

log = structlog.get_logger("rounds.confiding")
WITHIN = 5.0  # seconds: somebody waits to hear whether it was sent


@dataclass(frozen=True, slots=True)
class Confided:
    """What is to be told once the transaction is committed. ``id`` is its delivery's."""

    id: str
    what: Confide
    at: datetime


async def promised(db: AsyncSession, community: Community, confide: Confide, now: datetime) -> Confided:
    """Write down that it is going to be told, and to whom; nothing of its words. Raises Fixable."""
    member = await members.keep(db, community.id, confide.to, community.zone)
    if member.blocked_at is not None:
        raise Fixable("They take no part here any more, so I can't ask them. Nothing was kept.")
    account = await members.account_of(db, confide.to)
    assert account is not None, "keep() has just made sure of it"
    return Confided(await deliveries.confided(db, account, community.id, now), confide, now)


async def told(confided: Confided, platforms: Mapping[str, Platform]) -> Card:
    """Tell it, and return what the one who acted is to be told. One try: nobody is sent the same twice."""
    confide = confided.what
    platform = platforms.get(confide.to.platform)
    if platform is None:
        return confide.failed
    message = Outgoing(confided.id, confide.to, True, "", confide.card, confided.at, whole=True)
    try:
        async with asyncio.timeout(WITHIN):
            await platform.send(message)
    except Exception as error:  # its type alone is logged: what it says could hold the words
        log.info("confided.not_sent", delivery=confided.id, error=type(error).__name__)
        return confide.failed
    return confide.sent
