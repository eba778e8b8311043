"""Forms of more fields than Discord shows at once, and what is wrong in them: a form closes when it is sent."""

from __future__ import annotations

from tests.discord.stage import OpenWorld


async def test_a_form_of_seven_fields_is_filled_in_two_steps(on_stage: OpenWorld) -> None:
    async with on_stage() as (world, stage):
        ben = world.person("ben")
        await ben.types("/many")
        form = await ben.submits(name="beds", number="12", details="All wards.", size="l", sure=True)
        assert form["kind"] == "message"
        await ben.sees("Step 1 of 2 is kept.")
        await ben.presses("Continue")
        assert (await ben.sees("Many questions (2 of 2)")).kind == "form"
        await ben.submits(where="here", words="bed, ward")
        await ben.sees("12 of beds, l, True, here, bed+ward; All wards.")
        assert stage.done == ["beds"]


async def test_an_error_in_the_first_step_is_named_at_the_end_and_can_be_mended(on_stage: OpenWorld) -> None:
    async with on_stage() as (world, stage):
        ben = world.person("ben")
        await ben.types("/many")
        await ben.submits(name="beds", number="a dozen")
        await ben.presses("Continue")
        await ben.submits(where="here", words="air, bed, cot, dew, ear, fan, gel, hay, ink")
        seen = await ben.sees("How many are there?: This should be a whole number, like 12.")
        assert "Words for it: At most 8 tags, please." in seen.text
        assert seen.kind == "private reply"
        await ben.presses("Open it again")
        form = await ben.sees("Many questions (1 of 2)")
        assert form.kind == "form"
        assert "beds" in form.text
        assert "a dozen" in form.text
        await ben.submits(number="12")
        await ben.presses("Continue", on="Step 1 of 2 is kept.")
        again = await ben.sees("Many questions (2 of 2)")
        assert "here" in again.text
        await ben.submits(words="bed")
        await ben.sees("12 of beds, s, False, here, bed")
        assert stage.done == ["beds"]


async def test_what_the_handler_refuses_opens_the_step_that_has_it(on_stage: OpenWorld) -> None:
    async with on_stage() as (world, _):
        ben = world.person("ben")
        await ben.types("/many")
        await ben.submits(name="beds", number="12")
        await ben.presses("Continue")
        await ben.submits(where="nowhere")
        await ben.sees("Where is it?: There is no such place.")
        await ben.presses("Open it again")
        assert "nowhere" in (await ben.sees("Many questions (2 of 2)")).text
        await ben.submits(where="here")
        await ben.sees("12 of beds, s, False, here")


async def test_the_steps_are_kept_over_a_restart(on_stage: OpenWorld) -> None:
    async with on_stage() as (world, _):
        ben = world.person("ben")
        await ben.types("/many")
        await ben.submits(name="beds", number="12")
        await world.restarts()
        await ben.presses("Continue")
        await ben.submits(where="here")
        await ben.sees("12 of beds, s, False, here")


async def test_a_form_that_takes_long_is_answered_privately_when_it_is_done(on_stage: OpenWorld) -> None:
    async with on_stage() as (world, stage):
        ben = world.person("ben")
        await ben.types("/many")
        await ben.submits(name="beds", number="12")
        await ben.presses("Continue")
        stage.gate.clear()
        assert (await ben.submits(where="nowhere"))["kind"] == "deferred"
        stage.gate.set()
        seen = await ben.sees("Where is it?: There is no such place.")
        assert seen.kind == "private reply"
        await ben.presses("Open it again")
        await ben.submits(where="here")
        await ben.sees("12 of beds, s, False, here")
