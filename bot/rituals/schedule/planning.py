"""Making a schedule: a form, then its dates to look at, and only then is it saved."""

from __future__ import annotations

from datetime import datetime, timedelta

from bot.context import Context
from bot.core.errors import Fixable
from bot.core.events import Ref, Values
from bot.core.forms import Form, Option, Prefill
from bot.core.people import Role
from bot.core.replies import Consider, Effect, Reply
from bot.core.text import Bold, Channel, Typed, shortened
from bot.core.ui import say
from bot.recurrence.rule import Recurrence, slots_after
from bot.recurrence.saying import in_words
from bot.rituals.questions import channel_options
from bot.rituals.schedule.changing import save_change
from bot.rituals.schedule.dates import announced_before, dates_card, meanings_of, nth, shown_at
from bot.rituals.schedule.declared import (
    BY_DAY,
    BY_WEEKDAY,
    FORTNIGHTLY,
    ONCE,
    WEEKDAYS,
    WEEKLY,
    Changed,
    ChangePlan,
    NewMeeting,
    NewPrompt,
    Plan,
    SavePlan,
    ScheduleMeeting,
    SchedulePrompt,
    ritual,
)
from bot.rituals.schedule.prompts import OWN_WORDS
from bot.services.drafted import taken
from bot.services.rhythms import plan
from storage import audit, communities, members, visibility
from storage.communities import QUESTIONS, Place
from storage.ledger import rhythms
from storage.ledger.rhythms import Rhythm
from storage.sessions import MEETING

CODES = "MO TU WE TH FR SA SU".split()
FORMS: dict[str, type[Form]] = {
    ScheduleMeeting.prefix: NewMeeting,
    SchedulePrompt.prefix: NewPrompt,
    ChangePlan.prefix: Changed,
}


# The forms


async def prefill_meeting(ctx: Context, click: ScheduleMeeting) -> Prefill:
    where = await _where(ctx)
    usual: Values = {"often": ONCE, "kind": "other", "minutes": 60, "remind": "60"}
    return Prefill({**usual, **where.values}, where.options, where.note)


async def prefill_prompt(ctx: Context, click: SchedulePrompt) -> Prefill:
    where = await _where(ctx)
    known = [Option(it.name, it.label) for it in ctx.offered.recurring if it.label]
    options = (Option(OWN_WORDS, "Your own words"), *known)
    return Prefill({**where.values, "often": ONCE, "what": OWN_WORDS}, {**where.options, "what": options}, where.note)


async def _where(ctx: Context) -> Prefill:
    """The channels it can be in: the one they are in first, then those for questions."""
    found = await communities.places(ctx.db, ctx.community.id)
    readable = await visibility.readable(ctx.db, [place.id for place in found], ctx.viewer, ctx.now)
    usual = {place.id for place in await communities.places(ctx.db, ctx.community.id, QUESTIONS)}
    here = ctx.place.id if ctx.place else None
    ordered = sorted(readable.values(), key=lambda place: (place.id != here, place.id not in usual, place.name))
    if not ordered:
        raise Fixable("There is no channel here that you can read and I am in.")
    options = await channel_options(ctx, ordered)
    note = f"Times are those of {ctx.community.zone}, unless you name another in words: 9:00 New York time."
    return Prefill({"place": options[0].value}, {"place": options}, (note,))


async def _place(ctx: Context, chosen: str) -> Place:
    places = await communities.places(ctx.db, ctx.community.id)
    readable = await visibility.readable(ctx.db, [place.id for place in places], ctx.viewer, ctx.now)
    place = {str(id): place for id, place in readable.items() if not place.archived}.get(chosen)
    if place is None:
        raise Fixable("Please choose one of the channels.", "place")
    return place


@ritual.click(role=Role.FACILITATOR, form=NewMeeting, prefill=prefill_meeting)
async def schedule_meeting(ctx: Context, click: ScheduleMeeting, form: NewMeeting) -> Consider:
    await _place(ctx, form.place)
    return Consider(await dates_card(ctx, form.title, *_meanings(ctx, form, ctx.now)))


@ritual.click(role=Role.FACILITATOR, form=NewPrompt, prefill=prefill_prompt)
async def schedule_prompt(ctx: Context, click: SchedulePrompt, form: NewPrompt) -> Consider:
    await _place(ctx, form.place)
    return Consider(await dates_card(ctx, _named(ctx, form), *_meanings(ctx, form, ctx.now)))


def _named(ctx: Context, form: NewPrompt) -> str:
    if form.what == OWN_WORDS and not form.text:
        raise Fixable("Write what shall be posted, or choose something else above.", "text")
    label = next((it.label for it in ctx.offered.recurring if it.label and it.name == form.what), "")
    if not label and form.what != OWN_WORDS:
        raise Fixable("Please choose what is posted.", "what")
    return label or shortened(form.text, 60)


# When


def _meanings(ctx: Context, form: Plan, said_at: datetime) -> tuple[str, tuple[Recurrence, ...]]:
    """What is asked, if it is not clear, and what the form may mean. Raises Fixable."""
    if form.words:
        if form.first is not None:
            raise Fixable("You said when twice: leave this empty, or the words below.", "first")
        return meanings_of(form.words, said_at, ctx.community.zone)
    if form.first is None:
        raise Fixable("Say when the first is, or say it in words below.", "first")
    try:
        recurrence = Recurrence(form.first, ctx.community.zone, _rule(form.first, form.often))
    except ValueError as error:
        raise Fixable(f"This can't be: {error}.", "first") from None
    if not slots_after(recurrence, ctx.now, 1):
        raise Fixable("This is over already.", "first")
    return "", (recurrence,)


def _rule(first: datetime, often: str) -> str:
    day = CODES[first.weekday()]
    number = (first.day - 1) // 7 + 1
    rules = {
        ONCE: "",
        WEEKLY: f"FREQ=WEEKLY;BYDAY={day}",
        FORTNIGHTLY: f"FREQ=WEEKLY;INTERVAL=2;BYDAY={day}",
        BY_WEEKDAY: f"FREQ=MONTHLY;BYDAY={number if number < 5 else -1}{day}",
        BY_DAY: f"FREQ=MONTHLY;BYMONTHDAY={first.day}",
        WEEKDAYS: "FREQ=WEEKLY;BYDAY=MO,TU,WE,TH,FR",
    }
    return rules[often]


# Saving


@ritual.click(role=Role.FACILITATOR)
async def save_plan(ctx: Context, click: SavePlan) -> tuple[Effect, ...]:
    draft, form = await taken(ctx, click.draft, "facilitate schedule", FORMS)
    if isinstance(form, Changed):
        return await save_change(ctx, ChangePlan.unpack(draft.origin), form, click)
    assert isinstance(form, Plan)
    recurrence = nth(ctx, _meanings(ctx, form, shown_at(click))[1], click.meaning)
    made = await _made(ctx, form, recurrence)
    audit.note(ctx.db, ctx.community.id, ctx.member.id, ctx.now, "schedule.made", f"rhythm:{made.id}")
    place = await _place(ctx, form.place)
    words = ("Saved: ", Bold(made.title), " in ", Channel(place.name, place.ref), f". {in_words(recurrence)}.")
    return (Reply(say(*words, " You find all under ", Typed("facilitate schedule"), ".")),)


async def _made(ctx: Context, form: NewMeeting | NewPrompt, recurrence: Recurrence) -> Rhythm:
    place = await _place(ctx, form.place)
    if isinstance(form, NewMeeting):
        name, title, more = MEETING, form.title, await _more_of_meeting(ctx, form)
        lead = announced_before(recurrence, ctx.now)
    else:
        name, title, more, lead = form.what, _named(ctx, form), {"text": form.text}, timedelta(0)
    rhythm = Rhythm(
        community_id=ctx.community.id,
        space_id=place.space_id,
        made_by=ctx.member.id,
        name=name,
        title=title,
        recurrence=recurrence.to_json(),
        more=more,
        lead=int(lead.total_seconds()),
        paused=False,
        rev=1,
        failures=0,
        watermark=ctx.now - lead,
        created_at=ctx.now,
    )
    plan(rhythm)
    return await rhythms.add(ctx.db, rhythm)


async def _more_of_meeting(ctx: Context, form: NewMeeting) -> dict[str, object]:
    host = await _member(ctx, form.host, "host") if form.host is not None else None
    cohost = await _member(ctx, form.cohost, "cohost") if form.cohost is not None else None
    themes = [line.strip() for line in form.topics.splitlines() if line.strip()]
    more: dict[str, object] = {
        "kind": form.kind,
        "where": form.where,
        "minutes": form.minutes,
        "remind": int(form.remind),
        "host": host if host is not None else cohost,
        "cohost": cohost if cohost != host and host is not None else None,
        "capacity": form.capacity,
        "themes": themes,
    }
    return {name: value for name, value in more.items() if value not in (None, "", [])}


async def _member(ctx: Context, who: Ref, field: str) -> int:
    member = await members.of_account(ctx.db, who)
    if member is None or member.community_id != ctx.community.id:
        raise Fixable("I don't know this person yet.", field)
    return member.id
