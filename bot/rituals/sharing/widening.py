"""Sharing in another channel what stands in one: its author does so, or is asked by whoever would like it."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from bot.context import Context
from bot.core.errors import Fixable
from bot.core.forms import Prefill
from bot.core.people import Role, Viewer
from bot.core.replies import Direct, Effect, Kind, Post, Redraw, Reply, Withdraw
from bot.core.text import Bold, Channel
from bot.core.ui import Button, Card, say
from bot.rituals.questions import channel_options, counted
from bot.rituals.sharing.cards import reference
from bot.rituals.sharing.declared import LeaveIt, OtherChannel, ShareIt, Widen, ritual
from bot.rituals.sharing.tending import opened, seen
from bot.services.digested import digests_with
from storage import communities, items, members, tags, thanks, visibility
from storage.communities import Place
from storage.items import Item, Widening
from storage.ledger import inbox

ASKED_A_DAY = 2  # of their own that somebody is asked to share elsewhere


async def _elsewhere(ctx: Context, item: Item) -> dict[int, Place]:
    """Other channels that they can read."""
    known = [place for place in await communities.places(ctx.db, ctx.community.id) if place.space_id != item.space_id]
    return await visibility.readable(ctx.db, [place.id for place in known], ctx.viewer, ctx.now)


async def which_channels(ctx: Context, click: Widen) -> Prefill:
    item = await seen(ctx, click.item)
    options = await channel_options(ctx, list((await _elsewhere(ctx, item)).values()))
    if not options:
        raise Fixable("There is no other channel that you can read and I am in.")
    note = "It moves there. What others noted below it was written for those who read it here, and does not."
    if item.author_id != ctx.member.id:
        note += " Its author is asked first."
    return Prefill({"place": options[0].value}, {"place": options}, (note,))


@ritual.click(role=Role.MEMBER, form=OtherChannel, prefill=which_channels)
async def widen(ctx: Context, click: Widen, form: OtherChannel) -> tuple[Effect, ...]:
    item = await opened(ctx, click.item)
    place = {str(id): place for id, place in (await _elsewhere(ctx, item)).items()}.get(form.place)
    if place is None:
        raise Fixable("Please choose one of the channels.", "place")
    if item.author_id == ctx.member.id:
        return await _moved(ctx, item, place)
    author = Viewer(ctx.community.id, member=item.author_id)
    if not await visibility.sees(ctx.db, place.space_id, author, ctx.now):
        raise Fixable("Its author can't see this channel.", "place")
    wish = await items.wish_wider(ctx.db, item, place.id, ctx.member.id, ctx.now)
    if wish is None:
        raise Fixable("Its author was asked about this channel already.", "place")
    for number in range(ASKED_A_DAY):
        if await inbox.claim(ctx.db, "widen", f"{item.author_id}:{ctx.now.date()}:{number}", ctx.now):
            asked = Direct("widen", wish.id, item.author_id, Kind.ASKED_FOR, about=item.space_id)
            return (asked, Reply(say("I asked its author. It stays where it is unless they say yes.")))
    raise Fixable("Its author was asked such things today. Try again tomorrow.")


async def _moved(ctx: Context, item: Item, place: Place) -> tuple[Effect, ...]:
    if item.address and (other := await items.of_address(ctx.db, place.space_id, item.address, ctx.viewer, ctx.now)):
        raise Fixable(f"This page is shared there already, as {reference(other)}.", "place")
    await items.move(ctx.db, item, place.space_id)
    if not place.closed:
        await tags.used(ctx.db, ctx.community.id, tuple(item.tags))
    return (
        # Where it stood it is gone: not everybody there may see where it went.
        *(Withdraw(card, item.id) for card in ("item", "item_news", "tip_of_the_week")),
        *(Redraw("thanks", said) for said in await thanks.of(ctx.db, item.kind, item.id)),
        *await digests_with(ctx.db, item.kind, item.id),
        Post("item", item.id, space=place.space_id),
        *(Redraw("widen", wish) for wish in await items.widenings(ctx.db, item.id)),
        Reply(say("It stands in ", Channel(place.name, place.ref), " now.")),
    )


@ritual.card("widen")
async def widen_card(db: AsyncSession, widening_id: int, viewer: Viewer, now: datetime) -> Card | None:
    """To the author: somebody would like it to be read elsewhere, too."""
    found = await items.widening(db, widening_id)
    item = await items.get(db, found.item_id, viewer, now) if found else None
    place = await db.get(Place, found.place_id) if found else None
    if found is None or item is None or place is None or viewer.member != item.author_id:
        return None
    where = Channel(place.name, place.ref)
    if item.space_id == place.space_id:
        return Card(body=(Bold(item.title), " stands in ", where, " now."))
    if found.answered_at is not None:
        return Card(body=(Bold(item.title), " stays where it is."))
    readers = len(await visibility.readers(db, place.space_id, now))
    who = await members.as_person(db, found.asked_by)
    words = (who, " would like others to read ", Bold(item.title), ", too: in ", where)
    return Card(
        "May this be shared in another channel?",
        (*words, f", where {counted(readers, 'person', 'people')} can read it."),
        buttons=(Button("Share it", ShareIt(wish=found.id), "primary"), Button("No", LeaveIt(wish=found.id))),
    )


@ritual.click(role=Role.MEMBER)
async def share_it(ctx: Context, click: ShareIt) -> tuple[Effect, ...]:
    wish, item = await _asked(ctx, click.wish)
    place = (await _elsewhere(ctx, item)).get(wish.place_id)
    if place is None or place.archived:
        raise Fixable("You can't see that channel any more, or it stands there already.")
    wish.answered_at = ctx.now
    return await _moved(ctx, item, place)


@ritual.click(role=Role.MEMBER)
async def leave_it(ctx: Context, click: LeaveIt) -> tuple[Effect, ...]:
    wish, _ = await _asked(ctx, click.wish)
    wish.answered_at = ctx.now
    return (Redraw("widen", wish.id), Reply(say("It stays where it is.")))


async def _asked(ctx: Context, widening_id: int) -> tuple[Widening, Item]:
    """What its author is asked, and of which item. Raises Fixable for everybody else."""
    wish = await items.widening(ctx.db, widening_id)
    if wish is None:
        raise Fixable("This is gone.")
    item = await opened(ctx, wish.item_id)
    if item.author_id != ctx.member.id:
        raise Fixable("Only its author can say so.")
    return wish, item
