"""Whatever goes wrong between us and Discord while posts flow: each stands once, in order, or a facilitator is told."""

from __future__ import annotations

import asyncio
import re
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager, suppress
from datetime import timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from sqlalchemy import select, update

import bot.rituals.deliveries
import bot.rituals.setup
from adapters.discord.gateway import MOST_DOUBLED, Receiver
from bot.core.clock import MovableClock
from bot.core.registry import Registry
from bot.limits import Limits
from schedules.relay import Timing
from storage.ledger.deliveries import Delivery
from tests.discord.stage import EVERY_DIRECT, a_stage, drops_and_forgets
from tests.fakes.discord.faults import Fault
from tests.support.discord import discord_world
from tests.support.waiting import until
from tests.support.world import World

POSTS = 20
NOTE = re.compile(r"## note (\d+)\.")
LIMITS = Limits(burst_per_person=1000)
# As in tests.support.world, with a lease that the slowest of these requests does not outlive.
HURRIED = Timing(lease=1.0, send=0.6, settled=0.05, poll=0.05, redraw_pause=0.0)
OpenWorld = Callable[..., AbstractAsyncContextManager[World]]
MESSAGES, FORUM_POSTS = r"POST /channels/\d+/messages", r"POST /channels/\d+/threads"
THREADS = r"POST /channels/\d+/messages/\d+/threads"


@pytest.fixture
def open_world(database_url: str, tmp_path: Path) -> OpenWorld:
    """A world in which /flood posts notes in three channels and to a person. Discord's clock is the machine's, as it is."""

    @asynccontextmanager
    async def opened(**more: Any) -> AsyncIterator[World]:
        registry = Registry([a_stage().ritual, bot.rituals.deliveries.ritual, bot.rituals.setup.ritual])
        given = {"registry": registry, "clock": MovableClock(), "timing": HURRIED, "limits": LIMITS, **more}
        async with discord_world(database_url, tmp_path, **given) as world:
            yield world

    return opened


async def notes(world: World) -> dict[str, list[int]]:
    """The notes that stand in each channel, in order."""
    found = {}
    for place in ("general", "questions", "ward-team"):
        messages = await world.api.messages(place)
        found[place] = [int(it[1]) for one in messages if (it := NOTE.search(str(one["components"])))]
    return found


def directs(count: int) -> set[int]:
    """Which notes of a flood go to a person."""
    return set(range(EVERY_DIRECT - 1, count, EVERY_DIRECT))


async def times_each(world: World) -> Counter[int]:
    return Counter(number for found in (await notes(world)).values() for number in found)


async def all_arrive(world: World, count: int = POSTS) -> None:
    """Each of the notes stands once, in the order they were written in; so do those to a person."""
    await world.settles()
    assert await times_each(world) == Counter(set(range(count)) - directs(count))
    for found in (await notes(world)).values():
        assert found == sorted(found)
    told = [NOTE.search(str(one["components"])) for one in await world.api.messages("dm-ben")]
    assert sorted(int(it[1]) for it in told if it) == sorted(directs(count))


async def states(world: World) -> Counter[str]:
    async with world.database.read() as db:
        return Counter((await db.scalars(select(Delivery.state).where(Delivery.card == "note"))).all())


def fault(kind: str, route: str = MESSAGES, times: int | None = 1, **more: Any) -> Fault:
    return Fault.model_validate({"kind": kind, "route": route, "times": times, **more})


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


@pytest.mark.parametrize(
    "faults",
    [
        [fault("rate_limit", times=6)],
        [fault("global_rate_limit", route="", times=6)],
        [fault("rate_limit", times=3, retry_after=2.5)],
        [fault("fail", times=3), fault("fail", route="threads", times=1)],
        [fault("fail", times=3, status=503)],
        [fault("fail", times=5, after=True), fault("fail", times=2, after=True, status=503)],
        [fault("drop", times=3)],
        [fault("drop", times=4, after=True)],
        [fault("delay", times=3, seconds=0.8)],
    ],
    ids="429 global long-429 5xx-before 503-before 5xx-after drop-before drop-after slow".split(),
)
async def test_posts_flow_while_discord_fails(open_world: OpenWorld, faults: list[Fault]) -> None:
    async with open_world() as world:
        for one in faults:
            world.service.faults.add(one.model_copy())
        await world.person("ben").types(f"/flood {POSTS}")
        await all_arrive(world)
        assert len(world.service.faults.happened) >= sum(one.times or 0 for one in faults[:1])
        assert set(await states(world)) == {"sent"}
        await world.person("ada").sees_not("I'm not sure")


async def test_everything_fails_now_and_then_at_once_with_restarts_between(open_world: OpenWorld) -> None:
    async with open_world() as world:
        await world.person("ben").types(f"/flood {POSTS}")
        chances = {"fail_before": 0.1, "fail_after": 0.1, "drop_before": 0.05, "drop_after": 0.1, "rate_limit": 0.05}
        await world.api.set_faults(**chances, seed=7, retry_after=0.05, route=MESSAGES)
        async with again_and_again(world.api.drop_gateways, 0.3):
            for _ in range(2):
                await until(lambda: _some_stand(world))
                await world.rounds.stop()
                world.rounds = world._begin()
                await world.rounds.start()
            await until(lambda: _quiet(world))
        await world.api.clear_faults()
        await all_arrive(world)


async def _some_stand(world: World) -> bool:
    return sum((await times_each(world)).values()) > 2


async def _quiet(world: World) -> bool:
    return bool(await world.rounds.relay.idle())


async def test_what_is_older_than_a_nonce_is_found_by_its_button(open_world: OpenWorld) -> None:
    """The answer was lost, and the program was away for longer than Discord remembers nonces."""
    async with open_world() as world:
        await _lost_answer_and_hours_later(world, "/flood 1", MESSAGES)
        await world.settles()
        assert await times_each(world) == Counter([0])
        assert set(await states(world)) == {"sent"}


async def test_what_is_older_and_never_arrived_is_sent(open_world: OpenWorld) -> None:
    async with open_world() as world:
        await _lost_answer_and_hours_later(world, "/flood 1", MESSAGES, after=False)
        await world.settles()
        assert await times_each(world) == Counter([0])


async def test_what_is_older_and_whose_thread_was_never_begun_is_sent(open_world: OpenWorld) -> None:
    async with open_world() as world:
        world.service.faults.add(Fault(kind="refuse", route=THREADS, status=403, code=50013))
        await world.person("ben").types("/flood 1")
        await world.settles()
        await _lost_answer_and_hours_later(world, "/below", THREADS, after=False)
        await world.settles()
        assert await times_each(world) == Counter([0, 1])
        assert set(await states(world)) == {"sent"}
        await world.person("ada").sees_not("I'm not sure")


async def test_what_has_no_button_cannot_be_told_so_a_facilitator_is_asked(open_world: OpenWorld) -> None:
    async with open_world() as world:
        await _lost_answer_and_hours_later(world, "/plain", MESSAGES)
        await world.settles()
        await world.person("ada").sees("I'm not sure the plain card reached")
        messages = [one for one in await world.api.messages("ward-team") if "plain note" in str(one["components"])]
        assert len(messages) == 1
        await world.person("ada").presses("It's there")
        await world.settles()
        assert (
            len([one for one in await world.api.messages("ward-team") if "plain note" in str(one["components"])]) == 1
        )


async def _lost_answer_and_hours_later(world: World, command: str, route: str, *, after: bool = True) -> None:
    world.service.faults.add(fault("drop", route=route, times=1, after=after))
    await world.person("ben").types(command)
    await until(lambda: _happened(world, "drop"))
    await world.rounds.disconnect()
    world.clock.advance(timedelta(hours=3))
    async with world.database.write() as db:
        await db.execute(update(Delivery).values(first_try_at=world.clock.now() - timedelta(hours=6)))
    await world.database.close()
    world.rounds = world._begin()
    await world.rounds.start()


async def _happened(world: World, kind: str) -> bool:
    return any(one.startswith(kind) for one in world.service.faults.happened)


@pytest.mark.parametrize(
    ("kind", "times", "after"),
    [("fail", 2, False), ("fail", 2, True), ("drop", 2, False), ("drop", 2, True), ("rate_limit", 12, False)],
)
async def test_posts_in_a_forum_stand_once(open_world: OpenWorld, kind: str, times: int, after: bool) -> None:
    """They take no nonce: after a failure they are looked for among the posts."""
    async with open_world(forum=True) as world:
        world.service.faults.add(fault(kind, route=FORUM_POSTS, times=times, after=after))
        await world.person("ben").types("/flood 9")
        await world.settles()
        titles = Counter(thread["name"] for thread in (await world.api.directory())["threads"])
        in_forum = Counter({name: count for name, count in titles.items() if name in ("note 1.", "note 4.", "note 7.")})
        assert set(in_forum.values()) == {1}, titles
        assert set(await times_each(world)) == set(range(9))
        assert max((await times_each(world)).values()) == 1


# Receiving


TROUBLE: dict[str, Callable[[World], Awaitable[Any]]] = {
    "dropped": lambda world: world.api.drop_gateways(),
    "op 7": lambda world: world.api.gateway("reconnect"),
    "invalid session": lambda world: world.api.gateway("invalidate"),
    "resume refused": drops_and_forgets,
    "malformed": lambda world: world.api.gateway("malformed", name="MESSAGE_CREATE"),
}


@pytest.mark.parametrize("trouble", sorted(TROUBLE))
async def test_the_gateway_breaks_again_and_again_while_people_type(open_world: OpenWorld, trouble: str) -> None:
    """What was answered is done once. What nobody heard the person is told of, and types again."""
    async with open_world() as world:
        ben = world.person("ben")
        await world.api.change_limits(respond_within=1.0)
        for number in range(2):
            await TROUBLE[trouble](world)
            async with asyncio.timeout(20):
                while not (await ben.types(f"/slow {number}"))["answered"]:
                    pass
        await world.settles()
        for number in range(2):
            await ben.sees(f"Slowly: {number}")


async def test_after_a_long_outage_it_is_back_within_seconds(monkeypatch: pytest.MonkeyPatch) -> None:
    """discord.py by itself waits ever longer, up to seventeen minutes, in which nobody is answered."""
    waits: list[float] = []

    async def noted(seconds: float) -> None:
        waits.append(seconds)
        if len(waits) == 100:
            raise KeyError("enough")

    async def out_of_reach(*_: Any, **__: Any) -> None:
        raise OSError("out of reach")

    receiver = Receiver(lambda name, native: None)
    receiver.ws = SimpleNamespace(sequence=1, gateway=None, session_id="one", open=False)  # type: ignore[assignment]
    monkeypatch.setattr("discord.client.DiscordWebSocket.from_client", out_of_reach)
    monkeypatch.setattr("discord.client.asyncio.sleep", noted)
    with pytest.raises(KeyError):
        await receiver.connect()
    assert max(waits) <= 2**MOST_DOUBLED


async def test_malformed_events_of_every_name_end_nothing(open_world: OpenWorld) -> None:
    async with open_world() as world:
        names = (
            "INTERACTION_CREATE MESSAGE_CREATE GUILD_CREATE GUILD_DELETE GUILD_UPDATE GUILD_ROLE_UPDATE THREAD_DELETE"
        )
        for name in (
            *names.split(),
            "CHANNEL_CREATE",
            "CHANNEL_UPDATE",
            "CHANNEL_DELETE",
            "THREAD_CREATE",
            "NEW_THING",
        ):
            for data in (
                {"id": "not a number"},
                {"id": 7, "guild_id": 7, "channel_id": 7},
                {"guild_id": None, "type": 7},
            ):
                await world.api.gateway("malformed", name=name, data=data)
        await world.api.change_limits(respond_within=1.0)
        async with asyncio.timeout(20):
            while not (await world.person("ben").types("/slow x"))["answered"]:
                pass
        assert world.service.gateway.identified == 1, "the connection was lost"
        async with asyncio.timeout(5):
            await world.rounds.platforms["discord"].stop_receiving()
        world.service.violations.clear()  # we asked Discord about what it had named so strangely


# Two programs


async def test_the_other_program_takes_over_when_the_owner_stops(postgres_url: str, tmp_path: Path) -> None:
    registry = Registry([a_stage().ritual, bot.rituals.setup.ritual])
    async with discord_world(postgres_url, tmp_path, registry=registry, limits=LIMITS) as world:
        second = world._begin()
        await second.start()
        try:
            assert world.service.gateway.identified == 1, "one gateway for both"
            await world.person("ben").types("/slow 1")
            await world.rounds.stop()
            await until(lambda: _identified(world, 2))
            async with asyncio.timeout(20):
                while not (await world.person("ben").types("/slow 2"))["answered"]:
                    pass
            await world.person("ben").sees("Slowly: 2")
        finally:
            world.rounds = second  # which the world ends


async def _identified(world: World, count: int) -> bool:
    return int(world.service.gateway.identified) >= count


async def test_an_owner_whose_lease_ran_out_unnoticed_acts_on_nothing(open_world: OpenWorld) -> None:
    """As after a freeze: its connection still brings events, but by its own clock the lease is over."""
    async with open_world() as world:
        gateway = world.rounds.platforms["discord"]._gateway  # type: ignore[attr-defined]
        gateway._owning.cancel()
        await until(lambda: _owns_no_more(gateway))
        await world.api.change_limits(respond_within=0.3)
        assert not (await world.person("ben").types("/slow 1"))["answered"]
        await world.person("ben").sees_not("Slowly")


async def _owns_no_more(gateway: Any) -> bool:
    return not gateway.is_owner
