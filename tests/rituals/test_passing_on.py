"""The clock of a question: who is asked next and when, what a reply changes, what a facilitator can do. Wednesday, 10:00 UTC."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from sqlalchemy import select, update

from bot.core.people import Role
from storage.communities import Community
from storage.invitations import Invitation
from storage.members import Member
from tests.support.world import World


async def asks(world: World, who: str, title: str, **more: Any) -> Any:
    asker = world.person(who, more.pop("channel", "questions"))
    await asker.types(f"/ask {title}")
    await asker.submits(**more)
    await world.settles()
    return asker


async def replies(world: World, who: str, words: str, to: str) -> None:
    await world.person(who).says(words, thread_of=to)
    await world.hears_of_a_reply()


async def test_nobody_answers_others_are_asked_then_the_facilitators_then_it_waits(world: World) -> None:
    first, second = await world.joins("chidi", can_help="falls"), await world.joins("dana", can_help="falls")
    asker = await asks(world, "ben", "Falls at night?")
    await asker.sees("Asked 1 person who may know. If nobody answers, others are asked next: Wed 4 Mar 2026, 14:00")
    await first.sees("Can you help?")
    await world.passes(hours=4)
    await second.sees("Can you help?")
    await asker.sees("Asked 2 people who may know. If nobody answers, others are asked next: Thu 5 Mar 2026, 10:00")
    await world.passes(hours=20)
    await asker.sees("Nobody else who may know is free to be asked, so a facilitator was told.")
    await asker.sees("It goes into the facilitators' queue: Fri 6 Mar 2026, 10:00")
    facilitator = world.person("ada")
    await facilitator.sees("A question needs you")
    await world.passes(days=1)
    await asker.sees("It waits in the facilitators' queue.")
    await facilitator.types("/facilitate queue")
    await facilitator.sees("What waits, the oldest first\nFalls at night?\nAsked Wed 4 Mar 2026, 10:00")


async def test_not_yet_asks_somebody_else_at_once(world: World) -> None:
    await world.joins("chidi", can_help="falls")
    second = await world.joins("dana", can_help="falls")
    asker = await asks(world, "ben", "Falls at night?")
    await replies(world, "emre", "Me too.", "Falls at night?")
    await world.passes(days=1)
    await asker.sees("Did that help?")
    await second.sees_not("Can you help?")
    await asker.presses("Not yet")
    await asker.sees("I'm asking somebody else.")
    await second.sees("Can you help?")
    await asker.sees("Asked 2 people who may know.")


async def test_yes_says_whose_reply_it_was(world: World) -> None:
    asker = await asks(world, "ben", "Falls at night?")
    await replies(world, "emre", "Low beds.", "Falls at night?")
    await world.passes(days=1)
    await asker.presses("Yes", on="Did that help?")
    await asker.submits()
    await asker.sees("Solved: what helped came from @Sample: Emre E.")


async def test_an_answer_by_form_is_asked_after_once_and_silence_leaves_it_answered(world: World) -> None:
    await world.joins("dana", can_help="falls")
    asker = await asks(world, "ben", "Falls at night?", tags="falls")
    await world.person("emre").presses("Answer", on="Falls at night?")
    await world.person("emre").submits(text="Low beds.", setting="on a ward")
    await asker.sees("Emre E. answers @Sample: Ben B. (on a ward)\nLow beds.")
    await world.passes(days=1)
    await asker.sees("Did that help?")
    await world.passes(days=3)
    await asker.sees("1 answer in the thread. Did one help?")
    assert sum("Did that help?" in seen.text for seen in await asker.everything()) == 1


async def test_a_reminder_comes_once_on_the_next_day(world: World) -> None:
    invited = await world.joins("chidi", can_help="falls")
    await asks(world, "ben", "Falls at night?")
    await world.passes(hours=23)
    await invited.sees_not("Still waiting for an answer")
    await world.passes(hours=1)
    await invited.sees("Still waiting for an answer\nFalls at night?")
    await world.passes(days=5)
    assert sum("Still waiting" in seen.text for seen in await invited.everything()) == 1


async def test_later_is_when_they_said_and_answering_ends_it(world: World) -> None:
    invited = await world.joins("chidi", can_help="falls")
    await asks(world, "ben", "Falls at night?")
    await invited.presses("Later")
    await invited.submits(hours="72")
    await invited.sees("I'll remind you, unless it is answered by then.")
    await world.passes(days=2)
    await invited.sees_not("Still waiting")
    await world.passes(days=1)
    await invited.sees("Still waiting for an answer")
    await world.person("emre").presses("Answer", on="Falls at night?")
    await world.person("emre").submits(text="Low beds.")
    await world.settles()
    await invited.sees_not("[Later]")


async def test_asking_back_is_posted_and_puts_the_next_step_off(world: World) -> None:
    invited = await world.joins("chidi", can_help="falls")
    asker = await asks(world, "ben", "Falls at night?")
    await invited.presses("Ask back")
    await invited.submits(text="Which ward?")
    await asker.sees("Chidi C. asks @Sample: Ben B. back:\nWhich ward?")
    await asker.sees("Somebody replied in the thread.")


async def test_who_passes_can_suggest_somebody(world: World) -> None:
    invited, suggested = await world.joins("chidi", can_help="falls"), await world.joins("dana")
    await asks(world, "ben", "Falls at night?")
    await invited.presses("Not me")
    await invited.presses("Suggest someone")
    await invited.submits(person="dana")
    await invited.sees("I'm asking Sample: Dana D.")
    await suggested.sees("Chidi C. thought of you.")


async def test_who_passes_is_replaced_without_the_clock_beginning_anew(world: World) -> None:
    await world.joins("chidi", can_help="falls")
    second = await world.joins("dana", can_help="falls")
    asker = await asks(world, "ben", "Falls at night?")
    await world.passes(hours=2)
    await world.person("chidi").presses("Not me")
    await second.sees("Can you help?")
    await asker.sees("If nobody answers, others are asked next: Wed 4 Mar 2026, 14:00")


async def test_every_step_is_shown_over_a_weekend_a_holiday_and_a_clock_change(world: World) -> None:
    """In London the clocks go forward on 29 March 2026; Good Friday is 3 April, Easter Monday the 6th."""
    facilitator = world.person("ada")
    await facilitator.types("/facilitate queue")
    await facilitator.presses("How questions are passed on")
    await facilitator.submits(at_once=1, wait=8, hours="9-17", country="gb-eng", days=["0", "1", "2", "3", "4"])
    await facilitator.sees("Saved. It holds for what is asked from now on")
    await in_london(world)
    at_home = await world.joins("chidi", can_help="falls")  # UTC
    on_shifts = await world.joins("dana", can_help="falls", when="shifts")
    quiet = await world.joins("emre", can_help="falls", volume="quiet")
    await world.passes(days=22, hours=5)  # Thursday 26 March, 15:00
    asker = await asks(world, "ben", "Falls at night?")
    await asker.sees("others are asked next: Fri 27 Mar 2026, 15:00")
    first, second = (at_home, on_shifts) if await sees(at_home, "Can you help?") else (on_shifts, at_home)
    await world.passes(days=1)  # Friday
    await second.sees("Can you help?")
    await asker.sees("others are asked next: Mon 30 Mar 2026, 14:00")  # 15:00 in London, where it is summer by now
    await world.passes(days=2, hours=22)
    await asker.sees("others are asked next: Mon 30 Mar 2026, 14:00")
    await world.passes(hours=1)
    await asker.sees("It goes into the facilitators' queue: Tue 31 Mar 2026, 14:00")
    await world.passes(days=1)
    await asker.sees("It waits in the facilitators' queue.")
    await world.passes(days=2, hours=1)  # Thursday 2 April, 15:00 UTC, 16:00 in London
    await facilitator.types("/facilitate queue")
    await facilitator.presses("Ask someone", on="What waits")
    for person in (first, second):
        await person.sees("Still waiting for an answer")
    await quiet.sees_not("Can you help?")
    outcome = await facilitator.submits(person="emre")
    assert "They can't be asked just now." in str(outcome)
    await replies(world, "emre", "Low beds.", "Falls at night?")
    await asker.sees("Whether that helped, I ask: Tue 7 Apr 2026, 15:00")  # not on Good Friday, Easter or Easter Monday


async def test_in_three_zones_with_somebody_away_and_somebody_at_their_cap(world: World) -> None:
    """Friday, 20:00 UTC: evening in Nairobi, afternoon in New York, Saturday morning in Auckland."""
    helpers = {name: await world.joins(name, can_help="falls") for name in ("chidi", "dana", "emre")}
    helpers["ada"] = world.person("ada")
    await helpers["ada"].types("/rounds me")  # whoever installed it has joined
    await helpers["ada"].presses("Change topics")
    await helpers["ada"].submits(can_help="falls", zone="UTC")
    await lives(world, "ada", zone="America/New_York", away_until=date(2026, 3, 6))
    await lives(world, "chidi", zone="Africa/Nairobi")
    await lives(world, "dana", zone="Pacific/Auckland")
    await lives(world, "emre", weekly_cap=0)
    await world.passes(days=2, hours=10)
    asker = await asks(world, "ben", "Falls at night?")
    await asker.sees("Asked 1 person who may know. If nobody answers, others are asked next: Mon 9 Mar 2026, 13:00")
    asked = [name for name in ("chidi", "dana") if await invited_later(world, name)]
    assert len(asked) == 1
    for person in helpers.values():
        await person.sees_not("Can you help?")
    opens = {"chidi": (2, 10), "dana": (2, 0)}[
        asked[0]
    ]  # Monday, 9:00: in Nairobi 6:00 UTC, in Auckland Sunday 20:00 UTC
    await world.passes(days=opens[0], hours=opens[1])
    await helpers[asked[0]].sees("Can you help?")
    await world.passes(days=1)
    await world.passes(hours=8)  # others were asked, each in their own hours
    await helpers["ada"].sees("Can you help?")  # back since Saturday
    await helpers["emre"].sees_not("Can you help?")


async def lives(world: World, name: str, **changes: Any) -> None:
    async with world.database.write() as db:
        await db.execute(update(Member).where(Member.name.contains(name.title())).values(**changes))


async def invited_later(world: World, name: str) -> bool:
    async with world.database.read() as db:
        mine = (
            select(Invitation.id)
            .join(Member, Member.id == Invitation.member_id)
            .where(Member.name.contains(name.title()))
        )
        return await db.scalar(mine) is not None


async def in_london(world: World) -> None:
    async with world.database.write() as db:
        (await db.get_one(Community, 1)).zone = "Europe/London"


async def sees(person: Any, text: str) -> bool:
    return any(text in seen.text for seen in await person.everything())


@pytest.mark.parametrize("whose", ["Pacific/Auckland", "America/Los_Angeles"])
async def test_a_community_may_wait_by_the_askers_hours(world: World, whose: str) -> None:
    facilitator = world.person("ada")
    await facilitator.types("/facilitate queue")
    await facilitator.presses("How questions are passed on")
    await facilitator.submits(whose="asker", wait=4)
    asker = world.person("ben")
    await asker.types("/rounds me")
    await asker.presses("Join", on="You have not joined")
    await asker.submits(zone=whose)
    await world.joins("chidi", can_help="falls")
    await asks(world, "ben", "Falls at night?")
    ahead = {"Pacific/Auckland": "Thu 5 Mar 2026, 00:00", "America/Los_Angeles": "Wed 4 Mar 2026, 21:00"}[whose]
    await asker.sees(f"others are asked next: {ahead}")


@pytest.mark.parametrize(
    ("field", "given", "said"),
    [
        ("hours", "whenever", "This should be two times of a day, like 9:00-17:00."),
        ("hours", "17-9", "This should be two times of a day"),
        ("country", "XX", "I know no public holidays for this."),
        ("at_once", "9", "This should be 5 or less."),
    ],
)
async def test_what_makes_no_sense_is_said_beside_its_field(world: World, field: str, given: str, said: str) -> None:
    facilitator = world.person("ada")
    await facilitator.types("/facilitate queue")
    await facilitator.presses("How questions are passed on")
    outcome = await facilitator.submits(**{field: given})
    assert said in outcome["answer"]["errors"][field]


async def test_the_queue_is_paged_and_can_be_acted_on(world: World) -> None:
    facilitator = world.person("ada")
    for number in range(6):
        await asks(world, "ben", f"Question {'abcdef'[number] * 5}?")
    await facilitator.types("/facilitate queue")
    await facilitator.sees("Question aaaaa?")
    await facilitator.presses("Next page", on="What waits")
    page = await facilitator.sees("Question fffff?")
    assert "Question aaaaa?" not in page.text
    await facilitator.presses("Ask others now", on="What waits")
    await facilitator.sees("Nobody else who may know is free to be asked.")
    await world.joins("chidi", can_help="fffff")
    await facilitator.presses("Ask others now", on="What waits")
    await facilitator.sees("I'm asking Sample: Chidi C.")
    await facilitator.presses("Close", on="Question fffff?")
    await facilitator.submits(reason="It was a test.")
    await world.person("ben").sees("Closed: It was a test.")
    await world.person("chidi").sees("It is taken care of by now")


async def test_members_cannot_see_the_queue(world: World) -> None:
    await world.person("dana").types("/facilitate queue")
    await world.person("dana").sees("This is for facilitators.")


async def test_the_channel_is_archived_and_the_asker_is_told(world: World) -> None:
    await world.joins("chidi", can_help="falls")
    asker = await asks(world, "ben", "Falls at night?")
    await world.api.change_place("questions", archived=True)
    await world.settles()
    await world.passes(days=1)
    await asker.sees("Closed: Its channel is archived.")
    await world.person("ada").sees_not("A question needs you")


async def test_a_facilitator_who_asks_is_not_the_one_to_find_somebody(world: World) -> None:
    async with world.database.write() as db:
        await db.execute(update(Member).where(Member.name.contains("Ben")).values(role=Role.FACILITATOR))
    ada, ben = world.person("ada"), world.person("ben")
    await asks(world, "ben", "Which pump?")
    await ada.sees("A question needs you")
    await ben.sees_not("A question needs you")
    await asks(world, "ada", "Which hoist?")
    await ben.sees("Which hoist?")
