"""What a platform is given of the core when it is made."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from bot.core.clock import Clock
from bot.core.ports import Counts, Dispatch, DrawHome, Installations, Leases, Newest, Suggest, Turns, Whose
from bot.core.registry import Registry


@dataclass(frozen=True, slots=True)
class Inside:
    dispatch: Dispatch
    registry: Registry
    suggest: Suggest
    home: DrawHome
    installations: Callable[[str], Installations]  # by the platform's name
    clock: Clock
    leases: Leases
    turns: Turns
    whose: Whose
    newest: Newest
    counts: Counts
