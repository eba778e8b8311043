"""Tags: a word or two that things are filed under. Written ``falls``, ``c++``, ``wound care``; never with ``#``."""

from __future__ import annotations

import re
import unicodedata
from typing import Any

LONGEST_TAG = 40
MOST_TAGS = 8


def normalised_tag(text: str) -> str:
    """One form per tag: compatibility characters folded, lower case, words joined by single hyphens.

    Keeps letters, digits and ``+ # .`` (c++, c#, node.js). Empty when nothing is left. Idempotent.
    """
    folded = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", text).casefold())
    kept = re.sub(r"[^\w+#.]+|_", "-", folded.strip().lstrip("#"))
    return re.sub(r"-+", "-", kept).strip("-.")[:LONGEST_TAG].strip("-.")


def normalised_tags(value: Any) -> Any:
    """Several tags from a list or from text with commas; each once, in the order given. Raises ValueError over MOST_TAGS."""
    parts = value.split(",") if isinstance(value, str) else value
    if not isinstance(parts, list | tuple):
        return value
    tags = tuple(dict.fromkeys(tag for part in parts if (tag := normalised_tag(str(part)))))
    if len(tags) > MOST_TAGS:
        raise ValueError(f"At most {MOST_TAGS} tags, please.")
    return tags
