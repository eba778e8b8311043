"""The analyser: however a word is written, it is the same term, and every database takes it as it is."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from storage.search.analyser import STOPWORDS, fold, terms

WORDS = st.text(alphabet="abcdefghijklmnopqrstuvwxyzäöüßéçñøåÀÖ0123456789", min_size=1, max_size=12)
MIXED = st.text(alphabet=st.characters(codec="utf-8"), max_size=40)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("falls", "Falls"),
        ("falls", "fall"),
        ("preventing", "prevent"),
        ("café", "CAFE"),
        ("cafe\u0301", "café"),
        ("Straße", "STRASSE"),
        ("ﬁrst", "first"),
        ("Ⅷ", "viii"),
        ("㏗", "pH"),
        ("ϓ", "ύ"),
        ("İstanbul", "istanbul"),
        ("２０", "20"),
        ("C++", "c++"),
        ("C#", "c#"),
        ("ПАДЕНИЕ", "падение"),
        ("ΠΤΩΣΗΣ", "πτωσης"),
        ("ガード", "ｶﾞｰﾄﾞ"),
        ("हिन्दी", "हिन्दी"),
    ],
)
def test_two_ways_to_write_a_word_are_one_term(one: str, other: str) -> None:
    assert terms(one) == terms(other) != []


@pytest.mark.parametrize(
    ("one", "other"),
    [("c++", "c"), ("c#", "c"), ("c++", "c#"), ("夜間", "夜中"), ("दिन", "दान"), ("நாடு", "நாடி"), ("falls", "wound")],
)
def test_two_words_are_two_terms(one: str, other: str) -> None:
    assert terms(one) != terms(other)


def test_words_come_in_order_with_repetitions_and_without_those_that_tell_nothing() -> None:
    assert terms("How do you prevent falls, and falls at night?") == ["prevent", "fall", "fall", "night"]
    assert terms(" ".join(STOPWORDS)) == []


def test_scripts_without_spaces_are_cut_into_pairs() -> None:
    night, fall = terms("夜間"), terms("転倒")
    assert len(night) == len(fall) == 1
    assert terms("夜間の転倒")[0] == night[0]
    assert terms("夜間の転倒")[-1] == fall[0]
    assert len(terms("夜間の転倒")) == 4
    assert len(terms("夜")) == 1
    assert len(terms("ไทย")) == 2
    assert terms("夜間fall") == [*night, "fall"]


@given(st.text(alphabet="夜間転倒防止看護師", min_size=2, max_size=10))
def test_a_part_of_such_a_text_is_found_in_it(text: str) -> None:
    for start in range(len(text) - 1):
        assert terms(text[start : start + 2])[0] in terms(text)


@given(MIXED)
@example("'; DROP TABLE question; -- \" * NEAR( AND OR NOT ^ : { } \0")
@example("👩‍⚕️ ❤️ 1️⃣ \u202eمرحبا")
def test_a_term_is_ascii_letters_and_digits_only(text: str) -> None:
    for term in terms(text):
        assert term.isascii()
        assert term.isalnum()
        assert term == term.lower()
        assert len(term) <= 300


@given(MIXED)
def test_what_was_folded_stays_as_it_is(text: str) -> None:
    assert fold(fold(text)) == fold(text)
    assert not any(unicodedata.combining(character) for character in fold(text))


@given(MIXED)
@example("ϓ")
@example("㏗")
def test_capital_letters_and_accents_make_no_difference(text: str) -> None:
    assert terms(fold(text)) == terms(text)
    assert terms(text.casefold()) == terms(text)


@given(st.lists(WORDS | st.sampled_from(["夜間", "c++", "हिन्दी"]), max_size=6))
def test_a_text_has_the_terms_of_its_words(words: list[str]) -> None:
    assert terms(" ".join(words)) == [term for word in words for term in terms(word)]


def test_a_very_long_word_is_cut() -> None:
    assert terms("x" * 20_000) == ["x" * 64]
    assert len(terms("я" * 20_000)[0]) < 300


def test_languages_named_with_signs_are_words_of_letters() -> None:
    assert terms("C++, C# or C?") == ["cplusplus", "csharp", "c"]
