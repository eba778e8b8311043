"""Passing a question on: who is asked, when others are, and what the clock does with it in between."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from bot.context import Context
from bot.core.replies import Direct, Effect, Kind, Later, NoLonger, Redraw, Withdraw
from bot.rituals.questions.declared import NextStep, Remind, next_step_key, reminder_key, ritual
from bot.rituals.questions.likely import likely
from bot.rituals.questions.machine import UNANSWERED, Happening, State, after
from bot.routing import policy
from bot.routing.gate import May
from bot.routing.policy import policy_of
from bot.routing.rank import Choice, mixed
from bot.services import gate
from storage import answers, communities, invitations, members, questions, visibility
from storage.invitations import Invitation
from storage.ledger import deliveries
from storage.members import Member
from storage.questions import Question

DAY, REMINDED_WITHIN = timedelta(days=1), timedelta(days=7)
IN_RESERVE = 5  # more people than are asked are looked at once more, in case some were asked meanwhile


async def in_working_hours(ctx: Context, question: Question, hours: float) -> datetime:
    """When so much working time has passed; of the asker, where a community wants that and it tells nobody who asked."""
    rules, zone = policy_of(ctx.community.asking), ctx.community.zone
    if rules.whose_hours == "asker" and not question.anonymous:
        zone = (await ctx.db.get_one(Member, question.asker_id)).zone
    return rules.working.after(ctx.now, hours, ZoneInfo(zone))


async def moves(ctx: Context, question: Question, happening: Happening, hours: float | None = None) -> list[Effect]:
    """The question's next state, and its clock set to so many working hours from now, or stopped."""
    question.state = after(question.state, happening)
    question.next_step_at = None if hours is None else await in_working_hours(ctx, question, hours)
    drawn: list[Effect] = [Redraw(card, question.id) for card in ("question", "unrouted", "did_it_help")]
    key = next_step_key(question.id)
    if question.next_step_at is None:
        return [*drawn, NoLonger(key)]
    return [*drawn, Later(question.next_step_at, NextStep(question=question.id), key)]


async def ask_people(ctx: Context, question: Question) -> list[Effect]:
    """Invite the likeliest people who may be asked now; with nobody left, tell the facilitators."""
    chosen: list[Effect] = []
    if question.rounds < policy.MOST_ROUNDS:
        people = await members.count(ctx.db, ctx.community.id)
        chosen = await _invite_likely(
            ctx, question, policy_of(ctx.community.asking).asked_at_once(people, question.rounds)
        )
    if not chosen:
        return await tell_facilitators(ctx, question)
    return [*chosen, *await people_asked(ctx, question)]


async def ask_others(ctx: Context, question: Question) -> list[Effect]:
    """Some more, because a facilitator wants it, however often people were asked; nothing where nobody is left."""
    people = await members.count(ctx.db, ctx.community.id)
    chosen = await _invite_likely(ctx, question, policy_of(ctx.community.asking).asked_at_once(people, question.rounds))
    return [*chosen, *await people_asked(ctx, question)] if chosen else []


async def people_asked(ctx: Context, question: Question) -> list[Effect]:
    """Somebody was invited: the others' turn comes when their time is up."""
    question.rounds += 1
    hours = policy_of(ctx.community.asking).hours_to_wait(await members.count(ctx.db, ctx.community.id))
    return await moves(ctx, question, Happening.PEOPLE_ASKED, hours)


async def ask_another(ctx: Context, question: Question) -> list[Effect]:
    """In place of somebody who passed; the clock goes on as it is, unless nobody at all is left."""
    effects = await _invite_likely(ctx, question, 1)
    if effects:
        return [*effects, Redraw("question", question.id)]
    waiting = await invitations.of_question(ctx.db, question.id)
    if any(invitation.state in invitations.WAITING for invitation in waiting):
        return [Redraw("question", question.id)]
    return await ask_people(ctx, question)


async def _invite_likely(ctx: Context, question: Question, most: int) -> list[Effect]:
    everyone = await members.joined(ctx.db, ctx.community.id, visibility.is_reader(question.space_id, ctx.now))
    earlier = await invitations.of_question(ctx.db, question.id)
    sent = await deliveries.sent_subjects(ctx.db, "invitation", [it.id for it in earlier])
    # Whose invitation was taken back before it was sent was not asked yet.
    asked = {it.member_id for it in earlier if it.state != invitations.WITHDRAWN or it.id in sent}
    left_out = asked | {question.asker_id}
    people = {member.id: member for member in everyone if member.id not in left_out}
    choices = await likely(ctx.db, ctx.community, question, people, ctx.now)
    may_be_asked = await _may_be_asked(ctx, choices, people)
    likeliest = may_be_asked[: most + IN_RESERVE]
    # Held before it is decided for good: two questions at the same moment must not both be somebody's one of the day.
    await members.hold(ctx.db, [choice.member_id for choice in likeliest])
    chosen = mixed(await _may_be_asked(ctx, likeliest, people), most)
    return await invite(ctx, question, {choice.member_id: list(choice.reasons) for choice in chosen})


async def _may_be_asked(ctx: Context, choices: list[Choice], people: Mapping[int, Member]) -> list[Choice]:
    decisions = await gate.decide(ctx.db, [people[choice.member_id] for choice in choices], Kind.INVITATION, ctx.now)
    return [choice for choice in choices if decisions[choice.member_id].may is not May.NO]


async def invite(ctx: Context, question: Question, why: Mapping[int, list[str]]) -> list[Effect]:
    """``why`` is member id → reasons for asking them. Each is reminded once."""
    if not why:
        return []
    posted = ("question", question.id)
    directs: list[Effect] = []  # one after the other, so that they are written down together
    reminders: list[Effect] = []
    people = await members.several(ctx.db, list(why))
    decisions = await gate.decide(ctx.db, list(people.values()), Kind.INVITATION, ctx.now)
    working = policy_of(ctx.community.asking).working
    for it in await invitations.invite(ctx.db, question.id, why, ctx.now):
        person = people[it.member_id]
        asked_at = decisions[person.id].at or ctx.now
        remind_at = working.after(asked_at, policy.REMINDED_AFTER, ZoneInfo(person.zone))
        directs.append(Direct("invitation", it.id, person.id, Kind.INVITATION, about=question.space_id, after=posted))
        reminders.append(Later(remind_at, Remind(invitation=it.id), reminder_key(it.id)))
    return directs + reminders


async def tell_facilitators(ctx: Context, question: Question) -> list[Effect]:
    """Nobody is left to ask. They are told once, and of a few a day; else, or with nobody to tell, it waits in the queue."""
    told_before = await deliveries.latest(ctx.db, "unrouted", question.id) is not None
    may_see = visibility.is_reader(question.space_id, ctx.now)
    everyone = await members.facilitators(ctx.db, ctx.community.id, may_see)
    told = await deliveries.count_sent(ctx.db, "unrouted", [member.id for member in everyone], ctx.now - DAY)
    whom = [member for member in everyone if told.get(member.id, 0) < policy.MOST_TOLD_A_DAY]
    # Of a question without a name, who is not told would tell whose it is.
    others = [member for member in whom if question.anonymous or member.id != question.asker_id]
    if told_before or not whom:
        return await moves(ctx, question, Happening.FACILITATORS_KNOW)
    posted = ("question", question.id)
    directs: list[Effect] = [
        Direct("unrouted", question.id, member.id, Kind.DUTY, about=question.space_id, after=posted)
        for member in others or whom
    ]
    return [*directs, *await moves(ctx, question, Happening.NOBODY_LEFT, policy.FACILITATORS_HAVE)]


async def ask_whether_it_helped(ctx: Context, question: Question) -> list[Effect]:
    """The asker says what the replies were worth; without a word from them, others are asked next."""
    if not (await answers.of_question(ctx.db, question.id) or await answers.repliers(ctx.db, question.id)):
        return await ask_people(ctx, question)  # somebody asked back, or what was said is gone
    silence = policy.SILENCE_AFTER if question.state == State.PAUSED else None
    asked = Direct("did_it_help", question.id, question.asker_id, Kind.ASKED_FOR, about=question.space_id)
    return [asked, *await moves(ctx, question, Happening.CHECK, silence)]


async def nobody_needs_to_help(ctx: Context, question: Question, by: int | None = None) -> list[Effect]:
    """Invitations are taken back; ``by`` is the member who answered."""
    effects: list[Effect] = []
    for invitation in await invitations.of_question(ctx.db, question.id):
        if invitation.state in invitations.WAITING:
            answered = invitation.member_id == by
            invitation.state = invitations.ANSWERED if answered else invitations.WITHDRAWN
            effects += take_back(invitation)
    return effects


def take_back(invitation: Invitation) -> list[Effect]:
    """An invitation that waits for nobody any more: not sent if it was not, drawn anew if it was."""
    return [
        Withdraw("invitation", invitation.id),
        Withdraw("reminder", invitation.id),
        NoLonger(reminder_key(invitation.id)),
    ]


def told_without_a_mention(question: Question, what: str) -> list[Effect]:
    """Whoever asked without a name can't be mentioned, so they are told of each reply by message. ``what`` names the reply."""
    if not question.anonymous:
        return []
    key, about = f"replied:{question.id}:{what}", question.space_id
    return [Direct("replied", question.id, question.asker_id, Kind.ASKED_FOR, about=about, key=key)]


async def something_was_said(ctx: Context, question: Question, what: str) -> list[Effect]:
    """A reply puts the next step off: perhaps it is the answer. ``what`` names it."""
    told = told_without_a_mention(question, what)
    if question.state not in (State.ASKED, State.TOLD, State.QUEUED):
        return told
    return [*told, *await moves(ctx, question, Happening.REPLY, policy.PAUSED_BY_A_REPLY)]


@ritual.timer
async def next_step(ctx: Context, due: NextStep) -> tuple[Effect, ...]:
    """Time is up for what a question waited for."""
    question = await questions.held(ctx.db, due.question)
    if question is None:
        return ()
    if not await communities.places_of_space(ctx.db, question.space_id):
        if await communities.is_disconnected(ctx.db, question.space_id):  # perhaps it comes back
            again = NextStep(question=question.id)
            return (Later(ctx.now + DAY, again, next_step_key(question.id)),)
        return await _its_channel_is_gone(ctx, question)
    match State(question.state):
        case State.ASKED | State.CHECKING:
            return tuple(await ask_people(ctx, question))
        case State.PAUSED | State.ANSWERED:
            return tuple(await ask_whether_it_helped(ctx, question))
        case State.TOLD:
            return tuple(await moves(ctx, question, Happening.WAITED))
        case _:
            return ()


async def _its_channel_is_gone(ctx: Context, question: Question) -> tuple[Effect, ...]:
    if question.state not in UNANSWERED:
        return ()
    question.closed_because = "Its channel is archived."
    closed = Direct("closed", question.id, question.asker_id, Kind.ASKED_FOR)
    return (closed, *await moves(ctx, question, Happening.CLOSE), *await nobody_needs_to_help(ctx, question))


@ritual.timer
async def remind(ctx: Context, due: Remind) -> tuple[Effect, ...]:
    """Once, for somebody who was asked and has said nothing, or asked to be reminded."""
    invitation = await invitations.get(ctx.db, due.invitation)
    if invitation is None or invitation.state not in invitations.WAITING:
        return ()
    question = await questions.held(ctx.db, invitation.question_id)
    await ctx.db.refresh(invitation)  # a press may have come while we waited for the question
    if question is None or question.state not in UNANSWERED or invitation.state not in invitations.WAITING:
        return ()
    asked_for = invitation.state == invitations.LATER
    if invitation.reminded_at is not None and not asked_for:
        return ()
    if not asked_for and (put_off := await _put_off(ctx, question, invitation)):
        return put_off
    invitation.state, invitation.reminded_at = invitations.ASKED, ctx.now
    kind = Kind.ASKED_FOR if asked_for else Kind.REMINDER
    return (
        Direct("reminder", invitation.id, invitation.member_id, kind, about=question.space_id),
        Redraw("invitation", invitation.id),
    )


async def _put_off(ctx: Context, question: Question, invitation: Invitation) -> tuple[Effect, ...]:
    """A reminder that would come at a wrong moment comes on another day: after a reply, or when they have a message today."""
    await members.hold(ctx.db, [invitation.member_id])  # an invitation at the same moment is one message too many
    person = await ctx.db.get_one(Member, invitation.member_id)
    paused = question.state in (State.PAUSED, State.CHECKING)
    decision = (await gate.decide(ctx.db, [person], Kind.REMINDER, ctx.now))[person.id]
    if not paused and decision.may is not May.NO:
        return ()
    if ctx.now - invitation.created_at > REMINDED_WITHIN:
        return (NoLonger(reminder_key(invitation.id)),)
    at = policy_of(ctx.community.asking).working.next_opening(ctx.now, ZoneInfo(person.zone))
    return (Later(at, Remind(invitation=invitation.id), reminder_key(invitation.id)),)
