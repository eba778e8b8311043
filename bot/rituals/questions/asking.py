"""Asking: the form, what was asked before, and where it is posted."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from bot.context import Context
from bot.core.errors import Fixable
from bot.core.forms import Option, Prefill
from bot.core.meaning import Meaning, text_of
from bot.core.people import Role
from bot.core.ports import Outside
from bot.core.replies import Direct, Effect, Effects, Post, Reply
from bot.core.text import Channel, Typed, shortened
from bot.core.ui import Action, say
from bot.rituals.following import told_to_followers
from bot.rituals.questions.alike import learned, show_alike
from bot.rituals.questions.cards import counted
from bot.rituals.questions.declared import (
    TITLE_LENGTH,
    Ask,
    AskAnyway,
    NewQuestion,
    ThatAnswersIt,
    ritual,
)
from bot.rituals.questions.machine import State
from bot.rituals.questions.passing import ask_people
from bot.services.drafted import taken
from storage import communities, drafts, questions, tags, visibility
from storage.communities import QUESTIONS, Place
from storage.search import vectors

MOST_CHANNELS = 20

# The form


async def where_it_may_go(ctx: Context, written_in: Place | None = None) -> list[Place]:
    """Where this person can post from here, or from where they wrote it: a private channel before any wider one."""
    usual = _nearest(ctx, await communities.places(ctx.db, ctx.community.id, QUESTIONS))
    place = written_in or ctx.place
    here = [place] if place and not place.archived and (place.closed or not usual) else []
    found = []
    for place in dict.fromkeys([*here, *usual]):
        if await visibility.sees(ctx.db, place.space_id, ctx.viewer, ctx.now):
            found.append(place)
    return found


def _nearest(ctx: Context, places: list[Place]) -> list[Place]:
    """One place for each space, the one they are in first: what is posted in one of a space is posted in all, so they are one
    choice."""
    here, beside = (ctx.place.id, (ctx.place.platform, ctx.place.workspace)) if ctx.place else (None, None)
    found: dict[int, Place] = {}
    for place in sorted(places, key=lambda it: (it.id != here, (it.platform, it.workspace) != beside)):
        found.setdefault(place.space_id, place)
    return list(found.values())


async def prefill_question(ctx: Context, typed: str) -> Prefill:
    return await prefill_from(ctx, typed, None)


async def prefill_from(ctx: Context, typed: str, written_in: Place | None) -> Prefill:
    places = await where_it_may_go(ctx, written_in)
    if not places:
        nowhere = "There is no channel for questions here yet. A facilitator can choose one with "
        raise Fixable((nowhere, Typed("facilitate channels"), "."))
    options = await channel_options(ctx, places)
    fits = len(typed) <= TITLE_LENGTH and "\n" not in typed
    values = {"title": typed} if fits else {"title": shortened(typed, TITLE_LENGTH), "details": typed}
    return Prefill(
        {**values, "place": options[0].value},
        {"place": options},
        (f"Posts to {options[0].label}.",) if len(options) == 1 else (),
    )


async def channel_options(ctx: Context, places: Sequence[Place]) -> tuple[Option, ...]:
    """A choice of channels, each with how many people can read it."""
    options = []
    for place in places[:MOST_CHANNELS]:
        readers = len(await visibility.readers(ctx.db, place.space_id, ctx.now))
        label = f"#{shortened(place.name, 30)} · {counted(readers, 'person', 'people')} can read it"
        options.append(Option(str(place.id), label))
    return tuple(options)


async def prefill_from_button(ctx: Context, click: Ask) -> Prefill:
    return await prefill_question(ctx, "")


async def what_is_meant(outside: Outside, form: NewQuestion) -> Meaning | None:
    """Of the same words that are kept of it (questions.rest_of)."""
    return await outside.means(text_of(form.title, "\n".join([form.details, " ".join(form.tags)])))


@ritual.command(
    "ask",
    "Ask a question: I find people who may know",
    role=Role.MEMBER,
    form=NewQuestion,
    prefill=prefill_question,
    prepare=what_is_meant,
)
async def ask(ctx: Context, form: NewQuestion) -> Effects:
    return await ask_from(ctx, form, None, meaning=ctx.prepared)


async def ask_from(
    ctx: Context,
    form: NewQuestion,
    written_in: Place | None,
    go_on: Callable[[str], Action] | None = None,
    meaning: Meaning | None = None,
) -> Effects:
    """``written_in`` is the channel its words are from, where that is another than they are in now.

    ``go_on`` makes the button that asks anyway from the draft's id, where that is not a draft of this form. ``meaning`` is what
    the form means, where a model can say.
    """
    go_on = go_on or (lambda draft: AskAnyway(draft=draft))
    return await show_alike(ctx, form, go_on, meaning) or await post_question(ctx, form, written_in, meaning)


async def post_question(
    ctx: Context, form: NewQuestion, written_in: Place | None = None, meaning: Meaning | None = None
) -> tuple[Effect, ...]:
    places = {str(place.id): place for place in await where_it_may_go(ctx, written_in)}
    from_here = written_in or ctx.place
    if not places:
        raise Fixable("There is no channel for questions here yet.")
    place = places.get(form.place) if form.place else next(iter(places.values()))
    if place is None or (not form.place and from_here and from_here.closed and place.id != from_here.id):
        raise Fixable("Please choose one of the channels.", "place")  # never a wider one than they were in, by itself
    tagged = await tags.meant(ctx.db, ctx.community.id, form.tags)
    question = await questions.ask(
        ctx.db,
        community_id=ctx.community.id,
        space_id=place.space_id,
        asker_id=ctx.member.id,
        title=form.title,
        details=form.details,
        tags=tagged,
        anonymous=form.anonymous,
        state=State.NEW,
        now=ctx.now,
    )
    if meaning is not None:
        kept = text_of(question.title, questions.rest_of(question, ()))
        await vectors.learn(ctx.db, questions.KIND, question.id, meaning, kept)
    if not place.closed:  # a tag that is offered to everyone must not tell what a closed channel talks about
        await tags.used(ctx.db, ctx.community.id, tagged)
    found = await ask_people(ctx, question)
    asked = sum(isinstance(effect, Direct) and effect.card == "invitation" for effect in found)
    told = any(isinstance(effect, Direct) and effect.card == "unrouted" for effect in found)
    if asked:
        then = f"I asked {counted(asked, 'person', 'people')} who may know."
    elif told:
        then = "I told a facilitator, who may know whom to ask."
    else:
        then = "Nobody who may know is free to be asked."
        then += "" if form.anonymous else " You could mention somebody in its thread."
    if form.anonymous:
        then += " Don't type in its thread: that shows who you are. I'll send you what others reply."
    return (
        Post("question", question.id, space=place.space_id),
        *found,
        *await told_to_followers(ctx, questions.KIND, question.id, place.space_id, tagged),
        Reply(say("Posted in ", Channel(place.name, place.ref), ". ", then)),
    )


@ritual.click(role=Role.MEMBER, form=NewQuestion, prefill=prefill_from_button, prepare=what_is_meant)
async def ask_from_button(ctx: Context, click: Ask, form: NewQuestion) -> Effects:
    return await ask(ctx, form)


@ritual.click(role=Role.MEMBER)
async def ask_anyway(ctx: Context, click: AskAnyway) -> tuple[Effect, ...]:
    """Go on with what was typed, after a look at what was asked before."""
    _, form = await taken(ctx, click.draft, "ask", {"": NewQuestion})
    assert isinstance(form, NewQuestion)
    await learned(ctx, useful=False)
    return await post_question(ctx, form)


@ritual.click(role=Role.MEMBER)
async def that_answers_it(ctx: Context, click: ThatAnswersIt) -> Reply:
    if await drafts.take(ctx.db, click.draft, ctx.member.id, ctx.now) is not None:  # once, however often it is pressed
        await learned(ctx, useful=True)
    return Reply(say("Good. Nothing was posted."))
