"""Finding: what the community was asked and answered, as far as the one who looks may see it."""

from __future__ import annotations

from bot.context import Context
from bot.core.errors import Fixable
from bot.core.people import Role
from bot.core.replies import Reply
from bot.core.ritual import Ritual
from bot.core.text import Bold, Span, Typed, shortened
from bot.core.ui import Card, Section
from bot.rituals.questions import what_came_of_it
from bot.services.links import links_to
from storage import questions
from storage.search import index

ritual = Ritual("find")
SHOWN = 5
LONGEST_QUERY = 500


@ritual.command("find", "Find what was asked and answered before", role=Role.MEMBER, reads=True, typed="A few words")
async def find(ctx: Context, text: str) -> Reply:
    if not text:
        raise Fixable(("What are you looking for? For example: ", Typed("find falls at night")))
    if len(text) > LONGEST_QUERY:
        raise Fixable(f"A few words find more than many: at most {LONGEST_QUERY} characters, please.")
    matches = await index.find(ctx.db, text, ctx.viewer, ctx.now, kinds=(questions.KIND,), limit=SHOWN)
    subjects = [match.subject for match in matches]
    found = await questions.several(ctx.db, subjects, ctx.viewer, ctx.now)
    links = await links_to(ctx.db, "question", subjects, "Open", ctx.viewer, ctx.now)
    lines = []
    for match in matches:
        if match.subject in found:
            words: list[Span] = [Bold(found[match.subject].title), "\n", *await what_came_of_it(ctx.db, match.subject)]
            words += ["\nMatches: ", ", ".join(match.words)]
            words += [" · ", links[match.subject]] if match.subject in links else []
            lines.append(Section(tuple(words)))
    if not lines:
        return Reply(Card(body=("Nothing found for “", shortened(text, 100), "”. ", Typed("ask"), " it?")))
    return Reply(Card(title="Found", sections=tuple(lines)))
