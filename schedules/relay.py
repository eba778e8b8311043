"""The relay: sends what the ledger holds, in order, each once.

Claim a lane → commit → draw the card, check rights → look at the lease once more → one request → write how it ended. What
ended without anybody knowing whether it arrived is left alone until its lease is over; then the platform is asked before it is
sent again. Redraws are idempotent: the latest wins, and only the latest is sent.
"""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import Coroutine, Mapping
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from uuid import uuid4

import structlog
from sqlalchemy.exc import InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from bot.core.clock import Clock
from bot.core.errors import new_reference
from bot.core.events import DeliveryStuck, platform_of, to_json
from bot.core.ports import (
    Arrival,
    Dispatch,
    Gone,
    MaybeSent,
    NotSent,
    Outbound,
    Outgoing,
    RateLimited,
    Refused,
    SendError,
)
from bot.core.ui import Card
from bot.services.drawing import Addressed, Drawing
from schedules.resting import Resting
from storage.engine import Database, is_passing, may_pass
from storage.ledger import deliveries, inbox, sending
from storage.ledger.deliveries import DEAD, MOST_TRIES, PENDING, SENT, UNKNOWN, WITHHELD, Delivery
from storage.ledger.sending import Claimed

log = structlog.get_logger("rounds.relay")
NO_CARD = Card()  # for asking whether a message arrived, which needs no words


@dataclass(frozen=True, slots=True)
class Timing:
    """Seconds. ``lease`` is longer than any send takes; ``settled`` is the wait before asking after a request that ended."""

    lease: float = 60.0
    send: float = 15.0
    settled: float = 2.0
    poll: float = 1.0
    redraw_pause: float = 1.0
    at_once: int = 20


# While much is under way no more is claimed until a fourth of it has ended, or a while has passed: to claim one takes as long as
# to claim several.
BY_THE_HANDFUL = 4


class Relay:
    def __init__(
        self,
        database: Database,
        drawing: Drawing,
        platforms: Mapping[str, Outbound],
        clock: Clock,
        dispatch: Dispatch,
        timing: Timing | None = None,
    ) -> None:
        self._database, self._drawing, self._platforms = database, drawing, platforms
        self._clock, self._dispatch, self._timing = clock, dispatch, timing or Timing()
        self._woken = asyncio.Event()
        self._under_way: set[asyncio.Task[None]] = set()
        self._resting = Resting()
        self._out_of_reach: dict[str, float] = {}  # platform → since when it could not be reached
        self._stopping = False
        self._claimed_at = 0.0  # monotonic seconds

    def wake(self) -> None:
        """Something was committed: look now."""
        self._woken.set()

    async def run(self) -> None:
        """Deliver until ``stop`` is called, then finish what is under way."""
        while not self._stopping:
            self._woken.clear()
            try:
                took = await self._take_work()
            except Exception as error:
                if not may_pass(error):
                    log.error("relay.cannot_claim", exc_info=error)
                elif not is_passing(error):  # else another process was quicker
                    log.warning("relay.database_away")
                took = 0
            if took == 0 and not self._stopping:
                with contextlib.suppress(TimeoutError):
                    await asyncio.wait_for(self._woken.wait(), self._timing.poll)
        if self._under_way:
            await asyncio.wait(self._under_way)

    def stop(self) -> None:
        self._stopping = True
        self._woken.set()

    async def idle(self) -> bool:
        """Whether nothing is due or out of date, once what is under way has ended."""
        while self._under_way:
            await asyncio.wait(self._under_way)
        async with self._database.read() as db:
            return await deliveries.due(db, self._clock.now()) == 0

    async def _take_work(self) -> int:
        free, now = self._timing.at_once - len(self._under_way), time.monotonic()
        enough = free >= self._timing.at_once // BY_THE_HANDFUL or now - self._claimed_at >= self._timing.poll
        if not free or not enough:
            return 0
        self._claimed_at = now
        deadline = now + self._timing.lease
        lease = timedelta(seconds=self._timing.lease)
        owner, resting = uuid4().hex, self._resting.now()
        async with self._database.write() as db:
            take = partial(
                sending.claim, db, self._database, owner, lease=lease, now=self._clock.now(), resting=resting
            )
            claimed = await take(limit=free)
            free -= len(claimed)
            outdated = await sending.claim_outdated(db, self._database, owner, lease=lease, limit=free)
            # What can wait comes last: a morning's digests keep nobody from seeing a question, or what became of it.
            claimed += await take(limit=free - len(outdated), digests=True)
        for item in claimed:
            self._spawn(self._deliver(item, deadline), f"deliver {item.delivery.id}")
        for copy in outdated:
            self._spawn(self._redraw(copy, deadline), f"redraw {copy.id}")
        return len(claimed) + len(outdated)

    def _spawn(self, work: Coroutine[None, None, None], name: str) -> None:
        task = asyncio.create_task(work, name=name)
        self._under_way.add(task)
        task.add_done_callback(self._finished)

    def _finished(self, task: asyncio.Task[None]) -> None:
        self._under_way.discard(task)
        if not task.cancelled() and (error := task.exception()):
            log.error(
                "relay.task_failed", task=task.get_name(), exc_info=error
            )  # its lease runs out and it is tried again
        self._woken.set()

    # Sending

    async def _deliver(self, claimed: Claimed, deadline: float) -> None:
        delivery = claimed.delivery
        addressed = await self._drawing.address(delivery)
        if isinstance(addressed, str):
            return await self._end(delivery, WITHHELD, addressed)
        platform = self._platforms.get(addressed.to.platform)
        if platform is None:
            state = UNKNOWN if claimed.ambiguous else DEAD
            return await self._end(delivery, state, f"{addressed.to.platform} is not connected.")
        try:
            if claimed.ambiguous and not await self._did_not_arrive(platform, delivery, addressed):
                return None
            if delivery.tries > MOST_TRIES:
                return await self._end(delivery, DEAD, f"It could not be sent in {MOST_TRIES} tries.")
            if delivery.expires_at is not None and delivery.expires_at <= self._clock.now():
                return await self._end(delivery, DEAD, "It would have come too late to be of use.")
            async with self._resting.minding(addressed.to):
                await self._send(platform, delivery, addressed, deadline)
        except RateLimited as limit:
            await self._again(delivery, limit.retry_after, counted=False)
        except NotSent as error:
            log.info("delivery.not_sent", delivery=delivery.id, error=str(error))
            # Not a try: an outage of the platform, however long, loses nothing.
            since = self._out_of_reach.setdefault(addressed.to.platform, time.monotonic())
            await self._again(delivery, min(60.0, 1.0 + time.monotonic() - since), counted=False)
        except MaybeSent as error:
            log.info("delivery.ambiguous", delivery=delivery.id, error=str(error))
            await self._leave(delivery, self._timing.settled if error.settled else self._timing.lease)
        except Refused as error:
            await self._end(delivery, DEAD, str(error))

    async def _did_not_arrive(self, platform: Outbound, delivery: Delivery, addressed: Addressed) -> bool:
        """Ask the platform about an earlier try. False when it arrived, or nobody can say, or not now: that is written."""
        try:
            found = await asyncio.wait_for(platform.arrived(_outgoing(delivery, addressed)), self._timing.send)
        except RateLimited as limit:
            await self._leave(delivery, limit.retry_after, counted=False)
            return False
        except Refused as error:  # asking again would not help
            await self._end(delivery, UNKNOWN, f"I'm not sure this arrived: {error}")
            return False
        except (SendError, TimeoutError) as error:
            log.info("delivery.cannot_ask", delivery=delivery.id, error=str(error))
            await self._leave(delivery, self._timing.settled, counted=False)
            return False
        if isinstance(found, str):
            await self._sent(delivery, found, drawn_rev=0)
        elif found is Arrival.CANNOT_TELL:
            await self._end(delivery, UNKNOWN, "I'm not sure this arrived.")
        return found is Arrival.NO

    async def _send(self, platform: Outbound, delivery: Delivery, addressed: Addressed, deadline: float) -> None:
        try:
            drawn = await self._drawing.draw(delivery, addressed, self._platforms)
        except (MaybeSent, OperationalError, InterfaceError, PoolTimeout) as error:
            # Asking for rights, or the database: nothing was sent.
            raise NotSent(f"could not be drawn now: {type(error).__name__}") from error
        except SendError:
            raise
        except Exception as error:
            reference = new_reference()
            log.error("card.failed", reference=reference, card=delivery.card, delivery=delivery.id, exc_info=error)
            return await self._end(delivery, DEAD, f"It could not be drawn. Reference {reference}.")
        if isinstance(drawn, str):
            return await self._end(delivery, WITHHELD, drawn)
        message = _outgoing(delivery, addressed, drawn.card)
        if self._too_late(deadline):
            # Frozen since the claim: somebody else may hold the lane by now, and then this changes nothing.
            return await self._again(delivery, 0.0, counted=False)
        try:
            # Not wait_for: it begins the request a turn of the loop later, and a process may be frozen meanwhile.
            async with asyncio.timeout(self._timing.send):
                remote = await platform.send(message)
        except TimeoutError:
            raise MaybeSent("no answer in time") from None
        except RateLimited as limit:
            self._resting.begin(addressed.to, limit.retry_after)
            raise
        self._out_of_reach.pop(addressed.to.platform, None)
        await self._sent(delivery, remote, drawn.rev, platform.pace)

    def _too_late(self, deadline: float) -> bool:
        """Whether a request that began now could outlive the lease."""
        return time.monotonic() + self._timing.send > deadline

    async def _sent(self, delivery: Delivery, remote: str, drawn_rev: int, pace: float = 0.0) -> None:
        async with self._database.write() as db:
            await sending.settle(
                db,
                self._database,
                delivery,
                SENT,
                remote_id=remote,
                drawn_rev=drawn_rev,
                pause=timedelta(seconds=pace),
            )

    async def _again(self, delivery: Delivery, wait: float, *, counted: bool = True) -> None:
        async with self._database.write() as db:
            await sending.settle(db, self._database, delivery, PENDING, pause=timedelta(seconds=wait), counted=counted)

    async def _leave(self, delivery: Delivery, wait: float, *, counted: bool = True) -> None:
        async with self._database.write() as db:
            pause = timedelta(seconds=wait)
            await sending.leave_ambiguous(db, self._database, delivery, pause, counted=counted)

    async def _end(self, delivery: Delivery, state: str, reason: str) -> None:
        stuck = DeliveryStuck(f"stuck:{delivery.id}:{delivery.owner}", delivery.id)
        async with self._database.write() as db:
            ours = await sending.settle(db, self._database, delivery, state, reason=reason)
            tell = ours and state in (UNKNOWN, DEAD)
            if tell:  # also when this process dies before it could
                await inbox.store(db, [(platform_of(stuck), stuck.key, to_json(stuck))], self._clock.now())
        log.info("delivery.ended", delivery=delivery.id, state=state, card=delivery.card)
        if tell:
            await self._dispatch(stuck, _nobody_waits)
            async with self._database.write() as db:
                await inbox.forget(db, platform_of(stuck), stuck.key)

    # Redrawing

    async def _redraw(self, copy: Delivery, deadline: float) -> None:
        addressed = await self._drawing.address(copy)
        platform = None if isinstance(addressed, str) else self._platforms.get(addressed.to.platform)
        if isinstance(addressed, str) or platform is None:
            return await self._redrawn(copy, copy.wanted_rev)
        rev = copy.wanted_rev
        try:
            drawn = await self._drawing.draw(copy, addressed, self._platforms)
            if self._too_late(deadline):
                return None  # whoever takes it next has a newer picture than this
            if isinstance(drawn, str):  # its subject is gone, or not for this reader any more
                await asyncio.wait_for(platform.delete(addressed.to, copy.remote_id), self._timing.send)
                return await self._redrawn(copy, rev, gone=True)
            rev = drawn.rev
            await asyncio.wait_for(
                platform.redraw(addressed.to, copy.remote_id, drawn.card, copy.uid), self._timing.send
            )
        except Gone:
            return await self._redrawn(copy, rev, gone=True)
        except Refused as error:
            log.warning("redraw.refused", delivery=copy.id, error=str(error))
            return await self._redrawn(copy, copy.wanted_rev)
        except RateLimited as limit:
            return await self._redrawn(copy, copy.drawn_rev, wait=limit.retry_after)
        except (SendError, TimeoutError) as error:
            log.info("redraw.again", delivery=copy.id, error=str(error))
            return await self._redrawn(copy, copy.drawn_rev, wait=self._timing.settled)
        await self._redrawn(copy, rev, wait=self._timing.redraw_pause)

    async def _redrawn(self, copy: Delivery, rev: int, *, wait: float = 0.0, gone: bool = False) -> None:
        async with self._database.write() as db:
            await sending.redrawn(db, self._database, copy, rev, wait=timedelta(seconds=wait), gone=gone)


def _outgoing(delivery: Delivery, addressed: Addressed, card: Card = NO_CARD) -> Outgoing:
    assert delivery.first_try_at is not None, "a claim sets it"
    return Outgoing(
        id=delivery.uid,
        to=addressed.to,
        to_person=addressed.to_person,
        thread=addressed.thread,
        card=card,
        first_try=delivery.first_try_at,
        as_event=delivery.as_event,
    )


async def _nobody_waits() -> None:
    """A report of our own has nobody to acknowledge to."""
