"""What once went wrong with questions, each as somebody met it."""

from __future__ import annotations

from typing import Any

from tests.rituals.test_keeping_words import SECRET, asks, kept_anywhere
from tests.support.world import World


async def replies(world: World, who: str, words: str, to: str, people: int = 1) -> None:
    await world.person(who).says(words, thread_of=to)
    await world.hears_of_a_reply(people=people)


async def answers(world: World, who: str, words: str, to: str) -> None:
    await world.person(who).presses("Answer", on=to)
    await world.person(who).submits(text=words)
    await world.settles()


async def removes(asker: Any, title: str) -> None:
    await asker.presses("More", on=title)
    await asker.presses("Remove", on="[Remove]")
    await asker.submits()


async def test_nobody_is_told_of_a_question_out_of_their_sight_to_keep_their_words(world: World) -> None:
    await asks(world, "ben", "Ward secret?", channel="ward-team")
    await world.person("emre", "general").types("Low beds.", place="general")
    saver = world.person("chidi", "general")
    await saver.chooses_in_menu("Save to Rounds…", of="Low beds.")
    form = await saver.fills()
    secret = next(option for option in form.item["view"]["fields"][0]["options"] if "secret" in option["label"])
    outcome = await saver.submits(what=secret["value"])
    assert "can't see the channel of this question" in outcome["answer"]["errors"]["what"]
    await world.person("emre").sees_not("secret")


async def test_a_removed_question_is_named_nowhere_else(world: World) -> None:
    expert = await world.joins("chidi")
    first = await asks(world, "dana", "Falls of Mrs Smith at night?")
    await answers(world, "chidi", "Low beds.", "Falls of Mrs Smith")
    await asks(world, "ben", "Falls at night, what helps?")
    await expert.sees("you replied to “Falls of Mrs Smith at night?”")
    await world.person("emre").presses("More", on="what helps?")
    await world.person("emre").presses("Answered before")
    await world.person("emre").submits()
    await world.person("emre").sees("Perhaps answered before: Falls of Mrs Smith at night?")
    await removes(first, "1 answer in the thread")
    await world.settles()
    for who in ("ada", "ben", "chidi", "emre"):
        left = [
            one.text
            for one in await world.person(who).everything()
            if "Smith" in one.text and one.kind != "private reply"
        ]
        assert left == []


async def test_why_you_tells_nothing_of_whoever_asked_without_a_name(world: World) -> None:
    expert = await world.joins("chidi", can_help="sheets")
    await asks(world, "ada", "Sliding sheets on the ward?", channel="ward-team")
    await answers(world, "chidi", "Two people.", "Sliding sheets on the ward?")
    await world.passes(days=1)
    await asks(world, "ben", "Sliding sheets at home?", tags="sheets", anonymous=True)
    invitation = await expert.sees("Somebody asks: Sliding sheets at home?")
    assert "you replied to" not in invitation.text


async def test_a_message_of_a_private_channel_is_asked_there_from_wherever_it_is_sent(world: World) -> None:
    await asks(world, "chidi", "How do you prevent falls at night?", channel="ward-team")
    ben = world.person("ben", "ward-team")
    await ben.types("How to prevent falls at night?", place="ward-team")
    await ben.chooses_in_menu("Save to Rounds…", of="How to prevent falls")
    await ben.submits(what="question")
    await ben.sees("Was this asked before?")
    await ben.types("/rounds me", dm=True)
    await ben.presses("Open it again", on="Not sent yet")
    await ben.submits()
    await ben.presses("Ask anyway")
    await ben.sees("Posted in #ward-team.")
    await world.person("dana").sees_not("How to prevent falls at night?")


async def test_who_answered_in_the_thread_is_not_reminded(world: World) -> None:
    invited = await world.joins("chidi", can_help="falls")
    await asks(world, "ben", "Falls?")
    await replies(world, "chidi", "Low beds.", "Falls?\n@Sample: Ben B. asks")
    await invited.sees("You answered. Thank you.")
    await world.passes(days=5)
    await invited.sees_not("Still waiting")


async def test_a_facilitator_can_remove_words_that_were_typed_in_a_thread(world: World) -> None:
    asker, facilitator = await asks(world, "ben", "Which dressing?"), world.person("ada")
    await replies(world, "emre", SECRET, "Which dressing?")
    await asker.presses("This helped", on="Which dressing?")
    await asker.submits()
    await world.person("emre").presses("OK")
    await facilitator.presses("More", on="Which dressing?")
    await facilitator.presses("More", on=SECRET)
    await facilitator.presses("Remove", on="This answer:")
    await facilitator.submits(reason="It names a firm.")
    await facilitator.sees("It is gone")
    assert await kept_anywhere(world, "Silicone") == []


async def test_who_was_not_needed_can_be_asked_after_all(world: World) -> None:
    expert, facilitator = await world.joins("chidi", can_help="falls", volume="full"), world.person("ada")
    asker = await asks(world, "ben", "Falls?")
    await answers(world, "emre", "No idea, sorry.", "Falls?")
    await expert.sees("It has an answer by now")
    await world.passes(days=1)
    await asker.presses("Not yet")
    await facilitator.presses("Ask someone", on="A question needs you")
    await facilitator.submits(person="chidi")
    await facilitator.sees("I'm asking Sample: Chidi C. now.")
    await expert.sees("Why you: a facilitator thought of you.")


async def test_what_helped_is_kept_and_not_the_thanks_for_the_thanks(world: World) -> None:
    asker, emre = await asks(world, "ben", "Which dressing?"), world.person("emre")
    await replies(world, "emre", SECRET, "Which dressing?")
    await emre.says("You're welcome!", thread_of="Which dressing?")
    await world.settles()
    await asker.presses("This helped", on="Which dressing?")
    await asker.submits()
    await emre.presses("OK")
    await emre.sees(f"This is what others find from now on:\n{SECRET}")


async def test_asking_back_is_not_taken_for_an_answer(world: World) -> None:
    await world.joins("chidi", can_help="falls")
    second = await world.joins("dana", can_help="falls")
    asker = await asks(world, "ben", "Falls?")
    await world.person("chidi").presses("Ask back")
    await world.person("chidi").submits(text="Which ward?")
    await world.passes(days=1)
    await second.sees("Can you help?")
    await asker.sees_not("Did that help?")


async def test_without_the_answer_that_helped_it_is_open_again(world: World) -> None:
    asker = await asks(world, "ben", "Falls?")
    await answers(world, "emre", "Low beds.", "Falls?")
    await asker.presses("This helped", on="Falls?")
    await asker.submits()
    await asker.sees("Solved")
    await world.person("emre").presses("More", on="Low beds.")
    await world.person("emre").presses("Remove", on="This answer:")
    await world.person("emre").submits()
    await asker.sees("It waits in the facilitators' queue.")
    await asker.sees_not("Solved")


async def test_a_suggestion_does_not_undo_an_answer(world: World) -> None:
    invited = await world.joins("chidi", can_help="falls")
    await world.joins("dana")
    asker = await asks(world, "ben", "Falls?")
    await invited.presses("Not me")
    await answers(world, "emre", "Low beds.", "Falls?")
    await invited.presses("Suggest someone")
    await invited.submits(person="dana")
    await asker.sees("1 answer in the thread. Did one help?")
    await invited.presses("Suggest someone")
    assert "You suggested somebody already" in str(await invited.submits(person="emre"))


async def test_nobody_is_pestered_for_their_words(world: World) -> None:
    await asks(world, "ben", "Which dressing?")
    await replies(world, "emre", SECRET, "Which dressing?")
    saver = world.person("dana")
    for said in ("I asked whoever wrote it.", "They were asked about this message already."):
        await saver.chooses_in_menu("Save to Rounds…", of=SECRET)
        assert said in str(await saver.submits())


async def test_a_facilitator_who_asks_without_a_name_is_told_like_the_others(world: World) -> None:
    await asks(world, "ada", "Am I too slow?", anonymous=True)
    await world.person("ada").sees("A question needs you")


async def test_what_was_left_as_it_was_goes_on_following_the_communitys_size(world: World) -> None:
    facilitator = world.person("ada")
    await facilitator.types("/facilitate queue")
    await facilitator.presses("How questions are passed on")
    await facilitator.submits(country="GB")
    for name in ("chidi", "dana", "emre"):
        await world.joins(name, can_help="falls")
    asker = await asks(world, "ben", "Falls?")
    await world.passes(hours=4)
    await asker.sees("Asked 3 people who may know.")  # one at first, as shipped, then up to three


async def test_who_leaves_is_reminded_of_nothing(world: World) -> None:
    invited = await world.joins("chidi", can_help="falls")
    await asks(world, "ben", "Falls?")
    await invited.presses("Later")
    await invited.submits(hours="24")
    await invited.presses("Leave")
    await world.passes(days=2)
    await invited.sees_not("Still waiting")


async def test_a_reminder_waits_for_a_day_without_another_message(world: World) -> None:
    invited = await world.joins("chidi", can_help="falls", when="shifts")
    await world.passes(hours=23)  # Thursday, 9:00: the reminder is due at 17:00
    await asks(world, "ben", "Falls?")
    await world.passes(hours=8)
    await invited.sees_not("Still waiting")
    await world.passes(hours=16)
    await invited.sees("Still waiting")
