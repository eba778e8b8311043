"""How what was found is ranked, and how sure it is, in numbers."""

from __future__ import annotations

import math

import pytest

from storage.search.scoring import (
    ABOUT,
    CROWD,
    FRESH,
    FRESH_DAYS,
    LINKS_HALF,
    LOOKED_AT,
    MEANT,
    NEAR,
    NEAREST,
    USUAL_LENGTH,
    Asked,
    Scale,
    Statistics,
    crowd,
    fetching,
    freshness,
    is_everywhere,
    linked,
    meant,
    near,
    share,
    sureness,
)


def of(items: int, **standing: int) -> Statistics:
    return Statistics.of(items, 10.0, standing)


def score(asked: Asked, known: Statistics, item: list[str]) -> float:
    scale = Scale.of(asked, known)
    return scale.weigh(scale.times(item), len(item))


def test_common_words_fetch_only_while_there_is_room() -> None:
    assert list(fetching(Asked.of("hoist ward"), of(1000, hoist=3, ward=900))) == ["hoist", "ward"]
    assert list(fetching(Asked.of("hoist ward"), of(9000, hoist=3, ward=LOOKED_AT))) == ["hoist"]
    assert list(fetching(Asked.of("ward"), of(9000, ward=LOOKED_AT + 1))) == ["ward"]
    assert fetching(Asked.of("ward bed"), of(9000, ward=LOOKED_AT + 2, bed=LOOKED_AT + 1)) == {"bed": 1}
    assert list(fetching(Asked.of("ward bed"), of(9000, ward=LOOKED_AT + 1, bed=LOOKED_AT + 2))) == ["ward"]
    # The room is for all of them together.
    assert list(fetching(Asked.of("hoist bed ward"), of(9000, hoist=500, bed=900, ward=1000))) == ["hoist", "bed"]
    assert fetching(Asked.of("unheard"), of(9000)) == {}
    # What is too common for the room that is left does not keep others out.
    known = of(9000, hoist=3, ward=LOOKED_AT, bed=LOOKED_AT - 3)
    assert list(fetching(Asked.of("hoist ward", "bed"), known)) == ["hoist", "bed"]


def test_a_word_is_everywhere_where_one_item_in_fifty_has_it() -> None:
    known = of(100_000, often=2_001, seldom=2_000)
    assert is_everywhere("often", known)
    assert not is_everywhere("seldom", known)


def test_the_words_that_tell_most_fetch_first() -> None:
    known = of(100, hoist=5, ward=4, bed=90)
    assert list(fetching(Asked.of("hoist", "ward bed unheard"), known)) == ["hoist", "ward", "bed"]
    # What each counts for: a thousand times ln(1 + (100 - 5 + 0.5) / 5.5), twice in the title.
    assert fetching(Asked.of("hoist", "ward"), known) == {"hoist": 2 * 2910, "ward": 3111}


def test_a_word_counts_as_bm25_has_it() -> None:
    """By hand: 2 × (1.2 + 1) / (2 + 1.2 × (1 - 0.75 + 0.75 × 2)) of the word's rarity for one that stands twice among twenty
    where ten are usual."""
    known = of(100, hoist=5, ward=4)
    once = score(Asked.of("", "hoist"), known, ["hoist"] * 2 + ["bed"] * 18)
    assert once == pytest.approx(known.rarity["hoist"] * 4.4 / 4.1)
    assert score(Asked.of("hoist"), known, ["hoist"] * 2 + ["bed"] * 18) == pytest.approx(2 * once)
    # As an item of its own: the title's word stands thrice there, the other once, among four.
    shortness = 1.2 * (0.25 + 0.75 * 0.4)
    hoist, ward = 2 * 6.6 / (3 + shortness), 2.2 / (1 + shortness)
    best = known.rarity["hoist"] * hoist + known.rarity["ward"] * ward
    assert Scale.of(Asked.of("hoist", "ward"), known).best_possible == pytest.approx(best)


def test_an_item_says_which_words_it_has_the_rarest_first_and_what_it_is_about() -> None:
    known = of(100, bed=50, hoist=20, ward=4)
    scale = Scale.of(Asked.of("bed hoist", "ward"), known)
    times = scale.times(["bed", "ward", "night"] * 3 + ["hoist"])
    assert times == {"bed": 3, "hoist": 1, "ward": 3}
    assert scale.present(times) == ("ward", "hoist", "bed")
    assert scale.about(times) == ("bed",)  # a word of the title, in its title or as often


def test_a_share_is_of_what_the_words_tell() -> None:
    known = of(100, hoist=5, ward=4)
    rarity = known.rarity
    assert share(("hoist",), ("hoist", "ward"), known) == pytest.approx(
        rarity["hoist"] / (rarity["hoist"] + rarity["ward"])
    )
    assert share(("hoist", "ward"), ("hoist",), known) == 1
    assert share((), ("hoist",), known) == share(("hoist",), (), known) == 0


def test_the_title_of_what_is_asked_counts_for_more() -> None:
    known = of(100, hoist=5, ward=5)
    asked = Asked.of("hoist", "on the ward")
    assert score(asked, known, ["hoist"]) == 2 * score(asked, known, ["ward"])


def test_a_single_link_says_less_than_many() -> None:
    assert 0 < linked(10, 1) < linked(10, LINKS_HALF) == 5 < linked(10, 100) < 10


def test_the_same_question_is_surer_than_another() -> None:
    known = of(2, prevent=1, fall=1, night=2, mattress=0)
    same, other = Asked.of("prevent falls night"), Asked.of("mattress night")
    item = ["prevent", "fall", "night"] * 3
    sure, less = (
        sureness(
            score(asked, known, item),
            share(scale.about(scale.times(item)), asked.title, known),
            asked,
            scale.best_possible,
            (),
        )
        for asked, scale in ((one, Scale.of(one, known)) for one in (same, other))
    )
    assert sure > 0.6 > less


def test_more_words_asked_make_the_same_share_surer() -> None:
    short, long = Asked.of("prevent falls"), Asked.of("prevent falls", "wet floor ward night beds")
    assert 0 < sureness(10.0, 0.5, short, 20.0, ()) < sureness(10.0, 0.5, long, 20.0, ())


def test_a_question_of_usual_length_is_as_sure_as_its_share() -> None:
    asked = Asked.of("", " ".join(f"word{number}" for number in range(USUAL_LENGTH)))
    assert sureness(15.0, 0.5, asked, 20.0, ()) == pytest.approx(0.75 + ABOUT * 0.5)


def test_words_that_stand_in_more_than_were_counted_last_night_tell_little_but_not_less_than_nothing() -> None:
    known = of(1, ward=3)
    assert known.items == 3
    assert known.rarity["ward"] == pytest.approx(math.log(1 + 0.5 / 3.5))


def test_what_has_none_of_the_words_is_never_sure() -> None:
    asked = Asked.of("prevent falls")
    assert sureness(0.0, 1.0, asked, 20.0, ()) == sureness(10.0, 1.0, asked, 0.0, ()) == 0


def test_what_stands_out_is_surer_than_one_of_many() -> None:
    asked = Asked.of("prevent falls night")
    alone, ahead, behind, among = (
        sureness(10.0, 0.5, asked, 20.0, others) for others in ((), (2.0,) * CROWD, (11.0,) * CROWD, (9.0,) * CROWD)
    )
    assert ahead > alone > among > behind == 0
    # Nobody knows what would follow: those missing count as half as good.
    assert alone == pytest.approx(sureness(10.0, 0.5, asked, 20.0, (5.0,) * CROWD))


def test_a_look_alike_must_stand_out_from_what_follows_those_shown() -> None:
    assert crowd([9.0, 8.0, 7.0, 6.0, 5.0, 4.0, 3.0, 2.0, 1.0]) == [6.0, 5.0, 4.0, 3.0, 2.0]
    assert crowd([9.0, 8.0]) == []


def test_what_is_new_gains_a_little_and_less_with_every_year() -> None:
    assert freshness(-30) == freshness(0) == 1 + FRESH
    assert freshness(FRESH_DAYS) == pytest.approx(1 + FRESH / 2)
    assert 1 < freshness(10 * FRESH_DAYS) < 1.001


def test_what_means_the_same_gains_more_the_better_words_do() -> None:
    assert meant([1.0, 3.0], 9.0) == 3.0 * MEANT
    assert meant([], 9.0) == meant([0.0], 9.0) == 9.0 * MEANT
    assert meant([], 0.0) > 0.0  # where no word is known at all, meaning alone orders


def test_near_are_the_nearest_and_of_two_as_near_the_newer() -> None:
    assert near({1: 0.9, 2: NEAR, 3: 0.9, 4: NEAR - 0.01}) == [3, 1, 2]
    assert len(near(dict.fromkeys(range(NEAREST + 1), 0.9))) == NEAREST
