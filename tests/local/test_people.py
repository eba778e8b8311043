"""What people do and see at the service: who sees a closed place, private replies, waiting for changes."""

from __future__ import annotations

import asyncio
from typing import Any

import aiohttp
import pytest

from adapters.local.chat.messages import LONGEST_TEXT
from adapters.local.client import ApiError
from bot.core.ports import Outgoing
from bot.core.replies import Said
from bot.core.ui import say
from tests.local.stage import Stage, outgoing

SECRET = "words for the ward team alone"


def in_ward_team(id: str = "d1") -> Outgoing:
    return outgoing(say(SECRET), "ward-team", id=id)


async def test_a_closed_place_does_not_exist_for_others_anywhere(stage: Stage) -> None:
    """Chidi is in #ward-team; Emre is not."""
    card = int(await stage.platform.send(outgoing(to="ward-team")))
    chidi, emre = stage.person("chidi", "ward-team"), stage.person("emre", "ward-team")
    await chidi.types(SECRET)
    await chidi.sees(SECRET)
    await emre.sees_not(SECRET)
    await emre.sees_not("ward-team")

    press = {"message": card, "packed": "tips.thank|1"}
    attempts: list[tuple[str, str, Any]] = [
        ("GET", "view?place=ward-team", None),
        ("GET", "view?place=dm-chidi", None),
        ("POST", "type", {"place": "ward-team", "text": "let me in"}),
        ("POST", "type", {"place": "ward-team", "text": "/ask"}),
        ("POST", "type", {"place": "ward-team", "text": "hm", "thread": card}),
        ("POST", "type", {"place": "questions", "text": "hm", "thread": card}),
        ("POST", "type", {"place": "dm-chidi", "text": "hello"}),
        ("POST", "press", press),
    ]
    for method, path, given in attempts:
        with pytest.raises(ApiError) as caught:
            await stage.api.request(method, f"/api/as/emre/{path}", given)
        assert caught.value.status == 404, path
    async with aiohttp.ClientSession() as session:
        for path in ("ward-team", "dm-chidi", f"ward-team?thread={card}"):
            async with session.get(f"{stage.service.url}/as/emre/{path}") as page:
                assert page.status == 404
        for path in ("questions", f"questions?thread={card}"):
            async with session.get(f"{stage.service.url}/as/emre/{path}") as page:
                text = await page.text()
                assert page.status == 200
                assert "ward-team" not in text
                assert "cool bag" not in text

    number = (await stage.api.request("GET", "/api/as/emre/view"))["seq"]
    await chidi.types("more of it")
    assert (await stage.api.request("GET", f"/api/as/emre/changes?after={number}&wait=0.05"))["seq"] == number

    await stage.api.add_member("ward-team", "emre")
    await emre.sees(SECRET)
    await stage.api.remove_member("ward-team", "emre")
    await emre.sees_not(SECRET)


async def test_guests_see_only_what_they_were_added_to(stage: Stage) -> None:
    await stage.api.add_person("gus", "Sample: Gus G.", guest=True)
    await stage.person("ben").types("good morning")
    gus = stage.person("gus")
    await gus.sees_not("good morning")
    await stage.api.add_member("questions", "gus")
    await gus.sees("good morning")


async def test_people_whose_account_is_closed_do_and_see_nothing(stage: Stage) -> None:
    await stage.api.change_person("ben", active=False)
    for method, path in [("GET", "view"), ("GET", "changes"), ("POST", "type")]:
        with pytest.raises(ApiError, match="not_allowed"):
            await stage.api.request(method, f"/api/as/ben/{path}", {"place": "questions", "text": "x"})


async def test_archived_places_can_be_read_and_not_written(stage: Stage) -> None:
    ben = stage.person("ben")
    await ben.types("before")
    await stage.api.change_place("questions", archived=True)
    await ben.sees("before")
    with pytest.raises(ApiError, match="archived"):
        await ben.types("after")


async def test_private_replies_can_be_pressed_and_sent_away_by_their_reader_alone(stage: Stage) -> None:
    ben, dana = stage.person("ben"), stage.person("dana")
    card = outgoing().card
    stage.bot.answers(Said(card))
    await ben.types("/x")
    seen = await ben.sees("cool bag")
    press = {"message": seen.id, "packed": "tips.thank|1"}
    with pytest.raises(ApiError, match="no_such_message"):
        await stage.api.request("POST", "/api/as/dana/press", press)
    with pytest.raises(ApiError, match="no_such_message"):
        await stage.api.request("DELETE", f"/api/as/dana/private/{seen.id}")
    with pytest.raises(ApiError, match="no_such_message"):
        await stage.api.request("PATCH", f"/bot/messages/{seen.id}", {"card": {"title": "x"}})
    with pytest.raises(ApiError, match="no_such_message"):
        await stage.api.request("POST", "/api/as/ben/type", {"place": "questions", "text": "x", "thread": seen.id})
    await ben.presses("Thanks")
    for one in await ben.everything():
        await stage.api.request("DELETE", f"/api/as/ben/private/{one.id}")
    assert await ben.everything() == []
    await dana.sees_not("cool bag")


async def test_only_buttons_that_are_there_can_be_pressed(stage: Stage) -> None:
    card = int(await stage.platform.send(outgoing()))
    for message, packed in [(card, "tips.thank|2"), (card, ""), (card + 1, "tips.thank|1"), (0, "x")]:
        with pytest.raises(ApiError) as caught:
            await stage.api.request("POST", "/api/as/ben/press", {"message": message, "packed": packed})
        assert caught.value.status == 404


async def test_somebody_elses_form_cannot_be_sent_or_cancelled(stage: Stage) -> None:
    for method, path, given in [
        ("POST", "submit", {"form": "form-made-up", "values": {}}),
        ("DELETE", "forms/form-made-up", None),
    ]:
        with pytest.raises(ApiError, match="no_such_form"):
            await stage.api.request(method, f"/api/as/ben/{path}", given)


async def test_waiting_ends_when_something_changes_and_not_before(stage: Stage) -> None:
    number = (await stage.api.request("GET", "/api/as/ben/view"))["seq"]
    waiting = asyncio.create_task(stage.api.request("GET", f"/api/as/ben/changes?after={number}&wait=30"))
    await stage.api.request("GET", "/api/directory")
    assert not waiting.done()
    await stage.person("dana").types("news")
    assert (await waiting)["seq"] > number
    answer = await stage.api.request("GET", f"/api/as/ben/changes?after={number}&wait=30")
    assert answer["seq"] > number  # at once


async def test_numbers_of_changes_survive_a_restart(stage: Stage) -> None:
    await stage.person("dana").types("news")
    number = (await stage.api.request("GET", "/api/as/ben/view"))["seq"]
    await stage.restart()
    await stage.person("dana").types("more news")
    answer = await stage.api.request("GET", f"/api/as/ben/changes?after={number}&wait=5")
    assert answer["seq"] > number


async def test_a_failed_expectation_lists_what_is_seen(stage: Stage) -> None:
    ben = stage.person("ben")
    await ben.types("one thing")
    with pytest.raises(AssertionError, match=r"ben does not see 'another thing'(.|\n)*one thing"):
        await ben.sees("another thing", within=0.05)
    with pytest.raises(AssertionError, match="one thing"):
        await ben.sees_not("one thing")


@pytest.mark.parametrize(
    ("path", "given", "status"),
    [
        ("/api/people", {"id": "Ben B", "name": "x"}, 400),
        ("/api/people", {"id": "bot", "name": "x"}, 400),
        ("/api/people", {"id": "ben", "name": "x"}, 409),
        ("/api/people", {"id": "x", "name": "x", "zone": "Mars/Olympus"}, 400),
        ("/api/people", {"id": "x"}, 400),
        ("/api/places", {"id": "dm-x", "name": "x"}, 400),
        ("/api/places", {"id": "x", "name": ""}, 400),
        ("/api/as/ben/type", {"place": "questions", "text": "   "}, 400),
        ("/api/as/ben/type", {"place": "questions", "text": "x" * (LONGEST_TEXT + 1)}, 400),
        ("/api/as/ben/type", {"place": "questions", "dm": True, "text": "x"}, 400),
        ("/api/as/ben/type", {"place": "questions", "text": "\ud800"}, 400),
        ("/api/as/nobody/type", {"place": "questions", "text": "x"}, 404),
        ("/faults", {"fail_before": 2}, 400),
        ("/faults", {"chaos": 1}, 400),
        ("/nothing/here", {}, 404),
    ],
)
async def test_what_makes_no_sense_is_refused(stage: Stage, path: str, given: Any, status: int) -> None:
    with pytest.raises(ApiError) as caught:
        await stage.api.request("POST", path, given)
    assert caught.value.status == status


async def test_direct_conversations_are_no_places_to_change(stage: Stage) -> None:
    for method, path in [("PATCH", "/api/places/dm-ben"), ("PUT", "/api/places/dm-ben/members/dana")]:
        with pytest.raises(ApiError, match="no_such_place"):
            await stage.api.request(method, path, {"name": "mine"})
