"""People: who looks after the community or one channel, how many did what lately, and whose part in it was taken away."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Annotated

from pydantic import Field
from sqlalchemy.ext.asyncio import AsyncSession

from bot.context import Context
from bot.core.errors import Fixable
from bot.core.events import Ref
from bot.core.forms import Choice, Form, Option, Options, PersonChoice, Prefill
from bot.core.people import Role, Viewer
from bot.core.replies import Direct, Effect, Kind, Reply
from bot.core.ritual import Ritual
from bot.core.text import Bold, Channel, Text, Typed, When
from bot.core.ui import Action, Button, Card, Section, say
from bot.rituals import questions
from bot.rituals.digests import digest_follows
from storage import audit, communities, erasing, looking_after, members, participation, visibility
from storage.communities import Community, Place
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


class LookAfter(Action, prefix="people.look-after"):
    """Somebody looks after one channel from now on."""


class WhoLooksAfterWhich(Form, title="Look after a channel", submit="Save"):
    person: PersonChoice = Field(
        title="Who?",
        description="In this channel they can close questions, cancel meetings, remove what should not stand.",
    )
    place: Choice = Field(title="Which channel?")


class NoLongerLooksAfter(Action, prefix="people.look-after-no-more"):
    member: int
    place: int


class MoreWhoLookAfter(Action, prefix="people.look-after-more"):
    skip: int


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
    keepers, more_keepers = await _who_look_after(ctx, 0)
    blocked, more = await _blocked(ctx, 0)
    if blocked:
        blocked = [Section((Bold("Blocked"),)), *blocked]
    lines += [*keepers, *blocked]
    ask = Button("Ask somebody to look after a channel", LookAfter())
    buttons = (*more_keepers, ask, *more, Button("Block somebody", Block(), "danger"))
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


async def _who_can(ctx: Context, person: Ref) -> Member:
    """Somebody who can be asked to look after something, held. Raises Fixable."""
    member = await _held(ctx, await members.of_account(ctx.db, person))
    if member is None:
        raise Fixable("I don't know this person yet. They become known by doing something here.", "person")
    if member.role >= Role.FACILITATOR:
        raise Fixable("They look after this community already.", "person")
    if member.blocked_at is not None:
        raise Fixable("They are blocked. Let them back in first.", "person")
    account = await members.account_of(ctx.db, person)
    if account is None or account.guest or not account.active:
        raise Fixable("Somebody with a guest's account, or none that works, can't look after the community.", "person")
    return member


@ritual.click(role=Role.STEWARD, form=WhomToAppoint)
async def appoint(ctx: Context, click: Appoint, form: WhomToAppoint) -> tuple[Effect, ...]:
    member = await _who_can(ctx, form.person)
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


# One channel


async def _channels(ctx: Context) -> dict[int, Place]:
    """Space → its channel, of those that whoever acts can read, the one they are in first."""
    known = await communities.places(ctx.db, ctx.community.id)
    readable = await visibility.readable(ctx.db, [place.id for place in known], ctx.viewer, ctx.now)
    here = ctx.place.id if ctx.place else None
    found: dict[int, Place] = {}
    for place in sorted(readable.values(), key=lambda place: (place.id != here, place.name, place.id)):
        found.setdefault(place.space_id, place)
    return found


async def _who_look_after(ctx: Context, skip: int) -> tuple[list[Section], tuple[Button, ...]]:
    """Who looks after which channel, of those that whoever acts can read."""
    channels = await _channels(ctx)
    every = [(id, channels[it]) for it, id in await looking_after.who(ctx.db, ctx.community.id) if it in channels]
    lines = []
    for id, place in every[skip : skip + SHOWN]:
        words = (await members.as_person(ctx.db, id), " · looks after ", Channel(place.name, place.ref))
        lines.append(Section(words, (Button("Take back", NoLongerLooksAfter(member=id, place=place.id)),)))
    more = (Button("More channels", MoreWhoLookAfter(skip=skip + SHOWN)),) if len(every) > skip + SHOWN else ()
    return lines, more


@ritual.click(role=Role.FACILITATOR, reads=True)
async def more_who_look_after(ctx: Context, click: MoreWhoLookAfter) -> Reply:
    lines, more = await _who_look_after(ctx, max(0, click.skip))
    return Reply(Card("Who looks after a channel", () if lines else ("Nobody else.",), tuple(lines), more))


async def channels_to_look_after(ctx: Context, click: LookAfter) -> Prefill:
    options = await questions.channel_options(ctx, list((await _channels(ctx)).values()))
    if not options:
        raise Fixable("There is no channel here that you can read and I am in.")
    return Prefill({"place": options[0].value}, {"place": options})


@ritual.click(role=Role.FACILITATOR, form=WhoLooksAfterWhich, prefill=channels_to_look_after)
async def look_after(ctx: Context, click: LookAfter, form: WhoLooksAfterWhich) -> tuple[Effect, ...]:
    place = {str(place.id): place for place in (await _channels(ctx)).values()}.get(form.place)
    if place is None:
        raise Fixable("Please choose one of the channels.", "place")
    member = await _who_can(ctx, form.person)
    theirs = Viewer(ctx.community.id, member=member.id)
    if not await visibility.sees(ctx.db, place.space_id, theirs, ctx.now):
        raise Fixable("They can't see this channel.", "person")
    where = Channel(place.name, place.ref)
    who = await members.as_person(ctx.db, member.id)
    if not await looking_after.give(ctx.db, place.space_id, member.id, ctx.now):
        return (Reply(say(who, " looks after ", where, " already.")),)
    of, which = f"member:{member.id}", f"place:{place.id}"
    audit.note(ctx.db, ctx.community.id, ctx.member.id, ctx.now, "channel_keeper.appointed", of, which)
    key = f"looks_after:{place.space_id}:{member.id}:{ctx.now}"
    return (
        Direct("looks_after", place.space_id, member.id, Kind.ASKED_FOR, about=place.space_id, key=key),
        Reply(say(who, " looks after ", where, " now, and was told.")),
    )


@ritual.card("looks_after")
async def looks_after_card(db: AsyncSession, space_id: int, viewer: Viewer, now: datetime) -> Card | None:
    """To whoever looks after a channel now."""
    if viewer.member is None or not await looking_after.looks_after(db, viewer.member, space_id):
        return None
    known = [place.id for place in await communities.places_of_space(db, space_id)]
    place = next(iter((await visibility.readable(db, known, viewer, now)).values()), None)
    if place is None:
        return None
    words = (
        "You look after ",
        Channel(place.name, place.ref),
        " now. What is asked and shared there has ",
        Bold("More"),
        ": there you can close or remove it, whoever it is of; meetings you can cancel.",
    )
    return Card(body=words)


@ritual.click(role=Role.FACILITATOR)
async def no_longer_looks_after(ctx: Context, click: NoLongerLooksAfter) -> Reply:
    readable = await visibility.readable(ctx.db, [click.place], ctx.viewer, ctx.now)
    member, place = await ctx.db.get(Member, click.member), readable.get(click.place)
    if member is None or member.community_id != ctx.community.id or place is None:
        raise Fixable("This is gone, or you can't see the channel any more.")
    where, who = Channel(place.name, place.ref), await members.as_person(ctx.db, member.id)
    if not await looking_after.take_back(ctx.db, place.space_id, member.id):
        return Reply(say(who, " doesn't look after ", where, "."))
    of, which = f"member:{member.id}", f"place:{place.id}"
    audit.note(ctx.db, ctx.community.id, ctx.member.id, ctx.now, "channel_keeper.removed", of, which)
    return Reply(say(who, " doesn't look after ", where, " any more."))


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
    if member.name == erasing.NOBODY:  # they had all erased but that they take no part: now that goes, too
        await erasing.erase(ctx.db, member, ctx.now)
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
