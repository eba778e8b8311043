"""Answering: by form or in the thread; and what an asker without a name says there."""

from __future__ import annotations

from bot.context import Context
from bot.core.errors import Fixable
from bot.core.events import ThreadReply
from bot.core.people import Role
from bot.core.replies import Direct, Effect, Post, Redraw, Reply
from bot.core.ui import say
from bot.rituals.questions.declared import Answer, AskersWords, NewAnswer, NotYet, ReplyAsAsker, ritual
from bot.rituals.questions.machine import OPEN, Happening, State
from bot.rituals.questions.opened import only_the_asker, opened
from bot.rituals.questions.passing import (
    ask_people,
    moves,
    nobody_needs_to_help,
    something_was_said,
    take_back,
    told_without_a_mention,
)
from bot.routing import policy
from storage import answers, invitations, questions
from storage.ledger import deliveries


@ritual.click(role=Role.MEMBER, form=NewAnswer)
async def answer(ctx: Context, click: Answer, form: NewAnswer) -> tuple[Effect, ...]:
    question = await opened(ctx, click.question)
    if question.anonymous and question.asker_id == ctx.member.id:
        raise Fixable("You asked this without your name, and an answer would show it. Use “Reply as the asker”.")
    given = await answers.add(ctx.db, question, ctx.member.id, ctx.now, text=form.text, setting=form.setting)
    stands = await deliveries.latest(ctx.db, "question", question.id)
    words = "Thank you. Your answer is in the thread."
    if stands is None:
        words = "Thank you. The question's message is gone, but your answer is kept with it and can be found."
    is_open = question.state in OPEN
    if question.asker_id == ctx.member.id:  # others are asked as before, until they say that it helped
        return (
            Post("answer", given.id, space=question.space_id, thread_of=("question", question.id)),
            Redraw("question", question.id),
            Reply(say(f"{words} If that is it, press “This helped” on your question.")),
        )
    return (
        Post("answer", given.id, space=question.space_id, thread_of=("question", question.id)),
        *told_without_a_mention(question, f"answer:{given.id}"),
        *await moves(ctx, question, Happening.ANSWER, policy.PAUSED_BY_A_REPLY if is_open else None),
        *await nobody_needs_to_help(ctx, question, by=ctx.member.id),
        Reply(say(words)),
    )


@ritual.on(ThreadReply)
async def somebody_replied(ctx: Context, event: ThreadReply) -> tuple[Effect, ...]:
    """A reply by someone else than the asker pauses the clock: perhaps it is the answer."""
    assert ctx.place is not None
    delivery = await deliveries.of_message(ctx.db, ctx.place.id, event.thread)
    question = await questions.held(ctx.db, delivery.subject) if delivery and delivery.card == "question" else None
    if question is None or question.asker_id == ctx.member.id:
        return ()
    await answers.note_reply(ctx.db, question.id, ctx.member.id, ctx.place.id, event.message, event.at)
    taken_back: list[Effect] = []
    for invitation in await invitations.of_question(ctx.db, question.id):
        if invitation.member_id == ctx.member.id and invitation.state in invitations.WAITING:
            invitation.state = invitations.ANSWERED
            taken_back += take_back(invitation)
    return (*taken_back, *await something_was_said(ctx, question, f"{ctx.place.id}:{event.message}"))


@ritual.click(role=Role.MEMBER)
async def not_yet(ctx: Context, click: NotYet) -> tuple[Effect, ...]:
    """What was said did not help: others are asked now."""
    question = await opened(ctx, click.question)
    await only_the_asker(ctx, question, "say what helped")
    if question.state not in (State.PAUSED, State.CHECKING, State.ANSWERED):
        return (Redraw("did_it_help", question.id), Reply(say("Noted. It goes on as its card says.")))
    effects = await ask_people(ctx, question)
    found = any(isinstance(effect, Direct) and effect.card == "invitation" for effect in effects)
    then = (
        "I'm asking somebody else."
        if found
        else "Nobody else who may know is free to be asked, so the facilitators look after it."
    )
    return (*effects, Reply(say(f"Thank you for saying so. {then}")))


@ritual.click(role=Role.MEMBER, form=AskersWords)
async def reply_as_asker(ctx: Context, click: ReplyAsAsker, form: AskersWords) -> tuple[Effect, ...]:
    question = await opened(ctx, click.question)
    if question.asker_id != ctx.member.id:
        raise Fixable("Only the one who asked can do this.")
    said = await answers.remark(ctx.db, question.id, ctx.member.id, form.text, ctx.now)
    return (
        Post("remark", said.id, space=question.space_id, thread_of=("question", question.id)),
        Reply(say("It is in the thread, from “the asker”.")),
    )
