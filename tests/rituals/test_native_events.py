"""Where a platform has no calendar of its own, nothing is put there."""

from __future__ import annotations

from sqlalchemy import func, select

from bot.core.events import Interest, Ref
from storage.ledger.deliveries import Delivery
from storage.members import Account
from storage.sessions import Rsvp
from tests.rituals.test_schedule import saves, schedules_a_meeting
from tests.support.world import World


async def test_a_meeting_is_a_message_alone(world: World) -> None:
    facilitator = await schedules_a_meeting(world, "every Thursday 12:30")
    await saves(world, facilitator)
    await facilitator.types("/facilitate schedule")
    await facilitator.presses("Move a date", on="Scheduled")
    await facilitator.submits(to="2026-03-06 09:00")
    await world.settles()
    async with world.database.read() as db:
        cards = await db.scalars(select(Delivery.card).where(Delivery.card.startswith("session")))
    assert set(cards) == {"session"}


async def test_interest_in_what_is_not_ours_writes_nobody_down(world: World) -> None:
    async def nobody_waits() -> None: ...

    facilitator = await schedules_a_meeting(world, "every Thursday 12:30")
    await saves(world, facilitator)
    async with world.database.read() as db:
        account = await db.scalar(select(Account).where(Account.remote_id == "ada"))
        people = await db.scalar(select(func.count()).select_from(Account))
        message = await db.scalar(select(Delivery.remote_id).where(Delivery.card == "session"))
    assert account is not None
    workspace = Ref(account.platform, account.workspace, "")
    stranger = Ref(account.platform, account.workspace, "stranger")
    at = world.clock.now()
    await world.rounds.dispatch(Interest("1", workspace, "event:1", (stranger,), True, at), nobody_waits)
    await world.rounds.dispatch(Interest("2", workspace, str(message), (account.ref,), True, at), nobody_waits)
    async with world.database.read() as db:
        assert await db.scalar(select(func.count()).select_from(Account)) == people
        assert await db.scalar(select(func.count()).select_from(Rsvp)) == 0
