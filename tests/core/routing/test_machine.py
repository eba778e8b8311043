"""A question's states: every pair of a state and a happening, one by one."""

from __future__ import annotations

import pytest

from bot.rituals.questions.machine import OPEN, TRANSITIONS, UNANSWERED, Happening, NotNow, State, after, may

# One row for each state: what each happening, in the order of the enumeration, leads to. "-": it cannot happen.
#              asked    nobody left  known     waited    reply     answer    check     helped    closed    reopened
TABLE = """
new       |  asked  |  told  |  queued  |  -       |  -         |  -         |  -         |  -       |  -       |  -
asked     |  asked  |  told  |  queued  |  -       |  paused    |  answered  |  -         |  helped  |  closed  |  -
paused    |  asked  |  told  |  queued  |  -       |  paused    |  answered  |  checking  |  helped  |  closed  |  -
checking  |  asked  |  told  |  queued  |  -       |  checking  |  answered  |  -         |  helped  |  closed  |  -
told      |  asked  |  told  |  queued  |  queued  |  paused    |  answered  |  -         |  helped  |  closed  |  -
queued    |  asked  |  told  |  queued  |  -       |  paused    |  answered  |  -         |  helped  |  closed  |  -
answered  |  asked  |  told  |  queued  |  -       |  answered  |  answered  |  answered  |  helped  |  closed  |  new
helped    |  -      |  -     |  -       |  -       |  helped    |  helped    |  -         |  helped  |  -       |  new
closed    |  -      |  -     |  -       |  -       |  closed    |  closed    |  -         |  helped  |  -       |  new
"""
ROWS = {
    line.split("|")[0].strip(): [cell.strip() for cell in line.split("|")[1:]] for line in TABLE.split("\n") if line
}


@pytest.mark.parametrize("state", State)
@pytest.mark.parametrize("happening", Happening)
def test_each_thing_that_may_happen_leads_where_the_table_says(state: State, happening: Happening) -> None:
    wanted = ROWS[state][list(Happening).index(happening)]
    assert may(state, happening) is (wanted != "-")
    if wanted == "-":
        with pytest.raises(NotNow, match=f"{happening} cannot happen to a question that is {state}"):
            after(state, happening)
    else:
        assert after(state, happening) == wanted
        assert after(state.value, happening) == wanted  # as the database gives it


def test_the_table_above_leaves_nothing_out() -> None:
    assert set(ROWS) == set(State)
    assert all(len(row) == len(Happening) for row in ROWS.values())


def test_every_state_can_be_reached_and_none_is_a_dead_end() -> None:
    reached = {State.NEW}
    for _ in State:
        reached |= {to for (state, _), to in TRANSITIONS.items() if state in reached}
    assert reached == set(State)
    assert {state for state, _ in TRANSITIONS} == set(State)


@pytest.mark.parametrize("state", State)
def test_what_is_open_can_be_answered_passed_on_and_closed(state: State) -> None:
    assert (state in OPEN) is may(state, Happening.CLOSE)
    assert may(state, Happening.PEOPLE_ASKED) is (state in (State.NEW, *OPEN))
    assert set(UNANSWERED) < set(OPEN)


def test_an_unknown_state_is_a_fault() -> None:
    with pytest.raises(ValueError, match="nonsense"):
        after("nonsense", Happening.ANSWER)
