"""What members share: tips, stories, terms and links; how they were changed, what others noted, who used them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, UniqueConstraint, delete, func, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Mapped, mapped_column

from bot.core.people import Viewer
from storage import follows, thanks, trials
from storage.base import NEVER_REUSE_IDS, Base
from storage.search import index
from storage.search.outcomes import outcome_of
from storage.upsert import insert_or_nothing
from storage.visibility import visible

TIP, STORY, TERM, LINK = "tip", "story", "term", "link"
KINDS = (TIP, STORY, TERM, LINK)


class Item(Base):
    """Something a member shared. ``more`` holds the answers to the form's further questions, by field.

    ``address`` is a link's canonical one (bot/services/addresses.py): once in each space. ``origin`` names the message it was
    saved from ("place:message"). ``shown_at``: when it was last put forward by itself. ``rev`` counts edits.
    """

    __tablename__ = "item"
    __table_args__ = (
        UniqueConstraint("space_id", "address"),
        Index("ix_item_space_id_origin", "space_id", "origin", unique=True),
        NEVER_REUSE_IDS,
    )
    id: Mapped[int] = mapped_column(primary_key=True)
    community_id: Mapped[int] = mapped_column(ForeignKey("community.id"), index=True)
    space_id: Mapped[int] = mapped_column(ForeignKey("space.id"), index=True)
    author_id: Mapped[int] = mapped_column(ForeignKey("member.id"), index=True)
    kind: Mapped[str]
    title: Mapped[str]
    text: Mapped[str]
    more: Mapped[dict[str, Any]]
    tags: Mapped[list[str]]
    address: Mapped[str | None]
    created_at: Mapped[datetime]
    rev: Mapped[int] = mapped_column(default=1)
    edited_at: Mapped[datetime | None]
    origin: Mapped[str | None]
    shown_at: Mapped[datetime | None]


class ItemVersion(Base):
    """How an item read before an edit, and who had written it so."""

    __tablename__ = "item_version"
    item_id: Mapped[int] = mapped_column(ForeignKey("item.id", ondelete="CASCADE"), primary_key=True)
    rev: Mapped[int] = mapped_column(primary_key=True)
    author_id: Mapped[int] = mapped_column(ForeignKey("member.id"))
    title: Mapped[str]
    text: Mapped[str]
    more: Mapped[dict[str, Any]]
    at: Mapped[datetime]


class ItemNote(Base):
    """What somebody else says of an item: why it is useful to them."""

    __tablename__ = "item_note"
    __table_args__ = (NEVER_REUSE_IDS,)
    id: Mapped[int] = mapped_column(primary_key=True)
    item_id: Mapped[int] = mapped_column(ForeignKey("item.id", ondelete="CASCADE"), index=True)
    author_id: Mapped[int] = mapped_column(ForeignKey("member.id"))
    text: Mapped[str]
    created_at: Mapped[datetime]


class ItemUse(Base):
    """A member used an item."""

    __tablename__ = "item_use"
    item_id: Mapped[int] = mapped_column(ForeignKey("item.id", ondelete="CASCADE"), primary_key=True)
    member_id: Mapped[int] = mapped_column(ForeignKey("member.id"), primary_key=True)
    at: Mapped[datetime]


class Widening(Base):
    """Somebody would like an item to be shared in another place; its author is asked. ``answered_at``: they said yes or no."""

    __tablename__ = "widening"
    __table_args__ = (UniqueConstraint("item_id", "place_id"), NEVER_REUSE_IDS)
    id: Mapped[int] = mapped_column(primary_key=True)
    item_id: Mapped[int] = mapped_column(ForeignKey("item.id", ondelete="CASCADE"))
    place_id: Mapped[int] = mapped_column(ForeignKey("place.id"))
    asked_by: Mapped[int] = mapped_column(ForeignKey("member.id"))
    at: Mapped[datetime]
    answered_at: Mapped[datetime | None]


async def add(
    db: AsyncSession,
    *,
    community_id: int,
    space_id: int,
    author_id: int,
    kind: str,
    title: str,
    text: str,
    more: Mapping[str, str],
    tags: Sequence[str],
    now: datetime,
    address: str | None = None,
    origin: str | None = None,
) -> Item:
    item = Item(
        community_id=community_id,
        space_id=space_id,
        author_id=author_id,
        kind=kind,
        title=title,
        text=text,
        more=dict(more),
        tags=list(tags),
        address=address,
        origin=origin,
        created_at=now,
    )
    db.add(item)
    await db.flush()
    await reindex(db, item)
    return item


async def reindex(db: AsyncSession, item: Item) -> None:
    """Everything that may be found of an item: its words, its tags, what others noted."""
    await index.put(
        db,
        community_id=item.community_id,
        space_id=item.space_id,
        kind=item.kind,
        subject=item.id,
        title=item.title,
        body=await rest_of(db, item),
        author_id=item.author_id,
        created_at=item.created_at,
        tags=item.tags,
    )


async def rest_of(db: AsyncSession, item: Item) -> str:
    """What may be found of an item beside its title."""
    notes = await db.scalars(select(ItemNote.text).where(ItemNote.item_id == item.id).order_by(ItemNote.id))
    said = [str(value) for value in item.more.values()]
    return "\n".join([item.text, *said, " ".join(item.tags), *notes])


async def get(db: AsyncSession, item_id: int, viewer: Viewer, now: datetime) -> Item | None:
    """The item, if the viewer can see it."""
    mine = Item.id == item_id, Item.community_id == viewer.community
    return await db.scalar(select(Item).where(*mine, visible(viewer, Item.space_id, now)))


async def get_for_change(db: AsyncSession, item_id: int, viewer: Viewer, now: datetime) -> Item | None:
    """The same, held until the end of the transaction."""
    item = await get(db, item_id, viewer, now)
    if item is not None:
        await db.refresh(item, with_for_update=True)
    return item


async def several(db: AsyncSession, ids: Sequence[int], viewer: Viewer, now: datetime) -> dict[int, Item]:
    mine = Item.id.in_(ids), Item.community_id == viewer.community
    found = await db.scalars(select(Item).where(*mine, visible(viewer, Item.space_id, now)))
    return {item.id: item for item in found}


async def of_address(db: AsyncSession, space_id: int, address: str, viewer: Viewer, now: datetime) -> Item | None:
    """The link of a space with this canonical address."""
    mine = Item.space_id == space_id, Item.address == address, Item.community_id == viewer.community
    return await db.scalar(select(Item).where(*mine, visible(viewer, Item.space_id, now)))


async def of_origin(db: AsyncSession, space_id: int, origin: str, viewer: Viewer, now: datetime) -> Item | None:
    """What was saved from a message of a space."""
    mine = Item.space_id == space_id, Item.origin == origin, Item.community_id == viewer.community
    return await db.scalar(select(Item).where(*mine, visible(viewer, Item.space_id, now)))


async def move(db: AsyncSession, item: Item, space_id: int) -> None:
    """From now on it is seen by those who see another space. What others noted for those of the old one is removed.

    ``origin`` stays behind, too: it is of the old one.
    """
    await db.execute(delete(ItemNote).where(ItemNote.item_id == item.id, ItemNote.author_id != item.author_id))
    item.space_id, item.origin = space_id, None
    await db.flush()
    await reindex(db, item)


async def change(
    db: AsyncSession,
    item: Item,
    by: int,
    now: datetime,
    *,
    title: str,
    text: str,
    more: Mapping[str, str],
    tags: Sequence[str],
) -> None:
    """Change an item's words; how it read before is kept."""
    before = ItemVersion(
        item_id=item.id,
        rev=item.rev,
        author_id=by,
        title=item.title,
        text=item.text,
        more=item.more,
        at=now,
    )
    db.add(before)
    item.title, item.text, item.more, item.tags = title, text, dict(more), list(tags)
    item.rev, item.edited_at = item.rev + 1, now
    await db.flush()
    await reindex(db, item)
    await index.forget_old_words(db)


async def versions(db: AsyncSession, item_id: int) -> list[ItemVersion]:
    """How an item read before each of its edits, the latest first."""
    query = select(ItemVersion).where(ItemVersion.item_id == item_id)
    return list(await db.scalars(query.order_by(ItemVersion.rev.desc())))


async def note(db: AsyncSession, item: Item, author_id: int, text: str, now: datetime) -> ItemNote:
    """Add what somebody says of an item."""
    made = ItemNote(item_id=item.id, author_id=author_id, text=text, created_at=now)
    db.add(made)
    await db.flush()
    await reindex(db, item)
    return made


async def notes(db: AsyncSession, item_id: int) -> list[ItemNote]:
    return list(await db.scalars(select(ItemNote).where(ItemNote.item_id == item_id).order_by(ItemNote.id)))


async def used(db: AsyncSession, item: Item, member_id: int, now: datetime) -> bool:
    """Write down that a member used it; true the first time."""
    first = await insert_or_nothing(db, ItemUse, item_id=item.id, member_id=member_id, at=now)
    if first:
        await rate(db, item)
    return first


async def uses(db: AsyncSession, item_id: int) -> int:
    """How many members used it."""
    return await db.scalar(select(func.count()).select_from(ItemUse).where(ItemUse.item_id == item_id)) or 0


async def rate(db: AsyncSession, item: Item) -> None:
    """What came of an item counts for where it is found."""
    tried = [trial.outcome for trial in await trials.of(db, item.kind, item.id)]
    outcome = outcome_of(
        helped=await uses(db, item.id),
        worked=tried.count(trials.WORKED),
        partly=tried.count(trials.PARTLY),
        did_not=tried.count(trials.DID_NOT),
    )
    await index.set_outcome(db, item.kind, item.id, outcome)


async def remove(db: AsyncSession, item: Item) -> None:
    """Delete an item with everything that belongs to it."""
    await index.remove(db, item.kind, item.id)
    await trials.remove(db, item.kind, item.id)
    await thanks.forget(db, item.kind, item.id)
    await follows.forget(db, item.kind, item.id)
    for table in (ItemVersion, ItemNote, ItemUse, Widening):
        await db.execute(delete(table).where(table.item_id == item.id))
    await db.delete(item)
    await db.flush()


async def wish_wider(db: AsyncSession, item: Item, place_id: int, asked_by: int, now: datetime) -> Widening | None:
    """Write down that somebody would like it to be shared there; nothing where somebody did so before."""
    one = {"item_id": item.id, "place_id": place_id}
    if not await insert_or_nothing(db, Widening, **one, asked_by=asked_by, at=now):
        return None
    return await db.scalar(select(Widening).filter_by(**one))


async def widening(db: AsyncSession, widening_id: int) -> Widening | None:
    return await db.get(Widening, widening_id)


async def widenings(db: AsyncSession, item_id: int) -> list[int]:
    """The ids of where others would like it to be shared."""
    return list(await db.scalars(select(Widening.id).where(Widening.item_id == item_id)))


async def next_to_show(db: AsyncSession, space_id: int, now: datetime) -> Item | None:
    """The tip of a space whose turn it is: one that was never put forward, the oldest first; then the one longest ago."""
    tips = select(Item).where(Item.space_id == space_id, Item.kind == TIP)
    turn = tips.order_by(Item.shown_at.asc().nulls_first(), Item.id).limit(1).with_for_update()
    tip = await db.scalar(turn)
    if tip is not None:
        tip.shown_at = now
    return tip
