"""A member takes back all that they asked, answered and said: as if they had removed each by itself."""

from __future__ import annotations

from sqlalchemy import delete, select

from bot.context import Context
from bot.core.replies import Effect, Redraw, Withdraw
from bot.rituals.questions.tending import all_gone, without_it
from storage import answers
from storage.answers import Answer, Remark
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
        effects += await without_it(ctx, question)
    said = await ctx.db.scalars(delete(Remark).where(Remark.author_id == member_id).returning(Remark.id))
    return [*effects, *(Withdraw("remark", id) for id in list(said))]


async def questions_drawn_anew(ctx: Context, member_id: int) -> list[Effect]:
    """Where their name stands on cards that stay."""
    asked = await ctx.db.scalars(select(Question.id).where(Question.asker_id == member_id))
    given = list(await ctx.db.execute(select(Answer.id, Answer.question_id).where(Answer.author_id == member_id)))
    said = await ctx.db.scalars(select(Remark.id).where(Remark.author_id == member_id))
    cards = [*(("question", id) for id in asked), *(("remark", id) for id in said)]
    cards += [card for answer, question in given for card in (("answer", answer), ("question", question))]
    return [Redraw(card, id) for card, id in dict.fromkeys(cards)]
