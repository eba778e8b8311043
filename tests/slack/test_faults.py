"""Whatever goes wrong between us and Slack while posts flow: each stands once, in order, or a facilitator is told."""

from __future__ import annotations

import asyncio
import re
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager, suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, select

import bot.rituals.deliveries
from bot.core.registry import Registry
from bot.limits import Limits
from schedules.relay import Timing
from storage.answers import Replier
from storage.ledger.deliveries import Delivery
from storage.members import Account, Member
from tests.fakes.slack.rates import Rates
from tests.slack.flood import EVERY_DIRECT, flooding
from tests.support.slack import slack_world
from tests.support.waiting import until
from tests.support.world import World

POSTS, FEW = 30, 12
NOTE = re.compile(r"note (\d+)\.")
# As in tests.support.world, with a lease that the slowest of these requests does not outlive.
HURRIED = Timing(lease=0.6, send=0.25, settled=0.05, poll=0.05, redraw_pause=0.0)
OpenWorld = Callable[..., AbstractAsyncContextManager[World]]


@pytest.fixture
def open_world(database_url: str, tmp_path: Path) -> OpenWorld:
    """A world in which /flood, /do and others post notes."""

    @asynccontextmanager
    async def opened(**more: Any) -> AsyncIterator[World]:
        registry = Registry([flooding(tmp_path), bot.rituals.deliveries.ritual])
        given = {"registry": registry, "timing": HURRIED, **more}
        async with slack_world(database_url, tmp_path, **given) as world:
            yield world

    return opened


async def notes(world: World) -> dict[str, list[int]]:
    """The notes that stand in each channel, top to bottom."""
    places = (await world.api.state())["places"]
    return {
        name: [int(found[1]) for one in place["messages"] if (found := NOTE.search(one["text"]))]
        for name, place in places.items()
        if not name.startswith("dm-")
    }


async def times_each(world: World) -> Counter[int]:
    return Counter(number for found in (await notes(world)).values() for number in found)


async def all_arrive(world: World, count: int = POSTS) -> None:
    """Each of the notes stands once, in the order they were written in."""
    await world.settles()
    assert await times_each(world) == Counter(set(range(count)) - directs(count))
    for found in (await notes(world)).values():
        assert found == sorted(found)


def directs(count: int) -> set[int]:
    """Which notes of a flood go to a person."""
    return set(range(EVERY_DIRECT - 1, count, EVERY_DIRECT))


async def states(world: World) -> Counter[str]:
    async with world.database.read() as db:
        return Counter((await db.scalars(select(Delivery.state))).all())


@asynccontextmanager
async def again_and_again(act: Callable[[], Awaitable[Any]], pause: float) -> AsyncIterator[None]:
    async def repeated() -> None:
        while True:
            await act()
            await asyncio.sleep(pause)  # how often it goes wrong

    trouble = asyncio.create_task(repeated())
    try:
        yield
    finally:
        trouble.cancel()
        with suppress(asyncio.CancelledError):
            await trouble


# Sending


@pytest.mark.parametrize("history", [True, False])
@pytest.mark.parametrize(
    "faults",
    [
        {"ratelimited": 3, "retry_after": 1},
        {"drop_before": 3},
        {"store_then_drop": 3},
        {"error_500_before": 3},
        {"error_500_after": 3},
        {"delay": 3, "delay_seconds": 0.4},
    ],
    ids=lambda faults: next(iter(faults)),
)
async def test_posts_flow_while_slack_fails(open_world: OpenWorld, faults: dict[str, Any], history: bool) -> None:
    # A request that ended is asked about at once: nothing waits for the end of this lease.
    timing = replace(HURRIED, lease=30.0) if "error_500" in next(iter(faults)) else HURRIED
    async with open_world(history=history, timing=timing) as world:
        steward = world.person("ada")
        world.service.faults.set(methods=("chat.postMessage",), **faults)
        await world.person("ben").types(f"/flood {FEW}")
        await until(lambda: used(world, 3))
        await world.settles()
        met = list(world.service.faults.used)
        assert not {name for name, _ in met} - set(faults)
        if history or "ratelimited" in faults:
            await all_arrive(world, FEW)
            assert set(await states(world)) == {"sent"}
            await steward.sees_not("I'm not sure")
            return
        # Nobody can look whether it arrived: nothing stands twice, and what may be missing is somebody's to decide.
        counted = await times_each(world)
        assert set(counted.values()) == {1}
        unsure = (await states(world))["unknown"]
        assert unsure == len(met)
        missing = set(range(FEW)) - directs(FEW) - set(counted)
        assert len(missing) <= unsure
        told = [one for one in await steward.everything() if "I'm not sure the note card reached" in one.text]
        assert len(told) == await unsure_in_channels(world)


async def used(world: World, count: int) -> bool:
    return len(world.service.faults.used) >= count


async def unsure_in_channels(world: World) -> int:
    """A direct message that got stuck is nobody else's business."""
    unsure = select(func.count()).where(Delivery.state == "unknown", Delivery.place_id.is_not(None))
    async with world.database.read() as db:
        return await db.scalar(unsure) or 0


async def test_a_storm_of_429_is_waited_out_as_long_as_slack_says(open_world: OpenWorld) -> None:
    """At Slack's own pace: a burst, then one message a second in a channel, which even a slow machine exceeds."""
    async with open_world(prepare=lambda slack: setattr(slack, "rates", Rates("tiers", 1.0))) as world:
        await world.person("ben").types(f"/flood {2 * FEW}")
        await all_arrive(world, 2 * FEW)
        refused = [call for call in world.service.calls if call["error"] == "ratelimited"]
        assert refused, "there was no storm"
        assert set(await states(world)) == {"sent"}


async def test_everything_fails_now_and_then_at_once(open_world: OpenWorld) -> None:
    async with open_world() as world:
        faults = {"store_then_drop": 0.05, "drop_before": 0.05, "error_500_before": 0.05, "error_500_after": 0.05}
        world.service.faults.set(**faults, ratelimited=0.05, retry_after=0)
        async with again_and_again(world.service.close_sockets, 0.3):
            await until(lambda: answered(world, f"/flood {POSTS}"))
            await until(lambda: quiet(world))
        world.service.faults.set()
        await all_arrive(world)


async def answered(world: World, command: str) -> bool:
    """A person types until it works, as people do."""
    async with world.database.read() as db:
        if await db.scalar(select(func.count()).select_from(Delivery)):
            return True
    await world.person("ben").types(command)
    return False


async def quiet(world: World) -> bool:
    idle: bool = await world.rounds.relay.idle()
    return idle


# Receiving


async def test_sockets_that_close_all_the_time_lose_no_command_that_was_acknowledged(open_world: OpenWorld) -> None:
    async with open_world() as world:
        ben, outcomes = world.person("ben"), dict[int, str]()
        async with again_and_again(world.service.close_sockets, 0.8), asyncio.timeout(15):
            while list(outcomes.values()).count("answered") < POSTS:
                number = len(outcomes)
                outcomes[number] = (await ben.types(f"/do {number}"))["outcome"]
                await asyncio.sleep(0.02)  # people are not that fast
        await world.settles()
        counted = await times_each(world)
        for number, outcome in outcomes.items():
            assert counted[number] == 1 if outcome == "answered" else counted[number] <= 1
        assert "failed" in outcomes.values(), "no socket was ever missed"


async def test_a_reconnect_that_slack_asks_for_loses_nothing(open_world: OpenWorld) -> None:
    async with open_world() as world:
        ben, sockets, outcomes = world.person("ben"), world.service.delivery.sockets, []
        opened = sockets.opened

        async def ask_one() -> None:
            if sockets.open:
                await sockets.open[0].socket.send_json({"type": "disconnect", "reason": "refresh_requested"})

        async with again_and_again(ask_one, 0.1):
            for number in range(POSTS):
                outcomes.append((await ben.types(f"/do {number}"))["outcome"])
            await until(lambda: reconnected(world, opened + 3))
        await world.settles()
        counted = await times_each(world)
        assert outcomes.count("answered") > POSTS / 2  # the rest met a connection that was just closing
        for number, outcome in enumerate(outcomes):
            assert counted[number] == 1 if outcome == "answered" else counted[number] <= 1


async def reconnected(world: World, opened: int) -> bool:
    return int(world.service.delivery.sockets.opened) >= opened


async def test_a_deaf_connection_is_noticed_and_replaced(open_world: OpenWorld) -> None:
    async with open_world(prepare=lambda slack: setattr(slack, "ack_seconds", 0.5)) as world:
        ben, opened = world.person("ben"), world.service.delivery.sockets.opened
        world.service.go_deaf()
        assert (await ben.types("/do 1"))["outcome"] == "failed"
        await until(lambda: reconnected(world, opened + 2))
        await until(lambda: works(world, "/do 2"))
        await world.settles()
        counted = await times_each(world)
        assert counted[1] <= 1
        assert counted[2] == 1


async def works(world: World, command: str) -> bool:
    outcome: str = (await world.person("ben").types(command))["outcome"]
    return outcome == "answered"


async def test_events_that_come_twice_late_and_out_of_order_count_once(database_url: str, tmp_path: Path) -> None:
    async with slack_world(database_url, tmp_path) as world:
        ben = world.person("ben")
        await ben.types("/ask Which dressing?")
        await ben.submits()
        await ben.sees("Which dressing?")
        world.service.faults.set(duplicate_events=1.0, reorder_events=0.5, lose_acks=0.4)
        for name in ("chidi", "dana", "emre"):
            await world.person(name).says(f"{name} knows", thread_of="Which dressing?")
        for _ in range(5):
            await world.api.remove_member("ward-team", "chidi")
            await world.api.add_member("ward-team", "chidi")
        await world.api.remove_member("ward-team", "chidi")
        world.service.faults.set()
        await world.api.add_member("ward-team", "dana")  # lets out what was held back
        await until(lambda: knows_where(world, "dana"))
        await world.settles()
        async with world.database.read() as db:
            assert await db.scalar(select(func.count()).select_from(Replier)) == 3
        await until(lambda: forgot_where(world, "chidi"))


async def knows_where(world: World, name: str) -> bool:
    return await world._is_in("ward-team", name)


async def forgot_where(world: World, name: str) -> bool:
    return not await world._is_in("ward-team", name)


async def test_an_event_that_was_not_acknowledged_comes_again(database_url: str, tmp_path: Path) -> None:
    """The sockets are all gone when it happens: what Slack sends again is the only copy."""

    def slowly(slack: Any) -> None:
        slack.retry_factor = 0.02  # again at once, after 1 s, after 6 s

    async with slack_world(database_url, tmp_path, prepare=slowly) as world:
        await world.service.close_sockets()
        await world.api.change_person("dana", name="Dana of the Ward")
        await until(lambda: is_called(world, "UDANA", "Dana of the Ward"))
        attempts = [one["attempt"] for one in world.service.delivery.sent if one["kind"] == "event"]
        assert max(attempts) > 0


async def is_called(world: World, id: str, name: str) -> bool:
    async with world.database.read() as db:
        theirs = select(Member.name).join(Account, Account.member_id == Member.id).where(Account.remote_id == id)
        return await db.scalar(theirs) == name


@pytest.mark.parametrize("http", [False, True], ids=["sockets", "http"])
async def test_what_takes_long_is_acknowledged_in_time_and_answered_when_done(
    open_world: OpenWorld, tmp_path: Path, http: bool
) -> None:
    limits = Limits(acknowledge_within=0.2, burst_per_person=1000)
    (held := tmp_path / "7").touch()
    async with open_world(http=http, limits=limits) as world:
        ben = world.person("ben")
        assert (await ben.types("/think 7"))["outcome"] == "answered"
        assert (await notes(world))["questions"] == []
        held.unlink()
        await ben.sees("Noted: 7.")
        await world.settles()
        assert await times_each(world) == Counter([7])
        assert max(ack["seconds"] for ack in world.service.acks if ack["kind"] == "command") < 2


async def test_an_answer_that_slack_did_not_hear_does_nothing_twice(open_world: OpenWorld) -> None:
    """The acknowledgement gets lost: Slack tells the person that it failed, and they find that it is done."""
    async with open_world() as world:
        ben = world.person("ben")
        world.service.faults.set(lose_acks=1)
        assert (await ben.types("/do 3"))["outcome"] == "failed"
        await ben.sees("Noted: 3.")
        await world.settles()
        assert await times_each(world) == Counter([3])
