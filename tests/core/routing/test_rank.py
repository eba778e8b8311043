"""Who may know: evidence first, fresh before old, and not always the same people."""

from __future__ import annotations

import math
import random
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.routing.rank import (
    FAIR,
    LATELY_DAYS,
    LIKE_ENOUGH,
    MEANT_ENOUGH,
    OFTEN,
    PEERS_AMONG,
    Candidate,
    Choice,
    PastAnswer,
    features,
    mixed,
    rank,
)

FALLS = frozenset({"falls"})


def order(*candidates: Candidate, topics: frozenset[str] = FALLS) -> list[int]:
    return [choice.member_id for choice in rank(topics, candidates)]


def answered(
    question: int = 1, likeness: float = 0.5, age: float = 0.0, helped: bool = False, **more: object
) -> PastAnswer:
    return PastAnswer(question, likeness, age, helped, **{"by_words": likeness, **more})  # type: ignore[arg-type]


def test_without_evidence_nobody_is_chosen() -> None:
    assert rank(FALLS, [Candidate(1), Candidate(2, frozenset({"wounds"}))]) == []
    assert rank(frozenset(), [Candidate(1, FALLS)]) == []
    assert rank(FALLS, []) == []


def test_being_active_is_no_evidence_but_is_said_beside_it() -> None:
    busy = tuple(answered(question, likeness=0.0, lately=True) for question in range(OFTEN))
    assert rank(FALLS, [Candidate(1, answers=busy)]) == []
    (choice,) = rank(FALLS, [Candidate(1, FALLS, busy)])
    assert choice.reasons == ("topic:falls", "active")


def test_everyone_can_be_ranked_those_without_evidence_last() -> None:
    busy = tuple(answered(question, likeness=0.0, lately=True) for question in range(50))
    choices = rank(FALLS, [Candidate(1), Candidate(2, answers=busy), Candidate(3, FALLS, load=1.0)], everyone=True)
    assert [(choice.member_id, bool(choice.reasons)) for choice in choices] == [(3, True), (2, False), (1, False)]


def test_having_said_so_is_evidence() -> None:
    (choice,) = rank(FALLS, [Candidate(1, frozenset({"falls", "wounds"}))])
    assert (choice.member_id, choice.reasons) == (1, ("topic:falls",))


def test_having_answered_something_like_it_is_evidence() -> None:
    (choice,) = rank(frozenset(), [Candidate(1, answers=[answered(question=7)])])
    assert (choice.member_id, choice.reasons) == (1, ("answered:7",))


def test_having_answered_something_hardly_like_it_is_none() -> None:
    assert rank(frozenset(), [Candidate(1, answers=[answered(likeness=LIKE_ENOUGH - 0.01)])]) == []
    assert len(rank(frozenset(), [Candidate(1, answers=[answered(likeness=LIKE_ENOUGH)])])) == 1


def test_having_answered_something_that_means_the_same_is_evidence_whatever_its_words() -> None:
    (choice,) = rank(FALLS, [Candidate(1, answers=[answered(7, 0.4, by_words=0.01, meaning=MEANT_ENOUGH)])])
    assert choice.reasons == ("answered:7",)
    # However like it is by both together, neither alone is enough.
    near = answered(7, 0.4, by_words=LIKE_ENOUGH - 0.01, meaning=MEANT_ENOUGH - 0.01)
    assert rank(FALLS, [Candidate(1, answers=[near])]) == []


def test_of_answers_as_like_it_by_words_the_one_nearer_in_meaning_is_named() -> None:
    answers = [answered(7, age=3, meaning=0.6), answered(8, age=1, helped=True, meaning=0.5)]
    assert rank(frozenset(), [Candidate(1, answers=answers)])[0].reasons == ("answered:7",)


def test_having_answered_under_the_same_tag_is_evidence() -> None:
    (choice,) = rank(frozenset(), [Candidate(1, answers=[answered(likeness=0.0, shared=0.5)])])
    assert choice.reasons == ("tagged",)


def test_the_reasons_name_the_likest_answer_and_every_topic() -> None:
    past = [answered(7, 0.3), answered(8, 0.9), answered(9, 0.4)]
    (choice,) = rank(frozenset({"night", "falls"}), [Candidate(1, frozenset({"falls", "night"}), past)])
    assert choice.reasons == ("answered:8", "topic:falls", "topic:night")


def test_of_answers_equally_like_it_the_freshest_is_named() -> None:
    past = [answered(7, age=9), answered(8, age=2), answered(9, age=5)]
    (choice,) = rank(frozenset(), [Candidate(1, answers=past)])
    assert choice.reasons == ("answered:8",)


def test_having_been_active_is_said_of_two_weeks() -> None:
    for age, said in ((LATELY_DAYS, True), (LATELY_DAYS + 1, False)):
        past = [answered(question, age=age, lately=True) for question in range(OFTEN)]
        (choice,) = rank(FALLS, [Candidate(1, FALLS, past)])
        assert ("active" in choice.reasons) is said


def test_having_helped_twice_is_said() -> None:
    (once,) = rank(frozenset(), [Candidate(1, answers=[answered(7, helped=True), answered(8, 0.4)])])
    assert once.reasons == ("answered:7",)
    (choice,) = rank(frozenset(), [Candidate(1, answers=[answered(7, helped=True), answered(8, 0.4, helped=True)])])
    assert choice.reasons == ("answered:7", "helped:2")


def test_an_answer_to_almost_the_same_question_tells_more_than_a_topic() -> None:
    assert order(Candidate(1, FALLS), Candidate(2, answers=[answered(likeness=0.9, of_likest=1.0)])) == [2, 1]


def test_a_topic_tells_more_than_an_answer_to_something_remote() -> None:
    assert order(Candidate(1, answers=[answered(likeness=0.3, of_likest=0.4)]), Candidate(2, FALLS)) == [2, 1]


BETTER = {
    "the more alike": (answered(of_likest=0.3), answered(of_likest=0.4)),
    "what helped": (answered(), answered(helped=True)),
    "what is fresh": (answered(age=200), answered(age=3)),
    "the same tags": (answered(), answered(shared=0.5)),
    "lately": (answered(age=3), answered(age=3, lately=True)),
    "nearly as like as the likest": (answered(of_likest=0.4), answered(of_likest=0.5)),
}


@pytest.mark.parametrize(("less", "more"), BETTER.values(), ids=BETTER.keys())
def test_better_evidence_comes_first(less: PastAnswer, more: PastAnswer) -> None:
    assert order(Candidate(1, answers=[less]), Candidate(2, answers=[more])) == [2, 1]


def test_more_evidence_counts_for_more() -> None:
    assert order(Candidate(1, FALLS), Candidate(2, FALLS, [answered(likeness=0.1)])) == [2, 1]


def test_who_answers_little_but_under_its_tags_comes_before_who_answers_everything() -> None:
    this = [answered(question, age=1, shared=1.0, of_likest=1.0, lately=True) for question in range(3)]
    everything = [answered(question, likeness=0.0, age=1, lately=True) for question in range(3, 60)]
    assert order(Candidate(1, answers=[*this, *everything]), Candidate(2, answers=this)) == [2, 1]


def test_of_equals_who_can_be_asked_at_once_comes_first() -> None:
    assert order(Candidate(1, FALLS), Candidate(2, FALLS, available=True)) == [2, 1]


def test_who_was_asked_a_lot_is_asked_later_but_still_somebody_to_ask() -> None:
    assert order(Candidate(1, FALLS, load=0.2), Candidate(2, FALLS)) == [2, 1]
    assert order(Candidate(1, FALLS, load=1.0)) == [1]


def test_a_fair_share_of_the_asking_puts_nobody_behind_who_knows_less() -> None:
    knows, knows_less = answered(of_likest=1.0), answered(of_likest=0.8)
    assert order(Candidate(1, answers=[knows_less]), Candidate(2, answers=[knows], load=FAIR)) == [2, 1]
    assert order(Candidate(1, answers=[knows_less]), Candidate(2, answers=[knows], load=2 * FAIR)) == [1, 2]


def test_ties_go_to_who_was_asked_less() -> None:
    assert order(Candidate(1, FALLS, load=FAIR), Candidate(2, FALLS)) == [2, 1]


def test_ties_go_to_the_lower_number() -> None:
    assert order(Candidate(3, FALLS), Candidate(1, FALLS), Candidate(2, FALLS)) == [1, 2, 3]


def test_what_past_answers_tell_is_as_it_was_fitted() -> None:
    """By hand, from the comments at the weights."""
    past = [
        PastAnswer(1, likeness=0.5, age_days=180, helped=True, shared=0.4, of_likest=1.0, lately=True),
        PastAnswer(2, likeness=0.25, age_days=14, helped=False, of_likest=0.5, lately=True),
        PastAnswer(3, likeness=0.0, age_days=360, helped=False, shared=0.2),
    ]
    assert features(past) == pytest.approx(
        (
            math.log1p(5 * (1 / 2 + 0.25 * 0.5 ** (14 / 180))),
            math.log1p(2),
            math.log1p(0.6),
            math.log1p(0.5 ** (180 / 30) + 0.5 ** (14 / 30)),
            math.log1p(14),
            2 / 5,
            0.6 / 5,
            1 / 5,
        )
    )
    assert features([]) == (0, 0, 0, 0, math.log1p(365), 0, 0, 0)
    assert features([answered(age=2000)])[4] == math.log1p(365)


# Whom to ask of those ranked


def ranked(*loads: float) -> list[Choice]:
    return [Choice(id, 10.0 - id, ("topic:falls",), load) for id, load in enumerate(loads, 1)]


def asked(choices: list[Choice], most: int) -> list[int]:
    return [choice.member_id for choice in mixed(choices, most)]


def test_the_third_place_goes_to_somebody_who_was_not_asked_lately() -> None:
    assert asked(ranked(0.5, 0.5, 0.1, 0.1, 0.0, 0.0), 3) == [1, 2, 5]
    assert mixed(ranked(0.5, 0.5, 0.1, 0.0), 3)[-1].reasons == ("topic:falls", "peer")


def test_without_such_a_person_the_next_is_asked() -> None:
    assert asked(ranked(0.5, 0.5, 0.1, 0.1), 3) == [1, 2, 3]
    assert asked(ranked(0.5, 0.5, 0.0, 0.0), 3) == [1, 2, 3]
    assert asked(ranked(*[0.5] * (3 + PEERS_AMONG), 0.0), 3) == [1, 2, 3]


def test_one_or_two_are_simply_the_likeliest() -> None:
    assert asked(ranked(0.5, 0.5, 0.0), 1) == [1]
    assert asked(ranked(0.5, 0.5, 0.0), 2) == [1, 2]
    assert asked(ranked(0.5, 0.5), 3) == [1, 2]
    assert asked([], 3) == []


# Whatever they are


ANSWERS = st.builds(
    PastAnswer,
    st.integers(1, 9),
    st.floats(0, 1),
    st.floats(0, 2000),
    st.booleans(),
    st.floats(0, 1),
    st.floats(0, 1),
    st.booleans(),
)
CANDIDATES = st.lists(
    st.builds(
        Candidate,
        st.integers(1, 50),
        st.frozensets(st.sampled_from(["falls", "night", "wounds"])),
        st.lists(ANSWERS, max_size=4).map(tuple),
        st.sampled_from([0.0, 0.0, 0.1, 0.5, 1.0]),
        st.booleans(),
    ),
    max_size=8,
    unique_by=lambda candidate: candidate.member_id,
)
TOPICS = st.frozensets(st.sampled_from(["falls", "night"]))


@given(CANDIDATES, TOPICS, st.integers(), st.integers(0, 5))
def test_the_order_does_not_depend_on_how_they_come(
    candidates: list[Candidate], topics: frozenset[str], seed: int, most: int
) -> None:
    shuffled = list(candidates)
    random.Random(seed).shuffle(shuffled)
    choices = rank(topics, candidates)
    assert rank(topics, shuffled) == choices
    assert mixed(rank(topics, shuffled), most) == mixed(choices, most)
    assert all(choice.reasons for choice in choices)
    assert [choice.score for choice in choices] == sorted((choice.score for choice in choices), reverse=True)


@given(CANDIDATES, TOPICS, st.integers(0, 5))
def test_nobody_is_asked_twice_or_out_of_the_blue(
    candidates: list[Candidate], topics: frozenset[str], most: int
) -> None:
    choices = rank(topics, candidates)
    chosen = [choice.member_id for choice in mixed(choices, most)]
    assert len(chosen) == len(set(chosen)) == min(most, len(choices))
    assert set(chosen) <= {choice.member_id for choice in choices}
    assert chosen[: min(most, 2)] == [choice.member_id for choice in choices[: min(most, 2)]]


def place(choices: list[Choice], member_id: int) -> int:
    return next((i for i, choice in enumerate(choices) if choice.member_id == member_id), len(choices))


@given(CANDIDATES, st.sampled_from(["falls", "night"]))
def test_saying_that_one_can_help_never_puts_one_back(candidates: list[Candidate], topic: str) -> None:
    topics = frozenset({"falls", "night"})
    for candidate in candidates:
        more = replace(candidate, can_help=candidate.can_help | {topic})
        others = [other for other in candidates if other is not candidate]
        before = place(rank(topics, [*others, candidate]), candidate.member_id)
        assert place(rank(topics, [*others, more]), candidate.member_id) <= before


@given(CANDIDATES, TOPICS)
def test_having_been_asked_more_never_puts_one_forward(candidates: list[Candidate], topics: frozenset[str]) -> None:
    for candidate in candidates:
        more = replace(candidate, load=candidate.load + 0.3)
        others = [other for other in candidates if other is not candidate]
        before = place(rank(topics, [*others, candidate]), candidate.member_id)
        assert place(rank(topics, [*others, more]), candidate.member_id) >= before
