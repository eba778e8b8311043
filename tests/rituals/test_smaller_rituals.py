"""Joining, channels, help, and messages that got stuck."""

from __future__ import annotations

from tests.support.world import World


async def test_help_shows_what_one_may_use(world: World) -> None:
    await world.person("dana").types("/rounds help")
    seen = await world.person("dana").sees("What I can do")
    for command in ("/ask", "/find", "/rounds help", "/rounds me"):
        assert command in seen.text
    assert "/facilitate" not in seen.text
    await world.person("ada").types("/rounds help")
    assert "/facilitate channels" in (await world.person("ada").sees("What I can do")).text


async def test_the_welcome_card_stands_in_the_questions_channel_once_and_its_buttons_work(world: World) -> None:
    newcomer = world.person("dana")
    await newcomer.presses("Join", on="Welcome to")
    await newcomer.submits(can_help="Wound Care, #falls", zone="Europe/London")
    await newcomer.sees("When somebody asks about wound-care, falls, I may ask you.")
    await newcomer.presses("Ask", on="Welcome to")
    await newcomer.submits(title="Asked from the button")
    await newcomer.sees("Posted in #questions.")
    await world.rounds.housekeeping.refresh_directories()
    await world.settles()
    assert len([seen for seen in await newcomer.everything() if "Welcome to" in seen.text]) == 1


async def test_what_one_said_on_joining_can_be_changed(world: World) -> None:
    person = await world.joins("dana", can_help="falls")
    form = (await person.presses("Change", on="You joined."))["answer"]["form"]
    assert form["values"]["can_help"] == "falls"
    wrong = await person.submits(zone="Mars/Base", volume="loud")
    assert set(wrong["answer"]["errors"]) == {"volume"}
    wrong = await person.submits(zone="Mars/Base", volume="full")
    assert "I don't know this time zone" in wrong["answer"]["errors"]["zone"]
    await person.submits(zone="Europe/London", can_help="")
    await person.sees("Saved.")


async def test_a_facilitator_chooses_the_channel_for_questions(world: World) -> None:
    facilitator = world.person("ada")
    await facilitator.types("/facilitate channels")
    general = next(
        option["value"]
        for option in (await facilitator.fills()).item["view"]["fields"][0]["options"]
        if option["label"].startswith("#general")
    )
    await facilitator.submits(place=general, purpose="questions")
    await facilitator.sees("Questions can go to #general now.")
    form = await world.person("dana", "general").types("/ask Where to?")
    places = next(field for field in form["answer"]["form"]["fields"] if field["name"] == "place")
    labels = [option["label"] for option in places["options"]]
    assert labels == ["#general · 5 people can read it", "#questions · 5 people can read it"]


async def test_a_post_that_cannot_be_made_is_told_to_the_facilitators_and_tried_again(world: World) -> None:
    asker, facilitator = world.person("ben"), world.person("ada")
    await asker.types("/ask Is anybody here?")
    await world.api.set_faults(rate_limit=1.0, retry_after=0.05)
    await asker.submits()
    await world.api.change_place("questions", archived=True)  # while the post waits its turn
    await world.api.set_faults()
    await world.settles()
    await facilitator.sees("I couldn't post the question card in #questions")
    await world.api.change_place("questions", archived=False)
    await facilitator.presses("Try again")
    await facilitator.sees("I'm sending it again.")
    await world.settles()
    await world.person("dana").sees("Is anybody here?")
    await facilitator.sees("settled")


async def test_the_time_zone_one_gave_is_kept_whatever_the_platform_says(world: World) -> None:
    person = await world.joins("dana")
    await person.presses("Change")
    await person.submits(zone="Asia/Tokyo")
    await world.passes(hours=7)  # the directory is read again
    form = (await person.presses("Change"))["answer"]["form"]
    assert form["values"]["zone"] == "Asia/Tokyo"


async def test_a_stuck_post_in_a_closed_channel_does_not_tell_its_name_outside(world: World) -> None:
    await world.removes("ward-team", "ada")
    await world.person("ben", "ward-team").types("/ask Who covers?")
    await world.api.set_faults(rate_limit=1.0, retry_after=0.05)
    await world.person("ben", "ward-team").submits()
    await world.api.change_place("ward-team", archived=True)
    await world.api.set_faults()
    await world.settles()
    await world.person("ada").sees("I couldn't post the question card in a closed channel.")


async def test_whether_threads_are_counted_is_changed_alone(world: World) -> None:
    facilitator = world.person("ada")
    await facilitator.types("/facilitate channels")
    form = await facilitator.fills()
    general = next(one["value"] for one in form.item["view"]["fields"][0]["options"] if one["label"] == "#general")
    outcome = await facilitator.submits(place=general)
    assert "This changes nothing" in str(outcome)
    await facilitator.submits(place=general, counting="on")
    await facilitator.sees("Busy threads in #general are counted for digests now.")
    await world.person("ben", "general").sees_not("#general now. My welcome")
    await world.person("ben").types("/ask Which mats?", place="general")
    await world.person("ben").submits()
    await world.person("ben").sees("Posted in #questions.")


async def test_an_address_after_share_is_a_link(world: World) -> None:
    sharer = world.person("ben")
    await sharer.types("/share https://example.org/lamps")
    await sharer.submits(text="They last.")
    await sharer.sees("It is found with /find, also as L-1.")
    await sharer.types("/share link www.example.org/mats")
    await sharer.submits(text="They do not slip.")
    await sharer.sees("It is found with /find, also as L-2.")


async def test_using_ones_own_tip_is_no_use_by_others(world: World) -> None:
    sharer = world.person("ben")
    await sharer.types("/share tip")
    await sharer.submits(challenge="Night falls", text="Lamps.")
    await sharer.presses("I used this", on="Night falls")
    await sharer.sees("This is your own: it counts what others use.")


async def test_a_tag_that_nobody_uses_is_told_from_those_like_it(world: World) -> None:
    sharer = world.person("ben")
    await sharer.types("/share tip")
    await sharer.submits(challenge="Night falls", text="Lamps.", tags="falls")
    await sharer.types("/find tag:fall")
    await sharer.sees("There are these tags like it: falls.")
