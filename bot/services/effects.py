"""What a handler returned → rows in its own transaction. Nothing is sent here; the relay sends what was committed."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from bot.core.replies import Confide, Consider, Direct, Effects, Later, NoLonger, Post, Redraw, Reply, Withdraw
from bot.core.ui import Card
from bot.routing.gate import Decision, May
from bot.services import confiding, gate
from bot.services.confiding import Confided
from storage import communities, members
from storage.communities import Community
from storage.ledger import deliveries, timers
from storage.ledger.deliveries import PENDING, WITHHELD, Delivery
from storage.members import Account

NotDirect = Confide | Consider | Later | NoLonger | Post | Redraw | Reply | Withdraw


async def carry_out(db: AsyncSession, community: Community, effects: Effects, now: datetime) -> Card | Confided | None:
    """Write down what should happen, in the order given.

    Returns what to show to whoever acted, if anything: a card, or what came of telling somebody else after the commit.
    """
    to_show: Card | Confided | None = None
    for effect in _batched(effects):
        match effect:
            case Reply() | Confide() if isinstance(to_show, Confided) or (to_show and isinstance(effect, Confide)):
                raise TypeError("what came of telling somebody directly is the whole answer")
            case Reply(card):
                to_show = card
            case Confide():
                to_show = await confiding.promised(db, community, effect, now)
            case Post():
                await _post(db, community, effect, now)
            case list():
                await _directs(db, community, effect, now)
            case Redraw(card=name, subject=subject):
                await deliveries.want_redraw(db, name, subject)
            case Withdraw(card=name, subject=subject):
                await deliveries.withdraw(db, name, subject)
            case Later(at, action, key):
                await timers.put(db, community.id, at, action.pack(), key)
            case NoLonger(key):
                await timers.forget(db, key)
            case Consider():
                raise TypeError("it is returned alone, by the handler of a form")
    return to_show


def _batched(effects: Effects) -> Iterable[NotDirect | list[Direct]]:
    """The effects in order, with the direct messages that follow each other in one list.

    A list holds nobody twice, and nothing that waits for another in it: for both, the first must be written down before.
    """
    batch: list[Direct] = []
    for effect in effects if isinstance(effects, tuple) else (effects,):
        people, cards = {it.to for it in batch}, {(it.card, it.subject) for it in batch}
        if batch and (not isinstance(effect, Direct) or effect.to in people or effect.after in cards):
            yield batch
            batch = []
        if isinstance(effect, Direct):
            batch.append(effect)
        elif effect is not None:
            yield effect
    if batch:
        yield batch


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
            f"{deliveries.EVENTS if post.as_event else 'place'}:{place.id}",
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


async def _directs(db: AsyncSession, community: Community, directs: list[Direct], now: datetime) -> None:
    to = [direct.to for direct in directs]
    people, accounts = await members.several(db, to), await members.accounts_of(db, to)
    decisions: dict[int, Decision] = {}
    for kind in {direct.kind for direct in directs}:
        decisions |= await gate.decide(db, [people[direct.to] for direct in directs if direct.kind is kind], kind, now)
    posts = {card: await deliveries.latest(db, *card) for card in {direct.after for direct in directs} if card}
    rows = []
    for direct in directs:
        after = posts[direct.after] if direct.after else None
        rows.append(_addressed(direct, decisions[direct.to], accounts.get(direct.to, []), after, now))
    await deliveries.enqueue_all(db, community.id, now, rows)


def _addressed(
    direct: Direct, decision: Decision, accounts: list[Account], after: Delivery | None, now: datetime
) -> dict[str, Any]:
    reason, may = decision.reason, decision.may
    wanted = [account for account in accounts if account.ref == direct.account]
    account = next(iter([*wanted, *accounts]), None)
    if account is None:
        reason, may = "No account to send it to.", May.NO
    return {
        "lane": f"account:{account.id}" if account else f"member:{direct.to}",
        "card": direct.card,
        "subject": direct.subject,
        "account_id": account.id if account else None,
        "member_id": direct.to,
        "kind": str(direct.kind),
        "about": direct.about,
        "after_id": after.id if after else None,
        "state": WITHHELD if may is May.NO else PENDING,
        "reason": reason,
        "next_at": decision.at or now,
        "key": direct.key or None,
        "expires_at": direct.until,
    }
