"""Who was asked whether they can help with a question, and what they said."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from sqlalchemy import ForeignKey, String, UniqueConstraint, cast, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Mapped, mapped_column

from storage.base import NEVER_REUSE_IDS, Base
from storage.questions import Question

ASKED, LATER, DECLINED, ANSWERED, WITHDRAWN = "asked", "later", "declined", "answered", "withdrawn"
WAITING = (ASKED, LATER)


class Invitation(Base):
    """A member was asked whether they can help with a question, and why them.

    ``state``: asked; later (they want to be reminded); declined; answered; withdrawn (somebody else answered).
    """

    __tablename__ = "invitation"
    __table_args__ = (UniqueConstraint("question_id", "member_id"), NEVER_REUSE_IDS)
    id: Mapped[int] = mapped_column(primary_key=True)
    question_id: Mapped[int] = mapped_column(ForeignKey("question.id"), index=True)
    member_id: Mapped[int] = mapped_column(ForeignKey("member.id"), index=True)
    reasons: Mapped[list[str]]
    state: Mapped[str]
    created_at: Mapped[datetime]
    reminded_at: Mapped[datetime | None]


async def invite(db: AsyncSession, question_id: int, why: Mapping[int, list[str]], now: datetime) -> list[Invitation]:
    """Write down that members are asked; ``why`` is member id → reasons. Whose invitation was withdrawn is asked anew."""
    earlier = {invitation.member_id: invitation for invitation in await of_question(db, question_id)}
    invited = []
    for member_id, reasons in why.items():
        invitation = earlier.get(member_id) or Invitation(question_id=question_id, member_id=member_id)
        invitation.reasons, invitation.state = reasons, ASKED
        invitation.created_at, invitation.reminded_at = now, None
        db.add(invitation)
        invited.append(invitation)
    await db.flush()
    return invited


async def of_question(db: AsyncSession, question_id: int) -> list[Invitation]:
    query = select(Invitation).where(Invitation.question_id == question_id).order_by(Invitation.id)
    return list(await db.scalars(query))


async def waiting_for(db: AsyncSession, member_id: int, limit: int) -> list[Invitation]:
    """What a member was asked and has not reacted to, the newest first."""
    query = select(Invitation).where(Invitation.member_id == member_id, Invitation.state.in_(WAITING))
    return list(await db.scalars(query.order_by(Invitation.id.desc()).limit(limit)))


async def get(db: AsyncSession, invitation_id: int) -> Invitation | None:
    return await db.get(Invitation, invitation_id)


async def since(db: AsyncSession, community_id: int, since: datetime) -> dict[int, list[datetime]]:
    """Member id → when they were asked something since then."""
    rows = await db.execute(
        select(Invitation.member_id, Invitation.created_at)
        .join(Question, Question.id == Invitation.question_id)
        .where(Question.community_id == community_id, Invitation.created_at >= since)
    )
    found: dict[int, list[datetime]] = {}
    for member_id, at in rows:
        found.setdefault(member_id, []).append(at)
    return found


async def because_of(db: AsyncSession, question_id: int) -> list[int]:
    """The invitations, to whatever question, whose reason is an answer to this one."""
    named = f'%"answered:{question_id}"%'
    return list(await db.scalars(select(Invitation.id).where(cast(Invitation.reasons, String).like(named))))


async def asked(db: AsyncSession, question_id: int) -> set[int]:
    """The members who were asked and need not be asked again: not those whose invitation was withdrawn."""
    return {it.member_id for it in await of_question(db, question_id) if it.state != WITHDRAWN}
