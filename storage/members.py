"""Members: who they are on each platform, how much and when they may be asked, what they can help with."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import date, datetime

from sqlalchemy import ColumnElement, Date, ForeignKey, UniqueConstraint, delete, func, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Mapped, mapped_column

from bot.core.events import Ref
from bot.core.people import Role
from bot.core.text import Person
from storage.base import NEVER_REUSE_IDS, Base

QUIET, NORMAL, FULL = "quiet", "normal", "full"
HOURS, SHIFTS, DIGEST_ONLY = "hours", "shifts", "digest"
HELP, LEARN = "help", "learn"


class Member(Base):
    """A person in one community. ``joined_at`` is empty until they join: until then they are sent nothing unasked.

    Hours are minutes after midnight on the member's own clock (``zone``); ``away_until`` is the last day away.
    ``blocked_at``: a facilitator took away their part in it.
    """

    __tablename__ = "member"
    __table_args__ = (NEVER_REUSE_IDS,)
    id: Mapped[int] = mapped_column(primary_key=True)
    community_id: Mapped[int] = mapped_column(ForeignKey("community.id"), index=True)
    name: Mapped[str]
    role: Mapped[int] = mapped_column(default=int(Role.MEMBER))
    joined_at: Mapped[datetime | None]
    zone: Mapped[str] = mapped_column(default="UTC")
    volume: Mapped[str] = mapped_column(default=NORMAL)
    availability: Mapped[str] = mapped_column(default=HOURS)
    hours_from: Mapped[int] = mapped_column(default=9 * 60)
    hours_to: Mapped[int] = mapped_column(default=17 * 60)
    away_until: Mapped[date | None] = mapped_column(Date)
    weekly_cap: Mapped[int] = mapped_column(default=3)
    blocked_at: Mapped[datetime | None]

    @property
    def as_role(self) -> Role:
        return Role(self.role)


class Account(Base):
    """A member's identity in one workspace of one platform."""

    __tablename__ = "account"
    __table_args__ = (UniqueConstraint("platform", "workspace", "remote_id"), NEVER_REUSE_IDS)
    id: Mapped[int] = mapped_column(primary_key=True)
    member_id: Mapped[int] = mapped_column(ForeignKey("member.id"), index=True)
    platform: Mapped[str]
    workspace: Mapped[str]
    remote_id: Mapped[str]
    active: Mapped[bool] = mapped_column(default=True)
    guest: Mapped[bool] = mapped_column(default=False)

    @property
    def ref(self) -> Ref:
        return Ref(self.platform, self.workspace, self.remote_id)


class MemberTopic(Base):
    """A tag that a member said they can help with, or want to learn about."""

    __tablename__ = "member_topic"
    member_id: Mapped[int] = mapped_column(ForeignKey("member.id", ondelete="CASCADE"), primary_key=True)
    kind: Mapped[str] = mapped_column(primary_key=True)
    tag: Mapped[str] = mapped_column(primary_key=True)


async def of_account(db: AsyncSession, ref: Ref) -> Member | None:
    return await db.scalar(
        select(Member)
        .join(Account, Account.member_id == Member.id)
        .where(Account.platform == ref.platform, Account.workspace == ref.workspace, Account.remote_id == ref.id)
    )


async def account_of(db: AsyncSession, ref: Ref) -> Account | None:
    return await db.scalar(
        select(Account).where(
            Account.platform == ref.platform, Account.workspace == ref.workspace, Account.remote_id == ref.id
        )
    )


async def keep(db: AsyncSession, community_id: int, ref: Ref, zone: str, name: str = "") -> Member:
    """The member behind an account, made (not joined) when the account is new.

    Until the platform has said more of them they are taken for a guest, who sees least.
    """
    known = await of_account(db, ref)
    if known is not None:
        if known.community_id != community_id:  # met while their workspace joined another community
            known.community_id = community_id
        return known
    member = Member(community_id=community_id, name=name or "someone", zone=zone)
    try:
        async with db.begin_nested():
            db.add(member)
            await db.flush()
            where = {"platform": ref.platform, "workspace": ref.workspace, "remote_id": ref.id}
            db.add(Account(member_id=member.id, guest=True, **where))
    except IntegrityError:  # somebody else has just met them
        known = await of_account(db, ref)
        if known is None:
            raise
        return known
    return member


async def workspace_gone(db: AsyncSession, workspace: Ref) -> None:
    """Nobody can be reached by their account there, or see by it, until the platform says so again."""
    there = Account.platform == workspace.platform, Account.workspace == workspace.workspace
    await db.execute(update(Account).where(*there).values(active=False))


async def join(
    db: AsyncSession, member: Member, now: datetime, *, can_help: tuple[str, ...], wants_to_learn: tuple[str, ...]
) -> None:
    """The member has joined (or changes what they said when they did)."""
    member.joined_at = member.joined_at or now
    await db.execute(delete(MemberTopic).where(MemberTopic.member_id == member.id))
    db.add_all(MemberTopic(member_id=member.id, kind=HELP, tag=tag) for tag in can_help)
    db.add_all(MemberTopic(member_id=member.id, kind=LEARN, tag=tag) for tag in wants_to_learn)
    await db.flush()


async def hold(db: AsyncSession, ids: Sequence[int]) -> None:
    """Keep these members as they are until the end of the transaction: others who want to hold one of them wait.

    In one order, so that two who hold several do not wait for each other; what merely refers to a member need not wait.
    """
    query = select(Member.id).where(Member.id.in_(ids)).order_by(Member.id)
    await db.execute(query.with_for_update(key_share=True))


async def leave(db: AsyncSession, member: Member) -> None:
    """The member is sent nothing unasked any more; what they said they can help with is forgotten."""
    member.joined_at = None
    await db.execute(delete(MemberTopic).where(MemberTopic.member_id == member.id))
    await db.flush()


async def topics(db: AsyncSession, member_id: int, kind: str) -> tuple[str, ...]:
    query = select(MemberTopic.tag).where(MemberTopic.member_id == member_id, MemberTopic.kind == kind)
    return tuple(await db.scalars(query.order_by(MemberTopic.tag)))


async def helpers_by_tag(db: AsyncSession, community_id: int) -> dict[int, set[str]]:
    """Member id → the tags they said they can help with, for everyone who joined."""
    rows = await db.execute(
        select(MemberTopic.member_id, MemberTopic.tag)
        .join(Member, Member.id == MemberTopic.member_id)
        .where(Member.community_id == community_id, Member.joined_at.is_not(None), MemberTopic.kind == HELP)
        .where(Member.blocked_at.is_(None))
    )
    found: dict[int, set[str]] = {}
    for member_id, tag in rows:
        found.setdefault(member_id, set()).add(tag)
    return found


async def joined(db: AsyncSession, community_id: int, among: ColumnElement[bool] | None = None) -> list[Member]:
    """Who joined, takes part and has a working account; only those for whom the clause ``among`` is true if given."""
    query = select(Member).where(
        Member.community_id == community_id,
        Member.joined_at.is_not(None),
        Member.blocked_at.is_(None),
        select(Account.id).where(Account.member_id == Member.id, Account.active.is_(True)).exists(),
    )
    if among is not None:
        query = query.where(among)
    return list(await db.scalars(query.order_by(Member.id)))


async def facilitators(db: AsyncSession, community_id: int, among: ColumnElement[bool] | None = None) -> list[Member]:
    """Who looks after the community; only those for whom the clause ``among`` is true if given."""
    query = select(Member).where(Member.community_id == community_id, Member.role >= int(Role.FACILITATOR))
    if among is not None:
        query = query.where(among)
    return list(await db.scalars(query.order_by(Member.id)))


async def blocked(db: AsyncSession, community_id: int) -> list[Member]:
    """Whose part in the community was taken away, the latest first."""
    query = select(Member).where(Member.community_id == community_id, Member.blocked_at.is_not(None))
    return list(await db.scalars(query.order_by(Member.blocked_at.desc(), Member.id)))


async def count(db: AsyncSession, community_id: int) -> int:
    """How many people of this community have a working account, joined or not."""
    return (
        await db.scalar(
            select(func.count(func.distinct(Account.member_id)))
            .join(Member, Member.id == Account.member_id)
            .where(Member.community_id == community_id, Account.active.is_(True))
        )
        or 0
    )


async def accounts(db: AsyncSession, member_id: int) -> list[Account]:
    """The member's working accounts, the newest first: that is where they are sent things."""
    return (await accounts_of(db, [member_id])).get(member_id, [])


async def accounts_of(db: AsyncSession, member_ids: Collection[int]) -> dict[int, list[Account]]:
    """Member id → their working accounts, the newest first."""
    query = select(Account).where(Account.member_id.in_(member_ids), Account.active.is_(True))
    found: dict[int, list[Account]] = {}
    for account in await db.scalars(query.order_by(Account.id.desc())):
        found.setdefault(account.member_id, []).append(account)
    return found


async def several(db: AsyncSession, ids: Collection[int]) -> dict[int, Member]:
    return {member.id: member for member in await db.scalars(select(Member).where(Member.id.in_(ids)))}


async def as_person(db: AsyncSession, member_id: int, *, notify: bool = False) -> Person:
    """The member as a card shows them: by their accounts, unless a facilitator took away their part in the community."""
    member = await db.get_one(Member, member_id)
    shown = await accounts(db, member_id) if member.blocked_at is None else ()
    return Person(member.name, tuple(account.ref for account in shown), notify)


async def as_people(db: AsyncSession, member_ids: Collection[int]) -> dict[int, Person]:
    """The same for several: member id → how a card shows them."""
    people = await several(db, member_ids)
    theirs = await accounts_of(db, [id for id, member in people.items() if member.blocked_at is None])
    return {
        id: Person(member.name, tuple(account.ref for account in theirs.get(id, ()))) for id, member in people.items()
    }


async def zones(db: AsyncSession, community_id: int, limit: int) -> list[str]:
    """The time zones in which most of those who joined live, most people first."""
    query = select(Member.zone).where(Member.community_id == community_id, Member.joined_at.is_not(None))
    return list(await db.scalars(query.group_by(Member.zone).order_by(func.count().desc(), Member.zone).limit(limit)))
