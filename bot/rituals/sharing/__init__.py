"""Sharing: tips, stories, terms and links, with what others make of them."""

from bot.rituals.sharing import erasing, sharing, tending, weekly, widening
from bot.rituals.sharing.cards import LETTERS, NAMES
from bot.rituals.sharing.declared import RemoveItem, ritual
from bot.rituals.sharing.erasing import items_drawn_anew, items_taken_back
from bot.rituals.sharing.found import found_items, item_title
from bot.rituals.sharing.sharing import address_in, share_words

__all__ = [
    "LETTERS",
    "NAMES",
    "RemoveItem",
    "address_in",
    "erasing",
    "found_items",
    "item_title",
    "items_drawn_anew",
    "items_taken_back",
    "ritual",
    "share_words",
    "sharing",
    "tending",
    "weekly",
    "widening",
]
