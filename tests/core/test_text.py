"""Safe text: only our own spans carry meaning, and a text can be said in few words."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.core.events import Ref
from bot.core.text import Bold, Channel, Link, MessageLink, Person, Quoted, Typed, When, plain, shortened, split
from bot.core.ui import Button, Card, Section, say

PLACE = Ref("slack", "T1", "C1")
NOON = datetime(2026, 3, 4, 12, 0, tzinfo=UTC)


def test_every_span_can_be_said_in_plain_words() -> None:
    text = (
        "Hello ",
        Bold("bold"),
        " ",
        Quoted("words"),
        " ",
        Link("a page", "https://example.org"),
        " ",
        MessageLink("the card", PLACE, "1.2"),
        " ",
        Person("Ada"),
        " ",
        Channel("questions", PLACE),
        " ",
        When(NOON.astimezone(timezone(timedelta(hours=2)))),
        " ",
        Typed("rounds help"),
    )
    assert plain(text) == "Hello bold words a page the card Ada #questions 04 Mar 2026 12:00 UTC /rounds help"


def test_an_instant_needs_a_zone() -> None:
    with pytest.raises(ValueError, match="needs a zone"):
        When(datetime(2026, 3, 4, 12, 0))


def test_a_card_in_words_has_a_line_for_each_of_its_parts() -> None:
    card = Card(title="Title", body=("Body",), sections=(Section(("One",)), Section(("Two",))), state=("State",))
    assert card.as_text() == "Title\nBody\nOne\nTwo\nState"
    assert say("Just ", Bold("this")).as_text() == "Just this"
    assert Card().as_text() == ""
    assert Button.__name__ not in card.as_text()


@pytest.mark.parametrize(
    ("text", "length", "short"),
    [
        ("How do you prevent falls?", 100, "How do you prevent falls?"),
        ("How do you prevent falls?", 25, "How do you prevent falls?"),
        ("How do you prevent falls?", 18, "How do you…"),
        ("How do you prevent", 12, "How do you…"),
        ("How do\n\nyou  prevent\tfalls?", 100, "How do you prevent falls?"),
        ("Donaudampfschifffahrtsgesellschaft", 10, "Donaudamp…"),
        ("夜間の転倒をどう防ぎますか", 6, "夜間の転倒…"),
        ("", 10, ""),
        ("  ", 10, ""),
    ],
)
def test_a_text_is_cut_at_a_word(text: str, length: int, short: str) -> None:
    assert shortened(text, length) == short


@given(st.text(), st.integers(1, 50))
def test_a_shortened_text_is_one_line_of_that_length_at_most(text: str, length: int) -> None:
    short = shortened(text, length)
    assert len(short) <= length
    assert len(short.splitlines()) <= 1
    assert " ".join(text.split()).startswith(short.removesuffix("…").rstrip())


@pytest.mark.parametrize(
    ("text", "longest", "pieces"),
    [
        ("", 10, []),
        ("0123456789", 10, ["0123456789"]),
        ("01234567890", 10, ["0123456789", "0"]),
        ("at night by day", 12, ["at night ", "by day"]),
        ("at night by the day", 17, ["at night by the ", "day"]),  # at the last word that fits
        ("Falls. At night. By day.", 20, ["Falls. At night.", " By day."]),  # rather after a sentence than a word
        ("one two six.\nthree. four five", 20, ["one two six.\n", "three. four five"]),  # after a line
        ("one.\nthree six. four five", 20, ["one.\nthree six.", " four five"]),  # unless that is a short piece
        ("one two\nsix\n\nthree\nfour five", 20, ["one two\nsix\n", "\nthree\nfour five"]),  # after a paragraph
        ("a " + "b" * 20, 10, ["a " + "b" * 8, "b" * 10, "b" * 2]),  # nowhere, where there is nothing of the kind
    ],
)
def test_what_is_too_long_for_one_message_is_cut_where_it_reads_well(
    text: str, longest: int, pieces: list[str]
) -> None:
    assert split(text, longest) == pieces


@given(st.text("ab .\n", max_size=200), st.integers(4, 40))
def test_the_pieces_are_the_text(text: str, longest: int) -> None:
    pieces = split(text, longest)
    assert "".join(pieces) == text
    assert all(0 < len(piece) <= longest for piece in pieces)
