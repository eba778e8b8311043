"""The main job: a person asks, the right people are asked, one answers, it helped, it is found again."""

from __future__ import annotations

from typing import Any

from tests.support.world import World


def came_from(seen: Any) -> str:
    """Platforms write a person's name in their own ways."""
    return str(seen.text).partition("came from")[2]


async def test_a_question_is_asked_answered_and_found_again(world: World) -> None:
    asker, finder = world.person("ben"), world.person("dana")
    expert = await world.joins("chidi", can_help="falls, wound care")

    await asker.types("/ask How do you prevent falls at night?")
    await asker.submits(details="Ward with 20 beds, one night nurse.", tags="falls, night")
    await asker.sees("I asked 1 person who may know.")
    await finder.sees("How do you prevent falls at night?")

    await expert.sees("Why you: you said you can help with falls.")
    await expert.presses("Answer", on="Can you help?")
    await expert.submits(text="Low beds, and a round every hour.")
    await asker.sees("Low beds, and a round every hour.")
    await asker.sees("1 answer in the thread. Did one help?")

    await asker.presses("This helped", on="Did one help?")
    await asker.submits()
    assert "Sample: Chidi C." in came_from(await finder.sees("Solved: what helped came from"))

    await finder.types("/find night falls")
    await finder.sees("Chidi C. helped: Low beds, and a round every hour.")


async def test_an_answer_typed_in_the_thread_is_enough(world: World) -> None:
    asker, passer_by, finder = world.person("ben"), world.person("emre"), world.person("dana")
    await asker.types("/ask Which dressing for skin tears?")
    await asker.submits()
    await passer_by.says("Silicone, and mark the direction.", thread_of="Which dressing")
    await world.hears_of_a_reply()

    await asker.presses("This helped", on="Which dressing")
    await asker.submits()
    assert "Sample: Emre E." in came_from(await finder.sees("Solved: what helped came from"))
    await finder.types("/find dressing")
    await finder.sees("reply in the thread helped; the words are not kept")


async def test_whoever_types_an_answer_to_rounds_itself_is_told_that_nobody_reads_it(world: World) -> None:
    asker = world.person("ben")
    expert = await world.joins("chidi", can_help="falls", when="shifts")
    await asker.types("/ask How do you prevent falls at night?")
    await asker.submits(tags="falls")
    await expert.sees("Why you: you said you can help with falls.")

    await expert.types("Low beds, and a round every hour.", dm=True)
    await expert.sees("What you type here reaches nobody")
    await expert.presses("Answer", on="reaches nobody")
    await expert.submits(text="Low beds, and a round every hour.")
    await asker.sees("Low beds, and a round every hour.")


async def test_a_button_on_an_old_message_works_after_a_restart(world: World) -> None:
    asker, helper = world.person("ben"), world.person("dana")
    await asker.types("/ask Which scale for pain?")
    await asker.submits()
    await helper.sees("Which scale for pain?")
    await world.restarts()
    await helper.presses("Answer", on="Which scale for pain?")
    await helper.submits(text="The numeric one, from 0 to 10.")
    await asker.sees("The numeric one, from 0 to 10.")


async def test_a_wrong_form_says_what_is_wrong_and_keeps_the_rest(world: World) -> None:
    asker = world.person("ben")
    await asker.types("/ask")
    nine = "air, bed, cot, dew, ear, fan, gel, hay, ink"
    await asker.submits(title="Which mattress?", details="A long story.", tags=nine)
    await asker.sees("At most 8 tags, please.")
    await world.goes_back_to_the_form(asker)
    await asker.submits(tags="air, bed")
    question = await world.person("dana").sees("Which mattress?")
    assert "A long story." in question.text


async def test_a_question_from_a_closed_channel_never_shows_outside_it(world: World) -> None:
    insider, outsider = world.person("chidi", "ward-team"), world.person("dana")
    helper = await world.joins("emre", can_help="falls")
    await world.person("ben", "ward-team").types("/ask Falls in room 4?")
    await world.person("ben", "ward-team").submits()
    await insider.sees("Falls in room 4?")
    for somebody in (outsider, helper):
        await somebody.types("/find falls room")
        await somebody.sees("Nothing found")
        await somebody.sees_not("Falls in room 4?")


async def test_what_was_asked_before_is_shown_first(world: World) -> None:
    first, second, third = world.person("ben"), world.person("dana"), world.person("emre")
    await first.types("/ask How do you prevent falls at night?")
    await first.submits()
    await first.sees("Posted in")
    await world.settles()

    await second.types("/ask How to prevent falls at night?")
    await second.submits()
    assert "How do you prevent falls at night?" in (await second.sees("Was this asked before?")).text
    await second.presses("That answers it")
    await second.sees("Nothing was posted.")

    await third.types("/ask Preventing falls at night?")
    await third.submits()
    await third.sees("Was this asked before?")
    await third.presses("Ask anyway")
    await third.sees("Posted in")
    await first.sees("Preventing falls at night?")
    await first.sees_not("How to prevent falls")


async def test_somebody_passes_on_a_question_and_leaves(world: World) -> None:
    invited = await world.joins("chidi", can_help="falls", when="shifts")
    await world.person("ben").types("/ask Do sensor mats prevent falls?")
    await world.person("ben").submits(tags="falls")
    await invited.sees("Can you help?")
    await invited.presses("Not me")
    await invited.sees("You passed on this one.")
    await invited.types("/rounds me")
    await invited.presses("Change topics")
    await invited.submits(can_help="")
    await invited.sees("Saved.")
    await invited.presses("Leave")
    await invited.sees("You left.")
