"""The adapter: native events in, outcomes out, and a connection that comes back."""

from __future__ import annotations

import asyncio

import pytest
from pydantic import Field

from adapters.local import inbound
from adapters.local.profile import ref
from bot.core.events import (
    Click,
    Command,
    Event,
    PersonChanged,
    PlaceChanged,
    PlaceMembers,
    Several,
    Submit,
    ThreadReply,
    WorkspaceConnected,
    from_json,
    to_json,
)
from bot.core.forms import Form, FormView, Paragraph, PersonChoice
from bot.core.ports import Acknowledge
from bot.core.replies import Ask, Done, Outcome, Said, Wrong
from bot.core.ui import say
from tests.local.stage import HOSTILE, THANKS, Stage, outgoing


class NewTip(Form, title="Share a tip", submit="Share"):
    text: Paragraph = Field(title="What did you learn?")
    whom: PersonChoice | None = Field(None, title="From whom?")


def ask(**values: str) -> Ask:
    return Ask(FormView(NewTip, "/share tip", "draft-1", values, {}))


async def test_the_directory_is_reported_at_the_start_in_an_order_one_can_build_on(stage: Stage) -> None:
    (told,) = await stage.bot.hears(Several)
    first, *others = told.reports
    assert isinstance(first, WorkspaceConnected)
    assert (first.workspace, first.installer, first.zone) == (ref("local"), ref("ada"), "Europe/London")
    assert [type(event) for event in others] == [PersonChanged] * 10 + [PlaceChanged] * 3 + [PlaceMembers]
    members = others[-1]
    assert isinstance(members, PlaceMembers)
    assert members.who == tuple(ref(name) for name in ("ada", "ben", "chidi", "ines"))
    assert len({report.key for report in told.reports}) == len(told.reports)


async def test_events_say_who_where_and_what(stage: Stage) -> None:
    ben = stage.person("ben")
    card = int(await stage.platform.send(outgoing()))
    await ben.types("/find falls")
    await ben.types("/find falls", dm=True)
    await ben.presses("Thanks")
    reply = (await ben.says("me too", thread_of=card))["id"]
    in_place, in_direct = await stage.bot.hears(Command, 2)
    assert (in_place.who, in_place.place, in_place.words) == (ref("ben"), ref("questions"), "find falls")
    assert in_direct.place == ref("dm-ben")
    (click,) = await stage.bot.hears(Click)
    assert (click.packed, click.message, click.place) == ("tips.thank|1", str(card), ref("questions"))
    (thread,) = await stage.bot.hears(ThreadReply)
    assert (thread.who, thread.thread, thread.message) == (ref("ben"), str(card), str(reply))
    for event in stage.bot.heard:
        assert from_json(to_json(event)) == event


async def test_people_travel_through_forms_as_references(stage: Stage) -> None:
    dana = stage.person("dana")
    stage.bot.answers(ask(text="typed before", whom=str(ref("ben"))))
    await dana.types("/share tip")
    form = await dana.sees("typed before")
    assert form.item["values"] == {"text": "typed before", "whom": "ben"}
    stage.bot.answers(Done())
    await dana.submits(text="A cool bag")
    (submit,) = await stage.bot.hears(Submit)
    assert submit.values == {"text": "A cool bag", "whom": "local/local/ben"}
    assert NewTip.parse(submit.values) == NewTip(text="A cool bag", whom=ref("ben"))


async def test_hostile_words_come_back_as_they_were(stage: Stage) -> None:
    ben = stage.person("ben")
    stage.bot.answers(ask(text=HOSTILE))
    await ben.types(f"/share tip {HOSTILE}")
    stage.bot.answers(Said(say(HOSTILE)))
    await ben.submits()
    (command,) = await stage.bot.hears(Command)
    (submit,) = await stage.bot.hears(Submit)
    assert command.words == f"share tip {HOSTILE}"
    assert submit.values["text"] == HOSTILE
    assert (await ben.sees("everyone")).item["card"]["body"] == [HOSTILE]


async def test_each_outcome_when_it_is_quick(stage: Stage) -> None:
    ben = stage.person("ben")
    stage.bot.answers(Said(say("in private")))
    assert (await ben.types("/x"))["message"]
    stage.bot.answers(Said(say("to all"), private=False))
    await ben.types("/x")
    await stage.person("dana").sees("to all")
    stage.bot.answers(ask())
    assert (await ben.types("/x"))["form"]
    stage.bot.answers(Wrong({"text": "Please fill this in."}))
    await ben.submits(text="")
    await ben.sees("Please fill this in.")
    stage.bot.answers(Done())
    assert (await ben.submits(text="x"))["answer"] == {"type": "done"}


@pytest.mark.parametrize(
    ("outcome", "words"),
    [
        (Said(say("slow but sure")), "slow but sure"),
        (ask(), "Share a tip"),
        (Wrong({"text": "A little more.", "": "Look again."}), "A little more.\nLook again."),
    ],
)
async def test_each_outcome_when_it_takes_longer(stage: Stage, outcome: Outcome, words: str) -> None:
    go_on = asyncio.Event()

    async def slowly(event: Event, acknowledge: Acknowledge) -> Outcome:
        await acknowledge()
        await acknowledge()
        await go_on.wait()
        return outcome

    stage.bot.does = slowly
    ben = stage.person("ben")
    assert (await ben.types("/slow"))["answer"] is None
    go_on.set()
    await ben.sees(words)
    await stage.person("dana").sees_not(words)


async def test_an_event_that_failed_is_not_acknowledged(stage: Stage) -> None:
    seen = []

    async def fails_once(event: Event, acknowledge: Acknowledge) -> Outcome:
        seen.append(event.key)
        if len(seen) == 1:
            raise RuntimeError("lost the database")
        return Said(say("second time lucky"))

    stage.bot.does = fails_once
    typing = asyncio.create_task(stage.person("ben").types("/x"))
    await stage.bot.hears(Command)
    await stage.api.drop_sockets()
    assert (await typing)["answered"]
    assert seen[0] == seen[1]


async def test_the_connection_comes_back_after_the_service_was_away(stage: Stage) -> None:
    await stage.bot.hears(Several)
    await stage.restart()
    await stage.bot.hears(Several, 2)
    stage.bot.answers(Said(say("here again")))
    await stage.person("ben").types("/x")
    await stage.person("ben").sees("here again")


async def test_an_answer_whose_connection_broke_takes_the_other_way(stage: Stage) -> None:
    go_on = asyncio.Event()
    calls = []

    async def slowly(event: Event, acknowledge: Acknowledge) -> Outcome:
        if not isinstance(event, Command):
            return Done()
        calls.append(event.key)
        if len(calls) > 1:
            return Done()  # known already
        await go_on.wait()
        return Said(say("late, but here"))

    stage.bot.does = slowly
    ben = stage.person("ben")
    typing = asyncio.create_task(ben.types("/slow"))
    await stage.bot.hears(Command)
    await stage.api.drop_sockets()
    await stage.bot.hears(Command, 2)
    go_on.set()
    await ben.sees("late, but here")
    await typing


async def test_stopping_lets_what_is_under_way_finish(stage: Stage) -> None:
    go_on = asyncio.Event()

    async def slowly(event: Event, acknowledge: Acknowledge) -> Outcome:
        await go_on.wait()
        return Said(say("finished"))

    stage.bot.does = slowly
    ben = stage.person("ben")
    typing = asyncio.create_task(ben.types("/slow"))
    await stage.bot.hears(Command)
    stopping = asyncio.create_task(stage.platform.stop_receiving())
    await asyncio.sleep(0)
    late = asyncio.create_task(ben.types("/too late"))
    await asyncio.sleep(0.05)
    assert not stopping.done()
    go_on.set()
    await stopping
    assert (await typing)["answered"]
    await ben.sees("finished")
    assert len(await stage.bot.hears(Command)) == 1
    late.cancel()


CLICK = '{"id": "evt-1", "event": {"type": "click", "person": 1, "place": "x", "packed": "p", "message": 1}}'
MEMBERS = '{"id": "evt-1", "event": {"type": "members", "place": "x", "people": ["a"], "at_ms": 1e999}}'


@pytest.mark.parametrize("data", ["", "{", "[]", "7", '{"id": "evt-1"}', '{"id": 1, "event": {}}', CLICK, MEMBERS])
def test_frames_that_make_no_sense_are_malformed_and_nothing_else(data: str) -> None:
    with pytest.raises(inbound.Malformed):
        inbound.event(inbound.frame(data))


async def test_a_frame_that_makes_no_sense_does_not_end_the_connection(stage: Stage) -> None:
    (line,) = stage.service.workspace.sockets._lines
    await line.ws.send_str("{")
    await line.ws.send_json({"id": "evt-1", "event": {"type": "invented yesterday"}})
    stage.bot.answers(Said(say("still here")))
    await stage.person("ben").types("/x")
    await stage.person("ben").sees("still here")
    assert len(await stage.bot.hears(Several)) == 1


async def test_a_card_keeps_its_buttons_after_the_service_restarts(stage: Stage) -> None:
    await stage.platform.send(outgoing(THANKS))
    await stage.restart()
    await stage.bot.hears(Several, 2)
    await stage.person("ben").presses("Thanks")
    assert (await stage.bot.hears(Click))[0].packed == "tips.thank|1"
