"""Deleting what is kept of a member: at once from the database and what can be found, from posted cards as they are redrawn."""

from __future__ import annotations

from bot.context import Context
from bot.core.people import Role
from bot.core.replies import Effect, Redraw, Reply
from bot.core.text import Text
from bot.core.ui import Button, Card, say
from bot.rituals.digests import digest_ends
from bot.rituals.mydata.declared import ALL, EraseMe, GiveMeACopy, HowToErase, MyData, ritual
from bot.rituals.questions import no_longer_asked, questions_drawn_anew, questions_taken_back
from bot.rituals.sessions import notes_taken_back, places_given_up
from bot.rituals.sharing import items_drawn_anew, items_taken_back
from bot.services.digested import digests_with
from storage import audit, erasing, forwarded

KEPT: Text = (
    "I keep what you asked, answered and shared, what you said of yourself and your settings, whom and what you follow, "
    "your places at meetings, and what I sent you. Never what you say in channels.\n"
    "You can have a copy of it, or have it deleted. Copies of the database that whoever runs me keeps are gone after a week.",
)


@ritual.command(
    "rounds data", "What is kept of you: a copy, or the end of it", role=Role.MEMBER, reads=True, even_blocked=True
)
async def data(ctx: Context, typed: str) -> Reply:
    return my_data()


@ritual.click(role=Role.MEMBER, reads=True, even_blocked=True)
async def show_my_data(ctx: Context, click: MyData) -> Reply:
    return my_data()


def my_data() -> Reply:
    buttons = Button("Give me a copy", GiveMeACopy(), "primary"), Button("Delete my data", EraseMe(), "danger")
    return Reply(Card("My data", KEPT, buttons=buttons))


@ritual.click(role=Role.MEMBER, form=HowToErase, even_blocked=True)
async def erase_me(ctx: Context, click: EraseMe, form: HowToErase) -> tuple[Effect, ...]:
    member = ctx.member
    await ctx.db.refresh(member, with_for_update=True)  # what is under way for them comes before, or finds nobody
    was_facilitator = member.role >= Role.FACILITATOR
    effects = [
        *await no_longer_asked(ctx, member.id),
        *await digest_ends(ctx, member),
        *await places_given_up(ctx, member.id),
    ]
    for put_forward in await forwarded.with_a_part_of(ctx.db, member.id):
        effects += await digests_with(ctx.db, forwarded.KIND, put_forward)
    effects += [*await questions_drawn_anew(ctx, member.id), *await items_drawn_anew(ctx, member.id)]
    if form.what == ALL:
        effects += await questions_taken_back(ctx, member.id)
        effects += await items_taken_back(ctx, member.id)
        effects += await notes_taken_back(ctx, member.id)
    await erasing.erase(ctx.db, member, ctx.now)
    if was_facilitator:
        effects.append(Redraw("setup", ctx.community.id))
    audit.note(ctx.db, ctx.community.id, member.id, ctx.now, "member.erased", f"member:{member.id}")
    words = (
        "It is deleted. Cards in channels follow within minutes. If you do something here again, I meet you as somebody new. "
        "Our conversation here is yours: you can delete it yourself."
    )
    if member.blocked_at is not None:
        words = (
            "It is deleted. Cards in channels follow within minutes. What is left is your account's number, and that you take no "
            "part here. Our conversation here is yours: you can delete it yourself."
        )
    return (*effects, Reply(say(words)))
