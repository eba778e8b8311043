"""Whatever comes: damaged payloads are malformed or events, and nobody's words go further than they should."""

from __future__ import annotations

import copy
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from adapters.slack.inbound import Malformed, neutral
from bot.core.events import Event, Shortcut, Submit, from_json, to_json
from tests.slack import payloads
from tests.slack.payloads import SECRET, TEAM
from tests.slack.test_inbound import EVENTS, Json, read

WHOLE = [
    payloads.command("hello <@U0ADA|ada>"),
    payloads.press(thread="1.1"),
    payloads.press_in_view("home"),
    payloads.press_in_view("modal"),
    payloads.submission(),
    payloads.suggestion(),
    payloads.message_action(),
    payloads.shortcut(),
    *(body for body, _ in EVENTS),
]
STRANGE = st.sampled_from(
    [
        None,
        "",
        "x",
        0,
        -1.5,
        True,
        [],
        {},
        [None],
        {"id": None},
        "1e400",
        "nan",
        "-99999999999999",
        10**30,
        "[1]",
        '{"a": 1}',
    ]
)


def paths(value: Any, at: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, one in inner:
        yield (*at, key)
        yield from paths(one, (*at, key))


@st.composite
def damaged(draw: st.DrawFn) -> Json:
    body: Json = copy.deepcopy(draw(st.sampled_from(WHOLE)))
    for _ in range(draw(st.integers(1, 3))):
        *way, last = draw(st.sampled_from(list(paths(body))))
        holder: Any = body
        for key in way:
            holder = holder[key]
        if draw(st.booleans()):
            holder[last] = copy.deepcopy(draw(STRANGE))
        else:
            del holder[last]
        if not body:
            break
    return body


@settings(max_examples=400, deadline=None)
@given(damaged())
def test_a_damaged_payload_is_malformed_or_an_event_that_can_be_kept(body: Json) -> None:
    try:
        found = read(body)
    except Malformed:
        return
    if isinstance(found, Event):
        assert from_json(to_json(found)) == found


def test_what_is_wrong_with_a_payload_is_told_without_its_words() -> None:
    body = payloads.submission()
    body["view"]["state"]["values"] = SECRET
    with pytest.raises(Malformed) as caught:
        read(body)
    assert SECRET not in str(caught.value)


def test_no_words_of_anybody_are_in_an_event_but_in_what_they_sent_us() -> None:
    for body in WHOLE:
        found = read(body)
        if not isinstance(found, Shortcut | Submit):
            assert SECRET not in repr(found)


@given(st.text())
def test_any_typed_text_can_be_read(text: str) -> None:
    words, mentioned = neutral(text, TEAM)
    assert words == words.strip()
    assert isinstance(mentioned, dict)
