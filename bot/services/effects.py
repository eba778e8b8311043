"""What a handler returned → rows in its own transaction. Nothing is sent here; the relay sends what was committed."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from bot.core.replies import Direct, Effect, Effects, Later, NoLonger, Post, Redraw, Reply, Withdraw
from bot.core.ui import Card
from bot.routing.gate import May
from bot.services import gate
from storage import communities, members
from storage.communities import Community
from storage.ledger import deliveries, timers
from storage.ledger.deliveries import PENDING, WITHHELD


async def carry_out(db: AsyncSession, community: Community, effects: Effects, now: datetime) -> Card | None:
    """Write down what should happen, in the order given; returns the card to show to whoever acted, if any."""
    to_show: Card | None = None
    for effect in _each(effects):
        match effect:
            case Reply(card):
                to_show = card
            case Post():
                await _post(db, community, effect, now)
            case Direct():
                await _direct(db, community, effect, now)
            case Redraw(card=name, subject=subject):
                await deliveries.want_redraw(db, name, subject)
            case Withdraw(card=name, subject=subject):
                await deliveries.withdraw(db, name, subject)
            case Later(at, action, key):
                await timers.put(db, community.id, at, action.pack(), key)
            case NoLonger(key):
                await timers.forget(db, key)
    return to_show


def _each(effects: Effects) -> Iterable[Effect]:
    if effects is None:
        return ()
    return effects if isinstance(effects, tuple) else (effects,)


async def _post(db: AsyncSession, community: Community, post: Post, now: datetime) -> None:
    if post.space is not None:
        places = await communities.places_of_space(db, post.space)
    else:
        assert post.place is not None, "a post needs a space or a place"
        places = [await db.get_one(communities.Place, post.place)]
    for place in places:
        parent = None
        if post.thread_of is not None:
            parent = await deliveries.latest(db, *post.thread_of, place_id=place.id)
            if parent is None:  # the card it belongs to was never posted here
                continue
        await deliveries.enqueue(
            db,
            f"place:{place.id}",
            post.card,
            post.subject,
            community.id,
            now,
            place_id=place.id,
            after_id=parent.id if parent else None,
            threaded=parent is not None,
            key=f"{post.key}:{place.id}" if post.key else None,
            expires_at=post.until,
        )


async def _direct(db: AsyncSession, community: Community, direct: Direct, now: datetime) -> None:
    member = await db.get_one(members.Member, direct.to)
    decision = (await gate.decide(db, [member], direct.kind, now))[member.id]
    accounts = await members.accounts(db, member.id)
    after = await deliveries.latest(db, *direct.after) if direct.after else None
    reason, may = decision.reason, decision.may
    if not accounts:
        reason, may = "No account to send it to.", May.NO
    await deliveries.enqueue(
        db,
        f"account:{accounts[0].id}" if accounts else f"member:{member.id}",
        direct.card,
        direct.subject,
        community.id,
        now,
        account_id=accounts[0].id if accounts else None,
        member_id=member.id,
        kind=str(direct.kind),
        about=direct.about,
        after_id=after.id if after else None,
        state=WITHHELD if may is May.NO else PENDING,
        reason=reason,
        next_at=decision.at or now,
        key=direct.key or None,
        expires_at=direct.until,
    )
