"""What a message of ours quotes, read from Discord's components; and who keeps what somebody chose in a menu."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import assume, example, given, settings
from hypothesis import strategies as st

from adapters.discord import render
from adapters.discord.inbound import understood
from adapters.discord.profile import ref
from adapters.discord.text import escaped, unescaped
from bot.core.events import Click, Shortcut
from bot.core.ports import Refused
from bot.core.text import Quoted, Text
from bot.core.ui import Card, Section
from storage.ledger.deliveries import CONFIDED
from tests.discord import payloads
from tests.discord.drawn import texts, words
from tests.discord.payloads import GUILD
from tests.fakes.discord import DiscordPerson
from tests.support.discord import discord_world
from tests.support.keeping import ENTRY, WORDS, holding, registry

ADDRESSES = st.builds(
    lambda one, address, other: f"{one}https://{address}{other}",
    words,
    st.text("ab.c/_~()", min_size=1, max_size=6),
    st.text("ab \u200a*_)(.[]<\\/\n", max_size=6),
)
QUOTABLE = st.one_of(words, ADDRESSES, st.lists(ADDRESSES, min_size=2, max_size=2).map("".join)).filter(str.strip)


def one_kind_of_break(text: str) -> str:
    """As Discord's client reads line breaks of other kinds and form feeds."""
    return text.replace("\r\n", "\n").replace("\r", "\n").replace("\f", " ")


def pressed_on(card: Card) -> str:
    drawn = render.message(card, GUILD, payloads.DELIVERY)
    native = payloads.press("test.press|1")
    native["message"]["components"] = json.loads(json.dumps(drawn.body["components"]))
    found = understood(native, GUILD)
    assert isinstance(found, Click)
    return found.words


@settings(max_examples=150, deadline=None)
@given(QUOTABLE)
@example("https://a.b\u200a*c")
@example("https://a.b*c https://a.b *c")
@example("1. a\n> b\n# c\n\\")
def test_what_was_escaped_comes_back(text: str) -> None:
    assert unescaped(escaped(text)) == one_kind_of_break(text)


@settings(max_examples=60, deadline=None)
@given(QUOTABLE, words, texts, st.booleans())
@example("a", "", (Quoted("b"),), True)
@example("a", "", ("", Quoted("b")), False)
@example("a\n\n", "", ("\n\nb",), False)
def test_what_a_message_quotes_comes_back_as_it_was(text: str, before: str, after: Text, apart: bool) -> None:
    """Where no other quotation follows at once: Discord shows the two as one."""
    first = next((span for span in after if not (isinstance(span, str) and not span.strip())), None)
    after = () if isinstance(first, Quoted) else after
    body = (before, "\n", Quoted(text), *(() if apart else ("\n", *after)))
    card = Card("A title", body, sections=(Section(after),) if apart else ())
    assume(not render.message(card, GUILD, payloads.DELIVERY).cut)
    assert pressed_on(card) == one_kind_of_break(text)


@pytest.mark.parametrize("body", [("nothing",), ("> nothing",), ("within a ", Quoted("line")), (Quoted("  "),)])
def test_what_is_not_set_apart_is_not_quoted(body: Text) -> None:
    assert pressed_on(Card("> A title", body, state=(Quoted("small print"),))) == ""


@pytest.mark.parametrize("forum", [False, True])
async def test_a_message_of_somebody_else_is_kept_when_they_agree(
    forum: bool, database_url: str, tmp_path: Path
) -> None:
    chosen: list[Shortcut] = []
    async with discord_world(database_url, tmp_path, registry=registry(chosen), forum=forum) as world:
        ada, ben = DiscordPerson(world.api, "ada"), DiscordPerson(world.api, "ben")
        root = (await ada.types("How do you prevent falls?"))["message"]
        reply = (await ben.says(WORDS, thread_of="prevent falls?"))["message"]
        await ada.chooses_in_menu(ENTRY, of="prevent <falls>")
        assert [(one.message, one.thread) for one in chosen] == [
            (f"{root}:{reply}", f"{root}:{root}" if forum else str(root))
        ]
        await ada.submits()
        await ada.sees("They were asked.")
        await ben.sees("May I keep this?")
        assert await holding(world.database, "prevent <falls>") == set()
        await world.restarts()  # who belongs to which server is in nobody's memory
        await ben.presses("OK")
        await ben.sees("It is kept.")
        assert await holding(world.database, WORDS) == {"audit"}
        assert await holding(world.database, CONFIDED) == {"delivery"}


async def test_where_it_cannot_be_sent_nothing_is_kept(database_url: str, tmp_path: Path) -> None:
    async with discord_world(database_url, tmp_path, registry=registry()) as world:
        ada, ben = world.person("ada"), world.person("ben")
        for closed, text in ((True, WORDS), (False, "*" * 1999)):  # closed to us; too long once it is escaped
            await ben.types(text)
            await world.api.change_person("ben", dms_closed=closed)
            await ada.chooses_in_menu(ENTRY, of="worry" if closed else "***")
            await ada.submits()
            await ada.sees("They can't be asked.")
            await ada.dismisses()
            assert await holding(world.database, "worry" if closed else "***") == set()


async def test_nobodys_words_can_be_read(database_url: str, tmp_path: Path) -> None:
    async with discord_world(database_url, tmp_path, registry=registry()) as world:
        with pytest.raises(Refused, match="menu"):
            await world.rounds.platforms["discord"].words(ref(GUILD, "1"), "2", "")
