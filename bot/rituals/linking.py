"""One person with accounts on two platforms: a code made on the one and given on the other makes them one member."""

from __future__ import annotations

from pydantic import Field

from bot.context import Context
from bot.core.forms import Form, Line
from bot.core.people import Role
from bot.core.replies import Effect, Reply
from bot.core.ritual import Ritual
from bot.core.text import Bold, Typed
from bot.core.ui import Action, Button, Card, say
from bot.rituals.digests import digest_moves
from bot.rituals.sessions import answered_by_both, meetings_move
from storage import audit, communities, linking

ritual = Ritual("linking")
TOO_MANY = "These were too many wrong codes. In an hour you can try again, with a new one."
WRONG = "This code is unknown, used, or older than 15 minutes. Make a new one with your other account."
OWN = "You made this code with this very account. Give it with your other one."


class TheirCode(Form, title="Your other account", submit="Make them one", kept=False):
    code: Line = Field(
        title="The code", description="Your other account made it, in the last 15 minutes.", max_length=40
    )


class HaveAnother(Action, prefix="linking.make"):
    """Make a code."""


class HaveCode(Action, prefix="linking.use"):
    """Give it."""


async def link_buttons(ctx: Context) -> tuple[Button, ...]:
    """Where there is more than one workspace to have an account in."""
    if await communities.how_many_workspaces(ctx.db, ctx.community.id) < 2:
        return ()
    return Button("I have another account", HaveAnother()), Button("I have a code", HaveCode())


@ritual.click(role=Role.MEMBER)
async def make_code(ctx: Context, click: HaveAnother) -> Reply:
    code = await linking.make(ctx.db, ctx.member.id, ctx.now)
    return Reply(
        say(
            "Is your other account here, too? Type ",
            Typed("rounds me"),
            " with that one, press “I have a code”, and give this: ",
            Bold(code),
            ". It works once, within 15 minutes. Then all that is yours here is of that account, too: it knows one of you. ",
            "Show the code to nobody else.",
        )
    )


@ritual.click(role=Role.MEMBER, form=TheirCode)
async def use_code(ctx: Context, click: HaveCode, form: TheirCode) -> tuple[Effect, ...]:
    """What was wrong is said without undoing that it was counted."""
    if not await linking.may_try(ctx.db, ctx.member.id, ctx.now):
        return (Reply(say(TOO_MANY)),)
    if await linking.whose(ctx.db, form.code) == ctx.member.id:
        return (Reply(say(OWN)),)
    other = await linking.use(ctx.db, form.code, ctx.member, ctx.now)
    if other is None:
        return (Reply(Card(body=(WRONG,), buttons=(Button("Try again", HaveCode()),))),)
    me, gone, was = ctx.member, other.id, ctx.member.role
    both = await answered_by_both(ctx, me.id, gone)
    await linking.merge(ctx.db, me, other)
    now_is = Role(me.role).name.lower() if me.role > was else ""
    audit.note(ctx.db, ctx.community.id, me.id, ctx.now, "member.linked", f"member:{me.id}", now_is)
    words = "Done: both accounts are yours. Your questions, your digest and what you said about coming are the same in both."
    return (*await meetings_move(ctx, gone, both), *await digest_moves(ctx, gone), Reply(say(words)))
