"""/rounds me: all that one can set, on one screen: how much, when one may be asked, the digest; and what is one's own."""

from __future__ import annotations

import re
from datetime import date, datetime, timedelta
from typing import Annotated

from pydantic import Field
from sqlalchemy.ext.asyncio import AsyncSession

from bot.context import Context
from bot.core.errors import Fixable
from bot.core.forms import Choice, Form, Line, Number, Options, Prefill
from bot.core.people import Role, every_zone
from bot.core.replies import Effect, Reply
from bot.core.ritual import Ritual
from bot.core.text import Bold, Text
from bot.core.ui import Action, Button, Card, Section, say
from bot.recurrence.rule import local_wall
from bot.rituals import questions
from bot.rituals.digests import digest_follows, in_one_line
from bot.rituals.following import tags_i_follow
from bot.rituals.help import unsent
from bot.rituals.joining import VOLUMES, WHEN, Join, Leave
from bot.rituals.linking import link_buttons
from bot.rituals.mydata import MyData
from bot.rituals.profiles import ChangeProfile
from storage import members
from storage.members import Member

ritual = Ritual("me")
MOST_A_WEEK = 20
FURTHEST = timedelta(days=366)
TIME = re.compile(r"(\d{1,2})(?:[:.h]([0-5]\d))?")
DAY = timedelta(days=1)


class HowMuch(Form, title="How much", submit="Save"):
    volume: Annotated[Choice, Options(VOLUMES)] = Field(title="How much do you want to hear?")
    most: Number = Field(default=3, title="At most how many questions a week?", ge=1, le=MOST_A_WEEK)


class WhenAsked(Form, title="When you may be asked", submit="Save"):
    when: Annotated[Choice, Options(WHEN)] = Field(title="When may you be asked?")
    begins: Line = Field(default="9:00", title="From", description="On your clock, like 9:00", max_length=5)
    ends: Line = Field(default="17:00", title="To", description="Like 17:00. It is quiet outside these.", max_length=5)
    zone: Line = Field(title="Your time zone", description="Like Europe/London", max_length=60)
    away: Line = Field(
        default="",
        title="Away until",
        description="The last day, like 2026-05-03. Empty while you are here.",
        max_length=10,
    )


class ChangeHowMuch(Action, prefix="me.how-much"):
    """Open the form."""


class ChangeWhen(Action, prefix="me.when"):
    """Open the form."""


class IAmBack(Action, prefix="me.back"):
    """Not away any more."""


@ritual.at_home(40)
async def about_you(db: AsyncSession, member: Member, now: datetime) -> Card:
    lines = [
        Section(("How much: ", *_how_much(member)), (Button("Change how much", ChangeHowMuch()),)),
        Section(("When you may be asked: ", *_when(member)), (Button("Change when", ChangeWhen()),)),
    ]
    if (until := _away(member, now)) is not None:
        lines.append(Section(("Away until ", Bold(_said(until))), (Button("I'm back", IAmBack()),)))
    profile, data = Button("Profile", ChangeProfile()), Button("My data", MyData())
    if member.joined_at is None:
        words = "You have not joined: you are sent nothing unasked. Joining takes a minute, leaving one press."
        return Card("You", (words,), tuple(lines), (Button("Join", Join(), "primary"), profile, data))
    can_help = ", ".join(await members.topics(db, member.id, members.HELP))
    topics = Section(("You can help with: ", Bold(can_help or "nothing yet")), (Button("Change topics", Join()),))
    return Card("You", sections=(*lines, topics), buttons=(profile, data, Button("Leave", Leave())))


def _how_much(member: Member) -> Text:
    volume = next(option.label for option in VOLUMES if option.value == member.volume)
    if member.volume == members.QUIET:
        return (Bold(volume),)
    return Bold(volume), f", {questions.counted(member.weekly_cap, 'question', 'questions')} a week at most"


def _when(member: Member) -> Text:
    if member.availability == members.HOURS:
        hours = f"On working days from {_clock(member.hours_from)} to {_clock(member.hours_to)}"
        return Bold(hours), f", {member.zone}"
    return (Bold(next(option.label for option in WHEN if option.value == member.availability)),)


def _away(member: Member, now: datetime) -> date | None:
    """The last day away, while one is."""
    until = member.away_until
    return until if until is not None and until >= local_wall(now, member.zone).date() else None


def _clock(minutes: int) -> str:
    return f"{minutes // 60}:{minutes % 60:02}"


def _said(day: date) -> str:
    return f"{day.day} {day:%B}"


@ritual.command(
    "rounds me",
    "Say how much you want to hear and when, see your questions and what you have not sent",
    role=Role.MEMBER,
    reads=True,
)
async def all_about_me(ctx: Context, text: str) -> Reply:
    """One screen: how one wants to be asked, what one has not sent, asked, and follows."""
    you = await about_you(ctx.db, ctx.member, ctx.now)
    mine = await questions.my_questions(ctx.db, ctx.member, ctx.now)
    followed = await questions.what_i_follow(ctx.db, ctx.member, ctx.now)
    lines = [*you.sections, await in_one_line(ctx), *await unsent(ctx.db, ctx.member, ctx.now)]
    for card in (mine, followed):
        if card is not None and card.sections:
            lines += [Section((Bold(card.title),)), *card.sections]
    lines += await tags_i_follow(ctx.db, ctx.member)
    buttons = (*you.buttons, *mine.buttons, *await link_buttons(ctx))
    return Reply(Card("You", you.body, tuple(lines), buttons))


# How much


async def how_much_now(ctx: Context, click: ChangeHowMuch) -> Prefill:
    return Prefill({"volume": ctx.member.volume, "most": ctx.member.weekly_cap})


@ritual.click(role=Role.MEMBER, form=HowMuch, prefill=how_much_now)
async def change_how_much(ctx: Context, click: ChangeHowMuch, form: HowMuch) -> Reply:
    """Also for those who have not joined: they are asked nothing, and stay as quiet when they do."""
    ctx.member.volume, ctx.member.weekly_cap = form.volume, form.most
    words: Text = ("Saved. How much: ", *_how_much(ctx.member), ".")
    if ctx.member.joined_at is None:
        words = (*words, " You have not joined, so I ask you nothing anyway.")
    return Reply(Card(body=words, buttons=(Button("Change how much", ChangeHowMuch()),)))


# When


async def when_now(ctx: Context, click: ChangeWhen) -> Prefill:
    me, until = ctx.member, _away(ctx.member, ctx.now)
    values = {"when": me.availability, "begins": _clock(me.hours_from), "ends": _clock(me.hours_to), "zone": me.zone}
    return Prefill({**values, "away": until.isoformat() if until else ""})


@ritual.click(role=Role.MEMBER, form=WhenAsked, prefill=when_now)
async def change_when(ctx: Context, click: ChangeWhen, form: WhenAsked) -> tuple[Effect, ...]:
    begins, ends = _minutes(form.begins, "begins"), _minutes(form.ends, "ends")
    if ends <= begins:
        raise Fixable("This should be later than the time before it. At night? Choose “I work shifts”.", "ends")
    if form.zone not in every_zone():
        raise Fixable("I don't know this time zone. It looks like Europe/London or America/New_York.", "zone")
    me, today = ctx.member, local_wall(ctx.now, form.zone).date()
    away = _day(form.away, today) if form.away else None
    me.availability, me.hours_from, me.hours_to, me.zone = form.when, begins, ends, form.zone
    _be_away(me, away, today)
    words: Text = ("Saved. When you may be asked: ", *_when(me), ".")
    if away is not None:
        words = (*words, " Away until ", Bold(_said(away)), ": until then I ask you nothing.")
    reply = Reply(Card(body=words, buttons=(Button("Change when", ChangeWhen()),)))
    return (*await digest_follows(ctx, me), reply)


def _minutes(text: str, field: str) -> int:
    """Minutes after midnight. Raises Fixable."""
    time = TIME.fullmatch(text)
    minutes = int(time[1]) * 60 + int(time[2] or 0) if time else -1
    if not 0 <= minutes <= 24 * 60:
        raise Fixable("This should be a time like 9:00.", field)
    return minutes


def _day(text: str, today: date) -> date:
    """Raises Fixable."""
    try:
        day = date.fromisoformat(text)
    except ValueError:
        raise Fixable("This should be a date like 2026-05-03.", "away") from None
    if day < today:
        raise Fixable("This day is over. Leave it empty while you are here.", "away")
    if day > today + FURTHEST:
        raise Fixable("At most a year ahead, please.", "away")
    return day


def _be_away(member: Member, until: date | None, today: date) -> None:
    """Whoever is back was away until yesterday: that is what a digest after it goes by."""
    if until is not None:
        member.away_until = until
    elif member.away_until is not None and member.away_until >= today:
        member.away_until = today - DAY


@ritual.click(role=Role.MEMBER)
async def i_am_back(ctx: Context, click: IAmBack) -> tuple[Effect, ...]:
    _be_away(ctx.member, None, local_wall(ctx.now, ctx.member.zone).date())
    words = say("Welcome back. You may be asked again: ", *_when(ctx.member), ".")
    return (*await digest_follows(ctx, ctx.member), Reply(words))
