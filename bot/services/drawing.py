"""Drawing a delivery at the moment it is sent: where it goes, and the card as its reader may see it now."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from sqlalchemy.ext.asyncio import AsyncSession

from bot.core.clock import Clock
from bot.core.events import Ref
from bot.core.people import Role, Viewer
from bot.core.ports import Outbound
from bot.core.registry import Registry
from bot.core.replies import Kind
from bot.core.ui import Button, Card, Why
from bot.routing.gate import May
from bot.services import gate, identity
from storage import communities, members, visibility
from storage.engine import Database
from storage.ledger import deliveries
from storage.ledger.deliveries import SENDING, WITHHELD, Delivery


@dataclass(frozen=True, slots=True)
class Addressed:
    """Where a delivery goes. ``thread`` is the platform's id of the message it answers, or empty."""

    to: Ref
    to_person: bool
    thread: str
    viewer: Viewer


@dataclass(frozen=True, slots=True)
class Drawn:
    """A card, and which revision of the wish to redraw it answers."""

    card: Card
    rev: int


class Drawing:
    def __init__(self, database: Database, registry: Registry, clock: Clock) -> None:
        self._database, self._registry, self._clock = database, registry, clock

    async def address(self, delivery: Delivery) -> Addressed | str:
        """Where it goes, or a sentence on why it goes nowhere."""
        async with self._database.read() as db:
            thread = ""
            if delivery.threaded and delivery.after_id is not None:
                parent = await deliveries.get(db, delivery.after_id)
                thread = parent.remote_id if parent else ""
                nowhere = parent is None or parent.state == WITHHELD
                if nowhere and not delivery.remote_id:  # one that stands can still be taken away
                    return "What it belongs to is no longer there."
            if delivery.place_id is not None:
                place = await db.get_one(communities.Place, delivery.place_id)
                viewer = Viewer(delivery.community_id, place=place.id)
                return Addressed(place.ref, False, thread, viewer)
            account = await db.get(members.Account, delivery.account_id)
            if account is None or not account.active:
                return "The account it was meant for is no longer there."
            member = await db.get_one(members.Member, account.member_id)
            viewer = Viewer(delivery.community_id, member=member.id, role=Role(member.role))
            return Addressed(account.ref, True, thread, viewer)

    async def draw(self, delivery: Delivery, addressed: Addressed, platforms: Mapping[str, Outbound]) -> Drawn | str:
        """The card for its reader now, or a sentence on why there is none. Raises SendError when rights can't be asked."""
        if addressed.to_person:
            await self._see_afresh(await self._told_of(delivery), addressed.to, platforms)
        async with self._database.read() as db:
            current = await deliveries.get(db, delivery.id)
            if current is None:
                return "It is gone."
            if current.state == SENDING and addressed.viewer.member is not None and delivery.kind:
                member = await db.get_one(members.Member, addressed.viewer.member)
                decision = gate.still(member, Kind(delivery.kind), self._clock.now())
                if decision.may is May.NO:
                    return decision.reason
            rev = current.wanted_rev  # read before drawing: a change while we draw asks for another redraw
            if addressed.to_person and not await self._may_see(db, delivery, addressed.viewer):
                return "They can no longer see where it comes from."
            card = await self._registry.cards[delivery.card](db, delivery.subject, addressed.viewer, self._clock.now())
        if card is None:
            return "What it shows is gone, or not for them."
        return Drawn(_with_why(card, delivery) if addressed.to_person else card, rev)

    async def _told_of(self, delivery: Delivery) -> list[int]:
        """The spaces of which it tells."""
        told_of = [delivery.about] if delivery.about is not None else []
        if find := self._registry.tells_of.get(delivery.card):
            async with self._database.read() as db:
                told_of += await find(db, delivery.subject)
        return told_of

    async def _see_afresh(self, spaces: list[int], person: Ref, platforms: Mapping[str, Outbound]) -> None:
        """Ask the platform about the closed places of some spaces that this person's account could be in."""
        if not spaces:
            return
        async with self._database.read() as db:
            places = await communities.places_of_spaces(db, spaces)
        for place in places:
            if place.closed and (place.platform, place.workspace) == (person.platform, person.workspace):
                can_see = await platforms[place.platform].can_see(person, place.ref)
                async with self._database.write() as db:
                    await identity.see_afresh(db, person, place, can_see=can_see, now=self._clock.now())

    async def _may_see(self, db: AsyncSession, delivery: Delivery, viewer: Viewer) -> bool:
        if delivery.about is None or viewer.member is None:
            return True
        return await visibility.sees(db, delivery.about, viewer, self._clock.now())


def _with_why(card: Card, delivery: Delivery) -> Card:
    return replace(card, buttons=(*card.buttons, Button("Why this?", Why(delivery=delivery.id))))
