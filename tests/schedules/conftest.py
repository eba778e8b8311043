from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from bot.core.clock import MovableClock
from tests.schedules.stage import NOON, MovableDatabase, Stage


@pytest.fixture
async def stage(database_url: str, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Stage]:
    database = MovableDatabase(database_url)
    monkeypatch.setattr("schedules.relay.time", database.as_time)
    made = Stage(database, MovableClock(frozen_at=NOON))
    await made.begin()
    yield made
    await database.close()
