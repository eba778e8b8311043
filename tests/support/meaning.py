"""A model that knows a few words: texts about the same mean the same, whatever the words."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from dataclasses import dataclass, field

SUBJECTS = (
    frozenset({"falls", "fall", "slipping", "tumbling"}),
    frozenset({"noise", "noisy", "loud"}),
    frozenset({"wounds", "sores"}),
)


@dataclass
class FewWords:
    """Implements bot.core.meaning.Embedder. A text with ``fails_on`` in it fails; while ``held`` is not set all wait."""

    model: str = "few words 1"
    fails_on: str = ""
    held: threading.Event | None = None
    read: list[str] = field(default_factory=list)

    def __call__(self, text: str) -> Sequence[float]:
        self.read.append(text)
        if self.held is not None:
            self.held.wait(10)
        if self.fails_on and self.fails_on in text:
            raise RuntimeError("it does not understand")
        words = [word.strip("?!.,").lower() for word in text.split()]
        # The last number keeps a text about nothing that it knows from having no direction.
        return [*(float(sum(word in subject for word in words)) for subject in SUBJECTS), 0.1]
