"""Taking what is to be sent or redrawn, and writing how it ended.

A lane is the queue of one place or one person. Whoever holds its lease sends its head; that keeps order and pace however
many processes there are. Leases run on the machines' clock, everything else on the community's.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, and_, exists, func, not_, or_, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from bot.core.replies import Kind
from storage.communities import Place
from storage.engine import Database
from storage.ledger.deliveries import (
    DEAD,
    PENDING,
    SENDING,
    SENT,
    WITHHELD,
    Delivery,
    Lane,
    end_dependents,
    outdated,
    under_way,
    waits_for_nothing,
)
from storage.members import Account


@dataclass(frozen=True, slots=True)
class Claimed:
    """A delivery this process is to send now. ``ambiguous``: an earlier try had no clear end."""

    delivery: Delivery
    ambiguous: bool


async def claim(
    db: AsyncSession,
    base: Database,
    owner: str,
    *,
    lease: timedelta,
    now: datetime,
    limit: int,
    digests: bool = False,
    resting: Sequence[tuple[str, str]] = (),
) -> list[Claimed]:
    """Take the lease of up to ``limit`` lanes that have a digest to send, or something else, and the head of each.

    None that leads to one of the ``resting`` workspaces, each a platform and an id.
    ``owner`` is a new word for each claim: a process that was frozen must not settle what it took a second time itself.
    """
    machine = base.machine_now()
    until = base.machine_now(lease)
    # The lane's lease alone counts: what is being sent in a free lane was left there by somebody who is gone.
    ready = or_(
        and_(Delivery.state == PENDING, Delivery.next_at <= now, waits_for_nothing()), Delivery.state == SENDING
    )
    kind = Delivery.kind == Kind.DIGEST if digests else Delivery.kind != Kind.DIGEST
    waiting = [under_way(), ready, kind, *map(_not_to, resting)]
    lanes = await _take_lanes(db, machine, waiting, limit, owner=owner, until=until) if limit > 0 else []
    if not lanes:
        return []
    first = select(func.min(Delivery.id)).where(Delivery.lane.in_(lanes), under_way(), ready).group_by(Delivery.lane)
    heads = list(await db.execute(select(Delivery.id, Delivery.state).where(Delivery.id.in_(first))))
    ambiguous = {id for id, state in heads if state == SENDING}
    taken = await db.scalars(
        update(Delivery)
        .where(Delivery.id.in_([id for id, _ in heads]))
        .where(Delivery.state.in_((PENDING, SENDING)))  # somebody may have withdrawn it since
        .values(
            state=SENDING,
            owner=owner,
            lease_until=until,
            tries=Delivery.tries + 1,
            first_try_at=func.coalesce(Delivery.first_try_at, machine),
        )
        .returning(Delivery)
        .execution_options(synchronize_session=False, populate_existing=True)
    )
    claimed = [Claimed(delivery, delivery.id in ambiguous) for delivery in taken]
    if empty := set(lanes) - {item.delivery.lane for item in claimed}:
        await db.execute(update(Lane).where(Lane.target.in_(empty)).values(owner=None, lease_until=None))
    return claimed


async def _take_lanes(
    db: AsyncSession,
    machine: ColumnElement[datetime],
    waiting: Sequence[ColumnElement[bool]],
    limit: int,
    *,
    owner: str,
    until: ColumnElement[datetime],
) -> list[str]:
    """Take the lease of up to ``limit`` lanes in which something like this is waiting."""
    free = (
        select(Lane.target)
        .where(or_(Lane.lease_until.is_(None), Lane.lease_until < machine), Lane.not_before <= machine)
        .where(Lane.target.in_(select(Delivery.lane).where(*waiting)))
        .limit(limit)
        .with_for_update(skip_locked=True, of=Lane)
        .cte("free")
        .prefix_with("MATERIALIZED", dialect="postgresql")
    )
    taken = await db.scalars(
        update(Lane)
        .where(Lane.target.in_(select(free.c.target)))
        .values(owner=owner, lease_until=until)
        .returning(Lane.target)
        .execution_options(synchronize_session=False)
    )
    return list(taken)


def _not_to(workspace: tuple[str, str]) -> ColumnElement[bool]:
    return not_(
        or_(
            *(
                exists().where(kind.id == id, kind.platform == workspace[0], kind.workspace == workspace[1])
                for kind, id in ((Place, Delivery.place_id), (Account, Delivery.account_id))
            )
        )
    )


async def settle(
    db: AsyncSession,
    base: Database,
    claimed: Delivery,
    state: str,
    *,
    remote_id: str = "",
    drawn_rev: int = 0,
    reason: str = "",
    pause: timedelta = timedelta(0),
    counted: bool = True,
) -> bool:
    """Write how a try ended, unless another process has taken it over since (then False), and free its lane after ``pause``.

    What waits for a delivery that will never be sent ends with it.
    """
    values: dict[str, Any] = {"state": state, "owner": None, "lease_until": None}
    values |= {"reason": reason} if reason else {}  # else the gate's word stands
    if state == SENT:
        values |= {"remote_id": remote_id, "drawn_rev": drawn_rev}
    if not counted:
        values["tries"] = claimed.tries - 1
    await _hold_lane(db, claimed)
    mine = await db.execute(
        update(Delivery)
        .where(Delivery.id == claimed.id, Delivery.owner == claimed.owner, Delivery.tries == claimed.tries)
        .where(Delivery.state == SENDING)
        .values(values)
        .returning(Delivery.id)
        .execution_options(synchronize_session=False)
    )
    if mine.scalar() is None:
        return False
    await db.execute(
        update(Lane)
        .where(Lane.target == claimed.lane, Lane.owner == claimed.owner)
        .values(owner=None, lease_until=None, not_before=base.machine_now(pause))
        .execution_options(synchronize_session=False)
    )
    if state in (DEAD, WITHHELD):
        await end_dependents(db, claimed.id, reason)
    return True


async def _hold_lane(db: AsyncSession, claimed: Delivery) -> None:
    """The lane before the delivery, as a claim takes them: in another order the two would wait for each other."""
    await db.execute(select(Lane.target).where(Lane.target == claimed.lane).with_for_update())


async def leave_ambiguous(
    db: AsyncSession, base: Database, claimed: Delivery, wait: timedelta, *, counted: bool = True
) -> None:
    """Nobody knows whether it was sent: keep it so for ``wait``; whoever claims it then asks the platform first."""
    until = base.machine_now(wait)
    await _hold_lane(db, claimed)
    mine = await db.execute(
        update(Delivery)
        .where(Delivery.id == claimed.id, Delivery.owner == claimed.owner, Delivery.tries == claimed.tries)
        .where(Delivery.state == SENDING)
        .values(lease_until=until, tries=claimed.tries if counted else claimed.tries - 1)
        .returning(Delivery.id)
        .execution_options(synchronize_session=False)
    )
    if mine.scalar() is None:
        return
    await db.execute(
        update(Lane)
        .where(Lane.target == claimed.lane, Lane.owner == claimed.owner)
        .values(lease_until=until)
        .execution_options(synchronize_session=False)
    )


async def claim_outdated(
    db: AsyncSession, base: Database, owner: str, *, lease: timedelta, limit: int
) -> list[Delivery]:
    """Take the lease of up to ``limit`` copies that stand somewhere and are out of date."""
    machine = base.machine_now()
    due = (
        select(Delivery.id)
        .where(outdated(), Delivery.remote_id != "")
        .where(or_(Delivery.lease_until.is_(None), Delivery.lease_until < machine))
        .order_by(Delivery.id)
        .limit(limit)
        .with_for_update(skip_locked=True)
        .cte("due")
        .prefix_with("MATERIALIZED", dialect="postgresql")
    )
    taken = await db.scalars(
        update(Delivery)
        .where(Delivery.id.in_(select(due.c.id)))
        .values(owner=owner, lease_until=base.machine_now(lease))
        .returning(Delivery)
        .execution_options(synchronize_session=False, populate_existing=True)
    )
    return list(taken)


async def redrawn(
    db: AsyncSession,
    base: Database,
    copy: Delivery,
    drawn_rev: int,
    *,
    wait: timedelta = timedelta(0),
    gone: bool = False,
) -> None:
    """Write that a copy stands as of ``drawn_rev`` (or is gone). It is left alone for ``wait``.

    Where another process has taken it over since, nobody knows whose edit came last, so one more is wanted. An event that was
    called off while its meeting came back is wanted, too: it is sent anew, since Discord takes no change to it.
    """
    values: dict[str, Any] = {"drawn_rev": drawn_rev, "owner": None, "lease_until": base.machine_now(wait)}
    if gone:
        # What would stand in its thread has nowhere to stand any more.
        values |= {"remote_id": "", "state": WITHHELD, "reason": "It was deleted where it stood."}
    mine = await db.execute(
        update(Delivery)
        .where(Delivery.id == copy.id, Delivery.owner == copy.owner)
        .values(values)
        .returning(Delivery.id)
        .execution_options(synchronize_session=False)
    )
    if mine.scalar() is None:
        await db.execute(
            update(Delivery)
            .where(Delivery.id == copy.id)
            .values(wanted_rev=Delivery.wanted_rev + 1)
            .execution_options(synchronize_session=False)
        )
    elif gone and copy.as_event:
        await db.execute(
            update(Delivery)
            .where(Delivery.id == copy.id, Delivery.wanted_rev > drawn_rev)
            .values(state=PENDING, reason="", tries=0, first_try_at=None)
            .execution_options(synchronize_session=False)
        )
