"""What a card quotes, an entry in a message's menu, and a person's words when they are asked for."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from adapters.local import inbound, render
from adapters.local.chat.native import check_card
from adapters.local.client import ApiError
from bot.core.events import Click, Ref, Shortcut
from bot.core.ports import Refused
from bot.core.text import Bold, Quoted, Text
from bot.core.ui import Card, Section
from tests.local.stage import Stage
from tests.support.keeping import WORDS, registry
from tests.support.world import local_world

SPANS = st.one_of(st.text(max_size=20), st.text(max_size=20).map(Bold), st.text(max_size=20).map(Quoted))


def pressed_on(card: Card) -> str:
    drawn = check_card(json.loads(json.dumps(render.card(card))))
    native = {"type": "click", "person": "ben", "place": "questions", "packed": "x", "message": 1, "answer_to": "t"}
    found = inbound.event({"id": "e1", "event": {**native, "card": drawn}})
    assert isinstance(found, Click)
    return found.words


@settings(max_examples=60, deadline=None)
@given(
    st.text(min_size=1, max_size=9000).filter(str.strip), st.text(max_size=9), st.lists(SPANS, max_size=3).map(tuple)
)
def test_what_a_card_quotes_comes_back_as_it_was(text: str, before: str, after: Text) -> None:
    assert pressed_on(Card("A title", (before, "\n", Quoted(text), *after), sections=(Section(after),))) == text


@pytest.mark.parametrize("body", [("nothing",), ("within a ", Quoted("line")), (Quoted("  "),)])
def test_what_is_not_set_apart_is_not_quoted(body: Text) -> None:
    assert pressed_on(Card("A title", body, state=(Quoted("small print"),))) == ""


async def test_an_entry_of_the_menu(stage: Stage) -> None:
    await stage.platform.request("PUT", "/bot/shortcuts", ["Keep this"])
    ada, ben = stage.person("ada"), stage.person("ben")
    root = await ada.types("How?")
    reply = await ben.says("Like this.", thread_of="How?")
    await ada.chooses_in_menu("Keep this", of="Like this.")
    await ada.chooses_in_menu("Keep this", of="How?")
    found: list[Any] = [event for event in stage.bot.heard if isinstance(event, Shortcut)]
    told = [(one.name, one.message, one.author, one.text, one.thread) for one in found]
    assert told == [
        ("Keep this", str(reply["id"]), Ref("local", "local", "ben"), "Like this.", str(root["id"])),
        ("Keep this", str(root["id"]), Ref("local", "local", "ada"), "How?", ""),
    ]
    with pytest.raises(ApiError, match="no such entry"):
        await ada.chooses_in_menu("Something else", of="How?")


async def test_words_are_read_when_they_are_asked_for(database_url: str, tmp_path: Path) -> None:
    """By a form that is opened with them; what is gone cannot be read."""
    async with local_world(database_url, tmp_path, registry=registry()) as world:
        ben = world.person("ben")
        message = str((await ben.types(WORDS))["id"])
        platform, here = world.rounds.platforms["local"], Ref("local", "local", "questions")
        assert await platform.words(here, message, "") == WORDS
        for place, gone in ((here, "999"), (Ref("local", "local", "general"), message)):
            with pytest.raises(Refused):
                await platform.words(place, gone, "")
