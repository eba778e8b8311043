"""Tags: a word or two that things are filed under. Written ``falls``, ``c++``, ``wound care``; never with ``#``."""

from __future__ import annotations

import re
import unicodedata
from typing import Any

LONGEST_TAG = 40
MOST_TAGS = 8


def normalised_tag(text: str) -> str:
    """One form per tag: compatibility characters folded, lower case, words joined by single hyphens.

    Keeps letters with their marks, digits and ``+ # .`` (c++, c#, node.js). Empty when nothing is left. Idempotent.
    """
    kept = ""
    for character in _folded(text):
        kept += character if _belongs(character, kept[-1:]) else "-"
    return re.sub(r"-+", "-", kept).lstrip("#-.")[:LONGEST_TAG].rstrip("-.")


def _folded(text: str) -> str:
    """As Unicode compares without case: folding and composing make work for each other, so both are done twice."""
    folded = unicodedata.normalize("NFKC", unicodedata.normalize("NFD", text).casefold())
    folded = unicodedata.normalize("NFKC", folded.casefold())
    return folded.replace("i\u0307", "i")  # what "İ" folds to


def _belongs(character: str, before: str) -> bool:
    """Letters, digits, ``+ # .`` and, after a letter, the marks on it: in many scripts most vowels are marks."""
    if unicodedata.category(character).startswith("M"):
        return before not in ("", *"-+#.")
    return character in "+#." or character.isalnum()


def normalised_tags(value: Any) -> Any:
    """Several tags from a list or from text with commas; each once, in the order given. Raises ValueError over MOST_TAGS."""
    parts = value.split(",") if isinstance(value, str) else value
    if not isinstance(parts, list | tuple):
        return value
    tags = tuple(dict.fromkeys(tag for part in parts if (tag := normalised_tag(str(part)))))
    if len(tags) > MOST_TAGS:
        raise ValueError(f"At most {MOST_TAGS} tags, please.")
    return tags
