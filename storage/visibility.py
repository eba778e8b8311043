"""Who sees what: the one place that turns a Viewer into a WHERE clause.

Everything that belongs to a space is read through ``visible``. A member sees a space when they can read one of its places:
an open place of a workspace where they have a working account (a guest's account does not count), or a closed place whose
platform said lately that they are in it. A place as viewer sees its own space alone: a card posted there is drawn for the
least privileged of its readers.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, and_, exists, false, literal, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.core.people import Viewer
from storage.communities import MEMBERSHIP_BELIEVED, Place, PlaceMember
from storage.members import Account, Member


def visible(viewer: Viewer, space_id: Any, now: datetime) -> ColumnElement[bool]:
    """The clause for a query's column ``space_id``: true for the spaces this viewer can see at ``now``."""
    if viewer.place is not None:
        return exists().where(
            Place.space_id == space_id, Place.id == viewer.place, Place.community_id == viewer.community
        )
    if viewer.member is None:
        return false()
    return _member_sees(viewer.member, viewer.community, space_id, now)


def _member_sees(member_id: Any, community_id: Any, space_id: Any, now: datetime) -> ColumnElement[bool]:
    # By itself SQLAlchemy correlates with the next enclosing query only, and would list every member anew inside.
    in_its_workspace = (
        select(Account.id)
        .where(
            Account.member_id == member_id,
            Account.active.is_(True),
            Account.guest.is_(False),
            Account.platform == Place.platform,
            Account.workspace == Place.workspace,
        )
        .correlate(Place, Member)
        .exists()
    )
    in_the_place = (
        select(PlaceMember.member_id)
        .where(
            PlaceMember.place_id == Place.id,
            PlaceMember.member_id == member_id,
            PlaceMember.verified_at > now - MEMBERSHIP_BELIEVED,
        )
        .correlate(Place, Member)
        .exists()
    )
    return (
        select(Place.id)
        .where(
            Place.space_id == space_id,
            Place.community_id == community_id,
            or_(and_(Place.closed.is_(False), in_its_workspace), in_the_place),
        )
        .exists()
    )


async def readers(db: AsyncSession, space_id: int, now: datetime) -> list[int]:
    """The members who can see a space at ``now``."""
    sees = _member_sees(Member.id, Member.community_id, space_id, now)
    return list(await db.scalars(select(Member.id).where(sees).order_by(Member.id)))


async def sees(db: AsyncSession, space_id: int, viewer: Viewer, now: datetime) -> bool:
    """Whether a viewer can see a space at ``now``."""
    return bool(await db.scalar(select(visible(viewer, literal(space_id), now))))
