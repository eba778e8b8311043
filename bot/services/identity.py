"""From what a platform says to what we know: the community, the member, the place of an event."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from bot.core.errors import Fixable
from bot.core.events import (
    CameOrWent,
    Click,
    FromAPerson,
    PersonChanged,
    PlaceChanged,
    PlaceMembers,
    Ref,
    Submit,
    WorkspaceConnected,
)
from bot.core.people import Role, every_zone
from bot.core.ritual import Spec
from bot.core.text import Text, Typed
from storage import audit, communities, erasing, members
from storage.communities import Community, Place
from storage.members import Member


@dataclass(frozen=True, slots=True)
class Actor:
    community: Community
    member: Member
    place: Place | None


NO_PART = "You can't take part here. Ask whoever looks after this community."
NO_PART_BUT: Text = (f"{NO_PART} For a copy of what is kept of you, or to have it deleted: ", Typed("rounds data"), ".")


def check_takes_part(member: Member) -> None:
    """Raises Fixable when a facilitator took away their part in the community."""
    if member.blocked_at is not None:
        raise Fixable(NO_PART_BUT)


async def actor_of(db: AsyncSession, event: FromAPerson, now: datetime) -> Actor:
    """Who acts, where. A person we have not met becomes a member (who has not joined).

    Acting in a closed place proves that they can read it; what was opened there some time ago does not, be it a form that is
    sent or a page of ours with a button, which stands on no message.
    Raises Fixable when the workspace is not connected.
    """
    community = await communities.of_workspace(db, event.who)
    if community is None:
        raise Fixable("This workspace is not set up yet. Ask whoever installed Rounds to finish setting it up.")
    await erasing.comes_back(db, event.who)
    member = await members.keep(db, community.id, event.who, community.zone)
    place = await communities.place_of(db, event.place)
    opened_before = isinstance(event, Submit) or (isinstance(event, Click) and not event.message)
    is_there = place is not None and place.closed and not opened_before
    if place is not None and is_there and not await communities.is_believed(db, place.id, member.id, now):
        await communities.verify_member(db, place.id, member.id, can_see=True, at=now)
    return Actor(community, member, place)


async def role_of(db: AsyncSession, who: Ref) -> Role:
    """What somebody may do, wherever they are. Somebody we have not met is a member. Raises Fixable as ``actor_of`` does."""
    member = await members.of_account(db, who)
    if member is None:
        return Role.MEMBER
    check_takes_part(member)
    return Role(member.role)


def check_role(actor: Actor, spec: Spec) -> None:
    """Raises Fixable when this is not for somebody of the actor's role, or for somebody who takes no part."""
    if not spec.even_blocked:
        check_takes_part(actor.member)
    if actor.member.role < spec.role:
        raise not_for_you(spec)


def not_for_you(spec: Spec) -> Fixable:
    return Fixable(f"This is for {spec.role.name.lower()}s. Ask somebody who looks after this community to do it.")


async def known_actor(db: AsyncSession, event: FromAPerson, now: datetime) -> Actor | None:
    """The same without writing anything; nothing where there is something to write down first."""
    community = await communities.of_workspace(db, event.who)
    member = await members.of_account(db, event.who)
    if community is None or member is None:
        return None
    place = await communities.place_of(db, event.place)
    if place is not None and place.closed and not await communities.is_believed(db, place.id, member.id, now):
        return None
    return Actor(community, member, place)


async def workspace_connected(db: AsyncSession, event: WorkspaceConnected, now: datetime) -> Community:
    """The workspace's community. Where nobody looks after it yet, whoever installed the bot is its steward and has joined."""
    zone = _known_zone(event.zone, "UTC")
    community = await communities.connect(db, event.workspace, event.name, zone, now)
    if event.installer is not None and not await members.facilitators(db, community.id):
        steward = await members.keep(db, community.id, event.installer, zone)
        steward.role = int(Role.STEWARD)
        await members.join(db, steward, now, can_help=(), wants_to_learn=())
        audit.note(db, community.id, steward.id, now, "steward.appointed", f"member:{steward.id}", "installed the bot")
    return community


async def person_changed(db: AsyncSession, event: PersonChanged) -> None:
    community = await communities.of_workspace(db, event.who)
    if community is None or await wants_no_trace(db, event.who):
        return
    zone = _known_zone(event.zone, community.zone)
    member = await members.keep(db, community.id, event.who, zone, event.name)
    account = await members.account_of(db, event.who)
    assert account is not None, "keep() has just made sure of it"
    member.name = event.name
    if member.joined_at is None:  # who joined has said themselves
        member.zone = _known_zone(event.zone, member.zone)
    account.active, account.guest = event.active, event.guest
    await db.flush()


def _known_zone(zone: str, otherwise: str) -> str:
    """What a platform says is kept only if it can be used."""
    return zone if zone in every_zone() else otherwise


async def wants_no_trace(db: AsyncSession, who: Ref) -> bool:
    """Whether they had everything erased and did nothing here since: what the platform says of them is not written down."""
    member = await members.of_account(db, who)
    if member is None:
        return await erasing.is_erased(db, who)
    return member.blocked_at is not None and member.name == erasing.NOBODY


async def place_changed(db: AsyncSession, event: PlaceChanged) -> tuple[Community, Place] | None:
    community = await communities.of_workspace(db, event.place)
    if community is None:
        return None
    place = await communities.keep_place(
        db,
        community,
        event.place,
        event.name,
        closed=event.closed,
        archived=event.archived,
        forum=event.forum,
        readable=event.readable,
    )
    return community, place


async def place_members(db: AsyncSession, event: PlaceMembers) -> None:
    community = await communities.of_workspace(db, event.place)
    place = await communities.place_of(db, event.place)
    if community is None or place is None:
        return
    who = [ref for ref in event.who if not await wants_no_trace(db, ref)]
    present = [(await members.keep(db, community.id, ref, community.zone)).id for ref in who]
    await communities.keep_members(db, place, present, event.at)


async def came_or_went(db: AsyncSession, event: CameOrWent) -> None:
    """Only for closed places: in an open one everybody reads."""
    community = await communities.of_workspace(db, event.place)
    place = await communities.place_of(db, event.place)
    if community is None or place is None or not place.closed:
        return
    if event.here and place.members_at is not None and event.at <= place.members_at:
        return  # older than the list that we have
    if await wants_no_trace(db, event.who):
        return
    member = await members.keep(db, community.id, event.who, community.zone)
    await communities.verify_member(db, place.id, member.id, can_see=event.here, at=event.at)


async def see_afresh(db: AsyncSession, account: Ref, place: Place, *, can_see: bool, now: datetime) -> None:
    """Write down a platform's answer on whether somebody can read a closed place."""
    member = await members.of_account(db, account)
    if member is not None:
        await communities.verify_member(db, place.id, member.id, can_see=can_see, at=now)
