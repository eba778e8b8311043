from __future__ import annotations

import os
import random
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.reliability.processes import Ground, ground


@pytest.fixture
def postgres_url(own_postgres_url: str) -> str:
    """One's own: programs that are killed and connections that are cut would be in the way of other tests."""
    return own_postgres_url


@pytest.fixture
async def field(database_url: str, tmp_path: Path) -> AsyncIterator[Ground]:
    async with ground(database_url, tmp_path) as made:
        yield made


@pytest.fixture
def chance() -> random.Random:
    seed = int(os.environ.get("ROUNDS_TEST_SEED") or random.SystemRandom().randrange(10**6))
    print(f"ROUNDS_TEST_SEED={seed}")
    return random.Random(seed)
