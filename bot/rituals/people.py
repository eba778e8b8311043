"""People: who looks after the community, how many did what lately, and whose part in it was taken away."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Annotated

from pydantic import Field
from sqlalchemy.ext.asyncio import AsyncSession

from bot.context import Context
from bot.core.errors import Fixable
from bot.core.forms import Choice, Form, Option, Options, PersonChoice
from bot.core.people import Role, Viewer
from bot.core.replies import Direct, Effect, Kind, Reply
from bot.core.ritual import Ritual
from bot.core.text import Bold, Text, Typed, When
from bot.core.ui import Action, Button, Card, Section, say
from bot.rituals import questions
from bot.rituals.digests import digest_follows
from storage import audit, members, participation
from storage.communities import Community
from storage.members import Member

ritual = Ritual("people")
LATELY, SHOWN = timedelta(days=30), 5
REASONS = (  # to choose from: words of one's own could hold those of members, and the log keeps none of these
    Option("unkind", "Unkind or harmful to others"),
    Option("private", "Shares what is not theirs to share"),
    Option("advertising", "Advertises"),
    Option("not-of-us", "Is not of this community"),
    Option("other", "Something else"),
)
CALLED = {Role.FACILITATOR: "facilitator", Role.STEWARD: "steward"}


class Appoint(Action, prefix="people.appoint"):
    """Somebody looks after the community, too, from now on."""


class WhomToAppoint(Form, title="Appoint a facilitator", submit="Appoint"):
    person: PersonChoice = Field(
        title="Who?", description="They can schedule, see the queue, and remove what should not stand."
    )


class NoLongerOne(Action, prefix="people.remove"):
    member: int


class Block(Action, prefix="people.block"):
    """Somebody takes no part any more."""


class WhomToBlock(Form, title="Block somebody", submit="Block them"):
    person: PersonChoice = Field(
        title="Who?", description="They can do nothing here and are sent nothing. What they asked and shared stays."
    )
    reason: Annotated[Choice, Options(REASONS)] = Field(title="Why?", description="Kept in the log. They aren't told.")


class LetBack(Action, prefix="people.let-back"):
    member: int


class MoreBlocked(Action, prefix="people.blocked"):
    skip: int


@ritual.command(
    "facilitate people",
    "See who looks after the community and how many take part; appoint, block",
    role=Role.FACILITATOR,
    reads=True,
)
async def list_people(ctx: Context, text: str) -> Reply:
    lines = []
    may_change = ctx.member.role >= Role.STEWARD
    for member in await members.facilitators(ctx.db, ctx.community.id):
        words = (await members.as_person(ctx.db, member.id), f" · {CALLED[Role(member.role)]}")
        is_one = may_change and member.role == Role.FACILITATOR
        lines.append(Section(words, (Button("Take back", NoLongerOne(member=member.id)),) if is_one else ()))
    blocked, more = await _blocked(ctx, 0)
    if blocked:
        lines += [Section((Bold("Blocked"),)), *blocked]
    buttons = (*more, Button("Block somebody", Block(), "danger"))
    if may_change:
        buttons = (Button("Appoint a facilitator", Appoint()), *buttons)
    lately = await participation.since(ctx.db, ctx.community.id, ctx.now - LATELY)
    return Reply(Card("Who looks after this community", (), tuple(lines), buttons, _in_numbers(lately)))


def _in_numbers(lately: participation.Participation) -> Text:
    """How many people did what: nobody is named, neither who did nor who did not."""
    acts = (
        (lately.asked, "asked"),
        (lately.answered, "answered"),
        (lately.shared, "shared something"),
        (lately.used, "used what is kept"),
        (lately.came, "said they were at a meeting"),
        (lately.joined, "joined"),
    )
    counts = ", ".join(f"{number} {did}" for number, did in acts)
    return (f"In the last {LATELY.days} days, so many people: {counts}.",)


@ritual.click(role=Role.STEWARD, form=WhomToAppoint)
async def appoint(ctx: Context, click: Appoint, form: WhomToAppoint) -> tuple[Effect, ...]:
    member = await _held(ctx, await members.of_account(ctx.db, form.person))
    if member is None:
        raise Fixable("I don't know this person yet. They become known by doing something here.", "person")
    if member.role >= Role.FACILITATOR:
        raise Fixable("They look after this community already.", "person")
    if member.blocked_at is not None:
        raise Fixable("They are blocked. Let them back in first.", "person")
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


# Blocking


async def _blocked(ctx: Context, skip: int) -> tuple[list[Section], tuple[Button, ...]]:
    """Who is, the latest first, each with the way back; and a button for those there is no room for."""
    every = await members.blocked(ctx.db, ctx.community.id)
    lines = []
    for member in every[skip : skip + SHOWN]:
        since = When(member.blocked_at) if member.blocked_at else ""
        words = (await members.as_person(ctx.db, member.id), " · since ", since)
        lines.append(Section(words, (Button("Let back in", LetBack(member=member.id)),)))
    return lines, (Button("More", MoreBlocked(skip=skip + SHOWN)),) if len(every) > skip + SHOWN else ()


@ritual.click(role=Role.FACILITATOR, reads=True)
async def more_blocked(ctx: Context, click: MoreBlocked) -> Reply:
    lines, more = await _blocked(ctx, max(0, click.skip))
    return Reply(Card("Blocked", () if lines else ("Nobody else.",), tuple(lines), more))


@ritual.click(role=Role.FACILITATOR, form=WhomToBlock)
async def block(ctx: Context, click: Block, form: WhomToBlock) -> tuple[Effect, ...]:
    member = await _held(ctx, await members.of_account(ctx.db, form.person))
    if member is None:
        raise Fixable("I don't know this person: there is nothing to block.", "person")
    if member.id == ctx.member.id:
        raise Fixable("You can't block yourself.", "person")
    if member.role >= Role.FACILITATOR:
        raise Fixable("They look after this community. A steward has to take that back first.", "person")
    if member.blocked_at is not None:
        raise Fixable("They are blocked already.", "person")
    member.blocked_at = ctx.now
    await ctx.db.flush()
    audit.note(ctx.db, ctx.community.id, ctx.member.id, ctx.now, "member.blocked", f"member:{member.id}", form.reason)
    who = await members.as_person(ctx.db, member.id)
    words = say(who, " takes no part here any more, and is sent nothing. You can let them back in any time.")
    return (*await questions.no_longer_asked(ctx, member.id), Reply(words))


@ritual.click(role=Role.FACILITATOR)
async def let_back(ctx: Context, click: LetBack) -> tuple[Effect, ...]:
    member = await _held(ctx, await ctx.db.get(Member, click.member))
    if member is None or member.blocked_at is None:
        raise Fixable("They are not blocked.")
    member.blocked_at = None
    audit.note(ctx.db, ctx.community.id, ctx.member.id, ctx.now, "member.let-back", f"member:{member.id}")
    back = say(await members.as_person(ctx.db, member.id), " takes part again, as before.")
    return (*await digest_follows(ctx, member), Reply(back))


async def _held(ctx: Context, member: Member | None) -> Member | None:
    """The same as they are now, until the end of the transaction; nothing for somebody of another community."""
    if member is None or member.community_id != ctx.community.id:
        return None
    await members.hold(ctx.db, [member.id])
    await ctx.db.refresh(member)
    return member
