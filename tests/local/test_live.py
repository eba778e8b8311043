"""Live updates, unread marks, the clock, suggestions: what keeps open pages true."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import quote

import aiohttp
import pytest

from adapters.local.app import LocalPlatform
from adapters.local.chat import words
from adapters.local.chat.clock import next_morning
from adapters.local.chat.service import ChatService
from adapters.local.client import ApiError, ChatApi, Person
from bot.core.clock import MovableClock
from bot.core.events import Ref
from bot.core.ports import Suggest
from bot.core.replies import Said
from bot.core.ui import say
from tests.local.conftest import MakeService
from tests.local.stage import HOSTILE, TOKEN, FakeBot, RawBot, Stage, outgoing
from tests.local.test_adapter import ask

Json = dict[str, Any]


class Stream:
    """What a browser hears for its windows."""

    def __init__(self, response: aiohttp.ClientResponse) -> None:
        self._response = response

    async def next(self, seconds: float = 5) -> Json:
        async with asyncio.timeout(seconds):
            while True:
                line = (await self._response.content.readline()).decode()
                if line.startswith("data: "):
                    update: Json = json.loads(line.removeprefix("data: "))
                    return update

    async def until(self, fits: Callable[[Json], bool]) -> Json:
        while not fits(update := await self.next()):
            pass
        return update

    async def is_silent(self, seconds: float = 0.2) -> bool:
        try:
            await self.next(seconds)
        except TimeoutError:
            return True
        return False


@asynccontextmanager
async def _streaming(url: str, *windows: str) -> AsyncIterator[Stream]:
    query = "&".join(f"window={quote(window)}" for window in windows)
    async with aiohttp.ClientSession() as session, session.get(f"{url}/live?{query}") as response:
        assert response.status == 200
        assert response.headers["Content-Type"] == "text/event-stream"
        yield Stream(response)


async def _now(stage: Stage, who: str, place: str = "questions") -> str:
    seq = (await stage.api.request("GET", f"/api/as/{who}/view"))["seq"]
    return f"{who}/{place}/{seq}"


def _parts(update: Json) -> dict[str, Json]:
    return {part.get("id") or part["gone"]: part for part in update["parts"]}


async def test_only_what_changed_is_drawn_anew(stage: Stage) -> None:
    ben = stage.person("ben")
    for number in range(5):
        await ben.types(f"message {number}")
    async with _streaming(stage.service.url, await _now(stage, "dana")) as stream:
        id = (await ben.types(HOSTILE))["id"]
        parts = _parts(await stream.next())
        assert parts.keys() <= {"place-questions", f"message-{id}", f"thread-message-{id}"}
        assert parts[f"message-{id}"]["into"] == "messages"
        assert "<img" not in parts[f"message-{id}"]["html"]
        assert "message 4" not in json.dumps(parts)

        reply = (await ben.says("a reply", thread_of=id))["id"]
        parts = _parts(await stream.next())
        assert "1 reply" in parts[f"message-{id}"]["html"]
        assert parts[f"message-{reply}"]["into"] == f"replies-{id}"


async def test_cards_that_are_edited_or_deleted(stage: Stage) -> None:
    card = await stage.platform.send(outgoing())
    async with _streaming(stage.service.url, await _now(stage, "dana")) as stream:
        await stage.platform.redraw(outgoing().to, card, say("other words"), "uid")
        assert "other words" in _parts(await stream.next())[f"message-{card}"]["html"]
        await stage.platform.delete(outgoing().to, card)
        assert _parts(await stream.next())[f"message-{card}"] == {"gone": f"message-{card}"}


async def test_one_stream_serves_many_windows_each_with_its_own(stage: Stage) -> None:
    windows = [await _now(stage, who, place) for who in ("ada", "ben", "emre") for place in ("questions", "ward-team")]
    async with _streaming(stage.service.url, *windows) as stream:
        await stage.person("ben", "ward-team").types("for the team alone")
        seen = {}
        for _ in range(4):
            update = await stream.next()
            seen[update["window"]] = json.dumps(update.get("parts"))
        assert await stream.is_silent()
    assert {key for key, told in seen.items() if "for the team alone" in told} == {"ada/ward-team", "ben/ward-team"}
    assert "place-ward-team" in seen["ben/questions"]


async def test_ten_windows_hear_of_a_message(stage: Stage) -> None:
    windows = [await _now(stage, who) for who in "ada ben chidi dana emre fumiko gita hugo ines jonas".split()]
    async with _streaming(stage.service.url, *windows) as stream:
        await stage.person("ben").types("good morning")
        heard = [await stream.next() for _ in windows]
    assert len({update["window"] for update in heard}) == 10
    assert all("good morning" in json.dumps(update) for update in heard)


async def test_forms_and_private_replies_reach_their_reader_alone(stage: Stage) -> None:
    ben = stage.person("ben")
    async with _streaming(stage.service.url, await _now(stage, "ben"), await _now(stage, "dana")) as stream:
        stage.bot.answers(ask())
        await ben.types("/x")
        update = await stream.next()
        assert (update["window"], "<dialog" in _parts(update)["forms"]["html"]) == ("ben/questions", True)
        stage.bot.answers(Said(say("between us")))
        await ben.submits(text="a cool bag")
        update = await stream.until(lambda one: "between us" in json.dumps(one))
        assert update["window"] == "ben/questions"
        assert "Only you see this" in json.dumps(update)
        assert await stream.is_silent()


async def test_a_window_that_missed_something_looks_at_everything(stage: Stage) -> None:
    before = await _now(stage, "ben")
    await stage.person("dana").types("meanwhile")
    async with _streaming(stage.service.url, before) as stream:
        assert (await stream.next())["refresh"] is True
    async with (
        aiohttp.ClientSession() as session,
        session.get(f"{stage.service.url}/as/ben/questions/parts") as response,
    ):
        page = await response.text()
    assert "meanwhile" in page
    assert all(f'id="{part}"' in page for part in ("messages", "places", "top", "thread", "forms", "commands"))


async def test_a_place_that_is_no_longer_theirs_is_gone(stage: Stage) -> None:
    async with _streaming(stage.service.url, await _now(stage, "ines", "ward-team")) as stream:
        await stage.api.remove_member("ward-team", "ines")
        assert (await stream.next())["gone"] is True


@pytest.mark.parametrize("window", ["ben", "ben/questions", "ben/questions/x", "//1", "ben/questions/-1"])
async def test_windows_that_make_no_sense_are_refused(stage: Stage, window: str) -> None:
    async with aiohttp.ClientSession() as session, session.get(f"{stage.service.url}/live?window={window}") as response:
        assert response.status == 400


# Unread marks


async def _unread(stage: Stage, who: str, place: str = "questions") -> int:
    async with (
        aiohttp.ClientSession() as session,
        session.get(f"{stage.service.url}/as/{who}/dm-{who}") as response,
    ):
        page = await response.text()
    return int(page.split(f'id="place-{place}" data-unread="')[1].split('"')[0])


async def test_what_others_wrote_is_unread_until_it_is_read_in_every_window_and_after_a_restart(stage: Stage) -> None:
    for number in range(3):
        await stage.person("ben").types(f"message {number}")
    assert (await _unread(stage, "dana"), await _unread(stage, "ben")) == (3, 0)
    async with _streaming(stage.service.url, await _now(stage, "dana", "general")) as stream:
        await stage.api.request("POST", "/api/as/dana/read", {"place": "questions"})
        assert 'data-unread="0"' in _parts(await stream.next())["place-questions"]["html"]
        await stage.api.request("POST", "/api/as/dana/read", {"place": "questions"})  # nothing new: nobody is told
        assert await stream.is_silent()
    await stage.restart()
    assert (await _unread(stage, "dana"), await _unread(stage, "emre")) == (0, 3)
    await stage.person("ben").types("one more")
    assert await _unread(stage, "dana") == 1


async def test_nobody_reads_what_they_do_not_see(stage: Stage) -> None:
    with pytest.raises(ApiError, match="no_such_place"):
        await stage.api.request("POST", "/api/as/emre/read", {"place": "ward-team"})


# The clock


async def test_the_clock_goes_forward_and_stays_there(tmp_path: Path) -> None:
    async def started(clock: MovableClock) -> ChatService:
        service = ChatService(tmp_path / "chat.db", TOKEN, clock=clock)
        await service.start()
        return service

    service = await started(MovableClock())
    async with ChatApi(service.url) as api:
        await api.request("POST", "/api/clock", {"advance_seconds": 2 * 86_400})
        told = await api.request("POST", "/api/clock", {"advance_seconds": 0.5})
        assert told["ahead_seconds"] == 2 * 86_400 + 0.5
        for given in (0, -1, "1", 10**9, None):
            with pytest.raises(ApiError) as caught:
                await api.request("POST", "/api/clock", {"advance_seconds": given})
            assert caught.value.status == 400
    async with aiohttp.ClientSession() as session, session.get(service.url + "/as/ada/questions") as response:
        assert "2 days ahead<span" in await response.text()
    await service.stop()
    again = MovableClock()
    service = await started(again)
    await service.stop()
    assert again.ahead == timedelta(days=2, seconds=0.5)
    playing = MovableClock(ahead=-timedelta(days=90))
    service = await started(playing)
    await service.stop()
    assert playing.ahead == -timedelta(days=90)


async def test_a_clock_that_plays_the_past_is_not_kept(tmp_path: Path) -> None:
    service = ChatService(tmp_path / "chat.db", TOKEN, clock=MovableClock(ahead=-timedelta(days=90)))
    await service.start()
    async with ChatApi(service.url) as api:
        await api.request("POST", "/api/clock", {"advance_seconds": 3600})
    await service.stop()
    later = MovableClock()
    service = ChatService(tmp_path / "chat.db", TOKEN, clock=later)
    await service.start()
    await service.stop()
    assert later.ahead == timedelta(0)


async def test_the_machines_own_clock_cannot_be_moved(stage: Stage) -> None:
    assert (await stage.api.request("GET", "/api/clock"))["movable"] is False
    with pytest.raises(ApiError, match="fixed_clock") as caught:
        await stage.api.request("POST", "/api/clock", {"advance_seconds": 1})
    assert caught.value.status == 409


async def test_everybodys_page_hears_of_the_clock(make_service: MakeService) -> None:
    service = await make_service(clock=MovableClock())
    async with ChatApi(service.url) as api:
        seq = (await api.request("GET", "/api/as/dana/view"))["seq"]
        async with _streaming(service.url, f"dana/general/{seq}") as stream:
            await api.request("POST", "/api/clock", {"advance_seconds": 60})
            assert (await stream.next())["refresh"] is True


@pytest.mark.parametrize(
    ("now", "zone", "expected"),
    [
        ("2026-03-05T08:59:00", "Europe/London", "2026-03-05T09:00:00"),  # a Thursday
        ("2026-03-05T09:00:00", "Europe/London", "2026-03-06T09:00:00"),
        ("2026-03-06T12:00:00", "Europe/London", "2026-03-09T09:00:00"),
        ("2026-03-05T23:30:00", "Asia/Tokyo", "2026-03-06T00:00:00"),
        ("2026-03-28T12:00:00", "Europe/Berlin", "2026-03-30T07:00:00"),  # summer time begins in between
    ],
)
def test_the_next_working_morning(now: str, zone: str, expected: str) -> None:
    found = next_morning(datetime.fromisoformat(now).replace(tzinfo=UTC), zone)
    assert found.astimezone(UTC) == datetime.fromisoformat(expected).replace(tzinfo=UTC)


@pytest.mark.parametrize(
    ("seconds", "told"),
    [(-5, "just now"), (5, "now"), (-60, "1 minute ago"), (7200, "in 2 hours"), (-3 * 86_400, "3 days ago")],
)
def test_how_far_off_something_is(seconds: int, told: str) -> None:
    assert words.relative(seconds * 1000, 0) == told


@pytest.mark.parametrize(
    ("seconds", "told"), [(30, ""), (3600, "1 hour"), (2 * 86_400, "2 days"), (90_061, "1 day 1 hour")]
)
def test_how_far_a_clock_is_ahead(seconds: int, told: str) -> None:
    assert words.ahead(seconds) == told


# Suggestions


async def _suggested(api: ChatApi, typed: str) -> list[str]:
    answer = await api.request("GET", f"/api/as/ben/suggest?typed={quote(typed)}")
    found: list[str] = answer["suggestions"]
    return found


async def _with(url: str, suggest: Suggest | None) -> LocalPlatform:
    platform = LocalPlatform(url, TOKEN, FakeBot(), suggest=suggest)
    await platform.start()
    return platform


async def test_tags_are_suggested_as_one_types(make_service: MakeService) -> None:
    service = await make_service()
    asked = []

    async def suggest(who: Ref, typed: str) -> tuple[str, ...]:
        asked.append((str(who), typed))
        return ("falls", HOSTILE) if typed.endswith("f") else ()

    platform = await _with(service.url, suggest)
    async with ChatApi(service.url) as api:
        assert await _suggested(api, "insulin, f") == ["falls", HOSTILE]
        assert await _suggested(api, HOSTILE) == []
    assert asked == [("local/local/ben", "insulin, f"), ("local/local/ben", HOSTILE)]
    await platform.close()


async def test_a_bot_that_fails_or_has_nothing_to_suggest_leaves_the_field_as_it_is(make_service: MakeService) -> None:
    service = await make_service()

    async def fails(who: Ref, typed: str) -> tuple[str, ...]:
        raise RuntimeError("no database")

    async with ChatApi(service.url) as api:
        assert await _suggested(api, "nobody is connected") == []
        for suggest in (fails, None):
            platform = await _with(service.url, suggest)
            assert await _suggested(api, "f") == []
            await platform.close()


async def test_a_bot_is_asked_for_suggestions_once_and_not_waited_for_long(
    make_service: MakeService, connect: Callable[[str], Awaitable[RawBot]]
) -> None:
    service = await make_service(pauses=(0.05,))
    bot = await connect(service.url)
    async with ChatApi(service.url) as api:
        assert await _suggested(api, "f") == []
        frame = await bot.receives()
        assert frame["suggest"] == {"person": "ben", "typed": "f"}
        await bot.hears_nothing(0.2)
        await bot.acknowledges(frame, ["too late"])
        for answer in ({"no": "list"}, "falls", None):
            asking = asyncio.create_task(_suggested(api, "f"))
            await bot.acknowledges(await bot.receives(), answer)
            assert await asking == []
        asking = asyncio.create_task(_suggested(api, "f"))
        await bot.acknowledges(await bot.receives(), ["falls", 3, *["x"] * 100])
        assert (await asking)[:2] == ["falls", "x"]
        assert len(asking.result()) == 25


async def test_somebody_who_was_taken_from_a_place_hears_nothing_of_it(stage: Stage) -> None:
    async with _streaming(stage.service.url, await _now(stage, "emre")) as stream:
        await Person(stage.api, "ben", "ward-team").types("for the team alone")
        assert await stream.is_silent()
