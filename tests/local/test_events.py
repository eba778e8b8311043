"""From a person to the bot and back, seen from a bare websocket: acknowledgements, redelivery, answers of every kind."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any

import pytest

from adapters.local.chat.workspace import NOT_IN_TIME, NOT_SHOWN
from adapters.local.client import ApiError, ChatApi, Person, together
from bot.core.clock import MovableClock
from tests.local.conftest import MakeService
from tests.local.stage import TOKEN, RawBot

Connect = Callable[[str], Awaitable[RawBot]]

FOREVER = 60.0  # seconds; longer than any test
SAYS_HELLO = {"type": "message", "card": {"body": ["Hello to you"]}}
FORM: dict[str, Any] = {
    "type": "form",
    "form": {
        "title": "Share a tip",
        "submit": "Share",
        "origin": "/share tip",
        "draft": "draft-1",
        "fields": [
            {"name": "text", "kind": "paragraph", "title": "What did you learn?"},
            {"name": "whom", "kind": "person", "title": "From whom?", "required": False},
        ],
    },
}


async def test_a_command_is_answered_in_its_own_response(make_service: MakeService, connect: Connect) -> None:
    service = await make_service()
    bot = await connect(service.url)
    async with ChatApi(service.url) as api:
        ada, ben = Person(api, "ada"), Person(api, "ben")
        typing = asyncio.create_task(ada.types("/greet  everyone "))
        frame = await bot.receives()
        assert frame["event"]["type"] == "command"
        assert frame["event"]["words"] == "greet  everyone"
        await bot.acknowledges(frame, SAYS_HELLO)
        outcome = await typing
        assert outcome["answered"]
        assert outcome["answer"]["type"] == "message"
        assert (await ada.sees("Hello to you")).kind == "private reply"
        await ben.sees_not("Hello to you")
        await bot.hears_nothing(0.05)


async def test_a_public_answer_is_for_everybody(make_service: MakeService, connect: Connect) -> None:
    service = await make_service()
    bot = await connect(service.url)
    async with ChatApi(service.url) as api:
        typing = asyncio.create_task(Person(api, "ada").types("/greet"))
        await bot.acknowledges(await bot.receives(), {**SAYS_HELLO, "private": False})
        await typing
        assert (await Person(api, "ben").sees("Hello to you")).kind == "message"


async def test_a_form_stays_open_with_its_errors_and_closes_when_it_is_done(
    make_service: MakeService, connect: Connect
) -> None:
    service = await make_service()
    bot = await connect(service.url)
    async with ChatApi(service.url) as api:
        ada = Person(api, "ada")
        typing = asyncio.create_task(ada.types("/share tip"))
        await bot.acknowledges(await bot.receives(), FORM)
        form = (await typing)["form"]

        sending = asyncio.create_task(ada.submits(text="short", whom="ben"))
        frame = await bot.receives()
        event = frame["event"]
        assert (event["type"], event["origin"], event["draft"]) == ("submit", "/share tip", "draft-1")
        assert event["values"] == {
            "text": {"kind": "paragraph", "value": "short"},
            "whom": {"kind": "person", "value": "ben"},
        }
        await bot.acknowledges(frame, {"type": "errors", "errors": {"text": "A little more, please."}})
        assert (await sending)["answer"]["type"] == "errors"
        seen = await ada.sees("A little more, please.")
        assert (seen.id, seen.item["values"]["text"]) == (form, "short")

        sending = asyncio.create_task(ada.submits(text="long enough"))
        await bot.acknowledges(await bot.receives(), {"type": "done"})
        await sending
        await ada.sees_not("Share a tip")
        with pytest.raises(ApiError, match="no_such_form"):
            await api.request("POST", "/api/as/ada/submit", {"form": form, "values": {}})


async def test_a_double_click_sends_a_form_twice(make_service: MakeService, connect: Connect) -> None:
    service = await make_service()
    bot = await connect(service.url)
    async with ChatApi(service.url) as api:
        ada = Person(api, "ada")
        typing = asyncio.create_task(ada.types("/share tip"))
        await bot.acknowledges(await bot.receives(), FORM)
        await typing
        await ada.fills(text="Use a cool bag")
        sending = asyncio.create_task(together(ada.submits(), ada.submits()))
        first, second = await bot.receives(), await bot.receives()
        assert first["id"] != second["id"]
        assert first["event"]["draft"] == second["event"]["draft"]
        await bot.acknowledges(first, {"type": "done"})
        await bot.acknowledges(second, {"type": "errors", "errors": {"": "too late to matter"}})
        await sending
        assert not await ada.everything()


async def test_silence_is_told_once_and_the_event_comes_again_three_times(
    make_service: MakeService, connect: Connect
) -> None:
    service = await make_service(patience=0.05, pauses=(0.05, 0.05, 0.05))
    bot = await connect(service.url)
    async with ChatApi(service.url) as api:
        ada = Person(api, "ada")
        outcome = await ada.types("/greet")
        assert (outcome["answered"], outcome["answer"]) == (False, None)
        frames = [await bot.receives() for _ in range(4)]
        assert len({frame["id"] for frame in frames}) == 1
        await bot.hears_nothing(0.2)
        told = [seen for seen in await ada.everything() if seen.text == NOT_IN_TIME]
        assert [seen.kind for seen in told] == ["private reply"]


async def test_an_answer_after_the_notice_still_counts_and_only_the_first(
    make_service: MakeService, connect: Connect
) -> None:
    service = await make_service(patience=0.05, pauses=(0.1, FOREVER, FOREVER))
    bot = await connect(service.url)
    async with ChatApi(service.url) as api:
        ada = Person(api, "ada")
        await ada.types("/greet")
        first, again = await bot.receives(), await bot.receives()
        await bot.acknowledges(first, SAYS_HELLO)
        await bot.acknowledges(again, SAYS_HELLO)
        await ada.sees("Hello to you")
        await bot.hears_nothing(0.05)
        assert len([seen for seen in await ada.everything() if "Hello" in seen.text]) == 1


async def test_a_cut_connection_brings_the_event_at_once_to_another_bot(
    make_service: MakeService, connect: Connect
) -> None:
    service = await make_service(patience=FOREVER, pauses=(FOREVER,) * 3)
    first = await connect(service.url)
    async with ChatApi(service.url) as api:
        typing = asyncio.create_task(Person(api, "ada").types("/greet"))
        frame = await first.receives()
        second = await connect(service.url)
        await second.hears_nothing(0.05)  # the first is busy with it
        await first.socket.close()
        again = await second.receives()
        assert again == frame
        await second.acknowledges(again, SAYS_HELLO)
        assert (await typing)["answered"]


async def test_dropped_sockets_bring_everything_again_to_the_next_that_connects(
    make_service: MakeService, connect: Connect
) -> None:
    service = await make_service(patience=FOREVER, pauses=(FOREVER,) * 3)
    bot = await connect(service.url)
    async with ChatApi(service.url) as api:
        typing = asyncio.create_task(together(*(Person(api, name).types(f"/greet {name}") for name in ("ada", "ben"))))
        before = [await bot.receives() for _ in range(2)]
        assert await api.drop_sockets() == 1
        bot = await connect(service.url)
        after = [await bot.receives() for _ in range(2)]
        assert {frame["id"] for frame in after} == {frame["id"] for frame in before}
        for frame in after:
            await bot.acknowledges(frame)
        assert [outcome["answered"] for outcome in await typing] == [True, True]


async def test_a_late_event_goes_to_a_bot_that_connects_beside_a_deaf_one(
    make_service: MakeService, connect: Connect
) -> None:
    service = await make_service(patience=0.02, pauses=(0.05, FOREVER, FOREVER))
    deaf = await connect(service.url)
    async with ChatApi(service.url) as api:
        await Person(api, "ada").types("/greet")
        await deaf.receives()
        await deaf.receives()
        other = await connect(service.url)
        assert (await other.receives())["event"]["words"] == "greet"


async def test_events_of_a_time_without_a_bot_wait_for_one(make_service: MakeService, connect: Connect) -> None:
    service = await make_service(patience=0.02)
    async with ChatApi(service.url) as api:
        outcome = await Person(api, "ada").types("/greet")
        assert not outcome["answered"]
        bot = await connect(service.url)
        await bot.acknowledges(await bot.receives(), SAYS_HELLO)
        await Person(api, "ada").sees("Hello to you")


async def test_what_nobody_could_answer_any_more_is_not_delivered(make_service: MakeService, connect: Connect) -> None:
    clock = MovableClock()
    service = await make_service(patience=0.02, clock=clock)
    async with ChatApi(service.url) as api:
        await Person(api, "ada").types("/greet")
        await api.add_person("ida", "Sample: Ida I.")
        clock.advance(timedelta(minutes=31))
        bot = await connect(service.url)
        assert (await bot.receives())["event"]["type"] == "person"  # this stays true, so it is
        await bot.hears_nothing(0.05)


async def test_several_bots_share_the_events(make_service: MakeService, connect: Connect) -> None:
    service = await make_service(patience=FOREVER, pauses=(FOREVER,) * 3)
    bots = [await connect(service.url) for _ in range(2)]
    async with ChatApi(service.url) as api:
        typing = [asyncio.create_task(Person(api, "ada").types(f"/greet {n}")) for n in range(4)]
        for bot in bots:
            for _ in range(2):
                await bot.acknowledges(await bot.receives(), {"type": "done"})
        assert all(outcome["answered"] for outcome in await together(*typing))


async def test_the_real_answer_may_follow_an_early_acknowledgement(make_service: MakeService, connect: Connect) -> None:
    service = await make_service()
    bot = await connect(service.url)
    async with ChatApi(service.url, TOKEN) as api:
        ada = Person(api, "ada")
        typing = asyncio.create_task(ada.types("/slow"))
        frame = await bot.receives()
        await bot.acknowledges(frame)
        assert await typing == {"answered": True, "answer": None, "form": None, "message": None}
        token = frame["event"]["answer_to"]
        for n in range(5):
            await api.request("POST", f"/bot/answers/{token}", {"type": "message", "card": {"body": [f"part {n}"]}})
        with pytest.raises(ApiError, match="expired"):
            await api.request("POST", f"/bot/answers/{token}", SAYS_HELLO)
        await ada.sees("part 4")


async def test_answers_expire_after_half_an_hour(make_service: MakeService, connect: Connect) -> None:
    clock = MovableClock()
    service = await make_service(clock=clock)
    bot = await connect(service.url)
    async with ChatApi(service.url, TOKEN) as api:
        typing = asyncio.create_task(Person(api, "ada").types("/slow"))
        frame = await bot.receives()
        await bot.acknowledges(frame)
        await typing
        clock.advance(timedelta(minutes=31))
        with pytest.raises(ApiError, match="expired"):
            await api.request("POST", f"/bot/answers/{frame['event']['answer_to']}", SAYS_HELLO)
        with pytest.raises(ApiError, match="expired"):
            await api.request("POST", "/bot/answers/made-up", SAYS_HELLO)


@pytest.mark.parametrize(
    "answer",
    [
        {"type": "message", "card": {"body": [{"kind": "marquee"}]}},
        {"type": "message", "card": {"title": "x" * 151}},
        {"type": "errors", "errors": {"text": "there was no form"}},
        {"type": "nonsense"},
        "words",
    ],
)
async def test_an_answer_that_cannot_be_shown_is_told_to_both_sides(
    make_service: MakeService, connect: Connect, answer: Any
) -> None:
    service = await make_service()
    bot = await connect(service.url)
    async with ChatApi(service.url) as api:
        ada = Person(api, "ada")
        typing = asyncio.create_task(ada.types("/greet"))
        frame = await bot.receives()
        await bot.acknowledges(frame, answer)
        reply = await bot.receives()
        assert (reply["id"], reply["problem"]["error"]) == (frame["id"], reply["problem"]["error"])
        await ada.sees(NOT_SHOWN)
        assert (await typing)["answered"]


async def test_frames_that_make_no_sense_change_nothing(make_service: MakeService, connect: Connect) -> None:
    service = await make_service()
    bot = await connect(service.url)
    for frame in ("{", "[]", '"x"', '{"id": 7}', '{"id": "evt-made-up", "answer": null}', '{"id": [], "answer": null}'):
        await bot.socket.send_str(frame)
    async with ChatApi(service.url) as api:
        typing = asyncio.create_task(Person(api, "ada").types("/greet"))
        while "event" not in (frame_in := await bot.receives()):
            assert "problem" in frame_in
        await bot.acknowledges(frame_in, SAYS_HELLO)
        assert (await typing)["answered"]


async def test_thread_replies_under_the_bots_cards_are_reported_without_their_words(
    make_service: MakeService, connect: Connect
) -> None:
    service = await make_service()
    bot = await connect(service.url)
    async with ChatApi(service.url, TOKEN) as api:
        ben = Person(api, "ben")
        root = (await api.request("POST", "/bot/messages", {"place": "questions", "card": {"title": "A question"}}))[
            "id"
        ]
        mine = (await ben.types("just talk"))["id"]
        await ben.says("not for the bot", thread_of=mine)
        reply = (await ben.says("a secret answer", thread_of="A question"))["id"]
        talked = (await bot.receives())["event"]
        assert talked["type"] == "talked"
        assert talked["thread"] == mine
        assert "not for the bot" not in str(talked)
        frame = await bot.receives()
        event = frame["event"]
        assert event.pop("at_ms") > 0
        assert event == {
            "type": "thread_reply",
            "person": "ben",
            "place": "questions",
            "thread": root,
            "message": reply,
        }
        await bot.acknowledges(frame)
        await bot.hears_nothing(0.05)


async def test_changes_of_the_directory_are_reported(make_service: MakeService, connect: Connect) -> None:
    service = await make_service()
    bot = await connect(service.url)
    async with ChatApi(service.url) as api:
        seen = []

        async def next_events(count: int) -> None:
            for _ in range(count):
                frame = await bot.receives()
                seen.append(frame["event"])
                await bot.acknowledges(frame)

        await api.add_person("ida", "Sample: Ida I.", "Europe/Oslo")
        await next_events(1)
        await api.change_person("ida", zone="Asia/Tokyo")
        await next_events(1)
        await api.add_place("new", closed=True)
        await next_events(2)
        await api.add_member("new", "ida")
        await next_events(1)
        await api.change_place("questions", name="asks")
        await next_events(1)
        assert [event["type"] for event in seen] == ["person", "person", "place", "members", "members", "place"]
        assert seen[1]["person"]["zone"] == "Asia/Tokyo"
        assert (seen[3]["people"], seen[4]["people"]) == ([], ["ida"])
        assert seen[5]["place"]["name"] == "asks"
