"""How good an order is, and whether one is better than another."""

from __future__ import annotations

import math
import random
from collections.abc import Collection, Sequence
from statistics import fmean
from typing import TypeVar

Thing = TypeVar("Thing")
RESAMPLES = 2_000


def ndcg(order: Sequence[Thing], right: Collection[Thing], at: int = 10) -> float:
    gained = sum(1 / math.log2(place + 2) for place, thing in enumerate(order[:at]) if thing in right)
    return gained / sum(1 / math.log2(place + 2) for place in range(min(len(right), at)))


def reciprocal(order: Sequence[Thing], right: Collection[Thing]) -> float:
    return next((1 / place for place, thing in enumerate(order, 1) if thing in right), 0.0)


def recall(order: Sequence[Thing], right: Collection[Thing], at: int = 10) -> float:
    return sum(thing in right for thing in order[:at]) / len(right)


def hit(order: Sequence[Thing], right: Collection[Thing], at: int) -> float:
    return float(any(thing in right for thing in order[:at]))


def gain(ours: Sequence[float], theirs: Sequence[float]) -> tuple[float, float, float]:
    """How much better ours is on average, and between which bounds in 95 of 100 (paired bootstrap, one fixed seed)."""
    differences, dice = [mine - other for mine, other in zip(ours, theirs, strict=True)], random.Random(7)
    means = sorted(fmean(dice.choices(differences, k=len(differences))) for _ in range(RESAMPLES))
    return fmean(differences), means[int(RESAMPLES * 0.025)], means[int(RESAMPLES * 0.975)]


def said(gained: tuple[float, float, float]) -> str:
    middle, low, high = gained
    return f"{middle:+.3f} [{low:+.3f} to {high:+.3f}]"
