"""What helped: the asker says whose answer it was; who wrote it says whether their words may be kept; others say how it went."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy.ext.asyncio import AsyncSession

from bot.context import Context
from bot.core.errors import Fixable
from bot.core.events import Ref
from bot.core.forms import Option, Prefill
from bot.core.people import Role
from bot.core.ports import Outside
from bot.core.replies import Direct, Effect, Kind, Redraw, Reply
from bot.core.text import Quoted, shortened
from bot.core.ui import Button, Card, say
from bot.rituals.questions.declared import (
    TEXT_LENGTH,
    EditAnswer,
    Helped,
    HowItWent,
    KeepMyWords,
    KeepNothing,
    MyWords,
    RemoveAnswer,
    TriedIt,
    WhatHelped,
    WriteMyWords,
    ritual,
)
from bot.rituals.questions.machine import Happening, State
from bot.rituals.questions.opened import answer_opened, answer_seen, only_the_asker, opened, seen
from bot.rituals.questions.passing import moves, nobody_needs_to_help
from bot.services.clinical import check_words
from storage import answers, communities, follows, members, questions, trials, visibility
from storage.answers import Answer
from storage.ledger import deliveries
from storage.questions import Question

MOST_OPTIONS = 25  # Discord's choices; whoever replied last is likeliest to have helped


async def who_answered(ctx: Context, click: Helped) -> Prefill:
    """Everyone who answered or replied, for the one who asked to choose from."""
    question = await seen(ctx, click.question)
    await only_the_asker(ctx, question, "say what helped")
    options = []
    given = await answers.of_question(ctx.db, question.id)
    for answer in given:
        author = await members.as_person(ctx.db, answer.author_id)
        words = f": {shortened(answer.text, 50)}" if answer.text else ", in the thread"
        options.append(Option(f"answer:{answer.id}", f"{shortened(author.name, 20)}{words}"))
    known = {answer.author_id for answer in given if not answer.text}
    for replier in await answers.repliers(ctx.db, question.id):
        if replier.member_id not in known:
            person = await members.as_person(ctx.db, replier.member_id)
            options.append(Option(f"reply:{replier.member_id}", f"{shortened(person.name, 40)}, in the thread"))
    if not options:
        raise Fixable("Nobody has answered yet.")
    options = options[-MOST_OPTIONS:]
    return Prefill({"helped": options[-1].value}, {"helped": tuple(options)})


@ritual.click(role=Role.MEMBER, form=WhatHelped, prefill=who_answered)
async def helped(ctx: Context, click: Helped, form: WhatHelped) -> tuple[Effect, ...]:
    question = await opened(ctx, click.question)
    await only_the_asker(ctx, question, "say what helped")
    kind, _, id = form.helped.partition(":")
    if kind == "answer":
        chosen = next((a for a in await answers.of_question(ctx.db, question.id) if str(a.id) == id), None)
    else:
        chosen = await _in_the_thread(ctx, question, id)
    if chosen is None:
        raise Fixable("Please choose one of those who answered.", "helped")
    chosen.helped_at = chosen.helped_at or ctx.now
    followers = [] if question.state == State.HELPED else await _followers_told(ctx, question)
    await answers.rate(ctx.db, question.id)
    kept = "It is kept with the question, for whoever looks for it next."
    if chosen.message and not chosen.text:
        kept = "Whoever looks for it next finds the way there; whether the words are kept, whoever wrote them decides."
    return (
        *await moves(ctx, question, Happening.HELP),
        Redraw("answer", chosen.id),
        *await nobody_needs_to_help(ctx, question),
        *_asked_for_consent(question, chosen),
        *followers,
        Reply(say(f"Good to hear. {kept}")),
    )


async def _in_the_thread(ctx: Context, question: Question, member_id: str) -> Answer | None:
    """An answer that was typed in the thread: who and where, without the words."""
    replier = next((r for r in await answers.repliers(ctx.db, question.id) if str(r.member_id) == member_id), None)
    if replier is None:
        return None
    for given in await answers.of_question(ctx.db, question.id):
        if given.author_id == replier.member_id and given.message:  # marked already, from a form that was open longer
            return given
    return await answers.add(
        ctx.db, question, replier.member_id, replier.at, place_id=replier.place_id, message=replier.message
    )


def _asked_for_consent(question: Question, chosen: Answer) -> list[Effect]:
    """The one message that somebody who helped in a thread gets: may their words be kept for others?"""
    if not chosen.message or chosen.consent:
        return []
    chosen.consent = answers.ASKED
    return [Direct("keep_words", chosen.id, chosen.author_id, Kind.ASKED_FOR, about=question.space_id)]


async def _followers_told(ctx: Context, question: Question) -> list[Effect]:
    """Each who follows it and can still see it."""
    readers = set(await visibility.readers(ctx.db, question.space_id, ctx.now))
    following = set(await follows.followers(ctx.db, questions.KIND, question.id)) & readers
    about = question.space_id
    return [
        Direct("solved", question.id, member, Kind.ASKED_FOR, about=about)
        for member in sorted(following - {ctx.member.id, question.asker_id})
    ]


# Their words, if they agree


@dataclass(frozen=True, slots=True)
class Stands:
    """Where words stand that may be kept: somebody's messages in a thread. ``readable``: we can read them there."""

    place: Ref
    messages: tuple[str, ...]
    thread: str
    readable: bool


async def _where(db: AsyncSession, answer_id: int) -> Stands | None:
    answer = await answers.get(db, answer_id)
    place = await db.get(communities.Place, answer.place_id) if answer and answer.place_id else None
    if answer is None or place is None:
        return None
    posts: Sequence[deliveries.Delivery] = await deliveries.posts(db, "question", [answer.question_id])
    thread = next((post.remote_id for post in posts if post.place_id == place.id), "")
    replied = await answers.repliers(db, answer.question_id)
    first = next((one.first_message for one in replied if one.member_id == answer.author_id), "")
    messages = tuple(dict.fromkeys(message for message in (first, answer.message) if message))
    return Stands(place.ref, messages, thread, place.readable)


async def read_their_reply(outside: Outside, click: KeepMyWords | WriteMyWords) -> str:
    """What they wrote in the thread, read because they pressed the button; nothing where it can't be read. Raises SendError.

    Of their first and their last message there the longer: "You're welcome" is not what helped.
    """
    stands = await outside.read(lambda db: _where(db, click.answer))
    if stands is None or not stands.readable:
        return ""
    read = [await outside.words(stands.place, message, stands.thread) for message in stands.messages]
    return max(read, key=len, default="")


async def _own(ctx: Context, answer_id: int) -> tuple[Answer, Question]:
    answer, question = await answer_opened(ctx, answer_id)
    if answer.author_id != ctx.member.id:
        raise Fixable("Only whoever wrote it can say that.")
    return answer, question


@ritual.click(role=Role.MEMBER, prepare=read_their_reply)
async def keep_my_words(ctx: Context, click: KeepMyWords) -> tuple[Effect, ...]:
    answer, question = await _own(ctx, click.answer)
    text = str(ctx.prepared).strip()
    if not text:
        raise Fixable("I can't read your message any more. You can write your answer down with Edit.")
    if len(text) > TEXT_LENGTH:
        raise Fixable(f"Your message is too long to be kept: at most {TEXT_LENGTH:,} characters. Shorten it with Edit.")
    check_words(ctx.community, text)
    return await _kept(ctx, answer, question, text)


async def their_words(ctx: Context, click: WriteMyWords) -> Prefill:
    answer, _ = await answer_seen(ctx, click.answer)
    if answer.author_id != ctx.member.id:
        raise Fixable("Only whoever wrote it can say that.")
    words = answer.text or str(ctx.prepared or "")
    note = () if words else ("I can't read what you wrote there: write down what others should find.",)
    return Prefill({"text": words, "setting": answer.setting}, note=note)


@ritual.click(role=Role.MEMBER, form=MyWords, prefill=their_words, beforehand=read_their_reply)
async def write_my_words(ctx: Context, click: WriteMyWords, form: MyWords) -> tuple[Effect, ...]:
    answer, question = await _own(ctx, click.answer)
    answer.setting = form.setting
    return await _kept(ctx, answer, question, form.text)


async def _kept(ctx: Context, answer: Answer, question: Question, text: str) -> tuple[Effect, ...]:
    if answer.consent == answers.KEPT:
        return (Redraw("keep_words", answer.id), Reply(say("It is kept already.")))
    answer.text, answer.consent = text, answers.KEPT
    await ctx.db.flush()
    await answers.reindex(ctx.db, question)
    buttons = (
        Button("Edit", EditAnswer(answer=answer.id, rev=answer.rev)),
        Button("Remove", RemoveAnswer(answer=answer.id)),
    )
    card = Card(body=("Thank you. This is what others find from now on:\n", Quoted(text)), buttons=buttons)
    return (Redraw("keep_words", answer.id), Redraw("question", question.id), Reply(card))


@ritual.click(role=Role.MEMBER)
async def keep_nothing(ctx: Context, click: KeepNothing) -> tuple[Effect, ...]:
    answer, _ = await _own(ctx, click.answer)
    if answer.consent == answers.KEPT:
        return (Redraw("keep_words", answer.id), Reply(say("It is kept already. You can remove it there.")))
    answer.consent = answers.REFUSED
    return (Redraw("keep_words", answer.id), Reply(say("Nothing of it is kept. Others find the way to the thread.")))


# How it went for others


@ritual.click(role=Role.MEMBER, form=HowItWent)
async def tried_it(ctx: Context, click: TriedIt, form: HowItWent) -> tuple[Effect, ...]:
    answer, question = await answer_opened(ctx, click.answer)
    await trials.note(ctx.db, answers.KIND, answer.id, ctx.member.id, form.outcome, form.setting, ctx.now)
    await answers.rate(ctx.db, question.id)
    return (
        Redraw("answer", answer.id),
        Redraw("question", question.id),
        Reply(say("Thank you. It stands with the answer, for whoever finds it next.")),
    )
