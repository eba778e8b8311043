"""What a message of ours quotes, and what a person wrote: read from Slack, and kept only by whoever agreed."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import assume, example, given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from adapters.slack import render
from adapters.slack.inbound import understood
from bot.core.events import Click, Ref, Shortcut
from bot.core.ports import RateLimited, Refused
from bot.core.text import Quoted, Text
from bot.core.ui import Card, Section
from storage.communities import Place
from tests.fakes.slack import FakeSlack
from tests.slack import payloads
from tests.slack.drawn import VOICE, texts, words
from tests.slack.payloads import BOT, TEAM
from tests.support.keeping import ENTRY, WORDS, holding, registry
from tests.support.slack import slack_world
from tests.support.world import World

QUOTABLE = st.one_of(words, st.builds(lambda text, times: text * times, words, st.integers(2, 900))).filter(str.strip)


def pressed_on(card: Card) -> str:
    [page] = render.pages(card, VOICE)
    blocks = json.loads(json.dumps(page.blocks))
    found = understood(payloads.press(message=payloads.message(blocks=blocks)), TEAM, BOT)
    assert isinstance(found, Click)
    return found.words


@settings(max_examples=60, deadline=None)
@given(QUOTABLE, words, texts, st.booleans())
@example("a", "", (Quoted("b"),), True)
@example("x y " * 1800, "before ", (Quoted("b"),), True)
@example("a", "", (Quoted("b" * 4000),), False)
def test_what_a_message_quotes_comes_back_as_it_was(text: str, before: str, after: Text, apart: bool) -> None:
    body = (before, "\n", Quoted(text), *(() if apart else ("\n", *after)))
    card = Card("A title", body, sections=(Section(after),) if apart else ())
    assume(len(render.pages(card, VOICE)) == 1)
    assert pressed_on(card) == text


@pytest.mark.parametrize("body", [("nothing",), ("within a ", Quoted("line")), (Quoted("  "),)])
def test_what_is_not_set_apart_is_not_quoted(body: Text) -> None:
    assert pressed_on(Card("A title", body, state=(Quoted("small print"),))) == ""


def test_a_message_that_only_they_saw_has_none() -> None:
    body = payloads.press()
    del body["message"]
    found = understood(body, TEAM, BOT)
    assert isinstance(found, Click)
    assert found.words == ""


def test_an_entry_of_the_menu_says_which_thread_the_message_stands_in() -> None:
    for thread, told in (("1.1", "1.1"), ("", ""), (payloads.TS, "")):
        found = understood(payloads.message_action(thread_ts=thread), TEAM, BOT)
        assert isinstance(found, Shortcut)
        assert found.thread == told


def test_whom_a_message_mentions_is_called_by_name() -> None:
    names = {"U1": "Ada A."}
    found = understood(
        payloads.message_action(text="Ask <@U1> or <@U2>"), TEAM, BOT, names=lambda id: names.get(id, id)
    )
    assert isinstance(found, Shortcut)
    assert found.text == "Ask @Ada A. or @U2"


async def test_a_reply_of_somebody_else_is_kept_when_they_agree(database_url: str, tmp_path: Path) -> None:
    async with slack_world(database_url, tmp_path, registry=registry()) as world:
        ada, ben = world.person("ada"), world.person("ben")
        await ada.types("How do you prevent falls?")
        await ben.says(WORDS, thread_of="prevent falls?")
        await ada.chooses_in_menu(ENTRY, of="prevent <falls>")
        await ada.submits()
        await ada.sees("They were asked.")
        await ben.sees("May I keep this?")
        assert await holding(world.database, "prevent <falls>") == set()
        await ben.presses("OK")
        await ben.sees("It is kept.")
        assert await holding(world.database, WORDS) == {"audit"}
        await _cannot_be_told(world)


async def _cannot_be_told(world: World) -> None:
    ada = world.person("ada")
    await world.person("dana").types("Mats help.")
    await ada.chooses_in_menu(ENTRY, of="Mats help.")
    await world.api.change_person("dana", deleted=True)
    await ada.submits()
    await ada.sees("They can't be asked.")
    assert await holding(world.database, "Mats help.") == set()


async def test_a_message_is_read_when_its_author_agrees(database_url: str, tmp_path: Path) -> None:
    async with slack_world(database_url, tmp_path, registry=registry()) as world:
        ada, ben = world.person("ada"), world.person("ben")
        first = await ada.types("How do you prevent falls, @ben?")
        reply = await ben.says(WORDS, thread_of="prevent falls")
        await ben.says("And mats.", thread_of="prevent falls")
        platform, here = world.rounds.platforms["slack"], Ref("slack", world.service.team.id, "CQUESTIONS")
        assert await platform.words(here, first["id"], "") == "How do you prevent falls, @Sample: Ben B.?"
        assert await platform.words(here, first["id"], first["id"]) == "How do you prevent falls, @Sample: Ben B.?"
        assert await platform.words(here, reply["id"], first["id"]) == WORDS
        with pytest.raises(Refused, match="any more"):
            await platform.words(here, "1.000001", first["id"])
        await ben.deletes(reply["id"])
        with pytest.raises(Refused, match="any more"):
            await platform.words(here, reply["id"], first["id"])
        await world.api.set_faults(methods=["conversations.history"], ratelimited=1)
        with pytest.raises(RateLimited):
            await platform.words(here, first["id"], "")


@pytest.mark.parametrize("history", [True, False])
async def test_a_place_is_readable_with_the_scope_for_it(history: bool, database_url: str, tmp_path: Path) -> None:
    async with slack_world(database_url, tmp_path, registry=registry(), history=history) as world:
        async with world.database.read() as db:
            readable = set(await db.scalars(select(Place.readable)))
        assert readable == {history}
        first = await world.person("ada").types("Words.")
        platform, here = world.rounds.platforms["slack"], Ref("slack", world.service.team.id, "CQUESTIONS")
        if not history:
            with pytest.raises(Refused, match="Save to Rounds"):
                await platform.words(here, first["id"], "")


def _only_public(slack: FakeSlack) -> None:
    slack.team.install.scopes -= {"groups:history"}


async def test_the_scope_for_private_channels_is_one_of_its_own(database_url: str, tmp_path: Path) -> None:
    async with slack_world(database_url, tmp_path, registry=registry(), prepare=_only_public) as world:
        async with world.database.read() as db:
            found = {(place.closed, place.readable) for place in await db.scalars(select(Place))}
        assert found == {(False, True), (True, False)}
