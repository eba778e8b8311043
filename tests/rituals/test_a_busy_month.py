"""A busy month, in small: everybody is left in peace as they chose, and can ask why; and the checks can fail."""

from __future__ import annotations

import shutil
from collections import Counter
from pathlib import Path

import aiosqlite
import pytest

from bench.busy import broken, simulate, too_much
from bench.outcome import Person
from bench.people import DAY, START, Plan
from bot.core.replies import Kind
from bot.routing.gate import UNASKED

PLAN = Plan(members=10, days=8, questions=4, seed=7)
VOLUMES = ("quiet", "normal", "full")


async def test_everybody_is_left_in_peace_as_they_chose_and_can_ask_why(
    sqlite_template: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """On SQLite, where it takes half a minute; that a shorter month keeps its promises on both is in test_a_month.py."""
    monkeypatch.setattr(aiosqlite.Connection, "_execute", aiosqlite.Connection._execute)  # so that it is put back
    _, told = await simulate(f"sqlite:///{shutil.copyfile(sqlite_template, tmp_path / 'month.db')}", PLAN)
    assert broken(told) == {promise: [] for promise in broken(())}

    # Something of every kind came to those who allow it, and to the others what they asked for.
    kinds = {volume: Counter(it.row.kind for it in told if it.at and it.to.volume == volume) for volume in VOLUMES}
    assert all(kinds[volume][kind] for volume in ("normal", "full") for kind in (*UNASKED, Kind.DIGEST, Kind.ASKED_FOR))
    assert {it.row.card for it in told if it.at and it.to.volume == "quiet"} >= {
        "digest",
        "session_soon",
        "question_news",
    }
    assert sum(it.why is not None for it in told) > 50


def test_one_too_many_would_be_noticed() -> None:
    normal, quiet, day = Person(1), Person(2, volume="quiet"), START + DAY / 2
    daily = [day + number * DAY for number in range(5)]
    assert list(too_much(normal, daily)) == []
    assert list(too_much(normal, [day, day + DAY / 4])) == ["normal: 2 on 2026-03-02"]
    assert list(too_much(normal, [*daily, day + 5 * DAY])) == ["normal: 6 in the week until 2026-03-07 12:00:00+00:00"]
    assert len(list(too_much(quiet, [day]))) == 2
