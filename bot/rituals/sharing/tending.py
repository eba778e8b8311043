"""What others do with what was shared: thank, use, try, add a note; and what its author does: edit, remove."""

from __future__ import annotations

from bot.context import Context
from bot.core.errors import Fixable
from bot.core.forms import Prefill
from bot.core.people import Role
from bot.core.replies import Direct, Effect, Kind, Redraw, Reply, Withdraw
from bot.core.text import Bold, Quoted, Span, When
from bot.core.ui import Button, Card, Section, say
from bot.rituals.questions import HowItWent
from bot.rituals.sharing.declared import (
    AddNote,
    EditItem,
    History,
    ItemNoteForm,
    ItemText,
    MoreOfItem,
    RemoveItem,
    Thank,
    TriedItem,
    UsedIt,
    WhyRemoved,
    WhyThanks,
    Widen,
    ritual,
)
from bot.services.digested import digests_with
from bot.services.looking_after import looks_after
from storage import audit, communities, items, members, tags, thanks, trials
from storage.items import TERM, Item

GONE = "This is gone, or you can't see the channel it stands in any more."
CHANGED = "This was changed since. Press More again, so that nothing newer is lost."
SHOWN = 5


async def seen(ctx: Context, item_id: int) -> Item:
    item = await items.get(ctx.db, item_id, ctx.viewer, ctx.now)
    if item is None:
        raise Fixable(GONE)
    return item


async def opened(ctx: Context, item_id: int) -> Item:
    """The item, held so that two who act at once act one after the other."""
    item = await items.get_for_change(ctx.db, item_id, ctx.viewer, ctx.now)
    if item is None:
        raise Fixable(GONE)
    return item


@ritual.click(role=Role.MEMBER, form=WhyThanks)
async def thank(ctx: Context, click: Thank, form: WhyThanks) -> tuple[Effect, ...]:
    item = await opened(ctx, click.item)
    if item.author_id == ctx.member.id:
        raise Fixable("This is your own.")
    said = await thanks.say(
        ctx.db, ctx.community.id, item.kind, item.id, ctx.member.id, item.author_id, form.reason, ctx.now
    )
    if said is None:
        return (Reply(say("You thanked them for this already.")),)
    told = Direct("thanks", said.id, item.author_id, Kind.ASKED_FOR, about=item.space_id)
    return (told, Reply(say("I'll pass it on. Nobody else reads it.")))


@ritual.click(role=Role.MEMBER)
async def used_it(ctx: Context, click: UsedIt) -> tuple[Effect, ...]:
    item = await opened(ctx, click.item)
    if item.author_id == ctx.member.id:
        raise Fixable("This is your own: it counts what others use.")
    first = await items.used(ctx.db, item, ctx.member.id, ctx.now)
    words = "Noted: others see that it is used." if first else "You said so already."
    return (Redraw("item", item.id), Reply(say(words)))


@ritual.click(role=Role.MEMBER, form=HowItWent)
async def tried_it(ctx: Context, click: TriedItem, form: HowItWent) -> tuple[Effect, ...]:
    item = await opened(ctx, click.item)
    await trials.note(ctx.db, item.kind, item.id, ctx.member.id, form.outcome, form.setting, ctx.now)
    await items.rate(ctx.db, item)
    return (Redraw("item", item.id), Reply(say("Thank you. It stands with the tip, for whoever finds it next.")))


def may_edit(ctx: Context, item: Item) -> bool:
    """Words are their author's; terms are everybody's."""
    return item.author_id == ctx.member.id or item.kind == TERM


@ritual.click(role=Role.MEMBER, reads=True)
async def more_of_item(ctx: Context, click: MoreOfItem) -> Reply:
    item = await seen(ctx, click.item)
    buttons = []
    if may_edit(ctx, item):
        buttons.append(Button("Edit", EditItem(item=item.id, rev=item.rev)))
    buttons.append(Button("Add a note", AddNote(item=item.id)))
    buttons.append(Button("Share in another channel", Widen(item=item.id)))
    if item.edited_at is not None:
        buttons.append(Button("Earlier versions", History(item=item.id)))
    if item.author_id == ctx.member.id or await looks_after(ctx, item.space_id):
        buttons.append(Button("Remove", RemoveItem(item=item.id), "danger"))
    return Reply(Card(body=(Bold(item.title),), buttons=tuple(buttons)))


async def item_as_it_is(ctx: Context, click: EditItem) -> Prefill:
    item = await seen(ctx, click.item)
    if item.rev != click.rev:
        raise Fixable(CHANGED)
    values = {"title": item.title, "text": item.text, "tags": ", ".join(item.tags)}
    return Prefill({**values, "setting": item.more.get("setting", "")})


@ritual.click(role=Role.MEMBER, form=ItemText, prefill=item_as_it_is)
async def edit_item(ctx: Context, click: EditItem, form: ItemText) -> tuple[Effect, ...]:
    item = await opened(ctx, click.item)
    if not may_edit(ctx, item):
        raise Fixable("Only whoever wrote it can change the words. You can add a note.")
    if item.rev != click.rev:
        raise Fixable(CHANGED)
    more = {**item.more, "setting": form.setting}
    kept = {name: value for name, value in more.items() if value}
    tagged = await tags.meant(ctx.db, ctx.community.id, form.tags)
    await items.change(ctx.db, item, ctx.member.id, ctx.now, title=form.title, text=form.text, more=kept, tags=tagged)
    if not any(place.closed for place in await communities.places_of_space(ctx.db, item.space_id)):
        await tags.used(ctx.db, ctx.community.id, tagged)
    drawn = await drawn_anew(ctx, item)
    return (*drawn, Reply(say("Saved. How it read before is kept.")))


@ritual.click(role=Role.MEMBER, reads=True)
async def history(ctx: Context, click: History) -> Reply:
    item = await seen(ctx, click.item)
    lines = []
    for version in (await items.versions(ctx.db, item.id))[:SHOWN]:
        by = await members.as_person(ctx.db, version.author_id)
        words: list[Span] = ["Until ", When(version.at), ", when ", by, " changed it: ", Bold(version.title)]
        lines.append(Section((*words, "\n", Quoted(version.text))))
    return Reply(Card(f"Earlier versions of {item.title}", sections=tuple(lines)))


@ritual.click(role=Role.MEMBER, form=ItemNoteForm)
async def add_note(ctx: Context, click: AddNote, form: ItemNoteForm) -> tuple[Effect, ...]:
    item = await opened(ctx, click.item)
    await items.note(ctx.db, item, ctx.member.id, form.text, ctx.now)
    return (Redraw("item", item.id), Reply(say("It stands below it now.")))


@ritual.click(role=Role.MEMBER, form=WhyRemoved)
async def remove_item(ctx: Context, click: RemoveItem, form: WhyRemoved) -> tuple[Effect, ...]:
    item = await opened(ctx, click.item)
    own = item.author_id == ctx.member.id
    if not own and not await looks_after(ctx, item.space_id):
        raise Fixable("Only whoever shared it, or looks after the channel, can remove it.")
    effects = await gone_everywhere(ctx, item)
    if not own:
        entry = audit.note(
            ctx.db, ctx.community.id, ctx.member.id, ctx.now, "item.removed", f"item:{item.id}", form.reason
        )
        await ctx.db.flush()
        effects.append(Direct("item_taken_down", entry.id, item.author_id, Kind.ASKED_FOR))
    await items.remove(ctx.db, item)
    return (*effects, Reply(say("It is gone: from its channel, from what can be found, from the database.")))


CARDS = ("item", "item_news", "tip_of_the_week")


async def drawn_anew(ctx: Context, item: Item) -> list[Effect]:
    """Every message that shows something of it."""
    return [*(Redraw(card, item.id) for card in CARDS), *await _elsewhere(ctx, item)]


async def gone_everywhere(ctx: Context, item: Item) -> list[Effect]:
    """The same when it goes: what was not sent yet is not sent any more."""
    return [*(Withdraw(card, item.id) for card in CARDS), *await _elsewhere(ctx, item)]


async def _elsewhere(ctx: Context, item: Item) -> list[Effect]:
    effects: list[Effect] = [Redraw("thanks", said) for said in await thanks.of(ctx.db, item.kind, item.id)]
    effects += [Redraw("widen", wish) for wish in await items.widenings(ctx.db, item.id)]
    return [*effects, *await digests_with(ctx.db, item.kind, item.id)]
