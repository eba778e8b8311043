"""A member takes back all that they shared, and what they said of what others shared."""

from __future__ import annotations

from sqlalchemy import select

from bot.context import Context
from bot.core.replies import Effect, Redraw
from bot.rituals.sharing.tending import drawn_anew, gone_everywhere
from storage import answers, erasing, items
from storage.answers import Answer
from storage.items import Item, ItemNote, Widening
from storage.search import index
from storage.thanks import Thanks


async def items_taken_back(ctx: Context, member_id: int) -> list[Effect]:
    effects: list[Effect] = []
    for item in list(await ctx.db.scalars(select(Item).where(Item.author_id == member_id))):
        effects += await gone_everywhere(ctx, item)
        await items.remove(ctx.db, item)
    changed, trials = await erasing.words_taken_back(ctx.db, member_id)
    tried = {trial.subject for trial in trials if trial.kind in items.KINDS}
    changed += list(await ctx.db.scalars(select(Item).where(Item.id.in_(tried)))) if tried else []
    for item in {item.id: item for item in changed}.values():
        await items.reindex(ctx.db, item)
        await items.rate(ctx.db, item)
        effects.append(Redraw("item", item.id))
    for trial in trials:
        answer = await ctx.db.get(Answer, trial.subject) if trial.kind == answers.KIND else None
        if answer is not None:
            await answers.rate(ctx.db, answer.question_id)
            effects += [Redraw("answer", answer.id), Redraw("question", answer.question_id)]
    await index.forget_old_words(ctx.db)
    return effects


async def items_drawn_anew(ctx: Context, member_id: int) -> list[Effect]:
    """Every card on which their name may stand: what they shared, noted, wished for; and what they thanked others for."""
    noted = select(ItemNote.item_id).where(ItemNote.author_id == member_id)
    effects: list[Effect] = []
    for item in list(await ctx.db.scalars(select(Item).where((Item.author_id == member_id) | Item.id.in_(noted)))):
        effects += await drawn_anew(ctx, item)
    wished = await ctx.db.scalars(select(Widening.id).where(Widening.asked_by == member_id))
    said = await ctx.db.scalars(select(Thanks.id).where(Thanks.from_id == member_id))
    return [*effects, *(Redraw("widen", id) for id in wished), *(Redraw("thanks", id) for id in said)]
