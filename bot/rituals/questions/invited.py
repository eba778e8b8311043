"""What somebody who was asked can say: not me, later, this person rather, what do you mean?"""

from __future__ import annotations

from datetime import timedelta

from bot.context import Context
from bot.core.errors import Fixable
from bot.core.events import Ref
from bot.core.people import Role
from bot.core.replies import Effect, Kind, Later, Post, Redraw, Reply
from bot.core.text import Typed
from bot.core.ui import Button, Card, say
from bot.rituals.questions.declared import (
    AskBack,
    AskSomeone,
    NotMe,
    NotNow,
    QuestionBack,
    Remind,
    RemindMe,
    SomebodyToAsk,
    Suggest,
    reminder_key,
    ritual,
)
from bot.rituals.questions.machine import Happening, State, may
from bot.rituals.questions.opened import opened
from bot.rituals.questions.passing import ask_another, invite, people_asked, something_was_said, take_back
from bot.routing.gate import May
from bot.services import gate
from storage import answers, invitations, members, questions, visibility
from storage.invitations import Invitation
from storage.questions import Question

MOST_WAITING = 100


async def _mine(ctx: Context, invitation_id: int) -> tuple[Invitation, Question | None]:
    """The invitation and its question, both held: a second press waits for the first."""
    invitation = await invitations.get(ctx.db, invitation_id)
    if invitation is None:
        raise Fixable("This question is gone: nothing is left for you to do.")
    if invitation.member_id != ctx.member.id:
        raise Fixable("Only the one who was asked can say this.")
    question = await questions.held(ctx.db, invitation.question_id)
    await ctx.db.refresh(invitation)
    return invitation, question


@ritual.click(role=Role.MEMBER)
async def not_me(ctx: Context, click: NotMe) -> tuple[Effect, ...]:
    invitation, question = await _mine(ctx, click.invitation)
    if invitation.state not in invitations.WAITING or question is None:
        return (Redraw("invitation", invitation.id),)
    invitation.state = invitations.DECLINED
    others: list[Effect] = []
    if question.state == State.ASKED:
        others = await ask_another(ctx, question)
    thanks = "No problem, thank you for saying so. Do you know somebody who may know?"
    suggest = Button("Suggest someone", Suggest(invitation=invitation.id))
    return (*take_back(invitation), *others, Reply(Card(body=(thanks,), buttons=(suggest,))))


@ritual.click(role=Role.MEMBER, form=RemindMe)
async def not_now(ctx: Context, click: NotNow, form: RemindMe) -> tuple[Effect, ...]:
    invitation, question = await _mine(ctx, click.invitation)
    if invitation.state not in invitations.WAITING or question is None:
        return (Redraw("invitation", invitation.id), Reply(say("It is taken care of: nothing is left for you to do.")))
    invitation.state = invitations.LATER
    at = ctx.now + timedelta(hours=int(form.hours))
    words = "I'll remind you, unless it is answered by then. Others may be asked meanwhile."
    return (
        Later(at, Remind(invitation=invitation.id), reminder_key(invitation.id)),
        Redraw("invitation", invitation.id),
        Redraw("reminder", invitation.id),
        Reply(say(words)),
    )


@ritual.click(role=Role.MEMBER, form=QuestionBack)
async def ask_back(ctx: Context, click: AskBack, form: QuestionBack) -> tuple[Effect, ...]:
    question = await opened(ctx, click.question)
    if question.asker_id == ctx.member.id:
        raise Fixable("You asked this yourself.")
    said = await answers.remark(ctx.db, question.id, ctx.member.id, form.text, ctx.now)
    return (
        Post("remark", said.id, space=question.space_id, thread_of=("question", question.id)),
        *await something_was_said(ctx, question, f"remark:{said.id}"),
        Reply(say("It is in the question's thread.")),
    )


@ritual.click(role=Role.MEMBER, form=SomebodyToAsk)
async def suggest(ctx: Context, click: Suggest, form: SomebodyToAsk) -> tuple[Effect, ...]:
    _, question = await _mine(ctx, click.invitation)
    if question is None:
        raise Fixable("This question is gone.")
    reason = f"suggested:{ctx.member.id}"
    if any(reason in invitation.reasons for invitation in await invitations.of_question(ctx.db, question.id)):
        raise Fixable("You suggested somebody already, thank you. Others you could mention in the thread.")
    return await _ask(ctx, question, form.person, reason)


@ritual.click(role=Role.FACILITATOR, form=SomebodyToAsk)
async def ask_someone(ctx: Context, click: AskSomeone, form: SomebodyToAsk) -> tuple[Effect, ...]:
    return await _ask(ctx, await opened(ctx, click.question), form.person, "suggested")


async def _ask(ctx: Context, question: Question, person: Ref, reason: str) -> tuple[Effect, ...]:
    """Ask one person whom somebody thought of, if they may be asked."""
    if not may(question.state, Happening.PEOPLE_ASKED):
        raise Fixable("This question is solved or closed by now.")
    member = await members.of_account(ctx.db, person)
    if member is None or member.community_id != ctx.community.id:
        raise Fixable(("I don't know this person yet. Ask them to type ", Typed("rounds me"), " once."), "person")
    if member.id == question.asker_id and not question.anonymous:  # else refusing would tell whose it is
        raise Fixable("They asked it themselves.", "person")
    if member.id in await invitations.asked(ctx.db, question.id):
        raise Fixable("They were asked already.", "person")
    if member.id not in await visibility.readers(ctx.db, question.space_id, ctx.now):
        raise Fixable("They can't see the channel it was asked in.", "person")
    await members.hold(ctx.db, [member.id])
    decision = (await gate.decide(ctx.db, [member], Kind.INVITATION, ctx.now))[member.id]
    if decision.may is May.NO:
        # What they allow is theirs to know.
        why = "Only people who joined are asked." if member.joined_at is None else "They can't be asked just now."
        raise Fixable(f"{why} You could mention them in the thread.", "person")
    invited = await invite(ctx, question, {member.id: [reason]})
    # Where somebody replied already, or answered, that goes its way.
    waits = question.state in (State.ASKED, State.TOLD, State.QUEUED)
    then = await people_asked(ctx, question) if waits else [Redraw("question", question.id)]
    return (*invited, *then, Reply(say(f"I'm asking {member.name} now.")))


async def no_longer_asked(ctx: Context, member_id: int) -> list[Effect]:
    """Whoever leaves, or is blocked, is asked and reminded of nothing any more; others are asked in their place."""
    effects: list[Effect] = []
    for invitation in await invitations.waiting_for(ctx.db, member_id, MOST_WAITING):
        question = await questions.held(ctx.db, invitation.question_id)
        invitation.state = invitations.DECLINED
        effects += take_back(invitation)
        if question is not None and question.state == State.ASKED:
            effects += await ask_another(ctx, question)
    return effects
