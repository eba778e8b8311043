"""The page: what people wrote is shown as they wrote it and does nothing."""

from __future__ import annotations

import html
from html.parser import HTMLParser

import aiohttp
import pytest
from pydantic import Field

from adapters.local.profile import ref
from bot.core.events import Value
from bot.core.forms import Choice, Form, FormView, Line, Option, Paragraph, Tags, YesNo
from bot.core.replies import Ask, Said, Wrong
from bot.core.text import Bold, Channel, Link, MessageLink, Person, Quoted, Typed
from bot.core.ui import Button, Card, Section, say
from tests.local.stage import HOSTILE, Stage, Thank, outgoing

SHORT = HOSTILE[:70]


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
        assert "default-src 'none'" in policy
        assert "unsafe" not in policy
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
        }
        assert not [name for name in shown.attributes if name.startswith("on")]
        assert not [link for link in shown.links if not link.startswith(("/", "https://example.org/"))]
        assert "<script>window" not in page
        assert "<img" not in page
        if path.startswith("/as/eve/questions?"):
            assert shown.text.count(HOSTILE) > 10  # all of it is there, as it was written
        assert page.count("<script") <= 1
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
