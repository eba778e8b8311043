"""Changing a schedule: skip, move or add a date, change all that follow, pause, run now, end. Each can be undone."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime, timedelta
from functools import partial
from secrets import token_hex

from bot.context import Context
from bot.core.errors import Fixable
from bot.core.forms import Option, Prefill
from bot.core.people import Role
from bot.core.replies import Consider, Effect, Reply
from bot.core.text import Bold, Text
from bot.core.ui import Button, Card, say
from bot.recurrence.rule import (
    EXTRA,
    Recurrence,
    add_extra,
    edit_all,
    edit_following,
    instant,
    local_wall,
    move,
    skip,
    slots_after,
)
from bot.recurrence.saying import in_words, on_day
from bot.rituals.questions import counted
from bot.rituals.schedule.dates import announced_before, dates_card, meanings_of, nth, shown_at
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
    SavePlan,
    SkipDate,
    StartAgain,
    ToWhen,
    WhichDate,
    ritual,
)
from bot.rituals.sessions import CancelMeeting, WhyCancelled, fates, follow_schedule, may_run, told_beforehand
from bot.services.rhythms import changed, coming, plan, recurrence_of, run_at_once, slot_of
from storage import audit, sessions
from storage.ledger import rhythms
from storage.ledger.rhythms import Rhythm
from storage.sessions import CANCELLED, MEETING, Session

DATES_OFFERED = 24  # with one more, as many as Discord's lists hold
ALL = "all"
YEARS_AHEAD = timedelta(days=3653)
GONE = "This schedule is gone, or you can't see its channel any more."
CHANGED_SINCE = "This was changed since. Look at the list again, so that nothing newer is lost."


async def opened(ctx: Context, rhythm_id: int) -> Rhythm:
    """The schedule, held so that two who act at once act one after the other. Raises Fixable."""
    rhythm = await rhythms.get_for_change(ctx.db, rhythm_id, ctx.viewer, ctx.now)
    if rhythm is None:
        raise Fixable(GONE)
    return rhythm


async def going_on(ctx: Context, rhythm_id: int) -> Rhythm:
    rhythm = await opened(ctx, rhythm_id)
    if rhythm.ended_at is not None:
        raise Fixable("This has ended.")
    return rhythm


async def dates_of(ctx: Context, click: SkipDate | MoveDate) -> Prefill:
    rhythm = await rhythms.get(ctx.db, click.rhythm, ctx.viewer, ctx.now)
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
    _still_to_come(ctx, rhythm, form.date)
    effects = await _saved(ctx, rhythm, _tried(lambda: skip(recurrence_of(rhythm), form.date), "date"), "skipped")
    return (*effects, Reply(say("Skipped. You can add it again as a date of its own.")))


@ritual.click(role=Role.FACILITATOR, form=ToWhen, prefill=dates_of)
async def move_date(ctx: Context, click: MoveDate, form: ToWhen) -> tuple[Effect, ...]:
    rhythm = await going_on(ctx, click.rhythm)
    _still_to_come(ctx, rhythm, form.date)
    _to_come(ctx, rhythm, form.to, "to")
    if any(slot.key == form.date and slot.wall == form.to for slot in coming(rhythm, ctx.now, DATES_OFFERED)):
        raise Fixable("It is then already.", "to")
    moved = _tried(lambda: move(recurrence_of(rhythm), form.date, form.to), "to")
    effects = await _saved(ctx, rhythm, moved, "moved")
    told = " Those who said they come are told once." if rhythm.name == MEETING else ""
    return (*effects, Reply(say(f"Moved.{told}")))


@ritual.click(role=Role.FACILITATOR, form=OneMore)
async def add_date(ctx: Context, click: AddDate, form: OneMore) -> tuple[Effect, ...]:
    rhythm = await going_on(ctx, click.rhythm)
    _to_come(ctx, rhythm, form.at, "at")
    more = _tried(lambda: add_extra(recurrence_of(rhythm), token_hex(4), form.at), "at")
    return (*await _saved(ctx, rhythm, more, "added"), Reply(say("Added.")))


@ritual.click(role=Role.MEMBER, form=WhyCancelled)
async def cancel_meeting(ctx: Context, click: CancelMeeting, form: WhyCancelled) -> tuple[Effect, ...]:
    """What skipping its date does, for those who host it or look after its channel."""
    session = await sessions.get(ctx.db, click.session, ctx.viewer, ctx.now)
    if session is None:
        raise Fixable("This meeting is gone, or you can't see its channel any more.")
    if not await may_run(ctx, session):
        raise Fixable("Only a host, or who looks after the channel, can cancel it.")
    rhythm = await opened(ctx, session.rhythm_id)
    await ctx.db.refresh(session, with_for_update=True)
    if session.state == CANCELLED:
        return (Reply(say("It is cancelled already.")),)
    if session.starts_at <= ctx.now or slot_of(recurrence_of(rhythm), session.slot) is None:
        raise Fixable("It has begun already.")
    audit.note(
        ctx.db, ctx.community.id, ctx.member.id, ctx.now, "session.cancelled", f"session:{session.id}", form.reason
    )
    session.more = {**session.more, "why": form.reason} if form.reason else session.more
    effects = await _saved(ctx, rhythm, skip(recurrence_of(rhythm), session.slot), "skipped")
    return (*effects, Reply(say("Cancelled. Those who said they come are told once.")))


def _to_come(ctx: Context, rhythm: Rhythm, wall: datetime, field: str) -> None:
    now = local_wall(ctx.now, recurrence_of(rhythm).zone)
    if wall <= now:
        raise Fixable("This is over already.", field)
    if wall > now + YEARS_AHEAD:
        raise Fixable("This is too far away: ten years at most.", field)


def _still_to_come(ctx: Context, rhythm: Rhythm, key: str) -> None:
    """The form may have been open for long. Raises Fixable."""
    if key not in {slot.key for slot in coming(rhythm, ctx.now, DATES_OFFERED)}:
        raise Fixable("This date is over, or was changed already. Look at the list again.", "date")


def _tried(change: Callable[[], Recurrence | tuple[Recurrence, Recurrence]], field: str) -> Recurrence:
    """A change of dates; of two schedules, the later. Raises Fixable with what is wrong with it."""
    try:
        result = change()
    except (ValueError, OverflowError) as error:
        raise Fixable(f"This can't be: {error}.", field) from None
    return result if isinstance(result, Recurrence) else result[1]


# Change what it is, from a date on


async def as_it_is(ctx: Context, click: ChangePlan) -> Prefill:
    rhythm = await rhythms.get(ctx.db, click.rhythm, ctx.viewer, ctx.now)
    if rhythm is None or rhythm.ended_at is not None:
        raise Fixable("This schedule is gone.")
    if rhythm.rev != click.rev:
        raise Fixable(CHANGED_SINCE)
    whole = recurrence_of(rhythm)
    regular = [slot.key for slot in coming(rhythm, ctx.now, DATES_OFFERED) if not slot.key.startswith(EXTRA)]
    dates = [Option(key, f"From {on_day(date.fromisoformat(key))} on") for key in sorted(regular) if whole.rule]
    options = (Option(ALL, "All dates; skipped and moved ones stay so, where they still are dates"), *dates)
    return Prefill({"title": rhythm.title, "words": as_said(whole), "since": ALL}, {"since": options})


def as_said(recurrence: Recurrence) -> str:
    """Its rule in words, without what was skipped, moved or added."""
    return in_words(Recurrence(recurrence.start, recurrence.zone, recurrence.rule))


@ritual.click(role=Role.FACILITATOR, form=Changed, prefill=as_it_is)
async def change_plan(ctx: Context, click: ChangePlan, form: Changed) -> Consider:
    rhythm = await going_on(ctx, click.rhythm)
    if rhythm.rev != click.rev:
        raise Fixable(CHANGED_SINCE)
    asked, meanings = _meant(recurrence_of(rhythm), form, ctx.now)
    would = [await _would_change(ctx, rhythm, form, to) for to in meanings]
    return Consider(await dates_card(ctx, form.title, asked, meanings, would))


async def _would_change(ctx: Context, rhythm: Rhythm, form: Changed, to: Recurrence) -> Text:
    """What it would do to what is announced already, in words."""
    ended, edited = _edited(recurrence_of(rhythm), form, to, ctx.now)
    announced = await sessions.of_rhythm(ctx.db, rhythm.id)
    theirs = [one for one in announced if ended is None or not _is_of(ended, one, form.since)]
    return tuple(told_beforehand(fates(theirs, edited, ctx.now)))


def _meant(whole: Recurrence, form: Changed, said_at: datetime) -> tuple[str, tuple[Recurrence, ...]]:
    """What the words say, read as of when the schedule began: "from 5 March", "6 times", every other week stay as they are."""
    if form.words == as_said(whole):
        return "", (whole,)
    began = instant(whole.start, whole.zone) - timedelta(days=1)
    return meanings_of(form.words, min(said_at, began) if whole.rule else said_at, whole.zone)


async def save_change(ctx: Context, click: ChangePlan, form: Changed, chosen: SavePlan) -> tuple[Effect, ...]:
    """``chosen``: which of the meanings that were shown."""
    rhythm = await going_on(ctx, click.rhythm)
    if rhythm.rev != click.rev:
        raise Fixable(CHANGED_SINCE)
    whole = recurrence_of(rhythm)
    to = nth(ctx, _meant(whole, form, shown_at(chosen))[1], chosen.meaning)
    ended, edited = _edited(whole, form, to, ctx.now)
    if ended is not None:
        await _kept_until(ctx, rhythm, ended, form.since)
    rhythm.title = form.title
    if rhythm.name == MEETING:
        rhythm.lead = int(announced_before(edited, ctx.now).total_seconds())
    effects = await _saved(ctx, rhythm, edited, "changed")
    return (*effects, Reply(say("Saved: ", Bold(form.title), ".")))


def _edited(whole: Recurrence, form: Changed, to: Recurrence, now: datetime) -> tuple[Recurrence | None, Recurrence]:
    """The dates that go on as they were until a day, where there are such, and those from now on. Raises Fixable."""
    from_a_day = form.since not in ("", ALL)
    edit = partial(edit_following, whole, form.since) if from_a_day else partial(edit_all, whole)
    if to != whole:  # else only its name changes
        edit = partial(edit, rule=to.rule, start=_since(to.start, form.since), zone=to.zone)
    edited = _tried(edit, "words")
    ended = _tried(lambda: edit_following(whole, form.since)[0], "words") if from_a_day else None
    return (ended if ended is not None and slots_after(ended, now, 1) else None), edited


def _is_of(ended: Recurrence, session: Session, day: str) -> bool:
    """Whether what was announced belongs to the dates before a day, skipped ones among them."""
    if session.slot.startswith(EXTRA):
        return session.slot.removeprefix(EXTRA) in ended.extra
    return session.slot < day


def _since(start: datetime, day: str) -> datetime:
    """When the dates begin that follow a day, if they follow one."""
    if day in ("", ALL) or start.date().isoformat() >= day:
        return start
    return datetime.combine(date.fromisoformat(day), start.time())


async def _kept_until(ctx: Context, rhythm: Rhythm, ended: Recurrence, day: str) -> None:
    """The dates before ``day`` go on as they were, as a schedule of their own; the changed one keeps what is announced later."""
    before = Rhythm(
        community_id=rhythm.community_id,
        space_id=rhythm.space_id,
        made_by=rhythm.made_by,
        name=rhythm.name,
        title=rhythm.title,
        recurrence=ended.to_json(),
        more=rhythm.more,
        lead=rhythm.lead,
        paused=rhythm.paused,
        rev=rhythm.rev + 1,
        failures=0,
        watermark=rhythm.watermark,
        created_at=ctx.now,
    )
    plan(before)
    await rhythms.add(ctx.db, before)
    announced = [one for one in await sessions.of_rhythm(ctx.db, rhythm.id) if _is_of(ended, one, day)]
    await sessions.hand_over(ctx.db, announced, before.id)
    await rhythms.copy_dates(ctx.db, rhythm.id, before.id, [one.slot for one in announced])


# Pause, run, end


@ritual.click(role=Role.FACILITATOR)
async def pause(ctx: Context, click: Pause) -> tuple[Effect, ...]:
    rhythm = await going_on(ctx, click.rhythm)
    rhythm.paused = True
    effects = await _saved(ctx, rhythm, recurrence_of(rhythm), "paused")
    words = "Paused. What is announced already stays; nothing new happens until you let it go on."
    return (*effects, Reply(say(words)))


@ritual.click(role=Role.FACILITATOR)
async def go_on(ctx: Context, click: GoOn) -> tuple[Effect, ...]:
    rhythm = await going_on(ctx, click.rhythm)
    rhythm.paused = False
    effects = await _saved(ctx, rhythm, recurrence_of(rhythm), "resumed")
    return (*effects, Reply(say("It goes on. What it would have been meanwhile is over.")))


@ritual.click(role=Role.FACILITATOR)
async def run_now(ctx: Context, click: RunNow) -> tuple[Effect, ...]:
    rhythm = await going_on(ctx, click.rhythm)
    if rhythm.rev != click.rev:
        raise Fixable(CHANGED_SINCE)
    try:
        run_at_once(rhythm, ctx.now)
    except ValueError:
        raise Fixable("It is posted at this very moment.") from None
    audit.note(ctx.db, ctx.community.id, ctx.member.id, ctx.now, "schedule.run", f"rhythm:{rhythm.id}")
    return (Reply(say("It is posted in a moment. Its other dates stay as they are.")),)


@ritual.click(role=Role.FACILITATOR)
async def end_it(ctx: Context, click: EndIt) -> tuple[Effect, ...]:
    rhythm = await going_on(ctx, click.rhythm)
    rhythm.ended_at = ctx.now
    cancelled = len(fates(await sessions.of_rhythm(ctx.db, rhythm.id), None, ctx.now))
    effects = await _saved(ctx, rhythm, recurrence_of(rhythm), "ended")
    announced = counted(cancelled, "announced meeting is cancelled; those", "announced meetings are cancelled; those")
    words = f"It has ended. {announced} who come are told." if cancelled else "It has ended."
    return (*effects, Reply(Card(body=(words,), buttons=(Button("Begin it again", StartAgain(rhythm=rhythm.id)),))))


@ritual.click(role=Role.FACILITATOR)
async def start_again(ctx: Context, click: StartAgain) -> tuple[Effect, ...]:
    rhythm = await opened(ctx, click.rhythm)
    if rhythm.ended_at is None:
        return (Reply(say("It goes on already.")),)
    rhythm.ended_at = None
    effects = await _saved(ctx, rhythm, recurrence_of(rhythm), "begun again")
    return (*effects, Reply(say("It goes on, and its next meetings are on again.")))
