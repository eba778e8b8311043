"""A process that sleeps longer than its lease, and wakes to find that another went on without it."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

from tests.reliability.processes import PLACES, Ground, until

POSTS = 24
AGAIN = len(PLACES)  # the first note that is the second one of its place


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
async def test_one_of_two_processes_frozen_longer_than_its_lease_sends_nothing_twice(
    field: Ground, tmp_path: Path
) -> None:
    hold = tmp_path / "hold"
    hold.mkdir()
    # In one place it is frozen before it sends, in another when the message has arrived and nobody has written that down.
    drawing, sent = f"drawing {AGAIN}", f"sent note {AGAIN + 1}"
    held = [hold / where.replace(" ", "-") for where in (drawing, sent)]
    for file in held:
        file.touch()
    frozen = await field.bot(hold)
    await field.person("ada").types(f"/flood {POSTS}")
    await frozen.says(drawing, sent)
    frozen.freeze()

    async def all_arrived() -> bool:
        return len({one.text for one in await field.notes()}) == POSTS

    other = await field.bot()
    await until("the other one has sent everything", all_arrived)
    for file in held:
        file.unlink()
    frozen.thaw()
    await frozen.stop()  # having finished what it was about
    await other.stop()
    notes = await field.notes()
    counts = Counter(one.text for one in notes)
    assert (len(counts), set(counts.values())) == (POSTS, {1})
    for lane, place in enumerate(PLACES[:2]):
        here = [one.text for one in notes if one.place == place]
        assert here[:2] == [f"note {lane}.", f"note {AGAIN + lane}."]
