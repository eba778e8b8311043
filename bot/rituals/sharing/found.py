"""What was shared, as somebody finds it."""

from __future__ import annotations

from collections.abc import Sequence

from bot.context import Context
from bot.core.text import Text
from bot.core.ui import Button
from bot.rituals.sharing.cards import in_short
from bot.rituals.sharing.declared import TriedItem, UsedIt
from storage import items
from storage.items import TIP


async def found_items(ctx: Context, ids: Sequence[int]) -> dict[int, tuple[Text, tuple[Button, ...]]]:
    """Those that the one who looks may see: what to say of each, and what they can do."""
    found: dict[int, tuple[Text, tuple[Button, ...]]] = {}
    for id, item in (await items.several(ctx.db, list(ids), ctx.viewer, ctx.now)).items():
        button = (
            Button("I tried it", TriedItem(item=id)) if item.kind == TIP else Button("I used this", UsedIt(item=id))
        )
        found[id] = await in_short(ctx.db, item), (button,)
    return found


async def item_title(ctx: Context, item_id: int) -> str:
    """Its title, or nothing where the one who looks may not see it."""
    item = await items.get(ctx.db, item_id, ctx.viewer, ctx.now)
    return item.title if item else ""
