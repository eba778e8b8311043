"""A process that sleeps longer than its lease, and wakes to find that another went on without it."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest
from sqlalchemy import select

from storage.engine import Database
from storage.ledger.deliveries import SENDING, SENT, Delivery
from tests.reliability.processes import PLACES, Ground, until

POSTS = 24
FIRST, SECOND = len(PLACES), len(PLACES) + 1  # the second notes of the first two places
# The others in these places follow them; the last of them is a direct message after a post among these.
BEHIND = {number for number in range(SECOND + 1, POSTS) if number % len(PLACES) in (0, 1)}


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
async def test_one_of_two_processes_frozen_longer_than_its_lease_sends_nothing_twice(
    field: Ground, tmp_path: Path
) -> None:
    hold = tmp_path / "hold"
    hold.mkdir()
    # In one place it is frozen before it sends, in another when the message has arrived and that is not written down yet.
    # Nowhere between a look at the clock and the request that follows at once: there nobody could help.
    held = [hold / f"drawing-{FIRST}", hold / f"settling-{SECOND}"]
    for file in held:
        file.touch()
    frozen = await field.bot(hold)
    await field.person("ada").types(f"/flood {POSTS}")
    await frozen.says(f"drawing {FIRST}", f"settling {SECOND}")
    database = Database(field.database)

    async def numbers(state: str) -> set[int]:
        async with database.read() as db:
            return set(await db.scalars(select(Delivery.subject).where(Delivery.state == state)))

    async def nothing_else_is_under_way() -> bool:
        return await numbers(SENT) == set(range(POSTS)) - BEHIND - {FIRST, SECOND}

    async def all_are_settled() -> bool:
        return await numbers(SENT) == set(range(POSTS))

    await until("nothing else is under way", nothing_else_is_under_way)
    frozen.freeze()
    assert await numbers(SENDING) == {FIRST, SECOND}

    other = await field.bot()
    await until("the other one has sent everything", all_are_settled)
    for file in held:
        file.unlink()
    frozen.thaw()
    await frozen.stop()  # having finished what it was about
    await other.stop()
    await database.close()
    notes = await field.notes()
    counts = Counter(one.text for one in notes)
    assert (len(counts), set(counts.values())) == (POSTS, {1})
    for lane, place in enumerate(PLACES[:2]):
        here = [one.text for one in notes if one.place == place]
        assert here[:2] == [f"note {lane}.", f"note {lane + FIRST}."]
