"""Clocks: one tells the real time, one can be moved, but only forward."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from bot.core.clock import MovableClock, SystemClock
from bot.core.errors import Fixable, new_reference

HOUR = timedelta(hours=1)


def test_the_real_clock_tells_the_time_in_utc() -> None:
    assert abs(SystemClock().now() - datetime.now(UTC)) < timedelta(seconds=5)
    assert SystemClock().now().utcoffset() == timedelta(0)


def test_a_frozen_clock_stands_still_until_it_is_moved() -> None:
    noon = datetime(2026, 3, 4, 12, tzinfo=UTC)
    clock = MovableClock(frozen_at=noon)
    assert clock.now() == clock.now() == noon
    clock.advance(HOUR)
    clock.advance(HOUR)
    assert clock.now() == noon + 2 * HOUR


def test_a_clock_that_was_moved_goes_on() -> None:
    clock = MovableClock(ahead=-HOUR)
    assert abs(clock.now() + HOUR - datetime.now(UTC)) < timedelta(seconds=5)
    first = clock.now()
    assert clock.now() >= first


def test_a_clock_never_goes_back() -> None:
    clock = MovableClock()
    with pytest.raises(ValueError, match="only goes forward"):
        clock.advance(-HOUR)
    clock.advance(timedelta(0))


def test_a_failure_has_a_reference_of_its_own_that_can_be_read_aloud() -> None:
    references = {new_reference() for _ in range(200)}
    assert len(references) == 200
    assert all(len(reference) == 10 and reference.startswith("R-") for reference in references)
    assert not set("".join(references)) & set("01ilo")


def test_what_can_be_fixed_names_its_field() -> None:
    problem = Fixable("Please choose one.", "place")
    assert (problem.message, problem.field, str(problem)) == ("Please choose one.", "place", "Please choose one.")
