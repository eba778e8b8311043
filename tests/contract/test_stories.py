"""The stories that prove value: an ordinary answer, a small community's first week, a question without a name."""

from __future__ import annotations

import time
from collections import Counter
from typing import Any

from sqlalchemy import select

from bot.core.replies import Kind
from bot.rituals.schedule.declared import NewMeeting, NewPrompt
from storage.ledger.deliveries import Delivery
from tests.support.world import World

REPLY = "Silicone foam, and mark the direction of the flap."


async def a_reply_helped(world: World) -> Any:
    """Ben asks; Emre, who never used the bot, types a reply in the thread; Ben says that it helped."""
    asker, passer_by = world.person("ben"), world.person("emre")
    await asker.types("/ask Which dressing for skin tears?")
    await asker.submits(details="Thin skin, above 80.")
    await asker.sees("Posted in")
    await world.settles()
    await passer_by.says(REPLY, thread_of="Which dressing")
    await world.hears_of_a_reply()
    await asker.sees("Somebody replied in the thread.")
    await asker.presses("This helped", on="Which dressing")
    await asker.submits()
    await world.settles()
    return passer_by


async def test_the_ordinary_answer(world: World) -> None:
    helper, finder = await a_reply_helped(world), world.person("dana")
    await helper.sees("Which dressing for skin tears?” helped.")
    await world.agrees_to_keep(helper, REPLY)
    await helper.sees("This is what others find from now on:")
    await world.passes(days=30)
    await finder.types("/find skin tears")
    await finder.sees(f"helped: {REPLY}")
    await finder.presses("I tried it")
    await finder.submits(outcome="worked", setting="in a care home")
    await finder.sees("It worked for 1 (in a care home).")


async def test_words_that_nobody_agreed_to_are_not_kept_but_the_way_is_found(world: World) -> None:
    helper, finder = await a_reply_helped(world), world.person("dana")
    await helper.sees("helped.")
    await world.passes(days=30)
    await finder.types("/find skin tears")
    found = await finder.sees("reply in the thread helped; the words are not kept")
    assert "Open" in found.text
    assert "Silicone" not in found.text


async def test_a_small_communitys_first_week(world: World) -> None:
    facilitator, asker = world.person("ada"), world.person("ben")
    await world.joins("dana", when="shifts")
    await asker.types("/ask Which scale for pressure ulcers?")
    await asker.submits()
    await asker.sees("I told a facilitator, who may know whom to ask.")
    await facilitator.presses("Ask someone", on="A question needs you")
    await facilitator.submits(person="dana")
    await facilitator.sees("I'm asking")
    await world.person("dana").sees("a facilitator thought of you")

    await world.person("emre").says("Me too.", thread_of="Which scale")
    await world.hears_of_a_reply()
    await world.person("chidi").says("Which grade?", thread_of="Which scale")
    await world.hears_of_a_reply(people=2)
    await world.passes(days=1)
    await asker.sees("Did that help?")
    await asker.presses("Not yet", on="Did that help?")
    await asker.sees("the facilitators look after it.")
    await world.passes(days=1)  # Friday
    await facilitator.types("/facilitate queue")
    await facilitator.sees("Which scale for pressure ulcers?")
    assert "It waits in the facilitators' queue." in (await asker.sees("Which scale")).text
    assert await most_unasked_in_a_day(world) == 1


async def most_unasked_in_a_day(world: World) -> int:
    async with world.database.read() as db:
        rows = await db.execute(
            select(Delivery.member_id, Delivery.next_at).where(
                Delivery.kind.in_((Kind.INVITATION, Kind.REMINDER)), Delivery.state == "sent"
            )
        )
        return max(Counter((member, at.date()) for member, at in rows).values(), default=0)


async def test_asking_without_a_name(world: World) -> None:
    asker, passer_by, facilitator = world.person("ben"), world.person("emre"), world.person("ada")
    invited = await world.joins("chidi", can_help="slow")
    await asker.types("/ask Am I too slow?")
    await asker.submits(tags="slow", anonymous=True)
    await asker.sees("Don't type in its thread: that shows who you are.")
    await invited.sees("Somebody asks: ")
    await passer_by.sees("Somebody asks without their name")
    await passer_by.says("You are not alone.", thread_of="Am I too slow?")
    await world.hears_of_a_reply()
    await asker.presses("Reply as the asker", on="There is a reply to")
    await asker.submits(text="It is the wounds that take me long.")
    await passer_by.sees("The asker replies:")
    await facilitator.types("/find slow")
    await facilitator.sees("There are replies in its thread.")
    for somebody in (passer_by, facilitator, invited):
        await somebody.sees_not("Ben B.")


async def test_a_tip_is_shared_used_and_removed(world: World) -> None:
    author, other, facilitator = world.person("dana"), world.person("ben"), world.person("ada")
    await author.types("/share tip")
    await author.submits(challenge="Falls at night", text="Lamps with sensors.", tags="falls", setting="on a ward")
    await author.sees("Shared in")
    await other.sees("Lamps with sensors.")
    await other.presses("I used this", on="shares a tip")
    await author.sees("T-1 · used by 1 person")
    await other.types("/find lamps sensors")
    await other.sees("Tip T-1 by")
    await facilitator.presses("More", on="shares a tip")
    await facilitator.presses("Remove", on="Falls at night")
    await facilitator.submits(reason="It names a patient.")
    await author.sees("Whoever looks after the channel removed something you shared.")
    await other.types("/find lamps")
    await other.sees("Nothing found for “lamps”.")


async def test_a_story_a_term_and_a_link_are_shared_and_followed(world: World) -> None:
    author, other = world.person("dana"), world.person("ben")
    await author.types("/share story")
    await author.submits(title="The night bell", text="Nobody heard it.", changed="We carry one.", tags="nights")
    await other.sees("Nobody heard it.")
    await other.types("/share term")
    await other.submits(title="Huddle", text="Ten minutes at the board.")
    await author.sees("explains a term")
    for person, why in ((author, "Our lamps."), (other, "They last ten years.")):
        await person.types("/share link https://example.org/lamps?utm_source=x")
        await person.submits(text=why)
        await person.sees("L-3")
    await author.sees("They last ten years.")
    await other.types("/find S-1")
    await other.sees("The night bell")
    await other.types("/find lmaps")  # a slip of the finger
    await other.sees("Matches: lmaps, or nearly")
    await other.types("/find tag:nights")
    await other.presses("Follow this tag", on="Found")
    await other.sees("You follow nights")
    await author.types("/share tip")
    await author.submits(challenge="Bells at night", text="One at each bed.", tags="nights")
    await other.sees("A new tip: Bells at night")
    await other.presses("Thanks", on="One at each bed.")
    await other.submits(reason="We heard them all.")
    await author.sees("We heard them all.")


async def test_what_somebody_wrote_becomes_a_tip_when_they_say_ok_and_moves_when_they_want(world: World) -> None:
    author, saver, outsider = world.person("chidi", "ward-team"), world.person("ben", "ward-team"), world.person("dana")
    await author.types("Foam rings, turned every two hours.", place="ward-team")
    await saver.chooses_in_menu("Save to Rounds…", of="Foam rings")
    await saver.submits(what="tip")
    await author.sees("thinks that others could use this of yours, as a tip")
    await author.presses("OK", on="May this be kept")
    await author.sees("Shared in")
    await saver.sees("shares a tip")
    await outsider.types("/find foam")
    await outsider.sees("Nothing found for “foam”.")
    await saver.presses("More", on="shares a tip")
    await saver.presses("Share in another channel")
    await saver.submits()
    await author.sees("would like others to read")
    await author.presses("Share it")
    await outsider.sees("Foam rings, turned every two hours.")
    await outsider.types("/find foam")
    await outsider.sees("Tip T-1 by")


async def test_where_patients_are_talked_about_no_form_takes_their_details(world: World) -> None:
    steward, asker = world.person("ada"), world.person("ben")
    await steward.types("/facilitate check")
    await steward.presses("About the community")
    await steward.submits(domain="Care on wards", clinical=True)
    await steward.sees("is what people read from now on.")
    await asker.types("/ask Whom to call?")
    await asker.submits(details="I tried +44 7700 900123.")
    await asker.sees("This looks like a phone number (“+44…”). Remove it, or say why it is fine.")
    await world.goes_back_to_the_form(asker)
    await asker.submits(details="I tried +44 7700 900123 (fine: our public line).")
    await asker.sees("Posted in")


async def test_the_facilitators_monday(world: World) -> None:
    """In chat alone, from an empty list: a series, its exceptions, a prompt, a date moved, one cancelled, a co-facilitator."""
    facilitator, coming, other = world.person("ada"), world.person("ben"), world.person("dana")
    began = time.monotonic()
    await facilitator.types("/facilitate schedule")
    await facilitator.presses("Schedule a meeting", on="Nothing is scheduled yet.")
    said = "every 2nd Thursday 12:30, not in August"
    await world.completes(facilitator, NewMeeting, title="Grand rounds", words=said, kind="grand rounds")
    asked = await facilitator.sees("The 2nd Thursday of the month, or a Thursday every other week?")
    assert "Thursday 12 March 2026 12:30" in asked.text
    await facilitator.presses("This one", on="Nothing is saved yet.")
    await facilitator.sees("Saved: ")
    await world.passes(days=1, hours=3)  # the week before
    await coming.presses("I'm coming", on="Grand rounds")
    await coming.sees("You are coming.")
    await facilitator.types("/facilitate schedule")
    await facilitator.presses("Move a date", on="Scheduled")
    await facilitator.submits(to="2026-03-13 09:00")
    await coming.sees("Grand rounds is now")
    await other.sees_not("Grand rounds is now")
    await facilitator.types("/facilitate schedule")
    await facilitator.presses("Skip a date", on="one date moved")
    await facilitator.submits(date="2026-04-09")
    await facilitator.sees("Skipped.")
    await facilitator.types("/facilitate schedule")
    await facilitator.presses("Schedule a prompt", on="one date moved")
    weekly = {"text": "What did you learn this week?", "words": "every Friday 16:00"}
    await world.completes(facilitator, NewPrompt, **weekly)
    await facilitator.presses("Save it", on="Nothing is saved yet.")
    await facilitator.sees("Saved: What did you learn")
    await facilitator.types("/facilitate people")
    await facilitator.presses("Appoint a facilitator", on="Who looks after")
    await facilitator.submits(person="ben")
    await coming.sees("You look after")
    assert time.monotonic() - began < 600, "a Monday has other things in it"
    await world.passes(days=1, hours=3)  # Friday, 16:00
    await other.sees("What did you learn this week?")
    await world.passes(days=6, hours=16)  # Friday, 8:00: an hour before
    await other.sees("Grand rounds begins")
    told = [seen for seen in await coming.everything() if "Grand rounds is now" in seen.text]
    assert len(told) == 1
    await coming.types("/rounds sessions")
    await coming.sees("You are coming.")
