"""A process that sleeps longer than its lease, and wakes to find that another went on without it."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

from tests.reliability.processes import Ground, until

POSTS = 24


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
async def test_one_of_two_processes_frozen_longer_than_its_lease_sends_nothing_twice(
    field: Ground, tmp_path: Path
) -> None:
    hold = tmp_path / "hold"
    hold.mkdir()
    # In one place it is frozen before it sends, in another when the message has arrived and nobody has written that down.
    held = [hold / "drawing-4", hold / "sent-note-5"]
    for file in held:
        file.touch()
    frozen = await field.ready_bot(hold)
    await field.person("ada").types(f"/flood {POSTS}")
    await frozen.says_all({"drawing 4", "sent note 5"})
    frozen.freeze()

    async def all_arrived() -> bool:
        return len({one.text for one in await field.notes()}) == POSTS

    other = await field.ready_bot()
    await until("the other one has sent everything", all_arrived)
    for file in held:
        file.unlink()
    frozen.thaw()
    await field.person("ada").types("/do 1000")  # it is awake, and takes part again
    await field.person("ada").sees("note 1000.")
    await frozen.stop()  # having finished what it was about
    await other.stop()
    counts = Counter(one.text for one in await field.notes())
    assert set(counts.values()) == {1}
    assert len(counts) == POSTS + 1
    places = {place: [one.text for one in await field.notes() if one.place == place] for place in ("p1", "p2")}
    assert places["p1"][:2] == ["note 0.", "note 4."]
