"""What happens between somebody's press and our answer: late, slow, twice, in direct messages, after restarts."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import Any

import pytest

from tests.discord.stage import QUICK, OpenWorld, Stage
from tests.fakes.discord import shapes
from tests.fakes.discord.faults import Fault
from tests.fakes.discord.interactions import COMPONENT, SUBMIT
from tests.support.waiting import until
from tests.support.world import World

GONE = "This button no longer does anything."


async def newest(world: World, place: str = "questions") -> Any:
    return (await world.api.messages(place))[-1]


# Slow


@pytest.mark.parametrize(("command", "said", "private"), [("slow", "Slowly: x", True), ("aloud", "Aloud: x", False)])
async def test_what_takes_long_says_so_in_time_and_answers_when_it_is_done(
    on_stage: OpenWorld, command: str, said: str, private: bool
) -> None:
    """Private or for all is fixed with the first answer: as the command was declared."""
    async with on_stage() as (world, stage):
        stage.gate.clear()
        ben, dana = world.person("ben"), world.person("dana")
        assert (await ben.types(f"/{command} x"))["kind"] == "deferred"
        assert (await newest(world))["private"] is private
        await ben.sees("is thinking…")
        stage.gate.set()
        await ben.sees(said)
        await ben.sees_not("is thinking…")
        await (dana.sees_not if private else dana.sees)(said)
        assert (await newest(world))["private"] is private
        assert stage.done == ["x"]
        assert max(ack["seconds"] for ack in world.service.acks) < 2


async def test_a_button_for_all_is_for_all_when_it_takes_long(on_stage: OpenWorld) -> None:
    async with on_stage() as (world, stage):
        ben, dana = world.person("ben", "general"), world.person("dana")
        await ben.types("/buttons")
        await world.settles()
        stage.gate.clear()
        (shown,) = [one for one in await dana.everything() if "Some buttons" in one.text]
        assert (await dana.presses("Aloud", on=shown.id))["kind"] == "deferred"
        stage.gate.set()
        await ben.sees("Pressed for all to see.")


async def test_what_says_nothing_takes_its_thinking_back(on_stage: OpenWorld) -> None:
    async with on_stage() as (world, stage):
        stage.gate.clear()
        ben = world.person("ben")
        assert (await ben.types("/silent"))["kind"] == "deferred"
        stage.gate.set()
        await until(lambda: _nothing_is_left(world))
        assert stage.done == ["silent"]


async def _nothing_is_left(world: World) -> bool:
    return not [one for one in await world.api.messages("questions") if one["loading"]]


async def test_a_long_answer_comes_in_several_messages(on_stage: OpenWorld) -> None:
    async with on_stage() as (world, _):
        ben = world.person("ben")
        await ben.types("/long")
        await ben.sees("Line 399 of many words.")
        seen = [one for one in await ben.everything() if "of many words" in one.text]
        assert len(seen) > 1
        assert all(one.kind == "private reply" for one in seen)
        assert all(f"Line {number} of" in "\n".join(one.text for one in seen) for number in range(400))


# Late, and twice


async def test_an_answer_that_comes_too_late_undoes_nothing(on_stage: OpenWorld) -> None:
    """Discord tells the person that we did not respond; what they asked for is done, once."""
    async with on_stage() as (world, stage):
        ben = world.person("ben")
        world.service.faults.add(_fault("refuse", status=404, code=10062))
        answer = await _typed_and_late(world, ben, "/slow late")
        assert answer["answered"] is False
        await ben.sees("The application did not respond")
        await until(lambda: _did(stage, ["late"]))
        assert (await ben.types("/slow again"))["kind"] == "message"
        assert stage.done == ["late", "again"]


async def _typed_and_late(world: World, person: Any, command: str) -> Any:
    await world.api.change_limits(respond_within=0.5)
    found = await person.types(command)
    await world.api.change_limits(respond_within=3.0)
    return found


async def _did(stage: Stage, done: list[str]) -> bool:
    return stage.done == done


def _fault(kind: str, **more: Any) -> Fault:
    return Fault.model_validate({"kind": kind, "route": "/callback", **more})


@pytest.mark.parametrize("kind", ["fail", "drop"])
async def test_an_answer_whose_own_answer_is_lost_was_perhaps_heard(on_stage: OpenWorld, kind: str) -> None:
    """The second try is told that somebody acknowledged already (40060): that was us."""
    async with on_stage() as (world, stage):
        ben = world.person("ben")
        world.service.faults.add(_fault(kind, after=True))
        assert (await ben.types("/slow once"))["kind"] == "message"
        await ben.sees("Slowly: once")
        await world.settles()
        assert stage.done == ["once"]
        assert len([one for one in await ben.everything() if "Slowly: once" in one.text]) == 1


async def test_a_deferral_whose_own_answer_is_lost_is_followed_all_the_same(on_stage: OpenWorld) -> None:
    async with on_stage() as (world, stage):
        ben = world.person("ben")
        stage.gate.clear()
        world.service.faults.add(_fault("fail", after=True))
        assert (await ben.types("/slow once"))["kind"] == "deferred"
        stage.gate.set()
        await ben.sees("Slowly: once")


async def test_an_answer_meets_a_discord_that_fails_for_a_moment(on_stage: OpenWorld) -> None:
    async with on_stage() as (world, _):
        ben = world.person("ben")
        world.service.faults.add(_fault("fail"))
        assert (await ben.types("/slow x"))["kind"] == "message"


async def test_the_same_press_twice_acts_once(on_stage: OpenWorld) -> None:
    """The gateway may tell us of an interaction again after it was resumed."""
    async with on_stage() as (world, stage):
        ben = world.person("ben")
        await ben.types("/slow x")
        one = next(reversed(world.service.state.interactions.values()))
        world.service.gateway.dispatch("INTERACTION_CREATE", shapes.interaction(one, world.service.state), intents=0)
        await until(lambda: _refused(world, "40060"))
        await world.settles()
        assert stage.done == ["x"]


async def _refused(world: World, code: str) -> bool:
    return any(refusal.endswith(code) for refusal in world.service.refusals)


async def test_when_too_much_is_under_way_one_is_told_so_at_once(on_stage: OpenWorld) -> None:
    async with on_stage(limits=replace(QUICK, in_flight=2)) as (world, stage):
        stage.gate.clear()
        for name in ("ben", "emre"):
            async with asyncio.timeout(
                10
            ):  # what Discord told when we connected is an event, too, and may still be under way
                while (await world.person(name).types("/slow x"))["kind"] != "deferred":
                    pass
        ben, dana = world.person("ben"), world.person("dana")
        await dana.types("/slow z")
        await dana.sees("I'm busy just now. Nothing was done; please try again in a minute.")
        stage.gate.set()
        await ben.sees("Slowly: x")


# Buttons


async def test_buttons_in_direct_messages_belong_to_the_community_that_sent_them(on_stage: OpenWorld) -> None:
    """Ben is in two servers, which are two communities; Discord does not say from which a direct message came."""
    async with on_stage() as (world, stage):
        await world.api.add_guild("Another server")
        await world.api.add_person("ben", "Sample: Ben B.", guild="Another server")
        await world.api.add_place("elsewhere", guild="Another server")
        await world.person("ben").types("/buttons")
        await world.settles()
        await world.person("ben", "elsewhere").types("/buttons")
        await world.settles()
        ben = world.person("ben")
        first, second = [
            one.id for one in await ben.everything() if one.place == "dm-ben" and "Some buttons" in one.text
        ]
        await world.restarts()
        for message in (first, second):
            await ben.presses("Press", on=message)
            await ben.presses("Tell", on=message)
            await ben.submits(text="x")
        assert stage.done == [
            f"{did} in {community}"
            for community in ("Sample community", "Another server")
            for did in ("press 7", "told x")
        ]


async def test_a_button_that_we_never_made_does_nothing_and_says_so(on_stage: OpenWorld) -> None:
    async with on_stage() as (world, stage):
        ben = world.person("ben")
        await ben.types("/buttons")
        await world.settles()
        forged = (
            "stage.press|x",
            "stage.press|1|2|3",
            "nothing",
            "a|b~" + "a" * 24,
            "stage.press",
            "|",
            "draft|nobody's",
        )
        for custom_id in forged:
            seen = await _pressed(world, "ben", custom_id)
            assert seen["kind"] == "message", custom_id
        assert stage.done == []
        await ben.sees(GONE)
        await ben.sees("This draft is gone")


async def _pressed(world: World, name: str, custom_id: str) -> Any:
    """What a client could send that is not Discord's own."""
    return await _begun(world, name, COMPONENT, {"custom_id": custom_id, "component_type": 2, "id": 1})


async def _begun(world: World, name: str, type: int, data: Any) -> Any:
    fake = world.service
    where = fake.state.place_named("questions")
    await fake.until(lambda: bool(fake.state.messages[where.id]))
    message = next(reversed(fake.state.messages[where.id]))
    one = fake.interactions.begin(fake.state.user_named(name).id, where, type, data, message=message)
    await fake.until(lambda: one.responded is not None or one.late)
    return {"kind": {4: "message", 5: "deferred", 6: "update", 9: "form"}.get(one.responded, "")}


async def test_a_form_that_we_never_made_does_nothing(on_stage: OpenWorld) -> None:
    async with on_stage() as (world, stage):
        ben = world.person("ben")
        await ben.types("/buttons")
        await world.settles()
        assert (await _begun(world, "ben", SUBMIT, {"custom_id": "d.0~/gone", "components": []}))["kind"] == "message"
        await ben.sees("This form is no longer in use.")
        await world.api.change_limits(respond_within=0.2)
        for broken in ("x", "", "~", ".~", "d.x~/many", "d.0~"):
            assert (await _begun(world, "ben", SUBMIT, {"custom_id": broken, "components": []}))["kind"] == ""
        await world.api.change_limits(respond_within=3.0)
        assert (await ben.types("/slow x"))["kind"] == "message"
        assert stage.done == ["x"]


# The product's own, where Discord is different


async def test_a_message_is_saved_from_its_menu(world: World) -> None:
    """Somebody else's when they say OK, one's own at once."""
    ben, dana = world.person("ben", "general"), world.person("dana", "general")
    await dana.types("Low beds prevent falls.")
    await ben.uses_message_command("Save to Rounds…", on="Low beds prevent falls.")
    await ben.sees("Whoever wrote it is asked first.")
    answer = await dana.uses_message_command("Save to Rounds…", on="Low beds prevent falls.")
    assert answer["kind"] == "form"
    await dana.submits()
    await ben.sees("Low beds prevent falls.")
    await world.settles()
    await dana.sees("Posted in #questions.")


async def test_tags_are_suggested_as_one_types(world: World) -> None:
    asker = world.person("ben")
    await asker.types("/ask Falls?")
    await asker.submits(tags="falls, night")
    await world.settles()
    assert await asker.completes("/ask", "tags", "fa") == ["falls"]
    assert await asker.completes("/ask", "tags", "night, fa") == ["night, falls"]
    assert await asker.completes("/ask", "tags", "zz") == []
    await asker.types("/ask text:Why at night? tags:falls")
    form = await asker.sees("Why at night?")
    assert "falls" in form.text
    assert form.kind == "form"


async def test_bare_text_is_nobodys_business(world: World) -> None:
    requests = len(world.service.requests)
    await world.person("dana", "general").types("Good morning, everybody")
    await world.person("dana", "general").types("Anybody there?")
    await world.settles()
    assert not [named for _, named in world.service.requests[requests:] if "/messages" in named]


async def test_look_alikes_are_shown_privately_before_anything_is_posted(world: World) -> None:
    first = world.person("ben")
    await first.types("/ask How do you prevent falls at night?")
    await first.submits()
    await world.settles()
    asker = world.person("dana")
    await asker.types("/ask How to prevent falls at night?")
    await asker.submits()
    seen = await asker.sees("Was this asked before?")
    assert seen.kind == "private reply"
    await first.sees_not("How to prevent falls")
    await asker.presses("Change it")
    assert "How to prevent falls at night?" in (await asker.sees("How to prevent falls at night?")).text
    await asker.submits(title="Which socks have a grip?")
    await first.sees("Which socks have a grip?")
    await asker.types("/ask How to prevent falls at night?")
    await asker.submits()
    await asker.presses("Ask anyway")
    await first.sees("How to prevent falls at night?")
    await asker.types("/ask How to prevent the falls at night?")
    await asker.submits()
    await asker.presses("That answers it")
    await asker.sees("Good. Nothing was posted.")
