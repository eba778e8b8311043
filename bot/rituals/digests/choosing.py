"""/rounds digest: choose it, look at what it would say now, pause it; and one press in a channel for that channel's."""

from __future__ import annotations

import re

from bot.context import Context
from bot.core.errors import Fixable
from bot.core.events import Value
from bot.core.forms import Option, Prefill
from bot.core.people import Role
from bot.core.replies import Effect, Reply
from bot.core.text import Bold, Channel, Span, Text, When, shortened
from bot.core.ui import Button, Card, Run, Section
from bot.rituals.digests.cards import drawn
from bot.rituals.digests.composing import STRONGEST
from bot.rituals.digests.declared import (
    EVERYWHERE,
    KINDS,
    ChangeDigest,
    DigestGoesOn,
    DigestHere,
    HowIWantIt,
    LessLikeThis,
    LessOften,
    NoDigest,
    OfWhat,
    PauseDigest,
    Preview,
    Useful,
    ritual,
)
from bot.rituals.digests.gathering import lines_for
from bot.rituals.digests.sending import digest_ends, planned_next
from bot.rituals.digests.when import next_due, said
from storage import communities, digests, visibility
from storage.communities import Place
from storage.digests import DAILY, MONTHLY, WEEKLY, DigestPlan

MOST_CHANNELS = 24  # with "all of them", what Discord's menus hold
NAMED = 5
TIME = re.compile(r"([01]?\d|2[0-3])[:.h]([0-5]\d)")
SENDS_NOTHING = "Nothing new since then: no digest would be sent."
NO_PLAN = "You get no digest yet. It holds at most eight lines, each with a link; where there is nothing to say, nothing comes."


@ritual.command(
    "rounds digest", "Choose your digest: how often, of which channels, of what", role=Role.MEMBER, reads=True
)
async def my_digest(ctx: Context, text: str) -> Reply:
    plan = await digests.plan_of(ctx.db, ctx.member.id)
    if plan is None:
        return Reply(Card("Your digest", (NO_PLAN,), buttons=(Button("Choose it", ChangeDigest(), "primary"),)))
    return Reply(Card("Your digest", await _as_planned(ctx, plan), buttons=_buttons(plan)))


async def in_one_line(ctx: Context) -> Section:
    """For the screen of all that one can set."""
    plan = await digests.plan_of(ctx.db, ctx.member.id)
    if plan is None:
        return Section(("Digest: ", Bold("none")), (Button("Choose it", ChangeDigest()),))
    return Section(("Digest: ", *await _as_planned(ctx, plan)), (Button("Change digest", ChangeDigest()),))


def _buttons(plan: DigestPlan) -> tuple[Button, ...]:
    stop = Button("Go on", DigestGoesOn(), "primary") if plan.paused else Button("Pause", PauseDigest())
    return Button("Change", ChangeDigest()), Button("Preview", Preview()), stop, Button("No digest", NoDigest())


async def _as_planned(ctx: Context, plan: DigestPlan) -> Text:
    """How often, of what, and when the next comes."""
    words: list[Span] = [Bold(said(plan)), " your time", *await _of_which(ctx, plan)]
    named = [option.label.lower() for option in KINDS if option.value in plan.kinds]
    words += [f". Only: {', '.join(named)}"] if named else []
    words += [f". Only with the tags {', '.join(plan.tags)}"] if plan.tags else []
    if plan.paused:
        return (*words, ". Paused.")
    due = next_due(plan, ctx.member.zone, ctx.member.away_until, ctx.now)
    return (*words, ". Next: ", When(due), ".") if due else (*words, ".")


async def _of_which(ctx: Context, plan: DigestPlan) -> Text:
    if plan.everywhere:
        return (", of all channels you can read",)
    chosen = set(await digests.channels_of(ctx.db, ctx.member.id))
    named = [place for place in await _readable(ctx) if place.space_id in chosen]
    words: list[Span] = []
    for place in named[:NAMED]:
        words += [", of " if not words else ", ", Channel(place.name, place.ref)]
    words += [f" and {len(named) - NAMED} more"] if len(named) > NAMED else []
    return tuple(words) or (", but of no channel that you can read",)


async def _readable(ctx: Context) -> list[Place]:
    """The channels that one can read, one for each that is used together; that one is in first."""
    every = await communities.places(ctx.db, ctx.community.id)
    readable = await visibility.readable(ctx.db, [place.id for place in every], ctx.viewer, ctx.now)
    here = ctx.place.id if ctx.place else None
    used = {place.id for place in await communities.places(ctx.db, ctx.community.id, communities.QUESTIONS)}
    ordered = sorted(
        readable.values(), key=lambda place: (place.id != here, place.id not in used, place.name, place.id)
    )
    first: dict[int, Place] = {}
    for place in ordered:
        first.setdefault(place.space_id, place)
    return list(first.values())


# The form


async def as_it_is(ctx: Context, click: ChangeDigest) -> Prefill:
    plan = await digests.plan_of(ctx.db, ctx.member.id)
    chosen = await digests.channels_of(ctx.db, ctx.member.id)
    places = sorted(await _readable(ctx), key=lambda place: place.space_id not in chosen)[:MOST_CHANNELS]
    options = (
        Option(EVERYWHERE, "All that I can read"),
        *(Option(str(place.space_id), f"#{shortened(place.name, 60)}") for place in places),
    )
    kept = [str(place.space_id) for place in places if place.space_id in chosen]
    if plan is None:
        return Prefill({"channels": [EVERYWHERE]}, {"channels": options})
    values: dict[str, Value] = {
        "every": plan.every,
        "weekday": str(plan.weekday),
        "at": f"{plan.minutes // 60:02}:{plan.minutes % 60:02}",
        "channels": [EVERYWHERE] if plan.everywhere else kept,
        "kinds": plan.kinds,
        "tags": ", ".join(plan.tags),
    }
    return Prefill(values, {"channels": options})


@ritual.click(role=Role.MEMBER, form=HowIWantIt, prefill=as_it_is)
async def change_digest(ctx: Context, click: ChangeDigest, form: HowIWantIt) -> tuple[Effect, ...]:
    at = TIME.fullmatch(form.at)
    if at is None:
        raise Fixable("This should be a time like 16:00.", "at")
    spaces = {place.space_id for place in await _readable(ctx)}
    chosen = {int(value) for value in form.channels if value.isdigit()} & spaces
    if not chosen and EVERYWHERE not in form.channels:
        raise Fixable("Choose at least one channel, or all.", "channels")
    plan = await digests.plan_for_change(ctx.db, ctx.member.id, ctx.now)
    plan.every, plan.weekday = form.every, int(form.weekday)
    plan.minutes = int(at[1]) * 60 + int(at[2])
    plan.everywhere = EVERYWHERE in form.channels
    plan.kinds, plan.tags = sorted(form.kinds), sorted(form.tags)
    plan.paused = False
    await digests.set_channels(ctx.db, ctx.member.id, chosen)
    await ctx.db.flush()
    words = await _as_planned(ctx, plan)
    reply = Reply(Card("Your digest", ("Saved. ", *words), buttons=_buttons(plan)))
    return planned_next(ctx, ctx.member, plan), reply


# One press


@ritual.click(role=Role.MEMBER)
async def digest_here(ctx: Context, click: DigestHere) -> tuple[Effect, ...]:
    """The channel's weekly digest, with a sample at once."""
    if ctx.place is None:
        raise Fixable("Press this in the channel whose digest you want.")
    plan = await digests.plan_for_change(ctx.db, ctx.member.id, ctx.now)
    if not plan.everywhere:
        await digests.add_channel(ctx.db, ctx.member.id, ctx.place.space_id)
    plan.paused = False
    await ctx.db.flush()
    sample = await drawn(ctx.db, await lines_for(ctx.db, ctx.member, plan, ctx.now), ctx.viewer, ctx.now)
    words: list[Span] = [*await _as_planned(ctx, plan)]
    words += (
        ["\nThis is how it would look now:"] if sample else ["\nThere is nothing new there yet, so nothing would come."]
    )
    buttons = (
        Button("Change", ChangeDigest()),
        Button("How much do I hear?", Run(command="rounds me")),
        Button("No digest", NoDigest()),
    )
    title = f"{'Weekly digest' if plan.every == WEEKLY else 'Digest'} of #{ctx.place.name}"
    reply = Reply(Card(title, tuple(words), sample, buttons))
    return planned_next(ctx, ctx.member, plan), reply


@ritual.click(role=Role.MEMBER, reads=True)
async def preview(ctx: Context, click: Preview) -> Reply:
    plan = await digests.plan_of(ctx.db, ctx.member.id)
    if plan is None:
        raise Fixable("You get no digest yet.")
    sections = await drawn(ctx.db, await lines_for(ctx.db, ctx.member, plan, ctx.now), ctx.viewer, ctx.now)
    body = ("What would be sent now:",) if sections else (SENDS_NOTHING,)
    return Reply(Card("Your digest", body, sections, _buttons(plan)))


@ritual.click(role=Role.MEMBER)
async def pause(ctx: Context, click: PauseDigest) -> tuple[Effect, ...]:
    plan = await _mine(ctx)
    plan.paused = True
    card = Card(body=("Paused: no digest comes until you let it go on.",), buttons=(Button("Go on", DigestGoesOn()),))
    return planned_next(ctx, ctx.member, plan), Reply(card)


@ritual.click(role=Role.MEMBER)
async def go_on(ctx: Context, click: DigestGoesOn) -> tuple[Effect, ...]:
    plan = await _mine(ctx)
    plan.paused = False
    return planned_next(ctx, ctx.member, plan), Reply(Card(body=("It goes on: ", *await _as_planned(ctx, plan))))


@ritual.click(role=Role.MEMBER)
async def no_digest(ctx: Context, click: NoDigest) -> tuple[Effect, ...]:
    choose = (Button("Choose it again", ChangeDigest()),)
    return (*await digest_ends(ctx, ctx.member), Reply(Card(body=("No digest comes any more.",), buttons=choose)))


@ritual.click(role=Role.MEMBER)
async def less_often(ctx: Context, click: LessOften) -> tuple[Effect, ...]:
    plan = await _mine(ctx)
    if plan.every not in (DAILY, WEEKLY):
        words = ("It comes seldom already. You can pause it.",)
        return (Reply(Card(body=words, buttons=(Button("Pause", PauseDigest()),))),)
    plan.every = WEEKLY if plan.every == DAILY else MONTHLY
    change = (Button("Change", ChangeDigest()),)
    reply = Reply(Card(body=("Less often from now on: ", *await _as_planned(ctx, plan)), buttons=change))
    return planned_next(ctx, ctx.member, plan), reply


async def _mine(ctx: Context) -> DigestPlan:
    if await digests.plan_of(ctx.db, ctx.member.id) is None:
        raise Fixable("You get no digest any more.")
    return await digests.plan_for_change(ctx.db, ctx.member.id, ctx.now)


# What they think of it


@ritual.click(role=Role.MEMBER)
async def useful(ctx: Context, click: Useful) -> Reply:
    """More of the kinds that were in it."""
    issue = await digests.get_issue(ctx.db, click.issue, ctx.member.id)
    if issue is None:
        raise Fixable("This digest is gone.")
    if not issue.useful:
        issue.useful = True
        lines = await digests.lines_of(ctx.db, issue.id)
        await digests.taste(ctx.db, ctx.member.id, {f"kind:{line.kind}" for line in lines}, 1, STRONGEST)
    return Reply(Card(body=("Thank you. There will be more like it.",)))


async def of_what(ctx: Context, click: LessLikeThis) -> Prefill:
    """What a reader can want less of: the kinds, the topics and the channels of the lines that they had."""
    issue = await digests.get_issue(ctx.db, click.issue, ctx.member.id)
    lines = await digests.lines_of(ctx.db, issue.id) if issue else []
    if not lines:
        raise Fixable("This digest is gone.")
    readable = {place.space_id: place for place in await _readable(ctx)}
    labels = {option.value: option.label for option in KINDS}
    offered = {f"kind:{line.kind}": labels[line.kind] for line in lines if line.kind in labels}
    for name, _, tag in (line.reason.partition(":") for line in lines):
        offered |= {f"tag:{tag}": f"About {tag}"} if name in ("help", "learn", "follow") else {}
    offered |= {
        f"in:{line.space_id}": f"From #{shortened(readable[line.space_id].name, 60)}"
        for line in lines
        if line.space_id in readable
    }
    options = tuple(Option(value, label) for value, label in offered.items())
    if not options:
        raise Fixable("There is nothing in it that you could have less of.")
    return Prefill({"what": options[0].value}, {"what": options})


@ritual.click(role=Role.MEMBER, form=OfWhat, prefill=of_what)
async def less_like_this(ctx: Context, click: LessLikeThis, form: OfWhat) -> Reply:
    if not re.fullmatch(r"(kind|tag|in):.+", form.what):
        raise Fixable("Please choose one of these.", "what")
    await digests.taste(ctx.db, ctx.member.id, [form.what], -1, STRONGEST)
    return Reply(Card(body=("There will be less of it, or nothing, in the next one.",)))
