"""What a text means, as a direction: texts that mean the same point nearly the same way, whatever their words. Pure.

A local model finds the direction, where the extra ``semantic`` is installed and turned on; everything works without it.
"""

from __future__ import annotations

import math
import struct
from collections.abc import Sequence
from dataclasses import dataclass
from operator import mul
from typing import Protocol

MOST_READ = 600  # characters of what follows a title; the model's own limit comes at about the same


class Embedder(Protocol):
    """A model on this machine. ``model`` names it with its version: directions of different models cannot be compared."""

    model: str

    def __call__(self, text: str) -> Sequence[float]:
        """Where a text points. Takes some tens of milliseconds of a processor, so never on the event loop."""
        ...


@dataclass(frozen=True, slots=True)
class Meaning:
    """``vector``: a direction of length 1, its numbers packed as float16, low byte first."""

    model: str
    vector: bytes

    @classmethod
    def of(cls, model: str, numbers: Sequence[float]) -> Meaning:
        """Of any length but 0. Raises ValueError for that, and for what is no number."""
        length = math.sqrt(sum(map(mul, numbers, numbers)))
        if not 0 < length < math.inf:
            raise ValueError("a direction without a length")
        return cls(model, struct.pack(f"<{len(numbers)}e", *(number / length for number in numbers)))

    def likeness(self, others: Sequence[bytes]) -> list[float]:
        """How alike others are, which the same model made: the cosine, 1 for the same direction, 0 for nothing in common."""
        packed = struct.Struct(f"<{len(self.vector) // 2}e")
        ours = packed.unpack(self.vector)
        # Of directions of length 1 the distance tells the cosine, in half the time: 5 ms of Python for a thousand.
        return [1 - math.dist(ours, packed.unpack(other)) ** 2 / 2 for other in others]


def text_of(title: str, rest: str) -> str:
    """What a model reads of something: the same of what is kept and of what is asked."""
    return f"{title}\n{rest[:MOST_READ]}".strip()
