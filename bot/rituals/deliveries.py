"""Messages that got stuck: a facilitator hears of it, in plain words, and decides."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from bot.context import Context
from bot.core.errors import Fixable
from bot.core.events import DeliveryStuck
from bot.core.people import Role, Viewer
from bot.core.replies import Direct, Effect, Kind, Redraw, Reply
from bot.core.ritual import Ritual
from bot.core.text import Channel, Span
from bot.core.ui import Action, Button, Card, Run, Why, say
from storage import audit, communities, members, visibility
from storage.ledger import deliveries as ledger
from storage.ledger.deliveries import DEAD, UNKNOWN, Delivery

ritual = Ritual("deliveries")


# Kind of message → how to get fewer of them.
FEWER = {
    Kind.ASKED_FOR: "What you ask for and what answers you always comes. You can stop following, or take an answer back.",
    Kind.DIGEST: "You can change, pause or end your digest.",
    Kind.INVITATION: "You can say how much you want to hear, when you may be asked, and what about.",
    Kind.REMINDER: "You can say how much you want to hear, when you may be asked, and what about.",
    Kind.DUTY: "It comes to whoever looks after the community.",
}


class ItIsThere(Action, prefix="delivery.there"):
    delivery: int


class SendAgain(Action, prefix="delivery.again"):
    delivery: int


@ritual.on(DeliveryStuck)
async def somebody_should_know(ctx: Context, event: DeliveryStuck) -> tuple[Effect, ...]:
    """Tell the facilitators of a post that got stuck. A direct message that did is nobody else's business.

    Nor are they told of an entry in a platform's calendar: its message stands, and checking names what is missing.
    """
    delivery = await ledger.get(ctx.db, event.delivery)
    if delivery is None or delivery.place_id is None or delivery.as_event:
        return ()
    told = await members.facilitators(ctx.db, ctx.community.id)
    return tuple(Direct("stuck", delivery.id, member.id, Kind.DUTY) for member in told)


@ritual.card("stuck")
async def stuck_card(db: AsyncSession, delivery_id: int, viewer: Viewer, now: datetime) -> Card | None:
    delivery = await ledger.get(db, delivery_id)
    if delivery is None or delivery.place_id is None or viewer.role < Role.FACILITATOR:
        return None
    place = await db.get_one(communities.Place, delivery.place_id)
    may_see = await visibility.sees(db, place.space_id, viewer, now)
    where: Span = Channel(place.name, place.ref) if may_see else "a closed channel"
    what = f"the {delivery.card} card"
    if delivery.state == UNKNOWN:
        buttons = (
            Button("It's there", ItIsThere(delivery=delivery.id)),
            Button("Post it", SendAgain(delivery=delivery.id), "primary"),
        )
        return Card(body=(f"I'm not sure {what} reached ", where, ". Please have a look."), buttons=buttons)
    if delivery.state == DEAD:
        again = (Button("Try again", SendAgain(delivery=delivery.id), "primary"),)
        return Card(
            body=(f"I couldn't post {what} in ", where, f": {delivery.reason}" if may_see else "."), buttons=again
        )
    return Card(body=(f"About {what} in ", where, ": settled."))


@ritual.click(role=Role.MEMBER, reads=True)
async def why_this(ctx: Context, click: Why) -> Reply:
    """What was decided when it was sent, as it was written down then, and how to get fewer of its kind."""
    delivery = await ledger.get(ctx.db, click.delivery)
    if delivery is None or delivery.member_id != ctx.member.id or not delivery.kind:
        raise Fixable("I don't know any more why you got this.")
    kind = Kind(delivery.kind)
    settings = "rounds digest" if kind is Kind.DIGEST else "rounds me"
    buttons = () if kind is Kind.DUTY else (Button("What I can change", Run(command=settings)),)
    return Reply(Card("Why this?", (delivery.reason, "\n", FEWER[kind]), buttons=buttons))


@ritual.click(role=Role.FACILITATOR)
async def it_is_there(ctx: Context, click: ItIsThere) -> tuple[Effect, ...]:
    return await _settle(ctx, click.delivery, arrived=True)


@ritual.click(role=Role.FACILITATOR)
async def send_again(ctx: Context, click: SendAgain) -> tuple[Effect, ...]:
    return await _settle(ctx, click.delivery, arrived=False)


async def _settle(ctx: Context, delivery_id: int, *, arrived: bool) -> tuple[Effect, ...]:
    delivery: Delivery | None = await ledger.get(ctx.db, delivery_id)
    if delivery is None or delivery.community_id != ctx.community.id:
        raise Fixable("This message is no longer known.")
    if not await ledger.resolve_stuck(ctx.db, delivery_id, arrived=arrived):
        return (Redraw("stuck", delivery_id), Reply(say("Somebody settled this already.")))
    audit.note(ctx.db, ctx.community.id, ctx.member.id, ctx.now, "delivery.settled", f"delivery:{delivery_id}")
    words = "Noted: it is there." if arrived else "I'm sending it again."
    return (Redraw("stuck", delivery_id), Reply(say(words)))
