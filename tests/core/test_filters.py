"""Filters that are typed among a command's words."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.core.filters import Filter, parse_typed, typable, typed_as

KNOWN = (Filter("tag", "A tag", "tags"), Filter("from", "Who", "person"), Filter("after", "When", "date"))


@pytest.mark.parametrize(
    ("text", "left", "found"),
    [
        ("heels", "heels", {}),
        ("", "", {}),
        (
            "heels tag:falls from:@ada after:2026-01",
            "heels",
            {"tag": ["falls"], "from": ["@ada"], "after": ["2026-01"]},
        ),
        ("tag:a heels  tag:b at night", "heels at night", {"tag": ["a", "b"]}),
        ('tag:"night shift" heels', "heels", {"tag": ["night shift"]}),
        ("from:“@Ada B.” heels", "heels", {"from": ["@Ada B."]}),
        ("TAG:Falls", "", {"tag": ["Falls"]}),
        ("https://e.org/tag:x see note:this 10:30", "https://e.org/tag:x see note:this 10:30", {}),
        ("tag: falls", "tag: falls", {}),
        ('tag:"" tag:"', 'tag:"" tag:"', {}),
        ('say "tag:falls" twice', 'say "tag:falls" twice', {}),
        ('tag:"night shift', 'tag:"night shift', {}),
        ("two\nlines  stay", "two\nlines  stay", {}),
        ("tag:falls note:this heels", "note:this heels", {"tag": ["falls"]}),
    ],
)
def test_what_is_typed(text: str, left: str, found: dict[str, list[str]]) -> None:
    assert parse_typed(text, KNOWN) == (left, found)


def test_a_filter_is_typed_in_quotation_marks_where_it_has_spaces() -> None:
    assert typed_as("tag", "falls") == "tag:falls"
    assert typed_as("tag", "night  shift") == 'tag:"night shift"'
    assert typed_as("tag", 'the "long" “night”') == 'tag:"the long night"'
    assert typed_as("tag", " ") == typed_as("tag", "“”") == ""


@given(st.text(max_size=30), st.text(max_size=10))
def test_what_is_chosen_elsewhere_is_read_as_if_it_was_typed(value: str, words: str) -> None:
    left, found = parse_typed(f"heels {typed_as('tag', value)}", KNOWN)
    assert left.split()[0] == "heels"
    assert found == ({"tag": [typable(value)]} if typable(value) else {})
    assert parse_typed(words, ()) == (words.strip(), {})
