"""The page: what people wrote is shown as they wrote it and does nothing."""

from __future__ import annotations

import html
from datetime import UTC, datetime, timedelta
from html.parser import HTMLParser

import aiohttp
import pytest
from pydantic import Field

from adapters.local.chat.conversation import PAGE
from adapters.local.client import ChatApi
from adapters.local.client import Person as PersonAtPage
from adapters.local.profile import ref
from bot.core.clock import MovableClock
from bot.core.events import Value
from bot.core.forms import Choice, Form, FormView, Line, Option, Paragraph, Tags, YesNo
from bot.core.replies import Ask, Said, Wrong
from bot.core.text import Bold, Channel, Link, MessageLink, Person, Quoted, Typed
from bot.core.ui import Button, Card, Section, say
from tests.local.conftest import MakeService
from tests.local.stage import HOSTILE, Stage, Thank, outgoing

SHORT = HOSTILE[:70]
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; "
    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)


class Everything(Form, title="A form <b>for</b> all"):
    line: Line = Field("", title=HOSTILE, description=HOSTILE)
    text: Paragraph = Field("", title="Text")
    tags: Tags = Field((), title="Tags")
    kind: Choice = Field("", title="Kind")
    sure: YesNo = Field(False, title=HOSTILE)


class Elements(HTMLParser):
    """The names of all elements and attributes of a page, and all its text."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.elements: set[str] = set()
        self.attributes: set[str] = set()
        self.links: set[str] = set()
        self.text = ""
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.add(tag)
        self.attributes |= {name for name, _ in attrs}
        self.links |= {value or "" for name, value in attrs if name in ("href", "src")}

    def handle_data(self, data: str) -> None:
        self.text += data


async def _page(stage: Stage, path: str) -> tuple[str, Elements]:
    async with aiohttp.ClientSession() as session, session.get(stage.service.url + path) as response:
        assert response.status == 200
        policy = response.headers["Content-Security-Policy"]
        assert policy == POLICY
        page = await response.text()
        return page, Elements(page)


async def test_hostile_words_are_inert_wherever_they_stand(stage: Stage) -> None:
    await stage.api.add_person("eve", HOSTILE[:80])
    await stage.api.change_place("questions", name=SHORT)
    eve = stage.person("eve")
    card = Card(
        HOSTILE[:150],
        (
            HOSTILE,
            Bold(HOSTILE),
            Quoted(HOSTILE),
            Typed(HOSTILE),
            Link(HOSTILE, 'https://example.org/?"><script>'),
            Person(HOSTILE, (ref("eve"),), True),
            Channel(HOSTILE, ref("general")),
        ),
        sections=(Section((HOSTILE,), (Button(SHORT, Thank(tip=1), confirm=HOSTILE),)),),
        state=(HOSTILE, MessageLink(HOSTILE, ref("questions"), "1"), Link("x", "javascript:alert(1)")),
    )
    root = await stage.platform.send(outgoing(card))
    await eve.types(HOSTILE)
    await eve.says(HOSTILE, thread_of=int(root))
    stage.bot.answers(Said(say(HOSTILE)))
    await eve.types("/x")
    options = {"kind": (Option(HOSTILE, HOSTILE),)}
    values: dict[str, Value] = {"line": HOSTILE, "text": HOSTILE, "tags": [HOSTILE], "kind": HOSTILE}
    stage.bot.answers(Ask(FormView(Everything, "/x", HOSTILE, values, options, (HOSTILE,))))
    await eve.types("/x")
    stage.bot.answers(Wrong({"line": HOSTILE, "": HOSTILE}))
    await eve.submits()

    plain, known = await _page(stage, "/as/ben/general")
    for path in ("/as/eve/questions", f"/as/eve/questions?thread={root}", "/as/eve/dm-eve", "/"):
        page, shown = await _page(stage, path)
        extra = shown.elements - known.elements - {"dialog", "textarea", "select", "option", "h2", "q", "code", "time"}
        assert not extra - {
            "strong",
            "bdi",
            "span",
            "a",
            "ol",
            "li",
            "div",
            "p",
            "small",
            "ul",
            "br",
            "fieldset",
            "legend",
            "article",
            "input",
        }
        assert not [name for name in shown.attributes if name.startswith("on")]
        assert not [link for link in shown.links if not link.startswith(("/", "#text", "https://example.org/"))]
        assert "<script>window" not in page
        assert "<img" not in page
        if path.startswith("/as/eve/questions?"):
            assert shown.text.count(HOSTILE) > 10  # all of it is there, as it was written
        assert page.count("<script") == page.count('<script src="/static/')
        assert "<style" not in page
        assert "style" not in shown.attributes
    assert html.unescape(plain).count(SHORT)


async def test_times_are_the_readers_own(stage: Stage) -> None:
    await stage.person("ben").types("what time is it?")
    for person, offset in [("fumiko", "UTC+09:00"), ("gita", "UTC+05:30")]:
        page, _ = await _page(stage, f"/as/{person}/questions")
        assert offset in html.unescape(page)


async def test_a_closed_place_and_an_archived_one_say_so(stage: Stage) -> None:
    await stage.api.change_place("general", archived=True)
    page, _ = await _page(stage, "/as/ada/general")
    assert "closed</small>" in page
    assert "archived</small>" in page
    assert "disabled" in page


@pytest.mark.parametrize(
    "path", ["/as/nobody", "/as/ben/nowhere", "/as/ben/questions?thread=x", "/static/../page.py", "/static/none"]
)
async def test_what_is_not_there_is_not_found(stage: Stage, path: str) -> None:
    async with aiohttp.ClientSession() as session, session.get(stage.service.url + path) as response:
        assert response.status in (400, 403, 404)


async def test_the_way_in_leads_to_a_place(stage: Stage) -> None:
    async with aiohttp.ClientSession() as session, session.get(stage.service.url + "/as/ben") as response:
        assert response.url.path == "/as/ben/general"


async def test_problems_are_told_to_people_as_words_and_to_programs_as_json(stage: Stage) -> None:
    async with aiohttp.ClientSession() as session:
        async with session.get(stage.service.url + "/as/ben/nowhere", headers={"Accept": "text/html"}) as response:
            assert response.status == 404
            assert "Choose who you are" in await response.text()
        async with session.get(stage.service.url + "/as/ben/nowhere") as response:
            assert (await response.json())["error"] == "no_such_place"


async def test_a_long_conversation_is_shown_a_page_at_a_time(stage: Stage) -> None:
    ben, dana = stage.person("ben"), stage.person("dana")
    ids = [(await ben.types(f"message {number};"))["id"] for number in range(PAGE + 20)]
    await dana.says("an answer to the first", thread_of=ids[0])
    page, _ = await _page(stage, "/as/ben/questions")
    assert "message 19;" not in page
    assert "message 20;" in page
    assert "Earlier messages" in page
    earlier, _ = await _page(stage, f"/as/ben/questions/earlier?before={ids[20]}")
    assert "message 19;" in earlier
    assert "message 20;" not in earlier
    assert "1 reply" in earlier
    assert "The beginning of" in earlier
    for id in (ids[0], ids[-1]):  # a link leads to a message wherever it stands
        page, _ = await _page(stage, f"/as/ben/questions?message={id}")
        assert f'message-{id}"' in page


async def test_a_thread_stands_beside_its_place_and_replies_are_counted(stage: Stage) -> None:
    ben, dana = stage.person("ben"), stage.person("dana")
    root = (await ben.types("who knows?"))["id"]
    for words in ("I do", "me, too"):
        await dana.says(words, thread_of=root)
    page, _ = await _page(stage, "/as/ben/questions")
    assert "2 replies" in page
    assert "me, too" not in page
    page, _ = await _page(stage, f"/as/ben/questions?thread={root}")
    assert "me, too" in page
    assert "Reply in the thread" in page
    panel, _ = await _page(stage, f"/as/ben/questions/thread/{root}")
    assert "me, too" in panel
    assert "<body" not in panel


async def test_messages_of_one_author_stand_together_and_days_apart(make_service: MakeService) -> None:
    clock = MovableClock(frozen_at=datetime(2026, 3, 5, 12, tzinfo=UTC))
    service = await make_service(clock=clock)
    async with ChatApi(service.url) as api:
        ben = PersonAtPage(api, "ben")
        await ben.types("one")
        await ben.types("right after")
        clock.advance(timedelta(days=1))
        await ben.types("the next day")
    async with aiohttp.ClientSession() as session, session.get(service.url + "/as/ada/questions") as response:
        page = await response.text()
    assert page.count('class="message grouped"') == 1
    assert [label in page for label in ("<span>Yesterday</span>", "<span>Today</span>")] == [True, True]
    assert 'title="Thu 5 Mar 2026, 12:00 (UTC+00:00), 24 hours ago"' in page


async def test_mentions_stand_out_for_those_who_are_meant(stage: Stage) -> None:
    await stage.platform.send(outgoing(say(Person("Ben", (ref("ben"),), True), ", have a look")))
    for who, is_meant in [("ben", True), ("dana", False)]:
        page, _ = await _page(stage, f"/as/{who}/questions")
        assert ("to-me" in page) is is_meant
