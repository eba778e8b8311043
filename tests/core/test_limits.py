"""How much one person may do at once."""

from __future__ import annotations

import pytest

from bot import limits
from bot.core.events import Ref
from bot.limits import PersonRate

ADA, BEN = Ref("slack", "T1", "ada"), Ref("slack", "T1", "ben")


class Watch:
    def __init__(self) -> None:
        self.seconds = 1000.0

    def __call__(self) -> float:
        return self.seconds


@pytest.fixture
def watch() -> Watch:
    return Watch()


def test_a_burst_is_allowed_and_then_one_after_the_other(watch: Watch) -> None:
    rate = PersonRate(3, 1.0, watch)
    assert [rate.allows(ADA) for _ in range(5)] == [True, True, True, False, False]
    watch.seconds += 0.5
    assert not rate.allows(ADA)
    watch.seconds += 0.5
    assert rate.allows(ADA)
    assert not rate.allows(ADA)


def test_trying_again_too_early_does_not_put_it_off(watch: Watch) -> None:
    rate = PersonRate(1, 1.0, watch)
    assert rate.allows(ADA)
    for _ in range(9):
        watch.seconds += 0.1
        assert not rate.allows(ADA)
    watch.seconds += 0.2
    assert rate.allows(ADA)


def test_one_person_does_not_slow_another_down(watch: Watch) -> None:
    rate = PersonRate(1, 1.0, watch)
    assert rate.allows(ADA)
    assert not rate.allows(ADA)
    assert rate.allows(BEN)


def test_a_long_rest_gives_no_more_than_a_burst(watch: Watch) -> None:
    rate = PersonRate(2, 1.0, watch)
    assert rate.allows(ADA)
    watch.seconds += 3600
    assert [rate.allows(ADA) for _ in range(3)] == [True, True, False]


def test_only_so_many_people_are_remembered(watch: Watch, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "REMEMBERED_PEOPLE", 2)
    rate = PersonRate(1, 0.0, watch)
    for ref in (ADA, BEN, Ref("slack", "T1", "chidi")):
        assert rate.allows(ref)
    assert not rate.allows(BEN)
    assert rate.allows(ADA)  # forgotten, the longest ago
