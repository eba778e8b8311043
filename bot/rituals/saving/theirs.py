"""Somebody else's message: they are asked first, and what they say OK to is kept as theirs.

What they wrote is kept nowhere until then: it stands in the message that asks them, and is read from there.
"""

from __future__ import annotations

from bot.context import Context
from bot.core.errors import Fixable
from bot.core.events import Ref
from bot.core.forms import Form, Prefill
from bot.core.people import Role, Viewer
from bot.core.ports import Outside, Page
from bot.core.replies import Confide, Effect, Effects, Reply
from bot.core.text import Bold, Channel, Quoted, Span
from bot.core.ui import Button, Card, say
from bot.rituals.digests import put_forward
from bot.rituals.questions import (
    MyWords,
    NewQuestion,
    RemoveAnswer,
    ask_from,
    counted,
    keep_answer,
    prefill_from,
    question_opened,
)
from bot.rituals.saving.chosen import DIGEST, HERE, QUESTION, SHARED, Chosen, page_in, what_it_may_be
from bot.rituals.saving.declared import (
    AskMine,
    EditTheirs,
    EditToShare,
    KeepTheirs,
    MyWordsToShare,
    NoneOfMine,
    SaveTheirs,
    ShareTheirs,
    SomebodysWords,
    ritual,
)
from bot.rituals.sharing import RemoveItem, address_in, share_words
from bot.services.clinical import check_words
from storage import answers, communities, erasing, items, members, visibility
from storage.communities import Place
from storage.items import LINK
from storage.ledger import inbox
from storage.questions import Question

ASKED_A_DAY = 2  # messages of theirs that somebody is asked about
NOT_READ = "I couldn't read the message just now. Please press it once more."


@ritual.click(role=Role.MEMBER, form=SomebodysWords, prefill=what_it_may_be)
async def save_theirs(ctx: Context, click: SaveTheirs, form: SomebodysWords) -> Effects:
    if ctx.place is None or not click.author:
        raise Fixable("I don't know who wrote this.")
    chosen, author = Chosen.of(form.what), Ref(ctx.place.platform, ctx.place.workspace, click.author)
    if await erasing.is_erased(ctx.db, author):
        raise Fixable("Whoever wrote this wants nothing of theirs kept.")
    if chosen.what == DIGEST:
        whose = await members.keep(ctx.db, ctx.community.id, author, ctx.community.zone)
        return await put_forward(ctx, ctx.place, click.message, whose, form.why)
    if chosen.what == LINK:
        address_in(form.text)  # there has to be one
    await _ask_once(ctx, author, click.message)
    saver = await members.as_person(ctx.db, ctx.member.id)
    if chosen.what == QUESTION:
        words: list[Span] = [saver, " thinks that others could use this of yours, as a question:\n", Quoted(form.text)]
        words += ["\nNothing of it is kept unless you ask it."]
        buttons: tuple[Button, ...] = (
            Button("Ask it", AskMine(place=ctx.place.id), "primary"),
            Button("No", NoneOfMine()),
        )
    elif chosen.question is None:
        words = [saver, f" thinks that others could use this of yours, as {SHARED[chosen.what].lower()}"]
        words += [*await _where_it_is_read(ctx, ctx.place.space_id), ":\n", Quoted(form.text)]
        words += ["\nNothing of it is kept unless you say OK. With Edit you can put it in your own words first."]
        it = {"kind": chosen.what, "place": ctx.place.id, "message": click.message}
        no = Button("No", NoneOfMine(place=ctx.place.id, message=click.message))
        buttons = (Button("OK", ShareTheirs(**it), "primary"), Button("Edit", EditToShare(**it)), no)
    else:
        question = await question_opened(ctx, chosen.question)
        await _may_read(ctx, author, question)
        words = [saver, " would like to keep this of yours, as an answer to “", Bold(question.title), "”"]
        words += [*await _where_it_is_read(ctx, question.space_id), ":\n", Quoted(form.text)]
        words += ["\nNothing of it is kept unless you say OK. With Edit you can put it in your own words first."]
        here = int(chosen.what == HERE)
        what = {"question": question.id, "place": ctx.place.id, "message": click.message, "here": here}
        no = Button("No", NoneOfMine(question=question.id, place=ctx.place.id, message=click.message))
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


async def _where_it_is_read(ctx: Context, space_id: int) -> list[Span]:
    """Where, and by how many, it would be read."""
    places = await communities.places_of_space(ctx.db, space_id)
    readers = len(await visibility.readers(ctx.db, space_id, ctx.now))
    if not places:
        return []
    where = Channel(places[0].name, places[0].ref)
    return [" in ", where, f", where {counted(readers, 'person', 'people')} can read it"]


# What they say to it


@ritual.click(role=Role.MEMBER)
async def keep_theirs(ctx: Context, click: KeepTheirs) -> tuple[Effect, ...]:
    return await _agreed(ctx, click, _quoted(ctx))


async def what_they_wrote(ctx: Context, click: EditTheirs | EditToShare) -> Prefill:
    return Prefill({"text": ctx.quoted.strip()})


@ritual.click(role=Role.MEMBER, form=MyWords, prefill=what_they_wrote)
async def edit_theirs(ctx: Context, click: EditTheirs, form: MyWords) -> tuple[Effect, ...]:
    return await _agreed(ctx, click, form.text, form.setting)


async def _agreed(ctx: Context, click: KeepTheirs | EditTheirs, text: str, setting: str = "") -> tuple[Effect, ...]:
    question = await question_opened(ctx, click.question)
    place = await _place(ctx, click.place)
    return await keep_answer(ctx, question, text, click.message, place, here=bool(click.here), setting=setting)


async def page_they_named(outside: Outside, click: ShareTheirs) -> Page | None:
    address = page_in(click.kind, outside.quoted)
    return await outside.look_up(address) if address else None


@ritual.click(role=Role.MEMBER, prepare=page_they_named)
async def share_theirs(ctx: Context, click: ShareTheirs) -> tuple[Effect, ...]:
    return await share_words(ctx, await _place(ctx, click.place), click.message, click.kind, _quoted(ctx))


async def page_they_name(outside: Outside, form: Form) -> Page | None:
    assert isinstance(form, MyWordsToShare)
    address = page_in(LINK, form.text)
    return await outside.look_up(address) if address else None


@ritual.click(role=Role.MEMBER, form=MyWordsToShare, prefill=what_they_wrote, prepare=page_they_name)
async def edit_to_share(ctx: Context, click: EditToShare, form: MyWordsToShare) -> tuple[Effect, ...]:
    place = await _place(ctx, click.place)
    return await share_words(ctx, place, click.message, click.kind, form.text, title=form.title, tagged=form.tags)


async def ask_what_they_wrote(ctx: Context, click: AskMine) -> Prefill:
    return await prefill_from(ctx, ctx.quoted.strip(), await _visible(ctx, click.place))


@ritual.click(role=Role.MEMBER, form=NewQuestion, prefill=ask_what_they_wrote)
async def ask_mine(ctx: Context, click: AskMine, form: NewQuestion) -> Effects:
    return await ask_from(ctx, form, await _visible(ctx, click.place))


@ritual.click(role=Role.MEMBER)
async def none_of_mine(ctx: Context, click: NoneOfMine) -> Reply:
    """Somebody who said OK before sees what is kept, and can remove it."""
    kept: Button | None = None
    if click.question:
        given = [one for one in await answers.of_question(ctx.db, click.question) if one.text]
        mine = [one for one in given if (one.author_id, one.message) == (ctx.member.id, click.message)]
        kept = Button("Remove it", RemoveAnswer(answer=mine[0].id), "danger") if mine else None
    elif click.place:
        place = await _place(ctx, click.place)
        origin = f"{place.id}:{click.message}"
        item = await items.of_origin(ctx.db, place.space_id, origin, ctx.viewer, ctx.now)
        kept = Button("Remove it", RemoveItem(item=item.id), "danger") if item is not None else None
    if kept is None:
        return Reply(say("Nothing of it is kept."))
    return Reply(Card(body=("It is kept already, since you said OK.",), buttons=(kept,)))


def _quoted(ctx: Context) -> str:
    if not ctx.quoted.strip():
        raise Fixable(NOT_READ)
    check_words(ctx.community, ctx.quoted)
    return ctx.quoted.strip()


async def _place(ctx: Context, place_id: int) -> Place:
    """The channel it was written in. Raises Fixable."""
    place = await ctx.db.get(Place, place_id)
    if place is None or place.community_id != ctx.community.id:
        raise Fixable("I don't know the channel this was written in any more.")
    return place


async def _visible(ctx: Context, place_id: int) -> Place | None:
    """The channel it was written in, if they can still see it."""
    place = await ctx.db.get(Place, place_id)
    if place is None or not await visibility.sees(ctx.db, place.space_id, ctx.viewer, ctx.now):
        return None
    return place
