"""The gate over storage: what a member allows and what they were sent, given to bot/routing/gate.py."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from bot.core.replies import Kind
from bot.routing.gate import WEEK, Decision, Recipient, may_send
from storage.ledger import deliveries
from storage.members import Member


async def decide(db: AsyncSession, members: Sequence[Member], kind: Kind, now: datetime) -> dict[int, Decision]:
    """Member id → whether they may be sent a message of this kind now."""
    sent = {}
    if kind is Kind.INVITATION:
        sent = await deliveries.sent_to(db, [member.id for member in members], now - WEEK)
    decisions = {}
    for member in members:
        invited = [item.at for item in sent.get(member.id, ()) if item.kind == Kind.INVITATION]
        decisions[member.id] = may_send(_recipient(member, invited), kind, now)
    return decisions


def still(member: Member, kind: Kind, now: datetime) -> Decision:
    """The same at the moment of sending, when it was counted already: they may have left or want less by now."""
    return may_send(_recipient(member, ()), kind, now)


def _recipient(member: Member, invited: Sequence[datetime]) -> Recipient:
    return Recipient(
        joined=member.joined_at is not None,
        volume=member.volume,
        availability=member.availability,
        zone=member.zone,
        hours_from=member.hours_from,
        hours_to=member.hours_to,
        away_until=member.away_until,
        weekly_cap=member.weekly_cap,
        invited=invited,
    )
