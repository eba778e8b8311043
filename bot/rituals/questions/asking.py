"""Asking: the form, where it is posted, and who is asked."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta

from sqlalchemy.ext.asyncio import AsyncSession

from bot.context import Context
from bot.core.errors import Fixable
from bot.core.events import Shortcut
from bot.core.forms import Option, Prefill
from bot.core.people import Role
from bot.core.replies import Direct, Effect, Effects, Kind, Later, NoLonger, Post, Redraw, Reply
from bot.core.text import Channel, Typed, shortened
from bot.core.ui import say
from bot.rituals.questions.alike import show_alike
from bot.rituals.questions.cards import counted
from bot.rituals.questions.declared import (
    TITLE_LENGTH,
    Ask,
    AskAnyway,
    AskNext,
    AskSomeone,
    NewQuestion,
    NotMe,
    SaveMessage,
    SomebodyToAsk,
    ThatAnswersIt,
    next_step_key,
    ritual,
)
from bot.rituals.questions.likely import likely
from bot.rituals.questions.machine import Happening, State, after, may_ask_people
from bot.routing.gate import May
from bot.routing.hours import after_working_hours
from bot.services import gate
from storage import communities, drafts, invitations, members, questions, tags, visibility
from storage.communities import QUESTIONS, Community, Place
from storage.questions import Question

ASKED_AT_ONCE = 3
SMALL_COMMUNITY = 30  # below this, one person is asked at first
FIRST_WAIT_SMALL, FIRST_WAIT = 4, 8  # working hours
LIKE_ENOUGH = 0.15  # of the score that the question reaches against itself
ALIKE = 30
MONTH = timedelta(days=30)


# The form


async def where_it_may_go(ctx: Context) -> list[Place]:
    """Where this person can post from here: the private channel they are in before any wider one."""
    usual = _nearest(ctx, await communities.places(ctx.db, ctx.community.id, QUESTIONS))
    here = [ctx.place] if ctx.place and not ctx.place.archived and (ctx.place.closed or not usual) else []
    found = []
    for place in dict.fromkeys([*here, *usual]):
        if await visibility.sees(ctx.db, place.space_id, ctx.viewer, ctx.now):
            found.append(place)
    return found


def _nearest(ctx: Context, places: list[Place]) -> list[Place]:
    """One place for each space: what is posted in one of its places is posted in all, so they are one choice."""
    here = (ctx.place.platform, ctx.place.workspace) if ctx.place else None
    found: dict[int, Place] = {}
    for place in sorted(places, key=lambda place: (place.platform, place.workspace) != here):
        found.setdefault(place.space_id, place)
    return list(found.values())


async def prefill_question(ctx: Context, typed: str) -> Prefill:
    places = await where_it_may_go(ctx)
    if not places:
        nowhere = "There is no channel for questions here yet. A facilitator can choose one with "
        raise Fixable((nowhere, Typed("facilitate channels"), "."))
    options = []
    for place in places:
        readers = len(await visibility.readers(ctx.db, place.space_id, ctx.now))
        label = f"#{shortened(place.name, 30)} · {counted(readers, 'person', 'people')} can read it"
        options.append(Option(str(place.id), label))
    fits = len(typed) <= TITLE_LENGTH and "\n" not in typed
    values = {"title": typed} if fits else {"title": shortened(typed, TITLE_LENGTH), "details": typed}
    return Prefill(
        {**values, "place": options[0].value},
        {"place": tuple(options)},
        (f"Posts to {options[0].label}.",) if len(options) == 1 else (),
    )


async def prefill_from_button(ctx: Context, click: Ask) -> Prefill:
    return await prefill_question(ctx, "")


@ritual.command(
    "ask", "Ask a question: I find people who may know", role=Role.MEMBER, form=NewQuestion, prefill=prefill_question
)
async def ask(ctx: Context, form: NewQuestion) -> Effects:
    return await show_alike(ctx, form) or await post_question(ctx, form)


async def post_question(ctx: Context, form: NewQuestion) -> tuple[Effect, ...]:
    places = {str(place.id): place for place in await where_it_may_go(ctx)}
    if not places:
        raise Fixable("There is no channel for questions here yet.")
    place = places.get(form.place) if form.place else next(iter(places.values()))
    if place is None or (not form.place and ctx.place and ctx.place.closed and place.id != ctx.place.id):
        raise Fixable("Please choose one of the channels.", "place")  # never a wider one than they were in, by itself
    question = await questions.ask(
        ctx.db,
        community_id=ctx.community.id,
        space_id=place.space_id,
        asker_id=ctx.member.id,
        title=form.title,
        details=form.details,
        tags=form.tags,
        state=State.NEW,
        now=ctx.now,
    )
    if not place.closed:  # a tag that is offered to everyone must not tell what a closed channel talks about
        await tags.used(ctx.db, ctx.community.id, form.tags)
    found = await ask_people(ctx.db, ctx.community, question, ctx.now)
    asked = sum(isinstance(effect, Direct) and effect.card == "invitation" for effect in found)
    told = any(isinstance(effect, Direct) and effect.card == "unrouted" for effect in found)
    if asked:
        then = f"I asked {counted(asked, 'person', 'people')} who may know."
    elif told:
        then = "I told a facilitator, who may know whom to ask."
    else:
        then = "Nobody to ask is known yet; you could mention somebody in its thread."
    return (
        Post("question", question.id, space=place.space_id),
        *found,
        Reply(say("Posted in ", Channel(place.name, place.ref), ". ", then)),
    )


@ritual.click(role=Role.MEMBER, form=NewQuestion, prefill=prefill_from_button)
async def ask_from_button(ctx: Context, click: Ask, form: NewQuestion) -> Effects:
    return await ask(ctx, form)


@ritual.click(role=Role.MEMBER)
async def ask_anyway(ctx: Context, click: AskAnyway) -> tuple[Effect, ...]:
    """Go on with what was typed, after a look at what was asked before."""
    draft = await drafts.take(ctx.db, click.draft, ctx.member.id, ctx.now)
    if draft is None:
        raise Fixable(("This was asked already, or its draft is gone. You can type ", Typed("ask"), " again."))
    form = NewQuestion.parse(draft.filled)
    if not isinstance(form, NewQuestion):
        raise Fixable("Something in this draft is no longer right: " + " ".join(form.values()))
    return await post_question(ctx, form)


@ritual.click(role=Role.MEMBER)
async def that_answers_it(ctx: Context, click: ThatAnswersIt) -> Reply:
    await drafts.take(ctx.db, click.draft, ctx.member.id, ctx.now)
    return Reply(say("Good. Nothing was posted."))


async def prefill_from_message(ctx: Context, chosen: Shortcut | SaveMessage) -> Prefill:
    if isinstance(chosen, SaveMessage):  # opened again: what was typed is kept
        return await prefill_question(ctx, "")
    if chosen.author != chosen.who:
        raise Fixable("Only whoever wrote a message can save it. You could ask them to.")
    if not chosen.text.strip():
        raise Fixable("This message has no words to save.")
    return await prefill_question(ctx, chosen.text.strip())


@ritual.shortcut(
    "Save to Rounds…",
    lambda chosen: SaveMessage(message=chosen.message),
    role=Role.MEMBER,
    form=NewQuestion,
    prefill=prefill_from_message,
)
async def save_as_question(ctx: Context, click: SaveMessage, form: NewQuestion) -> Effects:
    return await ask(ctx, form)


# Who is asked


async def ask_people(db: AsyncSession, community: Community, question: Question, now: datetime) -> list[Effect]:
    """Invite the likeliest people who may be asked now; with nobody left, tell the facilitators. Moves the question on."""
    everyone = await members.joined(db, community.id, visibility.is_reader(question.space_id, now))
    earlier = {invitation.member_id for invitation in await invitations.of_question(db, question.id)}
    people = {member.id: member for member in everyone if member.id != question.asker_id and member.id not in earlier}
    is_small = await members.count(db, community.id) < SMALL_COMMUNITY
    choices = await likely(db, community, question, people, now)
    decisions = await gate.decide(db, [people[choice.member_id] for choice in choices], Kind.INVITATION, now)
    may = [choice for choice in choices if decisions[choice.member_id].may is not May.NO]
    chosen = may[: 1 if is_small else ASKED_AT_ONCE]
    if not chosen:
        return await _tell_facilitators(db, community, question, now)
    effects = await _invite(db, question, {choice.member_id: list(choice.reasons) for choice in chosen}, now)
    wait = FIRST_WAIT_SMALL if is_small else FIRST_WAIT
    return [*effects, *_people_asked(question, after_working_hours(now, wait, community.zone))]


def _people_asked(question: Question, next_step_at: datetime) -> list[Effect]:
    question.state = after(question.state, Happening.PEOPLE_ASKED)
    question.next_step_at = next_step_at
    return [
        Later(next_step_at, AskNext(question=question.id), next_step_key(question.id)),
        Redraw("question", question.id),
        Redraw("unrouted", question.id),
    ]


async def _invite(db: AsyncSession, question: Question, why: Mapping[int, list[str]], now: datetime) -> list[Effect]:
    """``why`` is member id → the reasons for asking them."""
    asks = ("question", question.id)
    return [
        Direct("invitation", it.id, it.member_id, Kind.INVITATION, about=question.space_id, after=asks)
        for it in await invitations.invite(db, question.id, why, "asked", now)
    ]


async def _tell_facilitators(db: AsyncSession, community: Community, question: Question, now: datetime) -> list[Effect]:
    question.state, question.next_step_at = after(question.state, Happening.NOBODY_LEFT), None
    told: list[Effect] = [
        Direct("unrouted", question.id, member.id, Kind.DUTY, about=question.space_id, after=("question", question.id))
        for member in await members.facilitators(db, community.id, visibility.is_reader(question.space_id, now))
    ]
    return [*told, NoLonger(next_step_key(question.id)), Redraw("question", question.id)]


@ritual.timer
async def ask_next(ctx: Context, due: AskNext) -> tuple[Effect, ...]:
    question = await questions.held(ctx.db, due.question)
    if question is None or question.state != State.ASKED:
        return ()
    return tuple(await ask_people(ctx.db, ctx.community, question, ctx.now))


@ritual.click(role=Role.MEMBER)
async def not_me(ctx: Context, click: NotMe) -> tuple[Effect, ...]:
    invitation = await invitations.get(ctx.db, click.invitation)
    if invitation is None or invitation.member_id != ctx.member.id:
        raise Fixable("Only the one who was asked can pass on it.")
    question = await questions.held(ctx.db, invitation.question_id)
    await ctx.db.refresh(invitation)  # a second press waited for the question, too
    if invitation.state != "asked" or question is None:
        return (Redraw("invitation", invitation.id),)
    invitation.state = "declined"
    thanks = Reply(say("No problem, thank you for saying so. I'll ask someone else."))
    others = await ask_people(ctx.db, ctx.community, question, ctx.now) if question.state == State.ASKED else []
    return (Redraw("invitation", invitation.id), *others, thanks)


@ritual.click(role=Role.FACILITATOR, form=SomebodyToAsk)
async def ask_someone(ctx: Context, click: AskSomeone, form: SomebodyToAsk) -> tuple[Effect, ...]:
    question = await questions.get_for_change(ctx.db, click.question, ctx.viewer, ctx.now)
    if question is None or not may_ask_people(question.state):
        raise Fixable("This question has an answer by now, or is gone.")
    member = await members.of_account(ctx.db, form.person)
    if member is None or member.community_id != ctx.community.id:
        raise Fixable(("I don't know this person yet. Ask them to type ", Typed("rounds me"), " once."), "person")
    if member.id == question.asker_id:
        raise Fixable("They asked it themselves.", "person")
    if member.id in {invitation.member_id for invitation in await invitations.of_question(ctx.db, question.id)}:
        raise Fixable("They were asked already.", "person")
    if member.id not in await visibility.readers(ctx.db, question.space_id, ctx.now):
        raise Fixable("They can't see the channel it was asked in.", "person")
    decision = (await gate.decide(ctx.db, [member], Kind.INVITATION, ctx.now))[member.id]
    if decision.may is May.NO:
        raise Fixable(f"I may not ask them: {decision.reason} You could mention them in the thread.", "person")
    invitation = await _invite(ctx.db, question, {member.id: ["suggested"]}, ctx.now)
    next_step = _people_asked(question, after_working_hours(ctx.now, FIRST_WAIT, ctx.community.zone))
    return (*invitation, *next_step, Reply(say(f"I'm asking {member.name}.")))
