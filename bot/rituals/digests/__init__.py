"""Digests: what is new and worth reading, in a few lines, for those who mostly read."""

from bot.rituals.digests import cards, choosing, counting, forwarding, round_up, sending
from bot.rituals.digests.choosing import in_one_line
from bot.rituals.digests.counting import count_threads
from bot.rituals.digests.declared import DigestHere, ritual
from bot.rituals.digests.forwarding import put_forward
from bot.rituals.digests.sending import digest_ends, digest_follows, digest_moves

__all__ = [
    "DigestHere",
    "cards",
    "choosing",
    "count_threads",
    "counting",
    "digest_ends",
    "digest_follows",
    "digest_moves",
    "forwarding",
    "in_one_line",
    "put_forward",
    "ritual",
    "round_up",
    "sending",
]
