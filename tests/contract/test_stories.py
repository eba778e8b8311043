"""The stories that prove value: an ordinary answer, a small community's first week, a question without a name."""

from __future__ import annotations

from collections import Counter
from typing import Any

from sqlalchemy import select

from bot.core.replies import Kind
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
    await author.sees("A facilitator removed something you shared.")
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
