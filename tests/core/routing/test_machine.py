"""A question's states: every pair of a state and a happening, one by one."""

from __future__ import annotations

import pytest

from bot.rituals.questions.machine import TRANSITIONS, Happening, NotNow, State, after, may_ask_people

# Rows: states; columns: people asked, nobody left to ask, an answer, it helped. None: cannot happen.
TABLE: dict[State, tuple[State | None, ...]] = {
    State.NEW: (State.ASKED, State.QUEUED, None, None),
    State.ASKED: (State.ASKED, State.QUEUED, State.ANSWERED, State.HELPED),
    State.QUEUED: (State.ASKED, State.QUEUED, State.ANSWERED, State.HELPED),
    State.ANSWERED: (None, None, State.ANSWERED, State.HELPED),
    State.HELPED: (None, None, State.HELPED, State.HELPED),
}
HAPPENINGS = (Happening.PEOPLE_ASKED, Happening.NOBODY_LEFT, Happening.ANSWER, Happening.HELP)


@pytest.mark.parametrize("state", State)
@pytest.mark.parametrize("happening", Happening)
def test_each_thing_that_may_happen_leads_where_the_table_says(state: State, happening: Happening) -> None:
    wanted = TABLE[state][HAPPENINGS.index(happening)]
    if wanted is None:
        with pytest.raises(NotNow, match=f"{happening} cannot happen to a question that is {state}"):
            after(state, happening)
    else:
        assert after(state, happening) is wanted
        assert after(state.value, happening) is wanted  # as the database gives it


def test_the_table_above_leaves_nothing_out() -> None:
    assert set(TABLE) == set(State)
    assert set(HAPPENINGS) == set(Happening)
    assert len(TRANSITIONS) == sum(state is not None for row in TABLE.values() for state in row)


def test_every_state_can_be_reached_and_none_is_a_dead_end() -> None:
    reached = {State.NEW}
    for _ in State:
        reached |= {to for (state, _), to in TRANSITIONS.items() if state in reached}
    assert reached == set(State)
    assert {state for state, _ in TRANSITIONS} == set(State)


@pytest.mark.parametrize("state", State)
def test_people_are_asked_until_there_is_an_answer(state: State) -> None:
    assert may_ask_people(state) is (TABLE[state][0] is not None)


def test_an_unknown_state_is_a_fault() -> None:
    with pytest.raises(ValueError, match="nonsense"):
        after("nonsense", Happening.ANSWER)
