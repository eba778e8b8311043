"""Before a question is posted: what was asked before, and what came of it. Quiet rather than wrong."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from sqlalchemy import case, update
from sqlalchemy.ext.asyncio import AsyncSession

from bot.context import Context
from bot.core.meaning import Meaning
from bot.core.people import Viewer
from bot.core.replies import Consider
from bot.core.text import Bold, Span
from bot.core.ui import Action, Button, Card, Resume, Section
from bot.rituals.questions.declared import NewQuestion, ThatAnswersIt
from bot.rituals.questions.found import what_came_of
from bot.services.links import links_to
from storage import questions
from storage.communities import Community
from storage.questions import KIND
from storage.search import finding

SHOWN = 3
DETAILS_READ = 600  # characters: what follows is mostly what was tried, in words of its own
# How sure a look-alike must be to be shown (community.alike_enough; storage/search/scoring.py says what it measures). Each answer
# of an asker moves it a little: when one in three looks answers them, it stays. It never becomes deaf, and never shows anything.
USEFUL, USELESS = -0.02, 0.01
LEAST_SURE, MOST_SURE = 0.5, 0.9


async def show_alike(
    ctx: Context, form: NewQuestion, go_on: Callable[[str], Action], meaning: Meaning | None
) -> Consider | None:
    """Up to three questions like this one, among what the asker may see; nothing when there are none."""
    details = form.details[:DETAILS_READ]
    matches = await finding.find(
        ctx.db, form.title, ctx.viewer, ctx.now, details=details, kinds=(KIND,), limit=SHOWN, meaning=meaning
    )
    subjects = [match.subject for match in matches if match.sure >= ctx.community.alike_enough]
    found = await questions.several(ctx.db, subjects, ctx.viewer, ctx.now)
    links = await links_to(ctx.db, "question", subjects, "Open", ctx.viewer, ctx.now)
    came = await what_came_of(ctx.db, found.values())
    lines = []
    for subject in subjects:
        if subject in found:
            words: list[Span] = [Bold(found[subject].title), "\n", *came[subject].said]
            words += [" · ", links[subject]] if subject in links else []
            lines.append(
                Section(tuple(words), (Button("That answers it", ThatAnswersIt(question=subject, draft=ctx.draft)),))
            )
    if not lines:
        return None
    buttons = (
        Button("Ask anyway", go_on(ctx.draft), "primary"),
        Button("Change it", Resume(draft=ctx.draft)),
    )
    return Consider(Card("Was this asked before?", ("Nothing is posted yet.",), sections=tuple(lines), buttons=buttons))


async def learned(ctx: Context, *, useful: bool) -> None:
    """An asker saw look-alikes and said that one answers their question, or asked anyway: show more, or fewer, from now on."""
    moved = Community.alike_enough + (USEFUL if useful else USELESS)
    within = case((moved < LEAST_SURE, LEAST_SURE), (moved > MOST_SURE, MOST_SURE), else_=moved)
    # By the database, so that two answers at once both count.
    await ctx.db.execute(update(Community).where(Community.id == ctx.community.id).values(alike_enough=within))


async def alike_to(
    db: AsyncSession, words: str, viewer: Viewer, now: datetime, limit: int, *, leaving_out: int | None = None
) -> list[int]:
    """The questions most like these words (the first line is the title), the likest first."""
    title, _, details = words.partition("\n")
    found = await finding.find(db, title, viewer, now, details=details[:DETAILS_READ], kinds=(KIND,), limit=limit + 1)
    return [match.subject for match in found if match.subject != leaving_out][:limit]
