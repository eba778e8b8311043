"""Looking after a question: edit, close, open again, point to an earlier one, remove, follow. All under [More]."""

from __future__ import annotations

from bot.context import Context
from bot.core.errors import Fixable
from bot.core.forms import Option, Prefill
from bot.core.people import Role, Viewer
from bot.core.replies import Direct, Effect, Kind, NoLonger, Redraw, Reply, Withdraw
from bot.core.text import Bold, Quoted, shortened
from bot.core.ui import Button, Card, Section, say
from bot.rituals.questions.alike import alike_to
from bot.rituals.questions.declared import (
    AnsweredBefore,
    AnswerText,
    CloseIt,
    EarlierQuestion,
    EditAnswer,
    EditQuestion,
    Follow,
    More,
    MoreOfAnswer,
    QuestionText,
    RemoveAnswer,
    RemoveQuestion,
    Reopen,
    ReplyAsAsker,
    ThatWasIt,
    Unfollow,
    WhyClosed,
    WhyRemoved,
    next_step_key,
    ritual,
)
from bot.rituals.questions.machine import Happening, State, may
from bot.rituals.questions.opened import answer_opened, answer_seen, is_askers, only_the_asker, opened, seen
from bot.rituals.questions.passing import ask_people, moves, nobody_needs_to_help, something_was_said, take_back
from bot.services.digested import digests_with
from bot.services.looking_after import looks_after
from storage import answers, audit, communities, follows, invitations, members, questions, tags
from storage.questions import KIND, Question
from storage.search import index

EARLIER = 10
EXCERPT = 200
CHANGED = "This was changed since. Press More again, so that nothing newer is lost."


@ritual.click(role=Role.MEMBER, reads=True)
async def more(ctx: Context, click: More) -> Reply:
    question = await seen(ctx, click.question)
    buttons = []
    if question.asker_id == ctx.member.id:
        if question.anonymous:
            buttons.append(Button("Reply as the asker", ReplyAsAsker(question=question.id), "primary"))
        buttons.append(Button("Edit", EditQuestion(question=question.id, rev=question.rev)))
    elif ctx.member.id in await follows.followers(ctx.db, KIND, question.id):
        buttons.append(Button("Unfollow", Unfollow(question=question.id)))
    else:
        buttons.append(Button("Follow", Follow(question=question.id)))
    buttons.append(Button("Answered before", AnsweredBefore(question=question.id)))
    if await is_askers(ctx, question):
        if may(question.state, Happening.CLOSE):
            buttons.append(Button("Close", CloseIt(question=question.id)))
        elif may(question.state, Happening.REOPEN):
            buttons.append(Button("Open again", Reopen(question=question.id)))
        buttons.append(Button("Remove", RemoveQuestion(question=question.id), "danger"))
    return Reply(Card(body=(Bold(question.title),), sections=await _kept_words(ctx, question), buttons=tuple(buttons)))


async def _kept_words(ctx: Context, question: Question) -> tuple[Section, ...]:
    """What was typed in the thread and kept has no card of its own, so this is the way to it."""
    lines = []
    for answer in await answers.of_question(ctx.db, question.id):
        if answer.text and answer.message:
            author = await members.as_person(ctx.db, answer.author_id)
            words = (author, ": ", Quoted(shortened(answer.text, EXCERPT)))
            lines.append(Section(words, (Button("More", MoreOfAnswer(answer=answer.id)),)))
    return tuple(lines)


@ritual.click(role=Role.MEMBER, reads=True)
async def more_of_answer(ctx: Context, click: MoreOfAnswer) -> Reply:
    answer, question = await answer_seen(ctx, click.answer)
    buttons = []
    if answer.author_id == ctx.member.id:
        buttons.append(Button("Edit", EditAnswer(answer=answer.id, rev=answer.rev)))
    if answer.author_id == ctx.member.id or await looks_after(ctx, question.space_id):
        buttons.append(Button("Remove", RemoveAnswer(answer=answer.id), "danger"))
    if not buttons:
        return Reply(
            say("Whoever wrote this answer can change it; they and who looks after the channel can remove it.")
        )
    return Reply(Card(body=("This answer:",), buttons=tuple(buttons)))


# Words


async def question_as_it_is(ctx: Context, click: EditQuestion) -> Prefill:
    question = await seen(ctx, click.question)
    _unchanged(question.rev, click.rev)
    return Prefill({"title": question.title, "details": question.details, "tags": ", ".join(question.tags)})


def _unchanged(now: int, then: int) -> None:
    if now != then:
        raise Fixable(CHANGED)


@ritual.click(role=Role.MEMBER, form=QuestionText, prefill=question_as_it_is)
async def edit_question(ctx: Context, click: EditQuestion, form: QuestionText) -> tuple[Effect, ...]:
    question = await opened(ctx, click.question)
    if question.asker_id != ctx.member.id:
        raise Fixable("Only the one who asked can change the words.")
    _unchanged(question.rev, click.rev)
    tagged = await tags.meant(ctx.db, ctx.community.id, form.tags)
    question.title, question.details, question.tags = form.title, form.details, list(tagged)
    question.rev, question.edited_at = question.rev + 1, ctx.now
    await answers.reindex(ctx.db, question)
    await index.forget_old_words(ctx.db)
    if not any(place.closed for place in await communities.places_of_space(ctx.db, question.space_id)):
        await tags.used(ctx.db, ctx.community.id, tagged)
    return (*await all_redrawn(ctx, question), Reply(say("Saved.")))


async def answer_as_it_is(ctx: Context, click: EditAnswer) -> Prefill:
    answer, _ = await answer_seen(ctx, click.answer)
    _unchanged(answer.rev, click.rev)
    return Prefill({"text": answer.text, "setting": answer.setting})


@ritual.click(role=Role.MEMBER, form=AnswerText, prefill=answer_as_it_is)
async def edit_answer(ctx: Context, click: EditAnswer, form: AnswerText) -> tuple[Effect, ...]:
    answer, question = await answer_opened(ctx, click.answer)
    if answer.author_id != ctx.member.id:
        raise Fixable("Only whoever wrote it can change the words.")
    _unchanged(answer.rev, click.rev)
    answer.text, answer.setting = form.text, form.setting
    answer.rev, answer.edited_at = answer.rev + 1, ctx.now
    await ctx.db.flush()
    await answers.reindex(ctx.db, question)
    await index.forget_old_words(ctx.db)
    return (Redraw("answer", answer.id), Redraw("keep_words", answer.id), Reply(say("Saved.")))


# Its end, and beginning again


@ritual.click(role=Role.MEMBER, form=WhyClosed)
async def close(ctx: Context, click: CloseIt, form: WhyClosed) -> tuple[Effect, ...]:
    question = await opened(ctx, click.question)
    await only_the_asker(ctx, question, "close it")
    return (*await _closed(ctx, question, form.reason), Reply(say("Closed. It can be opened again under More.")))


async def _closed(ctx: Context, question: Question, reason: str) -> list[Effect]:
    if not may(question.state, Happening.CLOSE):
        raise Fixable("It is closed or solved already.")
    question.closed_because = reason
    effects = [*await moves(ctx, question, Happening.CLOSE), *await nobody_needs_to_help(ctx, question)]
    if question.asker_id != ctx.member.id:
        audit.note(ctx.db, ctx.community.id, ctx.member.id, ctx.now, "question.closed", f"question:{question.id}")
        about = question.space_id
        effects.append(Direct("closed", question.id, question.asker_id, Kind.ASKED_FOR, about=about))
    return effects


@ritual.click(role=Role.MEMBER)
async def reopen(ctx: Context, click: Reopen) -> tuple[Effect, ...]:
    question = await opened(ctx, click.question)
    await only_the_asker(ctx, question, "open it again")
    if not may(question.state, Happening.REOPEN):
        return (Reply(say("It is open already.")),)
    question.closed_because, question.duplicate_of, question.rounds = "", None, 0
    await moves(ctx, question, Happening.REOPEN)
    return (*await ask_people(ctx, question), Reply(say("It is open again. Its card says what happens next.")))


async def earlier_ones(ctx: Context, click: AnsweredBefore) -> Prefill:
    """Questions like it that everyone who reads this one may see."""
    question = await seen(ctx, click.question)
    readers = await _its_readers(ctx, question)
    words = "\n".join([question.title, question.details, *question.tags])
    alike = await alike_to(ctx.db, words, readers, ctx.now, EARLIER, leaving_out=question.id)
    found = await questions.several(ctx.db, alike, readers, ctx.now)
    options = tuple(Option(str(id), shortened(found[id].title, 70)) for id in alike if id in found)
    if not options:
        raise Fixable("I find no earlier question like this one.")
    return Prefill({"earlier": options[0].value}, {"earlier": options})


async def _its_readers(ctx: Context, question: Question) -> Viewer:
    """All who read a question, as a viewer: they see what stands where it stands."""
    places = await communities.places_of_space(ctx.db, question.space_id)
    return Viewer(ctx.community.id, place=places[0].id if places else None)


@ritual.click(role=Role.MEMBER, form=EarlierQuestion, prefill=earlier_ones)
async def answered_before(ctx: Context, click: AnsweredBefore, form: EarlierQuestion) -> tuple[Effect, ...]:
    question = await opened(ctx, click.question)
    chosen = int(form.earlier) if form.earlier.isdigit() else 0
    earlier = await questions.get(ctx.db, chosen, await _its_readers(ctx, question), ctx.now)
    if earlier is None or earlier.id == question.id:
        raise Fixable("Please choose one of the earlier questions.", "earlier")
    await questions.point_to(ctx.db, question.id, earlier.id, ctx.member.id, ctx.now)
    if await is_askers(ctx, question) and may(question.state, Happening.CLOSE):
        question.duplicate_of = earlier.id
        closed = await _closed(ctx, question, "Answered before.")
        return (*closed, Reply(say("It points to the earlier one now, and is closed.")))
    about = question.space_id
    key = f"pointed:{question.id}:{earlier.id}"
    return (
        Redraw("question", question.id),
        Direct("pointed", question.id, question.asker_id, Kind.ASKED_FOR, about=about, key=key),
        *await something_was_said(ctx, question, key),
        Reply(say("Thank you. The question points to it now, and whoever asked hears of it.")),
    )


@ritual.click(role=Role.MEMBER)
async def that_was_it(ctx: Context, click: ThatWasIt) -> tuple[Effect, ...]:
    """The asker agrees that an earlier question answers theirs."""
    question = await opened(ctx, click.question)
    await only_the_asker(ctx, question, "say that")
    if click.earlier not in await questions.pointed_to(ctx.db, question.id) or not may(question.state, Happening.CLOSE):
        return (Redraw("pointed", question.id), Reply(say("Noted. It is closed or solved already.")))
    question.duplicate_of = click.earlier
    return (*await _closed(ctx, question, "Answered before."), Redraw("pointed", question.id), Reply(say("Good.")))


# Gone for good


@ritual.click(role=Role.MEMBER, form=WhyRemoved)
async def remove_question(ctx: Context, click: RemoveQuestion, form: WhyRemoved) -> tuple[Effect, ...]:
    question = await opened(ctx, click.question)
    await only_the_asker(ctx, question, "remove it")
    effects = await all_gone(ctx, question)
    told = await _taken_down(ctx, question.asker_id, "question.removed", f"question:{question.id}", form.reason)
    await answers.remove_question(ctx.db, question)
    return (*effects, *told, Reply(say("It is gone: from its channel, from what can be found, from the database.")))


@ritual.click(role=Role.MEMBER, form=WhyRemoved)
async def remove_answer(ctx: Context, click: RemoveAnswer, form: WhyRemoved) -> tuple[Effect, ...]:
    answer, question = await answer_opened(ctx, click.answer)
    if answer.author_id != ctx.member.id and not await looks_after(ctx, question.space_id):
        raise Fixable("Only whoever wrote it, or looks after the channel, can remove it.")
    told = await _taken_down(ctx, answer.author_id, "answer.removed", f"answer:{answer.id}", form.reason)
    await answers.remove(ctx.db, question, answer)
    await answers.rate(ctx.db, question.id)
    gone = [Withdraw(card, answer.id) for card in ("answer", "keep_words")]
    goes_on = await without_it(ctx, question)
    return (*gone, *goes_on, *told, Reply(say("It is gone, also from what can be found.")))


async def without_it(ctx: Context, question: Question) -> list[Effect]:
    """Where nothing is left of what answered it, the question is open again."""
    left = await answers.of_question(ctx.db, question.id)
    stands = any(answer.helped_at for answer in left) if question.state == State.HELPED else bool(left)
    if stands or question.state not in (State.ANSWERED, State.HELPED):
        return [Redraw("question", question.id)]
    await moves(ctx, question, Happening.REOPEN)
    return await ask_people(ctx, question)


async def _taken_down(ctx: Context, author: int, action: str, subject: str, reason: str) -> list[Effect]:
    """What somebody else removes is written down, and its author told. What one removes oneself is nobody's business."""
    if author == ctx.member.id:
        return []
    entry = audit.note(ctx.db, ctx.community.id, ctx.member.id, ctx.now, action, subject, reason)
    await ctx.db.flush()
    return [Direct("taken_down", entry.id, author, Kind.ASKED_FOR)]


async def all_gone(ctx: Context, question: Question) -> list[Effect]:
    """Every message about it is taken back, every timer forgotten."""
    effects = await all_redrawn(ctx, question, gone=True)
    for invitation in await invitations.of_question(ctx.db, question.id):
        effects += take_back(invitation)
    return [*effects, NoLonger(next_step_key(question.id))]


ABOUT_QUESTION = ("question", "question_news", "unrouted", "did_it_help", "replied", "solved", "closed", "pointed")


async def all_redrawn(ctx: Context, question: Question, *, gone: bool = False) -> list[Effect]:
    """Every message that shows its words; ``gone``: what was not sent yet is not sent any more."""
    effect: type[Withdraw | Redraw] = Withdraw if gone else Redraw
    given = [answer.id for answer in await answers.of_question(ctx.db, question.id)]
    said = [remark.id for remark in await answers.remarks(ctx.db, question.id)]
    invited = [invitation.id for invitation in await invitations.of_question(ctx.db, question.id)]
    subjects = [(card, question.id) for card in ABOUT_QUESTION]
    elsewhere = [
        (card, id) for id in await questions.pointing_to(ctx.db, question.id) for card in ("question", "pointed")
    ]
    elsewhere += [("invitation", id) for id in await invitations.because_of(ctx.db, question.id)]
    subjects += [(card, id) for id in given for card in ("answer", "keep_words")]
    subjects += [("remark", id) for id in said]
    subjects += [(card, id) for id in invited for card in ("invitation", "reminder")]
    elsewhere += [(told.card, told.subject) for told in await digests_with(ctx.db, "question", question.id)]
    return [*(effect(card, id) for card, id in subjects), *(Redraw(card, id) for card, id in elsewhere)]


# Following


@ritual.click(role=Role.MEMBER)
async def follow(ctx: Context, click: Follow) -> Reply:
    question = await opened(ctx, click.question)
    await follows.follow(ctx.db, ctx.member.id, KIND, question.id)
    return Reply(say("I'll tell you when something helped. You can stop that under More."))


@ritual.click(role=Role.MEMBER)
async def unfollow(ctx: Context, click: Unfollow) -> Reply:
    await follows.unfollow(ctx.db, ctx.member.id, KIND, click.question)
    return Reply(say("You no longer follow it."))
