"""Answers reach whoever acted, wherever they stood: in a form, in a thread, at home; and when Slack takes none there."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from pathlib import Path

import pytest

from adapters.slack.profile import ref
from bot.context import Context
from bot.core.people import Role
from bot.core.ports import Outgoing
from bot.core.registry import Registry
from bot.core.replies import Reply
from bot.core.ritual import Ritual
from bot.core.ui import Button, Card, Run, say
from bot.limits import Limits
from tests.fakes.slack import FakeSlack, SlackPerson
from tests.support.slack import slack_world
from tests.support.waiting import until
from tests.support.world import WEDNESDAY, World

HALF_AN_HOUR_LATER = timedelta(minutes=31)


async def asks(world: World, who: str, title: str, place: str = "questions", tags: str = "") -> SlackPerson:
    person: SlackPerson = world.person(who, place)
    await person.types(f"/ask {title}")
    await person.submits(**({"tags": tags} if tags else {}))
    return person


async def how(world: World, words: str) -> list[str]:
    """By which methods an answer with these words was tried, and what came of it."""
    calls = [call for call in world.service.calls if words in str(call["args"])]
    return [call["method"] + (f": {call['error']}" if call["error"] else "") for call in calls]


# Where answers go


async def test_an_answer_comes_by_the_address_that_came_with_the_command(world: World) -> None:
    await world.person("ben").types("/rounds help")
    seen = await world.person("ben").sees("/ask")
    assert seen.kind == "private reply"
    await world.person("dana").sees_not("What I can do")


async def test_a_used_address_is_followed_by_a_note_in_the_channel(world: World) -> None:
    asker = world.person("ben")
    await asker.types("/ask Which masks?")
    for url in world.service.hooks._urls.values():
        url.uses = 5
    await asker.submits()
    assert (await asker.sees("Posted in #questions.")).place == "questions"
    await world.person("dana").sees("Which masks?")
    assert await how(world, "Posted in ") == ["response_url: used_url", "chat.postEphemeral"]


async def test_after_half_an_hour_too(world: World) -> None:
    asker = world.person("ben")
    await asker.types("/ask Which gloves?")
    world.clock.advance(HALF_AN_HOUR_LATER)
    await asker.submits()
    await asker.sees("Posted in #questions.")
    assert await how(world, "Posted in ") == ["response_url: expired_url", "chat.postEphemeral"]


async def test_where_we_are_not_in_the_channel_it_is_a_direct_message(world: World) -> None:
    await world.api.add_place("kitchen", bot=False, members=("ben",))
    asker = world.person("ben", "kitchen")
    await asker.types("/ask Which gloves?")
    world.clock.advance(HALF_AN_HOUR_LATER)
    await asker.submits()
    assert (await asker.sees("Posted in #questions.")).place == "dm-ben"
    assert (await how(world, "Posted in "))[-1] == "chat.postMessage"


@pytest.mark.parametrize("fault", ["drop_before", "error_500_before"])
async def test_where_the_address_fails_there_is_another_way(world: World, fault: str) -> None:
    world.service.faults.set(methods=("response_url",), **{fault: 1})
    person = world.person("ben")
    await person.types("/rounds help")
    await person.sees("/ask")


async def test_an_answer_waits_when_slack_asks_it_to(world: World) -> None:
    world.service.faults.set(methods=("response_url", "chat.postEphemeral"), ratelimited=2, retry_after=1)
    person = world.person("ben")
    await person.types("/rounds help")
    await person.sees("/ask")
    assert len(world.service.faults.used) == 2


async def test_what_is_done_in_a_thread_is_answered_there(world: World) -> None:
    await asks(world, "ben", "Which gloves?")
    helper = world.person("dana")
    await helper.presses("Answer", on="Which gloves?")
    await helper.submits(text="The blue ones.")
    answer = await world.person("ben").sees("The blue ones.")
    assert answer.item["thread"] == (await helper.sees("Which gloves?")).id
    await helper.sees("Thank you. Your answer is in the thread.")


async def test_a_button_in_a_thread_is_answered_in_the_thread(world: World) -> None:
    root = (await world.person("ben").types("A root"))["id"]
    card = Card("In the thread", buttons=(Button("Help", Run(command="rounds help")),))
    channel = ref("T0ROUNDS", "CQUESTIONS")
    await world.rounds.platforms["slack"].send(Outgoing("d1", channel, False, root, card, WEDNESDAY))
    person = world.person("dana")
    await person.presses("Help", on="In the thread")
    seen = await person.sees("/find before you ask")
    assert (seen.kind, seen.item["thread"]) == ("private reply", root)


async def test_a_public_answer_is_seen_by_everybody_and_a_private_one_is_not(database_url: str, tmp_path: Path) -> None:
    ritual = Ritual("loud")

    @ritual.command("shout", "Say it to all", role=Role.MEMBER, private=False)
    async def shout(ctx: Context, typed: str) -> Reply:
        return Reply(say(f"Loud: {typed}"))

    @ritual.command("whisper", "Say it to one", role=Role.MEMBER)
    async def whisper(ctx: Context, typed: str) -> Reply:
        return Reply(say(f"Quiet: {typed}"))

    async with slack_world(database_url, tmp_path, registry=Registry([ritual])) as world:
        speaker, other = world.person("ben"), world.person("dana")
        await speaker.types("/whisper <!channel> @dana")
        assert (await speaker.sees("Quiet: <!channel> @dana")).kind == "private reply"
        await speaker.types("/shout <!channel> @dana")
        loud = await other.sees("Loud: <!channel> @dana")
        assert (loud.kind, loud.item["mentions"]) == ("message", [])
        await other.sees_not("Quiet")


# Forms


async def test_a_form_that_is_asked_for_too_late_says_so(database_url: str, tmp_path: Path) -> None:
    def hasty(slack: FakeSlack) -> None:
        slack.trigger_seconds = -1.0

    async with slack_world(database_url, tmp_path, prepare=hasty) as world:
        person = world.person("ben")
        await person.types("/ask Which gloves?")
        await person.sees("I couldn't open the form in time. Nothing was lost; please try again.")


@pytest.mark.parametrize("fault", ["error_500_before", "ratelimited", "drop_before"])
async def test_a_form_that_slack_does_not_open_is_told_of(world: World, fault: str) -> None:
    world.service.faults.set(methods=("views.open",), **{fault: 1})
    person = world.person("ben")
    await person.types("/ask Which gloves?")
    await person.sees("I couldn't open the form in time.")
    await person.types("/ask Which gloves?")
    assert (await person.submits())["outcome"] == "closed"


async def test_busy_is_said(database_url: str, tmp_path: Path) -> None:
    async with slack_world(database_url, tmp_path, limits=Limits(in_flight=0)) as world:
        person = world.person("ben")
        await person.types("/rounds help")
        await person.sees("I'm busy just now. Nothing was done; please try again in a minute.")


async def test_errors_stand_beside_their_fields_and_the_rest_stays(world: World) -> None:
    person = world.person("ben")
    await person.types("/rounds me")
    await person.presses("Join", on="You have not joined")
    outcome = await person.submits(can_help="falls", zone="Nowhere/Land")
    assert outcome["outcome"] == "errors"
    assert list(outcome["errors"]) == ["zone"]
    assert (await person.submits(zone="Europe/London"))["outcome"] == "closed"
    await person.sees("You joined.")


async def test_tags_are_suggested_and_new_ones_can_be_typed(world: World) -> None:
    await asks(world, "ben", "How to prevent falls?", tags="falls, night")
    await world.settles()
    person = world.person("dana")
    await person.types("/ask")
    assert await person.suggestions("tags", "fal") == ["fal", "falls"]
    assert await person.suggestions("tags", "falls") == ["falls"]
    assert await person.suggestions("tags", "<!channel> & co") == ["<!channel> & co"]


# Look-alikes


async def alike(world: World) -> SlackPerson:
    await asks(world, "ben", "How do you prevent falls at night?")
    await world.settles()
    person: SlackPerson = world.person("dana")
    await person.types("/ask")
    outcome = await person.submits(title="How to prevent falls at night?", details="Really?", tags="night")
    assert outcome["outcome"] == "updated"
    seen = await person.sees("Was this asked before?")
    assert seen.kind == "form"
    assert "How do you prevent falls at night?" in seen.text
    return person


async def posted(world: World, words: str) -> int:
    await world.settles()
    return sum(words in message["text"] for message in await world.api.messages("questions"))


async def test_that_answers_it(world: World) -> None:
    person = await alike(world)
    await person.presses("That answers it")
    assert (await person.sees("Good. Nothing was posted.")).kind == "form"
    assert await posted(world, "How to prevent") == 0


async def test_ask_anyway_however_often_it_is_pressed(world: World) -> None:
    person = await alike(world)
    form = await person.sees("Was this asked before?")
    button = next(one for one in form.item["buttons"] if one["label"] == "Ask anyway")
    pressed = {"on": form.id, "option": "", "block_id": button["block_id"], "action_id": button["action_id"]}
    outcomes = await asyncio.gather(*(person._do("presses", **pressed) for _ in range(2)), return_exceptions=True)
    assert {"outcome": "answered"} in outcomes
    await world.person("ben").sees("How to prevent falls at night?")
    assert await posted(world, "How to prevent") == 1


async def test_change_it(world: World) -> None:
    person = await alike(world)
    await person.presses("Change it")
    form = await person.sees("Your question, in one sentence")
    assert {field["name"]: field["value"] for field in form.item["fields"]} | {"place": ""} == {
        "title": "How to prevent falls at night?",
        "details": "Really?",
        "tags": ["night"],
        "place": "",
        "anonymous": [],
    }
    await person.submits(title="Which socks have a grip?")
    await world.person("ben").sees("Which socks have a grip?")
    assert await posted(world, "How to prevent") == 0


# Home


async def test_home_shows_what_waits_and_is_drawn_anew_after_what_is_done_there(world: World) -> None:
    expert = await world.joins("chidi", can_help="falls")
    asker = await asks(world, "ben", "How to prevent falls?", tags="falls")
    await expert.sees("Can you help?")
    await expert.opens_home()
    waiting = await expert.sees("What waits for you")
    assert waiting.kind == "home"
    await expert.presses("Answer", on=waiting.id)
    await expert.submits(text="Low beds.")
    await asker.sees("Low beds.")

    async def drawn_anew() -> bool:
        home = next(one for one in await expert.everything() if one.kind == "home")
        return "What waits for you" not in home.text

    await until(drawn_anew)
    await asker.opens_home()
    home = await asker.sees("1 answer in the thread. Did one help?")
    await asker.presses("This helped", on=home.id)
    await asker.submits()
    assert "Good to hear" in (await asker.sees("Good to hear")).text
    await asker.sees("Solved: what helped came from")


async def test_a_form_from_home_is_answered_where_one_is(world: World) -> None:
    person = world.person("ben")
    await person.opens_home()
    await person.presses("Ask", on=(await person.sees("You have asked nothing yet.")).id)
    await person.submits(title="Which gloves?")
    seen = await person.sees("Posted in #questions.")
    assert seen.kind == "form"
    await until(lambda: has_it_at_home(person, "Which gloves?"))


async def has_it_at_home(person: SlackPerson, words: str) -> bool:
    return any(one.kind == "home" and words in one.text for one in await person.everything())


async def test_a_guest_is_shown_a_home_without_anything_of_others(world: World) -> None:
    await asks(world, "ben", "Which gloves?")
    guest = world.person("gus")
    await guest.opens_home()
    assert (await guest.sees("learn together")).kind == "home"
    await guest.sees_not("Which gloves?")


# Shortcuts, groups, prefix


async def test_a_shortcut_from_anywhere_opens_the_form(world: World) -> None:
    person = world.person("ben")
    await person.uses_shortcut("Ask a question")
    await person.submits(title="Which gloves?")
    await world.person("dana").sees("Which gloves?")
    assert (await person.sees("Posted in #questions.")).kind == "form"


async def test_ones_own_message_can_be_kept_at_once(world: World) -> None:
    author = world.person("ben")
    message = await author.types("Does anybody know which gloves do not tear?")
    await author.uses_shortcut("Save to Rounds…", on=message["id"])
    form = await author.sees("What others will find")
    assert "Does anybody know which gloves do not tear?" in str(form.item["fields"])
    await author.submits(what="question")
    assert await posted(world, "which gloves do not tear?") == 2


async def test_a_bare_group_lists_what_there_is(world: World) -> None:
    person = world.person("dana")
    await person.types("/rounds")
    seen = await person.sees("/rounds me")
    assert seen.kind == "private reply"
    await person.presses(next(one["label"] for one in seen.item["buttons"]))
    assert (await person.everything())[-1].id != seen.id


async def test_commands_with_a_prefix(database_url: str, tmp_path: Path) -> None:
    async with slack_world(database_url, tmp_path, command_prefix="cop-") as world:
        person = world.person("ben")
        assert (await person.types("/ask x"))["outcome"] == "unknown"
        await person.types("/cop-ask Which gloves?")
        await person.submits()
        await world.person("dana").sees("Which gloves?")
        await person.types("/cop-rounds help")
        seen = await person.sees("/cop-ask")
        assert " /ask" not in seen.text


async def test_a_mention_in_a_command_is_the_person(world: World) -> None:
    person = world.person("ben")
    await person.types("/ask Does @dana know <!channel> & <b>?")
    form = await person.sees("Your question, in one sentence")
    assert form.item["fields"][0]["value"] == "Does @dana know <!channel> & <b>?"
    await person.submits()
    seen = await world.person("dana").sees("Does @dana know <!channel> & <b>?")
    assert seen.item["mentions"] == ["ben"]  # who asks, and nobody who is only named
