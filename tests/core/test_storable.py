"""What no database keeps is taken out of what somebody sent, wherever it is in it."""

from __future__ import annotations

from bot.core.events import Command, PersonChanged, Ref, Several, Submit
from bot.core.storable import storable

WHO = Ref("slack", "T1", "U1")
BAD, GOOD = "a\0b \ud800 c", "ab ? c"


def test_texts_lists_and_mappings() -> None:
    assert storable(BAD) == GOOD
    assert storable([BAD, 1, None, True]) == [GOOD, 1, None, True]
    assert storable({BAD: (BAD,)}) == {GOOD: (GOOD,)}


def test_events_and_what_is_in_them() -> None:
    assert storable(Submit("k", WHO, WHO, BAD, BAD, {BAD: [BAD]})) == Submit("k", WHO, WHO, GOOD, GOOD, {GOOD: [GOOD]})
    several = Several("k", (PersonChanged("k", WHO, BAD), PersonChanged("k", WHO, "Ada")))
    assert storable(several) == Several("k", (PersonChanged("k", WHO, GOOD), PersonChanged("k", WHO, "Ada")))


def test_what_can_be_kept_is_left_as_it_is() -> None:
    event = Command("k", WHO, WHO, "ask 👩🏽\u200d⚕️ \u202e?", {"@ada": "x"})
    assert storable(event) is event
