"""How a community passes its questions on: what is shipped, and what it chose instead."""

from __future__ import annotations

import json

import pytest

from bot.routing.hours import WorkingTime
from bot.routing.policy import SMALL_COMMUNITY, Policy, policy_of

SMALL, LARGE = SMALL_COMMUNITY - 1, SMALL_COMMUNITY
CHOSEN = Policy(2, 6, "asker", WorkingTime(frozenset({6, 0, 1}), 8 * 60, 14 * 60, "GB-SCT"))


@pytest.mark.parametrize(
    ("members", "rounds", "asked"),
    [
        (SMALL, 0, 1),  # where few are, one person at first, so that nobody feels swamped
        (SMALL, 1, 3),  # who then did not answer
        (LARGE, 0, 3),
        (LARGE, 1, 3),
    ],
)
def test_how_many_are_asked_at_once(members: int, rounds: int, asked: int) -> None:
    assert Policy().asked_at_once(members, rounds) == asked
    assert CHOSEN.asked_at_once(members, rounds) == 2
    assert Policy(at_once=1).asked_at_once(members, rounds) == 1


def test_how_long_those_who_were_asked_have() -> None:
    assert (Policy().hours_to_wait(SMALL), Policy().hours_to_wait(LARGE)) == (4, 8)
    assert (CHOSEN.hours_to_wait(SMALL), CHOSEN.hours_to_wait(LARGE)) == (6, 6)


@pytest.mark.parametrize("policy", [Policy(), CHOSEN])
def test_a_policy_that_is_kept_comes_back(policy: Policy) -> None:
    assert policy_of(json.loads(json.dumps(policy.as_json()))) == policy


def test_policies_that_communities_keep_already_are_read() -> None:
    """The names that stand in databases: another name here would lose what facilitators chose."""
    kept = {"at_once": 2, "wait": 6, "whose_hours": "asker", "begins": 480, "ends": 840, "country": "GB-SCT"}
    assert policy_of({**kept, "days": [0, 1, 6]}) == CHOSEN
    assert CHOSEN.as_json() == {**kept, "days": [0, 1, 6]}


@pytest.mark.parametrize("kept", [None, {}])
def test_a_community_that_chose_nothing_has_what_is_shipped(kept: dict[str, object] | None) -> None:
    assert policy_of(kept) == Policy()
