"""Questions: who is asked, when the next one is, who may say what helped, and what stays inside a closed channel."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import update

from bot.routing.policy import Policy
from storage.communities import Community
from tests.support.plans import sent
from tests.support.world import World

HOSTILE = "<b>bold</b> <script>alert(1)</script> <!channel> <@U123> @everyone *not bold* שלום 🩺 \u202egnp.exe"


async def asks(world: World, who: str, title: str, **more: Any) -> Any:
    asker = world.person(who, more.pop("channel", "questions"))
    await asker.types(f"/ask {title}")
    outcome = await asker.submits(**more)
    await world.settles()
    return outcome


def errors(outcome: Any) -> dict[str, str]:
    assert outcome["answer"]["type"] == "errors", outcome
    return dict(outcome["answer"]["errors"])


async def test_who_answered_something_like_it_is_asked_and_told_why(world: World) -> None:
    asker, expert = world.person("dana"), await world.joins("chidi")
    await asks(world, "ben", "How do you prevent pressure ulcers on the heels?")
    await expert.presses("Answer", on="pressure ulcers")
    await expert.submits(text="Lift the heels with a pillow under the calves.")
    await world.settles()
    await asks(world, "dana", "Heels with early pressure ulcers: what do you do?")
    await asker.sees("I asked 1 person who may know.")
    await expert.sees("Why you: you replied to “How do you prevent pressure ulcers on the heels?”.")


async def test_however_many_are_found_what_came_of_them_is_read_at_once(world: World) -> None:
    finder, expert = world.person("dana"), world.person("chidi")
    for what in ("mattress", "heels", "transport"):
        await asks(world, "ben", f"How do you prevent ulcers: {what}?")
        await expert.presses("Answer", on=what)
        await expert.submits(text=f"Mind the {what}.")
    await asks(world, "ben", "Who prevents ulcers at night?")
    await world.settles()
    with sent() as statements:
        await finder.types("/find ulcers")
    found = await finder.sees("Not answered yet.")
    assert found.text.count("answered: Mind the") == 3
    for table in ("answer", "trial", "replier"):
        assert len([one for one in statements if f"FROM {table} " in one.sql]) == 1, table


async def test_invitations_to_several_are_written_down_together(world: World) -> None:
    for name in ("chidi", "dana", "emre"):
        await world.joins(name, can_help="falls")
    async with world.database.write() as db:
        await db.execute(update(Community).values(asking=Policy(at_once=3).as_json()))
    with sent() as statements:
        await asks(world, "ben", "Who prevents falls?", tags=["falls"])
    await world.person("chidi").sees("Can you help?")
    written = [one.parameters for one in statements if one.sql.startswith("INSERT INTO delivery ")]
    assert len(written) == 2, "one for the question, one for all who are invited"
    assert len(written[1]) == 3


async def test_only_people_who_joined_and_can_see_the_channel_are_asked(world: World) -> None:
    outsider = await world.joins("emre", can_help="falls")  # not in #ward-team
    insider = await world.joins("chidi", can_help="falls")
    not_joined = world.person("ada")
    await asks(world, "ben", "Falls in room 4, again", channel="ward-team")
    await insider.sees("Can you help?")
    await outsider.sees_not("room 4")
    await not_joined.sees_not("Can you help?")
    await outsider.types("/find falls")
    await outsider.sees("Nothing found")


async def test_from_a_closed_channel_a_question_goes_to_that_channel_by_itself(world: World) -> None:
    form = await world.person("ben", "ward-team").types("/ask Who covers the night?")
    view = form["answer"]["form"]
    places = next(field for field in view["fields"] if field["name"] == "place")
    assert [option["label"] for option in places["options"]] == [
        "#ward-team · 3 people can read it",
        "#questions · 5 people can read it",
    ]
    await world.person("ben", "ward-team").submits()
    await world.settles()
    await world.person("chidi").sees("Who covers the night?")
    await world.person("dana").sees_not("Who covers the night?")


async def test_even_when_nobody_confirmed_the_membership_lately_it_stays_in_the_closed_channel(world: World) -> None:
    world.clock.advance(timedelta(days=3))  # nothing was refreshed in between
    await world.person("ben", "ward-team").types("/ask Who covers the night?")
    await world.person("ben", "ward-team").submits()
    await world.settles()
    await world.person("chidi").sees("Who covers the night?")
    await world.person("dana").sees_not("Who covers the night?")


async def test_a_guest_does_not_see_open_channels_questions_and_cannot_ask_there(world: World) -> None:
    await asks(world, "ben", "How do you store insulin?")
    guest = world.person("gus")
    await guest.types("/find insulin", dm=True)
    await guest.sees("Nothing found")
    outcome = await guest.types("/ask May I?", dm=True)
    assert "There is no channel for questions" in outcome["answer"]["card"]["body"][0]


async def test_the_asker_is_never_asked_and_a_second_person_is_asked_in_time(world: World) -> None:
    asker = await world.joins("ben", can_help="falls")
    first = await world.joins("chidi", can_help="falls")
    second = await world.joins("dana", can_help="falls")
    await asks(world, "ben", "Falls at night?")
    await first.sees("Can you help?")
    await asker.sees("Asked 1 person who may know. If nobody answers, others are asked next:")
    await second.sees_not("Can you help?")
    await world.passes(hours=4, minutes=1)  # four working hours, as the card said
    await second.sees("Can you help?")
    await asker.sees("Asked 2 people who may know.")
    await asker.sees_not("Can you help?")
    await world.passes(days=1)
    await asker.sees("Nobody else who may know is free to be asked")


async def test_with_nobody_left_a_facilitator_is_told_and_finds_someone(world: World) -> None:
    facilitator, asker = world.person("ada"), world.person("ben")
    await asks(world, "ben", "Which pump for feeding at home?", tags="feeding")
    await asker.sees("I told a facilitator")
    await asker.sees("Nobody who may know is free to be asked")
    await facilitator.sees("No one else has said they can help with feeding. Whom shall I ask?")
    await facilitator.presses("Ask someone")
    refused = await facilitator.submits(person="dana")
    assert "Only people who joined are asked." in errors(refused)["person"]
    helper = await world.joins("dana")
    await facilitator.submits(person="dana")
    await helper.sees("Why you: a facilitator thought of you.")
    await facilitator.sees("Taken care of")


async def test_a_facilitator_cannot_pick_the_asker_or_somebody_asked_already(world: World) -> None:
    facilitator = world.person("ada")
    await world.joins("dana")
    await asks(world, "ben", "Which pump?")
    for _ in range(2):  # two forms are open
        await facilitator.presses("Ask someone")
    assert errors(await facilitator.submits(person="ben"))["person"] == "They asked it themselves."
    await facilitator.submits(person="dana")
    assert errors(await facilitator.submits(person="dana"))["person"] == "They were asked already."


async def test_passing_on_a_question_asks_somebody_else_at_once(world: World) -> None:
    first = await world.joins("chidi", can_help="falls")
    second = await world.joins("dana", can_help="falls")
    await asks(world, "ben", "Falls at night?")
    await first.presses("Not me")
    await first.sees("No problem")
    await first.sees("You passed on this one.")
    await second.sees("Can you help?")


async def test_an_answer_elsewhere_takes_the_invitation_back(world: World) -> None:
    invited, quick = await world.joins("chidi", can_help="falls"), world.person("emre")
    await asks(world, "ben", "Falls at night?")
    await invited.sees("Can you help?")
    await quick.presses("Answer", on="Falls at night?")
    await quick.submits(text="Lamps with sensors.")
    await world.settles()
    await invited.sees("It has an answer by now; nothing is left for you to do.")
    await invited.sees_not("Not me")


async def test_outside_their_hours_people_are_asked_when_their_hours_begin(world: World) -> None:
    await world.passes(hours=10)  # Wednesday 20:00
    invited = await world.joins("chidi", can_help="falls")
    await asks(world, "ben", "Falls at night?")
    await invited.sees_not("Can you help?")
    await world.passes(hours=13, minutes=1)  # Thursday 9:01
    await invited.sees("Can you help?")


async def test_an_invitation_that_waits_is_not_sent_once_the_question_is_answered(world: World) -> None:
    await world.passes(hours=10)  # Wednesday 20:00
    invited = await world.joins("chidi", can_help="falls")
    await asks(world, "ben", "Falls at night?")
    await world.person("dana").presses("Answer", on="Falls at night?")
    await world.person("dana").submits(text="Lamps.")
    await world.passes(hours=13, minutes=1)
    await invited.sees_not("asks: Falls at night?")


async def test_at_normal_nobody_is_asked_twice_a_day_and_quiet_is_left_alone(world: World) -> None:
    normal = await world.joins("chidi", can_help="falls")
    quiet = await world.joins("dana", can_help="falls", volume="quiet")
    await asks(world, "ben", "Falls: first")
    await asks(world, "ben", "Falls: second")
    await normal.sees("Falls: first")
    assert not [seen for seen in await normal.everything() if "Can you help?" in seen.text and "second" in seen.text]
    await quiet.sees_not("Can you help?")
    await world.person("ada").sees("A question needs you")


async def test_who_left_is_not_asked_any_more(world: World) -> None:
    leaver = await world.joins("chidi", can_help="falls")
    await leaver.presses("Leave")
    await leaver.sees("You left.")
    await asks(world, "ben", "Falls at night?")
    await leaver.sees_not("Can you help?")


async def test_a_reply_in_the_thread_puts_the_next_step_off(world: World) -> None:
    await world.joins("chidi", can_help="falls")
    second = await world.joins("dana", can_help="falls")
    await asks(world, "ben", "Falls at night?")
    await world.passes(hours=3)
    await world.person("emre").says("Which ward?", thread_of="Falls at night?")
    await world.hears_of_a_reply()
    asker = world.person("ben")
    await asker.sees("Somebody replied in the thread. Whether that helped, I ask: Thu 5 Mar 2026, 13:00")
    await world.passes(hours=2)  # five hours: without the reply the next would have been asked after four
    await second.sees_not("Can you help?")
    await world.passes(hours=22)  # Thursday 13:00, a working day later
    await asker.sees("Did that help?")
    await asker.sees("If I hear nothing, others are asked next: Fri 6 Mar 2026, 13:00")
    await second.sees_not("Can you help?")
    await world.passes(days=1)
    await second.sees("Can you help?")


async def test_only_the_asker_or_a_facilitator_says_what_helped(world: World) -> None:
    asker, other = world.person("ben"), world.person("dana")
    await asks(world, "ben", "Falls at night?")
    await asker.presses("This helped", on="Falls at night?")
    await asker.sees("Nobody has answered yet.")
    await other.presses("Answer", on="Falls at night?")
    await other.submits(text="Lamps.")
    await other.presses("This helped", on="Falls at night?")
    await other.sees("Only the one who asked can say what helped.")
    await world.person("ada").presses("This helped", on="Falls at night?")
    await world.person("ada").submits()
    await asker.sees("Solved")


async def test_nobody_who_lost_sight_of_the_channel_can_answer_there(world: World) -> None:
    invited = await world.joins("chidi", can_help="falls")
    await asks(world, "ben", "Falls in room 4", channel="ward-team")
    await invited.presses("Answer", on="Can you help?")
    await world.removes("ward-team", "chidi")
    await world.settles()
    outcome = await invited.submits(text="Not for me any more.")
    assert "can't see the channel" in errors(outcome)[""]
    await world.person("ben").sees_not("Not for me any more.")


async def test_an_invitation_is_not_sent_to_somebody_who_was_removed_meanwhile(world: World) -> None:
    await world.passes(hours=10)
    invited = await world.joins("chidi", can_help="falls")
    await asks(world, "ben", "Falls in room 4", channel="ward-team")
    await world.removes("ward-team", "chidi")
    await world.passes(hours=13, minutes=1)
    await invited.sees_not("room 4")


async def test_three_wrong_fields_are_named_each_and_then_it_works(world: World) -> None:
    asker = world.person("ben")
    await asker.types("/ask")
    wrong = errors(await asker.submits(title=" ", details="x" * 20_000, tags=",".join(f"t{n}" for n in range(9))))
    assert wrong == {
        "title": "Please fill this in.",
        "details": "At most 3,000 characters, please; this has 20,000.",
        "tags": "At most 8 tags, please.",
    }
    await asker.submits(title="Now it is right", details="", tags="")
    await asker.sees("Posted in #questions.")


async def test_a_long_question_typed_after_the_command_is_not_lost(world: World) -> None:
    typed = "word " * 4000
    form = (await world.person("ben").types(f"/ask {typed}"))["answer"]["form"]
    assert form["values"]["details"].strip() == typed.strip()
    assert len(form["values"]["title"]) <= 150
    assert "At most 3,000 characters" in form["errors"]["details"]


async def test_whatever_is_typed_is_shown_as_it_is_and_nothing_more(world: World) -> None:
    expert = await world.joins("chidi", can_help="bold")
    outcome = await asks(world, "ben", HOSTILE, details=HOSTILE, tags="bold, <i>x</i>")
    assert outcome["answer"]["type"] == "message"
    question = await world.person("dana").sees(HOSTILE)
    assert HOSTILE in question.item["card"]["title"]
    assert {"kind": "quoted", "text": HOSTILE} in question.item["card"]["body"]
    people = [part for part in question.item["card"]["body"] if isinstance(part, dict) and part["kind"] == "person"]
    assert [person["person"] for person in people] == ["ben"]  # the asker alone is mentioned
    await expert.presses("Answer", on="Can you help?")
    await expert.submits(text=HOSTILE)
    await world.person("dana").types(f"/find {HOSTILE}")
    await world.person("dana").sees(HOSTILE)


@pytest.mark.parametrize(
    "typed", ["/find", "/find " + "x" * 600, "/nosuch", "/", "/ask2 x", "/rounds nothing", "/facilitate channels"]
)
async def test_what_cannot_be_done_is_said(world: World, typed: str) -> None:
    outcome = await world.person("dana").types(typed)
    assert outcome["answer"]["type"] == "message"
    assert outcome["answer"]["private"]


async def test_a_form_that_was_open_when_one_was_removed_lets_nobody_back_in(world: World) -> None:
    ben = world.person("ben", "ward-team")
    form = await ben.types("/ask Falls in room 4?")
    await world.removes("ward-team", "ben")
    await world.settles()
    filled = {"form": form["form"], "values": form["answer"]["form"]["values"]}
    outcome = await world.api.request("POST", "/api/as/ben/submit", filled)
    assert errors(outcome)["place"] == "Please choose one of the channels."
    await world.person("chidi").sees_not("Falls in room 4?")


@pytest.mark.parametrize("change", ["leaves", "turns to quiet", "has an answer by now"])
async def test_an_invitation_that_waits_is_not_sent_when_it_is_not_wanted_any_more(world: World, change: str) -> None:
    await world.passes(hours=10)  # Wednesday 20:00
    invited = await world.joins("chidi", can_help="falls")
    await asks(world, "ben", "Falls at night?")
    match change:
        case "leaves":
            await invited.presses("Leave")
        case "turns to quiet":
            await invited.presses("Change")
            await invited.submits(volume="quiet")
        case _:
            await world.person("emre").says("Lamps.", thread_of="Falls at night?")
            await world.hears_of_a_reply()
            await world.person("ben").presses("This helped", on="Falls at night?")
            await world.person("ben").submits()
    await world.passes(hours=13, minutes=1)  # Thursday 9:01
    await invited.sees_not("Can you help?")


async def test_the_same_reply_marked_twice_counts_once(world: World) -> None:
    await asks(world, "ben", "Which dressing?")
    await world.person("emre").says("Silicone.", thread_of="Which dressing?")
    await world.hears_of_a_reply()
    for _ in range(2):
        await world.person("ben").presses("This helped", on="Which dressing?")
        await world.person("ben").submits(helped="reply:5")  # as from a form that was open all the time
    await world.settles()
    solved = await world.person("dana").sees("Solved")
    assert solved.text.count("Emre") == 1


async def test_where_no_facilitator_can_see_it_the_asker_is_told_so(world: World) -> None:
    await world.removes("ward-team", "ada")
    await world.settles()
    await asks(world, "ben", "Room 4?", channel="ward-team")
    await world.person("ben").sees("Nobody who may know is free to be asked. You could mention somebody in its thread.")
    await world.person("ben").sees("no facilitator can see this channel")
    await world.person("ada").sees_not("Room 4?")


async def test_what_an_asker_finds_out_stops_nobody_from_being_asked(world: World) -> None:
    await asks(world, "ben", "Do you warm blankets?")
    asker = world.person("ben")
    await asker.sees("so a facilitator was told")
    await asker.presses("Answer", on="Do you warm blankets?")
    await asker.submits(text="A colleague says: ten minutes.")
    await asker.sees("If that is it, press “This helped” on your question.")
    await world.settles()
    await asker.sees("so a facilitator was told")
    await asker.presses("This helped", on="so a facilitator was told")
    await asker.submits()
    await asker.sees("Solved: what helped came from @Sample: Ben B.")


async def test_nobody_is_told_that_words_are_kept_before_their_writer_agreed(world: World) -> None:
    await asks(world, "ben", "Which gloves?")
    asker = world.person("ben")
    await world.person("emre").says("The blue ones.", thread_of="Which gloves?")
    await world.hears_of_a_reply()
    await asker.presses("This helped", on="Which gloves?")
    await asker.submits()
    await asker.sees("whether the words are kept, whoever wrote them decides")


async def test_a_question_that_is_open_is_not_opened_again(world: World) -> None:
    await asks(world, "ben", "Which lamps?")
    await world.person("dana").presses("Answer", on="Which lamps?")
    await world.person("dana").submits(text="With sensors.")
    await world.settles()
    asker = world.person("ben")
    await asker.presses("More", on="Which lamps?")
    more = await asker.sees("[Close]")
    assert "[Open again]" not in more.text


async def test_with_two_channels_for_questions_it_goes_where_one_is(world: World) -> None:
    facilitator = world.person("ada")
    await facilitator.types("/facilitate channels")
    form = await facilitator.fills()
    general = next(one["value"] for one in form.item["view"]["fields"][0]["options"] if one["label"] == "#general")
    await facilitator.submits(place=general, purpose="questions")
    await facilitator.sees("Questions can go to #general now.")
    for place in ("general", "questions"):
        await asks(world, "ben", f"Which mats in {place}?", channel=place)
        await world.person("ben").sees(f"Posted in #{place}.")


async def test_a_choice_shows_what_is_taken_unless_another_is_made(world: World) -> None:
    await asks(world, "ben", "Which lamps?")
    expert = world.person("dana")
    await expert.types("/share tip")
    form = await expert.fills()
    assert form.item["values"]["basis"] == "practice"
    assert next(one for one in form.item["view"]["fields"] if one["name"] == "basis")["required"]
    asker = world.person("ben")
    await asker.types("/rounds data")
    await asker.presses("Delete my data", on="I keep what you asked")
    assert errors(await asker.submits()) == {"what": "Please fill this in."}
