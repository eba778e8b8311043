"""Sharing: tips, stories, terms and links, with what others make of them."""

from bot.rituals.sharing import sharing, tending
from bot.rituals.sharing.cards import LETTERS, NAMES
from bot.rituals.sharing.declared import ritual
from bot.rituals.sharing.found import found_items, item_title

__all__ = ["LETTERS", "NAMES", "found_items", "item_title", "ritual", "sharing", "tending"]
