"""Finding by meaning, where that is turned on: in the search, in look-alikes; and without it nothing is missing."""

from __future__ import annotations

import threading
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from sqlalchemy import delete, func, select
from structlog.testing import capture_logs

from storage.questions import KIND, Question
from storage.search.index import SearchDoc
from storage.search.vectors import SearchVector
from tests.rituals.test_alike import asked
from tests.support.meaning import FewWords
from tests.support.world import World, local_world

OTHERWISE_THE_SAME = "at night in the bathroom beside the lift, with lamps, low beds and socks"
SLIPPING, NOISE = "Slipping at night on the ward?", "Noise at night on the ward?"


@pytest.fixture
def model() -> FewWords:
    return FewWords()


@pytest.fixture
async def knowing(database_url: str, tmp_path: Path, model: FewWords) -> AsyncIterator[World]:
    async with local_world(database_url, tmp_path, embedder=model) as made:
        yield made


async def with_two_questions(world: World) -> None:
    """Both have the same words of what is looked for; the newer one means something else."""
    await asked(world, "ben", SLIPPING)
    await asked(world, "emre", NOISE)
    await world.settles()
    await world.rounds.housekeeping.learn()


async def found(world: World, words: str = "falls at night on the ward") -> list[str]:
    """The titles found, in order."""
    looking = world.person("dana")
    await looking.types(f"/find {words}")
    text = (await looking.sees("Found")).text
    return sorted((title for title in (SLIPPING, NOISE) if title in text), key=text.index)


async def vectors(world: World) -> int:
    async with world.database.read() as db:
        return await db.scalar(select(func.count()).select_from(SearchVector)) or 0


async def test_what_means_the_same_is_found_first(knowing: World) -> None:
    await with_two_questions(knowing)
    assert await found(knowing) == [SLIPPING, NOISE]


async def test_without_a_model_words_alone_find(world: World) -> None:
    await with_two_questions(world)
    assert await found(world) == [NOISE, SLIPPING]
    assert await vectors(world) == 0


async def test_in_other_words_it_is_found_and_said_to_mean_something_like_it(knowing: World) -> None:
    await with_two_questions(knowing)
    assert await found(knowing, "tumbling") == [SLIPPING]
    assert "Means something like it" in (await knowing.person("dana").sees("Found")).text


async def test_without_a_model_nothing_is_found_in_other_words(world: World) -> None:
    await with_two_questions(world)
    looking = world.person("dana")
    await looking.types("/find tumbling")
    await looking.sees("Nothing found for “tumbling”")


async def test_where_the_model_fails_words_alone_find_and_it_is_logged(knowing: World, model: FewWords) -> None:
    await with_two_questions(knowing)
    model.fails_on = "falls"
    with capture_logs() as logged:
        assert await found(knowing) == [NOISE, SLIPPING]
    assert {"event": "meaning.unknown", "error": "RuntimeError", "log_level": "warning"} in logged
    model.fails_on = ""
    assert await found(knowing) == [SLIPPING, NOISE]


async def test_nobody_waits_long_for_a_model_that_is_slow(knowing: World, model: FewWords) -> None:
    await with_two_questions(knowing)
    model.held = threading.Event()
    try:
        with capture_logs() as logged:
            assert await found(knowing) == [NOISE, SLIPPING]
        assert {"event": "meaning.unknown", "error": "TimeoutError", "log_level": "warning"} in logged
    finally:
        model.held.set()


async def test_a_look_alike_is_shown_for_what_it_means(knowing: World) -> None:
    await asked(knowing, "ben", f"Loud tumbling {OTHERWISE_THE_SAME}?")
    await knowing.rounds.housekeeping.learn()
    asker = await asked(knowing, "dana", f"Noisy falls {OTHERWISE_THE_SAME}?")
    assert "Loud tumbling" in (await asker.sees("Was this asked before?")).text


async def test_which_is_not_sure_enough_by_its_words(world: World) -> None:
    await asked(world, "ben", f"Loud tumbling {OTHERWISE_THE_SAME}?")
    asker = await asked(world, "dana", f"Noisy falls {OTHERWISE_THE_SAME}?")
    await asker.sees("Posted in #questions.")


async def test_the_next_page_goes_on_in_the_same_order(knowing: World) -> None:
    for number in range(4):
        await asked(knowing, "ben", f"Slipping number{number} {'abcd'[number] * 9}?")
    for number in range(4):
        await asked(knowing, "emre", f"Noise number{number} {'efgh'[number] * 9}?")
    await knowing.rounds.housekeeping.learn()
    looking = knowing.person("dana")
    words = " ".join(f"number{number}" for number in range(4))
    await looking.types(f"/find tumbling {words}")
    first = (await looking.sees("Found")).text
    assert first.count("Slipping") == 4
    assert first.count("Noise") == 1
    await looking.presses("More")
    assert (await looking.sees("Found")).text.count("Noise") >= 3


async def answered_by_chidi(world: World, question: str = SLIPPING) -> None:
    """A question of Ben's; what Chidi said to it is kept."""
    await asked(world, "ben", question)
    chidi = world.person("chidi")
    await chidi.presses("Answer", on=question)
    await chidi.submits(text="Low beds.")
    await world.settles()


async def test_who_answered_what_means_the_same_is_asked_whatever_its_words(knowing: World) -> None:
    chidi = await knowing.joins("chidi")
    await answered_by_chidi(knowing)
    await knowing.rounds.housekeeping.learn()
    await asked(knowing, "dana", "Tumbling?")
    assert SLIPPING in (await chidi.sees("Can you help?\n@Sample: Dana D. asks: Tumbling?")).text


async def test_and_is_not_by_words_alone(world: World) -> None:
    chidi = await world.joins("chidi")
    await answered_by_chidi(world)
    await asked(world, "dana", "Tumbling?")
    await chidi.sees_not("Can you help?")


async def test_who_answered_what_means_a_little_like_it_is_not_asked(knowing: World) -> None:
    chidi = await knowing.joins("chidi")
    await answered_by_chidi(knowing, "Wounds, sores, and a fall?")  # near enough to be found: .45
    await knowing.rounds.housekeeping.learn()
    await asked(knowing, "dana", "Tumbling?")
    await chidi.sees_not("Can you help?")


@pytest.mark.parametrize("known", [True, False])
async def test_who_answered_something_like_it_by_its_words_is_asked_though_not_all_is_known_by_meaning(
    knowing: World, known: bool
) -> None:
    chidi = await knowing.joins("chidi", volume="full")
    await answered_by_chidi(knowing)
    await asked(knowing, "emre", NOISE)
    await knowing.rounds.housekeeping.learn()
    if not known:
        await forgets_what_it_means(knowing, SLIPPING)
    await asked(knowing, "dana", "Slipping, with loud machines?")
    await chidi.sees("Can you help?\n@Sample: Dana D. asks: Slipping, with loud machines?")


async def forgets_what_it_means(world: World, title: str) -> None:
    its = select(SearchDoc.id).join(Question, Question.id == SearchDoc.subject).where(SearchDoc.kind == KIND)
    async with world.database.write() as db:
        await db.execute(delete(SearchVector).where(SearchVector.doc_id.in_(its.where(Question.title == title))))


async def test_the_tags_of_a_new_question_are_part_of_what_it_means(knowing: World) -> None:
    asker = knowing.person("ben")
    await asker.types("/ask Which lamp?")
    await asker.submits(tags="falls")
    await knowing.rounds.housekeeping.learn()
    looking = knowing.person("dana")
    await looking.types("/find tumbling")
    assert "Which lamp?" in (await looking.sees("Found")).text


async def test_what_a_new_question_means_is_kept_at_once_and_not_found_out_again(
    knowing: World, model: FewWords
) -> None:
    await asked(knowing, "dana", "Tumbling?")
    assert await vectors(knowing) == 1
    await knowing.rounds.housekeeping.learn()
    assert model.read == ["Tumbling?"]
    assert await vectors(knowing) == 1


async def test_what_was_erased_has_no_meaning_left(knowing: World) -> None:
    await with_two_questions(knowing)
    assert await vectors(knowing) == 2
    ben = knowing.person("ben")
    await ben.types("/rounds data")
    await ben.presses("Delete my data", on="I keep what you asked")
    await ben.submits(what="all")
    await ben.sees("It is deleted.")
    assert await vectors(knowing) == 1
