"""Communities, the workspaces they live in, their places, and what they use places for."""

from __future__ import annotations

from collections.abc import Collection
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, ForeignKey, UniqueConstraint, delete, false, func, or_, select, update
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Mapped, mapped_column

from bot.core.events import Ref
from storage.base import NEVER_REUSE_IDS, Base
from storage.upsert import insert_for

# How long a platform's word on who can read a closed place is believed. Older means: not visible.
MEMBERSHIP_BELIEVED = timedelta(hours=24)


class Community(Base):
    """``asking``: how it wants questions passed on, where that is not as shipped (bot/routing/policy.py). ``clinical``: what is
    typed is looked at for details of patients (bot/services/particulars.py)."""

    __tablename__ = "community"
    __table_args__ = (NEVER_REUSE_IDS,)
    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str]
    domain: Mapped[str] = mapped_column(default="")
    zone: Mapped[str] = mapped_column(default="UTC")
    asking: Mapped[dict[str, Any] | None]
    alike_enough: Mapped[float] = mapped_column(default=0.6, server_default="0.6")
    clinical: Mapped[bool] = mapped_column(default=False, server_default=false())
    created_at: Mapped[datetime]


class Workspace(Base):
    """A Slack workspace, a Discord server, the local one: it belongs to one community. ``gone_at``: the bot was removed."""

    __tablename__ = "workspace"
    __table_args__ = (UniqueConstraint("platform", "remote_id"), NEVER_REUSE_IDS)
    id: Mapped[int] = mapped_column(primary_key=True)
    community_id: Mapped[int] = mapped_column(ForeignKey("community.id"), index=True)
    platform: Mapped[str]
    remote_id: Mapped[str]
    name: Mapped[str]
    gone_at: Mapped[datetime | None]


class Place(Base):
    """A platform's channel. ``closed``: only its members can read it.

    ``readable``: we can read a message there when its author agrees.
    """

    __tablename__ = "place"
    __table_args__ = (UniqueConstraint("platform", "workspace", "remote_id"), NEVER_REUSE_IDS)
    id: Mapped[int] = mapped_column(primary_key=True)
    community_id: Mapped[int] = mapped_column(ForeignKey("community.id"), index=True)
    platform: Mapped[str]
    workspace: Mapped[str]
    remote_id: Mapped[str]
    name: Mapped[str]
    closed: Mapped[bool]
    archived: Mapped[bool] = mapped_column(default=False)
    forum: Mapped[bool] = mapped_column(default=False)
    readable: Mapped[bool] = mapped_column(default=False, server_default=false())
    space_id: Mapped[int] = mapped_column(ForeignKey("space.id"), index=True)
    members_at: Mapped[datetime | None]  # when the platform last said who can read it

    @property
    def ref(self) -> Ref:
        return Ref(self.platform, self.workspace, self.remote_id)


class Space(Base):
    """What a community uses one or more places for. Every place is in one; what is kept belongs to a space."""

    __tablename__ = "space"
    __table_args__ = (NEVER_REUSE_IDS,)
    id: Mapped[int] = mapped_column(primary_key=True)
    community_id: Mapped[int] = mapped_column(ForeignKey("community.id"), index=True)
    purpose: Mapped[str]


class PlaceMember(Base):
    """That a member can read a closed place, as the platform said at ``verified_at``; or that they left, at ``left_at``."""

    __tablename__ = "place_member"
    place_id: Mapped[int] = mapped_column(ForeignKey("place.id", ondelete="CASCADE"), primary_key=True)
    member_id: Mapped[int] = mapped_column(ForeignKey("member.id", ondelete="CASCADE"), primary_key=True, index=True)
    verified_at: Mapped[datetime]
    left_at: Mapped[datetime | None]


NEVER = datetime(1970, 1, 1, tzinfo=UTC)  # verified so long ago that nobody believes it
TALK, QUESTIONS = "talk", "questions"


async def of_workspace(
    db: AsyncSession, workspace: Ref | None, platform: str = "", remote_id: str = ""
) -> Community | None:
    """The community of a workspace, or nothing when it is not connected to one."""
    if workspace is not None:
        platform, remote_id = workspace.platform, workspace.workspace
    return await db.scalar(
        select(Community)
        .join(Workspace, Workspace.community_id == Community.id)
        .where(Workspace.platform == platform, Workspace.remote_id == remote_id)
    )


async def how_many_workspaces(db: AsyncSession, community_id: int) -> int:
    """How many it lives in; those that the bot was removed from do not count."""
    theirs = Workspace.community_id == community_id, Workspace.gone_at.is_(None)
    return await db.scalar(select(func.count()).select_from(Workspace).where(*theirs)) or 0


async def connect(db: AsyncSession, workspace: Ref, name: str, zone: str, now: datetime) -> Community:
    """The workspace's community, made if it is new."""
    known = await of_workspace(db, workspace)
    if known is not None:
        await db.execute(update(Workspace).where(*_is(workspace)).values(name=name, gone_at=None))
        return known
    community = Community(name=name, zone=zone, created_at=now)
    db.add(community)
    await db.flush()
    db.add(Workspace(community_id=community.id, platform=workspace.platform, remote_id=workspace.workspace, name=name))
    await db.flush()
    return community


def _is(workspace: Ref) -> tuple[ColumnElement[bool], ...]:
    return Workspace.platform == workspace.platform, Workspace.remote_id == workspace.workspace


async def workspace_gone(db: AsyncSession, workspace: Ref, now: datetime) -> None:
    """The bot was removed from a workspace. What the community keeps stays; it can be connected again.

    Nothing can be posted there, and nobody is reached or believed by their account there, until the platform says more.
    """
    await db.execute(update(Workspace).where(*_is(workspace)).values(gone_at=now))
    there = Place.platform == workspace.platform, Place.workspace == workspace.workspace
    await db.execute(update(Place).where(*there).values(archived=True))


async def place_of(db: AsyncSession, ref: Ref) -> Place | None:
    return await db.scalar(
        select(Place).where(Place.platform == ref.platform, Place.workspace == ref.workspace, Place.remote_id == ref.id)
    )


async def keep_place(
    db: AsyncSession,
    community: Community,
    ref: Ref,
    name: str,
    *,
    closed: bool,
    archived: bool,
    forum: bool,
    readable: bool = False,
) -> Place:
    """Write down what the platform says of a place. A new place gets a space of its own, used for talk."""
    place = await place_of(db, ref)
    if place is None:
        space = Space(community_id=community.id, purpose=TALK)
        db.add(space)
        await db.flush()
        place = Place(
            community_id=community.id,
            platform=ref.platform,
            workspace=ref.workspace,
            remote_id=ref.id,
            space_id=space.id,
            name=name or ref.id,
            closed=closed,
        )
        db.add(place)
    elif closed and not place.closed:
        await _keep_apart(db, place)
    place.name, place.closed, place.archived, place.forum = name or place.name, closed, archived, forum
    place.readable = readable
    await db.flush()
    return place


async def _shares_its_space(db: AsyncSession, place: Place) -> bool:
    """With any place, also one that is archived: its readers can still read."""
    others = Place.space_id == place.space_id, Place.id != place.id
    return await db.scalar(select(Place.id).where(*others).limit(1)) is not None


async def _keep_apart(db: AsyncSession, place: Place) -> None:
    """An open place that shared its space becomes closed: from now on, what is said there is for its members alone."""
    if not await _shares_its_space(db, place):
        return
    shared = await db.get_one(Space, place.space_id)
    own = Space(community_id=place.community_id, purpose=shared.purpose)
    db.add(own)
    await db.flush()
    place.space_id = own.id


async def keep_members(db: AsyncSession, place: Place, members: list[int], at: datetime) -> None:
    """Replace who can read a closed place by what the platform said at ``at``, unless it has said something newer since."""
    await db.refresh(place, with_for_update=True)  # two reports of the same place come one after the other
    if place.members_at is not None and place.members_at > at:
        return
    place.members_at = at
    left_since = PlaceMember.place_id == place.id, PlaceMember.left_at > at
    gone = set(await db.scalars(select(PlaceMember.member_id).where(*left_since)))
    earlier = PlaceMember.place_id == place.id, PlaceMember.member_id.not_in(gone)
    await db.execute(delete(PlaceMember).where(*earlier))
    here = [member for member in dict.fromkeys(members) if member not in gone]
    db.add_all(PlaceMember(place_id=place.id, member_id=member, verified_at=at) for member in here)
    await db.flush()


async def is_believed(db: AsyncSession, place_id: int, member_id: int, now: datetime) -> bool:
    """Whether a member of a closed place was seen there lately enough to be believed."""
    theirs = PlaceMember.place_id == place_id, PlaceMember.member_id == member_id
    verified_at = await db.scalar(select(PlaceMember.verified_at).where(*theirs))
    return verified_at is not None and verified_at > now - MEMBERSHIP_BELIEVED


async def verify_member(db: AsyncSession, place_id: int, member_id: int, *, can_see: bool, at: datetime) -> None:
    """Write down the platform's word on one member and one closed place, unless it said they left later than ``at``."""
    known = {"verified_at": at, "left_at": None} if can_see else {"verified_at": NEVER, "left_at": at}
    statement = insert_for(db, PlaceMember).values(place_id=place_id, member_id=member_id, **known)
    newer = or_(PlaceMember.left_at.is_(None), PlaceMember.left_at <= at)
    keys = ["place_id", "member_id"]
    await db.execute(statement.on_conflict_do_update(index_elements=keys, set_=known, where=newer))


async def use_for(db: AsyncSession, place: Place, purpose: str, *, may_share: bool = True) -> None:
    """Use a place for a purpose. Open places of several workspaces that serve one purpose share a space if they may.

    A closed place keeps its own.
    """
    space = await db.get_one(Space, place.space_id)
    if space.purpose == purpose:
        return
    shared = await db.scalar(
        select(Space)
        .join(Place, Place.space_id == Space.id)
        .where(Space.community_id == place.community_id, Space.purpose == purpose)
        .where(Place.closed.is_(False), Place.archived.is_(False), Place.workspace != place.workspace)
        .order_by(Space.id)
        .limit(1)
    )
    if shared is not None and not place.closed and may_share:
        place.space_id = shared.id
    else:
        space.purpose = purpose
    await db.flush()


async def use_no_more(db: AsyncSession, place: Place) -> None:
    """A place serves no purpose any more. What is kept stays where it was shared."""
    space = await db.get_one(Space, place.space_id)
    if await _shares_its_space(db, place):
        own = Space(community_id=place.community_id, purpose=TALK)
        db.add(own)
        await db.flush()
        place.space_id = own.id
    else:
        space.purpose = TALK
    await db.flush()


async def places(
    db: AsyncSession, community_id: int, purpose: str | None = None, *, archived: bool = False
) -> list[Place]:
    """The community's places that are in use (or those that no longer are), by name; of one purpose if given."""
    query = (
        select(Place)
        .where(Place.community_id == community_id, Place.archived.is_(archived))
        .order_by(Place.name, Place.id)
    )
    if purpose is not None:
        query = query.join(Space, Space.id == Place.space_id).where(Space.purpose == purpose)
    return list(await db.scalars(query))


async def places_of_space(db: AsyncSession, space_id: int) -> list[Place]:
    return await places_of_spaces(db, [space_id])


async def places_of_spaces(db: AsyncSession, space_ids: Collection[int]) -> list[Place]:
    query = select(Place).where(Place.space_id.in_(space_ids), Place.archived.is_(False)).order_by(Place.id)
    return list(await db.scalars(query))


async def is_disconnected(db: AsyncSession, space_id: int) -> bool:
    """Whether the bot was removed from a workspace in which this space has a place."""
    gone = select(Workspace.id).where(
        Workspace.platform == Place.platform, Workspace.remote_id == Place.workspace, Workspace.gone_at.is_not(None)
    )
    return await db.scalar(select(Place.id).where(Place.space_id == space_id, gone.exists()).limit(1)) is not None


async def place_called(db: AsyncSession, community_id: int, remote_id: str, *, near: Place | None) -> Place | None:
    """The community's place with the platform's id; ``near`` itself if it is that one."""
    if near is not None and near.remote_id == remote_id:
        return near
    found = list(await db.scalars(select(Place).filter_by(community_id=community_id, remote_id=remote_id)))
    return found[0] if len(found) == 1 else None
