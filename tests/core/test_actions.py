"""Actions: what a button carries comes back as it was put in, also years later."""

from __future__ import annotations

from urllib.parse import quote

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from bot.core.storable import LARGEST_NUMBER
from bot.core.ui import Action, Seconds, prefix_of


class Everything(Action, prefix="test.everything"):
    number: int
    text: str
    sure: bool = False
    maybe: int | None = None
    words: str | None = None


class Old(Action, prefix="test.changed"):
    tip: int


class New(Action, prefix="test.changed"):
    tip: int
    source: str = "card"


TEXTS = st.one_of(st.text(max_size=12), st.text(alphabet="|%/+ é✓", max_size=8))


IDS = st.integers(-LARGEST_NUMBER, LARGEST_NUMBER)


@given(IDS, TEXTS, st.booleans(), st.none() | IDS, st.none() | TEXTS)
def test_what_a_button_carries_comes_back(
    number: int, text: str, sure: bool, maybe: int | None, words: str | None
) -> None:
    action = Everything(number=number, text=text, sure=sure, maybe=maybe, words=words)
    try:
        packed = action.pack()
    except ValueError:
        assume(False)
    assert len(packed) <= 70
    assert prefix_of(packed) == "test.everything"
    assert Everything.unpack(packed) == action


@given(TEXTS)
def test_it_is_packed_whole_or_not_at_all(text: str) -> None:
    action = Everything(number=1, text=text * 5)
    size = len("test.everything|1||False|%|%") + len(quote(text * 5, safe=""))
    if size <= 70:
        assert Everything.unpack(action.pack()) == action
    else:
        with pytest.raises(ValueError, match="longer than 70 characters"):
            action.pack()


def test_what_is_too_long_is_refused_when_it_is_packed() -> None:
    assert len(Everything(number=1, text="x" * 42).pack()) == 70
    with pytest.raises(ValueError, match="longer than 70 characters"):
        Everything(number=1, text="x" * 43).pack()


def test_nothing_and_an_empty_text_are_told_apart() -> None:
    empty = Everything(number=1, text="", words="")
    assert Everything.unpack(empty.pack()).words == ""
    assert Everything.unpack(Everything(number=1, text="").pack()).words is None


def test_a_percent_sign_is_a_percent_sign() -> None:
    assert Everything.unpack(Everything(number=1, text="%", words="%").pack()).words == "%"


def test_an_action_without_values_is_its_prefix() -> None:
    class Bare(Action, prefix="test.bare"):
        pass

    assert Bare().pack() == "test.bare"
    assert Bare.unpack("test.bare") == Bare()


def test_a_button_on_an_old_message_still_works() -> None:
    assert New.unpack(Old(tip=7).pack()) == New(tip=7, source="card")


@pytest.mark.parametrize("number", [LARGEST_NUMBER + 1, -LARGEST_NUMBER - 1, 10**30])
def test_a_number_that_can_be_no_id_is_refused(number: int) -> None:
    with pytest.raises(ValueError, match="too large"):
        Old.unpack(f"test.changed|{number}")


def test_an_instant_outgrows_ids() -> None:
    class Then(Action, prefix="test.then"):
        at: Seconds

    in_2100 = 4_102_444_800
    assert Then.unpack(Then(at=in_2100).pack()) == Then(at=in_2100)


def test_what_was_never_packed_by_us_is_refused() -> None:
    with pytest.raises(ValueError, match="longer than 70"):
        Everything.unpack(f"test.everything|1|{'x' * 70}")


@pytest.mark.parametrize("packed", ["test.changed|x", "test.changed|7|card|more", "test.changed", "test.changed|%"])
def test_values_that_do_not_fit_are_refused(packed: str) -> None:
    with pytest.raises(ValueError):  # noqa: PT011  # pydantic's and ours
        New.unpack(packed)
