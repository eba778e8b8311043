"""The gate over storage: what a member allows and what they were sent, given to bot/routing/gate.py."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from bot.core.replies import Kind
from bot.routing.gate import UNASKED, WEEK, Decision, Recipient, may_send
from bot.routing.hours import WorkingTime
from bot.routing.policy import policy_of
from storage.communities import Community
from storage.ledger import deliveries
from storage.ledger.deliveries import Sent
from storage.members import Member


async def decide(db: AsyncSession, members: Sequence[Member], kind: Kind, now: datetime) -> dict[int, Decision]:
    """Member id → whether they may be sent a message of this kind now."""
    sent = {}
    if kind in UNASKED:
        sent = await deliveries.sent_to(db, [member.id for member in members], now - WEEK)
    decisions = {}
    for member in members:
        community = await db.get_one(Community, member.community_id)  # read once, however many members
        working = policy_of(community.asking).working
        decisions[member.id] = may_send(_recipient(member, working, sent.get(member.id, ())), kind, now)
    return decisions


def still(member: Member, kind: Kind, now: datetime) -> Decision:
    """The same at the moment of sending, when it was counted already: they may have left or want less by now."""
    return may_send(_recipient(member, WorkingTime(), ()), kind, now)


def _recipient(member: Member, working: WorkingTime, sent: Sequence[Sent]) -> Recipient:
    return Recipient(
        joined=member.joined_at is not None,
        volume=member.volume,
        availability=member.availability,
        zone=member.zone,
        working=replace(working, begins=member.hours_from, ends=member.hours_to),
        away_until=member.away_until,
        weekly_cap=member.weekly_cap,
        invited=[item.at for item in sent if item.kind == Kind.INVITATION],
        reminded=[item.at for item in sent if item.kind == Kind.REMINDER],
        blocked=member.blocked_at is not None,
    )
