"""Going on with what was typed into a form earlier: taken once, and looked at like a form that is sent."""

from __future__ import annotations

from collections.abc import Mapping

from bot.context import Context
from bot.core.errors import Fixable
from bot.core.forms import Form
from bot.core.text import Typed
from bot.core.ui import prefix_of
from bot.services import clinical
from storage import drafts
from storage.drafts import Draft


async def taken(ctx: Context, draft_id: str, command: str, kinds: Mapping[str, type[Form]]) -> tuple[Draft, Form]:
    """The draft, which is gone then, and its form. ``kinds``: what a draft's origin begins with → its form; "" is any other.

    Raises Fixable; ``command`` is what to type instead.
    """
    draft = await drafts.take(ctx.db, draft_id, ctx.member.id, ctx.now)
    if draft is None:
        raise Fixable(("This was done already, or its draft is gone. You can type ", Typed(command), " again."))
    form = (kinds.get(prefix_of(draft.origin)) or kinds[""]).parse(draft.filled)
    if not isinstance(form, Form):
        raise Fixable("Something in this draft is no longer right: " + " ".join(form.values()))
    clinical.check_form(ctx.community, form)
    return draft, form
