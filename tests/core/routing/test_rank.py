"""Who may know: evidence first, fresh before old, and not always the same people."""

from __future__ import annotations

import random

from hypothesis import given
from hypothesis import strategies as st

from bot.routing.rank import LOAD, Candidate, Choice, PastAnswer, rank

FALLS = frozenset({"falls"})


def order(*candidates: Candidate, topics: frozenset[str] = FALLS) -> list[int]:
    return [choice.member_id for choice in rank(topics, candidates)]


def answered(question: int = 1, likeness: float = 0.5, age: float = 0.0, helped: bool = False) -> PastAnswer:
    return PastAnswer(question, likeness, age, helped)


def test_without_evidence_nobody_is_chosen() -> None:
    assert rank(FALLS, [Candidate(1), Candidate(2, frozenset({"wounds"}))]) == []
    assert rank(frozenset(), [Candidate(1, FALLS)]) == []
    assert rank(FALLS, []) == []


def test_having_said_so_is_evidence() -> None:
    (choice,) = rank(FALLS, [Candidate(1, frozenset({"falls", "wounds"}))])
    assert (choice.member_id, choice.reasons) == (1, ("topic:falls",))


def test_having_answered_something_like_it_is_evidence() -> None:
    (choice,) = rank(frozenset(), [Candidate(1, answers=[answered(question=7)])])
    assert (choice.member_id, choice.reasons) == (1, ("answered:7",))


def test_the_reasons_name_the_best_answer_and_every_topic() -> None:
    past = [answered(7, 0.3), answered(8, 0.9), answered(9, 0.4)]
    (choice,) = rank(frozenset({"night", "falls"}), [Candidate(1, frozenset({"falls", "night"}), past)])
    assert choice.reasons == ("answered:8", "topic:falls", "topic:night")


def test_an_answer_to_almost_the_same_question_tells_more_than_a_topic() -> None:
    assert order(Candidate(1, FALLS), Candidate(2, answers=[answered(likeness=0.9)])) == [2, 1]


def test_a_topic_tells_more_than_an_answer_to_something_remote() -> None:
    assert order(Candidate(1, answers=[answered(likeness=0.3)]), Candidate(2, FALLS)) == [2, 1]


def test_the_more_alike_the_question_the_better() -> None:
    assert order(Candidate(1, answers=[answered(likeness=0.4)]), Candidate(2, answers=[answered(likeness=0.5)])) == [
        2,
        1,
    ]


def test_an_answer_that_helped_counts_for_more() -> None:
    assert order(Candidate(1, answers=[answered()]), Candidate(2, answers=[answered(helped=True)])) == [2, 1]


def test_more_evidence_counts_for_more() -> None:
    assert order(Candidate(1, FALLS), Candidate(2, FALLS, [answered(likeness=0.1)])) == [2, 1]


def test_what_is_long_ago_counts_for_less_and_half_after_half_a_year() -> None:
    fresh, old = rank(frozenset(), [Candidate(1, answers=[answered(age=180)]), Candidate(2, answers=[answered(age=0)])])
    assert (fresh.member_id, old.member_id) == (2, 1)
    assert fresh.score == 2 * old.score


def test_who_was_asked_a_lot_is_asked_later() -> None:
    assert order(Candidate(1, FALLS, asked_lately=2), Candidate(2, FALLS)) == [2, 1]


def test_who_was_asked_a_lot_is_still_somebody_to_ask() -> None:
    assert order(Candidate(1, FALLS, asked_lately=100)) == [1]


def test_ties_go_to_the_one_asked_less_then_to_the_lower_number() -> None:
    assert order(Candidate(3, FALLS), Candidate(1, FALLS), Candidate(2, FALLS)) == [1, 2, 3]
    as_much = [Candidate(1, answers=[answered(likeness=0.9)], asked_lately=1)]
    as_much += [Candidate(2, answers=[answered(likeness=0.9 + LOAD)])]
    scores = [choice.score for choice in rank(FALLS, as_much)]
    assert scores[0] == scores[1]
    assert order(*as_much) == [2, 1]


CANDIDATES = st.lists(
    st.builds(
        Candidate,
        st.integers(1, 50),
        st.frozensets(st.sampled_from(["falls", "night", "wounds"])),
        st.lists(
            st.builds(
                PastAnswer,
                st.integers(1, 9),
                st.floats(0, 1, allow_nan=False),
                st.floats(0, 2000, allow_nan=False),
                st.booleans(),
            ),
            max_size=4,
        ).map(tuple),
        st.integers(0, 5),
    ),
    max_size=8,
    unique_by=lambda candidate: candidate.member_id,
)


@given(CANDIDATES, st.frozensets(st.sampled_from(["falls", "night"])), st.integers())
def test_the_order_does_not_depend_on_how_they_come(
    candidates: list[Candidate], topics: frozenset[str], seed: int
) -> None:
    shuffled = list(candidates)
    random.Random(seed).shuffle(shuffled)
    choices = rank(topics, candidates)
    assert rank(topics, shuffled) == choices
    assert all(choice.reasons for choice in choices)
    assert [choice.score for choice in choices] == sorted((choice.score for choice in choices), reverse=True)


@given(CANDIDATES, st.sampled_from(["falls", "night"]))
def test_saying_that_one_can_help_never_puts_one_back(candidates: list[Candidate], topic: str) -> None:
    def place(choices: list[Choice], member_id: int) -> int:
        return next((i for i, choice in enumerate(choices) if choice.member_id == member_id), len(choices))

    topics = frozenset({"falls", "night"})
    for candidate in candidates:
        more = Candidate(
            candidate.member_id, candidate.can_help | {topic}, candidate.answers, asked_lately=candidate.asked_lately
        )
        others = [other for other in candidates if other is not candidate]
        before = place(rank(topics, [*others, candidate]), candidate.member_id)
        assert place(rank(topics, [*others, more]), candidate.member_id) <= before
