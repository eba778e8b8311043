"""Tags: however a word is typed, it is one tag."""

from __future__ import annotations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from bot.core.tags import LONGEST_TAG, normalised_tag, normalised_tags


@pytest.mark.parametrize(
    ("typed", "tag"),
    [
        ("Falls", "falls"),
        ("#falls", "falls"),
        (" #falls", "falls"),
        ("-#falls", "falls"),
        ("wound care", "wound-care"),
        ("Wound  Care ", "wound-care"),
        ("wound_care", "wound-care"),
        ("C++", "c++"),
        ("c#", "c#"),
        ("Node.js", "node.js"),
        ("falls.", "falls"),
        ("ﬁrst aid", "first-aid"),
        ("Straße", "strasse"),
        ("İstanbul", "istanbul"),
        ("cafe\u0301", "café"),
        ("हिन्दी", "हिन्दी"),
        ("தமிழ்", "தமிழ்"),
        ("夜間", "夜間"),
        ("\u093fab", "ab"),  # a vowel's mark without its letter
        ("ab \u093fc", "ab-c"),
        ("❤️", ""),
        ("#", ""),
        (" . - ", ""),
        ("", ""),
    ],
)
def test_there_is_one_way_to_write_a_tag(typed: str, tag: str) -> None:
    assert normalised_tag(typed) == tag


@given(st.text(max_size=60))
@example("İ")
@example("c++")
@example("c#")
@example("node.js")
@example("#falls")
@example("wound care")
@example("ΐ")
@example("#.#x" + "a" * 40)
@example("a" * 39 + "-b")
def test_a_tag_that_is_typed_again_stays_as_it_is(text: str) -> None:
    tag = normalised_tag(text)
    assert normalised_tag(tag) == tag
    assert len(tag) <= LONGEST_TAG
    assert not any(character.isspace() or character in ",_|" for character in tag)


@given(st.text(max_size=30))
@example("Straße")
def test_capital_letters_make_no_other_tag(text: str) -> None:
    assert normalised_tag(text.casefold()) == normalised_tag(text)


def test_tags_come_with_commas_between_each_once_in_order() -> None:
    assert normalised_tags("night, Falls, #night, , wound care") == ("night", "falls", "wound-care")


def test_more_than_eight_tags_are_refused() -> None:
    assert len(normalised_tags("a,b,c,d,e,f,g,h,a")) == 8
    with pytest.raises(ValueError, match="At most 8 tags, please"):
        normalised_tags("a,b,c,d,e,f,g,h,i")
