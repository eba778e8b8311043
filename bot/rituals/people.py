"""Who looks after the community: a steward appoints facilitators, and can take it back."""

from __future__ import annotations

from datetime import datetime

from pydantic import Field
from sqlalchemy.ext.asyncio import AsyncSession

from bot.context import Context
from bot.core.errors import Fixable
from bot.core.forms import Form, PersonChoice
from bot.core.people import Role, Viewer
from bot.core.replies import Direct, Effect, Kind, Reply
from bot.core.ritual import Ritual
from bot.core.text import Bold, Typed
from bot.core.ui import Action, Button, Card, Section, say
from storage import audit, members
from storage.communities import Community
from storage.members import Member

ritual = Ritual("people")
CALLED = {Role.FACILITATOR: "facilitator", Role.STEWARD: "steward"}


class Appoint(Action, prefix="people.appoint"):
    """Somebody looks after the community, too, from now on."""


class WhomToAppoint(Form, title="Appoint a facilitator", submit="Appoint"):
    person: PersonChoice = Field(
        title="Who?", description="They can schedule, see the queue, and remove what should not stand."
    )


class NoLongerOne(Action, prefix="people.remove"):
    member: int


@ritual.command(
    "facilitate people", "See who looks after the community, appoint facilitators", role=Role.FACILITATOR, reads=True
)
async def list_people(ctx: Context, text: str) -> Reply:
    lines = []
    may_change = ctx.member.role >= Role.STEWARD
    for member in await members.facilitators(ctx.db, ctx.community.id):
        words = (await members.as_person(ctx.db, member.id), f" · {CALLED[Role(member.role)]}")
        is_one = may_change and member.role == Role.FACILITATOR
        lines.append(Section(words, (Button("Take back", NoLongerOne(member=member.id)),) if is_one else ()))
    buttons = (Button("Appoint a facilitator", Appoint()),) if may_change else ()
    return Reply(Card("Who looks after this community", sections=tuple(lines), buttons=buttons))


@ritual.click(role=Role.STEWARD, form=WhomToAppoint)
async def appoint(ctx: Context, click: Appoint, form: WhomToAppoint) -> tuple[Effect, ...]:
    member = await members.of_account(ctx.db, form.person)
    if member is None or member.community_id != ctx.community.id:
        raise Fixable("I don't know this person yet. They become known by doing something here.", "person")
    if member.role >= Role.FACILITATOR:
        raise Fixable("They look after this community already.", "person")
    account = await members.account_of(ctx.db, form.person)
    if account is None or account.guest or not account.active:
        raise Fixable("Somebody with a guest's account, or none that works, can't look after the community.", "person")
    member.role = int(Role.FACILITATOR)
    audit.note(ctx.db, ctx.community.id, ctx.member.id, ctx.now, "facilitator.appointed", f"member:{member.id}")
    return (
        Direct("appointed", ctx.community.id, member.id, Kind.ASKED_FOR, key=f"appointed:{member.id}:{ctx.now}"),
        Reply(say(await members.as_person(ctx.db, member.id), " is a facilitator now, and was told.")),
    )


@ritual.card("appointed")
async def appointed_card(db: AsyncSession, community_id: int, viewer: Viewer, now: datetime) -> Card | None:
    """To whoever looks after the community now."""
    community = await db.get(Community, community_id)
    member = await db.get(Member, viewer.member) if viewer.member else None
    if community is None or member is None or member.role < Role.FACILITATOR:
        return None
    words = (
        "You look after ",
        Bold(community.name),
        " now, with others. ",
        Typed("rounds help"),
        " lists what you can do.",
    )
    return Card(body=words)


@ritual.click(role=Role.STEWARD)
async def no_longer_one(ctx: Context, click: NoLongerOne) -> Reply:
    member = await ctx.db.get(Member, click.member)
    if member is None or member.community_id != ctx.community.id or member.role != Role.FACILITATOR:
        raise Fixable("They are no facilitator.")
    member.role = int(Role.MEMBER)
    audit.note(ctx.db, ctx.community.id, ctx.member.id, ctx.now, "facilitator.removed", f"member:{member.id}")
    return Reply(say(await members.as_person(ctx.db, member.id), " is a member like the others now."))
