"""Before a question is posted: what was asked before, and what came of it. Quiet rather than wrong."""

from __future__ import annotations

from bot.context import Context
from bot.core.replies import Consider
from bot.core.text import Bold, Span
from bot.core.ui import Button, Card, Resume, Section
from bot.rituals.questions.cards import what_came_of_it
from bot.rituals.questions.declared import AskAnyway, NewQuestion, ThatAnswersIt
from bot.services.links import links_to
from storage import questions
from storage.questions import KIND
from storage.search import index

SHOWN = 3
# Of the question's words, the rarer the weightier, so much must stand in an earlier one.
ALIKE_ENOUGH = 0.6


async def show_alike(ctx: Context, form: NewQuestion) -> Consider | None:
    """Up to three questions like this one, among what the asker may see; nothing when there are none."""
    matches = await index.find(ctx.db, form.title, ctx.viewer, ctx.now, kinds=(KIND,), limit=SHOWN)
    subjects = [match.subject for match in matches if match.covered >= ALIKE_ENOUGH]
    found = await questions.several(ctx.db, subjects, ctx.viewer, ctx.now)
    links = await links_to(ctx.db, "question", subjects, "Open", ctx.viewer, ctx.now)
    lines = []
    for subject in subjects:
        if subject in found:
            words: list[Span] = [Bold(found[subject].title), "\n", *await what_came_of_it(ctx.db, subject)]
            words += [" · ", links[subject]] if subject in links else []
            lines.append(
                Section(tuple(words), (Button("That answers it", ThatAnswersIt(question=subject, draft=ctx.draft)),))
            )
    if not lines:
        return None
    buttons = (
        Button("Ask anyway", AskAnyway(draft=ctx.draft), "primary"),
        Button("Change it", Resume(draft=ctx.draft)),
    )
    return Consider(Card("Was this asked before?", ("Nothing is posted yet.",), sections=tuple(lines), buttons=buttons))
