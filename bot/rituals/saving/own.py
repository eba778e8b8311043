"""One's own message, saved at once."""

from __future__ import annotations

from bot.context import Context
from bot.core.errors import Fixable
from bot.core.events import Shortcut
from bot.core.forms import Form
from bot.core.people import Role
from bot.core.ports import Outside, Page
from bot.core.replies import Effect, Effects
from bot.core.ui import Action
from bot.rituals.digests import put_forward
from bot.rituals.questions import ask_from, keep_answer, learned, post_question, question_opened
from bot.rituals.saving.chosen import DIGEST, HERE, QUESTION, Chosen, page_in, what_it_may_be
from bot.rituals.saving.declared import SaveAnyway, SaveMine, SaveOwn, SaveTheirs, ritual
from bot.rituals.sharing import share_words
from bot.services.drafted import taken
from storage import communities
from storage.communities import Place


@ritual.shortcut("Save to Rounds…")
def which_form(chosen: Shortcut) -> Action:
    if chosen.author == chosen.who:
        return SaveMine(message=chosen.message, place=chosen.place.id)
    return SaveTheirs(message=chosen.message, author=chosen.author.id if chosen.author else "")


async def its_page(outside: Outside, form: Form) -> Page | None:
    assert isinstance(form, SaveOwn)
    address = page_in(form.what, form.text)
    return await outside.look_up(address) if address else None


@ritual.click(role=Role.MEMBER, form=SaveOwn, prefill=what_it_may_be, prepare=its_page)
async def save_own(ctx: Context, click: SaveMine, form: SaveOwn) -> Effects:
    chosen, there = Chosen.of(form.what), await _where_it_was_written(ctx, click)
    if chosen.what == DIGEST:
        return await put_forward(ctx, there, click.message, ctx.member, form.why)
    if chosen.what == QUESTION:  # as if it were asked where it was written: never in a wider channel by itself
        return await ask_from(ctx, form.as_question(), there, go_on=lambda draft: SaveAnyway(draft=draft))
    if chosen.question is None:
        return await share_words(ctx, there, click.message, chosen.what, form.text, title=form.title, tagged=form.tags)
    question = await question_opened(ctx, chosen.question)
    return await keep_answer(ctx, question, form.text, click.message, there, here=chosen.what == HERE)


@ritual.click(role=Role.MEMBER)
async def save_anyway(ctx: Context, click: SaveAnyway) -> tuple[Effect, ...]:
    """Ask it, after a look at what was asked before."""
    draft, form = await taken(ctx, click.draft, "ask", {"": SaveOwn})
    assert isinstance(form, SaveOwn)
    there = await _where_it_was_written(ctx, SaveMine.unpack(draft.origin))  # wherever the button is pressed
    await learned(ctx, useful=False)
    return await post_question(ctx, form.as_question(), there)


async def _where_it_was_written(ctx: Context, click: SaveMine) -> Place:
    there = await communities.place_called(ctx.db, ctx.community.id, click.place, near=ctx.place)
    if there is None:
        raise Fixable("I don't know the channel this was written in any more.")
    return there
