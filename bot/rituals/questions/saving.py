"""Save to Rounds…: any message, as a question or an answer. One's own at once; somebody else's when they say OK.

What somebody else wrote is kept nowhere until then: it stands in the message that asks them, and is read from there.
"""

from __future__ import annotations

from bot.context import Context
from bot.core.errors import Fixable
from bot.core.events import Ref, Shortcut
from bot.core.forms import Option, Prefill
from bot.core.people import Role, Viewer
from bot.core.replies import Confide, Effect, Effects, Post, Redraw, Reply
from bot.core.text import Bold, Channel, Quoted, Span, shortened
from bot.core.ui import Action, Button, Card, say
from bot.rituals.questions.asking import ask_from, prefill_from
from bot.rituals.questions.cards import counted
from bot.rituals.questions.declared import (
    AskMine,
    EditTheirs,
    KeepTheirs,
    MyWords,
    NewQuestion,
    NoneOfMine,
    SaveMine,
    SaveOwn,
    SaveTheirs,
    SomebodysWords,
    ritual,
)
from bot.rituals.questions.machine import OPEN, Happening
from bot.rituals.questions.opened import opened
from bot.rituals.questions.passing import moves, nobody_needs_to_help, told_without_a_mention
from bot.routing import policy
from storage import answers, communities, members, questions, visibility
from storage.ledger import deliveries, inbox
from storage.questions import Question

AS_QUESTION, HERE, THERE = "question", "here", "answer"
MOST_QUESTIONS = 10
ASKED_FIRST = "Whoever wrote it is asked first. Nothing is kept unless they say OK."
ASKED_A_DAY = 2  # messages of theirs that somebody is asked about


@ritual.shortcut("Save to Rounds…")
def which_form(chosen: Shortcut) -> Action:
    if chosen.author == chosen.who:
        return SaveMine(message=chosen.message, place=chosen.place.id)
    return SaveTheirs(message=chosen.message, author=chosen.author.id if chosen.author else "")


async def what_it_may_be(ctx: Context, chosen: Shortcut | SaveMine | SaveTheirs) -> Prefill:
    """A question, or an answer to the question in whose thread it stands, or to one that is open."""
    text = ""
    if isinstance(chosen, Shortcut):  # else it is opened again: what was typed is kept
        text = chosen.text.strip()
        if chosen.author is None:
            raise Fixable("No person of this workspace wrote this message, so nobody could agree to it.")
        if not text:
            raise Fixable("This message has no words to save.")
    options = [Option(AS_QUESTION, "A question")]
    here = await _whose_thread(ctx, chosen.thread) if isinstance(chosen, Shortcut) else None
    if here is not None:
        options.insert(0, Option(f"{HERE}:{here.id}", f"An answer to: {shortened(here.title, 50)}"))
    open_ones = await questions.in_states(ctx.db, OPEN, ctx.viewer, ctx.now, limit=MOST_QUESTIONS, newest=True)
    options += [
        Option(f"{THERE}:{question.id}", f"An answer to: {shortened(question.title, 50)}")
        for question in open_ones
        if here is None or question.id != here.id
    ]
    values = {"what": options[0].value, "text": text}
    theirs = isinstance(chosen, Shortcut) and chosen.author != chosen.who
    return Prefill(values, {"what": tuple(options)}, (ASKED_FIRST,) if theirs else ())


async def _whose_thread(ctx: Context, thread: str) -> Question | None:
    """The question in whose thread the message stands, if it is one."""
    if not thread or ctx.place is None:
        return None
    delivery = await deliveries.of_message(ctx.db, ctx.place.id, thread)
    if delivery is None or delivery.card != "question":
        return None
    return await questions.get(ctx.db, delivery.subject, ctx.viewer, ctx.now)


def _chosen(what: str) -> tuple[str, int]:
    """What it shall be, and of which question. Raises Fixable."""
    kind, _, id = what.partition(":")
    if kind == AS_QUESTION:
        return kind, 0
    if kind not in (HERE, THERE) or not id.isdigit():
        raise Fixable("Please choose what it is.", "what")
    return kind, int(id)


@ritual.click(role=Role.MEMBER, form=SaveOwn, prefill=what_it_may_be)
async def save_own(ctx: Context, click: SaveMine, form: SaveOwn) -> Effects:
    kind, question_id = _chosen(form.what)
    there = await communities.place_called(ctx.db, ctx.community.id, click.place, near=ctx.place)
    if there is None:
        raise Fixable("I don't know the channel this was written in any more.")
    if kind == AS_QUESTION:  # as if it were asked where it was written: never in a wider channel by itself
        return await ask_from(ctx, form.as_question(), there)
    question = await opened(ctx, question_id)
    return await _keep_answer(ctx, question, form.text, click.message, there, here=kind == HERE)


async def _keep_answer(
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


# Somebody else's


@ritual.click(role=Role.MEMBER, form=SomebodysWords, prefill=what_it_may_be)
async def save_theirs(ctx: Context, click: SaveTheirs, form: SomebodysWords) -> Effects:
    if ctx.place is None or not click.author:
        raise Fixable("I don't know who wrote this.")
    kind, question_id = _chosen(form.what)
    author = Ref(ctx.place.platform, ctx.place.workspace, click.author)
    await _ask_once(ctx, author, click.message)
    saver = await members.as_person(ctx.db, ctx.member.id)
    no = Button("No", NoneOfMine())
    if kind == AS_QUESTION:
        words: list[Span] = [saver, " thinks that others could use this of yours, as a question:\n", Quoted(form.text)]
        words += ["\nNothing of it is kept unless you ask it."]
        buttons: tuple[Button, ...] = (Button("Ask it", AskMine(place=ctx.place.id), "primary"), no)
    else:
        question = await opened(ctx, question_id)
        await _may_read(ctx, author, question)
        words = [saver, " would like to keep this of yours, as an answer to “", Bold(question.title), "”"]
        words += [*await _where_it_is_read(ctx, question), ":\n", Quoted(form.text)]
        words += ["\nNothing of it is kept unless you say OK. With Edit you can put it in your own words first."]
        what = {"question": question.id, "place": ctx.place.id, "message": click.message, "here": int(kind == HERE)}
        buttons = (Button("OK", KeepTheirs(**what), "primary"), Button("Edit", EditTheirs(**what)), no)
    return Confide(
        author,
        Card("May this be kept for others?", tuple(words), buttons=buttons),
        sent=say("I asked whoever wrote it. Nothing is kept unless they say OK."),
        failed=say(
            "I couldn't ask whoever wrote it, so nothing is kept. It may be too long, or they take no messages."
        ),
    )


async def _ask_once(ctx: Context, author: Ref, message: str) -> None:
    """Somebody is asked once for each message, and for a few a day: not to be pestered. Raises Fixable."""
    assert ctx.place is not None
    if not await inbox.claim(ctx.db, "consent", f"{ctx.place.id}:{message}", ctx.now):
        raise Fixable("They were asked about this message already.")
    for number in range(ASKED_A_DAY):
        if await inbox.claim(ctx.db, "consent", f"{author}:{ctx.now.date()}:{number}", ctx.now):
            return
    raise Fixable("They were asked about several messages today. Try again tomorrow.")


async def _may_read(ctx: Context, author: Ref, question: Question) -> None:
    """Nobody is told of a question that they can't see. Raises Fixable."""
    member = await members.of_account(ctx.db, author)
    viewer = Viewer(ctx.community.id, member=member.id) if member else None
    if viewer is None or not await visibility.sees(ctx.db, question.space_id, viewer, ctx.now):
        raise Fixable("Whoever wrote it can't see the channel of this question.", "what")


async def _where_it_is_read(ctx: Context, question: Question) -> list[Span]:
    """Where, and by how many, an answer to a question is read."""
    places = await communities.places_of_space(ctx.db, question.space_id)
    readers = len(await visibility.readers(ctx.db, question.space_id, ctx.now))
    if not places:
        return []
    return [
        " in ",
        Channel(places[0].name, places[0].ref),
        f", where {counted(readers, 'person', 'people')} can read it",
    ]


@ritual.click(role=Role.MEMBER)
async def keep_theirs(ctx: Context, click: KeepTheirs) -> tuple[Effect, ...]:
    if not ctx.quoted.strip():
        raise Fixable("I couldn't read the message just now. Please press OK once more.")
    return await _agreed(ctx, click, ctx.quoted.strip())


async def what_they_wrote(ctx: Context, click: EditTheirs) -> Prefill:
    return Prefill({"text": ctx.quoted.strip()})


@ritual.click(role=Role.MEMBER, form=MyWords, prefill=what_they_wrote)
async def edit_theirs(ctx: Context, click: EditTheirs, form: MyWords) -> tuple[Effect, ...]:
    return await _agreed(ctx, click, form.text, form.setting)


async def _agreed(ctx: Context, click: KeepTheirs | EditTheirs, text: str, setting: str = "") -> tuple[Effect, ...]:
    question = await opened(ctx, click.question)
    place = await ctx.db.get(communities.Place, click.place)
    if place is None or place.community_id != ctx.community.id:
        raise Fixable("I don't know the channel this was written in any more.")
    return await _keep_answer(ctx, question, text, click.message, place, here=bool(click.here), setting=setting)


async def ask_what_they_wrote(ctx: Context, click: AskMine) -> Prefill:
    return await prefill_from(ctx, ctx.quoted.strip(), await _visible(ctx, click.place))


@ritual.click(role=Role.MEMBER, form=NewQuestion, prefill=ask_what_they_wrote)
async def ask_mine(ctx: Context, click: AskMine, form: NewQuestion) -> Effects:
    return await ask_from(ctx, form, await _visible(ctx, click.place))


async def _visible(ctx: Context, place_id: int) -> communities.Place | None:
    """The channel it was written in, if they can still see it."""
    place = await ctx.db.get(communities.Place, place_id)
    if place is None or not await visibility.sees(ctx.db, place.space_id, ctx.viewer, ctx.now):
        return None
    return place


@ritual.click(role=Role.MEMBER)
async def none_of_mine(ctx: Context, click: NoneOfMine) -> Reply:
    return Reply(say("Nothing of it is kept."))
