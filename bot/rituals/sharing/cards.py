"""How tips, stories, terms and links look."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from bot.core.people import Viewer
from bot.core.text import Bold, Link, Quoted, Span, Text, shortened
from bot.core.ui import Button, Card
from bot.rituals.questions import counted, how_it_went
from bot.rituals.sharing.declared import BASIS, LINK_KINDS, MoreOfItem, Thank, TriedItem, UsedIt, ritual
from bot.services.links import links_to
from storage import audit, items, members, thanks, trials
from storage.items import LINK, STORY, TERM, TIP, Item

EXCERPT = 200
NAMES = {TIP: "Tip", STORY: "Story", TERM: "Term", LINK: "Link"}
LETTERS = {TIP: "T", STORY: "S", TERM: "W", LINK: "L"}
SHARES = {TIP: "shares a tip", STORY: "tells a story", TERM: "explains a term", LINK: "shares a link"}
BASES = {option.value: option.label for option in BASIS}
SORTS = {option.value: option.label for option in LINK_KINDS}


def reference(item: Item) -> str:
    """What it is called for short, as one can type it into /find: T-142."""
    return f"{LETTERS[item.kind]}-{item.id}"


@ritual.card("item")
async def item_card(db: AsyncSession, item_id: int, viewer: Viewer, now: datetime) -> Card | None:
    item = await items.get(db, item_id, viewer, now)
    if item is None:
        return None
    body: list[Span] = [await members.as_person(db, item.author_id), f" {SHARES[item.kind]}"]
    if item.address:
        body += ["\n", Link(item.more.get("page") or item.address, item.address)]
    body += ["\n", Quoted(item.text), *_more(item)]
    if item.tags:
        body += ["\nTags: ", ", ".join(item.tags)]
    for note in await items.notes(db, item.id):
        body += ["\n", await members.as_person(db, note.author_id), " adds:\n", Quoted(note.text)]
    buttons = (
        Button("Thanks", Thank(item=item.id)),
        Button("I used this", UsedIt(item=item.id)),
        *([Button("I tried it", TriedItem(item=item.id))] if item.kind == TIP else []),
        Button("More", MoreOfItem(item=item.id)),
    )
    return Card(item.title, tuple(body), buttons=buttons, state=await _state(db, item), tags=tuple(item.tags))


def _more(item: Item) -> list[Span]:
    lines: list[Span] = []
    if item.more.get("changed"):
        lines += ["\nWhat it changed:\n", Quoted(item.more["changed"])]
    if item.more.get("about"):
        lines += ["\nThe page says: ", Quoted(shortened(item.more["about"], EXCERPT))]
    small = [item.more.get("setting", ""), BASES.get(item.more.get("basis", ""), "")]
    small += [SORTS.get(item.more.get("sort", ""), ""), item.more.get("licence", "")]
    if said := [part for part in small if part]:
        lines += ["\n", " · ".join(said)]
    return lines


async def _state(db: AsyncSession, item: Item) -> Text:
    parts: list[Span] = [reference(item)]
    used = await items.uses(db, item.id)
    parts += [f" · used by {counted(used, 'person', 'people')}"] if used else []
    tried = how_it_went(await trials.of(db, item.kind, item.id))
    parts += [" · ", *tried] if tried else []
    parts += [" · edited"] if item.edited_at else []
    return tuple(parts)


async def in_short(db: AsyncSession, item: Item) -> Text:
    """For somebody who finds it."""
    author = await members.as_person(db, item.author_id)
    words: list[Span] = [Bold(item.title), f"\n{NAMES[item.kind]} {reference(item)} by ", author, ": "]
    words.append(Quoted(shortened(item.text, EXCERPT)))
    tried = how_it_went(await trials.of(db, item.kind, item.id))
    return (*words, *([" ", *tried] if tried else []))


@ritual.card("thanks")
async def thanks_card(db: AsyncSession, thanks_id: int, viewer: Viewer, now: datetime) -> Card | None:
    """To the one who is thanked, and to nobody else."""
    said = await thanks.get(db, thanks_id)
    if said is None or said.to_id != viewer.member:
        return None
    item = await items.get(db, said.subject, viewer, now)
    if item is None:
        return None
    links = await links_to(db, "item", [item.id], "Open", viewer, now)
    body: list[Span] = [await members.as_person(db, said.from_id), " thanks you for “", Bold(item.title), "”:\n"]
    body.append(Quoted(said.reason))
    body += ["\n", links[item.id]] if item.id in links else []
    return Card(body=tuple(body))


@ritual.card("item_taken_down")
async def taken_down_card(db: AsyncSession, entry_id: int, viewer: Viewer, now: datetime) -> Card | None:
    """To the author of something that whoever looks after the channel removed. Its words are gone."""
    entry = await db.get(audit.AuditEntry, entry_id)
    if entry is None or entry.community_id != viewer.community:
        return None
    why: Text = (" Why: ", Quoted(entry.detail)) if entry.detail else ()
    gone = "Whoever looks after the channel removed something you shared."
    return Card(body=(gone, *why, "\nIt is gone for good; you can share it anew."))
