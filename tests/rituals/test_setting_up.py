"""Setting up a community in chat, choosing channels, checking; and the home of a member."""

from __future__ import annotations

from bot.core.events import Ref
from bot.services.home import Home
from tests.support.world import World


async def test_whoever_installed_it_is_led_through_setting_up(world: World) -> None:
    installer, member = world.person("ada"), world.person("dana")
    await installer.sees("To do: say what the community is called and cares about.")
    await installer.presses("About the community")
    await installer.submits(name="Falls prevention", domain="Nobody falls on our wards.", zone="Nowhere/Land")
    await installer.sees("I don't know this time zone.")
    await installer.submits(zone="Europe/London")
    await installer.sees("Falls prevention is what people read from now on.")
    await installer.sees("Done: say what the community is called and cares about.")
    await member.sees("Welcome to Falls prevention")
    await member.sees("We care about: Nobody falls on our wards.")
    await member.sees_not("Setting up")


async def test_the_first_words_come_once_however_often_the_program_starts(world: World) -> None:
    await world.restarts()
    seen = await world.person("ada").everything()
    assert len([one for one in seen if "Setting up" in one.text]) == 1


async def test_a_channel_is_used_for_questions_and_no_more(world: World) -> None:
    facilitator, asker = world.person("ada"), world.person("ben", "general")
    await facilitator.types("/facilitate channels")
    form = await facilitator.fills()
    chosen = next(
        option["value"] for option in form.item["view"]["fields"][0]["options"] if "#questions" in option["label"]
    )
    await facilitator.submits(place=chosen, purpose="talk")
    await facilitator.sees("Questions no longer go to #questions.")
    await asker.types("/ask Where now?")
    await asker.sees("Posts to #general")  # where they are, as long as there is no other place for it


async def test_checking_names_what_is_wrong_and_how_to_mend_it(world: World) -> None:
    facilitator, member = world.person("ada"), world.person("ben")
    await member.types("/facilitate check")
    await member.sees("This is for facilitators.")
    await facilitator.types("/facilitate check")
    seen = await facilitator.sees("2 of 4 things need you.")
    assert "✗ What the community cares about" in seen.text
    assert "✓ A channel for questions" in seen.text
    assert "✓ The workspace's chat service" in seen.text
    await world.api.change_place("questions", archived=True)
    await world.settles()
    await world.person("ada", "general").types("/facilitate check")
    await facilitator.sees("✗ #questions")


async def test_a_bare_group_shows_its_entries_as_buttons(world: World) -> None:
    person = world.person("dana")
    await person.types("/rounds")
    await person.presses("Me", on="goes with one of these")
    await person.presses("Join", on="You have not joined")
    await person.submits(can_help="falls", zone="UTC")
    await person.sees("You joined.")
    await person.presses("Help", on="goes with one of these")
    await person.sees("What I can do")


async def test_home_shows_what_waits_and_what_one_asked(world: World) -> None:
    home = Home(world.database, world.rounds.registry, world.clock)
    asker = world.person("ben")
    await world.joins("chidi", can_help="falls")
    await asker.types("/ask How do you prevent falls?")
    await asker.submits(tags="falls")
    await world.settles()
    chidi = "\n".join(card.as_text() for card in await home(Ref("local", "local", "chidi")))
    assert "What waits for you" in chidi
    assert "How do you prevent falls?" in chidi
    assert "You have asked nothing yet." in chidi
    ben = "\n".join(card.as_text() for card in await home(Ref("local", "local", "ben")))
    assert "What waits for you" not in ben
    assert "Asked 1 person who may know." in ben
    assert "You have not joined" in ben
    assert await home(Ref("local", "local", "nobody")) == ()
