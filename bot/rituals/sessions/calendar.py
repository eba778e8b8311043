"""One's own calendar: a secret address that other programs read, and that can be changed or taken back."""

from __future__ import annotations

from bot.context import Context
from bot.core.errors import Fixable
from bot.core.people import Role
from bot.core.replies import Reply
from bot.core.text import Bold, Link
from bot.core.ui import Button, Card, say
from bot.rituals.sessions.coming import still_to_come
from bot.rituals.sessions.declared import InMyCalendar, MyCalendar, NoCalendar, ritual
from storage import calendars

NO_ADDRESS = "Calendars can't be read yet: whoever runs Rounds has to set its public address (ROUNDS_PUBLIC_URL)."


def _address(ctx: Context, token: str) -> str:
    if not ctx.offered.public_url:
        raise Fixable(NO_ADDRESS)
    return f"{ctx.offered.public_url}/calendar/{token}.ics"


@ritual.click(role=Role.MEMBER)
async def my_calendar(ctx: Context, click: MyCalendar) -> Reply:
    address = _address(ctx, await calendars.make(ctx.db, ctx.member.id, ctx.now))
    words = (
        "Give this address to your calendar program (“subscribe”, “from URL”), and your meetings stay up to date there: ",
        Link(address, address),
        "\nWhoever has it can read it, so keep it to yourself. An address you were given before works no more.",
    )
    return Reply(Card("Your calendar", words, buttons=(Button("Turn it off", NoCalendar()),)))


@ritual.click(role=Role.MEMBER)
async def no_calendar(ctx: Context, click: NoCalendar) -> Reply:
    await calendars.revoke(ctx.db, ctx.member.id)
    return Reply(say("It is off: the address works no more."))


@ritual.click(role=Role.MEMBER)
async def in_my_calendar(ctx: Context, click: InMyCalendar) -> Reply:
    session = await still_to_come(ctx, click.session)
    address = _address(ctx, await calendars.make(ctx.db, ctx.member.id, ctx.now, session.id))
    return Reply(say(Bold(session.title), " as a file for your calendar: ", Link("Add it", address)))
