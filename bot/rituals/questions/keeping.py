"""Keeping a message somebody wrote as their answer to a question."""

from __future__ import annotations

from bot.context import Context
from bot.core.errors import Fixable
from bot.core.replies import Effect, Post, Redraw, Reply
from bot.core.text import Bold
from bot.core.ui import say
from bot.rituals.questions.machine import OPEN, Happening
from bot.rituals.questions.passing import moves, nobody_needs_to_help, told_without_a_mention
from bot.routing import policy
from storage import answers, communities
from storage.questions import Question


async def keep_answer(
    ctx: Context,
    question: Question,
    text: str,
    message: str,
    place: communities.Place | None,
    *,
    here: bool,
    setting: str = "",
) -> tuple[Effect, ...]:
    """``here``: it stands in the question's own thread, so it is not posted there once more."""
    if place is None:
        raise Fixable("I don't know the channel this was written in.")
    known = [answer for answer in await answers.of_question(ctx.db, question.id) if answer.message == message]
    if known and known[0].text:
        return (Reply(say("It is kept already.")),)
    if known:
        given = known[0]
        given.text, given.setting, given.consent = text, setting or given.setting, answers.KEPT
        await ctx.db.flush()
        await answers.reindex(ctx.db, question)
    else:
        given = await answers.add(
            ctx.db,
            question,
            ctx.member.id,
            ctx.now,
            text=text,
            place_id=place.id,
            message=message,
            setting=setting,
            consent=answers.KEPT,
        )
    posted = [] if here else [Post("answer", given.id, space=question.space_id, thread_of=("question", question.id))]
    return (
        *posted,
        *([] if here else told_without_a_mention(question, f"answer:{given.id}")),
        Redraw("keep_words", given.id),
        *await moves(ctx, question, Happening.ANSWER, policy.PAUSED_BY_A_REPLY if question.state in OPEN else None),
        *await nobody_needs_to_help(ctx, question, by=ctx.member.id),
        Reply(say("Kept as an answer to “", Bold(question.title), "”. Others find it from now on.")),
    )
