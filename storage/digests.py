"""Digests: how a member wants theirs, and what each one held, so that nothing is told twice."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ForeignKey, Index, delete, exists, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Mapped, mapped_column

from storage.base import NEVER_REUSE_IDS, Base
from storage.ledger.deliveries import DEAD, Delivery
from storage.upsert import insert_for, insert_or_nothing

# What something is → the sorts of line that are about it. An item has those of its kind, and that it was used.
ALSO_AS = {"question": ("question", "answered"), "forwarded": ("forwarded",), "session": ("session", "met")}
DAILY, WEEKLY, MONTHLY, AWAY = "daily", "weekly", "monthly", "away"


class DigestPlan(Base):
    """When a member gets a digest, on their own clock: ``minutes`` after midnight, ``weekday`` 0 is Monday.

    ``everywhere``: of all channels they can read, else of their DigestChannels. No ``kinds`` or ``tags`` means all of them.
    ``built_at``: when the last one was put together, whether or not there was anything to say.
    """

    __tablename__ = "digest_plan"
    member_id: Mapped[int] = mapped_column(ForeignKey("member.id", ondelete="CASCADE"), primary_key=True)
    every: Mapped[str] = mapped_column(default=WEEKLY)
    weekday: Mapped[int] = mapped_column(default=4)
    minutes: Mapped[int] = mapped_column(default=16 * 60)
    everywhere: Mapped[bool] = mapped_column(default=False)
    kinds: Mapped[list[str]]
    tags: Mapped[list[str]]
    paused: Mapped[bool] = mapped_column(default=False)
    made_at: Mapped[datetime]
    built_at: Mapped[datetime | None]


class DigestChannel(Base):
    __tablename__ = "digest_channel"
    member_id: Mapped[int] = mapped_column(ForeignKey("member.id", ondelete="CASCADE"), primary_key=True)
    space_id: Mapped[int] = mapped_column(ForeignKey("space.id", ondelete="CASCADE"), primary_key=True)


class DigestIssue(Base):
    """One digest of one member. ``useful``: they said so."""

    __tablename__ = "digest_issue"
    __table_args__ = (NEVER_REUSE_IDS,)
    id: Mapped[int] = mapped_column(primary_key=True)
    member_id: Mapped[int] = mapped_column(ForeignKey("member.id", ondelete="CASCADE"), index=True)
    at: Mapped[datetime]
    useful: Mapped[bool] = mapped_column(default=False)


class DigestLine(Base):
    """What one line of a digest is about, and why it is in it ("help:falls"): never its words."""

    __tablename__ = "digest_line"
    __table_args__ = (Index("ix_digest_line_member_id_kind_subject", "member_id", "kind", "subject"),)
    issue_id: Mapped[int] = mapped_column(ForeignKey("digest_issue.id", ondelete="CASCADE"), primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True)
    member_id: Mapped[int] = mapped_column(ForeignKey("member.id", ondelete="CASCADE"))
    kind: Mapped[str]
    subject: Mapped[int]
    space_id: Mapped[int] = mapped_column(ForeignKey("space.id", ondelete="CASCADE"))
    reason: Mapped[str]


class RoundUpLine(Base):
    """The same of a round-up that was posted in a channel."""

    __tablename__ = "round_up_line"
    occurrence_id: Mapped[int] = mapped_column(ForeignKey("occurrence.id", ondelete="CASCADE"), primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[str]
    subject: Mapped[int]
    space_id: Mapped[int] = mapped_column(ForeignKey("space.id", ondelete="CASCADE"))
    reason: Mapped[str]


class DigestTaste(Base):
    """That a member wants more or less of something: ``feature`` is "kind:tip", "tag:falls" or "in:3" for a space."""

    __tablename__ = "digest_taste"
    member_id: Mapped[int] = mapped_column(ForeignKey("member.id", ondelete="CASCADE"), primary_key=True)
    feature: Mapped[str] = mapped_column(primary_key=True)
    weight: Mapped[int]


@dataclass(frozen=True, slots=True)
class Line:
    """A line that was chosen for a digest."""

    kind: str
    subject: int
    space_id: int
    reason: str


async def plan_of(db: AsyncSession, member_id: int) -> DigestPlan | None:
    return await db.get(DigestPlan, member_id, populate_existing=True)


async def plan_for_change(db: AsyncSession, member_id: int, now: datetime) -> DigestPlan:
    """The member's plan, made if they have none, held until the end of the transaction."""
    await insert_or_nothing(
        db,
        DigestPlan,
        member_id=member_id,
        every=WEEKLY,
        weekday=4,
        minutes=16 * 60,
        everywhere=False,
        kinds=[],
        tags=[],
        paused=False,
        made_at=now,
    )
    query = select(DigestPlan).where(DigestPlan.member_id == member_id).with_for_update()
    return (await db.scalars(query.execution_options(populate_existing=True))).one()


async def end(db: AsyncSession, member_id: int) -> None:
    """No digest any more; what was told stays known, so that it is not told again to somebody who comes back."""
    for table in (DigestPlan, DigestChannel, DigestTaste):
        await db.execute(delete(table).where(table.member_id == member_id))


async def channels_of(db: AsyncSession, member_id: int) -> list[int]:
    """The ids of the spaces that a member's digest is about, where it is not about all."""
    query = select(DigestChannel.space_id).where(DigestChannel.member_id == member_id)
    return list(await db.scalars(query.order_by(DigestChannel.space_id)))


async def add_channel(db: AsyncSession, member_id: int, space_id: int) -> bool:
    """False when it was chosen already."""
    return await insert_or_nothing(db, DigestChannel, member_id=member_id, space_id=space_id)


async def set_channels(db: AsyncSession, member_id: int, space_ids: Iterable[int]) -> None:
    await db.execute(delete(DigestChannel).where(DigestChannel.member_id == member_id))
    db.add_all(DigestChannel(member_id=member_id, space_id=space_id) for space_id in sorted(set(space_ids)))
    await db.flush()


async def told(
    db: AsyncSession, member_id: int, kinds: Collection[str], subjects: Collection[int]
) -> set[tuple[str, int]]:
    """Which of these a digest of theirs has had already, as (kind, subject). One that could not be sent has told nothing."""
    mine = DigestLine.member_id == member_id, DigestLine.kind.in_(kinds), DigestLine.subject.in_(subjects)
    given_up = exists().where(
        Delivery.card == "digest", Delivery.subject == DigestLine.issue_id, Delivery.state == DEAD
    )
    rows = await db.execute(select(DigestLine.kind, DigestLine.subject).where(*mine, ~given_up)) if subjects else ()
    return {(kind, subject) for kind, subject in rows}


async def issue(db: AsyncSession, member_id: int, lines: Sequence[Line], now: datetime) -> DigestIssue:
    made = DigestIssue(member_id=member_id, at=now)
    db.add(made)
    await db.flush()
    db.add_all(
        DigestLine(
            issue_id=made.id,
            number=number,
            member_id=member_id,
            kind=line.kind,
            subject=line.subject,
            space_id=line.space_id,
            reason=line.reason,
        )
        for number, line in enumerate(lines)
    )
    await db.flush()
    return made


async def get_issue(db: AsyncSession, issue_id: int, member_id: int) -> DigestIssue | None:
    """A digest, if it is this member's."""
    return await db.scalar(select(DigestIssue).where(DigestIssue.id == issue_id, DigestIssue.member_id == member_id))


async def lines_of(db: AsyncSession, issue_id: int) -> list[Line]:
    found = await db.scalars(select(DigestLine).where(DigestLine.issue_id == issue_id).order_by(DigestLine.number))
    return [Line(line.kind, line.subject, line.space_id, line.reason) for line in found]


async def keep_round_up(db: AsyncSession, occurrence_id: int, lines: Sequence[Line]) -> None:
    """What a round-up tells of, for good: it does not become another one when it is drawn anew."""
    for number, line in enumerate(lines):
        about = {"kind": line.kind, "subject": line.subject, "space_id": line.space_id, "reason": line.reason}
        db.add(RoundUpLine(occurrence_id=occurrence_id, number=number, **about))
    await db.flush()


async def round_up(db: AsyncSession, occurrence_id: int) -> list[Line]:
    query = select(RoundUpLine).where(RoundUpLine.occurrence_id == occurrence_id).order_by(RoundUpLine.number)
    return [Line(line.kind, line.subject, line.space_id, line.reason) for line in await db.scalars(query)]


async def round_ups_with(db: AsyncSession, kind: str, subjects: Collection[int]) -> list[int]:
    """The posted round-ups that tell of one of these."""
    kinds = ALSO_AS.get(kind, (kind, "used"))
    query = select(RoundUpLine.occurrence_id).where(RoundUpLine.kind.in_(kinds), RoundUpLine.subject.in_(subjects))
    return sorted(await db.scalars(query.distinct())) if subjects else []


async def purge(db: AsyncSession, before: datetime) -> None:
    """Forget what digests told of before then: nothing that old is in one any more."""
    await db.execute(delete(DigestIssue).where(DigestIssue.at < before))


async def spaces_of(db: AsyncSession, issue_id: int) -> list[int]:
    """The spaces that a digest tells of."""
    query = select(DigestLine.space_id).where(DigestLine.issue_id == issue_id).distinct()
    return sorted(await db.scalars(query))


async def tastes(db: AsyncSession, member_id: int) -> dict[str, int]:
    rows = await db.execute(select(DigestTaste.feature, DigestTaste.weight).where(DigestTaste.member_id == member_id))
    return {feature: weight for feature, weight in rows}


async def taste(db: AsyncSession, member_id: int, features: Collection[str], by: int, most: int) -> None:
    """Somebody wants more (or less) of these; the weight stays between -``most`` and ``most``."""
    known = await tastes(db, member_id)
    for feature in sorted(set(features)):
        weight = max(-most, min(most, known.get(feature, 0) + by))
        statement = insert_for(db, DigestTaste).values(member_id=member_id, feature=feature, weight=weight)
        keys = ["member_id", "feature"]
        await db.execute(statement.on_conflict_do_update(index_elements=keys, set_={"weight": weight}))


async def issues_with(db: AsyncSession, kind: str, subjects: Collection[int]) -> list[int]:
    """The digests that tell of one of these, in a line of any sort that is about such a thing."""
    kinds = ALSO_AS.get(kind, (kind, "used"))
    query = select(DigestLine.issue_id).where(DigestLine.kind.in_(kinds), DigestLine.subject.in_(subjects)).distinct()
    return sorted(await db.scalars(query)) if subjects else []
