"""Sharing: one short form for each kind. It stands in the channel it was typed in, and is seen by those who see that."""

from __future__ import annotations

from bot.context import Context
from bot.core.errors import Fixable
from bot.core.forms import Form
from bot.core.people import Role
from bot.core.ports import Outside, Page
from bot.core.replies import Effect, Post, Redraw, Reply
from bot.core.text import Channel, shortened
from bot.core.ui import say
from bot.rituals.following import told_to_followers
from bot.rituals.sharing.cards import reference
from bot.rituals.sharing.declared import TITLE_LENGTH, NewLink, NewStory, NewTerm, NewTip, ritual
from bot.services.addresses import canonical, first_in, shown
from storage import items, tags, visibility
from storage.communities import Place
from storage.items import LINK, STORY, TERM, TIP


async def here(ctx: Context) -> Place:
    """The channel it is shared in. Raises Fixable where there is none."""
    if ctx.place is None:
        raise Fixable("Type this in the channel where it shall stand. I have to be a member there.")
    return await _of_use(ctx, ctx.place)


async def _of_use(ctx: Context, place: Place) -> Place:
    """Raises Fixable where nothing can be shared by this person."""
    if place.archived:
        raise Fixable("I can't post in this channel. I have to be a member there.")
    if not await visibility.sees(ctx.db, place.space_id, ctx.viewer, ctx.now):
        raise Fixable("You can't share in this channel.")
    return place


async def share(
    ctx: Context,
    place: Place,
    kind: str,
    title: str,
    text: str,
    tagged: tuple[str, ...],
    address: str | None = None,
    origin: str | None = None,
    **more: str,
) -> tuple[Effect, ...]:
    tagged = await tags.meant(ctx.db, ctx.community.id, tagged)
    item = await items.add(
        ctx.db,
        community_id=ctx.community.id,
        space_id=place.space_id,
        author_id=ctx.member.id,
        kind=kind,
        title=title,
        text=text,
        more={name: value for name, value in more.items() if value},
        tags=tagged,
        now=ctx.now,
        address=address,
        origin=origin,
    )
    if not place.closed:
        await tags.used(ctx.db, ctx.community.id, tagged)
    where = Channel(place.name, place.ref)
    return (
        Post("item", item.id, space=place.space_id),
        *await told_to_followers(ctx, kind, item.id, place.space_id, tagged),
        Reply(say("Shared in ", where, f". It is found with /find, also as {reference(item)}.")),
    )


@ritual.command("share tip", "Share something that works", role=Role.MEMBER, form=NewTip)
async def share_tip(ctx: Context, form: NewTip) -> tuple[Effect, ...]:
    return await share(
        ctx, await here(ctx), TIP, form.challenge, form.text, form.tags, setting=form.setting, basis=form.basis
    )


@ritual.command("share story", "Tell what happened, and what it changed", role=Role.MEMBER, form=NewStory)
async def share_story(ctx: Context, form: NewStory) -> tuple[Effect, ...]:
    return await share(ctx, await here(ctx), STORY, form.title, form.text, form.tags, changed=form.changed)


@ritual.command("share term", "Explain a word as it is used here", role=Role.MEMBER, form=NewTerm)
async def share_term(ctx: Context, form: NewTerm) -> tuple[Effect, ...]:
    return await share(ctx, await here(ctx), TERM, form.title, form.text, form.tags)


async def look_at_the_page(outside: Outside, form: Form) -> Page | None:
    """The page's own title and description, where they can be read."""
    assert isinstance(form, NewLink)
    return await outside.look_up(form.url)


@ritual.command(
    "share link", "Share a page, and why it is useful", role=Role.MEMBER, form=NewLink, prepare=look_at_the_page
)
async def share_link(ctx: Context, form: NewLink) -> tuple[Effect, ...]:
    page = ctx.prepared
    place = await here(ctx)
    return await _share_page(ctx, place, form.url, form.text, form.tags, page, sort=form.sort, licence=form.licence)


async def _share_page(
    ctx: Context,
    place: Place,
    url: str,
    text: str,
    tagged: tuple[str, ...],
    page: Page | None,
    origin: str | None = None,
    **more: str,
) -> tuple[Effect, ...]:
    """A page that is shared there already gets a note instead."""
    try:
        address = canonical(url)
    except ValueError as error:
        raise Fixable(str(error), "url") from None
    known = await items.of_address(ctx.db, place.space_id, address, ctx.viewer, ctx.now)
    if known is not None:
        noted = {(note.author_id, note.text) for note in await items.notes(ctx.db, known.id)}
        if (ctx.member.id, text) in noted or (known.author_id, known.text) == (ctx.member.id, text):
            return (Reply(say(f"It is shared already, as {reference(known)}.")),)
        await items.note(ctx.db, known, ctx.member.id, text, ctx.now)
        words = f"This was shared already, as {reference(known)}. What you wrote stands below it now."
        return (Redraw("item", known.id), Reply(say(words)))
    title = shortened(page.title if page and page.title else shown(address), TITLE_LENGTH)
    about = page.description if page else ""
    return await share(ctx, place, LINK, title, text, tagged, address, origin, about=about, **more)


async def share_words(
    ctx: Context,
    place: Place,
    message: str,
    kind: str,
    text: str,
    *,
    title: str = "",
    tagged: tuple[str, ...] = (),
) -> tuple[Effect, ...]:
    """What somebody wrote in a message of a place, as a tip, a story or a link; ``ctx.prepared`` is a link's page."""
    if kind not in (TIP, STORY, LINK):
        raise Fixable("This button no longer does anything.")
    await _of_use(ctx, place)
    origin = f"{place.id}:{message}"
    known = await items.of_origin(ctx.db, place.space_id, origin, ctx.viewer, ctx.now)
    if known is not None:
        return (Reply(say(f"It is shared already, as {reference(known)}.")),)
    if kind == LINK:
        return await _share_page(ctx, place, address_in(text), text, tagged, ctx.prepared, origin)
    return await share(ctx, place, kind, title or shortened(text, TITLE_LENGTH), text, tagged, origin=origin)


def address_in(text: str) -> str:
    """The first web address in what somebody wrote. Raises Fixable."""
    address = first_in(text)
    if not address:
        raise Fixable("There is no web address in this.", "text")
    return address
