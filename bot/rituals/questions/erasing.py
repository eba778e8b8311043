"""A member takes back all that they asked, answered and said: as if they had removed each by itself."""

from __future__ import annotations

from sqlalchemy import delete, select

from bot.context import Context
from bot.core.replies import Effect, Redraw, Withdraw
from bot.rituals.questions.tending import all_gone, all_redrawn, without_it
from storage import answers, erasing
from storage.answers import Answer, Remark, Replier
from storage.questions import Question


async def questions_taken_back(ctx: Context, member_id: int) -> list[Effect]:
    """Their questions, with what was answered to them, and their answers to others'."""
    effects: list[Effect] = []
    for question in list(await ctx.db.scalars(select(Question).where(Question.asker_id == member_id))):
        effects += await all_gone(ctx, question)
        await answers.remove_question(ctx.db, question)
    for answer in list(await ctx.db.scalars(select(Answer).where(Answer.author_id == member_id))):
        question = await ctx.db.get_one(Question, answer.question_id)
        effects += [Withdraw(card, answer.id) for card in ("answer", "keep_words")]
        await answers.remove(ctx.db, question, answer)
        await answers.rate(ctx.db, question.id)
        effects += [*await without_it(ctx, question), *await all_redrawn(ctx, question)]
    said = await ctx.db.scalars(delete(Remark).where(Remark.author_id == member_id).returning(Remark.id))
    return [*effects, *(Withdraw("remark", id) for id in list(said))]


async def questions_drawn_anew(ctx: Context, member_id: int) -> list[Effect]:
    """Every card on which their name may stand: of what they asked, answered, replied to, or suggested somebody for."""
    theirs = [
        select(Question.id).where(Question.asker_id == member_id),
        select(Answer.question_id).where(Answer.author_id == member_id),
        select(Remark.question_id).where(Remark.author_id == member_id),
        select(Replier.question_id).where(Replier.member_id == member_id),
    ]
    ids = {id for query in theirs for id in await ctx.db.scalars(query)}
    effects: list[Effect] = []
    for question in list(await ctx.db.scalars(select(Question).where(Question.id.in_(ids)).order_by(Question.id))):
        effects += await all_redrawn(ctx, question)
    for invitation in await erasing.suggested_by_nobody(ctx.db, member_id):
        effects += [Redraw("invitation", invitation), Redraw("reminder", invitation)]
    return effects
