"""Sharing: tips, stories, terms and links, with what others make of them."""

from bot.rituals.sharing import sharing, tending, weekly, widening
from bot.rituals.sharing.cards import LETTERS, NAMES
from bot.rituals.sharing.declared import ritual
from bot.rituals.sharing.found import found_items, item_title
from bot.rituals.sharing.sharing import address_in, share_words

__all__ = [
    "LETTERS",
    "NAMES",
    "address_in",
    "found_items",
    "item_title",
    "ritual",
    "share_words",
    "sharing",
    "tending",
    "weekly",
    "widening",
]
