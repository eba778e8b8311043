"""One person with accounts on two platforms: a code shows that both are theirs, then the two members become one."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import (
    Column,
    ForeignKey,
    String,
    Table,
    UniqueConstraint,
    case,
    cast,
    delete,
    literal_column,
    or_,
    select,
    update,
)
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Mapped, mapped_column

from storage.activity import Voice
from storage.audit import AuditEntry
from storage.base import Base
from storage.invitations import WAITING, WITHDRAWN, Invitation
from storage.ledger.deliveries import Delivery, Lane
from storage.ledger.rhythms import Rhythm
from storage.members import FULL, NORMAL, QUIET, Member
from storage.profiles import FIELDS, Profile
from storage.questions import Question
from storage.search.index import SearchDoc
from storage.sessions import Rsvp, Session
from storage.thanks import Thanks
from storage.trials import Trial
from storage.upsert import insert_for, insert_or_nothing

LASTS, MOST_TRIES, TRIES_PER = timedelta(minutes=15), 5, timedelta(hours=1)
LETTERS, LENGTH = "abcdefghjkmnpqrstuvwxyz23456789", 10  # none that look alike; 49 bits
LOUDNESS = (QUIET, NORMAL, FULL)
HOSTED: tuple[Any, ...] = (Rhythm, Session)
HOSTS = ("host", "cohost")  # in the JSON of those
LATEST: tuple[tuple[Any, str], ...] = ((Rsvp, "since"), (Trial, "at"))  # of which somebody's latest word counts


class LinkCode(Base):
    """The newest code of a member, hashed: it works once, until ``expires_at``."""

    __tablename__ = "link_code"
    member_id: Mapped[int] = mapped_column(ForeignKey("member.id", ondelete="CASCADE"), primary_key=True)
    code_hash: Mapped[str] = mapped_column(unique=True)
    expires_at: Mapped[datetime]


class LinkTries(Base):
    """How often a member gave a wrong code since then."""

    __tablename__ = "link_tries"
    member_id: Mapped[int] = mapped_column(ForeignKey("member.id", ondelete="CASCADE"), primary_key=True)
    number: Mapped[int]
    since: Mapped[datetime]


# Codes


async def make(db: AsyncSession, member_id: int, now: datetime) -> str:
    """A new code for this member, in two groups; the one before it works no more."""
    code = "".join(secrets.choice(LETTERS) for _ in range(LENGTH))
    fresh = {"code_hash": _hashed(code), "expires_at": now + LASTS}
    statement = insert_for(db, LinkCode).values(member_id=member_id, **fresh)
    await db.execute(statement.on_conflict_do_update(index_elements=["member_id"], set_=fresh))
    return f"{code[: LENGTH // 2]}-{code[LENGTH // 2 :]}"


async def may_try(db: AsyncSession, member_id: int, now: datetime) -> bool:
    """Count a try. False when there were too many in the last hour; ``use`` forgets them when a code was right."""
    is_old = LinkTries.since <= now - TRIES_PER
    again = {
        "number": case((is_old, 1), else_=LinkTries.number + 1),
        "since": case((is_old, now), else_=LinkTries.since),
    }
    statement = insert_for(db, LinkTries).values(member_id=member_id, number=1, since=now)
    counted = statement.on_conflict_do_update(index_elements=["member_id"], set_=again)
    tries = await db.scalar(counted.returning(literal_column("number")))
    return bool(tries <= MOST_TRIES)


async def whose(db: AsyncSession, code: str) -> int | None:
    """The id of the member who made this code."""
    return await db.scalar(select(LinkCode.member_id).where(LinkCode.code_hash == _hashed(code)))


async def use(db: AsyncSession, code: str, by: Member, now: datetime) -> Member | None:
    """Who made this code; it is used up. Nothing when it is unknown, used, too old, or not of somebody else who takes part in
    the same community."""
    others = select(Member.id).where(
        Member.community_id == by.community_id, Member.id != by.id, Member.blocked_at.is_(None)
    )
    right = LinkCode.code_hash == _hashed(code), LinkCode.expires_at > now, LinkCode.member_id.in_(others)
    taken = delete(LinkCode).where(*right).returning(LinkCode.member_id)
    member_id = await db.scalar(taken.execution_options(synchronize_session=False))
    if member_id is None:
        return None
    await db.execute(delete(LinkTries).where(LinkTries.member_id == by.id))
    return await db.get(Member, member_id)


async def purge(db: AsyncSession, now: datetime) -> None:
    """Forget codes that nobody used in time, and tries that count no more."""
    await db.execute(delete(LinkCode).where(LinkCode.expires_at <= now))
    await db.execute(delete(LinkTries).where(LinkTries.since <= now - TRIES_PER))


def _hashed(code: str) -> str:
    """However it is typed: in capitals, with the hyphen, a space or nothing in the middle."""
    bare = "".join(character for character in code.lower() if character.isalnum())
    return hashlib.sha256(bare.encode()).hexdigest()


# One member of two


async def merge(db: AsyncSession, kept: Member, gone: Member) -> None:
    """Everything of ``gone`` is of ``kept`` from now on, accounts among it, and ``gone`` is no more.

    Where both have a row of which there can be one, that of ``kept`` stays. Nothing can refer to either meanwhile.
    """
    both = select(Member.id).where(Member.id.in_([kept.id, gone.id])).order_by(Member.id)
    await db.execute(both.with_for_update())
    old, new = gone.id, kept.id
    await _combine(db, kept, gone)
    await db.flush()
    for table in Base.metadata.sorted_tables:
        for column in _of_members(table):
            await _move(db, table, column, old, new)
    await _elsewhere(db, old, new)
    await _no_more_of_oneself(db, new)
    db.expunge(gone)
    await db.execute(Member.__table__.delete().where(Member.__table__.c.id == old))  # type: ignore[attr-defined]


async def _combine(db: AsyncSession, kept: Member, gone: Member) -> None:
    """What is one value of a person: what is more careful of their attention, what lets them do more."""
    kept.role = max(kept.role, gone.role)
    kept.joined_at = min((at for at in (kept.joined_at, gone.joined_at) if at is not None), default=None)
    kept.away_until = max((day for day in (kept.away_until, gone.away_until) if day is not None), default=None)
    kept.volume = min(kept.volume, gone.volume, key=LOUDNESS.index)
    kept.weekly_cap = min(kept.weekly_cap, gone.weekly_cap)
    mine, theirs = await db.get(Profile, kept.id), await db.get(Profile, gone.id)
    if mine is not None and theirs is not None:
        for name in FIELDS:
            setattr(mine, name, getattr(mine, name) or getattr(theirs, name))
        mine.hidden = sorted({*mine.hidden, *theirs.hidden})
    heard = {voice.thread_id: voice for voice in await db.scalars(select(Voice).where(Voice.member_id == kept.id))}
    for voice in await db.scalars(select(Voice).where(Voice.member_id == gone.id)):
        if known := heard.get(voice.thread_id):
            known.replies, known.last_at = known.replies + voice.replies, max(known.last_at, voice.last_at)
    for model, at in LATEST:
        await _latest_counts(db, model, at, kept.id, gone.id)


async def _latest_counts(db: AsyncSession, model: Any, at: str, kept: int, gone: int) -> None:
    columns = model.__table__.columns
    about = [column.name for column in columns if column.primary_key and column.name != "member_id"]
    said = [column.name for column in columns if not column.primary_key]
    rows = list(await db.scalars(select(model).where(model.member_id.in_([kept, gone]))))
    mine = {tuple(getattr(row, name) for name in about): row for row in rows if row.member_id == kept}
    for row in rows:
        known = mine.get(tuple(getattr(row, name) for name in about))
        if known is not None and getattr(row, at) > getattr(known, at):
            for name in said:
                setattr(known, name, getattr(row, name))


def _of_members(table: Table) -> Iterator[Column[Any]]:
    """The columns that hold a member's id."""
    for column in table.columns:
        if any(foreign.target_fullname == "member.id" for foreign in column.foreign_keys):
            yield column


async def _move(db: AsyncSession, table: Table, column: Column[Any], old: int, new: int) -> None:
    there = table.alias()
    for unique in _unique(table):
        if column.name in unique:
            same = [there.c[name] == table.c[name] for name in unique - {column.name}]
            taken = select(there.c[column.name]).where(there.c[column.name] == new, *same).exists()
            await db.execute(table.delete().where(column == old, taken))
    await db.execute(table.update().where(column == old).values({column.name: new}))


def _unique(table: Table) -> Iterator[set[str]]:
    yield {column.name for column in table.primary_key}
    for constraint in table.constraints:
        if isinstance(constraint, UniqueConstraint):
            yield {column.name for column in constraint.columns}
    for index in table.indexes:
        if index.unique:
            yield {column.name for column in index.columns}


async def _elsewhere(db: AsyncSession, old: int, new: int) -> None:
    """Where an id stands without a foreign key."""
    await db.execute(update(SearchDoc).where(SearchDoc.author_id == old).values(author_id=new))
    await db.execute(update(AuditEntry).where(AuditEntry.subject == f"member:{old}").values(subject=f"member:{new}"))
    lanes = {"old": f"member:{old}", "new": f"member:{new}"}
    if (lane := await db.get(Lane, lanes["old"])) is not None:
        await insert_or_nothing(db, Lane, target=lanes["new"], not_before=lane.not_before)
        await db.delete(lane)
    await db.execute(update(Delivery).where(Delivery.lane == lanes["old"]).values(lane=lanes["new"]))
    for model in HOSTED:
        hosted = or_(*(model.more[name].as_integer() == old for name in HOSTS))
        for row in await db.scalars(select(model).where(hosted)):
            row.more = {name: new if name in HOSTS and value == old else value for name, value in row.more.items()}
    suggested = f"suggested:{old}"
    named = cast(Invitation.reasons, String).like(f'%"{suggested}"%')
    for invitation in await db.scalars(select(Invitation).where(named)):
        invitation.reasons = [f"suggested:{new}" if reason == suggested else reason for reason in invitation.reasons]
    await db.flush()


async def _no_more_of_oneself(db: AsyncSession, member_id: int) -> None:
    """What one account did to the other: nobody thanks themselves, or is asked their own question."""
    await db.execute(delete(Thanks).where(Thanks.from_id == member_id, Thanks.to_id == member_id))
    own = select(Question.id).where(Question.asker_id == member_id)
    open_ = Invitation.member_id == member_id, Invitation.question_id.in_(own), Invitation.state.in_(WAITING)
    withdrawn = update(Invitation).where(*open_).values(state=WITHDRAWN)
    await db.execute(withdrawn.execution_options(synchronize_session="fetch"))
