"""The facilitators' queue: what waits for an answer, the oldest first; and how questions are passed on."""

from __future__ import annotations

import re
from typing import Annotated, Literal

from pydantic import Field

from bot.context import Context
from bot.core.errors import Fixable
from bot.core.forms import Choice, Choices, Form, Line, Number, Option, Options, Prefill
from bot.core.people import Role
from bot.core.replies import Direct, Effect, Reply
from bot.core.text import Bold, Span, When
from bot.core.ui import Button, Card, Section, say
from bot.rituals.questions.cards import state_of
from bot.rituals.questions.declared import AskOthersNow, AskSomeone, CloseIt, HowToAsk, QueuePage, ritual
from bot.rituals.questions.machine import UNANSWERED, Happening, may
from bot.rituals.questions.opened import opened
from bot.rituals.questions.passing import ask_others
from bot.routing.hours import WorkingTime, is_country
from bot.routing.policy import Policy, policy_of
from bot.services.links import links_to
from storage import audit, members, questions

PAGE = 5
HOURS = re.compile(r"(\d{1,2})(?::(\d\d))?\s*(?:-|–|to)\s*(\d{1,2})(?::(\d\d))?")
DAYS = tuple(
    Option(str(number), name)
    for number, name in enumerate("Monday Tuesday Wednesday Thursday Friday Saturday Sunday".split())
)
WHOSE = (Option("community", "The community's"), Option("asker", "Those of whoever asks"))


@ritual.command("facilitate queue", "See which questions wait, the oldest first", role=Role.FACILITATOR, reads=True)
async def queue(ctx: Context, text: str) -> Reply:
    return await _page(ctx, 0)


@ritual.click(role=Role.FACILITATOR, reads=True)
async def queue_page(ctx: Context, click: QueuePage) -> Reply:
    return await _page(ctx, click.skip)


async def _page(ctx: Context, skip: int) -> Reply:
    found = await questions.in_states(ctx.db, UNANSWERED, ctx.viewer, ctx.now, skip=skip, limit=PAGE + 1)
    links = await links_to(ctx.db, "question", [question.id for question in found], "Open", ctx.viewer, ctx.now)
    lines = []
    for question in found[:PAGE]:
        words: list[Span] = [Bold(question.title), "\nAsked ", When(question.created_at), ". "]
        words += await state_of(ctx.db, question, ctx.now)
        words += [" ", links[question.id]] if question.id in links else []
        buttons = (
            Button("Ask others now", AskOthersNow(question=question.id, rounds=question.rounds)),
            Button("Ask someone", AskSomeone(question=question.id)),
            Button("Close", CloseIt(question=question.id)),
        )
        lines.append(Section(tuple(words), buttons))
    below = [Button("How questions are passed on", HowToAsk())]
    if len(found) > PAGE:
        below.insert(0, Button("Next page", QueuePage(skip=skip + PAGE)))
    if not lines:
        return Reply(Card(body=("Nothing waits for an answer.",), buttons=tuple(below)))
    return Reply(Card("What waits, the oldest first", sections=tuple(lines), buttons=tuple(below)))


@ritual.click(role=Role.FACILITATOR)
async def ask_others_now(ctx: Context, click: AskOthersNow) -> tuple[Effect, ...]:
    question = await opened(ctx, click.question)
    if not may(question.state, Happening.PEOPLE_ASKED):
        raise Fixable("This question is solved or closed by now.")
    if question.rounds != click.rounds:
        raise Fixable("Others were asked since. Open the queue again to see who.")
    effects = await ask_others(ctx, question)
    asked = [effect.to for effect in effects if isinstance(effect, Direct) and effect.card == "invitation"]
    if not asked:
        return (
            *effects,
            Reply(say("Nobody else who may know is free to be asked. You can choose somebody with “Ask someone”.")),
        )
    names = ", ".join(person.name for person in (await members.several(ctx.db, asked)).values())
    return (*effects, Reply(say(f"I'm asking {names} now.")))


# How questions are passed on


class PassingOn(Form, title="Passing questions on", submit="Save"):
    at_once: Number = Field(title="How many people are asked at once?", ge=1, le=5)
    wait: Number = Field(title="After how many working hours are others asked?", ge=1, le=80)
    days: Annotated[Choices, Options(DAYS)] = Field(title="Working days")
    hours: Line = Field(title="Working hours", description="Like 9:00-17:00", max_length=20)
    whose: Annotated[Choice, Options(WHOSE)] = Field(default="community", title="Whose working hours?")
    country: Line = Field(
        default="", title="Whose public holidays?", description="A country's code, like GB or GB-SCT", max_length=6
    )


async def as_it_is(ctx: Context, click: HowToAsk) -> Prefill:
    policy = policy_of(ctx.community.asking)
    number = await members.count(ctx.db, ctx.community.id)
    working = policy.working
    return Prefill(
        {
            "at_once": policy.asked_at_once(number, 0),
            "wait": policy.hours_to_wait(number),
            "days": [str(day) for day in sorted(working.days)],
            "hours": f"{_clock(working.begins)}-{_clock(working.ends)}",
            "whose": policy.whose_hours,
            "country": working.country,
        },
        note=("Nobody is asked out of their own hours, more often than they allow, or without having joined.",),
    )


def _clock(minutes: int) -> str:
    return f"{minutes // 60}:{minutes % 60:02}"


def _minutes(text: str) -> tuple[int, int]:
    """Raises Fixable."""
    found = HOURS.fullmatch(text.strip())
    if found:
        begins, ends = (int(found[at]) * 60 + int(found[at + 1] or 0) for at in (1, 3))
        if begins < ends <= 24 * 60 and all(int(found[at] or 0) < 60 for at in (2, 4)):
            return begins, ends
    raise Fixable("This should be two times of a day, like 9:00-17:00.", "hours")


@ritual.click(role=Role.FACILITATOR, form=PassingOn, prefill=as_it_is)
async def how_to_ask(ctx: Context, click: HowToAsk, form: PassingOn) -> Reply:
    begins, ends = _minutes(form.hours)
    country = form.country.upper()
    if country and not is_country(country):
        raise Fixable("I know no public holidays for this. It is a country's code, like GB, DE or US-CA.", "country")
    whose: Literal["community", "asker"] = "asker" if form.whose == "asker" else "community"
    working = WorkingTime(frozenset(int(day) for day in form.days), begins, ends, country)
    number, before = await members.count(ctx.db, ctx.community.id), policy_of(ctx.community.asking)
    # What was left as it was goes on following the community's size.
    at_once = before.at_once if form.at_once == before.asked_at_once(number, 0) else form.at_once
    wait = before.wait if form.wait == before.hours_to_wait(number) else form.wait
    ctx.community.asking = Policy(at_once, wait, whose, working).as_json()
    audit.note(ctx.db, ctx.community.id, ctx.member.id, ctx.now, "asking.changed", f"community:{ctx.community.id}")
    return Reply(say("Saved. It holds for what is asked from now on, and for the next step of what was asked before."))
