"""How many people did what, from what is recorded anyway: numbers, never who."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from storage.answers import Answer, Replier
from storage.items import Item, ItemUse
from storage.members import Member
from storage.questions import Question
from storage.sessions import Attendance
from storage.trials import Trial


@dataclass(frozen=True, slots=True)
class Participation:
    """How many people asked, answered, shared, used what is kept, were at a meeting, and joined."""

    asked: int
    answered: int
    shared: int
    used: int
    came: int
    joined: int


async def since(db: AsyncSession, community_id: int, begin: datetime) -> Participation:
    of = community_id, begin
    return Participation(
        asked=await _people(db, *of, (Question.asker_id, Question.created_at)),
        answered=await _people(db, *of, (Answer.author_id, Answer.created_at), (Replier.member_id, Replier.at)),
        shared=await _people(db, *of, (Item.author_id, Item.created_at)),
        used=await _people(db, *of, (ItemUse.member_id, ItemUse.at), (Trial.member_id, Trial.at)),
        came=await _people(db, *of, (Attendance.member_id, Attendance.at)),
        joined=await _people(db, *of, (Member.id, Member.joined_at)),
    )


async def _people(db: AsyncSession, community_id: int, begin: datetime, *acts: tuple[Any, Any]) -> int:
    """How many did at least one of these: (who, when)."""
    ours = select(Member.id).where(Member.community_id == community_id)
    found: set[int] = set()
    for who, at in acts:
        found.update(await db.scalars(select(who).where(who.in_(ours), at >= begin).distinct()))
    return len(found)
