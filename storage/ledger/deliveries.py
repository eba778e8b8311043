"""What is to be delivered, in which order, and how each delivery ended.

A delivery names a card and its subject, never its words: it is drawn, and rights are checked, when it is sent.
"""

from __future__ import annotations

import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import (
    ColumnElement,
    ForeignKey,
    Index,
    and_,
    delete,
    exists,
    func,
    literal_column,
    or_,
    select,
    text,
    update,
)
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Mapped, aliased, mapped_column

from bot.core.events import Ref
from storage.base import NEVER_REUSE_IDS, Base
from storage.communities import Place
from storage.members import Account
from storage.upsert import insert_for

PENDING, SENDING, SENT, UNKNOWN, DEAD, WITHHELD = "pending", "sending", "sent", "unknown", "dead", "withheld"
CONFIDED = "confided"  # told directly, with words that are not kept: nothing to send, to redraw, to count or to purge
UNDER_WAY = text("state IN ('pending', 'sending')")
OUTDATED = text("state = 'sent' AND drawn_rev < wanted_rev")
MOST_TRIES = 8
EVENTS = "events"  # the lane of what goes into the calendar of a place's workspace: it keeps no message waiting


class Delivery(Base):
    """One message to one place or one account. ``lane`` is "place:<id>", "events:<id>" or "account:<id>"; ``uid`` is what
    platforms see.

    ``after_id`` is a delivery this one waits for: it links to its message, or (``threaded``) stands in its thread. ``about``
    is the space whose members may see it. ``reason`` holds the gate's word, or why it failed.
    """

    __tablename__ = "delivery"
    __table_args__ = (
        Index("ix_delivery_under_way", "lane", "id", postgresql_where=UNDER_WAY, sqlite_where=UNDER_WAY),
        Index("ix_delivery_outdated", "id", postgresql_where=OUTDATED, sqlite_where=OUTDATED),
        Index("ix_delivery_subject", "card", "subject"),
        Index("ix_delivery_message", "place_id", "remote_id"),
        NEVER_REUSE_IDS,
    )
    id: Mapped[int] = mapped_column(primary_key=True)
    uid: Mapped[str] = mapped_column(unique=True)
    community_id: Mapped[int] = mapped_column(ForeignKey("community.id"))
    card: Mapped[str]
    subject: Mapped[int]
    lane: Mapped[str]
    place_id: Mapped[int | None] = mapped_column(ForeignKey("place.id"))
    account_id: Mapped[int | None] = mapped_column(ForeignKey("account.id"))
    member_id: Mapped[int | None] = mapped_column(ForeignKey("member.id"), index=True)
    kind: Mapped[str] = mapped_column(default="")
    about: Mapped[int | None] = mapped_column(ForeignKey("space.id"))
    after_id: Mapped[int | None] = mapped_column(ForeignKey("delivery.id"), index=True)
    threaded: Mapped[bool] = mapped_column(default=False)
    key: Mapped[str | None] = mapped_column(unique=True)
    state: Mapped[str] = mapped_column(default=PENDING)
    reason: Mapped[str] = mapped_column(default="")
    tries: Mapped[int] = mapped_column(default=0)
    next_at: Mapped[datetime]
    owner: Mapped[str | None]
    lease_until: Mapped[datetime | None]
    first_try_at: Mapped[datetime | None]
    remote_id: Mapped[str] = mapped_column(default="")
    # The card as it is wanted and as it was last drawn where it stands; the latest wins, one redraw under way at a time.
    wanted_rev: Mapped[int] = mapped_column(default=1)
    drawn_rev: Mapped[int] = mapped_column(default=0)
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime | None]

    @property
    def as_event(self) -> bool:
        return self.lane.startswith(f"{EVENTS}:")


class Lane(Base):
    __tablename__ = "lane"
    target: Mapped[str] = mapped_column(primary_key=True)
    not_before: Mapped[datetime]
    owner: Mapped[str | None]
    lease_until: Mapped[datetime | None]


def new_uid() -> str:
    """24 characters of lower-case base32: short enough for Discord's nonce (25) and a component's id."""
    return "".join(secrets.choice("abcdefghijklmnopqrstuvwxyz234567") for _ in range(24))


def under_way() -> ColumnElement[bool]:
    """The clause of ix_delivery_under_way. Spelled out: with bound values SQLite would not use the index, but read them all."""
    return Delivery.state.in_((literal_column(f"'{PENDING}'"), literal_column(f"'{SENDING}'")))


def outdated() -> ColumnElement[bool]:
    """The clause of ix_delivery_outdated, spelled out for the same reason."""
    return and_(Delivery.state == literal_column(f"'{SENT}'"), Delivery.drawn_rev < Delivery.wanted_rev)


async def enqueue(
    db: AsyncSession, lane: str, card: str, subject: int, community_id: int, now: datetime, **more: Any
) -> None:
    """Add a delivery to the transaction under way, unless there is one with its ``key``. ``more`` are further columns."""
    await enqueue_all(db, community_id, now, [{"lane": lane, "card": card, "subject": subject, **more}])


async def enqueue_all(db: AsyncSession, community_id: int, now: datetime, rows: Sequence[Mapping[str, Any]]) -> None:
    """The same for several, all with the same columns: at least lane, card and subject."""
    if not rows:
        return
    lanes = sorted({row["lane"] for row in rows})  # in one order, so that two who open the same ones do not deadlock
    opening = [{"target": lane, "not_before": datetime.min.replace(tzinfo=UTC)} for lane in lanes]
    await db.execute(insert_for(db, Lane).on_conflict_do_nothing(), opening)
    same = {"community_id": community_id, "created_at": now, "next_at": now}
    filled = [{"uid": new_uid(), **same, **row} for row in rows]
    await db.execute(insert_for(db, Delivery).on_conflict_do_nothing(index_elements=["key"]), filled)


async def confided(db: AsyncSession, account: Account, community_id: int, now: datetime) -> str:
    """The id under which an account is told something directly: so that a press on it is known to be theirs."""
    uid = new_uid()
    about = {"card": CONFIDED, "subject": 0, "lane": f"account:{account.id}", "state": CONFIDED}
    who = {"community_id": community_id, "account_id": account.id, "member_id": account.member_id}
    db.add(Delivery(uid=uid, created_at=now, next_at=now, **about, **who))
    await db.flush()
    return uid


async def latest(
    db: AsyncSession, card: str, subject: int, place_id: int | None = None, *, held: bool = False
) -> Delivery | None:
    """The newest delivery of a card about a subject, in one place if given; ``held`` until the end of the transaction."""
    query = select(Delivery).where(Delivery.card == card, Delivery.subject == subject, Delivery.state != WITHHELD)
    if place_id is not None:
        query = query.where(Delivery.place_id == place_id)
    if held:
        query = query.with_for_update()
    return await db.scalar(query.order_by(Delivery.id.desc()).limit(1))


async def posts(db: AsyncSession, card: str, subjects: list[int]) -> list[Delivery]:
    """Where these cards stand: their deliveries to places that were sent, oldest first."""
    query = select(Delivery).where(
        Delivery.card == card, Delivery.subject.in_(subjects), Delivery.place_id.is_not(None), Delivery.state == SENT
    )
    return list(await db.scalars(query.order_by(Delivery.id)))


async def recipient(db: AsyncSession, uid: str) -> Ref | None:
    """The account that a direct message went to."""
    query = select(Account).join(Delivery, Delivery.account_id == Account.id).where(Delivery.uid == uid)
    account = await db.scalar(query)
    return account.ref if account else None


async def last_told(db: AsyncSession, who: Ref) -> Ref | None:
    """Of somebody's accounts, by the platform's own id in whatever workspace: the one that was told something last."""
    theirs = Delivery.member_id == Account.member_id, Delivery.account_id == Account.id
    newest = select(func.max(Delivery.id)).where(*theirs).scalar_subquery()
    known = Account.platform == who.platform, Account.remote_id == who.id, Account.active.is_(True)
    query = select(Account).where(*known).order_by(func.coalesce(newest, 0).desc(), Account.id.desc())
    account = await db.scalar(query.limit(1))
    return account.ref if account else None


async def of_message(db: AsyncSession, place_id: int, remote_id: str) -> Delivery | None:
    """What we delivered as this message of a place."""
    return await db.scalar(select(Delivery).where(Delivery.place_id == place_id, Delivery.remote_id == remote_id))


async def is_being_sent(db: AsyncSession, place_id: int) -> bool:
    """Whether something is on its way to a place at this moment: it may stand there before it is written down here."""
    on_its_way = exists().where(Delivery.lane == f"place:{place_id}", under_way(), Delivery.state == SENDING)
    return await db.scalar(select(on_its_way)) or False


async def of_event(db: AsyncSession, workspace: Ref, remote_id: str) -> Delivery | None:
    """What we put into a workspace's own calendar under this id."""
    there = Place.platform == workspace.platform, Place.workspace == workspace.workspace
    query = select(Delivery).join(Place, Place.id == Delivery.place_id).where(*there, Delivery.remote_id == remote_id)
    return await db.scalar(query)


async def standing(db: AsyncSession, card: str, place_id: int) -> list[Delivery]:
    """Those of a card that were sent to a place and still stand there, or may."""
    here = Delivery.place_id == place_id, Delivery.card == card
    return list(await db.scalars(select(Delivery).where(*here, Delivery.state.in_((PENDING, SENDING, SENT, UNKNOWN)))))


async def get(db: AsyncSession, delivery_id: int) -> Delivery | None:
    return await db.get(Delivery, delivery_id)


async def want_redraw(db: AsyncSession, card: str, subject: int) -> None:
    """Every copy of the card is out of date, also one that is being drawn at this moment."""
    await db.execute(
        update(Delivery)
        .where(
            Delivery.card == card, Delivery.subject == subject, Delivery.state.in_((PENDING, SENDING, SENT, UNKNOWN))
        )
        .values(wanted_rev=Delivery.wanted_rev + 1)
    )


async def withdraw(db: AsyncSession, card: str, subject: int) -> None:
    """What was not sent yet is not sent any more, nor what waits for it; what was sent is out of date."""
    reason = "It was withdrawn before it was sent."
    withdrawn = await db.scalars(
        update(Delivery)
        .where(Delivery.card == card, Delivery.subject == subject, Delivery.state == PENDING)
        .values(state=WITHHELD, reason=reason)
        .returning(Delivery.id)
        .execution_options(synchronize_session=False)
    )
    for delivery_id in list(withdrawn):
        await end_dependents(db, delivery_id, reason)
    await want_redraw(db, card, subject)


def waits_for_nothing() -> ColumnElement[bool]:
    """True for deliveries that follow nothing, or something that was sent, also when that is gone since (WITHHELD)."""
    over = exists().where(_waited_for.id == Delivery.after_id, _waited_for.state.in_((SENT, WITHHELD)))
    return or_(Delivery.after_id.is_(None), over)


_waited_for = aliased(Delivery)  # once: it is dear, and the relay asks all the time


async def end_dependents(db: AsyncSession, delivery_id: int, reason: str) -> None:
    ended = [delivery_id]
    while ended:
        result = await db.scalars(
            update(Delivery)
            .where(Delivery.after_id.in_(ended), Delivery.state == PENDING)
            .values(state=DEAD, reason=f"What it belongs to could not be sent: {reason}")
            .returning(Delivery.id)
            .execution_options(synchronize_session=False)
        )
        ended = list(result)


async def resolve_stuck(db: AsyncSession, delivery_id: int, *, arrived: bool) -> bool:
    """A person says whether a stuck delivery arrived. If not, it is sent again, and so is what it took down with it.

    False when it is not stuck any more.
    """
    values: dict[str, Any] = {"state": SENT, "reason": ""}
    if not arrived:
        values = {"state": PENDING, "reason": "", "tries": 0, "first_try_at": None}
    stuck = (UNKNOWN,) if arrived else (UNKNOWN, DEAD)
    result = await db.execute(
        update(Delivery)
        .where(Delivery.id == delivery_id, Delivery.state.in_(stuck))
        .values(values)
        .returning(Delivery.id)
        .execution_options(synchronize_session=False)
    )
    if result.scalar() is None:
        return False
    revived = [] if arrived else [delivery_id]
    while revived:
        dependents = await db.scalars(
            update(Delivery)
            .where(Delivery.after_id.in_(revived), Delivery.state == DEAD)
            .values(values)
            .returning(Delivery.id)
            .execution_options(synchronize_session=False)
        )
        revived = list(dependents)
    return True


@dataclass(frozen=True, slots=True)
class Sent:
    """What a member was sent by us, as the gate counts it."""

    kind: str
    at: datetime


async def sent_to(db: AsyncSession, member_ids: list[int], since: datetime) -> dict[int, list[Sent]]:
    """Member id → direct messages that were sent or will be, from ``since`` on."""
    rows = await db.execute(
        select(Delivery.member_id, Delivery.kind, Delivery.next_at).where(
            Delivery.member_id.in_(member_ids),
            Delivery.next_at >= since,
            Delivery.state.in_((PENDING, SENDING, SENT, UNKNOWN)),
        )
    )
    found: dict[int, list[Sent]] = {}
    for member_id, kind, at in rows:
        if member_id is not None:
            found.setdefault(member_id, []).append(Sent(kind, at))
    return found


async def sent_subjects(db: AsyncSession, card: str, subjects: list[int]) -> set[int]:
    """Which of these subjects' cards were sent to somebody."""
    sent = Delivery.card == card, Delivery.subject.in_(subjects), Delivery.state.in_((SENDING, SENT, UNKNOWN))
    return set(await db.scalars(select(Delivery.subject).where(*sent)))


async def count_sent(db: AsyncSession, card: str, member_ids: list[int], since: datetime) -> dict[int, int]:
    """Member id → how many messages of this card they were sent, or will be, from ``since`` on."""
    rows = await db.execute(
        select(Delivery.member_id, func.count())
        .where(
            Delivery.card == card,
            Delivery.member_id.in_(member_ids),
            Delivery.next_at >= since,
            Delivery.state.in_((PENDING, SENDING, SENT, UNKNOWN)),
        )
        .group_by(Delivery.member_id)
    )
    return {member_id: count for member_id, count in rows if member_id is not None}


async def due(db: AsyncSession, now: datetime) -> int:
    """How many deliveries are due by ``now`` or under way, and how many copies are out of date.

    What waits for another delivery is due when that was sent.
    """
    waiting = select(func.count()).where(
        under_way(),
        or_(and_(Delivery.state == PENDING, Delivery.next_at <= now, waits_for_nothing()), Delivery.state == SENDING),
    )
    copies = select(func.count()).where(outdated(), Delivery.remote_id != "")
    return (await db.scalar(waiting) or 0) + (await db.scalar(copies) or 0)


async def purge_unsent(db: AsyncSession, before: datetime) -> None:
    """Forget what was withheld or given up before then, unless something still waits for it.

    Sent ones stay: their messages may have to be redrawn.
    """
    waiting = aliased(Delivery)
    await db.execute(
        delete(Delivery).where(
            Delivery.state.in_((WITHHELD, DEAD)),
            Delivery.created_at < before,
            ~exists().where(waiting.after_id == Delivery.id),
        )
    )
