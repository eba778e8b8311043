"""/facilitate schedule: one list of all that is scheduled, and what can be done with each."""

from __future__ import annotations

from datetime import datetime

from bot.context import Context
from bot.core.errors import Fixable
from bot.core.people import Role
from bot.core.replies import Reply
from bot.core.text import Bold, Channel, Span, When
from bot.core.ui import Button, Card, Section
from bot.recurrence.saying import in_words
from bot.rituals.questions import counted
from bot.rituals.schedule.declared import (
    AddDate,
    ChangePlan,
    EndIt,
    GoOn,
    MoreOfPlan,
    MoveDate,
    Pause,
    RunNow,
    ScheduleMeeting,
    SchedulePrompt,
    Schedules,
    SkipDate,
    ritual,
)
from bot.rituals.sessions import fates
from bot.services.rhythms import coming, recurrence_of
from storage import communities, sessions
from storage.ledger import rhythms
from storage.ledger.rhythms import Rhythm
from storage.sessions import MEETING

SHOWN, MISSED_SHOWN = 6, 3


@ritual.command(
    "facilitate schedule", "Schedule meetings and prompts; see, move and end them", role=Role.FACILITATOR, reads=True
)
async def list_schedules(ctx: Context, text: str) -> Reply:
    return await _page(ctx, 0)


@ritual.click(role=Role.FACILITATOR, reads=True)
async def next_page(ctx: Context, click: Schedules) -> Reply:
    return await _page(ctx, click.skip)


async def _page(ctx: Context, skip: int) -> Reply:
    going_on = await rhythms.going_on(ctx.db, ctx.viewer, ctx.now)
    found = [rhythm for rhythm in going_on if rhythm.paused or coming(rhythm, ctx.now, 1)]
    lines = [await _line(ctx, rhythm) for rhythm in found[skip : skip + SHOWN]]
    below = [
        Button("Schedule a meeting", ScheduleMeeting(), "plain" if lines else "primary"),
        Button("Schedule a prompt", SchedulePrompt()),
    ]
    if len(found) > skip + SHOWN:
        below.insert(0, Button("Next page", Schedules(skip=skip + SHOWN)))
    body = () if lines else ("Nothing is scheduled yet.",)
    return Reply(Card("Scheduled", body, sections=tuple(lines), buttons=tuple(below)))


async def _line(ctx: Context, rhythm: Rhythm) -> Section:
    words: list[Span] = [Bold(rhythm.title), "\n", in_words(recurrence_of(rhythm))]
    places = await communities.places_of_space(ctx.db, rhythm.space_id)
    words += [" · ", Channel(places[0].name, places[0].ref)] if places else []
    dates = coming(rhythm, ctx.now, 1)
    if rhythm.paused:
        words.append("\nPaused.")
    elif dates:
        words += ["\nNext: ", When(dates[0].at)]
    if rhythm.failures:
        words.append(f"\nIt failed lately and is tried again. Reference {rhythm.reference}.")
    missed = await rhythms.missed(ctx.db, rhythm.id, MISSED_SHOWN)
    if missed:
        words += ["\nMissed, since I was not running or something failed: ", *_instants([one.due for one in missed])]
    buttons = (
        Button("Change", ChangePlan(rhythm=rhythm.id, rev=rhythm.rev)),
        Button("Skip a date", SkipDate(rhythm=rhythm.id)),
        Button("Move a date", MoveDate(rhythm=rhythm.id)),
        Button("More", MoreOfPlan(rhythm=rhythm.id)),
    )
    return Section(tuple(words), buttons)


def _instants(times: list[datetime]) -> list[Span]:
    spans: list[Span] = []
    for at in times:
        spans += [", "] if spans else []
        spans.append(When(at))
    return spans


@ritual.click(role=Role.FACILITATOR, reads=True)
async def more_of_plan(ctx: Context, click: MoreOfPlan) -> Reply:
    rhythm = await rhythms.get(ctx.db, click.rhythm, ctx.viewer, ctx.now)
    if rhythm is None or rhythm.ended_at is not None:
        raise Fixable("This has ended.")
    buttons = [Button("Add a date", AddDate(rhythm=rhythm.id))]
    if rhythm.paused:
        buttons.append(Button("Go on", GoOn(rhythm=rhythm.id), "primary"))
    else:
        buttons.append(Button("Pause", Pause(rhythm=rhythm.id)))
        if rhythm.name != MEETING:
            buttons.append(Button("Post it now", RunNow(rhythm=rhythm.id, rev=rhythm.rev)))
    cancelled = len(fates(await sessions.of_rhythm(ctx.db, rhythm.id), None, ctx.now))
    meetings = counted(cancelled, "announced meeting is", "announced meetings are")
    confirm = f"End it? {meetings} cancelled, and those who come are told." if cancelled else ""
    buttons.append(Button("End it", EndIt(rhythm=rhythm.id), "danger", confirm))
    return Reply(Card(body=(Bold(rhythm.title),), buttons=tuple(buttons)))
