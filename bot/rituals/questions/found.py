"""Questions as somebody finds them: what came of each."""

from __future__ import annotations

from collections.abc import Sequence

from bot.context import Context
from bot.core.text import Bold, Text
from bot.core.ui import Button
from bot.rituals.questions.cards import best_answer, what_came_of_it
from bot.rituals.questions.declared import TriedIt
from storage import questions

Found = dict[int, tuple[Text, tuple[Button, ...]]]


async def found_questions(ctx: Context, ids: Sequence[int]) -> Found:
    """Those that the one who looks may see: what to say of each, and what they can do."""
    found: Found = {}
    for id, question in (await questions.several(ctx.db, list(ids), ctx.viewer, ctx.now)).items():
        best = await best_answer(ctx.db, id)
        buttons = (Button("I tried it", TriedIt(answer=best.id)),) if best else ()
        found[id] = (Bold(question.title), "\n", *await what_came_of_it(ctx.db, id)), buttons
    return found


async def title_of(ctx: Context, question_id: int) -> str:
    """Its title, or nothing where the one who looks may not see it."""
    question = await questions.get(ctx.db, question_id, ctx.viewer, ctx.now)
    return question.title if question else ""
