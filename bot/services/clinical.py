"""In a clinical community nothing that looks like a patient's detail is taken, unless its writer says why it is fine."""

from __future__ import annotations

import re

from bot.core.errors import Fixable
from bot.core.forms import Form
from bot.services.particulars import looks_like, particulars
from storage.communities import Community

NOTE = "No patient details, please."
# In the text itself, so that readers and facilitators see it, too.
FINE = re.compile(r"\(fine:[^()]*\w[^()]*\)", re.IGNORECASE)
HOW = " For example: (fine: the ward's public number)."
CHECKED = ("line", "paragraph", "url", "tags")


def check_form(community: Community, form: Form) -> None:
    """Raises Fixable, for the first field in which something looks like a detail of a patient."""
    if not community.clinical:
        return
    for field in form.fields():
        value = getattr(form, field.name)
        if field.kind in CHECKED and value:
            check_words(community, " ".join(value) if isinstance(value, tuple) else value, field.name)


def check_words(community: Community, words: str, field: str = "") -> None:
    """The same for words that no form holds."""
    if community.clinical and not FINE.search(words) and (found := particulars(words)):
        raise Fixable(looks_like(found) + HOW, field)
