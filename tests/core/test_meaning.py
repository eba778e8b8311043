"""Directions of texts, packed and compared."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.core.meaning import MOST_READ, Meaning, text_of

NUMBERS = st.lists(st.floats(-100, 100), min_size=4, max_size=4).filter(lambda numbers: max(map(abs, numbers)) > 0.1)


@given(NUMBERS, NUMBERS)
def test_how_alike_two_are_is_their_cosine(mine: list[float], theirs: list[float]) -> None:
    one, other = Meaning.of("m", mine), Meaning.of("m", theirs)
    cosine = sum(a * b for a, b in zip(mine, theirs, strict=True)) / math.hypot(*mine) / math.hypot(*theirs)
    assert one.likeness([other.vector, one.vector]) == pytest.approx([cosine, 1.0], abs=0.005)
    assert len(one.vector) == 8


@pytest.mark.parametrize("numbers", [[], [0.0, 0.0], [math.nan], [math.inf, 1.0]])
def test_what_has_no_direction_is_refused(numbers: list[float]) -> None:
    with pytest.raises(ValueError, match="direction"):
        Meaning.of("m", numbers)


def test_of_a_long_text_the_beginning_is_read() -> None:
    assert text_of("Falls?", "") == "Falls?"
    assert text_of("Falls?", "x" * 2 * MOST_READ) == "Falls?\n" + "x" * MOST_READ
