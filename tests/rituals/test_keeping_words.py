"""Whose words are kept, and only then: a reply that helped, a message that is saved, what is tried, changed and removed."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import select, text

from adapters.local.client import together
from storage.schema import TABLES
from tests.support.world import World

SECRET = "Silicone foam, and mark the direction of the flap."


async def asks(world: World, who: str, title: str, **more: Any) -> Any:
    asker = world.person(who, more.pop("channel", "questions"))
    await asker.types(f"/ask {title}")
    await asker.submits(**more)
    await world.settles()
    return asker


async def a_reply_helped(world: World) -> Any:
    """Emre, who never used the bot, typed a reply; Ben says it helped. Returns Emre."""
    asker, emre = await asks(world, "ben", "Which dressing for skin tears?"), world.person("emre")
    await emre.says(SECRET, thread_of="Which dressing")
    await world.hears_of_a_reply()
    await asker.presses("This helped", on="Which dressing")
    await asker.submits()
    await world.settles()
    return emre


async def kept_anywhere(world: World, words: str) -> list[str]:
    """The tables in which the words stand, in any column."""
    found = []
    async with world.database.read() as db:
        for name, table in TABLES.tables.items():
            rows = (await db.execute(select(table))).all()
            if any(words.lower() in str(value).lower() for row in rows for value in row):
                found.append(name)
        terms = await db.execute(text("SELECT terms FROM search_doc"))
        if any("silicon" in row[0] for row in terms) and "silicone" in words.lower():
            found.append("search_doc.terms")
    return found


async def test_ok_keeps_what_was_typed_and_others_find_it(world: World) -> None:
    emre, finder = await a_reply_helped(world), world.person("dana")
    await emre.sees("Your reply to “Which dressing for skin tears?” helped.")
    assert await kept_anywhere(world, "Silicone") == []
    await emre.presses("OK")
    await emre.sees(f"This is what others find from now on:\n{SECRET}")
    await emre.sees("Your words are kept for others. Thank you.")
    await finder.types("/find silicone")
    await finder.sees(f"Emre E. helped: {SECRET}")


@pytest.mark.parametrize("said", ["nothing", "No"])
async def test_without_an_ok_nothing_is_kept_and_the_way_is_still_found(world: World, said: str) -> None:
    emre, finder = await a_reply_helped(world), world.person("dana")
    if said == "No":
        await emre.presses("No", on="Your reply to")
        await emre.sees("Nothing of it is kept.")
    await world.passes(days=30)
    assert await kept_anywhere(world, "Silicone") == []
    await finder.types("/find dressing")
    await finder.sees("reply in the thread helped; the words are not kept")
    await finder.types("/find silicone")
    await finder.sees("Nothing found")


async def test_they_can_put_it_better_first(world: World) -> None:
    emre = await a_reply_helped(world)
    await emre.presses("Edit", on="Your reply to")
    form = await emre.fills()
    assert form.item["values"]["text"] == SECRET
    await emre.submits(text="Silicone foam. Never pull.", setting="in a care home")
    await emre.sees("This is what others find from now on:\nSilicone foam. Never pull.")
    await world.person("dana").types("/find dressing")
    await world.person("dana").sees("helped (in a care home): Silicone foam. Never pull.")


async def test_it_is_asked_once_however_often_it_is_marked(world: World) -> None:
    emre = await a_reply_helped(world)
    for _ in range(2):
        await world.person("ben").presses("This helped", on="Which dressing")
        await world.person("ben").submits()
    await world.settles()
    assert sum("Your reply to" in seen.text for seen in await emre.everything()) == 1


async def test_others_say_how_it_went(world: World) -> None:
    emre, finder = await a_reply_helped(world), world.person("dana")
    await emre.presses("OK")
    await finder.types("/find dressing")
    await finder.presses("I tried it")
    await finder.submits(outcome="worked", setting="in a care home")
    await finder.sees("Thank you. It stands with the answer")
    await finder.sees("Solved: what helped came from @Sample: Emre E. · It worked for 1 (in a care home).")
    await finder.presses("I tried it")
    await finder.submits(outcome="partly", setting="on a ward")
    await finder.sees("It worked in part for 1 (on a ward).")
    await finder.sees_not("in a care home")


async def test_what_is_kept_can_be_removed_by_its_author(world: World) -> None:
    emre = await a_reply_helped(world)
    await emre.presses("OK")
    await emre.presses("Remove", on="This is what others find")
    await emre.submits()
    await emre.sees("It is gone, also from what can be found.")
    assert await kept_anywhere(world, "Silicone") == []
    await world.person("dana").types("/find silicone")
    await world.person("dana").sees("Nothing found")


async def test_a_facilitator_removes_an_answer_and_its_author_hears_why(world: World) -> None:
    author, facilitator = world.person("dana"), world.person("ada")
    await asks(world, "ben", "Which dressing?")
    await author.presses("Answer", on="Which dressing?")
    await author.submits(text="What Mr. Smith in bed 4 got: silicone.")
    await facilitator.sees("Mr. Smith")
    await facilitator.presses("More", on="Mr. Smith")
    await facilitator.presses("Remove", on="This answer:")
    await facilitator.submits(reason="It names a patient.")
    await world.settles()
    await author.sees("Whoever looks after the channel removed an answer of yours. Why: It names a patient.")
    for somebody in (author, facilitator, world.person("ben")):
        await somebody.sees_not("Mr. Smith")
    assert await kept_anywhere(world, "Smith") == []


async def test_a_question_is_removed_with_all_that_belongs_to_it(world: World) -> None:
    invited = await world.joins("chidi", can_help="falls")
    asker = await asks(world, "ben", "Falls of Mr. Smith?", tags="falls")
    await invited.sees("Mr. Smith")
    await world.person("dana").presses("Answer", on="Mr. Smith")
    await world.person("dana").submits(text="Ask the family of Mr. Smith.")
    await invited.sees("Ask the family")
    await asker.presses("More", on="Falls of Mr. Smith?")
    await asker.presses("Remove", on="Falls of Mr. Smith?")
    await asker.submits()
    await world.settles()
    for who in ("ada", "ben", "chidi", "dana", "emre"):
        left = [
            one.text
            for one in await world.person(who).everything()
            if "Smith" in one.text and one.kind != "private reply"
        ]
        assert left == []
    assert await kept_anywhere(world, "Smith") == []
    await world.passes(days=5)  # none of its timers finds anything left to do


async def test_words_are_changed_everywhere_and_nothing_newer_is_lost(world: World) -> None:
    asker = await asks(world, "ben", "Falls at dusk?")
    for _ in range(2):
        await asker.presses("More", on="Falls at dusk?")
        await asker.presses("Edit", on="[Remove]")
    await asker.submits(title="Falls at night?")
    await world.person("dana").sees("Falls at night?")
    await world.person("dana").sees("Edited.")
    first = next(seen for seen in await asker.everything() if seen.kind == "form")
    filled = {"form": first.id, "values": {**first.item["values"], "title": "Falls?"}}
    outcome = await world.api.request("POST", "/api/as/ben/submit", filled)
    assert "This was changed since." in outcome["answer"]["errors"][""]
    await world.person("dana").types("/find dusk")
    await world.person("dana").sees("Nothing found")


async def test_it_is_closed_opened_again_and_asked_anew(world: World) -> None:
    helper = await world.joins("chidi", can_help="falls")
    asker = await asks(world, "ben", "Falls at night?")
    await asker.presses("More", on="Falls at night?")
    await asker.presses("Close")
    await asker.submits(reason="Found it in the guideline.")
    await helper.sees("Closed: Found it in the guideline.")
    await helper.sees("It is taken care of by now")
    other = await world.joins("dana", can_help="falls")
    await asker.presses("More", on="Falls at night?")
    await asker.presses("Open again")
    await other.sees("Can you help?")
    await asker.sees("Asked 2 people who may know.")


async def test_only_the_asker_and_facilitators_end_a_question(world: World) -> None:
    await asks(world, "ben", "Falls at night?")
    other = world.person("dana")
    await other.presses("More", on="Falls at night?")
    shown = await other.sees("[Follow]")
    assert "[Close]" not in shown.text
    assert "[Remove]" not in shown.text


async def test_who_follows_hears_once_that_it_is_solved(world: World) -> None:
    asker, follower = await asks(world, "ben", "Falls at night?"), world.person("dana")
    await follower.presses("More", on="Falls at night?")
    await follower.presses("Follow")
    await follower.sees("I'll tell you when something helped.")
    await world.person("emre").presses("Answer", on="Falls at night?")
    await world.person("emre").submits(text="Low beds.")
    for _ in range(2):
        await asker.presses("This helped", on="Falls at night?")
        await asker.submits()
    await world.settles()
    assert sum("A question you follow" in seen.text for seen in await follower.everything()) == 1


async def test_somebody_points_to_an_earlier_question_and_the_asker_agrees(world: World) -> None:
    await asks(world, "dana", "How do you prevent falls at night?")
    asker = await asks(world, "ben", "Falls and mats: which are safe?")
    other = world.person("emre")
    await other.presses("More", on="Falls and mats")
    await other.presses("Answered before")
    await other.submits()
    await asker.sees("Perhaps answered before: How do you prevent falls at night?")
    await asker.sees("Somebody thinks “Falls and mats: which are safe?” was answered before:")
    await asker.presses("That answers it", on="Somebody thinks")
    await other.sees("Answered before: How do you prevent falls at night?")
    await other.sees("Closed: Answered before.")


# Save to Rounds…


async def test_ones_own_reply_is_saved_as_the_answer_at_once(world: World) -> None:
    await asks(world, "ben", "Which dressing?")
    emre = world.person("emre")
    await emre.says(SECRET, thread_of="Which dressing?")
    await world.hears_of_a_reply()
    await emre.chooses_in_menu("Save to Rounds…", of=SECRET)
    form = await emre.fills()
    assert form.item["view"]["fields"][0]["options"][0]["label"] == "An answer to: Which dressing?"
    await emre.submits()
    await emre.sees("Kept as an answer to “Which dressing?”.")
    await world.person("dana").types("/find silicone")
    await world.person("dana").sees(f"Emre E. answered: {SECRET}")


async def test_somebody_elses_words_are_kept_when_they_say_ok(world: World) -> None:
    await asks(world, "ben", "Which dressing?")
    emre, saver = world.person("emre"), world.person("dana")
    await emre.says(SECRET, thread_of="Which dressing?")
    await world.hears_of_a_reply()
    await saver.chooses_in_menu("Save to Rounds…", of=SECRET)
    await saver.submits()
    await saver.sees("I asked whoever wrote it. Nothing is kept unless they say OK.")
    await emre.sees("would like to keep this of yours, as an answer to “Which dressing?” in #questions")
    assert await kept_anywhere(world, "Silicone") == []
    await emre.presses("OK")
    await emre.sees("Kept as an answer to “Which dressing?”.")
    await emre.presses("OK")
    await emre.sees("It is kept already.")
    await saver.types("/find silicone")
    await saver.sees(f"Emre E. answered: {SECRET}")


async def test_somebody_elses_words_go_nowhere_without_their_ok(world: World) -> None:
    await asks(world, "ben", "Which dressing?")
    emre, saver = world.person("emre"), world.person("dana")
    await emre.says(SECRET, thread_of="Which dressing?")
    await world.hears_of_a_reply()
    await saver.chooses_in_menu("Save to Rounds…", of=SECRET)
    await saver.submits()
    await emre.presses("No")
    await emre.sees("Nothing of it is kept.")
    assert await kept_anywhere(world, "Silicone") == []


async def test_somebody_elses_message_becomes_a_question_only_when_they_ask_it(world: World) -> None:
    emre, saver = world.person("emre", "general"), world.person("dana", "general")
    await emre.types("Does anybody know a good mattress?", place="general")
    await saver.chooses_in_menu("Save to Rounds…", of="good mattress")
    await saver.submits(what="question")
    await emre.presses("Ask it")
    await emre.submits()
    question = await saver.sees("Emre E. asks")
    assert "Does anybody know a good mattress?" in question.text


# Several at once, and things that end in the middle


async def test_two_answer_at_once_and_both_stand(world: World) -> None:
    await asks(world, "ben", "Which dressing?")
    people = world.person("dana"), world.person("emre")
    for person, words in zip(people, ("Silicone.", "Foam."), strict=True):
        await person.presses("Answer", on="Which dressing?")
        await person.fills(text=words)
    await together(*(person.submits() for person in people))
    asker = world.person("ben")
    await asker.sees("2 answers in the thread. Did one help?")
    await asker.presses("This helped", on="Which dressing?")
    form = await asker.fills()
    assert len(form.item["view"]["fields"][0]["options"]) == 2


async def test_the_question_is_removed_while_somebody_answers(world: World) -> None:
    invited = await world.joins("chidi", can_help="dressing")
    asker = await asks(world, "ben", "Which dressing?")
    await invited.presses("Answer", on="Can you help?")
    await asker.presses("More", on="Which dressing?")
    await asker.presses("Remove", on="[Close]")
    await asker.submits()
    await world.settles()
    outcome = await invited.submits(text="Silicone.")
    assert "This question is gone" in str(outcome)
    assert await kept_anywhere(world, "Silicone") == []
    await invited.sees_not("Can you help?")


async def test_the_helper_is_removed_from_the_channel_before_they_agree(world: World) -> None:
    asker = await asks(world, "ben", "Room 4?", channel="ward-team")
    await world.person("chidi", "ward-team").says(SECRET, thread_of="Room 4?")
    await world.hears_of_a_reply()
    await asker.presses("This helped", on="Room 4?")
    await asker.submits()
    chidi = world.person("chidi")
    await chidi.sees("Your reply to")
    await world.removes("ward-team", "chidi")
    await chidi.presses("OK")
    await chidi.sees("can't see the channel it was asked in any more")
    assert await kept_anywhere(world, "Silicone") == []
