"""What platforms and the ledger report, acted on within a transaction: people and places as they are, and what fell due."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from bot.context import Context, Offered
from bot.core.clock import Clock
from bot.core.errors import NotYet
from bot.core.events import (
    CameOrWent,
    DeliveryStuck,
    Event,
    Interest,
    MessageGone,
    PersonChanged,
    PlaceChanged,
    PlaceMembers,
    RhythmDue,
    Several,
    Talked,
    ThreadReply,
    TimerDue,
    TypedDirectly,
    WorkspaceConnected,
    WorkspaceGone,
)
from bot.core.registry import Registry
from bot.core.replies import Effects
from bot.core.ui import prefix_of
from bot.services import effects, identity
from bot.services.confiding import Confided
from bot.services.rhythms import take_due
from storage import communities, members
from storage.engine import Database
from storage.ledger import deliveries, rhythms, timers
from storage.ledger.rhythms import Rhythm


@dataclass(frozen=True, slots=True)
class Reports:
    registry: Registry
    clock: Clock
    offered: Callable[[], Offered]

    async def take(self, db: AsyncSession, event: Event) -> None:
        """Write down what is reported, and let the rituals that listen for it act."""
        now = self.clock.now()
        match event:
            case WorkspaceConnected():
                await self._notify(Context(db, now, await identity.workspace_connected(db, event, now)), event)
            case WorkspaceGone():
                await communities.workspace_gone(db, event.workspace, now)
                await members.workspace_gone(db, event.workspace)
            case PersonChanged():
                await identity.person_changed(db, event)
            case PlaceChanged():
                changed = await identity.place_changed(db, event)
                if changed is not None:
                    await self._notify(Context(db, now, changed[0], place=changed[1]), event)
            case PlaceMembers():
                await identity.place_members(db, event)
            case CameOrWent():
                await identity.came_or_went(db, event)
            case Several():
                for report in event.reports:
                    await self.take(db, report)
            case ThreadReply():
                await self._thread_reply(db, event, now)
            case Talked():
                await self._thread_reply(db, event, now)
            case TypedDirectly():
                await self._typed_directly(db, event, now)
            case MessageGone():
                await self._message_gone(db, event, now)
            case Interest():
                await self._interest(db, event, now)
            case DeliveryStuck():
                delivery = await deliveries.get(db, event.delivery)
                if delivery is not None:
                    stuck_in = await db.get_one(communities.Community, delivery.community_id)
                    await self._notify(Context(db, now, stuck_in), event)
            case TimerDue():
                await self._timer(db, event, now)
            case RhythmDue():
                await self._rhythm(db, event, now)

    async def failed(self, database: Database, event: TimerDue | RhythmDue, reference: str) -> None:
        """What fell due could not be done: it is tried again later."""
        async with database.write() as db:
            match event:
                case TimerDue():
                    await timers.failed(db, event.timer, self.clock.now(), reference)
                case RhythmDue():
                    await rhythms.failed(db, event.rhythm, self.clock.now(), reference)

    async def _notify(self, context: Context, event: Event) -> None:
        for run in self.registry.notices.get(type(event), ()):
            await _carry_out(context, await run(context, event))

    async def _message_gone(self, db: AsyncSession, event: MessageGone, now: datetime) -> None:
        place = await communities.place_of(db, event.place)
        if place is not None:
            community = await db.get_one(communities.Community, place.community_id)
            await self._notify(Context(db, now, community, place=place), event)

    async def _thread_reply(self, db: AsyncSession, event: ThreadReply | Talked, now: datetime) -> None:
        place = await communities.place_of(db, event.place)
        community = await communities.of_workspace(db, event.place)
        if place is not None and community is not None and not await identity.wants_no_trace(db, event.who):
            if isinstance(event, ThreadReply) and await _is_too_early(db, place, event.thread):
                raise NotYet("the thread's first message is being sent")
            member = await members.keep(db, community.id, event.who, community.zone)
            if member.blocked_at is None:
                await self._notify(Context(db, now, community, member, place), event)

    async def _typed_directly(self, db: AsyncSession, event: TypedDirectly, now: datetime) -> None:
        who = event.who if event.who.workspace else await deliveries.last_told(db, event.who)
        community = await communities.of_workspace(db, who) if who is not None else None
        if who is not None and community is not None and not await identity.wants_no_trace(db, who):
            member = await members.keep(db, community.id, who, community.zone)
            if member.blocked_at is None:
                await self._notify(Context(db, now, community, member, account=who), event)

    async def _interest(self, db: AsyncSession, event: Interest, now: datetime) -> None:
        """Nobody is written down for what is not ours."""
        delivery = await deliveries.of_event(db, event.workspace, event.message)
        if delivery is None or delivery.place_id is None:
            return
        community = await db.get_one(communities.Community, delivery.community_id)
        place = await db.get_one(communities.Place, delivery.place_id)
        for who in [ref for ref in event.who if not await identity.wants_no_trace(db, ref)]:
            member = await members.keep(db, community.id, who, community.zone)
            if member.blocked_at is None:
                await self._notify(Context(db, now, community, member, place), event)

    async def _timer(self, db: AsyncSession, event: TimerDue, now: datetime) -> None:
        timer = await timers.take(db, event.timer, now)
        if timer is None:  # taken by another process, or put off meanwhile
            return
        known = self.registry.timers.get(prefix_of(timer.action))
        if known is None:
            raise LookupError(f"no ritual has a timer {prefix_of(timer.action)!r}")
        kind, run = known
        community = await db.get_one(communities.Community, timer.community_id)
        context = Context(db, now, community, offered=self.offered())
        await _carry_out(context, await run(context, kind.unpack(timer.action)))

    async def _rhythm(self, db: AsyncSession, event: RhythmDue, now: datetime) -> None:
        rhythm = await db.get(Rhythm, event.rhythm)
        declared = self.registry.rhythms.get(rhythm.name) if rhythm else None
        if rhythm is None:
            return
        if declared is None:
            raise LookupError(f"no ritual has a rhythm {rhythm.name!r}")
        due = await take_due(db, rhythm.id, declared.late, now)
        community = await db.get_one(communities.Community, rhythm.community_id)
        context = Context(db, now, community, offered=self.offered())
        for occasion in due:
            await _carry_out(context, await declared.run(context, occasion))


async def _carry_out(context: Context, wanted: Effects) -> None:
    if isinstance(await effects.carry_out(context.db, context.community, wanted, context.now), Confided):
        raise TypeError("nobody acted who could be told whether it was sent")


async def _is_too_early(db: AsyncSession, place: communities.Place, message: str) -> bool:
    """Whether the message stands, perhaps, and it is not written down yet that it does: somebody was quicker than we are."""
    # In this order: what is written down between the two looks is found by the second.
    on_its_way = await deliveries.is_being_sent(db, place.id)
    return on_its_way and await deliveries.of_message(db, place.id, message) is None
