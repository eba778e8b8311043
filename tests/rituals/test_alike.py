"""Before a question is posted, up to three like it are shown, from what the asker may see."""

from __future__ import annotations

from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from bot.context import Context
from bot.core.people import Viewer
from bot.core.text import plain
from bot.rituals.questions.alike import LEAST_SURE, MOST_SURE, learned
from bot.rituals.questions.why import why
from storage.communities import Community
from storage.engine import Database
from tests.storage.rows import NOW, a_community, a_member
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
    await asker.sees("This was done already, or its draft is gone.")
    assert await posts(world, "How to prevent") == 0


async def test_it_is_asked_anyway_once(world: World) -> None:
    await asked(world, "ben", "How do you prevent falls at night?")
    asker = await asked(world, "dana", "How to prevent falls at night?")
    await asker.presses("Ask anyway")
    await asker.sees("Posted in #questions.")
    await asker.presses("Ask anyway")
    await asker.sees("This was done already")
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


async def sureness_after(db: AsyncSession, community: Community, *answers: bool) -> float:
    for useful in answers:
        await learned(Context(db, NOW, community), useful=useful)
    await db.refresh(community)
    return community.alike_enough


async def test_what_askers_say_moves_how_sure_we_must_be_within_bounds(database: Database) -> None:
    async with database.write() as db:
        ours, theirs = await a_community(db), await a_community(db)
        shipped = ours.alike_enough
        assert await sureness_after(db, ours, False) > shipped
        assert await sureness_after(db, ours, True) < shipped
        assert await sureness_after(db, ours, *[True] * 40) == LEAST_SURE
        assert await sureness_after(db, ours, *[False] * 60) == MOST_SURE
        assert await sureness_after(db, theirs) == shipped


WHY = {
    ("topic:falls", "topic:night"): "you said you can help with falls, night.",
    ("answered:999",): "you replied to something like it.",
    ("tagged",): "you answered questions with the same tags.",
    ("topic:falls", "helped:2", "active", "peer"): (
        "you said you can help with falls, 2 of your answers to questions like it helped, you have helped here lately "
        "and I don't want to ask the same people every time."
    ),
    ("suggested",): "a facilitator thought of you.",
    ("suggested:999",): "somebody thought of you.",
}


async def test_every_reason_is_said_in_words(database: Database) -> None:
    async with database.read() as db:
        for reasons, words in WHY.items():
            assert plain(await why(db, list(reasons), Viewer(1, member=1), NOW)) == words


async def test_who_thought_of_somebody_is_named(database: Database) -> None:
    async with database.write() as db:
        ada = await a_member(db, await a_community(db))
        said = await why(db, [f"suggested:{ada.id}"], Viewer(1, member=1), NOW)
        assert plain(said) == f"{ada.name} thought of you."


async def test_what_askers_say_of_look_alikes_moves_what_is_shown(world: World) -> None:
    async def enough() -> float:
        async with world.database.read() as db:
            return (await db.get_one(Community, 1)).alike_enough

    await asked(world, "ben", "How do you prevent falls at night?")
    before = await enough()
    asker = await asked(world, "dana", "How to prevent falls at night?")
    await asker.presses("That answers it")
    useful = await enough()
    assert useful < before
    asker = await asked(world, "emre", "How to prevent falls at night?")
    await asker.presses("Ask anyway")
    assert useful < await enough() < before
