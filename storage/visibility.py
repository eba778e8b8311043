"""Who sees what: the one place that turns a Viewer into a WHERE clause.

Everything that belongs to a space is read through ``visible``. A member sees a space when they can read one of its places:
an open place of a workspace where they have a working account (a guest's does not count), or a place whose platform said lately
that they are in it, with a working account there (a guest's will do). A place as viewer sees its own space alone: a card posted
there is drawn for the least privileged of its readers.
"""

from __future__ import annotations

from collections.abc import Collection
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
    return (
        select(Place.id)
        .where(Place.space_id == space_id, Place.community_id == community_id, _member_reads(member_id, now))
        .exists()
    )


def _member_reads(member_id: Any, now: datetime) -> ColumnElement[bool]:
    """The clause for a query of places: true for those this member can read at ``now``."""
    # By itself SQLAlchemy correlates with the next enclosing query only, and would list every member anew inside.
    in_its_workspace = select(Account.id).where(
        Account.member_id == member_id,
        Account.active.is_(True),
        Account.platform == Place.platform,
        Account.workspace == Place.workspace,
    )
    as_guest = in_its_workspace.correlate(Place, Member).exists()
    as_member = in_its_workspace.where(Account.guest.is_(False)).correlate(Place, Member).exists()
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
    return or_(and_(Place.closed.is_(False), as_member), and_(in_the_place, as_guest))


def is_reader(space_id: int, now: datetime) -> ColumnElement[bool]:
    """The clause for a query of members: true for those who can see a space at ``now``."""
    return _member_sees(Member.id, Member.community_id, space_id, now)


async def readers(db: AsyncSession, space_id: int, now: datetime) -> list[int]:
    """The members who can see a space at ``now``."""
    return list(await db.scalars(select(Member.id).where(is_reader(space_id, now)).order_by(Member.id)))


async def sees(db: AsyncSession, space_id: int, viewer: Viewer, now: datetime) -> bool:
    """Whether a viewer can see a space at ``now``."""
    return bool(await db.scalar(select(visible(viewer, literal(space_id), now))))


async def readable(db: AsyncSession, place_ids: Collection[int], viewer: Viewer, now: datetime) -> dict[int, Place]:
    """Those of some very places that a viewer can read at ``now``, by name: a space they see may have other places, too."""
    if viewer.place is not None:
        reads = Place.id == viewer.place
    elif viewer.member is not None:
        reads = _member_reads(viewer.member, now)
    else:
        return {}
    mine = Place.id.in_(place_ids), Place.community_id == viewer.community, reads
    return {place.id: place for place in await db.scalars(select(Place).where(*mine).order_by(Place.name, Place.id))}
