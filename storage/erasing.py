"""Erasing a member: what is theirs goes; what others need to make sense of theirs points to somebody without a name.

The member's row stays, emptied: a number that stands for nobody, for what the audit log and kept answers refer to.
"""

from __future__ import annotations

import hashlib
from datetime import datetime

from sqlalchemy import Column, String, Table, cast, delete, or_, select, update
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Mapped, aliased, mapped_column

from bot.core.events import Ref
from bot.core.people import Role
from storage.audit import AuditEntry
from storage.base import Base
from storage.follows import TagFollow
from storage.invitations import Invitation
from storage.items import Item, ItemNote, ItemVersion
from storage.ledger.deliveries import Delivery
from storage.ledger.timers import Timer
from storage.linking import HOSTED, HOSTS
from storage.members import QUIET, Account, Member, MemberTopic
from storage.search.index import SearchDoc, SearchTag
from storage.sessions import Session
from storage.tags import Tag
from storage.trials import Trial

NOBODY = "Somebody who left"
GONE, UNNAMED, STAYS = "gone", "unnamed", "stays"
# Column that refers to a member → what becomes of its rows, or of what they say of who it was. Every such column stands here.
WHAT_BECOMES = {
    "account.member_id": GONE,
    "answer.author_id": STAYS,  # those that are to go were removed before, one by one
    "attendance.member_id": GONE,
    "audit.actor_id": STAYS,
    "calendar_address.member_id": GONE,
    "delivery.member_id": GONE,
    "digest_channel.member_id": GONE,
    "digest_issue.member_id": GONE,
    "digest_line.member_id": GONE,
    "digest_plan.member_id": GONE,
    "digest_taste.member_id": GONE,
    "draft.member_id": GONE,
    "follow.member_id": GONE,
    "forwarded.author_id": GONE,
    "forwarded.by_id": GONE,
    "invitation.member_id": GONE,
    "item.author_id": STAYS,
    "item_note.author_id": STAYS,
    "item_use.member_id": GONE,
    "item_version.author_id": STAYS,
    "left_out.member_id": GONE,
    "link_code.member_id": GONE,
    "link_tries.member_id": GONE,
    "member_topic.member_id": GONE,
    "place_member.member_id": GONE,
    "profile.member_id": GONE,
    "question.asker_id": STAYS,
    "question_link.member_id": UNNAMED,
    "remark.author_id": STAYS,
    "replier.member_id": GONE,
    "rhythm.made_by": STAYS,
    "rsvp.member_id": GONE,
    "session.host_id": UNNAMED,
    "session_note.author_id": STAYS,
    "space_role.member_id": GONE,
    "tag_follow.member_id": GONE,
    "thanks.from_id": GONE,
    "thanks.to_id": GONE,
    "trial.member_id": STAYS,
    "voice.member_id": GONE,
    "widening.asked_by": GONE,
}


class ErasedAccount(Base):
    """``account_hash`` is of the account's Ref: platforms go on reporting everybody who is there, and this one is not kept."""

    __tablename__ = "erased_account"
    account_hash: Mapped[str] = mapped_column(primary_key=True)
    at: Mapped[datetime]


def hash_of(ref: Ref) -> str:
    return hashlib.blake2b(str(ref).encode(), digest_size=16, person=b"rounds-erased").hexdigest()


async def is_erased(db: AsyncSession, ref: Ref) -> bool:
    return await db.get(ErasedAccount, hash_of(ref)) is not None


async def comes_back(db: AsyncSession, ref: Ref) -> None:
    """Somebody who was erased does something here again: they are met like anybody new."""
    await db.execute(delete(ErasedAccount).where(ErasedAccount.account_hash == hash_of(ref)))


def columns_to_members() -> list[tuple[Table, Column[int]]]:
    """Every column that refers to a member, of the tables that refer to others first."""
    return [
        (table, column)
        for table in reversed(Base.metadata.sorted_tables)
        for column in table.columns
        if any(key.column.table.name == Member.__tablename__ for key in column.foreign_keys)
    ]


async def words_taken_back(db: AsyncSession, member_id: int) -> tuple[list[Item], list[Trial]]:
    """What a member wrote on what others shared goes: notes, changes, trials. Returns the items and trials that it was on."""
    noted = select(ItemNote.item_id).where(ItemNote.author_id == member_id)
    changed = select(ItemVersion.item_id).where(ItemVersion.author_id == member_id)
    found = select(Item).where(Item.id.in_(noted) | Item.id.in_(changed)).order_by(Item.id)
    items = list(await db.scalars(found))
    await db.execute(delete(ItemNote).where(ItemNote.author_id == member_id))
    for item in items:
        await _without_changes_of(db, item, member_id)
    trials = list(await db.scalars(select(Trial).where(Trial.member_id == member_id)))
    await db.execute(delete(Trial).where(Trial.member_id == member_id))
    return items, trials


async def _without_changes_of(db: AsyncSession, item: Item, member_id: int) -> None:
    """It reads again as it did before their changes. A version holds how it read until its author changed it."""
    versions = list(
        await db.scalars(select(ItemVersion).where(ItemVersion.item_id == item.id).order_by(ItemVersion.rev))
    )
    wrote_next = {version.rev + 1: version.author_id for version in versions}
    if wrote_next.get(item.rev) == member_id:
        last = next(version for version in reversed(versions) if wrote_next.get(version.rev) != member_id)
        item.title, item.text, item.more = last.title, last.text, last.more
    for version in versions:
        if wrote_next.get(version.rev) == member_id:
            await db.delete(version)
    await db.flush()


async def suggested_by_nobody(db: AsyncSession, member_id: int) -> list[int]:
    """Invitations that a member had suggested are somebody's suggestion from now on; returns their ids."""
    suggested = f"suggested:{member_id}"
    named = cast(Invitation.reasons, String).like(f'%"{suggested}"%')
    found = list(await db.scalars(select(Invitation).where(named)))
    for invitation in found:
        invitation.reasons = ["suggested" if reason == suggested else reason for reason in invitation.reasons]
    await db.flush()
    return [invitation.id for invitation in found]


async def hosts_no_more(db: AsyncSession, member_id: int) -> list[int]:
    """Meetings that a member hosts have one host less, or none; returns the ids of those that were announced."""
    announced = set(await db.scalars(select(Session.id).where(Session.host_id == member_id)))
    for model in HOSTED:
        hosted = or_(*(model.more[name].as_integer() == member_id for name in HOSTS))
        for row in list(await db.scalars(select(model).where(hosted))):
            row.more = {name: value for name, value in row.more.items() if name not in HOSTS or value != member_id}
            announced |= {row.id} if isinstance(row, Session) else set()
    await db.flush()
    return sorted(announced)


async def erase(db: AsyncSession, member: Member, now: datetime) -> None:
    """What is left of a member, when what they wrote was removed or is to stay without their name."""
    refs = [account.ref for account in await db.scalars(select(Account).where(Account.member_id == member.id))]
    await db.execute(update(SearchDoc).where(SearchDoc.author_id == member.id).values(author_id=None))
    about = or_(AuditEntry.actor_id == member.id, AuditEntry.subject == f"member:{member.id}")
    await db.execute(update(AuditEntry).where(about).values(detail=""))
    theirs = select(Delivery.id).where(Delivery.member_id == member.id)
    await db.execute(update(Delivery).where(Delivery.after_id.in_(theirs)).values(after_id=None))
    for table, column in columns_to_members():
        if table is Account.__table__ and member.blocked_at is not None:
            continue  # else whoever was blocked would be somebody new
        match WHAT_BECOMES[f"{table.name}.{column.name}"]:
            case "gone":
                await db.execute(delete(table).where(column == member.id))
            case "unnamed":
                await db.execute(update(table).where(column == member.id).values({column.name: None}))
    await db.execute(delete(Timer).where(Timer.key.like(f"session:%:mine:{member.id}")))
    if member.blocked_at is None:
        db.add_all(ErasedAccount(account_hash=hash_of(ref), at=now) for ref in refs)
    await _forget_unused_tags(db, member.community_id)
    member.name, member.zone, member.volume = NOBODY, "UTC", QUIET
    member.role, member.joined_at, member.away_until = int(Role.MEMBER), None, None
    await db.flush()


async def _forget_unused_tags(db: AsyncSession, community_id: int) -> None:
    """Words that were a member's alone are offered to nobody."""
    ours = select(Member.id).where(Member.community_id == community_id)
    on_items = select(SearchTag.tag).join(SearchDoc, SearchDoc.id == SearchTag.doc_id)
    other = aliased(Tag)
    used = (
        on_items.where(SearchDoc.community_id == community_id),
        select(MemberTopic.tag).where(MemberTopic.member_id.in_(ours)),
        select(TagFollow.tag).where(TagFollow.member_id.in_(ours)),
        select(other.means).where(other.community_id == community_id, other.means.is_not(None)),
    )
    unused = [Tag.name.not_in(query) for query in used]
    await db.execute(delete(Tag).where(Tag.community_id == community_id, Tag.means.is_(None), *unused))
