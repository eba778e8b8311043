"""The main job: a person asks, the right people are asked, one answers, it helped, it is found again."""

from __future__ import annotations

from tests.support.world import World


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
    await finder.sees("Solved: what helped came from @Sample: Chidi C.")

    await finder.types("/find night falls")
    await finder.sees("Chidi C. helped: Low beds, and a round every hour.")


async def test_an_answer_typed_in_the_thread_is_enough(world: World) -> None:
    asker, passer_by, finder = world.person("ben"), world.person("emre"), world.person("dana")
    await asker.types("/ask Which dressing for skin tears?")
    await asker.submits()
    await passer_by.says("Silicone, and mark the direction.", thread_of="Which dressing")
    await world.settles()

    await asker.presses("This helped", on="Which dressing")
    await asker.submits()
    await finder.sees("Solved: what helped came from @Sample: Emre E.")
    await finder.types("/find dressing")
    await finder.sees("reply in the thread helped; the words are not kept")
