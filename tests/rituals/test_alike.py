"""Before a question is posted, up to three like it are shown, from what the asker may see."""

from __future__ import annotations

from typing import Any

from tests.support.world import World


async def asked(world: World, who: str, question: str, place: str = "questions") -> Any:
    person = world.person(who, place)
    await person.types(f"/ask {question}")
    await person.submits()
    await world.settles()
    return person


async def posts(world: World, words: str) -> int:
    return len([one for one in await world.person("emre").everything() if one.kind == "message" and words in one.text])


async def test_a_question_like_it_is_shown_and_may_answer_it(world: World) -> None:
    await asked(world, "ben", "How do you prevent falls at night?")
    asker = await asked(world, "dana", "How to prevent falls at night?")
    seen = await asker.sees("Was this asked before?")
    assert "How do you prevent falls at night?" in seen.text
    assert "Not answered yet." in seen.text
    assert await posts(world, "How to prevent") == 0
    await asker.presses("That answers it")
    await asker.sees("Good. Nothing was posted.")
    await asker.presses("Ask anyway")
    await asker.sees("This was asked already, or its draft is gone.")
    assert await posts(world, "How to prevent") == 0


async def test_it_is_asked_anyway_once(world: World) -> None:
    await asked(world, "ben", "How do you prevent falls at night?")
    asker = await asked(world, "dana", "How to prevent falls at night?")
    await asker.presses("Ask anyway")
    await asker.sees("Posted in #questions.")
    await asker.presses("Ask anyway")
    await asker.sees("This was asked already")
    await world.settles()
    assert await posts(world, "How to prevent") == 1


async def test_it_can_be_changed_first(world: World) -> None:
    await asked(world, "ben", "How do you prevent falls at night?")
    asker = await asked(world, "dana", "How to prevent falls at night?")
    await asker.presses("Change it")
    await asker.submits(title="Which socks have a grip?")
    await asker.sees("Posted in #questions.")
    await world.settles()
    assert await posts(world, "Which socks") == 1
    assert await posts(world, "How to prevent") == 0


async def test_something_else_is_posted_at_once(world: World) -> None:
    await asked(world, "ben", "How do you prevent falls at night?")
    asker = await asked(world, "dana", "Which mattress for pressure sores at night?")
    await asker.sees("Posted in #questions.")


async def test_what_they_may_not_see_is_not_shown(world: World) -> None:
    await asked(world, "chidi", "How do you prevent falls at night?", "ward-team")
    asker = await asked(world, "dana", "How to prevent falls at night?")
    await asker.sees("Posted in #questions.")
    await asker.sees_not("Was this asked before?")
