"""Digests: one press, eight lines at most, nothing twice, nothing that one may not see, and nothing when there is nothing."""

from __future__ import annotations

import asyncio
from typing import Any

from sqlalchemy import func, select, update

from storage.activity import Voice
from storage.ledger.deliveries import DEAD, SENT, Delivery
from tests.rituals.test_keeping_words import asks
from tests.rituals.test_sharing import shares_a_tip
from tests.support.world import World


async def wants_a_digest(world: World, who: str = "dana", place: str = "questions") -> Any:
    reader = world.person(who, place)
    await reader.presses("Weekly digest of this channel", on="Welcome to")
    await reader.sees("Weekly digest of #questions")
    return reader


async def digests_sent(world: World) -> int:
    async with world.database.read() as db:
        return await db.scalar(select(func.count()).where(Delivery.card == "digest", Delivery.state == SENT)) or 0


async def test_one_press_and_it_comes_on_friday(world: World) -> None:
    await asks(world, "ben", "How do you keep the night quiet?", tags="sleep")
    reader = await wants_a_digest(world)
    await reader.sees("Every Friday 16:00 your time, of #questions")
    await reader.sees("Asked: How do you keep the night quiet?")
    await shares_a_tip(world, "emre")
    await world.passes(days=2, hours=5)  # Friday 15:00
    await reader.sees_not("your digest")
    await world.passes(hours=1)
    digest = await reader.sees("your digest")
    assert "How do you keep the night quiet?" in digest.text
    assert "A tip by" in digest.text
    assert "new in #questions" in digest.text


async def test_nothing_new_and_nothing_comes(world: World) -> None:
    reader = await wants_a_digest(world)
    await reader.sees("There is nothing new there yet")
    await world.passes(days=14)
    await reader.sees_not("your digest")


async def test_nothing_is_told_twice(world: World) -> None:
    await shares_a_tip(world, "emre")
    reader = await wants_a_digest(world)
    await world.passes(days=3)
    first = await reader.sees("your digest")
    await shares_a_tip(world, "emre", challenge="Night falls")
    await world.passes(days=7)
    second = await reader.sees("Night falls")
    assert first.id != second.id
    assert "Night falls" not in first.text


async def test_what_could_not_be_sent_is_told_in_the_next(world: World) -> None:
    await shares_a_tip(world, "emre")
    reader = await wants_a_digest(world)
    await world.passes(days=3)
    first = await reader.sees("your digest")
    async with world.database.write() as db:
        await db.execute(update(Delivery).where(Delivery.card == "digest").values(state=DEAD))
    await world.passes(days=7)
    second = await reader.sees("your digest")
    assert first.id != second.id
    assert "A tip by" in second.text


async def test_what_one_shared_oneself_is_no_news_but_that_it_was_used_is(world: World) -> None:
    reader = await shares_a_tip(world)
    await wants_a_digest(world)
    await reader.sees("There is nothing new there yet")
    await world.person("ben").presses("I used this", on="Falls on the way")
    await world.passes(days=3)
    digest = await reader.sees("your digest")
    assert "Your tip “Falls on the way to the bathroom” was used 1 time" in digest.text


async def test_less_often_pause_and_on_again(world: World) -> None:
    await shares_a_tip(world, "emre")
    reader = await wants_a_digest(world)
    await world.passes(days=3)
    await reader.presses("Less often", on="your digest")
    await reader.sees("Less often from now on: Every first Friday of the month 16:00")
    await reader.presses("Pause", on="Useful")
    await reader.sees("Paused: no digest comes until you let it go on.")
    await shares_a_tip(world, "emre", challenge="Night falls")
    await world.passes(days=40)
    assert await digests_sent(world) == 1
    await reader.presses("Go on", on="Paused")
    await reader.sees("It goes on: Every first Friday of the month")


async def test_less_like_this_changes_the_next_one(world: World) -> None:
    await shares_a_tip(world, "emre")
    reader = await wants_a_digest(world)
    await world.passes(days=3)
    await reader.presses("Less like this", on="your digest")
    await reader.submits(what="kind:tip")
    await reader.presses("Less like this", on="Useful")
    await reader.submits(what="kind:tip")
    await shares_a_tip(world, "emre", challenge="Night falls")
    await asks(world, "ben", "How do you keep the night quiet?")
    await world.passes(days=7)
    digest = await reader.sees("How do you keep the night quiet?")
    assert "Night falls" not in digest.text


async def test_a_form_for_all_of_it(world: World) -> None:
    await asks(world, "ben", "How do you keep the night quiet?", tags="sleep")
    await shares_a_tip(world, "emre")
    reader = world.person("dana")
    await reader.types("/rounds digest")
    await reader.presses("Choose it", on="You get no digest yet")
    await reader.submits(at="noon", channels=["all"])
    await reader.sees("This should be a time like 16:00.")
    await reader.submits(every="daily", at="7:30", channels=["all"], kinds=["tip"])
    await reader.sees("Every day 07:30 your time, of all channels you can read. Only: tips.")
    await reader.presses("Preview", on="Every day 07:30")
    shown = await reader.sees("What would be sent now:")
    assert "A tip by" in shown.text
    assert "night quiet" not in shown.text
    await world.passes(hours=22)
    digest = await reader.sees("your digest")
    assert "A tip by" in digest.text
    assert "night quiet" not in digest.text


async def test_what_goes_is_gone_from_digests_too(world: World) -> None:
    author = await shares_a_tip(world, "emre")
    await asks(world, "ben", "How do you keep the night quiet?")
    reader = await wants_a_digest(world)
    await world.passes(days=3)
    await reader.sees("A tip by")
    await author.presses("More", on="Falls on the way")
    await author.presses("Remove", on="Falls on the way")
    await author.submits()
    await world.settles()
    digest = await reader.sees("your digest")
    assert "Falls on the way" not in digest.text
    assert "night quiet" in digest.text


async def test_who_leaves_a_closed_channel_just_before_reads_nothing_of_it(world: World) -> None:
    await asks(world, "ben", "Room 4?", channel="ward-team")
    await asks(world, "ben", "How do you keep the night quiet?")
    reader = world.person("chidi")
    await reader.types("/rounds digest")
    await reader.presses("Choose it")
    await reader.submits(channels=["all"])
    await reader.presses("Preview")
    await reader.sees("Room 4?")
    await world.removes("ward-team", "chidi")
    await world.passes(days=3)
    digest = await reader.sees("your digest")
    assert "Room 4?" not in digest.text
    assert "night quiet" in digest.text


async def test_why_this_is_answered_on_every_message(world: World) -> None:
    await shares_a_tip(world, "emre")
    reader = await wants_a_digest(world)
    await world.passes(days=3)
    await reader.presses("Why this?", on="your digest")
    await reader.sees("You chose to get a digest.")
    helper = await world.joins("chidi", can_help="sleep")
    await asks(world, "ben", "How do you keep the night quiet?", tags="sleep")
    await world.passes(days=3)
    await helper.presses("Why this?", on="Can you help?")
    await helper.sees("You can say how much you want to hear")


# Put forward


async def test_a_message_is_put_forward_with_ones_own_line_and_nothing_else(world: World) -> None:
    author = world.person("emre")
    await author.types("We tried lamps with sensors on 3B, and it was quieter.")
    proposer = world.person("ben")
    await proposer.chooses_in_menu("Save to Rounds…", of="We tried lamps")
    await proposer.submits(what="digest")
    await proposer.sees("Say in one line why others should read it.")
    await proposer.submits(what="digest", why="Quieter nights on 3B")
    await proposer.sees("It may stand in the next digest of #questions")
    reader = await wants_a_digest(world)
    await world.passes(days=3)
    digest = await reader.sees("your digest")
    assert "Sample: Ben B. on a message: Quieter nights on 3B · Open" in digest.text
    assert "lamps" not in digest.text


async def test_what_was_put_forward_can_be_taken_back(world: World) -> None:
    await world.person("emre").types("We tried lamps with sensors.")
    proposer = world.person("ben")
    await proposer.chooses_in_menu("Save to Rounds…", of="We tried lamps")
    await proposer.submits(what="digest", why="Quieter nights on 3B")
    reader = await wants_a_digest(world)
    await reader.sees("Quieter nights on 3B")
    await proposer.presses("Take it back", on="It may stand")
    await proposer.sees("Taken out")
    await world.passes(days=3)
    await reader.sees_not("your digest")


# Numbers


async def counts_busy_threads(world: World, counting: str = "on") -> Any:
    facilitator = world.person("ada")
    await facilitator.types("/facilitate channels")
    options = (await facilitator.fills()).item["view"]["fields"][0]["options"]
    here = next(option["value"] for option in options if option["label"].startswith("#questions"))
    await facilitator.submits(place=here, counting=counting)
    await world.settles()
    return facilitator


async def voices(world: World) -> int:
    async with world.database.read() as db:
        return await db.scalar(select(func.count()).select_from(Voice)) or 0


async def hears_of(world: World, number: int) -> None:
    async with asyncio.timeout(20):
        while await voices(world) < number:
            await asyncio.sleep(0.01)


async def test_busy_threads_are_counted_where_a_facilitator_says_so_and_the_channel_knows(world: World) -> None:
    await world.person("emre").types("Who has tried the new mats?")
    await world.person("ben").says("We did.", thread_of="Who has tried")
    await counts_busy_threads(world)
    await world.person("dana").sees("numbers, never words")
    await world.person("ben").says("On 3B.", thread_of="Who has tried")
    await world.person("chidi").says("Us, too.", thread_of="Who has tried")
    await hears_of(world, 2)
    reader = await wants_a_digest(world)
    await world.passes(days=3)
    digest = await reader.sees("your digest")
    assert "Busiest thread: 2 replies, 2 people · Open" in digest.text
    assert "much talked about in #questions" in digest.text
    await world.passes(days=15)
    await world.rounds.housekeeping.purge()
    assert await voices(world) == 0


async def test_whoever_wants_to_be_left_out_is(world: World) -> None:
    await counts_busy_threads(world)
    quiet = world.person("ben")
    await quiet.presses("Leave my messages out", on="numbers, never words")
    await quiet.sees("are left out: not counted, and in no digest")
    await world.person("emre").types("Who has tried the new mats?")
    await quiet.says("We did.", thread_of="Who has tried")
    await world.person("chidi").says("Us, too.", thread_of="Who has tried")
    await hears_of(world, 1)
    await world.settles()
    assert await voices(world) == 1
    await quiet.types("We moved the trolley.")
    proposer = world.person("dana")
    await proposer.chooses_in_menu("Save to Rounds…", of="We moved the trolley.")
    await proposer.submits(what="digest", why="Of use on nights")
    await proposer.sees("Whoever wrote this wants their messages left out.")
    await counts_busy_threads(world, "off")
    await world.person("dana").sees("Threads here are not counted any more.")
    assert await voices(world) == 0


async def test_whoever_wrote_it_takes_it_out_and_is_left_out_from_then_on(world: World) -> None:
    author = world.person("emre")
    await author.types("We moved the trolley.")
    proposer = world.person("ben")
    await proposer.chooses_in_menu("Save to Rounds…", of="We moved the trolley.")
    await proposer.submits(what="digest", why="Look at this mess")
    facilitator = world.person("ada")
    await facilitator.types("/facilitate schedule")
    await facilitator.presses("Schedule a prompt", on="Scheduled")
    await facilitator.submits(what="round-up", words="every Friday 16:00")
    await facilitator.presses("Save it", on="Nothing is saved yet.")
    await world.passes(days=2, hours=6)
    await author.sees("Look at this mess")
    await world.person("dana").presses("Take it out", on="Look at this mess")
    await world.person("dana").sees(
        "Only whoever put it forward, wrote it, or looks after the channel can take it back."
    )
    await author.presses("Take it out", on="Look at this mess")
    await author.presses("Leave my messages out", on="Taken out")
    await author.sees("are left out: not counted, and in no digest")
    await world.settles()
    await world.person("dana").sees_not("Look at this mess")


async def test_what_others_used_is_told_once(world: World) -> None:
    reader = await shares_a_tip(world)
    await wants_a_digest(world)
    await world.person("ben").presses("I used this", on="Falls on the way")
    await world.passes(days=3)
    await reader.sees("was used 1 time")
    await world.passes(days=7)
    assert await digests_sent(world) == 1


async def test_another_hour_on_the_same_day_brings_another_digest(world: World) -> None:
    await shares_a_tip(world, "emre")
    reader = await wants_a_digest(world)
    await world.passes(days=2, hours=6)
    await reader.sees("your digest")
    await shares_a_tip(world, "emre", challenge="Night falls")
    await reader.types("/rounds digest")
    await reader.presses("Change", on="Every Friday 16:00")
    await reader.submits(at="18:00", channels=["all"])
    await world.passes(hours=3)
    assert await digests_sent(world) == 2
