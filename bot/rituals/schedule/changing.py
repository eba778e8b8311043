"""Changing a schedule: skip, move or add a date, change all that follow, pause, run now, end. Each can be undone."""

from __future__ import annotations

from datetime import date, datetime

from bot.context import Context
from bot.core.errors import Fixable
from bot.core.forms import Option, Prefill
from bot.core.people import Role
from bot.core.replies import Consider, Effect, Reply
from bot.core.text import Bold
from bot.core.ui import Button, Card, say
from bot.recurrence.rule import Recurrence, add_extra, edit_all, edit_following, local_wall, move, skip
from bot.recurrence.saying import in_words, on_day
from bot.rituals.schedule.dates import dates_card, meanings_of, nth
from bot.rituals.schedule.declared import (
    AddDate,
    Changed,
    ChangePlan,
    EndIt,
    GoOn,
    MoveDate,
    OneMore,
    Pause,
    RunNow,
    SkipDate,
    StartAgain,
    ToWhen,
    WhichDate,
    ritual,
)
from bot.rituals.sessions import MEETING, follow_schedule
from bot.services.rhythms import changed, coming, plan, recurrence_of, run_at_once
from storage import audit
from storage.ledger import rhythms
from storage.ledger.rhythms import Rhythm

DATES_OFFERED = 10
ALL = "all"
CHANGED_SINCE = "This was changed since. Look at the list again, so that nothing newer is lost."


async def opened(ctx: Context, rhythm_id: int) -> Rhythm:
    """The schedule, held so that two who act at once act one after the other. Raises Fixable."""
    rhythm = await rhythms.held(ctx.db, rhythm_id)
    if rhythm is None or rhythm.community_id != ctx.community.id:
        raise Fixable("This schedule is gone.")
    return rhythm


async def going_on(ctx: Context, rhythm_id: int) -> Rhythm:
    rhythm = await opened(ctx, rhythm_id)
    if rhythm.ended_at is not None:
        raise Fixable("This has ended.")
    return rhythm


async def dates_of(ctx: Context, click: SkipDate | MoveDate) -> Prefill:
    rhythm = await rhythms.get(ctx.db, click.rhythm, ctx.community.id)
    slots = coming(rhythm, ctx.now, DATES_OFFERED) if rhythm else []
    if rhythm is None or rhythm.ended_at is not None or not slots:
        raise Fixable("No date is left to change.")
    options = tuple(Option(slot.key, f"{on_day(slot.wall)} {slot.wall:%H:%M}") for slot in slots)
    return Prefill(
        {"date": options[0].value}, {"date": options}, (f"Times are those of {recurrence_of(rhythm).zone}.",)
    )


async def _saved(ctx: Context, rhythm: Rhythm, recurrence: Recurrence, what: str) -> list[Effect]:
    """Write down the new dates; what was announced follows them."""
    changed(rhythm, ctx.now, recurrence)
    audit.note(ctx.db, ctx.community.id, ctx.member.id, ctx.now, f"schedule.{what}", f"rhythm:{rhythm.id}")
    await ctx.db.flush()
    return await follow_schedule(ctx, rhythm) if rhythm.name == MEETING else []


@ritual.click(role=Role.FACILITATOR, form=WhichDate, prefill=dates_of)
async def skip_date(ctx: Context, click: SkipDate, form: WhichDate) -> tuple[Effect, ...]:
    rhythm = await going_on(ctx, click.rhythm)
    effects = await _saved(ctx, rhythm, _tried(lambda: skip(recurrence_of(rhythm), form.date), "date"), "skipped")
    return (*effects, Reply(say("Skipped. You can add it again as a date of its own.")))


@ritual.click(role=Role.FACILITATOR, form=ToWhen, prefill=dates_of)
async def move_date(ctx: Context, click: MoveDate, form: ToWhen) -> tuple[Effect, ...]:
    rhythm = await going_on(ctx, click.rhythm)
    _to_come(ctx, rhythm, form.to, "to")
    moved = _tried(lambda: move(recurrence_of(rhythm), form.date, form.to), "to")
    effects = await _saved(ctx, rhythm, moved, "moved")
    return (*effects, Reply(say("Moved. Those who said they come are told once.")))


@ritual.click(role=Role.FACILITATOR, form=OneMore)
async def add_date(ctx: Context, click: AddDate, form: OneMore) -> tuple[Effect, ...]:
    rhythm = await going_on(ctx, click.rhythm)
    _to_come(ctx, rhythm, form.at, "at")
    more = _tried(lambda: add_extra(recurrence_of(rhythm), f"{rhythm.rev}", form.at), "at")
    return (*await _saved(ctx, rhythm, more, "added"), Reply(say("Added.")))


def _to_come(ctx: Context, rhythm: Rhythm, wall: datetime, field: str) -> None:
    if wall <= local_wall(ctx.now, recurrence_of(rhythm).zone):
        raise Fixable("This is over already.", field)


def _tried(change: object, field: str) -> Recurrence:
    """A change of dates. Raises Fixable with what is wrong with it."""
    assert callable(change)
    try:
        result = change()
    except ValueError as error:
        raise Fixable(f"This can't be: {error}.", field) from None
    assert isinstance(result, Recurrence)
    return result


# Change what it is, from a date on


async def as_it_is(ctx: Context, click: ChangePlan) -> Prefill:
    rhythm = await rhythms.get(ctx.db, click.rhythm, ctx.community.id)
    if rhythm is None or rhythm.ended_at is not None:
        raise Fixable("This schedule is gone.")
    if rhythm.rev != click.rev:
        raise Fixable(CHANGED_SINCE)
    whole = recurrence_of(rhythm)
    dates = [Option(slot.key, f"From {on_day(slot.wall)} on") for slot in coming(rhythm, ctx.now, DATES_OFFERED)]
    dates = [option for option in dates if whole.rule and not option.value.startswith("extra:")]
    options = (Option(ALL, "All dates; what was skipped or moved stays so"), *dates)
    return Prefill({"title": rhythm.title, "words": as_said(whole), "since": ALL}, {"since": options})


def as_said(recurrence: Recurrence) -> str:
    """Its rule in words, without what was skipped, moved or added."""
    return in_words(Recurrence(recurrence.start, recurrence.zone, recurrence.rule))


@ritual.click(role=Role.FACILITATOR, form=Changed, prefill=as_it_is)
async def change_plan(ctx: Context, click: ChangePlan, form: Changed) -> Consider:
    rhythm = await going_on(ctx, click.rhythm)
    if rhythm.rev != click.rev:
        raise Fixable(CHANGED_SINCE)
    whole = recurrence_of(rhythm)
    meant = meanings_of(ctx, form.words, whole.zone) if form.words != as_said(whole) else ("", (whole,))
    return Consider(await dates_card(ctx, form.title, *meant))


async def save_change(ctx: Context, click: ChangePlan, form: Changed, meaning: int) -> tuple[Effect, ...]:
    """``meaning``: which of those that were shown."""
    rhythm = await going_on(ctx, click.rhythm)
    if rhythm.rev != click.rev:
        raise Fixable(CHANGED_SINCE)
    rhythm.title, whole = form.title, recurrence_of(rhythm)
    unchanged = form.words == as_said(whole)
    to = whole if unchanged else nth(meanings_of(ctx, form.words, whole.zone)[1], meaning)
    if form.since in ("", ALL):
        edited = _tried(lambda: edit_all(recurrence_of(rhythm), rule=to.rule, start=to.start, zone=to.zone), "words")
        return (*await _saved(ctx, rhythm, edited, "changed"), Reply(say("Saved: ", Bold(form.title), ".")))
    day = date.fromisoformat(form.since)
    start = to.start if to.start.date() >= day else datetime.combine(day, to.start.time())
    ended, begun = edit_following(whole, form.since, rule=to.rule, start=start, zone=to.zone)
    following = Rhythm(
        community_id=rhythm.community_id,
        space_id=rhythm.space_id,
        made_by=ctx.member.id,
        name=rhythm.name,
        title=form.title,
        recurrence=begun.to_json(),
        more=rhythm.more,
        lead=rhythm.lead,
        paused=rhythm.paused,
        rev=1,
        failures=0,
        watermark=rhythm.watermark,
        created_at=ctx.now,
    )
    plan(following)
    await rhythms.add(ctx.db, following)
    return (
        *await _saved(ctx, rhythm, ended, "changed"),
        Reply(say("Saved: ", Bold(form.title), ", from that date on.")),
    )


# Pause, run, end


@ritual.click(role=Role.FACILITATOR)
async def pause(ctx: Context, click: Pause) -> tuple[Effect, ...]:
    rhythm = await going_on(ctx, click.rhythm)
    rhythm.paused = True
    await _saved(ctx, rhythm, recurrence_of(rhythm), "paused")
    words = "Paused. What is announced already stays; nothing new happens until you let it go on."
    return (Reply(say(words)),)


@ritual.click(role=Role.FACILITATOR)
async def go_on(ctx: Context, click: GoOn) -> tuple[Effect, ...]:
    rhythm = await going_on(ctx, click.rhythm)
    rhythm.paused = False
    await _saved(ctx, rhythm, recurrence_of(rhythm), "resumed")
    return (Reply(say("It goes on. What it would have been meanwhile is over.")),)


@ritual.click(role=Role.FACILITATOR)
async def run_now(ctx: Context, click: RunNow) -> tuple[Effect, ...]:
    rhythm = await going_on(ctx, click.rhythm)
    if rhythm.rev != click.rev:
        raise Fixable(CHANGED_SINCE)
    run_at_once(rhythm, ctx.now)
    audit.note(ctx.db, ctx.community.id, ctx.member.id, ctx.now, "schedule.run", f"rhythm:{rhythm.id}")
    return (Reply(say("It is posted in a moment. Its other dates stay as they are.")),)


@ritual.click(role=Role.FACILITATOR)
async def end_it(ctx: Context, click: EndIt) -> tuple[Effect, ...]:
    rhythm = await going_on(ctx, click.rhythm)
    rhythm.ended_at = ctx.now
    effects = await _saved(ctx, rhythm, recurrence_of(rhythm), "ended")
    words = "It has ended, and what was announced is cancelled." if effects else "It has ended."
    return (*effects, Reply(Card(body=(words,), buttons=(Button("Begin it again", StartAgain(rhythm=rhythm.id)),))))


@ritual.click(role=Role.FACILITATOR)
async def start_again(ctx: Context, click: StartAgain) -> tuple[Effect, ...]:
    rhythm = await opened(ctx, click.rhythm)
    if rhythm.ended_at is None:
        return (Reply(say("It goes on already.")),)
    rhythm.ended_at = None
    effects = await _saved(ctx, rhythm, recurrence_of(rhythm), "begun again")
    return (*effects, Reply(say("It goes on. Meetings that were cancelled stay so.")))
