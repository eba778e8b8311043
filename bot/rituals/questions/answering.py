"""Answering: by form or in the thread, and saying what helped."""

from __future__ import annotations

from bot.context import Context
from bot.core.errors import Fixable
from bot.core.events import ThreadReply
from bot.core.forms import Option, Prefill
from bot.core.people import Role
from bot.core.replies import Effect, Later, NoLonger, Post, Redraw, Reply, Withdraw
from bot.core.text import shortened
from bot.core.ui import say
from bot.rituals.questions.declared import Answer, AskNext, Helped, NewAnswer, WhatHelped, next_step_key, ritual
from bot.rituals.questions.machine import Happening, State, after
from bot.routing.hours import after_working_hours
from storage import answers, invitations, members, questions
from storage.answers import Answer as AnswerRow
from storage.ledger import deliveries
from storage.questions import Question

PAUSED_BY_A_REPLY = 8  # working hours


async def _open(ctx: Context, question_id: int) -> Question:
    question = await questions.get_for_change(ctx.db, question_id, ctx.viewer, ctx.now)
    if question is None:
        raise Fixable("This question is gone, or you can't see the channel it was asked in any more.")
    return question


@ritual.click(role=Role.MEMBER, form=NewAnswer)
async def answer(ctx: Context, click: Answer, form: NewAnswer) -> tuple[Effect, ...]:
    question = await _open(ctx, click.question)
    given = await answers.add(ctx.db, question, ctx.member.id, ctx.now, text=form.text)
    question.state, question.next_step_at = after(question.state, Happening.ANSWER), None
    stands = await deliveries.latest(ctx.db, "question", question.id)
    words = "Thank you. Your answer is in the thread."
    if stands is None:
        words = "Thank you. The question's message is gone, but your answer is kept with it and can be found."
    return (
        Post("answer", given.id, space=question.space_id, thread_of=("question", question.id)),
        Redraw("question", question.id),
        Redraw("unrouted", question.id),
        *await _take_invitations_back(ctx, question),
        NoLonger(next_step_key(question.id)),
        Reply(say(words)),
    )


async def _take_invitations_back(ctx: Context, question: Question) -> list[Effect]:
    """Nobody needs to be asked any more."""
    withdrawn: list[Effect] = []
    for invitation in await invitations.of_question(ctx.db, question.id):
        if invitation.state == "asked":
            invitation.state = "answered" if invitation.member_id == ctx.member.id else "withdrawn"
            withdrawn.append(Withdraw("invitation", invitation.id))
    return withdrawn


@ritual.on(ThreadReply)
async def somebody_replied(ctx: Context, event: ThreadReply) -> tuple[Effect, ...]:
    """A reply by someone else than the asker pauses the clock: perhaps it is the answer."""
    assert ctx.place is not None
    delivery = await deliveries.of_message(ctx.db, ctx.place.id, event.thread)
    question = await questions.held(ctx.db, delivery.subject) if delivery and delivery.card == "question" else None
    if question is None or question.asker_id == ctx.member.id:
        return ()
    await answers.note_reply(ctx.db, question.id, ctx.member.id, ctx.place.id, event.message, event.at)
    if question.state != State.ASKED:
        return ()
    question.next_step_at = after_working_hours(ctx.now, PAUSED_BY_A_REPLY, ctx.community.zone)
    return (
        Later(question.next_step_at, AskNext(question=question.id), next_step_key(question.id)),
        Redraw("question", question.id),
    )


async def who_answered(ctx: Context, click: Helped) -> Prefill:
    """Everyone who answered or replied, for the one who asked to choose from."""
    question = await questions.get(ctx.db, click.question, ctx.viewer, ctx.now)
    if question is None:
        raise Fixable("This question is gone, or you can't see the channel it was asked in any more.")
    _only_the_asker(ctx, question)
    options = []
    for given in await answers.of_question(ctx.db, question.id):
        author = await members.as_person(ctx.db, given.author_id)
        words = f": {shortened(given.text, 50)}" if given.text else ", in the thread"
        options.append(Option(f"answer:{given.id}", f"{shortened(author.name, 20)}{words}"))
    known = {given.author_id for given in await answers.of_question(ctx.db, question.id)}
    for replier in await answers.repliers(ctx.db, question.id):
        if replier.member_id not in known:
            person = await members.as_person(ctx.db, replier.member_id)
            options.append(Option(f"reply:{replier.member_id}", f"{shortened(person.name, 40)}, in the thread"))
    if not options:
        raise Fixable("Nobody has answered yet.")
    return Prefill({"helped": options[0].value}, {"helped": tuple(options)})


@ritual.click(role=Role.MEMBER, form=WhatHelped, prefill=who_answered)
async def helped(ctx: Context, click: Helped, form: WhatHelped) -> tuple[Effect, ...]:
    question = await _open(ctx, click.question)
    _only_the_asker(ctx, question)
    kind, _, id = form.helped.partition(":")
    if kind == "answer":
        chosen = next((a for a in await answers.of_question(ctx.db, question.id) if str(a.id) == id), None)
    else:
        chosen = await _in_the_thread(ctx, question, id)
    if chosen is None:
        raise Fixable("Please choose one of those who answered.", "helped")
    chosen.helped_at = chosen.helped_at or ctx.now
    question.state, question.next_step_at = after(question.state, Happening.HELP), None
    return (
        Redraw("question", question.id),
        Redraw("answer", chosen.id),
        Redraw("unrouted", question.id),
        *await _take_invitations_back(ctx, question),
        NoLonger(next_step_key(question.id)),
        Reply(say("Good to hear. It is kept with the question, for whoever looks for it next.")),
    )


async def _in_the_thread(ctx: Context, question: Question, member_id: str) -> AnswerRow | None:
    """An answer that was typed in the thread: who and where, without the words."""
    replier = next((r for r in await answers.repliers(ctx.db, question.id) if str(r.member_id) == member_id), None)
    if replier is None:
        return None
    for given in await answers.of_question(ctx.db, question.id):
        if given.author_id == replier.member_id and not given.text:  # marked already, from a form that was open longer
            return given
    return await answers.add(
        ctx.db, question, replier.member_id, replier.at, place_id=replier.place_id, message=replier.message
    )


def _only_the_asker(ctx: Context, question: Question) -> None:
    if ctx.member.id != question.asker_id and ctx.member.role < Role.FACILITATOR:
        raise Fixable("Only the one who asked can say what helped.")
