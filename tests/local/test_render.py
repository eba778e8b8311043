"""Cards, forms and outcomes as the service's JSON, and that the service takes what comes out."""

from __future__ import annotations

from base64 import b64decode
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.local import render
from adapters.local.chat.native import check_card
from adapters.local.profile import ref
from bot.core.events import Ref
from bot.core.text import Bold, Channel, Link, MessageLink, Person, Quoted, Span, Typed, When
from bot.core.ui import Attachment, Button, Card, LinkButton, Section
from tests.local.stage import Thank

ELSEWHERE = Ref("slack", "T1", "X1")
AT = datetime(2026, 3, 5, 15, 30, tzinfo=timezone(timedelta(hours=1)))


@pytest.mark.parametrize(
    ("span", "shown"),
    [
        ("<b>&", "<b>&"),
        (Bold("x"), {"kind": "bold", "text": "x"}),
        (Quoted("x"), {"kind": "quoted", "text": "x"}),
        (Link("x", "https://e.org"), {"kind": "link", "label": "x", "url": "https://e.org"}),
        (Link("x", "javascript:alert(1)"), "x (javascript:alert(1))"),
        (Link("x", "https://e.org/a b"), "x (https://e.org/a b)"),
        (When(AT), {"kind": "when", "at": "2026-03-05T14:30:00Z"}),
        (Typed("ask"), {"kind": "typed", "command": "ask"}),
        (Channel("x", ref("general")), {"kind": "channel", "name": "x", "place": "general"}),
        (Channel("x", ELSEWHERE), {"kind": "channel", "name": "x", "place": None}),
        (MessageLink("x", ref("general"), "7"), {"kind": "message", "label": "x", "place": "general", "message": 7}),
        (MessageLink("x", ELSEWHERE, "7"), "x"),
        (Person("A"), {"kind": "person", "name": "A", "person": None, "notify": False}),
        (Person("A", (ELSEWHERE,), True), {"kind": "person", "name": "A", "person": None, "notify": False}),
        (Person("A", (ELSEWHERE, ref("a")), True), {"kind": "person", "name": "A", "person": "a", "notify": True}),
    ],
)
def test_each_span(span: Span, shown: Any) -> None:
    assert render.span(span) == shown
    check_card(render.card(Card(body=(span,))))


def test_what_is_too_long_for_its_place_is_whole_in_another() -> None:
    title = "word " * 60
    shown = render.card(
        Card(title, buttons=(Button("label " * 30, Thank(tip=1)), LinkButton("Calendar", "https://e.org")))
    )
    check_card(shown)
    assert shown["title"].endswith("…")
    assert {"kind": "bold", "text": title} in shown["body"]


words = st.text(max_size=300)
spans: st.SearchStrategy[Span] = st.one_of(
    words,
    words.map(Bold),
    words.map(Quoted),
    words.map(Typed),
    st.builds(Link, words, st.one_of(words, words.map(lambda rest: f"https://{rest}"))),
    st.builds(Person, words, st.lists(st.sampled_from([ELSEWHERE, ref("ben")])).map(tuple), st.booleans()),
    st.builds(Channel, words, st.sampled_from([None, ELSEWHERE, ref("general")])),
    st.builds(MessageLink, words, st.sampled_from([ELSEWHERE, ref("general")]), st.one_of(words, st.just("12"))),
    st.datetimes(min_value=datetime(1970, 1, 2), timezones=st.just(UTC)).map(When),
)
texts = st.lists(spans, max_size=3).map(tuple)
buttons = st.lists(st.builds(Button, words, st.just(Thank(tip=1)), confirm=words), max_size=3).map(tuple)


@given(
    st.builds(
        Card,
        words,
        texts,
        st.lists(st.builds(Section, texts, buttons), max_size=3).map(tuple),
        buttons,
        texts,
        attachment=st.one_of(st.none(), st.builds(Attachment, words, st.binary(max_size=300))),
    )
)
def test_the_service_takes_whatever_is_drawn(card: Card) -> None:
    drawn = render.card(card)
    assert check_card(drawn) == drawn
    assert (b64decode(drawn["file"]["content"]) if drawn["file"] else None) == (
        card.attachment.content if card.attachment else None
    )
