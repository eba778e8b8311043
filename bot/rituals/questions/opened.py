"""A question that somebody acts on, and who may do what with it."""

from __future__ import annotations

from bot.context import Context
from bot.core.errors import Fixable
from bot.services.looking_after import looks_after
from storage import answers, questions
from storage.answers import Answer
from storage.questions import Question

GONE = "This question is gone, or you can't see the channel it was asked in any more."


async def opened(ctx: Context, question_id: int) -> Question:
    """The question, held so that two who act at once act one after the other. Raises Fixable when it is out of reach."""
    question = await questions.get_for_change(ctx.db, question_id, ctx.viewer, ctx.now)
    if question is None:
        raise Fixable(GONE)
    return question


async def seen(ctx: Context, question_id: int) -> Question:
    """The same for those who only look."""
    question = await questions.get(ctx.db, question_id, ctx.viewer, ctx.now)
    if question is None:
        raise Fixable(GONE)
    return question


async def answer_seen(ctx: Context, answer_id: int) -> tuple[Answer, Question]:
    """An answer and its question."""
    answer = await answers.get(ctx.db, answer_id)
    if answer is None:
        raise Fixable("This answer is gone.")
    return answer, await seen(ctx, answer.question_id)


async def answer_opened(ctx: Context, answer_id: int) -> tuple[Answer, Question]:
    """The same, with the question held."""
    answer, _ = await answer_seen(ctx, answer_id)
    question = await opened(ctx, answer.question_id)
    await ctx.db.refresh(answer)
    return answer, question


async def is_askers(ctx: Context, question: Question) -> bool:
    """Whether it is theirs to say what becomes of it: the asker's, or of whoever looks after the channel."""
    return ctx.member.id == question.asker_id or await looks_after(ctx, question.space_id)


async def only_the_asker(ctx: Context, question: Question, what: str) -> None:
    """Raises Fixable for anyone but the asker and those who look after the channel."""
    if not await is_askers(ctx, question):
        raise Fixable(f"Only the one who asked can {what}.")
