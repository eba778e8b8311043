"""What the local chat service can do."""

from __future__ import annotations

import re

from bot.core.events import Ref
from bot.core.ports import Profile

PLATFORM = "local"
WORKSPACE = "local"

PROFILE = Profile(name=PLATFORM, form_fields=100, form_errors=True, bare_groups=True)

# The service's published limits, in characters.
LONGEST_TITLE = 150
LONGEST_LABEL = 75
LONGEST_PACKED = 100


def ref(id: str) -> Ref:
    """A person or a place of the local workspace. Raises ValueError for what is no id."""
    if not re.fullmatch(r"[a-z0-9-]{0,60}", id):
        raise ValueError("not an id of the workspace's")
    return Ref(PLATFORM, WORKSPACE, id)


def local_id(ref: Ref) -> str | None:
    """The service's own id of something, None when it lives elsewhere."""
    return ref.id if (ref.platform, ref.workspace) == (PLATFORM, WORKSPACE) else None
